"""Reads HL7 v2 as hospitals really write it: the header, the segments, their fields and parts.

What the fields mean is said elsewhere. Nothing here fails on what a message contains: only a
message without a usable header is refused. Work and memory grow with the size and no faster.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from dispatch.hospitals.hl7 import charset
from dispatch.hospitals.hl7.delimiters import NULL, UNDIVIDED, Delimiters, split, told, unescaped
from dispatch.hospitals.hl7.envelope import BLANK, Boundary, boundaries, in_lines
from dispatch.hospitals.notice import Unreadable

_CHARSET = 18
_WHOLE_HEADER = 12
"""MSH-12 is the last field that every header has (HL7 v2.5.1, 2.15.9)."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """One value of a field. Components and subcomponents are counted from 1."""

    raw: str
    delimiters: Delimiters
    codec: str

    @property
    def count(self) -> int:
        """How many components there are; one at least."""
        return len(split(self.raw, self.delimiters.component))

    def component(self, number: int, sub: int = 1) -> str:
        """Return the text of a subcomponent, by default the first, of a component.

        What isn't there is "", and so is an explicit null.
        """
        parts = self._raw_parts(number)
        return self._text(parts[sub - 1]) if sub <= len(parts) else ""

    def parts(self, number: int) -> tuple[str, ...]:
        """Return the texts of all subcomponents of a component; there is one at least."""
        return tuple(map(self._text, self._raw_parts(number)))

    def _raw_parts(self, number: int) -> list[str]:
        components = split(self.raw, self.delimiters.component)
        one = components[number - 1] if number <= len(components) else ""
        return split(one, self.delimiters.subcomponent)

    def _text(self, raw: str) -> str:
        return "" if raw == NULL else unescaped(raw, self.delimiters, self.codec)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a segment. It may have been told several times, or not at all."""

    raw: str
    delimiters: Delimiters
    codec: str

    @property
    def is_null(self) -> bool:
        """Whether the sender says that it is nothing any more; one that is absent isn't null."""
        return self.raw == NULL

    @property
    def repetitions(self) -> tuple[Repetition, ...]:
        """All values, in order; none when the field is empty or absent."""
        return self.at_most(len(self.raw) + 1)

    def at_most(self, many: int) -> tuple[Repetition, ...]:
        """Return the first values, so many at most: what a sender repeats has no limit."""
        if not self.raw:
            return ()
        mark = self.delimiters.repetition
        values = self.raw.split(mark, many)[:many] if mark else [self.raw]
        return tuple(Repetition(value, self.delimiters, self.codec) for value in values)

    def component(self, number: int, sub: int = 1) -> str:
        """Return what :meth:`Repetition.component` does, of the first value."""
        if not self.raw:
            return ""
        value = split(self.raw, self.delimiters.repetition)[0]
        return Repetition(value, self.delimiters, self.codec).component(number, sub)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. Its fields are counted from 1, as in the standard; any may be absent."""

    name: str
    raw_fields: tuple[str, ...]
    delimiters: Delimiters
    codec: str

    def field(self, number: int) -> Field:
        """Return a field, which is empty when the segment doesn't go so far."""
        raw = self.raw_fields[number - 1] if number <= len(self.raw_fields) else ""
        # The first two fields of a header are the delimiters themselves.
        undivided = self.name == "MSH" and number in (1, 2)
        return Field(raw, UNDIVIDED if undivided else self.delimiters, self.codec)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `lines` are its segments as written, the header first, and `names` their names.

    A line that is no segment has the name "". `codec` is what the text was read with, and
    `oddities` say what was odd about reading it.
    """

    delimiters: Delimiters
    codec: str
    names: tuple[str, ...]
    lines: tuple[str, ...]
    oddities: tuple[str, ...] = ()

    def segments(self, name: str) -> tuple[Segment, ...]:
        """Return all segments of a name, which is given in capitals, in order."""
        if name not in self.names:
            return ()
        lines = zip(self.names, self.lines, strict=True)
        return tuple(self._segment(name, line) for known, line in lines if known == name)

    def first(self, name: str) -> Segment:
        """Return the first segment of a name, or an empty one when there is none."""
        if name not in self.names:
            return Segment(name, (), self.delimiters, self.codec)
        return self._segment(name, self.lines[self.names.index(name)])

    def groups(self, name: str, common: tuple[str, ...]) -> tuple["Message", ...]:
        """Return one message for each segment of a name; the message itself for at most one.

        Each has the first segment of every ``common`` name, and its own with what follows until the
        next: so an event that is about several people is read as one of each.
        """
        starts = [at for at, known in enumerate(self.names) if known == name]
        if len(starts) <= 1:
            return (self,)
        shared = tuple(one for one in common if one in self.names)
        lines = tuple(self.lines[self.names.index(one)] for one in shared)
        return tuple(
            Message(
                self.delimiters,
                self.codec,
                shared + self.names[start:end],
                lines + self.lines[start:end],
                self.oddities,
            )
            for start, end in zip(starts, [*starts[1:], len(self.names)], strict=True)
        )

    def _segment(self, name: str, line: str) -> Segment:
        mark = self.delimiters.field
        fields = line.split(mark)
        # MSH-1 is the delimiter between its name and MSH-2.
        fields[0] = mark
        raw = tuple(fields if name == "MSH" else fields[1:])
        return Segment(name, raw, self.delimiters, self.codec)


def read(raw: bytes) -> Message:
    """Return the first message in some bytes.

    Raises Unreadable when no header (MSH) is there that could be used; its words repeat nothing of
    the content. That there is more than this message is told among its oddities.
    """
    text, codec, odd = _decoded(raw)
    header, end = _first_message(text)
    delimiters = told(header.field, header.encoding)
    names, lines = _segments(text[header.at : end], delimiters.field)
    oddities = [odd] if odd else []
    if text[: header.start].strip(BLANK):
        oddities.append("Something stands before the header (MSH); it isn't read.")
    if text[end:].strip(BLANK):
        oddities.append("Something follows that isn't of this message; it isn't read here.")
    if "" in names:
        oddities.append("A line after the header (MSH) isn't a segment.")
    message = Message(delimiters, codec, names, lines, tuple(oddities))
    _check(message.first("MSH"))
    return message


def text_of(raw: bytes) -> str:
    """Return what stands in some bytes for a person to read: a segment a line."""
    return _decoded(raw)[0].replace("\r", "\n").strip("\n")


def _decoded(raw: bytes) -> tuple[str, str, str]:
    """Return the text with a line end before it, the codec, and what was odd, or ""."""
    if wide := charset.utf16_of(raw):
        return in_lines(raw.decode(wide, "replace")), "utf-16", ""
    text, codec, odd = charset.decoded(raw, _declared(raw))
    return in_lines(text), codec, odd


def _declared(raw: bytes) -> str:
    """Return the character set that the header declares (MSH-18), or ""."""
    text = in_lines(raw.decode("latin-1"))
    header = next((one for one in boundaries(text) if one.name == "MSH"), None)
    if header is None:
        return ""
    delimiters = told(header.field, header.encoding)
    fields = text[header.at :].split("\r", 1)[0].split(header.field)
    charset_field = fields[_CHARSET - 1] if len(fields) >= _CHARSET else ""
    return Field(charset_field, delimiters, "latin-1").component(1)


def _first_message(text: str) -> tuple[Boundary, int]:
    found = boundaries(text)
    for one in found:
        if one.name == "MSH":
            following = next(found, None)
            return one, following.start if following else len(text)
    if not text.strip(BLANK):
        raise Unreadable("The message is empty.")
    raise Unreadable(
        "No line begins with MSH and the delimiters (such as MSH|^~\\&|): "
        "a message has to begin with such a header."
    )


def _segments(text: str, mark: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the segments, and the segments as written.

    A line that doesn't look like a segment continues the one before. But a header that is whole
    isn't continued: else a line with a mistyped name would count as more of its fields.
    """
    begins = _segment_begins(mark)
    header, *others = (line for line in text.split("\r") if line.strip(BLANK))
    names, pieces = ["MSH"], [[header]]
    whole = header.count(mark) >= _WHOLE_HEADER - 1
    for line in others:
        if found := begins(line):
            names.append(found[1].upper())
            pieces.append([line[found.start(1) :]])
        elif whole and len(names) == 1:
            names.append("")
            pieces.append([line])
        else:
            pieces[-1].append(line)
    lines = tuple("\n".join(piece).strip(BLANK) for piece in pieces)
    return tuple(names), lines


@lru_cache(maxsize=64)
def _segment_begins(mark: str) -> Callable[[str], re.Match[str] | None]:
    """Return what matches a line that begins a segment: with three characters and `mark`."""
    name = r"[ \t]*([A-Z][A-Z0-9]{2}|[a-z][a-z0-9]{2})"
    return re.compile(name + re.escape(mark)).match


def _check(header: Segment) -> None:
    if not header.field(9).raw.strip() and not header.field(10).raw.strip():
        raise Unreadable(
            "The header (MSH) says neither what kind of message it is (MSH-9) nor its control id "
            "(MSH-10): it may have been cut off."
        )
