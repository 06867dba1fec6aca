"""Notices when Twilio's API is away or refuses our account, from how our requests fare."""

import threading
from collections.abc import Callable
from datetime import datetime

from dispatch.troubles import About, Troubles
from notifications.retry import Failure

SILENT_AFTER = 3
"""So many requests in a row without an answer, and the API counts as away."""

AWAY = (
    "Twilio's API can't be reached: pages wait and are sent again and again. "
    "Calls are not touched: callers are still connected."
)
REFUSED = (
    "Twilio refuses our account or our numbers: pages are not sent. "
    "Callers are still connected. Run `vigil doctor`."
)


class TwilioWatch:
    """Hears of every request to Twilio's API; safe from any thread."""

    def __init__(self, troubles: Troubles, now: Callable[[], datetime]) -> None:
        self._troubles = troubles
        self._now = now
        self._lock = threading.Lock()
        self._in_vain = 0

    def answered(self, failure: Failure | None) -> None:
        """A request was made; `failure` says what kind of failure it met, None that it met none."""
        with self._lock:
            self._in_vain = self._in_vain + 1 if failure is Failure.TRANSIENT else 0
            in_vain = self._in_vain
        if failure is Failure.CONFIGURATION:
            self._troubles.begin(About.TWILIO_API, REFUSED, self._now())
        elif in_vain >= SILENT_AFTER:
            self._troubles.begin(About.TWILIO_API, AWAY, self._now())
        elif failure is None:
            self._troubles.end(About.TWILIO_API)
