"""What hospitals tell, in tests: short words for notices, on a calendar of hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.hospitals.episodes.episode import Episode
from dispatch.hospitals.episodes.involvement import Followed, How, Step, StepKind
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import LegalStatus, Notice, NoticeKind, Setting, Visit

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
MERCY, STATE = "mercy", "state-hospital"
CLIENT = "client-1"
ZONE = ZoneInfo("America/Los_Angeles")


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


def step(
    kind: StepKind,
    at: float,
    *,
    episode: str = "",
    by: str = "ana",
    how: How | None = None,
    recorded: float | None = None,
) -> Step:
    """Something done `at`, written down at once unless said. An involvement was by phone."""
    if kind is StepKind.INVOLVED:
        how = how or How.ON_THE_PHONE
    return Step(kind, episode, hour(at), by, hour(at if recorded is None else recorded), how)


def following(*told: Told, steps: tuple[Step, ...] = (), client: str = CLIENT) -> Followed:
    """The one episode that notices make, with its steps."""
    return Followed(client, the_episode(*told), tuple(sorted(steps, key=lambda one: one.at)))


def stay(
    admitted: float,
    discharged: float | None = None,
    *,
    number: str,
    notified: float | None = None,
    psychiatric: bool | None = True,
    disposition: str = "01",
    hospital: str = MERCY,
) -> tuple[Told, ...]:
    """A stay in a bed, told of a quarter of an hour after each event unless said."""
    told = [
        tell(
            NoticeKind.ADMISSION,
            admitted,
            came=notified,
            psychiatric=psychiatric,
            setting=Setting.INPATIENT,
            number=number,
            hospital=hospital,
        )
    ]
    if discharged is not None:
        told.append(
            tell(
                NoticeKind.DISCHARGE,
                discharged,
                psychiatric=psychiatric,
                disposition=disposition,
                number=number,
                hospital=hospital,
            )
        )
    return tuple(told)
