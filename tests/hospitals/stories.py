"""Anything that two hospitals may tell of one client, as strategies for hypothesis."""

from hypothesis import strategies as st

from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import LegalStatus, NoticeKind, Setting
from tests.hospitals.build import MERCY, STATE, tell

HOURS = st.integers(0, 400)


@st.composite
def notices(draw: st.DrawFn) -> Told:
    """Any notice of either hospital, about one of a few visits, or about none by number."""
    at = draw(st.none() | HOURS)
    return tell(
        draw(st.sampled_from(NoticeKind)),
        at,
        came=draw(HOURS),
        sent=draw(st.none() | HOURS),
        number=draw(st.sampled_from(["", "V1", "V2"])),
        hospital=draw(st.sampled_from([MERCY, STATE])),
        setting=draw(st.none() | st.sampled_from(Setting)),
        unit=draw(st.sampled_from(["", "A", "B"])),
        psychiatric=draw(st.sampled_from([None, True, False])),
        admitted=draw(st.none() | HOURS),
        discharged=draw(st.none() | HOURS),
        disposition=draw(st.sampled_from(["", "01", "65", "07"])),
        legal=draw(st.none() | st.sampled_from(LegalStatus)),
        reference=draw(st.uuids()).hex,
    )


STORIES = st.lists(notices(), max_size=12)
