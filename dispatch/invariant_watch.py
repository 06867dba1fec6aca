"""Looks every minute whether a promise is broken, and tells the board, the log and the metrics."""

import threading
from datetime import timedelta

import structlog

from dispatch.invariants import violations
from dispatch.pulse import Pulse
from dispatch.troubles import About, Troubles
from dispatch.unit_of_work import UnitsOfWork

log = structlog.get_logger()

EVERY = timedelta(minutes=1)
"""How often a node looks, in real time, however fast a drill's clock runs."""

MOST_LOGGED = 20
"""Of how many broken promises the log tells at one look: what breaks one may break all."""


class InvariantWatch:
    """The broken promises that one node knows of. Safe from any thread."""

    def __init__(self, unit_of_work: UnitsOfWork, troubles: Troubles) -> None:
        self._unit_of_work = unit_of_work
        self._troubles = troubles
        self._lock = threading.Lock()
        self.looked = Pulse()
        self.found: tuple[str, ...] = ()
        """What the last look has found; empty before the first."""

    def look(self) -> tuple[str, ...]:
        """Every promise that is broken now. Raises SQLAlchemyError when the database is away.

        The looks of a node follow each other, so that the latest has the last word.
        """
        with self._lock:
            with self._unit_of_work.reading() as work:
                found = tuple(violations(work))
                now = work.now
            self.found = found
            self.looked.beat()
            if found:
                self._troubles.begin(About.INVARIANTS, words(len(found)), now)
            else:
                self._troubles.end(About.INVARIANTS)
        return found

    def beat(self) -> None:
        """Look, and log what is broken; what keeps it from looking is logged too."""
        try:
            found = self.look()
        except Exception as error:  # noqa: BLE001  the next minute looks again; no heartbeat till then
            log.warning("invariants_not_checked", error=type(error).__name__)
            return
        for one in found[:MOST_LOGGED]:
            log.error("promise_broken", where=one)


def words(count: int) -> str:
    """What every board shows: how many, not which, since boards show other teams' crises to nobody.

    `/readyz` and the log name them.
    """
    what = "1 broken promise" if count == 1 else f"{count} broken promises"
    return (
        f"Vigil's own check has found {what}. Calls and pages go on; "
        "whoever runs Vigil reads at /readyz what it is."
    )
