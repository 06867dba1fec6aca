"""How far an episode has come: which steps are done, by whom, and what is due next, and when."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dispatch.hospitals.episodes.dispositions import Went
from dispatch.hospitals.episodes.episode import Episode, EpisodeState
from dispatch.hospitals.episodes.involvement import (
    Followed,
    Step,
    StepKind,
    decision,
    involved,
    planned_jointly,
)
from oncall.model import StaffId
from oncall.wallclock import to_utc, to_wall


class Stage(StrEnum):
    """The seven steps of an episode, in their order (shared facts on hospitals)."""

    NOTIFIED = "notified"
    CALLED_BACK = "called_back"
    INVOLVED = "involved"
    SEEN = "seen"
    PLANNED_JOINTLY = "planned_jointly"
    DISCHARGED = "discharged"
    FOLLOWED_UP = "followed_up"


class Standing(StrEnum):
    """How it stands with a step."""

    DONE = "done"
    OPEN = "open"
    LATE = "late"
    """Done, but not in time: it doesn't count as done."""
    MISSED = "missed"
    """Can't be done any more."""
    OVERDUE = "overdue"
    """Should have been done by now, and still can be."""
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True)
class Mark:
    """How it stands with one step, and why where that isn't plain. `by` is None for a hospital."""

    stage: Stage
    standing: Standing
    at: datetime | None = None
    by: StaffId | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody must do by when. `reminders` are the times to remind of it, in order."""

    stage: Stage
    by: datetime
    reminders: tuple[datetime, ...]

    def overdue(self, now: datetime) -> bool:
        """Whether the time is over at `now`; at the moment itself it is."""
        return now >= self.by


@dataclass(frozen=True, slots=True)
class Promises:
    """What a team has promised itself and its hospitals. There are no defaults: it is data.

    `call_back` is how long after the first notice the hospital is called back. `follow_up_days` is
    how many days after a discharge somebody is seen in person. `reminders` are how long before
    the end of the last day to remind of it.
    """

    call_back: timedelta
    follow_up_days: int
    reminders: tuple[timedelta, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an episode has come: seven marks in order, and what is due, the soonest first."""

    marks: tuple[Mark, ...]
    due: tuple[Due, ...]

    @property
    def next(self) -> Due | None:
        """What is due next."""
        return self.due[0] if self.due else None

    def mark(self, stage: Stage) -> Mark:
        """How it stands with that step."""
        return next(mark for mark in self.marks if mark.stage is stage)


