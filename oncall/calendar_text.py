"""The text of calendar files (RFC 5545): lines, components, dates; each knows its line's number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

MOST_BYTES = 1024 * 1024
"""How long a calendar file may be: 1,500 events or so, as Google writes them."""

_HEAD = re.compile(r'([A-Za-z0-9-]+)((?:;[^;:"=]+=(?:"[^"]*"|[^;:"])*)*):')
_PARAMETER = re.compile(r';([^;:"=]+)=((?:"[^"]*"|[^;:"])*)')
_LINE_END = re.compile(r"\r\n|\n|\r")
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?=.)(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?=.)"
    r"(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?",
    re.ASCII,
)
_ESCAPE = re.compile(r"\\(.)")
_EARLIEST, _LATEST = 1583, 2399
"""The years in which a date is one: our calendar's first, and far beyond anybody's plans."""
_SHOWN = 60
"""How much of a text that is wrong is repeated."""


class Unreadable(ValueError):  # noqa: N818
    """A file can't be read at all. The text says what is wrong, in which line, how to mend it."""


class Odd(ValueError):  # noqa: N818
    """One event can't be understood. The text says why, for whoever exported it."""


@dataclass(frozen=True, slots=True)
class Property:
    """A line such as ``DTSTART;TZID=Europe/Dublin:20260301T090000``; names are in capitals."""

    line: int
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as words."""
        return _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], self.value)

    @property
    def values(self) -> list[str]:
        """The value as a list."""
        return [one.strip() for one in self.value.split(",") if one.strip()]


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between ``BEGIN:name`` in line ``line`` and its ``END:name``."""

    name: str
    line: int
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def first(self, name: str) -> Property | None:
        """The first property of a name."""
        return next((one for one in self.properties if one.name == name), None)

    def all(self, name: str) -> list[Property]:
        """Every property of a name."""
        return [one for one in self.properties if one.name == name]

    def text(self, name: str) -> str:
        """The words of the first property of a name; empty without it."""
        found = self.first(name)
        return found.text.strip() if found else ""


def read_components(content: bytes) -> list[Component]:
    """Return the calendars of a file.

    Lines that are none, inside of a component, are passed over: badly folded descriptions are
    common. Raises Unreadable for what is no calendar file, or one that was cut off.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(
            f"The file is longer than {MOST_BYTES // 1024} KiB: export a shorter time, "
            "or only the calendar that holds your days off."
        )
    if content.startswith(b"PK\x03\x04"):
        raise Unreadable("This is a ZIP archive: unpack it and send the .ics file that is in it.")
    root = Component("", 0)
    open_ones = [root]
    for number, line in _lines(content.decode("utf-8-sig", "replace")):
        within = open_ones[-1]
        found = _property(number, line)
        if found is None:
            if within is root:
                raise Unreadable(f"line {number}: not a calendar file: {_start_with_calendar()}")
        elif found.name == "BEGIN":
            part = Component(found.value.strip().upper(), number)
            if within is root and part.name != "VCALENDAR":
                raise Unreadable(f"line {number}: not a calendar file: {_start_with_calendar()}")
            within.parts.append(part)
            open_ones.append(part)
        elif found.name == "END":
            _close(open_ones, found)
        else:
            within.properties.append(found)
    if len(open_ones) > 1:
        raise Unreadable(
            f"The file ends within the {shown(open_ones[-1].name)} that begins in line "
            f"{open_ones[-1].line}: it was cut off. Export it again."
        )
    if not root.parts:
        raise Unreadable(f"The file is empty: {_start_with_calendar()}")
    return root.parts


def _start_with_calendar() -> str:
    return "an .ics file begins with BEGIN:VCALENDAR."


def _close(open_ones: list[Component], end: Property) -> None:
    name = end.value.strip().upper()
    if len(open_ones) == 1 or open_ones[-1].name != name:
        where = f"within {shown(open_ones[-1].name)}" if open_ones[1:] else "outside of everything"
        raise Unreadable(
            f"line {end.line}: END:{shown(name)} {where}: the file is damaged. Export it again."
        )
    open_ones.pop()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, unfolded, with the numbers at which they begin."""
    number, parts = 0, [""]
    for count, line in enumerate(_LINE_END.split(text), start=1):
        if line[:1] in (" ", "\t") and number:
            parts.append(line[1:])
            continue
        if parts[0].strip():
            yield number, "".join(parts)
        number, parts = count, [line]
    if parts[0].strip():
        yield number, "".join(parts)


def _property(number: int, line: str) -> Property | None:
    head = _HEAD.match(line)
    if head is None:
        return None
    parameters = {
        name.strip().upper(): value.strip().strip('"')
        for name, value in _PARAMETER.findall(head[2])
    }
    return Property(number, head[1].upper(), parameters, line[head.end() :].strip())


def read_date(text: str) -> tuple[date | datetime, bool]:
    """Read a date, or a time without a zone, and whether it is said to be in UTC. Raises Odd."""
    found = _DATE_TIME.fullmatch(text.strip())
    if found is None:
        raise Odd(f"“{shown(text)}” is no date")
    year, month, day, hour, minute, second = (int(one or 0) for one in found.groups()[:6])
    if not _EARLIEST <= year <= _LATEST:
        raise Odd(f"the year of “{shown(text)}” is out of reach")
    try:
        if found[4] is None:
            return date(year, month, day), False
        # A leap second is taken for the one before it.
        return datetime(year, month, day, hour, minute, min(second, 59)), found[7] == "Z"  # noqa: DTZ001  its zone stands beside it
    except ValueError:
        raise Odd(f"“{shown(text)}” is no date") from None


def read_duration(text: str) -> tuple[int, timedelta]:
    """Read a length as days on the wall and true time beyond them. Raises Odd."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise Odd(f"“{shown(text)}” is no length of time")
    weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups()[1:])
    if found[1] == "-":
        raise Odd("it ends before it begins")
    return weeks * 7 + days, timedelta(hours=hours, minutes=minutes, seconds=seconds)


def shown(text: str) -> str:
    """As much of a wrong text as helps to find it."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
