"""What hospitals tell, in tests: short words for notices, on a calendar of hours."""

from datetime import UTC, date, datetime, timedelta

from dispatch.hospitals.episode import Episode
from dispatch.hospitals.episodes import episodes_of
from dispatch.hospitals.notice import LegalStatus, Notice, NoticeKind, Setting, Visit
from dispatch.hospitals.told import Told

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MERCY, STATE = "mercy", "state-hospital"


def hour(hours: float) -> datetime:
    """That many hours after the start of the story."""
    return START + timedelta(hours=hours)


def tell(
    kind: NoticeKind,
    at: float | None,
    *,
    came: float | None = None,
    sent: float | None = None,
    number: str = "V1",
    hospital: str = MERCY,
    setting: Setting | None = None,
    unit: str = "",
    psychiatric: bool | None = True,
    reference: str | None = None,
    admitted: float | None = None,
    discharged: float | None = None,
    disposition: str = "",
    legal: LegalStatus | None = None,
    planned: date | None = None,
) -> Told:
    """A notice of what happened `at`, which `came` (a quarter of an hour later, unless said).

    Times are hours after the start. The reference is made of what it tells, unless said.
    """
    arrives = came if came is not None else (at if at is not None else sent or 0) + 0.25
    visit = Visit(
        number=number,
        setting=setting,
        unit=unit,
        legal_status=legal,
        admitted_at=None if admitted is None else hour(admitted),
        discharged_at=None if discharged is None else hour(discharged),
        planned_discharge=planned,
        disposition=disposition,
    )
    return Told(
        notice=Notice(
            kind=kind,
            visit=visit,
            happened_at=None if at is None else hour(at),
            sent_at=None if sent is None else hour(sent),
        ),
        arrived_at=hour(arrives),
        reference=reference or f"{hospital}-{number}-{kind}-{at}-{arrives}",
        hospital=hospital,
        psychiatric=psychiatric,
    )


def the_episode(*told: Told) -> Episode:
    """The one episode that these notices make."""
    (episode,) = episodes_of(told)
    return episode
