"""Times of a rota in words, on the clock of the team's wall."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_YEAR_IS_PLAIN = timedelta(days=180)
"""A date nearer than this needs no year."""


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An instant as people say it: ``Fri Nov 27 17:00``, with the year when it is far away."""
    wall = at.astimezone(zone)
    year = "" if abs(at - now) < _YEAR_IS_PLAIN else f" {wall.year}"
    return f"{wall:%a %b} {wall.day}{year} {_clock(at, zone)}"


def span(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A stretch of time: ``Fri Nov 27 17:00 to Sat Nov 28 08:00``; the day once within one day."""
    within_a_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    last = _clock(end, zone) if within_a_day else moment(end, zone, now)
    return f"{moment(start, zone, now)} to {last}"


def brief(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same for a text message: ``Fri Nov 27 17:00 to 08:00``, ``now to 08:00``.

    The last day is left out where the end is less than a day after the beginning, or after now.
    """
    first = "now" if start <= now else moment(start, zone, now)
    within_a_day = end - max(start, now) < timedelta(hours=23)  # the shortest day there is
    return f"{first} to {_clock(end, zone) if within_a_day else moment(end, zone, now)}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    """What the clock shows, with the zone's name while it shows the same hour twice."""
    wall = at.astimezone(zone)
    seconds = ":%S" if wall.second or wall.microsecond else ""
    twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    return wall.strftime(f"%H:%M{seconds}{' %Z' if twice else ''}")


def length(stretch: timedelta) -> str:
    """A length of time to the second, in days, hours, minutes: ``15 h``, ``2 days 3 h``."""
    seconds = int(stretch.total_seconds())
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    day_word = "day" if days == 1 else "days"
    parts = ((days, day_word), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "less than 1 s"
