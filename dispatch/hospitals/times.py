"""What a sender's times mean: any precision, with or without an offset, and odd ways to write them.

A time without an offset is on the clock on the sender's wall. What that clock shows twice, when it
goes back, means the first; what it never shows, when it goes forward, means the jump.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.wallclock import instant, to_utc

_OFFSET = r"[ ]*(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?P<part>[.,][0-9]+)?)?"
_WAYS = tuple(
    re.compile(way + _OFFSET, re.IGNORECASE)
    for way in (
        # HL7 v2.5.1, 2.A.22, cut off anywhere; some write a T or a space before the hours.
        r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?:(?P<day>[0-9]{2})(?:[T ]?(?P<hour>[0-9]{2})"
        r"(?:(?P<minute>[0-9]{2})(?:(?P<second>[0-9]{2})(?P<part>[.,][0-9]+)?)?)?)?)?)?",
        rf"(?P<year>[0-9]{{4}})-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})(?:[T ][ ]*{_CLOCK})?",
        r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})"
        rf"(?:[ ]+{_CLOCK}[ ]*(?P<half>[AP]M)?)?",
    )
)
_YEARS = range(1850, 2300)
"""Years outside are slips of the keyboard, or stand for "not known"."""

_LONGEST = 64
_FARTHEST = timedelta(hours=14)
"""The clocks of Kiribati are farthest from UTC."""


class Moment(NamedTuple):
    """An instant in UTC, None where none could be read, and what was odd about it, or ""."""

    at: datetime | None
    odd: str = ""


class Day(NamedTuple):
    """A date, None where none could be read, and what was odd about it, or ""."""

    on: date | None
    odd: str = ""


class _Told(NamedTuple):
    """The parts of a time as far as they were told: `clock` is what the wall showed then."""

    year: int
    month: int | None
    day: int | None
    clock: time | None
    ends_day: bool
    offset: str


def moment(text: str, zone: ZoneInfo) -> Moment:
    """Return the instant that a time means, as said above. One cut off means its beginning.

    Nothing is odd about a time that isn't told.
    """
    if not text:
        return Moment(None)
    told = _told(text)
    on = _date(told) if told else None
    if told is None or on is None:
        return Moment(None, "isn't a time")
    wall = datetime.combine(on, told.clock or time()) + timedelta(days=told.ends_day)
    odd = "" if told.clock else "has no time of day: its beginning is taken"
    if told.offset:
        offset = _offset(told.offset)
        if offset is None:
            return Moment(None, "has an offset that no clock keeps")
        return Moment(wall.replace(tzinfo=offset).astimezone(UTC), odd)
    at = wall.replace(tzinfo=zone)
    if at.utcoffset() == at.replace(fold=1).utcoffset():
        return Moment(at.astimezone(UTC), odd)
    return Moment(to_utc(wall, zone), odd or "falls into the hour in which the clocks are changed")


def day(text: str) -> Day:
    """Return the date that a time is on, as written: no offset moves it to another day.

    Only a whole date counts: a year alone, or a month, is odd and gives none.
    """
    if not text:
        return Day(None)
    told = _told(text)
    on = _date(told) if told else None
    if told is None or on is None:
        return Day(None, "isn't a date")
    return Day(on) if told.day else Day(None, "is no whole date")


def _told(text: str) -> _Told | None:
    """Return the parts of a time, or None when it is written in no way that is known."""
    if len(text) > _LONGEST:
        return None
    found = next((found for way in _WAYS if (found := way.fullmatch(text))), None)
    if found is None:
        return None
    parts = {"half": None, **found.groupdict()}
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if parts["half"]:
        if hour not in range(1, 13):
            return None
        hour = hour % 12 + (12 if parts["half"].upper() == "PM" else 0)
    midnight = (hour, minute, second) == (24, 0, 0)
    micro = int((parts["part"] or ".0")[1:7].ljust(6, "0"))
    try:
        clock = time(0 if midnight else hour, minute, second, micro) if parts["hour"] else None
    except ValueError:
        return None
    month, on = (int(part) if (part := parts[name]) else None for name in ("month", "day"))
    return _Told(int(found["year"]), month, on, clock, midnight, parts["offset"] or "")


def _date(told: _Told) -> date | None:
    """Return the first date that a time can mean, or None when the calendar hasn't got it."""
    first = (1 if part is None else part for part in (told.month, told.day))
    try:
        on = date(told.year, *first)
    except ValueError:
        return None
    return on if on.year in _YEARS else None


def _offset(text: str) -> tzinfo | None:
    if text in "Zz":
        return UTC
    minutes = int(text[-2:])
    away = timedelta(hours=int(text[1:3]), minutes=minutes)
    if away > _FARTHEST or minutes not in range(60):
        return None
    return timezone(-away if text[0] == "-" else away)


def utc(at: datetime, zone: ZoneInfo) -> datetime:
    """An instant in UTC; without an offset, when the clock on the wall in `zone` shows it.

    Raises ValueError for a year that nobody can mean.
    """
    meant(at)
    return instant(at) if at.tzinfo else to_utc(at, zone)


def meant(on: date) -> date:
    """A date, or a time, as it is. Raises ValueError for a year that nobody can mean."""
    if on.year not in _YEARS:
        raise ValueError("nobody can mean this year")
    return on