def follow_up_by(discharged_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the end of the last day on which a follow-up is in time, in UTC.

    Days are those of the team's calendar, and the day of the discharge is day 0: after a discharge
    on a Monday at any hour, seven days end with the next Monday, at midnight. A follow-up later
    on the day of the discharge counts here; the HEDIS measure FUH leaves that day out (from
    memory: verify before release).
    """
    day = to_wall(discharged_at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return to_utc(day + timedelta(days=days + 1), zone)


def progress_of(
    one: Followed,
    others: Iterable[Episode],
    promises: Promises,
    zone: ZoneInfo,
    now: datetime,
) -> Progress:
    """Return how far an episode has come at `now`. `others` are the same client's, in any order.

    Steps recorded as done after `now` are not known yet.
    """
    known = tuple(step for step in one.steps if step.at <= now)
    one = Followed(one.client, one.episode, known)
    called, call = _called_back(one, promises, now)
    followed_up, follow_up = _followed_up(one, others, promises, zone, now)
    marks = (
        Mark(Stage.NOTIFIED, Standing.DONE, one.episode.notified_at),
        called,
        _involved(one),
        _seen(one),
        _planned(one),
        _discharged(one.episode),
        followed_up,
    )
    due = sorted((each for each in (call, follow_up) if each), key=lambda each: each.by)
    return Progress(marks, tuple(due))


TALKED = frozenset({StepKind.CALLED_BACK, StepKind.INVOLVED, StepKind.CONTACT, StepKind.PLANNING})
"""What can't be done without having spoken with the hospital."""


def _called_back(one: Followed, promises: Promises, now: datetime) -> tuple[Mark, Due | None]:
    """The hospital is called back when somebody spoke with it since its first notice."""
    stage, since = Stage.CALLED_BACK, one.episode.notified_at
    by = since + promises.call_back
    step = _first(one.steps, TALKED, since, None)
    if step is not None:
        why = "" if step.at <= by else "later than promised"
        return _done(stage, step, why), None
    if one.episode.state is EpisodeState.CANCELLED:
        return Mark(stage, Standing.NOT_DUE, why="the hospital has taken it back"), None
    standing = Standing.OPEN if now < by else Standing.OVERDUE
    return Mark(stage, standing), Due(stage, by, ())


def _involved(one: Followed) -> Mark:
    in_time, late = involved(one)
    if in_time is not None:
        return _done(Stage.INVOLVED, in_time, in_time.how.words if in_time.how else "")
    if late is not None:
        why = "after the decision" if decision(one) else "nobody told when the admission was"
        return Mark(Stage.INVOLVED, Standing.LATE, late.at, late.by, why)
    if one.episode.inpatient:
        return Mark(Stage.INVOLVED, Standing.MISSED, why="the decision has been made")
    return _as_long_as_it_lasts(Stage.INVOLVED, one.episode, "there was no admission")


def _seen(one: Followed) -> Mark:
    """In hospital is from the arrival to the discharge, both included."""
    first = one.episode.segments[0].since if one.episode.segments else None
    step = _first(one.steps, {StepKind.CONTACT}, first, one.episode.discharged_at)
    if step is not None:
        return _done(Stage.SEEN, step)
    if one.episode.discharged_at is not None:
        return Mark(Stage.SEEN, Standing.MISSED, why="discharged before anybody came")
    return _as_long_as_it_lasts(Stage.SEEN, one.episode, "never was in hospital")


def _planned(one: Followed) -> Mark:
    step = planned_jointly(one)
    if step is not None:
        return _done(Stage.PLANNED_JOINTLY, step)
    if one.episode.discharged_at is None:
        return _as_long_as_it_lasts(Stage.PLANNED_JOINTLY, one.episode, "there was no admission")
    if not one.episode.inpatient:
        return Mark(Stage.PLANNED_JOINTLY, Standing.NOT_DUE, why="there was no admission")
    return Mark(Stage.PLANNED_JOINTLY, Standing.MISSED, why="discharged without it")


def _as_long_as_it_lasts(stage: Stage, episode: Episode, otherwise: str) -> Mark:
    """Open while somebody is in hospital or is to be; not due once that is settled."""
    lasts = episode.state.in_hospital or episode.state is EpisodeState.PLANNED
    if lasts:
        return Mark(stage, Standing.OPEN)
    return Mark(stage, Standing.NOT_DUE, why=otherwise)


def _discharged(episode: Episode) -> Mark:
    if episode.discharged_at is not None:
        return Mark(Stage.DISCHARGED, Standing.DONE, episode.discharged_at)
    return _as_long_as_it_lasts(Stage.DISCHARGED, episode, "never was in hospital")


def _followed_up(
    one: Followed,
    others: Iterable[Episode],
    promises: Promises,
    zone: ZoneInfo,
    now: datetime,
) -> tuple[Mark, Due | None]:
    stage, discharged = Stage.FOLLOWED_UP, one.episode.discharged_at
    if discharged is None:
        return _as_long_as_it_lasts(stage, one.episode, "never was in hospital"), None
    by = follow_up_by(discharged, promises.follow_up_days, zone)
    step = _first(one.steps, {StepKind.FOLLOW_UP}, discharged, None)
    back = _back_in_hospital(one.episode, discharged, others, now)
    if step is not None and step.at < by:
        return _done(stage, step), None
    if (why := _no_follow_up(one.episode, back, by)) is not None:
        return Mark(stage, Standing.NOT_DUE, why=why), None
    if step is not None:
        return Mark(stage, Standing.LATE, step.at, step.by, "later than the last day"), None
    if back is not None:
        return Mark(stage, Standing.MISSED, why="not seen before the next admission"), None
    standing = Standing.OPEN if now < by else Standing.OVERDUE
    reminders = sorted(by - before for before in promises.reminders if by - before > discharged)
    return Mark(stage, standing), Due(stage, by, tuple(reminders))


def _no_follow_up(episode: Episode, back: datetime | None, by: datetime) -> str | None:
    """Say why nobody has to be seen after a discharge, if so."""
    if not episode.inpatient:
        return "there was no admission"
    if episode.psychiatric is False:
        return "it was no psychiatric admission"
    if episode.went is Went.DIED:
        return "died in hospital"
    if back is not None and back < by:
        return "admitted again before it was due"
    return None


def _back_in_hospital(
    episode: Episode, since: datetime, others: Iterable[Episode], now: datetime
) -> datetime | None:
    """When somebody was next admitted after a discharge."""
    next_ones = (
        other.admitted_at
        for other in others
        if other.key != episode.key and other.admitted_at is not None
    )
    return min((at for at in next_ones if since <= at <= now), default=None)


def _first(
    steps: Iterable[Step],
    kinds: Collection[StepKind],
    since: datetime | None,
    until: datetime | None,
) -> Step | None:
    return next(
        (
            step
            for step in steps
            if step.kind in kinds
            and (since is None or since <= step.at)
            and (until is None or step.at <= until)
        ),
        None,
    )


def _done(stage: Stage, step: Step, why: str = "") -> Mark:
    return Mark(stage, Standing.DONE, step.at, step.by, why)
