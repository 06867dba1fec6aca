"""What is reported beside the scores: how soon hospitals tell us, how long stays are, returns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from dispatch.hospitals.counting.measures import (
    Counted,
    Judged,
    Scope,
    Tally,
    counted,
    discharged,
    tallied,
)
from dispatch.hospitals.episodes.involvement import Followed, decision
from dispatch.hospitals.episodes.progress import follow_up_by


@dataclass(frozen=True, slots=True)
class Delays:
    """How soon one hospital told us, by its first notice of each episode.

    `dated` is how many of them said when what they told had happened; `middle`, `ninth_in_ten` and
    `longest` are of those, None where there are none. `before` and `after` are how many came before
    the decision to admit, and not before it; what led to no admission is in neither.
    """

    hospital: str
    notices: int
    dated: int
    middle: timedelta | None
    ninth_in_ten: timedelta | None
    longest: timedelta | None
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class LengthOfStay:
    """How long psychiatric stays were, without leave; None where there were none.

    `middle` is the median.
    """

    stays: int
    average: timedelta | None
    middle: timedelta | None


def delays(episodes: Iterable[Followed], scope: Scope) -> tuple[Delays, ...]:
    """Return how soon each hospital told us, by name, of notices that came in the period.

    The client must have been the team's as the notice came. The middle is the median. Nine in ten
    are within `ninth_in_ten`, which is a delay that there was (the nearest rank).
    """
    found: dict[str, list[tuple[timedelta | None, bool | None]]] = {}
    for one in episodes:
        decided = decision(one)
        for first in one.episode.notified:
            if scope.why_not(one.client, first.at) is None:
                before = None if decided is None else first.at < decided
                found.setdefault(first.hospital, []).append((first.delay, before))
    return tuple(_delays(hospital, found[hospital]) for hospital in sorted(found))


def _delays(hospital: str, first: Sequence[tuple[timedelta | None, bool | None]]) -> Delays:
    known = sorted(delay for delay, _ in first if delay is not None)
    return Delays(
        hospital=hospital,
        notices=len(first),
        dated=len(known),
        middle=_middle(known),
        ninth_in_ten=known[ceil(len(known) * 9 / 10) - 1] if known else None,
        longest=known[-1] if known else None,
        before=sum(before is True for _, before in first),
        after=sum(before is False for _, before in first),
    )


def _middle(known: Sequence[timedelta]) -> timedelta | None:
    """The median of lengths in order."""
    return (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2 if known else None


def length_of_stay(episodes: Iterable[Followed], scope: Scope) -> LengthOfStay:
    """Return how long psychiatric stays were that ended in the period, leave left out.

    Stays of which nobody told when they began are left out.
    """
    lengths = []
    for one in episodes:
        if not counted(one, discharged(one), scope).counts:
            continue
        length = one.episode.length(_end(one))
        if length is not None:
            lengths.append(length)
    average = sum(lengths, timedelta()) / len(lengths) if lengths else None
    return LengthOfStay(len(lengths), average, _middle(sorted(lengths)))


def readmissions(
    episodes: Iterable[Followed], scope: Scope, within_days: int, now: datetime
) -> Tally:
    """Return which discharges of the period were followed by another psychiatric admission.

    Any psychiatric inpatient episode of the client counts that begins at or after the discharge,
    and before the end of the last of those days; the day of the discharge is day 0. Somebody who
    is moved to another hospital has one episode, so is not readmitted. A discharge whose days are
    not over at `now` doesn't count yet, so that the last weeks don't look better than they are.
    """
    known = tuple(episodes)
    return tallied(_readmission(one, known, scope, within_days, now) for one in known)


def _readmission(
    one: Followed, episodes: Iterable[Followed], scope: Scope, days: int, now: datetime
) -> Counted:
    judged = discharged(one)
    if not judged.counts:
        return counted(one, judged, scope)
    end = follow_up_by(_end(one), days, scope.period.zone)
    if now < end:
        return counted(one, Judged(judged.at, f"{days} days are not over yet"), scope)
    again = any(
        other.client == one.client
        and other.episode.key != one.episode.key
        and other.episode.psychiatric is True
        and other.episode.admitted_at is not None
        and _end(one) <= other.episode.admitted_at < end
        for other in episodes
    )
    reason = f"{'' if again else 'not '}admitted again within {days} days"
    return counted(one, Judged(judged.at, reason, counts=True, in_numerator=again), scope)


def _end(one: Followed) -> datetime:
    """When an episode that has come to a discharge did."""
    at = one.episode.discharged_at
    if at is None:
        raise ValueError("This episode has not ended: ask only about one that has.")
    return at
