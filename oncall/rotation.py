"""The arithmetic of one rotation: whose turn it is by the clock on the team's wall."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oncall.model import Every, Only, Rotation, Shift, StaffId, Unit

EARLIEST = datetime(3, 1, 1, tzinfo=UTC)
LATEST = datetime(9997, 1, 1, tzinfo=UTC)
"""Instants outside these two are treated as the nearer, so that no calendar arithmetic fails."""

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)

_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = _EPOCH_UTC.replace(tzinfo=None)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_STEPS = {Unit.HOUR: timedelta(hours=1), Unit.DAY: _DAY, Unit.WEEK: 7 * _DAY}


def instant(at: datetime) -> datetime:
    """Return ``at`` in UTC and within EARLIEST … LATEST; ValueError when it has no time zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at} lacks a time zone: say which instant is meant.")
    # Compared before it is converted: 9999-12-31 in New York has no date in UTC.
    return min(max(at, EARLIEST), LATEST).astimezone(UTC)


@lru_cache(maxsize=16_384)
def to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, at which the clock on the wall shows ``wall`` or later.

    So a time that happens twice means the first, and one that is skipped when the clocks go
    forward means the instant they jump. Times beyond the calendar stop at its edge. ValueError
    when ``wall`` has a time zone of its own.
    """
    if wall.tzinfo is not None:
        raise ValueError(f"{wall} has a time zone: a wall-clock time is given without one.")
    try:
        first = wall.replace(fold=0) if wall.fold else wall
        offset = _offset(first, zone)
        at = _EPOCH_UTC + (first - _EPOCH - offset)
        if at.astimezone(zone).utcoffset() == offset:
            return at
        return _jump(first, at, zone)
    except OverflowError:
        return BEGINNING if wall.year < _EPOCH.year else END


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    offset = zone.utcoffset(wall)
    if offset is None:
        raise ValueError(f"The time zone {zone.key} has no offset from UTC at {wall}.")
    return offset


def _jump(wall: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant at which the clocks of ``zone`` jump over ``wall``, to the second."""
    before = _EPOCH_UTC + (wall - _EPOCH - _offset(wall.replace(fold=1), zone))
    low = before.replace(microsecond=0)
    seconds = range((after - low) // _SECOND + 2)
    return low + _SECOND * bisect_left(
        seconds, wall, key=lambda second: to_wall(low + _SECOND * second, zone)
    )


def to_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall shows at the instant ``at``, without a time zone."""
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return _EPOCH + (at - _EPOCH_UTC + offset)


class Spell(NamedTuple):
    """A stretch [start, end), in UTC, throughout which the same person stands, or nobody."""

    start: datetime
    end: datetime
    staff: StaffId | None = None
    why: str = ""


class Layer:
    """A rotation made ready for reckoning in one time zone.

    Turn ``k`` begins ``k`` lengths after the rotation's start, reckoned on the wall from that
    start and never from the turn before: so a handoff keeps its hour all year, a monthly one keeps
    its day after a short month, and years of history cost nothing.
    """

    def __init__(self, rotation: Rotation, zone: ZoneInfo) -> None:
        self.why = f"rotation {rotation.name}"
        self._zone = zone
        self._anchor = rotation.starts
        self._order = rotation.order
        self._begins = to_utc(rotation.starts, zone)
        self._ends = END if rotation.ends is None else to_utc(rotation.ends, zone)
        if len(set(rotation.order)) == 1:
            # Nobody to hand off to: one turn without end instead of a chain of them.
            self._months, self._step = 0, timedelta.max
        else:
            self._months, self._step = _length(rotation.every)
        only = rotation.only
        self._hours = None if only is None or only.always else _Hours(only, zone)

    def around(self, at: datetime) -> Spell:
        """Return a spell that contains ``at``, as long as one turn or one stretch can show."""
        if at < self._begins:
            return Spell(BEGINNING, self._begins)
        if at >= self._ends:
            return Spell(self._ends, END)
        turn, handoff = self._turn(at)
        start, end = self._edge(turn), min(handoff, self._ends)
        if self._hours is not None:
            opens, closes = self._hours.around(at)
            if at < opens:
                return Spell(closes, opens)
            start, end = max(start, opens), min(end, closes)
        return Spell(start, end, self._order[turn % len(self._order)], self.why)

    def shifts(self, start: datetime, end: datetime) -> Iterator[Shift]:
        """Yield this layer's shifts within [start, end), which are clipped to it, in order."""
        start, end = max(start, self._begins), min(end, self._ends)
        if start >= end:
            return
        order, size, why = self._order, len(self._order), self.why
        turn, handoff = self._turn(start)
        for opens, closes in self._hours.after(start) if self._hours else ((start, end),):
            if opens >= end:
                return
            at = opens if opens > start else start
            stop = closes if closes < end else end
            while at < stop:
                if handoff <= at:
                    turn += 1
                    handoff = self._edge(turn + 1)
                    if handoff <= at:
                        turn, handoff = self._turn(at)
                until = handoff if handoff < stop else stop
                yield Shift(at, until, order[turn % size], why)
                at = until

    def _turn(self, at: datetime) -> tuple[int, datetime]:
        """Return the number of the turn that holds ``at``, 0 at the least, and its handoff."""
        wall = to_wall(at, self._zone)
        if self._months:
            since = (wall.year - self._anchor.year) * 12 + wall.month - self._anchor.month
            # One turn early at most: the day of the month may not have come yet.
            turn = max(since // self._months - 1, 0)
        else:
            turn = max((wall - self._anchor) // self._step, 0)
        # The wall shows one hour twice when the clocks go back; handoffs belong to the first.
        while (handoff := self._edge(turn + 1)) <= at:
            turn += 1
        return turn, handoff

    def _edge(self, turn: int) -> datetime:
        """Return the instant at which a turn begins; END when that is beyond the calendar."""
        try:
            if self._months:
                wall = _months_later(self._anchor, turn * self._months)
            else:
                wall = self._anchor + turn * self._step
        except OverflowError:
            return END
        return to_utc(wall, self._zone)


class _Hours:
    """The stretches of the week in which a restricted rotation holds."""

    def __init__(self, only: Only, zone: ZoneInfo) -> None:
        self._days = only.days
        self._zone = zone
        self._opens = only.start
        midnight = datetime.combine(_EPOCH, only.start.min)
        opens = datetime.combine(_EPOCH, only.start)
        closes = datetime.combine(_EPOCH, only.end)
        if closes <= opens:
            closes += _DAY
        self._width = closes - opens
        self._until = closes - midnight

    def around(self, at: datetime) -> tuple[datetime, datetime]:
        """Return when the stretch that holds ``at`` opens and closes.

        Where none does, return when the next opens and the last closed: then ``at`` is before
        the opening.
        """
        opens, closes = next(self.after(at))
        if opens <= at:
            return opens, closes
        wall = self._first(at) + _DAY
        while wall.weekday() not in self._days or self._closes(wall) > at:
            wall -= _DAY
        return opens, self._closes(wall)

    def after(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the opening and closing of every stretch that closes after ``at``, without end."""
        wall = self._first(at)
        while True:
            if wall.weekday() in self._days:
                closes = self._closes(wall)
                if closes > at:
                    yield to_utc(wall, self._zone), closes
            wall += _DAY

    def _closes(self, opens: datetime) -> datetime:
        return to_utc(opens + self._width, self._zone)

    def _first(self, at: datetime) -> datetime:
        """Return the wall time of the first opening, on any day, whose stretch may hold ``at``."""
        return datetime.combine(to_wall(at, self._zone) - self._until, self._opens) + _DAY


def shifts(rotation: Rotation, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Shift]:
    """Yield the shifts of one rotation that intersect [start, end), clipped to it, in order.

    ``start`` and ``end`` are instants with any time zone; the shifts are in UTC. A rotation of one
    person is a single shift without handoffs. ValueError when an instant lacks a time zone.
    """
    return Layer(rotation, zone).shifts(instant(start), instant(end))


def _length(every: Every) -> tuple[int, timedelta]:
    """Return a turn's length in whole months, or 0 and its length otherwise."""
    if every.unit is Unit.MONTH:
        return every.count, timedelta()
    try:
        return 0, every.count * _STEPS[every.unit]
    except OverflowError:
        return 0, timedelta.max


def _months_later(wall: datetime, months: int) -> datetime:
    """Return the same day and hour ``months`` later, on the last day of a month too short."""
    years, month = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month + 1
    if year > MAXYEAR:
        raise OverflowError
    return wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))
