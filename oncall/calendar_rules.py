"""Rules by which events repeat: taken where they surely end soon, since files come from outside.

A rule such as FREQ=SECONDLY, or one for a 30th of February, keeps a program that expands it busy
for hours. What calendar programs write for days off is far simpler; all else is refused unread.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from oncall.calendar_text import Odd, Unreadable, read_date, shown

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_TOO_FINE = ("SECONDLY", "MINUTELY", "HOURLY")
_FINE_PARTS = {"BYSECOND", "BYMINUTE", "BYHOUR"}
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH"}
_PARTS |= {"BYSETPOS"}
_WEEKDAY = r"(MO|TU|WE|TH|FR|SA|SU)"
_NUMBERED = re.compile(rf"([+-]?[0-9]{{1,2}})?{_WEEKDAY}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,5}")
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ALWAYS_THERE = 28
"""Every month has that many days, and each weekday four times."""
_DAILY_COST = 5
"""A day that a daily rule steps over costs as much as five that a longer period looks through."""
_YEAR = 366
_RARELY = 40 * _YEAR
"""The days within which even a Monday, the 29th of February, comes again."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is sure to come again soon, however long it is followed.

    ``parts`` are as in the file, without UNTIL; ``until`` is a date, a wall-clock time, or a time
    in UTC (``until_is_utc``).
    """

    frequency: str
    interval: int
    parts: dict[str, str]
    wait: int
    """Days within which it comes again at the latest, for an interval of 1."""
    until: date | datetime | None = None
    until_is_utc: bool = False

    def cost(self, start: date, end: date) -> int:
        """How many steps it takes to follow the rule from ``start`` until first after ``end``."""
        if self.until is not None:
            end = min(end, date(self.until.year, self.until.month, self.until.day))
        days = max((end - start).days, 0) // self.interval + self.wait
        return days * (_DAILY_COST if self.frequency == "DAILY" else 1)


def read_rule(text: str, line: int, start: date) -> Rule:
    """Read an RRULE of an event that begins on ``start``.

    Raises Odd for a rule that is wrong, or that may never come again; Unreadable for one that
    repeats within a day.
    """
    parts: dict[str, str] = {}
    for part in text.strip().strip(";").upper().split(";"):
        name, _, value = part.partition("=")
        if name in parts:
            raise Odd(f"its rule says {shown(name)} twice")
        parts[name] = value
    frequency = parts.get("FREQ", "")
    if frequency in _TOO_FINE or _FINE_PARTS & set(parts):
        raise Unreadable(
            f"line {line}: an event repeats by the hour or faster (“{shown(text)}”): "
            "days off repeat daily at most. Take it out of the calendar, or export another one."
        )
    unknown = [name for name in parts if name not in _PARTS]
    if frequency not in _FREQUENCIES or unknown:
        raise Odd(f"it repeats by a rule that is not understood: “{shown(text)}”")
    if {"COUNT", "UNTIL"} <= set(parts):
        raise Odd("its rule ends both by COUNT and by UNTIL")
    if not re.fullmatch(_WEEKDAY, parts.get("WKST", "MO")):
        raise Odd(f"WKST={shown(parts['WKST'])} in its rule is no weekday")
    interval = _numbers(parts, "INTERVAL", 1, 999) or [1]
    _numbers(parts, "COUNT", 1, 99_999)
    if not _comes_again(frequency, interval[0], parts, start):
        raise Odd(f"it repeats by a rule that may never come again: “{shown(text)}”")
    until, is_utc = read_date(parts.pop("UNTIL")) if "UNTIL" in parts else (None, False)
    return Rule(frequency, interval[0], parts, _wait(frequency, parts, start), until, is_utc)


def _wait(frequency: str, parts: dict[str, str], start: date) -> int:
    of_the_month = frequency in ("MONTHLY", "YEARLY")
    days = _signed(parts, "BYMONTHDAY", 31) or ([] if "BYDAY" in parts else [start.day])
    late = bool(days) and min(map(abs, days)) > _ALWAYS_THERE
    if of_the_month and (late or {"BYDAY", "BYMONTHDAY"} <= set(parts)):
        return _RARELY
    if "BYMONTH" in parts or frequency == "YEARLY":
        return _YEAR
    return 62 if of_the_month else 7


def _numbers(parts: dict[str, str], name: str, least: int, most: int) -> list[int]:
    if name not in parts:
        return []
    texts = parts[name].split(",")
    if not all(_NUMBER.fullmatch(text) for text in texts):
        raise Odd(f"{name}={shown(parts[name])} in its rule is no number")
    numbers = [int(text) for text in texts]
    if not all(least <= number <= most for number in numbers):
        raise Odd(f"{name}={shown(parts[name])} in its rule is out of reach")
    return numbers


def _signed(parts: dict[str, str], name: str, most: int) -> list[int]:
    numbers = _numbers(parts, name, -most, most)
    if 0 in numbers:
        raise Odd(f"{name}=0 in its rule means nothing")
    return numbers


def _comes_again(frequency: str, interval: int, parts: dict[str, str], start: date) -> bool:
    """Whether some day fits the rule within forty years after any other."""
    months = _numbers(parts, "BYMONTH", 1, 12)
    days = _signed(parts, "BYMONTHDAY", 31)
    places = _signed(parts, "BYSETPOS", 366)
    weekdays = _weekdays(parts)
    numbered = [abs(number) for number, _ in weekdays if number]
    if frequency in ("DAILY", "WEEKLY"):
        free = not (days or places or numbered)
        one_by_one = interval == 1 or not (months or (weekdays and frequency == "DAILY"))
        return free and one_by_one
    if frequency == "MONTHLY" and months and interval > 1:
        return False
    if places:
        return not (days or numbered) and _in_each_month(places, weekdays, frequency, months)
    if numbered:
        within_month = frequency == "MONTHLY" or bool(months)
        most = (4 if interval > 1 or months else 5) if within_month else 52
        return not days and max(numbered) <= most
    if days and weekdays and interval > 1:
        return False
    if not days and not weekdays and months:
        days = [start.day]
    return not days or _is_long_enough(days, months, interval)


def _weekdays(parts: dict[str, str]) -> list[tuple[int, str]]:
    found = []
    for text in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        match = _NUMBERED.fullmatch(text.strip())
        if match is None or (match[1] and not int(match[1])):
            raise Odd(f"BYDAY={shown(parts['BYDAY'])} in its rule is no list of weekdays")
        found.append((int(match[1] or 0), match[2]))
    return found


def _in_each_month(
    places: Iterable[int], weekdays: list[tuple[int, str]], frequency: str, months: list[int]
) -> bool:
    """Whether a month always has the places that BYSETPOS counts, as in “the last weekday”."""
    within_month = frequency == "MONTHLY" or bool(months)
    return within_month and max(map(abs, places)) <= 4 * len(set(weekdays))


def _is_long_enough(days: Iterable[int], months: list[int], interval: int) -> bool:
    """Whether some day of the month comes again: not a 30th of February."""
    shortest = min(map(abs, days))
    if shortest <= _ALWAYS_THERE:
        return True
    lengths = [_LENGTHS[month - 1] for month in months] or [31]
    return interval == 1 and shortest <= max(lengths)
