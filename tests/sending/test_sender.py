"""The threads that send: many rows are claimed together, and threads that hang hold up nobody."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from notifications.sender import SENDERS, Sender
from notifications.sending import Result, Sending, Sent
from notifications.tables import OutboxRow


class Waiting:
    """Rows that wait, and what is done with them; those of `hangs` are never done."""

    def __init__(self, rows: int, hangs: int = 0) -> None:
        self.rows = [OutboxRow(id=number, key=str(number)) for number in range(rows)]
        self.hangs = hangs
        self.over = threading.Event()
        self.claims: list[int] = []
        self.done: list[int | None] = []
        self.more_waits = False

    def claim(self, limit: int) -> Sequence[OutboxRow]:
        taken, self.rows = self.rows[:limit], self.rows[limit:]
        self.claims.append(len(taken))
        self.more_waits = len(taken) == limit
        return taken

    def claim_unsettled(self, limit: int) -> Sequence[OutboxRow]:
        return ()

    def send(self, row: OutboxRow) -> Result:
        if (row.id or 0) < self.hangs:
            self.over.wait()
        else:
            time.sleep(0.005)
        return Sent(None)

    def settle(self, row: OutboxRow, result: Result) -> None:
        self.done.append(row.id)


@contextmanager
def sender(waiting: Waiting) -> Iterator[Sender]:
    """It runs; nobody lets its heart beat but the test."""
    sender = Sender(cast(Sending, waiting))
    sender.start()
    yield sender
    waiting.over.set()
    sender.stop()


def until(met: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_of_a_storm_several_rows_are_claimed_together() -> None:
    waiting = Waiting(400)
    with sender(waiting) as running:
        running.wake()
        until(lambda: len(waiting.done) == 400)
    assert sorted(one for one in waiting.done if one is not None) == list(range(400))
    assert len(waiting.claims) <= 400 / 4 + 2, "at least four at once, and a look at the end"


def test_while_nearly_every_thread_hangs_the_others_go_on_at_every_beat() -> None:
    waiting = Waiting(SENDERS + 3, hangs=SENDERS - 1)
    with sender(waiting) as running:
        running.wake()
        until(lambda: len(waiting.done) == 1)
        for number in range(2, 5):
            running.beat()
            until(lambda number=number: len(waiting.done) == number)  # type: ignore[misc]


def test_a_single_row_waits_for_nothing() -> None:
    waiting = Waiting(0)
    with sender(waiting) as running:
        for number in range(1, 6):
            waiting.rows.append(OutboxRow(id=number, key=str(number)))
            running.wake()
            until(lambda number=number: len(waiting.done) == number)  # type: ignore[misc]
