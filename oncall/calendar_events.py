"""What calendar files say happens: every event of a stretch of time, recurring ones one by one."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from icalendar.prop import vRecur

from oncall.calendar_rules import Rule, read_rule
from oncall.calendar_text import (
    Component,
    Odd,
    Property,
    Unreadable,
    read_components,
    read_date,
    read_duration,
)
from oncall.calendar_zones import ZonesOfFile
from oncall.wallclock import to_utc, to_wall

MOST_EVENTS = 2000
"""How many events one file may bring, each occurrence counted."""

MOST_STEPS = 1_000_000
"""How much following of rules one file may ask for: 220 weekly events over ten years (1 s)."""

LONGEST = timedelta(days=400)
"""How long one occurrence of a recurring event may last."""

_BEGINNING = 400
"""How many steps it takes to begin with an event that repeats, however seldom it does."""
_CHANGE = 100
"""How many each changed occurrence of it takes."""
_DAY = timedelta(days=1)
_MARGIN = 2 * _DAY
"""More than two walls are apart."""
_FEWER = "export a calendar that holds only your days off."
_KEPT = 16
"""How many hexadecimal digits of a digest are kept to tell two things apart."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, or one occurrence of it, [start, end) in UTC.

    ``days`` are its first day and the one after its last where it lasts whole days. ``uid`` tells
    it apart from all others and says nothing about it; ``name`` is what the calendar calls it;
    ``line`` is where it begins.
    """

    uid: str
    start: datetime
    end: datetime
    days: tuple[date, date] | None
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An event that was not taken, the line in which it begins, and why, for who exported it."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """What a calendar file says. ``calendar`` tells calendars apart and says nothing about them.

    ``whole`` says that it is one calendar that can be known again, not a message about some events
    of one, nor a calendar without a name, which could be any.
    """

    calendar: str
    whole: bool
    happenings: tuple[Happening, ...]
    left_out: tuple[LeftOut, ...]


def read_calendar(
    content: bytes, zone: ZoneInfo, start: datetime, end: datetime, *, also_free: bool = False
) -> CalendarFile:
    """Return what happens in [start, end), the events whole.

    All-day events are whole days in ``zone``, and times without a zone are meant there. Cancelled
    events are left out, and those that the calendar shows as free unless ``also_free``. Raises
    Unreadable for what is no calendar file, or asks for too much.
    """
    calendars = read_components(content)
    reading = _Reading(zone, start, end, also_free)
    for calendar in calendars:
        reading.read(calendar)
    found = sorted(reading.found, key=lambda one: (one.start, one.end, one.line))
    names = [_name(calendar) for calendar in calendars]
    published = all(one.text("METHOD").upper() in ("", "PUBLISH") for one in calendars)
    return CalendarFile(
        calendar=_digest(*names),
        whole=published and all(names),
        happenings=tuple({one.uid: one for one in found}.values()),
        left_out=tuple(sorted(reading.left_out, key=lambda one: one.line)),
    )


def _name(calendar: Component) -> str:
    names = (calendar.text(name) for name in ("X-WR-RELCALID", "X-WR-CALNAME", "NAME"))
    return next(filter(None, names), "")


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:_KEPT]


@dataclass(frozen=True, slots=True)
class _Time:
    """A date, or a wall-clock time and the zone on whose wall it is."""

    at: date | datetime
    zone: ZoneInfo

    @property
    def whole_day(self) -> bool:
        return not isinstance(self.at, datetime)

    @property
    def wall(self) -> datetime:
        if isinstance(self.at, datetime):
            return self.at
        return datetime.combine(self.at, time())

    @property
    def instant(self) -> datetime:
        return to_utc(self.wall, self.zone)

    def later(self, days: int, rest: timedelta) -> "_Time":
        if not rest:
            return _Time(self.at + days * _DAY, self.zone)
        at = to_utc(self.wall + days * _DAY, self.zone) + rest
        return _Time(to_wall(at, self.zone), self.zone)

    def on_the_wall_of(self, zone: ZoneInfo) -> date | datetime:
        if self.whole_day or self.zone == zone:
            return self.at
        return to_wall(self.instant, zone)


@dataclass(frozen=True, slots=True)
class _Event:
    """One VEVENT, understood."""

    line: int
    uid: str
    name: str
    start: _Time
    end: _Time
    rule: Rule | None = None
    more: tuple[_Time, ...] = ()
    except_for: tuple[_Time, ...] = ()
    stands_for: _Time | None = None
    """For a changed occurrence of a recurring event: which one it was."""
    and_following: bool = False
    sequence: int = 0
    not_taken: str = ""
    """Why it is no absence, if it is none."""

    @property
    def recurs(self) -> bool:
        return self.rule is not None or bool(self.more)


@dataclass(slots=True)
class _Reading:
    """The events of a file so far, and how much work they were."""

    zone: ZoneInfo
    start: datetime
    end: datetime
    also_free: bool
    found: list[Happening] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    steps: int = 0

    def read(self, calendar: Component) -> None:
        zones = ZonesOfFile(calendar, self.zone, self.start.year)
        series: dict[str, list[_Event]] = {}
        for part in calendar.parts:
            if part.name != "VEVENT":
                continue
            try:
                event = self._understand(part, zones)
            except Odd as why:
                self.left_out.append(LeftOut(part.line, str(why)))
            else:
                # Without a name of its own an event belongs to no other.
                series.setdefault(event.uid or f"line {part.line}", []).append(event)
        for events in series.values():
            self._take(events)

    def _understand(self, part: Component, zones: ZonesOfFile) -> _Event:
        begins = part.first("DTSTART")
        if begins is None:
            raise Odd("it has no DTSTART")
        start = _time(begins, begins.value, zones)
        rule = part.first("RRULE")
        stands_for = part.first("RECURRENCE-ID")
        sequence = part.text("SEQUENCE")
        return _Event(
            line=part.line,
            uid=part.text("UID"),
            name=part.text("SUMMARY"),
            start=start,
            end=_end(part, start, zones),
            rule=read_rule(rule.value, rule.line, start.wall.date()) if rule else None,
            more=_times(part, "RDATE", zones),
            except_for=_times(part, "EXDATE", zones),
            stands_for=_time(stands_for, stands_for.value, zones) if stands_for else None,
            and_following=bool(stands_for and "RANGE" in stands_for.parameters),
            sequence=int(sequence[:9]) if sequence.isascii() and sequence.isdigit() else 0,
            not_taken=self._why_not(part),
        )

    def _why_not(self, part: Component) -> str:
        if part.text("STATUS").upper() == "CANCELLED":
            return "it is cancelled"
        if part.text("TRANSP").upper() == "TRANSPARENT" and not self.also_free:
            return "the calendar shows it as free: show it as busy to be away"
        return ""

    def _take(self, events: list[_Event]) -> None:
        """Take the events of one name: those that stand alone, or a recurring one with changes."""
        for one in events:
            if one.not_taken and (one.recurs or self._in_reach(one)):
                self.left_out.append(LeftOut(one.line, one.not_taken))
        newest = max((one.sequence for one in events if one.stands_for is None), default=0)
        masters = [one for one in events if one.stands_for is None and one.sequence == newest]
        changes = [one for one in events if one.stands_for is not None]
        recurring = next((one for one in masters if one.recurs and not one.not_taken), None)
        if recurring is None:
            for one in (*masters, *changes):
                if not one.not_taken:
                    self._add(one.start, one.end, one)
            return
        try:
            self._expand(recurring, changes)
        except Odd as why:
            self.left_out.append(LeftOut(recurring.line, str(why)))

    def _expand(self, event: _Event, changes: Sequence[_Event]) -> None:
        if not timedelta() < event.end.instant - event.start.instant <= LONGEST:
            raise Odd(
                f"it repeats, but each time lasts nothing, or longer than {LONGEST.days} days"
            )
        self.steps += _BEGINNING + _CHANGE * len(changes)
        if event.rule is not None:
            self.steps += event.rule.cost(event.start.wall.date(), self.end.date() + _MARGIN)
        if self.steps > MOST_STEPS or len(event.more) + len(changes) > MOST_EVENTS:
            raise Unreadable(f"line {event.line}: too many events repeat for too long: {_FEWER}")
        zone = event.start.zone
        try:
            found = list(_occurrences(event, changes, self.start, self.end))
        except (ValueError, TypeError, OverflowError) as error:
            raise Odd("it repeats in a way that is not understood") from error
        for start, end, name in found:
            self._add(_Time(start, zone), _Time(end, zone), event, name)

    def _add(self, start: _Time, end: _Time, event: _Event, name: str = "") -> None:
        first, last = start.instant, end.instant
        if not (first < self.end and self.start < last):
            return
        if first >= last:
            self.left_out.append(LeftOut(event.line, "it has no length"))
            return
        days = (start.wall.date(), end.wall.date()) if start.whole_day else None
        key = _digest(event.uid or f"line {event.line}", first.isoformat())
        self.found.append(Happening(key, first, last, days, name or event.name, event.line))
        if len(self.found) > MOST_EVENTS:
            raise Unreadable(f"There are more than {MOST_EVENTS} events ahead: {_FEWER}")

    def _in_reach(self, event: _Event) -> bool:
        return event.start.instant < self.end and self.start < event.end.instant


def _time(found: Property, text: str, zones: ZonesOfFile) -> _Time:
    at, is_utc = read_date(text)
    if is_utc:
        return _Time(at, ZoneInfo("UTC"))
    name = found.parameters.get("TZID")
    if name is None or not isinstance(at, datetime):
        return _Time(at, zones.usual)
    return _Time(at, zones.named(name))


def _times(part: Component, name: str, zones: ZonesOfFile) -> tuple[_Time, ...]:
    return tuple(_time(found, text, zones) for found in part.all(name) for text in found.values)


def _end(part: Component, start: _Time, zones: ZonesOfFile) -> _Time:
    """When an event ends; a day that ends on itself is a whole one, as some programs write it."""
    ends, lasts = part.first("DTEND"), part.first("DURATION")
    if ends is not None:
        end = _time(ends, ends.value, zones)
    elif lasts is not None:
        end = start.later(*read_duration(lasts.value))
    else:
        end = start
    if start.whole_day != end.whole_day:
        raise Odd("it begins on a day and ends at a time, or the other way round")
    if end.instant < start.instant:
        raise Odd("it ends before it begins")
    return start.later(1, timedelta()) if start.whole_day and end.at == start.at else end


def _occurrences(
    event: _Event, changes: Sequence[_Event], start: datetime, end: datetime
) -> Iterator[tuple[date | datetime, date | datetime, str]]:
    """Yield the occurrences of a recurring event near [start, end), on the wall of its zone.

    Rules count by the clock on the wall, so they are followed there, without any zone.
    """
    zone = event.start.zone
    calendar = Calendar()
    gone = [one.stands_for for one in changes if one.not_taken and one.stands_for]
    calendar.add_component(_plain(event, zone, gone))
    for change in changes:
        if not change.not_taken:
            calendar.add_component(_plain(change, zone))
    first, last = (to_wall(at, zone) for at in (start - _MARGIN, end + _MARGIN))
    for found in recurring_ical_events.of(calendar).between(first, last):
        yield found["DTSTART"].dt, found["DTEND"].dt, str(found.get("SUMMARY", ""))


def _plain(event: _Event, zone: ZoneInfo, gone: Sequence[_Time] = ()) -> Event:
    """Write an event by the clock on the wall of ``zone``, without saying so."""
    found = Event()
    found.add("UID", "one")
    found.add("SUMMARY", event.name)
    found.add("SEQUENCE", event.sequence)
    found.add("DTSTART", event.start.on_the_wall_of(zone))
    found.add("DTEND", event.end.on_the_wall_of(zone))
    if event.stands_for is not None:
        following = {"RANGE": "THISANDFUTURE"} if event.and_following else {}
        found.add("RECURRENCE-ID", event.stands_for.on_the_wall_of(zone), following)
        return found
    if event.rule is not None:
        found.add("RRULE", vRecur.from_ical(_rule_text(event.rule, event.start)))
    for name, times in (("RDATE", event.more), ("EXDATE", (*event.except_for, *gone))):
        if times:
            found.add(name, [one.on_the_wall_of(zone) for one in times])
    return found


def _rule_text(rule: Rule, start: _Time) -> str:
    text = ";".join(f"{name}={value}" for name, value in rule.parts.items())
    return text if rule.until is None else f"{text};UNTIL={_until(rule, start)}"


def _until(rule: Rule, start: _Time) -> str:
    """Until when a rule holds, written like the start of its event.

    Outlook and others write UTC or a date whatever the start is. Midnight in UTC on a rule of whole
    days means that date; a date on a rule of times means the end of that day.
    """
    until = rule.until
    if isinstance(until, datetime) and rule.until_is_utc:
        at_midnight = start.whole_day and until.time() == time()
        until = until if at_midnight else to_wall(until.replace(tzinfo=UTC), start.zone)
    if start.whole_day:
        return f"{until:%Y%m%d}"
    if not isinstance(until, datetime):
        return f"{until:%Y%m%d}T235959"
    return f"{until:%Y%m%dT%H%M%S}"
