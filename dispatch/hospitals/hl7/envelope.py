"""Finds the messages in what arrived: one, several in a row, or a batch or a file of batches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dispatch.hospitals.hl7.charset import utf16_of

BLANK = " \t\r\n\x0b\x1c\x00\ufeff"

_MARK = r"[!-/:-@\[-`{-~]"
_BOUNDARY = re.compile(
    rf"\r(?:\ufeff|\xef\xbb\xbf)?[ \t]*(?P<name>"
    rf"(?i:MSH|BHS|FHS)(?P<field>{_MARK})(?P<encoding>(?:(?!(?P=field)){_MARK}){{0,16}})"
    rf"(?=[ \t]*(?:(?P=field)|\r|\Z))"
    rf"|(?i:BTS|FTS)(?={_MARK}|[ \t]*(?:\r|\Z)))"
)
"""The beginning of a message, or of a header or trailer of a batch or file, at its line's start."""

_COUNT = re.compile(r"[ \t]*([0-9]{1,9})[ \t]*(?![^!-/:-@\[-`{-~\r])")


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where something begins: at `start` the line end before it, at `at` its name."""

    name: str
    start: int
    at: int
    field: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages in what arrived, each as bytes that can be read by themselves, in order.

    `header` is the first line of a batch or a file, "" when there was none. `complaints` say what
    was odd about the whole, in words that repeat nothing of it.
    """

    messages: tuple[bytes, ...]
    header: str = ""
    complaints: tuple[str, ...] = ()


def in_lines(text: str) -> str:
    """Return a text with "\r" before it and for each character that ends a line.

    So do the bytes that frame a message on the wire, where they were left in.
    """
    return "\r" + text.replace("\n", "\r").replace("\x0b", "\r").replace("\x1c", "\r")


def boundaries(text: str) -> Iterator[Boundary]:
    """Yield where messages, batches and files begin or end in a text from :func:`in_lines`."""
    for found in _BOUNDARY.finditer(text):
        mark, encoding = found["field"] or "", found["encoding"] or ""
        at = found.start("name")
        yield Boundary(text[at : at + 3].upper(), found.start(), at, mark, encoding)


def split_batch(raw: bytes) -> Batch:
    """Return the messages in some bytes.

    Bytes in which no message begins, but that are more than the frame of an empty batch, are one
    message all the same, so that reading it says what is wrong. UTF-16 is kept, each message with
    its byte order mark.
    """
    wide = utf16_of(raw)
    written = "\r" + (raw.decode(wide, "replace") if wide else raw.decode("latin-1"))
    tally = _Tally(in_lines(written[1:]))
    found = list(boundaries(tally.text))
    starts = [*(one.start for one in found), len(written)]
    tally.outside(0, starts[0])
    for one, following in zip(found, starts[1:], strict=True):
        tally.met(one, following)
    tally.ends()
    if tally.strays and not tally.messages:
        return Batch((raw,), tally.header)
    codec = "utf-16" if wide else "latin-1"
    messages = tuple(written[start:end].strip(BLANK).encode(codec) for start, end in tally.messages)
    return Batch(messages, tally.header, tuple(tally.complaints))


@dataclass(slots=True)
class _Tally:
    """What was met so far, and whether the trailers count the same."""

    text: str
    header: str = ""
    messages: list[tuple[int, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    strays: int = 0
    in_batch: int | None = None
    batches: int | None = None

    def met(self, one: Boundary, following: int) -> None:
        """Take in what begins here and goes on until ``following``."""
        match one.name:
            case "MSH":
                self.messages.append((one.at, following))
                self.in_batch = None if self.in_batch is None else self.in_batch + 1
                return
            case "FHS":
                self._unclosed_batch()
                self.batches = 0
            case "BHS":
                self._unclosed_batch()
                self.in_batch = 0
                self.batches = None if self.batches is None else self.batches + 1
            case "BTS":
                self._compare("A batch", "BTS-1", self.in_batch, "messages", one.at)
                self.in_batch = None
            case _:
                self._unclosed_batch()
                self._compare("The file", "FTS-1", self.batches, "batches", one.at)
                self.batches = None
        self._one_line(one, following)

    def ends(self) -> None:
        """Take in that nothing follows."""
        self._unclosed_batch()
        if self.batches is not None:
            self.complaints.append("The file has no trailer (FTS): it may have been cut off.")

    def outside(self, start: int, end: int) -> None:
        """Complain of text that belongs to no message, if there is any."""
        if self.text[start:end].strip(BLANK):
            self.strays += 1
            after = len(self.messages)
            self.complaints.append(f"There is text outside a message, after {after} of them.")

    def _one_line(self, one: Boundary, following: int) -> None:
        line_ends = self.text.find("\r", one.at, following)
        line_ends = following if line_ends < 0 else line_ends
        if not self.header and one.name in ("BHS", "FHS"):
            self.header = self.text[one.at : line_ends].rstrip(BLANK)
        self.outside(line_ends, following)

    def _unclosed_batch(self) -> None:
        if self.in_batch is not None:
            self.complaints.append("A batch has no trailer (BTS): it may have been cut off.")
            self.in_batch = None

    def _compare(self, what: str, where: str, met: int | None, of: str, at: int) -> None:
        declared = _COUNT.match(self.text, at + 4)
        if met is None:
            self.complaints.append(f"{what} ends ({where[:3]}) that had not begun.")
        elif declared and int(declared[1]) != met:
            self.complaints.append(
                f"{what} declares {int(declared[1])} {of} ({where}), but has {met}."
            )
