"""Counting for the fidelity scale: O5, admissions the team had a part in; O6, joint discharges.

Every episode given is accounted for, counted or not, with the reason in words for a reviewer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from dispatch.hospitals.counting.fidelity import Scale
from dispatch.hospitals.episodes.dispositions import Went
from dispatch.hospitals.episodes.episode import Episode, EpisodeState
from dispatch.hospitals.episodes.involvement import Followed, decision, involved, planned_jointly
from dispatch.hospitals.notice import Setting
from oncall.model import TeamId
from oncall.wallclock import to_utc


class Measure(StrEnum):
    """What is counted; the values are the names of the scale's items."""

    ADMISSIONS = "O5"
    DISCHARGES = "O6"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A client was a team's from `since` on, until `until` (not included), or still is (None)."""

    client: str
    team: TeamId
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` up to `after`, which is not included, by the calendar in `zone`."""

    first: date
    after: date
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        return self.begins <= at < self.ends

    @property
    def begins(self) -> datetime:
        """The first instant of it, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The first instant after it, in UTC."""
        return _midnight(self.after, self.zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return to_utc(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001  a wall-clock time


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose episodes count, and of when: those of the clients of a team, in a period.

    `enrolments` may be of any team and any client, in any order.
    """

    team: TeamId
    period: Period
    enrolments: tuple[Enrolment, ...]

    def why_not(self, client: str, at: datetime) -> str | None:
        """Say why what happened to a client at an instant doesn't count here, if so."""
        if not self.period.holds(at):
            return "not in this period"
        if not self._enrolled(client, at):
            return "not enrolled with this team at the time"
        return None

    def _enrolled(self, client: str, at: datetime) -> bool:
        return any(
            (one.team, one.client) == (self.team, client)
            and one.since <= at
            and (one.until is None or at < one.until)
            for one in self.enrolments
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """How one episode was counted, and why. `at` is the admission or discharge it is about.

    `to_settle` is set where it isn't counted because somebody has yet to say something about it.
    """

    episode: str
    client: str
    counts: bool
    in_numerator: bool
    reason: str
    at: datetime | None = None
    to_settle: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, with every episode behind it, in order of time, the undated first."""

    rows: tuple[Counted, ...]

    @property
    def denominator(self) -> int:
        """How many episodes count."""
        return sum(row.counts for row in self.rows)

    @property
    def numerator(self) -> int:
        """How many of those are what is looked for."""
        return sum(row.in_numerator for row in self.rows)

    @property
    def percent(self) -> Fraction | None:
        """The share in per cent, exactly; None where nothing counts."""
        return Fraction(100 * self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Count:
    """A measure, as tallied, and the score that it earns; `words` say it, or why there is none."""

    measure: Measure
    tally: Tally
    score: int | None
    words: str


def count(measure: Measure, episodes: Iterable[Followed], scope: Scope, scale: Scale) -> Count:
    """Count a measure. The order of what is given doesn't matter.

    An admission (O5) or discharge (O6) counts for the team whose the client was at that moment.
    The scale should be the one in force at the end of the period (fidelity.in_force). KeyError
    when the scale lacks the measure.
    """
    judge = _admission if measure is Measure.ADMISSIONS else _discharge
    rows = [counted(one, judge(one), scope) for one in episodes]
    return _scored(measure, rows, scale)


def last_of(whole: Count, scale: Scale, number: int = 10) -> Count:
    """Return a count of the last so many that count, no others: reviewers look at ten.

    Count over a long period first, so that there are so many.
    """
    rows = [row for row in whole.tally.rows if row.counts]
    return _scored(whole.measure, rows[max(len(rows) - number, 0) :], scale)


def _scored(measure: Measure, rows: Iterable[Counted], scale: Scale) -> Count:
    item, tally = scale.items[measure], tallied(rows)
    if tally.percent is None:
        return Count(measure, tally, None, "Nothing counts in this period: there is no score.")
    score = item.score(tally.percent)
    words = f"{tally.numerator} of {tally.denominator}: score {score} ({item.sure})"
    return Count(measure, tally, score, words)


def tallied(rows: Iterable[Counted]) -> Tally:
    """Return rows as a tally, in order of time."""
    never = datetime.min.replace(tzinfo=UTC)
    return Tally(tuple(sorted(rows, key=lambda row: (row.at or never, row.episode))))


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be said of an episode before it is asked whose it was, and when."""

    at: datetime | None
    reason: str
    counts: bool = False
    in_numerator: bool = False
    to_settle: bool = False


def counted(one: Followed, judged: Judged, scope: Scope) -> Counted:
    """Return how an episode counts in a scope."""
    counts, reason, to_settle = judged.counts, judged.reason, judged.to_settle
    if judged.at is not None and (counts or to_settle):
        why_not = scope.why_not(one.client, judged.at)
        if why_not is not None:
            counts, to_settle, reason = False, False, why_not
    return Counted(
        episode=one.episode.key,
        client=one.client,
        counts=counts,
        in_numerator=counts and judged.in_numerator,
        reason=reason,
        at=judged.at,
        to_settle=to_settle,
    )


def _excluded(episode: Episode, at: datetime | None) -> Judged | None:
    """Say why an episode is no psychiatric inpatient one, if it isn't."""
    if not episode.inpatient:
        return Judged(at, _never_admitted(episode))
    if episode.psychiatric is False:
        return Judged(at, "not a psychiatric admission")
    if episode.psychiatric is None:
        reason = "nobody has said yet whether it was a psychiatric admission"
        return Judged(at, reason, to_settle=True)
    return None


def _never_admitted(episode: Episode) -> str:
    match episode.state:
        case EpisodeState.CANCELLED:
            return "the hospital took it back: there was no admission"
        case EpisodeState.PLANNED:
            return "planned, not admitted"
    settings = {part.setting for part in episode.segments}
    if Setting.OUTPATIENT in settings:
        return "made an outpatient visit after all"
    if Setting.OBSERVATION in settings:
        return "kept for observation, not admitted"
    return "emergency department only, not admitted"


def _admission(one: Followed) -> Judged:
    """Judge an admission: was the team involved before the decision to admit?"""
    at, decided = one.episode.psychiatric_since, decision(one)
    if (excluded := _excluded(one.episode, at)) is not None:
        return excluded
    if at is None or decided is None:
        return Judged(None, "nobody has told when the admission was", to_settle=True)
    in_time, late = involved(one)
    if in_time is not None:
        how = "" if in_time.how is None else f": {in_time.how.words}"
        return Judged(at, f"involved before the decision{how}", True, True)
    if one.episode.notified_at >= decided:
        return Judged(at, "not notified in time", True)
    if late is not None:
        return Judged(at, "involved only after the decision", True)
    return Judged(at, "notified in time, but nobody was involved before the decision", True)


def _discharge(one: Followed) -> Judged:
    """Judge a discharge: was it planned together with the hospital?"""
    if (gone := discharged(one)).counts and planned_jointly(one) is not None:
        reason = "planned together with the hospital before the discharge"
        return replace(gone, in_numerator=True, reason=reason)
    return gone


def discharged(one: Followed) -> Judged:
    """Judge whether an episode has come to a discharge from psychiatric care that counts."""
    at = one.episode.discharged_at
    if at is None and one.episode.inpatient:
        return Judged(None, "not discharged yet")
    if (excluded := _excluded(one.episode, at)) is not None:
        return excluded
    if one.episode.went is Went.DIED:
        return Judged(at, "died in hospital: no discharge to plan")
    return Judged(at, "discharged without a joint planning contact", counts=True)
