"""The golden sequence of the FHIR notifications guide: one encounter, from the ED to its end."""

import json
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from dispatch.hospitals.episodes.episode import EpisodeState
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import Notice, NoticeKind, Setting, Visit
from tests.hospitals.build import MERCY, hour
from tests.hospitals.samples import DA_VINCI

BUNDLES = DA_VINCI
KINDS = {
    "admit": NoticeKind.ADMISSION,
    "transfer": NoticeKind.TRANSFER,
    "discharge": NoticeKind.DISCHARGE,
}
SETTINGS = {"EMER": Setting.EMERGENCY, "IMP": Setting.INPATIENT}


def notice(event: str, *, by_period: bool) -> Notice:
    """The bundle of an event; its time is that of the encounter's period, or not told at all."""
    bundle = json.loads((BUNDLES / f"{event}-notification-message-bundle-01.json").read_text())
    resources: list[dict[str, Any]] = [entry["resource"] for entry in bundle["entry"]]
    (encounter,) = (one for one in resources if one["resourceType"] == "Encounter")
    begins, ends = (datetime.fromisoformat(encounter["period"][end]) for end in ("start", "end"))
    discharged = ends if event == "discharge" else None
    disposition = encounter.get("hospitalization", {}).get("dischargeDisposition", {})
    return Notice(
        kind=KINDS[event],
        visit=Visit(
            number=encounter["identifier"][0]["value"],
            setting=SETTINGS[encounter["class"]["code"]],
            admitted_at=begins,
            discharged_at=discharged,
            disposition=disposition.get("text", ""),
        ),
        happened_at=(discharged or begins) if by_period else None,
        sent_at=datetime.fromisoformat(bundle["timestamp"]),
    )


@pytest.mark.parametrize("by_period", [True, False])
@pytest.mark.parametrize("arrival", list(permutations(KINDS)))
def test_one_episode_closed_whatever_order_it_reaches_us_in(
    arrival: tuple[str, ...], by_period: bool
) -> None:
    told = [
        Told(notice(event, by_period=by_period), hour(place), f"notice-{event}", MERCY, True)
        for place, event in enumerate(arrival)
    ]
    (episode,) = episodes_of(told)
    assert episode.state is EpisodeState.DISCHARGED
    assert episode.key == f"notice-{arrival[0]}"
    assert episode.came_to_ed_at == datetime.fromisoformat("2018-10-21T21:22:15-07:00")
    assert episode.discharged_at == datetime.fromisoformat("2018-10-23T22:22:15-07:00")
    assert episode.inpatient
    if by_period:
        assert episode.admitted_at == episode.came_to_ed_at
        assert episode.length(hour(0)) == timedelta(days=2, hours=1)
