"""Two pieces of work at the same moment: which of them goes on is decided before every statement.

Each runs in a thread of its own, but only one at a time; who waits for the other's lock is found
out from PostgreSQL itself, so that a seed always leads to the same interleaving.
"""

import threading
from collections.abc import Callable, Sequence
from random import Random

import psycopg

PATIENCE = 0.004
"""Seconds of the real clock after which PostgreSQL is asked whether a statement waits."""

STAYS = 0.6
"""How likely the one who has just done a statement does the next one too."""

_here = threading.local()


def point(pid: int) -> None:
    """Called before every statement and every commit: perhaps the other one goes on first."""
    fighter: _Fighter | None = getattr(_here, "fighter", None)
    if fighter is not None:
        fighter.pid = pid
        fighter.pause()


def after_statement() -> None:
    """Called after every statement: who had to wait for a lock waits for their turn too."""
    fighter: _Fighter | None = getattr(_here, "fighter", None)
    if fighter is not None and fighter.blocked:
        fighter.pause()


class _Fighter:
    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._go = threading.Semaphore(0)
        self.arrived = threading.Semaphore(0)
        self.pid = 0
        self.blocked = False
        self.over = False
        self.result: object = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        _here.fighter = self
        self._go.acquire()
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001  the kernel hands it to whoever waits for it
            self.error = error
        if self.blocked:  # its last statement failed while it waited
            self.pause()
        self.over = True
        self.arrived.release()

    def pause(self) -> None:
        """Wait for the next turn."""
        self.arrived.release()
        self._go.acquire()

    def go(self) -> None:
        """Take a turn."""
        self._go.release()


class Duels:
    """Fights duels on one database."""

    def __init__(self, dsn: str) -> None:
        self._eyes = psycopg.connect(dsn, autocommit=True)

    def close(self) -> None:
        """Give the connection back."""
        self._eyes.close()

    def fight(
        self, works: Sequence[Callable[[], object]], random: Random
    ) -> list[tuple[object, BaseException | None]]:
        """Do all of it at once; every result, or the error it ended with."""
        fighters = [_Fighter(work) for work in works]
        current = fighters[0]
        while open_ones := [one for one in fighters if not one.over]:
            for one in open_ones:
                if one.blocked and not self._still_waits(one):
                    one.blocked = False
            ready = [one for one in open_ones if not one.blocked and not one.over]
            if not ready:  # a deadlock: PostgreSQL ends one of them
                self._wait_for_any([one for one in open_ones if one.blocked])
                continue
            if current not in ready or random.random() > STAYS:
                current = random.choice(ready)
            current.go()
            while not current.arrived.acquire(timeout=PATIENCE):
                if self._waits_for_lock(current):
                    current.blocked = True
                    break
        return [(one.result, one.error) for one in fighters]

    def _still_waits(self, fighter: _Fighter) -> bool:
        while not fighter.arrived.acquire(timeout=PATIENCE):
            if self._waits_for_lock(fighter):
                return True
        return False

    def _wait_for_any(self, fighters: Sequence[_Fighter]) -> None:
        while True:
            for one in fighters:
                if one.arrived.acquire(timeout=PATIENCE):
                    one.blocked = False
                    return

    def _waits_for_lock(self, fighter: _Fighter) -> bool:
        query = "select 1 from pg_locks where pid = %s and not granted"
        return self._eyes.execute(query, [fighter.pid]).fetchone() is not None
