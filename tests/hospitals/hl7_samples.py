"""Real and broken HL7 v2 samples, read where they lie; and short messages of invented people."""

from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.hospitals.hl7.adt import understand
from dispatch.hospitals.hl7.envelope import split_batch
from dispatch.hospitals.hl7.er7 import Message, read
from dispatch.hospitals.hl7.senders import SenderRules
from dispatch.hospitals.notice import Notice, Unreadable
from tests.hospitals.samples import DATA

FILES = sorted(DATA.glob("hl7v2*/*/*.hl7"))

RULES = SenderRules(ZoneInfo("America/Los_Angeles"))


def name(path: Path) -> str:
    """Return how a sample is called in the report of a test."""
    return f"{path.parent.name}/{path.stem}"


@cache
def readable() -> tuple[bytes, ...]:
    """Return the messages of all samples that have a usable header."""
    return tuple(
        raw for path in FILES for raw in split_batch(path.read_bytes()).messages if ok(raw)
    )


def ok(raw: bytes) -> bool:
    """Whether a message can be read."""
    return isinstance(reading(raw), Message)


def reading(raw: bytes) -> Message | Unreadable:
    """Return a message, or why it can't be read."""
    try:
        return read(raw)
    except Unreadable as why:
        return why


def message(*segments: str, event: str = "ADT^A01", header: str = "") -> Message:
    """Return a message with a usual header, or a given one."""
    usual = f"MSH|^~\\&|ADT|HOSP|VIGIL|ACT|20260115120000||{event}|1|P|2.5.1"
    return read("\r".join((header or usual, *segments)).encode())


def notice(*segments: str, event: str = "ADT^A01", rules: SenderRules = RULES) -> Notice:
    """Return the one notice that a message tells."""
    (told,) = understand(message(*segments, event=event), rules)
    return told
