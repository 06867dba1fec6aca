"""What a single value in the agency's file may be: an id, a phone number, a wall-clock time.

Each ``read_…`` takes the text as typed and raises ValueError with a sentence that continues
'"the value" …' and says how to mend it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

import holidays
import phonenumbers
from pydantic import PlainValidator

from dispatch.hospital_settings import (
    read_certificate,
    read_class,
    read_code,
    read_place,
    read_refusal,
    written,
)
from dispatch.hospitals.notice import Setting, Sex
from notifications.paging import LONGEST_WAIT
from oncall.model import Every, OverrideKind, Unit

T = TypeVar("T")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_WALL_TIME = re.compile(rf"{_DATE.pattern}[T ]{_TIME_OF_DAY.pattern}(:[0-5][0-9])?")
_EVERY = re.compile(r"([1-9][0-9]{0,2}) (hour|day|week|month)s?")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MAX_LENGTH = 120
_BREAKS_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Discipline(StrEnum):
    """A staff member's discipline: OAR 309-019-0226(3)'s list, in the agency file's words."""

    PSYCHIATRIST = "psychiatrist"
    PSYCHIATRIC_NP = "psychiatric_np"
    NURSE = "nurse"
    QMHP_SUPERVISOR = "qmhp_supervisor"
    QMHP_CLINICIAN = "qmhp_clinician"
    SUBSTANCE_ABUSE_SPECIALIST = "substance_abuse_specialist"
    EMPLOYMENT_SPECIALIST = "employment_specialist"
    CASE_MANAGER = "case_manager"
    PEER_SUPPORT = "peer_support"


class Role(StrEnum):
    """What a staff member may do and see in Vigil."""

    ADMIN = "admin"
    LEAD = "lead"
    CLINICIAN = "clinician"
    VIEWER = "viewer"


class Language(StrEnum):
    """The language in which Vigil speaks to a client (ISO 639-1)."""

    ENGLISH = "en"
    SPANISH = "es"


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """' (did you mean "ana"?)' when one of ``choices`` is close to ``word``, else nothing."""
    lowered = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word[:_MAX_LENGTH].lower(), lowered, n=1)
    return f' (did you mean "{lowered[close[0]]}"?)' if close else ""


def read_id(text: str) -> str:
    """An id, as it stands in URLs and text messages."""
    if not _ID.fullmatch(text):
        raise ValueError(
            "is no id: take up to 40 letters a-z, digits, - and _, and begin with a letter or digit"
        )
    return text


def read_words(text: str) -> str:
    """A name or a reason: one line, without blanks around it."""
    words = text.strip()
    if not words:
        raise ValueError("is empty: write something here")
    if len(words) > _MAX_LENGTH:
        raise ValueError(f"is longer than {_MAX_LENGTH} characters: shorten it")
    if any(unicodedata.category(character) in _BREAKS_A_LINE for character in words):
        raise ValueError("holds a line break or another invisible character: write it on one line")
    return words


def read_phone(text: str) -> str:
    """A phone number in E.164 form that is as long as its country's numbers are.

    Whether the number is in service is not judged: the reserved 555-01xx numbers are accepted.
    """
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        number = None
    # is_possible_number() also says yes to seven digits that only work inside one area code.
    possible = phonenumbers.ValidationResult.IS_POSSIBLE
    if (
        number is None
        or phonenumbers.is_possible_number_with_reason(number) != possible
        or phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != text
    ):
        raise ValueError(
            "is no phone number in E.164 form: write +, the country code and all digits, without"
            ' blanks, in quotes, such as "+15035550101"'
        )
    return text


def read_last_resort(text: str) -> str:
    """A number at the end of every ladder: E.164, or a short code such as 988, but never 911."""
    if text in {"911", "+1911"}:
        raise ValueError('would dial 911 by itself, which Vigil never does: use "988"')
    if _SHORT_CODE.fullmatch(text):
        return text
    try:
        return read_phone(text)
    except ValueError as wrong:
        raise ValueError(f'{wrong}, or a short code such as "988"') from None


def read_email(text: str) -> str:
    """An e-mail address."""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise ValueError('is no e-mail address: write it as "ana@example.org"')
    return read_words(text)


@cache
def _zones() -> frozenset[str]:
    return frozenset(zone for zone in available_timezones() if "/" in zone) | {"UTC"}


def read_zone(text: str) -> str:
    """An IANA time zone by its region and city, or UTC; its daylight saving is then known.

    Abbreviations such as EST are refused: they name a fixed offset that never changes its clocks.
    """
    if text not in _zones():
        raise ValueError(
            f"is no time zone{did_you_mean(text, _zones())}: write region and city, such as"
            ' "America/Los_Angeles"'
        )
    return text


def read_date(text: str) -> date:
    """A birth date."""
    with suppress(ValueError):
        if _DATE.fullmatch(text) and 1900 <= (day := date.fromisoformat(text)).year < 2200:
            return day
    raise ValueError('is no birth date: write year-month-day, such as "1980-12-31"')


def read_wall_time(text: str) -> datetime:
    """A date and time as the clock on the team's wall shows it; naive, years 1970 to 2199."""
    with suppress(ValueError):
        if (
            _WALL_TIME.fullmatch(text)
            and 1970 <= (wall := datetime.fromisoformat(text)).year < 2200
        ):
            return wall
    raise ValueError(
        'is no date and time of the team\'s own clock: write it as "2026-01-05T09:00", without an'
        " offset"
    )


