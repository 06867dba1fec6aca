"""The arithmetic of one rotation: whose turn it is by the clock on the team's wall."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, datetime, timedelta
from itertools import compress, cycle, dropwhile, repeat
from zoneinfo import ZoneInfo

from oncall.model import Every, Only, Rotation, Shift, Unit
from oncall.wallclock import BEGINNING, END, instant, ticks, to_utc, to_wall

_DAY = timedelta(days=1)
_STEPS = {Unit.HOUR: timedelta(hours=1), Unit.DAY: _DAY, Unit.WEEK: 7 * _DAY}


class Layer:
    """A rotation made ready for reckoning in one time zone.

    Turn ``k`` begins ``k`` lengths after the rotation's start, reckoned on the wall from that
    start and never from the turn before: so a handoff keeps its hour all year, a monthly one keeps
    its day after a short month, and years of history cost nothing.
    """

    def __init__(self, rotation: Rotation, zone: ZoneInfo) -> None:
        self._why = f"rotation {rotation.name}"
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
        self._hours = None if only is None or only.always else Hours(only, zone)

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Return this layer's shifts within [start, end), which are clipped to it, in order."""
        start, end = max(start, self._begins), min(end, self._ends)
        if start >= end:
            return []
        order, size, why = self._order, len(self._order), self._why
        turn, handoffs = self._turn(start)
        handoff = next(handoffs)
        found = []
        for opens, closes in self._hours.after(start) if self._hours else ((start, end),):
            if opens >= end:
                break
            at = opens if opens > start else start
            stop = closes if closes < end else end
            while at < stop:
                while handoff <= at:
                    turn += 1
                    handoff = next(handoffs)
                until = handoff if handoff < stop else stop
                found.append(Shift(at, until, order[turn % size], why))
                at = until
        return found

    def _turn(self, at: datetime) -> tuple[int, Iterator[datetime]]:
        """Return a turn, 0 at the least, that begins by ``at``, and all handoffs from its end on.

        It is the turn that holds ``at`` or one shortly before.
        """
        wall = to_wall(at, self._zone)
        if self._months:
            since = (wall.year - self._anchor.year) * 12 + wall.month - self._anchor.month
            # One turn early at most: the day of the month may not have come yet.
            turn = max(since // self._months - 1, 0)
            return turn, self._monthly(turn + 1)
        # The wall shows one hour twice when the clocks go back; handoffs belong to the first.
        turn = max((wall - self._anchor) // self._step, 0)
        try:
            following = self._anchor + (turn + 1) * self._step
        except OverflowError:
            return turn, repeat(END)
        return turn, ticks(following, self._step, self._zone)

    def _monthly(self, turn: int) -> Iterator[datetime]:
        try:
            while True:
                yield to_utc(_months_later(self._anchor, turn * self._months), self._zone)
                turn += 1
        except OverflowError:
            yield from repeat(END)


class Hours:
    """The stretches of the week to which a rotation may be restricted, in one time zone."""

    def __init__(self, only: Only, zone: ZoneInfo) -> None:
        self._zone = zone
        self._days = tuple(day in only.days for day in range(7))
        self._opens = only.start
        day = BEGINNING.date()
        self._width = datetime.combine(day, only.end) - datetime.combine(day, only.start)
        if self._width <= timedelta():
            self._width += _DAY

    def after(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Return the opening and closing of every stretch that closes after ``at``, without end."""
        # A stretch lasts a day at most: one that holds `at` opened today or on the two days before,
        # as the wall may skip one.
        first = datetime.combine(to_wall(at, self._zone) - 2 * _DAY, self._opens)
        opens = ticks(first, _DAY, self._zone)
        closes = ticks(first + self._width, _DAY, self._zone)
        weekday = first.weekday()
        chosen = cycle(self._days[weekday:] + self._days[:weekday])
        stretches = compress(zip(opens, closes, strict=False), chosen)
        return dropwhile(lambda stretch: stretch[1] <= at, stretches)


def shifts(rotation: Rotation, zone: ZoneInfo, start: datetime, end: datetime) -> list[Shift]:
    """Return the shifts of one rotation that intersect [start, end), clipped to it, in order.

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
