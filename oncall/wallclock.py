"""The clock on a team's wall: what it shows at an instant, and when it shows a given time."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, repeat
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
_NONE = timedelta()

_LOOK = 3 * _DAY
_LOOKS = [number * _LOOK for number in range(-1, 366 * _DAY // _LOOK + 2)]
"""When a clock is looked at, counted from the new year, and beyond the year's ends by more than any
clock was ever moved."""


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
    offset = at.astimezone(zone).utcoffset() or _NONE
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
        while shown.year < MAXYEAR:
            for begins, offset, until in spells(zone, shown.year):
                while shown < until and shown - offset < begins:
                    yield begins
                    shown += step
                if shown < until:
                    count = -((shown - until) // step)
                    yield from accumulate(repeat(step, count - 1), initial=shown - offset)
                    shown += count * step
    except OverflowError:
        pass
    yield from repeat(END)


class Spell(NamedTuple):
    """A stretch throughout which the clock keeps one distance from UTC.

    It begins at the instant ``begins`` and ends when the wall would show ``until``, a wall-clock
    time that is written as though it were UTC.
    """

    begins: datetime
    offset: timedelta
    until: datetime


@lru_cache(maxsize=4096)
def spells(zone: ZoneInfo, year: int) -> tuple[Spell, ...]:
    """Return the spells that decide what the times of one year mean, in order.

    A look every third day finds every change: no clock has been changed twice within three days
    (1939 in Freetown comes nearest, by tzdata 2026).
    """
    new_year = _EPOCH.replace(year=year)
    looks = [new_year + look for look in _LOOKS]
    offsets = [zone.utcoffset(look) or _NONE for look in looks]
    found = []
    begins = BEGINNING
    for look, before, after in zip(looks, offsets, offsets[1:], strict=False):
        if before != after:
            change = _change(look, before, after, zone)
            found.append(Spell(begins, before, change + before))
            begins = change
    found.append(Spell(begins, offsets[-1], new_year.replace(year=year + 1, tzinfo=UTC)))
    return tuple(found)


def _change(look: datetime, before: timedelta, after: timedelta, zone: ZoneInfo) -> datetime:
    """Return the instant from which a clock that keeps the distance ``before`` keeps ``after``.

    It changes, by the second, between the time ``look`` on the wall and the next look.
    """
    seconds = range(_LOOK // _SECOND)
    changed = bisect_left(
        seconds, True, key=lambda second: zone.utcoffset(look + second * _SECOND) != before
    )
    # Times that are skipped keep the old distance, as do those shown twice, the first time.
    return _EPOCH_UTC + (look + changed * _SECOND - _EPOCH - max(before, after))
