"""What the exchange keeps on file: our lines, text messages, and the debugger's notices."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from notifications.emulator.callbacks import Target

EMULATOR = 0
"""The code of notices that are the emulator's own and not Twilio's."""

_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}|[0-9]{3,6}")


class Level(StrEnum):
    """How bad a notice is."""

    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Notice:
    """An entry of Twilio's debugger: its error ``code``, whose ``sid``, and what was wrong."""

    code: int
    level: Level
    sid: str
    message: str
    url: str = ""


class Registration(StrEnum):
    """How far a line is registered as a sender of texts in the United States."""

    DONE = "done"
    PENDING = "pending"
    NONE = "none"


@dataclass
class Line:
    """A Twilio number of ours and the webhooks set on it; empty means not set."""

    number: str
    sid: str
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    voice_application_sid: str = ""
    trunk_sid: str = ""
    sms_application_sid: str = ""
    sms_capable: bool = True
    registration: Registration = Registration.DONE


@dataclass
class Flow:
    """A Studio flow: `definition` as it was written, `revision` counts its changes from 1."""

    sid: str
    friendly_name: str
    definition: dict[str, Any]
    status: str
    revision: int = 1


def is_number(text: str) -> bool:
    """Whether Twilio could dial it: E.164, or a short code such as 988."""
    return _NUMBER.fullmatch(text) is not None


@dataclass(eq=False)
class Sms:
    """One text message; ``at`` is ISO 8601 in UTC, ``statuses`` its life so far in order."""

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    at: str
    statuses: list[str] = field(default_factory=list)
    error_code: int | None = None
    callback: Target | None = None
    expected: bool = False

    @property
    def status(self) -> str:
        """Twilio's word for how far it got."""
        return self.statuses[-1] if self.statuses else ""
