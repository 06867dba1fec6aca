"""The threads of a node that send: woken when something is due, none waiting for another."""

import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.exc import SQLAlchemyError

from notifications.sending import Sending
from notifications.tables import OutboxRow

log = structlog.get_logger()

SENDERS = 8
"""How many sendings run at once, so that a slow one does not hold up the others."""

AT_ONCE = 4
"""While more waits than threads are idle, so many rows are claimed together: to claim costs as much
as to send. At every beat the idle ones are used, however few: the others may hang."""

LOOK_AFTER_AT_ONCE = 4
"""How many sendings are asked after in one go: they wait for those that must still be sent."""


class Sender:
    """Works the outbox off, when woken and at every beat."""

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._wake = threading.Event()
        self._look = threading.Event()
        self._stopping = False
        self._behind = False
        """Whether more may wait than idle threads could take."""
        self._free = threading.Semaphore(SENDERS)
        self._pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="send")
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Something may be due: look at once."""
        self._wake.set()

    def beat(self) -> None:
        """Time has passed: look at what is due, and ask after what nothing was heard of."""
        self._look.set()
        self._wake.set()

    def stop(self) -> None:
        """Finish what is being sent and end."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)
        self._pool.shutdown(wait=True)

    @property
    def is_alive(self) -> bool:
        """Whether its thread runs: without it nobody is paged from this node."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait()
            self._wake.clear()
            try:
                while not self._stopping and self._hand_out() and self._behind:
                    pass
                if self._look.is_set():
                    self._look.clear()
                    self._look_after()
            except SQLAlchemyError as error:  # the database is away: the next beat tries again
                log.warning("outbox_unreachable", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001  without this thread nobody is paged any more
                log.error("sender_failed", error=type(error).__name__)

    def _hand_out(self) -> int:
        """Claim as many rows as there are idle threads, one thread a row; says how many.

        A slow sending holds up no other: whoever finishes wakes us to claim again.
        """
        pressed, self._behind = self._behind, True  # whoever finishes from now on wakes us
        idle = 0
        while idle < SENDERS and self._free.acquire(blocking=False):
            idle += 1
        rows: list[OutboxRow] = []
        try:
            if idle >= AT_ONCE or (idle and (not pressed or self._look.is_set())):
                rows = list(self._sending.claim(idle))
                self._behind = self._sending.more_waits
        finally:
            if idle > len(rows):
                self._free.release(idle - len(rows))
        for row in rows:
            self._pool.submit(self._work_off, row)
        return len(rows)

    def _work_off(self, row: OutboxRow) -> None:
        """Send one row. What goes wrong with settling it is left to its lease: it is sent again."""
        try:
            self._sending.settle(row, self._sending.send(row))
        except Exception as error:  # noqa: BLE001  the row's lease brings it back
            log.error("sending_not_settled", crisis=row.crisis_ref, error=type(error).__name__)
        finally:
            self._free.release()
            if self._behind:
                self._wake.set()

    def _look_after(self) -> None:
        """Ask after what nothing was heard of, in one idle thread at most."""
        if self._stopping or not self._free.acquire(blocking=False):
            return
        rows: list[OutboxRow] = []
        try:
            rows = list(self._sending.claim_unsettled(LOOK_AFTER_AT_ONCE))
        finally:
            if not rows:
                self._free.release()
        if rows:
            self._pool.submit(self._ask_after, rows)

    def _ask_after(self, rows: list[OutboxRow]) -> None:
        try:
            for row in rows:
                self._sending.look_after(row)
        except Exception as error:  # noqa: BLE001  they come again
            log.error("sending_not_settled", error=type(error).__name__)
        finally:
            self._free.release()
            if len(rows) == LOOK_AFTER_AT_ONCE:
                self.beat()
