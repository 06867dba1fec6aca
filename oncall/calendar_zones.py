"""Time zones as calendar programs write them: out as a VTIMEZONE they take, in by any name."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from oncall.calendar_text import Component, Odd, read_date, shown

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_SECONDS_OF_A_DAY = range(_DAY // _SECOND)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""How calendars name the days of the week, from Monday."""

_MONTHS = {str(month) for month in range(1, 13)}
_NUMBERED_DAY = re.compile(rf"(-1|[1-4])({'|'.join(WEEKDAYS)})")
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
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
    parts = name.strip("/").split("/")
    tails = ["/".join(parts[-count:]) for count in range(_LONGEST_NAME, 0, -1)]
    for key in (*tails, WINDOWS_TO_OLSON.get(name)):
        if key in _known():
            return ZoneInfo(key)
    return None


class ZonesOfFile:
    """The zones that a calendar names. ``usual`` is meant where it names none."""

    def __init__(self, calendar: Component, usual: ZoneInfo, year: int) -> None:
        self.usual = usual
        self._year = year
        self._found: dict[str, ZoneInfo] = {}
        self._described = {
            part.text("TZID"): part for part in calendar.parts if part.name == "VTIMEZONE"
        }

    def named(self, name: str) -> ZoneInfo:
        """Return the zone of a TZID; Odd for one that no clock goes by, as far as we know."""
        if name not in self._found:
            self._found[name] = zone_by_name(name) or self._by_description(name)
        return self._found[name]

    def _by_description(self, name: str) -> ZoneInfo:
        """Return the zone that a VTIMEZONE describes: the usual one if it goes like that."""
        part = self._described.get(name)
        if part is not None:
            located = zone_by_name(part.text("X-LIC-LOCATION"))
            described = _described(part)
            if located is not None:
                return located
            for zone in (self.usual, *_usual()) if described else ():
                if plain(zone, self._year, self._year + 1) == described:
                    return zone
        raise Odd(f"its time zone “{shown(name)}” is not known")


def _described(part: Component) -> Plain | None:
    """Return what a VTIMEZONE says, if that is plain; how it was in former years is passed over."""
    ways = [one for one in part.parts if one.name in ("STANDARD", "DAYLIGHT")]
    yearly = [rule for one in ways if (rule := _yearly(one))]
    if yearly:
        return Plain(None, frozenset(yearly))
    return Plain(_ahead(ways[0].text("TZOFFSETTO"))) if len(ways) == 1 else None


def _yearly(part: Component) -> Yearly | None:
    rule = dict(one.partition("=")[::2] for one in part.text("RRULE").upper().split(";"))
    day = _NUMBERED_DAY.fullmatch(rule.get("BYDAY", ""))
    month = rule.get("BYMONTH", "")
    if rule.get("FREQ") != "YEARLY" or "UNTIL" in rule or day is None or month not in _MONTHS:
        return None
    starts, _ = read_date(part.text("DTSTART"))
    at = starts.time() if isinstance(starts, datetime) else time()
    before, after = _ahead(part.text("TZOFFSETFROM")), _ahead(part.text("TZOFFSETTO"))
    return Yearly(int(month), int(day[1]), WEEKDAYS.index(day[2]), at, before, after)


def _ahead(text: str) -> timedelta:
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise Odd(f"its time zone has an offset that is none: “{shown(text)}”")
    hours, minutes, seconds = (int(one or 0) for one in found.groups()[1:])
    ahead = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -ahead if found[1] == "-" else ahead


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _usual() -> Iterable[ZoneInfo]:
    """The zones that Windows knows, and the fixed distances from UTC in whole hours."""
    fixed = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13) if hours]
    names = [*sorted(set(WINDOWS_TO_OLSON.values())), *fixed]
    return tuple(ZoneInfo(name) for name in names if name in _known())
