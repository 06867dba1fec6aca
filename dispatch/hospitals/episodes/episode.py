"""A hospital episode of a client: from the first word of it until they are out again.

Every time is aware and in UTC. None of it is judged here: counting.py and involvement.py do that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dispatch.hospitals.episodes.dispositions import Went, went
from dispatch.hospitals.notice import LegalStatus, NoticeKind, Setting


class EpisodeState(StrEnum):
    """Where somebody is in an episode."""

    PLANNED = "planned"
    IN_ED = "in_ed"
    OBSERVED = "observed"
    """In a bed, not admitted."""
    ADMITTED = "admitted"
    ON_LEAVE = "on_leave"
    """Away for a while, still admitted."""
    OUTPATIENT = "outpatient"
    """Made an outpatient visit after all."""
    DISCHARGED = "discharged"
    CANCELLED = "cancelled"
    """It never was, says the hospital."""

    @property
    def in_hospital(self) -> bool:
        """Whether somebody is held by a hospital at this moment, on leave or not."""
        return self in _IN_HOSPITAL


_IN_HOSPITAL = frozenset(
    {
        EpisodeState.IN_ED,
        EpisodeState.OBSERVED,
        EpisodeState.ADMITTED,
        EpisodeState.ON_LEAVE,
    }
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of an episode, in one place and one kind of care.

    `since` is None where nobody has told when it began. `until` is None while it lasts.
    """

    hospital: str
    setting: Setting
    since: datetime | None
    until: datetime | None = None
    facility: str = ""
    unit: str = ""
    psychiatric: bool | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """A leave of absence. `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LegalChange:
    """From `at` on the legal status was this one."""

    at: datetime
    status: LegalStatus
    reference: str


@dataclass(frozen=True, slots=True)
class Notified:
    """The first notice of an episode that came from one hospital.

    `happened_at` is when what it told had happened; None where the hospital didn't say.
    """

    hospital: str
    at: datetime
    happened_at: datetime | None

    @property
    def delay(self) -> timedelta | None:
        """How long after the event we heard of it, never below zero; None where that is unknown.

        A notice of something that is yet to come has no delay.
        """
        if self.happened_at is None:
            return None
        return max(self.at - self.happened_at, timedelta())


@dataclass(frozen=True, slots=True)
class Line:
    """What one notice told, for a timeline.

    `undone` is set where a later notice took it back. `moved_from` is the date that stood before,
    where the notice moved one.
    """

    at: datetime
    what: str
    kind: NoticeKind
    hospital: str
    unit: str
    reference: str
    arrived_at: datetime
    undone: bool = False
    moved_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Boarding:
    """The wait in an emergency department for a bed. `until` is None while it lasts.

    `decided` tells whether it counts from the decision to admit, or, where nobody told of one,
    from the arrival.
    """

    since: datetime
    until: datetime | None
    decided: bool

    def lasts(self, now: datetime) -> timedelta:
        """How long the wait has been at `now`, or was."""
        return (self.until or now) - self.since


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode. Its parts, changes and lines are in order of time.

    `key` is the reference of the notice that came first. So it stays the same whatever comes
    later, and holds nothing of a client's. Where two episodes turn out to be one, the key of the
    younger is among `references`: what was recorded under it still finds its episode.
    """

    key: str
    references: frozenset[str]
    state: EpisodeState
    segments: tuple[Segment, ...]
    leaves: tuple[Leave, ...]
    legal: tuple[LegalChange, ...]
    notified: tuple[Notified, ...]
    """One for each hospital, the first to tell us first."""
    history: tuple[Line, ...]
    planned_admission: datetime | None
    planned_discharge: date | None
    decided_at: datetime | None
    """When the hospital had decided to admit somebody who was in its emergency department."""
    disposition: str
    doubts: tuple[str, ...]

    @property
    def hospitals(self) -> tuple[str, ...]:
        """The hospitals, in the order in which somebody was there."""
        where = [segment.hospital for segment in self.segments]
        return tuple(dict.fromkeys([*where, *(first.hospital for first in self.notified)]))

    @property
    def came_to_ed_at(self) -> datetime | None:
        """When somebody came to the emergency department."""
        first = next(_of(self.segments, Setting.EMERGENCY), None)
        return first.since if first else None

    @property
    def inpatient(self) -> bool:
        """Whether somebody is or was admitted; a bed for observation is no admission."""
        return any(_of(self.segments, Setting.INPATIENT))

    @property
    def admitted_at(self) -> datetime | None:
        """When the admission was; None where there was none, or nobody told when."""
        first = next(_of(self.segments, Setting.INPATIENT), None)
        return first.since if first else None

    @property
    def psychiatric(self) -> bool | None:
        """Whether the inpatient care, where there was any, is or was psychiatric, in part at least.

        None where no hospital's settings say.
        """
        parts = tuple(_of(self.segments, Setting.INPATIENT)) or self.segments
        said = {part.psychiatric for part in parts}
        return True if True in said else (False if False in said else None)

    @property
    def psychiatric_since(self) -> datetime | None:
        """When the psychiatric admission was.

        That is the admission, but for somebody who was first on a unit that isn't psychiatric.
        """
        first = self.admitted_at
        for part in _of(self.segments, Setting.INPATIENT):
            if part.psychiatric is not False:
                return part.since
        return first

    @property
    def discharged_at(self) -> datetime | None:
        """When somebody was discharged; None while they are there."""
        if self.state is EpisodeState.DISCHARGED:
            return self.segments[-1].until
        return None

    @property
    def legal_status(self) -> LegalStatus | None:
        """The legal status, as told last."""
        return self.legal[-1].status if self.legal else None

    @property
    def went(self) -> Went:
        """Where somebody went at the discharge."""
        return went(self.disposition)

    @property
    def notified_at(self) -> datetime:
        """When the first notice came."""
        return self.notified[0].at

    @property
    def boarding(self) -> Boarding | None:
        """The wait for a bed: from the decision to admit, else from the arrival, to the bed.

        None where nobody came to an emergency department. It ends with the emergency visit where
        no bed came of it. The Joint Commission counts boarding from the decision to admit.
        """
        arrived = self.came_to_ed_at
        if arrived is None:
            return None
        since = self.decided_at or arrived
        beds = (part for part in self.segments if part.setting is not Setting.EMERGENCY)
        bed = next((part.since for part in beds if part.since), None)
        return Boarding(since, bed or self.discharged_at, self.decided_at is not None)

    def length(self, now: datetime) -> timedelta | None:
        """How long the inpatient stay has been at `now`, or was, without leave; None without one.

        None too where nobody told when it began.
        """
        if (since := self.admitted_at) is None:
            return None
        until = min(self.discharged_at or now, now)
        away = (_overlap(leave, since, until) for leave in self.leaves)
        return max(until - since - sum(away, timedelta()), timedelta())

    def day(self, now: datetime, zone: ZoneInfo) -> int | None:
        """The number of the day in hospital at `now`: the day of the admission is day 1.

        Days are those of the calendar in `zone`. A day on which somebody was away on leave from
        its beginning to its end (or until `now`) is not counted. None where nobody was admitted
        yet, or nobody told when.
        """
        since = self.admitted_at
        until = min(self.discharged_at or now, now)
        if since is None or until < since:
            return None
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        away = {day for leave in self.leaves for day in _days_away(leave, until, zone)}
        whole = sum(first <= day <= last for day in away)
        return (last - first).days + 1 - whole


def _of(segments: Iterable[Segment], setting: Setting) -> Iterator[Segment]:
    return (segment for segment in segments if segment.setting is setting)


def _overlap(leave: Leave, since: datetime, until: datetime) -> timedelta:
    return max(min(leave.until or until, until) - max(leave.since, since), timedelta())


def _days_away(leave: Leave, until: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Yield the days on which somebody was on leave all day."""
    left = leave.since.astimezone(zone)
    day = left.date() + timedelta(days=1)
    back = leave.until if leave.until is not None and leave.until <= until else None
    # The day of the return is a day in hospital; without a return, today is one away.
    end = until.astimezone(zone).date() if back is None else back.astimezone(zone).date()
    while day < end or (back is None and day == end):
        yield day
        day += timedelta(days=1)
