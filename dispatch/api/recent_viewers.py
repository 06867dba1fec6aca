"""Who was looked up a moment ago, so that a program that asks often is not looked up each time."""

import threading
from typing import Literal, NamedTuple

from dispatch.access import Viewer
from dispatch.clock import steady_seconds
from dispatch.commands.logins import token_hash

RECENT_SECONDS = 1.0
"""For so long a token that was revoked, or somebody who was logged out, may still be answered."""

MOST_KEPT = 1000
"""Whoever was looked up first is forgotten when there are more."""


class Shown(NamedTuple):
    """What a request shows to say who is asking."""

    what: Literal["token", "cookie"]
    secret: str


class RecentViewers:
    """Viewers by the hash of what they showed. Strangers are never kept."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Viewer, float]] = {}
        self._lock = threading.Lock()

    def get(self, shown: Shown) -> Viewer | None:
        """Whoever was found in a look-up that began no longer ago than RECENT_SECONDS."""
        kept = self._kept.get(_key(shown))
        if kept is None or kept[1] < steady_seconds() - RECENT_SECONDS:
            return None
        return kept[0]

    def keep(self, shown: Shown, viewer: Viewer, at: float) -> None:
        """Keep whom a look-up found that began `at` seconds of the steady clock."""
        key = _key(shown)
        with self._lock:
            self._kept.pop(key, None)  # so that the order is that of the latest look-up
            self._kept[key] = (viewer, at)
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]


def _key(shown: Shown) -> tuple[str, str]:
    return shown.what, token_hash(shown.secret)
