"""MLLP, how messages are told apart on the wire, without any wire: bytes go in, messages come out.

A message begins with 0x0B and ends with 0x1C, after which 0x0D should follow and need not. However
the bytes are cut into pieces, the same messages come out, and each byte is looked at once or twice.
"""

import re
from dataclasses import dataclass

BEGINS, ENDS = b"\x0b", b"\x1c"
LIMIT = 10 * 1024 * 1024
"""So many bytes may a message have, unless another limit is given: some carry whole documents."""

HEAD = 4096
"""So many bytes of a message that is too long are told: its header is among them."""

_BETWEEN = re.compile(rb"[\x0b\x1c]")
_WITHIN = re.compile(rb"\x1c|\x0b(?=(?i:MSH|FHS|BHS))")
_UNDECIDED = 3
"""So many bytes after a 0x0B decide whether a message begins there."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A whole message, without its frame. It is to be answered."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A message that had no end: another began, or the line broke. It may lack its last part."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Stray:
    """Bytes that stood outside any frame. They may be a message whose beginning went missing."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class TooLong:
    """A message that passed the limit, told at once; the rest is skipped until it ends.

    The line goes on after that: were it closed, the sender would only send the same again. `head`
    is its beginning, so that it can be answered and be found again.
    """

    head: bytes


Event = Framed | Unfinished | Stray | TooLong


class Framing:
    """The state of one line: what came in and isn't a whole message yet, at most `limit` of it."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._head = min(HEAD, limit)
        self._kept = bytearray()
        self._looked_at = 0
        self._framed = False
        self._skipping = False

    @property
    def begun(self) -> bool:
        """Whether something came of which the end has not: only then does a line have to hurry."""
        rest = bool(self._kept) and not self._kept.isspace()
        return rest or self._framed or self._skipping

    @property
    def held(self) -> int:
        """How many bytes wait here for their end."""
        return len(self._kept)

    def feed(self, data: bytes) -> list[Event]:
        """Take in some bytes, and return what they complete, in order."""
        self._kept += data
        events: list[Event] = []
        while (at := self._next()) is not None:
            begins = self._kept[at : at + 1] == BEGINS
            events += self._completed(at, ended=not begins)
            del self._kept[: at + 1]
            self._looked_at, self._skipping, self._framed = 0, False, begins
        self._looked_at = max(0, len(self._kept) - _UNDECIDED)
        return events + self._too_long()

    def close(self) -> list[Event]:
        """Return what had begun when the line broke. Nothing more may be fed."""
        events = self._completed(len(self._kept), ended=False)
        self._kept.clear()
        return events

    def _next(self) -> int | None:
        """Return where the next message begins or this one ends.

        Within a message, a 0x0B that no header follows is a line end in somebody's text.
        """
        wanted = _WITHIN if self._framed else _BETWEEN
        found = wanted.search(self._kept, self._looked_at)
        return found.start() if found else None

    def _completed(self, end: int, *, ended: bool) -> list[Event]:
        if self._skipping:
            return []
        raw = bytes(self._kept[:end])
        if len(raw) > self._limit:
            return [TooLong(raw[: self._head])]
        if not self._framed:
            return [Stray(raw)] if raw.strip() else []
        return [Framed(raw) if ended else Unfinished(raw)]

    def _too_long(self) -> list[Event]:
        """Tell of a message that has become too long, and keep no more than must be looked at."""
        events: list[Event] = []
        if not self._skipping and len(self._kept) > self._limit + _UNDECIDED:
            events.append(TooLong(bytes(self._kept[: self._head])))
            self._skipping = True
        if self._skipping:
            del self._kept[: self._looked_at]
            self._looked_at = 0
        return events
