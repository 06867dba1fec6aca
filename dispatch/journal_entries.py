"""What the journal says, line by line: what happened while the database was away, to be entered.

A line holds the caller's number, since the contact needs it: the journal is client data.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dispatch.events import Adrift, Happened, LegOutcome
from oncall.model import TeamId


@dataclass(frozen=True, slots=True)
class CallEntry:
    """Something that happened in a call. `ref` is empty where its crisis is not known yet.

    `from_` and `to` are as Twilio wrote them; a worker's leg does not know them.
    """

    id: str
    at: datetime
    happened: Happened
    ref: str = ""
    team: TeamId = ""
    from_: str | None = None
    to: str | None = None

    @property
    def about(self) -> str:
        """What belongs together: the entries of one call."""
        return self.happened.call_sid or self.ref or self.id


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A text that came in."""

    id: str
    at: datetime
    sid: str
    from_: str | None
    to: str | None
    body: str

    @property
    def about(self) -> str:
        """Every text stands alone."""
        return self.id


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """What became of a text of ours, in Twilio's word; `row` is 0 where its number is not known."""

    id: str
    at: datetime
    sid: str
    status: str
    code: int | None
    row: int = 0

    @property
    def about(self) -> str:
        """Every report stands alone."""
        return self.id


@dataclass(frozen=True, slots=True)
class PageKeyEntry:
    """The key that somebody pressed when a page was read out to them."""

    id: str
    at: datetime
    row: int
    digits: str
    ref: str = ""
    """The crisis that was named, as their answer is about it alone."""

    @property
    def about(self) -> str:
        """Every answer stands alone."""
        return self.id


@dataclass(frozen=True, slots=True)
class RoomEntry:
    """What Twilio told of a conference: of somebody in it, of a leg to them, that they are out.

    `what` is the last part of the address that was told; `told` are the words of Twilio's that
    matter, never a number.
    """

    id: str
    at: datetime
    what: str
    ref: str
    leg: int
    party: int
    call_sid: str
    told: dict[str, str]

    @property
    def about(self) -> str:
        """What happened in the calls of one crisis belongs together."""
        return f"room/{self.ref}"


@dataclass(frozen=True, slots=True)
class CallBackEntry:
    """The worker's leg of a call back is over, in Twilio's word."""

    id: str
    at: datetime
    call_back: str
    call_sid: str
    status: str
    sequence: int

    @property
    def about(self) -> str:
        """Every report stands alone."""
        return self.id


Entry = CallEntry | TextEntry | DeliveryEntry | PageKeyEntry | RoomEntry | CallBackEntry

_KINDS: dict[str, type[Entry]] = {
    "call": CallEntry,
    "text": TextEntry,
    "delivery": DeliveryEntry,
    "page_key": PageKeyEntry,
    "room": RoomEntry,
    "call_back": CallBackEntry,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_line(entry: Entry) -> bytes:
    """One line of JSON, its end included."""
    fields = {"kind": _NAMES[type(entry)], **asdict(entry), "at": entry.at.isoformat()}
    return (json.dumps(fields, ensure_ascii=True, separators=(",", ":")) + "\n").encode()


def from_line(line: bytes) -> Entry:
    """Read a line again. Raises ValueError for a damaged one, as after a crash."""
    try:
        fields: dict[str, Any] = json.loads(line)
        kind = _KINDS[fields.pop("kind")]
        fields["at"] = datetime.fromisoformat(fields["at"])
        if fields["at"].tzinfo is None:
            raise ValueError("an instant without its offset")
        if kind is CallEntry:
            happened = fields["happened"]
            happened["what"] = Adrift(happened["what"])
            happened["outcome"] = LegOutcome(happened["outcome"])
            fields["happened"] = Happened(**happened)
        return kind(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no entry of ours: {type(error).__name__}") from None