def read_time_of_day(text: str) -> time:
    """A wall-clock time; 24:00 is the midnight at the day's end, which is also 00:00."""
    if text == "24:00":
        return time(0)
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValueError('is no time of day: write it in quotes, as "09:00" or "17:30"')
    return time.fromisoformat(text)


def read_weekday(text: str) -> int:
    """A weekday by three letters, as ``date.weekday()`` counts: mon is 0."""
    if text not in _DAYS:
        hint = did_you_mean(text[:3], _DAYS)
        raise ValueError(f"is no weekday{hint}: take one of {', '.join(_DAYS)}")
    return _DAYS.index(text)


def read_every(text: str) -> Every:
    """The length of one turn, such as ``1 week`` or ``12 hours``."""
    parts = _EVERY.fullmatch(text)
    if not parts:
        raise ValueError(
            'is no length of a turn: write 1 to 999 and hours, days, weeks or months, such as "1'
            ' week" or "12 hours"'
        )
    return Every(int(parts[1]), Unit(parts[2]))


def read_whole(low: int, high: int, what: str) -> Callable[[str], int]:
    """A reader of whole seconds or hours from ``low`` to ``high``, both included."""

    def read(text: str) -> int:
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not low <= number <= high:
            raise ValueError(f"is not between {low} and {high}: write whole {what}")
        return number

    return read


def read_ring_after(text: str) -> timedelta | None:
    """How long after a text without an answer a phone rings; never: only if it does not arrive."""
    if text == "never":
        return None
    try:
        most = int(LONGEST_WAIT.total_seconds())
        return timedelta(seconds=read_whole(0, most, "seconds")(text))
    except ValueError as wrong:
        raise ValueError(f"{wrong} (0: at once), or never") from None


def read_flag(text: str) -> bool:
    """A yes or a no."""
    known = {"yes": True, "true": True, "no": False, "false": False}
    if text.casefold() not in known:
        raise ValueError("is neither yes nor no: write one of the two")
    return known[text.casefold()]


def read_region(text: str) -> str:
    """Where public holidays are kept: a country, or a country and its part, such as ``US-OR``."""
    country, _, part = text.partition("-")
    known = holidays.list_supported_countries()
    if country not in known or (part and part not in known[country]):
        raise ValueError(
            'is no region whose holidays are known: write a country and its part, such as "US-OR"'
        )
    return text


def read_one_of(kind: type[StrEnum], what: str) -> Callable[[str], StrEnum]:
    """A reader of one of the words of ``kind``, which people call ``what``."""

    def read(text: str) -> StrEnum:
        words = [str(word) for word in kind]
        if text not in words:
            hint = did_you_mean(text, words)
            raise ValueError(f"is no {what}{hint}: take one of {', '.join(words)}")
        return kind(text)

    return read


def _only_text(read: Callable[[str], T]) -> PlainValidator:
    def check(value: object) -> T:
        match value:
            case str():
                return read(value)
            case None:
                raise ValueError("is empty: write something here or delete it")
            case _:
                raise ValueError("needs one value, but a list or a mapping stands here")

    return PlainValidator(check)


Id = Annotated[str, _only_text(read_id)]
Words = Annotated[str, _only_text(read_words)]
Phone = Annotated[str, _only_text(read_phone)]
LastResort = Annotated[str, _only_text(read_last_resort)]
Email = Annotated[str, _only_text(read_email)]
Zone = Annotated[str, _only_text(read_zone)]
BirthDate = Annotated[date, _only_text(read_date)]
WallTime = Annotated[datetime, _only_text(read_wall_time)]
TimeOfDay = Annotated[time, _only_text(read_time_of_day)]
Weekday = Annotated[int, _only_text(read_weekday)]
Turn = Annotated[Every, _only_text(read_every)]
RingSeconds = Annotated[int, _only_text(read_whole(5, 600, "seconds"))]
PageSeconds = Annotated[int, _only_text(read_whole(5, 86_400, "seconds"))]
RingAfter = Annotated[timedelta | None, _only_text(read_ring_after)]
Days = Annotated[int, _only_text(read_whole(1, 3650, "days"))]
RestHours = Annotated[int, _only_text(read_whole(0, 72, "hours"))]
Flag = Annotated[bool, _only_text(read_flag)]
Region = Annotated[str, _only_text(read_region)]
ADiscipline = Annotated[Discipline, _only_text(read_one_of(Discipline, "discipline"))]
ARole = Annotated[Role, _only_text(read_one_of(Role, "role"))]
ASex = Annotated[Sex, _only_text(read_one_of(Sex, "sex"))]
ALanguage = Annotated[Language, _only_text(read_one_of(Language, "language"))]
AnOverrideKind = Annotated[OverrideKind, _only_text(read_one_of(OverrideKind, "kind of override"))]
AClass = Annotated[Setting | None, _only_text(read_class)]
Code = Annotated[str, _only_text(read_code)]
MessagePlace = Annotated[str, _only_text(lambda text: written(read_place(text)))]
Refusal = Annotated[str, _only_text(read_refusal)]
Certificate = Annotated[str, _only_text(read_certificate)]
