"""Time zones as calendar programs write them: out as a VTIMEZONE they take, in by any name."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_SECONDS_OF_A_DAY = range(_DAY // _SECOND)
_LONGEST_NAME = 3
"""Parts of the longest names of zones: ``America/Argentina/Buenos_Aires``."""


@dataclass(frozen=True, slots=True)
class Yearly:
    """A change of clocks that comes every year: the ``nth`` ``weekday`` of ``month`` at ``at``.

    ``nth`` is 1 to 4 from the month's beginning, or -1 for the last; ``weekday`` counts from
    Monday 0. ``at`` is what the wall shows until then, when it is ``before`` ahead of UTC;
    ``after`` is how far it is ahead from then on.
    """

    month: int
    nth: int
    weekday: int
    at: time
    before: timedelta
    after: timedelta

    @property
    def daylight(self) -> bool:
        """Whether the clocks go forward."""
        return self.after > self.before

    def onset(self, year: int) -> datetime:
        """Return when it comes in a year, on the wall as it is until then."""
        return datetime.combine(_nth(year, self.month, self.nth, self.weekday), self.at)


@dataclass(frozen=True, slots=True)
class Plain:
    """A zone that every calendar program understands: one distance from UTC, or two in turn."""

    offset: timedelta | None
    """The distance where the clocks are never changed."""
    changes: frozenset[Yearly] = frozenset()


@lru_cache(maxsize=1024)
def plain(zone: ZoneInfo, first: int, last: int) -> Plain | None:
    """Return what ``zone`` does in the years from ``first`` to ``last``, if that is plain.

    None where the clocks change otherwise than forward once and back once a year, each on the same
    weekday of a month at the same hour. Outlook knows no more: it ignores RDATE, and all but one
    STANDARD and one DAYLIGHT (MS-OXCICAL, 2.1.3.1.1.19).
    """
    found = [change for year in range(first, last + 1) for change in _changes(zone, year)]
    if not found:
        return Plain(datetime(first, 1, 1, tzinfo=UTC).astimezone(zone).utcoffset())
    kinds = {(before, after) for _, before, after in found}
    rules = [_rule([one for one in found if one[1:] == kind], first, last) for kind in kinds]
    there_and_back = len(kinds) == 2 and {kind[::-1] for kind in kinds} == kinds
    if not there_and_back or None in rules:
        return None
    return Plain(None, frozenset(rule for rule in rules if rule is not None))


_Change = tuple[datetime, timedelta, timedelta]
"""The wall-clock time of a change before it, and the distances from UTC before and after."""


def _changes(zone: ZoneInfo, year: int) -> list[_Change]:
    """Return the changes of one year by UTC; no clock is changed twice within a day."""

    def offset(at: datetime) -> timedelta:
        return at.astimezone(zone).utcoffset() or timedelta()

    new_year, next_year = (datetime(one, 1, 1, tzinfo=UTC) for one in (year, year + 1))
    days = [new_year + number * _DAY for number in range((next_year - new_year).days + 1)]
    found = []
    for day, following in pairwise(days):
        before, after = offset(day), offset(following)
        if before != after:
            second = bisect_left(
                _SECONDS_OF_A_DAY,
                True,
                key=lambda s: offset(day + s * _SECOND) != before,
            )
            at = day + second * _SECOND + before
            found.append((at.replace(tzinfo=None), before, after))
    return found


def _rule(changes: list[_Change], first: int, last: int) -> Yearly | None:
    """Return the rule that all changes of one kind follow, once in every year."""
    at, before, after = changes[0]
    if [wall.year for wall, _, _ in changes] != list(range(first, last + 1)):
        return None
    for nth in (-1, (at.day + 6) // 7):
        rule = Yearly(at.month, nth, at.weekday(), at.time(), before, after)
        if abs(nth) <= 4 and all(rule.onset(wall.year) == wall for wall, _, _ in changes):
            return rule
    return None


def _nth(year: int, month: int, nth: int, weekday: int) -> date:
    if nth > 0:
        begins = date(year, month, 1)
        return begins + timedelta((weekday - begins.weekday()) % 7 + 7 * (nth - 1))
    ends = date(year + month // 12, month % 12 + 1, 1) - _DAY
    return ends - timedelta((ends.weekday() - weekday) % 7)


def zone_by_name(name: str) -> ZoneInfo | None:
    """Return the zone of a TZID: its IANA name, Windows' name, or a path that ends in either.

    Some programs write a path of their own before the name: ``/example.org/2/America/Denver``.
    """
    name = name.strip().strip('"')
    name = WINDOWS_TO_OLSON.get(name, name)
    parts = name.strip("/").split("/")
    for count in range(_LONGEST_NAME, 0, -1):
        key = "/".join(parts[-count:])
        if key in _known():
            return ZoneInfo(key)
    return None


def zone_by_rules(described: Plain, likely: ZoneInfo, first: int, last: int) -> ZoneInfo | None:
    """Return a zone that does what a VTIMEZONE describes: the ``likely`` one if it does."""
    for zone in (likely, *_usual()):
        if plain(zone, first, last) == described:
            return zone
    return None


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _usual() -> Iterable[ZoneInfo]:
    """The zones that Windows knows, and the fixed distances from UTC in whole hours."""
    fixed = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13) if hours]
    names = [*sorted(set(WINDOWS_TO_OLSON.values())), *fixed]
    return tuple(ZoneInfo(name) for name in names if name in _known())
