"""What is wrong at this node right now: told by its parts, shown by /readyz and on every board."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class About(StrEnum):
    """What a trouble is about; a part of the node has one trouble at a time."""

    DATABASE = "database"
    TWILIO_API = "twilio_api"
    JOURNAL = "journal"
    FALLBACK = "fallback"
    HEARTBEAT = "heartbeat"
    INVARIANTS = "invariants"
    FEEDS = "feeds"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, in a sentence that says what still works; since when (UTC)."""

    about: About
    text: str
    since: datetime


class Troubles:
    """Gathers what is wrong. Safe from any thread; `changed` is told after every change."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._lock = threading.Lock()
        self._now: dict[About, Trouble] = {}
        self._changed = changed

    def on_change(self, changed: Callable[[], None]) -> None:
        """Whom to tell from now on; it is called in the thread of whoever notices the trouble."""
        self._changed = changed

    def begin(self, about: About, text: str, at: datetime) -> None:
        """Something is wrong since `at`; the same trouble again keeps its beginning."""
        with self._lock:
            known = self._now.get(about)
            if known is not None and known.text == text:
                return
            self._now[about] = Trouble(about, text, known.since if known else at)
        self._changed()

    def end(self, about: About) -> None:
        """It is well again; harmless where nothing was wrong."""
        with self._lock:
            if self._now.pop(about, None) is None:
                return
        self._changed()

    def now(self) -> tuple[Trouble, ...]:
        """Everything that is wrong at this moment, the oldest first."""
        with self._lock:
            return tuple(sorted(self._now.values(), key=lambda one: (one.since, one.about)))
