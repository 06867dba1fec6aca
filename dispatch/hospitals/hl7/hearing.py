"""Listens to one message: plain texts and times of its fields, and the doubts that arise."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dispatch.hospitals import times
from dispatch.hospitals.hl7.er7 import Field, Message, Repetition, Segment

_VALUES = 100
"""More addresses, phones or numbers than anybody has."""


def plain(text: str) -> str:
    """Return a text as one line without control characters or space around it."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def part(value: Repetition, component: int, sub: int = 1) -> str:
    """Return a subcomponent, by default the first, of a component as :func:`plain` text."""
    return plain(value.component(component, sub))


class Hearing:
    """What one message says, field by field, and what was odd about it so far.

    `zone` is where the sender's clock hangs. A segment that is missing says nothing.
    """

    def __init__(self, message: Message, zone: ZoneInfo) -> None:
        self._message = message
        self._zone = zone
        self._segments: dict[str, Segment] = {}
        self._doubts: dict[str, None] = {}

    @property
    def doubts(self) -> tuple[str, ...]:
        """What was odd, in words that repeat nothing of the content, each once."""
        return tuple(self._doubts)

    def doubt(self, words: str) -> None:
        """Note that something is odd."""
        self._doubts[words] = None

    def segments(self, name: str) -> tuple[Segment, ...]:
        """Return all segments of a name."""
        return self._message.segments(name)

    def field(self, segment: str, number: int) -> Field:
        """Return a field of the first segment of a name."""
        if segment not in self._segments:
            self._segments[segment] = self._message.first(segment)
        return self._segments[segment].field(number)

    def values(self, segment: str, number: int) -> tuple[Repetition, ...]:
        """Return the values of a field; those after the first hundred are doubted, and left."""
        values = self.field(segment, number).at_most(_VALUES + 1)
        if len(values) > _VALUES:
            self.doubt(f"{segment}-{number} has more than {_VALUES} values: the rest isn't read.")
        return values[:_VALUES]

    def text(self, segment: str, number: int, component: int = 1) -> str:
        """Return a component of a field's first value as :func:`plain` text."""
        return plain(self.field(segment, number).component(component))

    def moment(self, segment: str, number: int) -> datetime | None:
        """Return the instant that a field tells, in UTC; None where it tells none."""
        at, odd = times.moment(self.text(segment, number), self._zone)
        self._doubt_of(segment, number, odd)
        return at

    def day(self, segment: str, number: int) -> date | None:
        """Return the date that a field tells; None where it tells no whole one."""
        on, odd = times.day(self.text(segment, number))
        self._doubt_of(segment, number, odd)
        return on

    def _doubt_of(self, segment: str, number: int, odd: str) -> None:
        if odd:
            self.doubt(f"{segment}-{number} {odd}.")
