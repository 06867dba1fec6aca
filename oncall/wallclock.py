"""The clock on a team's wall: what it shows at an instant, and when it shows a given time."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple
from zoneinfo import ZoneInfo

EARLIEST = datetime(3, 1, 1, tzinfo=UTC)
LATEST = datetime(9997, 1, 1, tzinfo=UTC)
"""Instants outside these two are treated as the nearer, so that no calendar arithmetic fails."""

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

_LONGEST = timedelta(hours=25)
"""More than any clock was ever moved at once."""

_MARGIN = 4
"""By how many days a year's table reaches beyond the year: more than any clock was moved."""


def instant(at: datetime) -> datetime:
    """Return ``at`` in UTC and within EARLIEST … LATEST; ValueError when it has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} lacks a time zone: say which instant is meant.")
    # Compared before it is converted: 9999-12-31 in New York has no date in UTC.
    if EARLIEST <= at <= LATEST:
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    return EARLIEST if at < EARLIEST else LATEST


def to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the clock on the wall shows ``wall`` or later.

    So a time that happens twice means the first, and one that is skipped when the clocks go
    forward means the instant they jump. Times in the calendar's first and last year stop at its
    edge. ValueError when ``wall`` has a time zone of its own.
    """
    return next(ticks(wall, timedelta.max, zone))


def to_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall shows at the instant ``at``, without a time zone."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return _EPOCH + (at - _EPOCH_UTC + offset)


def ticks(wall: datetime, step: timedelta, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield :func:`to_utc` of ``wall``, of ``wall + step``, of ``wall + 2 * step``, without end.

    ValueError when ``wall`` has a time zone of its own.
    """
    if wall.tzinfo is not None:
        raise ValueError(f"{wall} has a time zone: a wall-clock time is given without one.")
    # What the wall shows is reckoned as though it were UTC: no arithmetic on it is cheaper.
    shown = _EPOCH_UTC + (wall - _EPOCH)
    try:
        while shown.year == MINYEAR:
            yield BEGINNING
            shown += step
        while (year := shown.year) < MAXYEAR:
            new_year = datetime(year + 1, 1, 1, tzinfo=UTC)
            for spell in _spells(zone, year):
                until = spell.until if spell.until < new_year else new_year
                begins, at = spell.begins, shown - spell.offset
                while shown < until:
                    yield at if at > begins else begins
                    shown += step
                    at += step
    except OverflowError:
        pass
    yield from repeat(END)


class _Spell(NamedTuple):
    """A stretch throughout which the clock keeps one distance from UTC.

    It begins at the instant ``begins`` and ends when the wall would show ``until``, a wall-clock
    time that is written as though it were UTC.
    """

    begins: datetime
    offset: timedelta
    until: datetime


@lru_cache(maxsize=4096)
def _spells(zone: ZoneInfo, year: int) -> tuple[_Spell, ...]:
    """Return the spells that decide what the times of one year mean, in order.

    One look a day finds every change: no clock has been changed twice within three days
    (1939 in Freetown comes nearest, by tzdata 2026), and each was moved by a day at the most.
    """
    new_year = _EPOCH.replace(year=year)
    days = [new_year + number * _DAY for number in range(-_MARGIN, 366 + _MARGIN)]
    offsets = [_offset(day, zone) for day in days]
    found = []
    begins = BEGINNING
    for day, before, after in zip(days, offsets, offsets[1:], strict=False):
        if before != after:
            change = _change(day, before, zone)
            found.append(_Spell(begins, before, change + before))
            begins = change
    found.append(_Spell(begins, offsets[-1], END))
    return tuple(found)


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    offset = zone.utcoffset(wall)
    if offset is None:
        raise ValueError(f"The time zone {zone.key} has no offset from UTC at {wall}.")
    return offset


def _change(day: datetime, before: timedelta, zone: ZoneInfo) -> datetime:
    """Return the second from which the clock no longer keeps the distance that it has on ``day``.

    Where a whole day is skipped, ``day`` may be a time that the clock never shows: hence the look
    back.
    """
    low = _EPOCH_UTC + (day - _EPOCH - before) - _LONGEST
    seconds = range((2 * _LONGEST + _DAY) // _SECOND)
    return low + _SECOND * bisect_left(
        seconds,
        True,
        key=lambda second: (low + second * _SECOND).astimezone(zone).utcoffset() != before,
    )
