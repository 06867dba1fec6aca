"""A notice as it reached us: from which hospital, when, and whether its unit is psychiatric."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dispatch.hospitals.notice import Notice, NoticeKind, Setting

NO_EPISODE = frozenset(
    {
        NoticeKind.OUTPATIENT_VISIT,
        NoticeKind.PERSON_UPDATE,
        NoticeKind.MERGE,
        NoticeKind.OTHER,
    }
)
"""What no episode is made of: about the person only, or a visit to a clinic."""

BEGINNINGS = frozenset({NoticeKind.ED_VISIT, NoticeKind.ADMISSION_PLANNED, NoticeKind.ADMISSION})
"""What begins a visit, as against what happens in one."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice that is linked with a client.

    `reference` is our own name for the notice, different for each that arrived. `hospital` is who
    sent it, by our own settings. `psychiatric` is what those settings say of the unit; None where
    they don't say. `arrived_at` is aware.
    """

    notice: Notice
    arrived_at: datetime
    reference: str
    hospital: str
    psychiatric: bool | None = None

    @property
    def at(self) -> datetime:
        """When what it tells happened: as told, else when it was written, else when it came."""
        return self.notice.happened_at or self.notice.sent_at or self.arrived_at

    @property
    def kind(self) -> NoticeKind:
        """What it tells. An admission to the emergency department is a visit there: FHIR and some
        hospitals write it so."""
        notice = self.notice
        if notice.kind is NoticeKind.ADMISSION and notice.visit.setting is Setting.EMERGENCY:
            return NoticeKind.ED_VISIT
        return notice.kind


def by_arrival(told: Told) -> tuple[datetime, str]:
    """The order in which notices came; of two at one instant the lower reference is first."""
    return told.arrived_at, told.reference


def in_order(told: Iterable[Told]) -> tuple[Told, ...]:
    """Return the notices that episodes are made of, each once, by event time and then by arrival.

    Of two about one instant, the one that was written first is first, where both say when: a
    retraction often bears the time of what it takes back. The order of `told` doesn't matter.

    A notice that says word for word what another of the same hospital says is the same notice sent
    again, and the first to come stands for both; one without any time of its own is only the same
    when its reference is.
    """
    first: dict[object, Told] = {}
    for one in sorted(set(told), key=_total):
        if one.kind not in NO_EPISODE:
            first.setdefault(_says(one), one)
    return tuple(sorted(first.values(), key=_place))


def _place(told: Told) -> tuple[object, ...]:
    return told.at, told.notice.sent_at or told.arrived_at, *by_arrival(told)


def _total(told: Told) -> tuple[object, ...]:
    return *by_arrival(told), told.hospital, str(told.psychiatric), repr(told.notice)


def _says(told: Told) -> object:
    timed = told.notice.happened_at is not None or told.notice.sent_at is not None
    return told.hospital, told.notice, None if timed else told.reference
