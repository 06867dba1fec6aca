"""The verbs of TwiML as plain data, with Twilio's defaults; lengths are in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Say:
    """Text that the leg hears; ``loop`` 0 means again and again until something ends it."""

    text: str
    language: str = "en-US"
    loop: int = 1


@dataclass(frozen=True)
class Play:
    """A sound file that the leg hears."""

    url: str
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    """Silence."""

    length: float = 1.0


Prompt = Say | Play | Pause


@dataclass(frozen=True)
class Gather:
    """Waits for keys while its prompts play and ``timeout`` after them, or between two keys.

    Without any key, execution falls through to the next verb, unless ``action_on_empty``.
    """

    prompts: tuple[Prompt, ...] = ()
    action: str = ""
    method: str = "POST"
    num_digits: int | None = None
    timeout: float = 5.0
    finish_on_key: str = "#"
    action_on_empty: bool = False


@dataclass(frozen=True)
class Number:
    """One number to ring, with the document that screens whoever picks up (``url``)."""

    number: str
    url: str = ""
    method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True)
class ConferenceNoun:
    """A room to go into by its ``name``; Twilio's defaults, but for music, which nobody hears.

    ``starts`` and ``ends`` are startConferenceOnEnter and endConferenceOnExit. Only the first who
    comes in decides about ``status_callback``.
    """

    name: str
    starts: bool = True
    ends: bool = False
    muted: bool = False
    label: str = ""
    wait_url: str | None = None
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Dial:
    """Rings one or several numbers and bridges the first that picks up, or goes into a room.

    ``action`` is None when the attribute is missing: then execution falls through.
    """

    numbers: tuple[Number, ...] = ()
    action: str | None = None
    method: str = "POST"
    timeout: float = 30.0
    time_limit: float = 14400.0
    answer_on_bridge: bool = False
    hangup_on_star: bool = False
    caller_id: str = ""
    conference: ConferenceNoun | None = None


@dataclass(frozen=True)
class Redirect:
    """Goes on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    """Ends the leg."""


@dataclass(frozen=True)
class Reject:
    """Refuses an incoming call without answering it: ``rejected`` or ``busy``."""

    reason: str = "rejected"


@dataclass(frozen=True)
class Message:
    """An SMS in answer to an SMS; empty ``to`` and ``from_`` mean the reverse of what came in."""

    body: str
    to: str = ""
    from_: str = ""
    status_callback: str = ""


Verb = Say | Play | Pause | Gather | Dial | Redirect | Hangup | Reject | Message


@dataclass(frozen=True)
class Document:
    """A parsed TwiML document, the address it came from, and what Twilio would warn about."""

    verbs: tuple[Verb, ...]
    url: str = ""
    warnings: tuple[str, ...] = ()
