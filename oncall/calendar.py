"""Calendar feeds: the final schedule as iCalendar (RFC 5545), for Outlook, Google, Apple & co."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.calendar_zones import WEEKDAYS, Plain, plain
from oncall.model import Shift, StaffId, TeamId, Tier
from oncall.wallclock import to_utc, to_wall

DAYS_BACK, DAYS_AHEAD = 31, 180
"""The days that a feed shows besides today, by the clock on the team's wall."""

_DAYS_BEYOND = 62
"""How far beyond these days a shift is followed: a longer one begins and ends at midnight there."""

_READ_AGAIN = "PT1H"
"""How soon a program that follows a feed is asked to look at it again: after an hour."""

_NAMES = uuid.UUID("6f1d1a52-9f5f-4c0b-8a39-0b9a53bd0f77")
_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001  on whatever wall: the clocks never change there
_SECOND = "%Y%m%dT%H%M%S"
_WIDTH = 75
_UNPRINTABLE = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One shift as a feed shows it, [start, end) in UTC. ``uid`` is its name for ever."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str


Schedule = Mapping[Tier, Sequence[Shift]]
"""Who stood and will stand on every tier of a team."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a feed shows: every shift in [first, last), also such as only reach into it.

    So that these are shown whole, a schedule is asked for from ``since`` until ``until``.
    """

    since: datetime
    first: datetime
    last: datetime
    until: datetime


def days_shown(zone: ZoneInfo, now: datetime) -> Days:
    """The days around ``now``, from midnight to midnight by the clock on the team's wall."""
    today = to_wall(now, zone).date()
    back, ahead = -DAYS_BACK, DAYS_AHEAD + 1
    return Days(
        *(
            to_utc(datetime.combine(today + timedelta(days), time()), zone)
            for days in (back - _DAYS_BEYOND, back, ahead, ahead + _DAYS_BEYOND)
        )
    )


def team_entries(
    team: TeamId, schedule: Schedule, days: Days, names: Mapping[StaffId, str]
) -> list[Entry]:
    """The shifts of everybody in a team, tier by tier."""
    return [
        _entry(team, tier, shift, f"{tier}: {names.get(shift.staff, shift.staff)}")
        for tier, shift in _shifts(schedule, days)
    ]


def person_entries(
    team: TeamId, schedule: Schedule, days: Days, team_name: str, staff: StaffId
) -> list[Entry]:
    """One person's shifts in a team."""
    return [
        _entry(team, tier, shift, f"On call: {tier}, {team_name}")
        for tier, shift in _shifts(schedule, days)
        if shift.staff == staff
    ]


def feed(name: str, entries: Sequence[Entry], zone: ZoneInfo, stamp: datetime) -> bytes:
    """Write a calendar that shows ``entries`` by the clock of ``zone``.

    ``stamp`` (aware) is when what it shows was last changed: the same entries with the same stamp
    are the same bytes. Where calendar programs could misread the zone, times are written in UTC.
    Instants are cut to the second, which is all that calendars can say.
    """
    years = _years(entries, stamp)
    ways = plain(zone, *years)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Vigil//On call//EN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        f"X-WR-TIMEZONE:{zone.key}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{_READ_AGAIN}",
        f"X-PUBLISHED-TTL:{_READ_AGAIN}",
    ]
    if ways is not None:
        lines += _vtimezone(zone, ways, years[0])
    for entry in entries:
        lines += _vevent(entry, None if ways is None else zone, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(map(_folded, lines))


def _shifts(schedule: Schedule, days: Days) -> Iterator[tuple[Tier, Shift]]:
    for tier, shifts in schedule.items():
        for shift in shifts:
            if shift.start < days.last and days.first < shift.end:
                yield tier, shift


def _entry(team: TeamId, tier: Tier, shift: Shift, summary: str) -> Entry:
    name = "/".join((team, tier, shift.start.isoformat(), shift.staff))
    uid = str(uuid.uuid5(_NAMES, name))
    return Entry(uid, shift.start, shift.end, summary, _told(shift.why))


def _told(why: str) -> str:
    """Why somebody stands, without the words that somebody wrote: a feed leaves the house."""
    return why.partition(":")[0] if why.startswith("override") else why


def _years(entries: Sequence[Entry], stamp: datetime) -> tuple[int, int]:
    """Return the years in which a zone's rules must hold: those shown, and one before.

    So the clocks have been changed both ways by the rules before the first entry.
    """
    shown = [at.year for entry in entries for at in (entry.start, entry.end)]
    return min(shown, default=stamp.year) - 1, max(shown, default=stamp.year) + 1


def _vtimezone(zone: ZoneInfo, ways: Plain, first: int) -> Iterator[str]:
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    if ways.offset is not None:
        yield from _observance("STANDARD", _LONG_AGO, ways.offset, ways.offset)
    for rule in sorted(ways.changes, key=lambda rule: rule.month):
        day = f"{rule.nth}{WEEKDAYS[rule.weekday]}"
        yield from _observance(
            "DAYLIGHT" if rule.daylight else "STANDARD",
            rule.onset(first),
            rule.before,
            rule.after,
            f"RRULE:FREQ=YEARLY;BYMONTH={rule.month};BYDAY={day}",
        )
    yield "END:VTIMEZONE"


def _observance(
    kind: str, starts: datetime, before: timedelta, after: timedelta, *rule: str
) -> Iterator[str]:
    yield f"BEGIN:{kind}"
    yield f"DTSTART:{starts:{_SECOND}}"
    yield from rule
    yield f"TZOFFSETFROM:{_offset(before)}"
    yield f"TZOFFSETTO:{_offset(after)}"
    yield f"END:{kind}"


def _offset(ahead: timedelta) -> str:
    minutes, seconds = divmod(abs(ahead) // timedelta(seconds=1), 60)
    text = f"{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")
    return f"{'-' if ahead < timedelta() else '+'}{text}"


def _vevent(entry: Entry, zone: ZoneInfo | None, stamp: datetime) -> Iterator[str]:
    start, end = (at.astimezone(UTC).replace(microsecond=0) for at in (entry.start, entry.end))
    by_the_wall = zone is not None and _shown_once(start, zone) and _shown_once(end, zone)
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{stamp.astimezone(UTC):{_SECOND}}Z"
    yield f"DTSTART{_time(start, zone if by_the_wall else None)}"
    yield f"DTEND{_time(end, zone if by_the_wall else None)}"
    yield f"SUMMARY:{_text(entry.summary)}"
    yield f"DESCRIPTION:{_text(entry.description)}"
    # On call is no appointment: to others the evening is free, and no import takes it for absence.
    yield "TRANSP:TRANSPARENT"
    yield "STATUS:CONFIRMED"
    yield "END:VEVENT"


def _shown_once(at: datetime, zone: ZoneInfo) -> bool:
    """Whether a wall-clock time says which instant is meant: not in the hour that comes twice."""
    return to_utc(to_wall(at, zone), zone) == at


def _time(at: datetime, zone: ZoneInfo | None) -> str:
    if zone is None:
        return f":{at:{_SECOND}}Z"
    return f";TZID={zone.key}:{to_wall(at, zone):{_SECOND}}"


def _text(words: str) -> str:
    """Write a text as a value, on one line for every reader, whatever it takes for a line's end."""
    return words.translate(_UNPRINTABLE).strip().translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """Write a line as lines of 75 octets at most, never cutting a character in two."""
    octets = line.encode()
    if len(octets) <= _WIDTH:
        return octets + b"\r\n"
    parts, width = [], _WIDTH
    while len(octets) > width:
        cut = width
        while octets[cut] & 0b1100_0000 == 0b1000_0000:  # inside a character
            cut -= 1
        parts.append(octets[:cut])
        octets, width = octets[cut:], _WIDTH - 1  # the blank before it counts
    return b"\r\n ".join([*parts, octets]) + b"\r\n"
