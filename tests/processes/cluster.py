"""Several real `vigil serve` on one database, with one public address; the test may kill any."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import text, update
from sqlmodel import col, select

from dispatch.api.context import Vigil
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.crisis import Source
from dispatch.events import Reported
from dispatch.stage import HOST
from dispatch.tables import CrisisRow
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import Kind, OutboxState
from notifications.tables import NodeRow, OutboxRow
from tests.processes.balancer import Balancer
from tests.scenarios.night import Night
from tests.scenarios.privacy import LOG
from tests.scenarios.test_when_things_break import wait_until_it_listens

LOOK_EVERY = 0.2
"""How often a test looks whether all is done, in seconds: the nodes need the machine."""


@dataclass(frozen=True)
class Node:
    """One `vigil serve`: its process, its port, its log. Whoever asks a night may ask a node."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    vigil: Vigil

    @property
    def base_url(self) -> str:
        """The node itself, past the balancer."""
        return f"http://{HOST}:{self.port}"

    def logged(self) -> str:
        """What it has logged so far."""
        return self.log.read_text()


@dataclass(frozen=True)
class Killed:
    """When a node was dead, and the rows of the outbox that it then held."""

    at: datetime
    held: frozenset[int]


class Cluster:
    """A town whose service is several processes. At the speed of life: nodes beat in real time."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.night = Night(database_url, folder, speed=1)
        self.nodes: list[Node] = []
        self._dead: set[str] = set()
        self._folder = folder
        self._stack = ExitStack()

    def start(self) -> None:
        """Start the phone network and two nodes, and load the town."""
        self.night.start_without_service()
        self._stack.callback(self.night.stop_without_service)
        port = int(self.night.base_url.rsplit(":", 1)[1])
        self._balancer = self._stack.enter_context(Balancer(port))
        self._stack.callback(self._stop_nodes)
        self.two_nodes()
        self.night.prepare()

    def stop(self) -> None:
        """Stop everything; the promises must hold until then."""
        try:
            self.night.assert_promises_kept()
        finally:
            self._stack.close()

    # Nodes ──────────────────────────────────────────────────────────────────────────────────────

    def two_nodes(self) -> tuple[Node, Node]:
        """Two nodes that live; a lost one is replaced."""
        self.start_nodes(2 - len(self.nodes))
        first, second = self.nodes
        return first, second

    def one_node(self) -> Node:
        """A single node that lives; the others are killed."""
        while len(self.nodes) > 1:
            self.kill(self.nodes[0])
        [node] = self.nodes
        return node

    def start_nodes(self, number: int) -> Sequence[Node]:
        """Start so many nodes side by side, and wait until they serve and beat."""
        alive = len(self.nodes) + number
        new = [self._spawn() for _ in range(number)]
        self.nodes.extend(new)
        for node in new:
            wait_until_it_listens(node.process, node.port)
        self.until(lambda: len(self._names() - self._dead) >= alive, f"{alive} nodes that beat")
        self._balancer.nodes = [node.port for node in self.nodes]
        return new

    def kill(self, node: Node) -> Killed:
        """SIGKILL. What a dead node holds is its own until the others miss its beats."""
        node.process.send_signal(signal.SIGKILL)
        node.process.wait()
        at = self.now()
        self._bury(node)
        leases = self._leases()
        survivors: set[str] = set()

        def all_others_beat() -> bool:
            nonlocal leases, survivors
            leases, survivors = leases | self._leases(), self._names(heard_since=at)
            return len(survivors) >= len(self.nodes)

        self.until(all_others_beat, "the other nodes' beats")
        dead = self._names() - self._dead - survivors
        self._dead |= dead
        return Killed(at, frozenset(row for row, holder in leases if holder in dead))

    def _spawn(self) -> Node:
        port = free_port()
        log = self._folder / f"node-{port}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "dispatch", "serve", "--port", str(port)],
                env={**os.environ, **self.night.environment()},
                stderr=errors,
            )
        return Node(process, port, log, self.night.vigil)

    def _stop_nodes(self) -> None:
        for node in self.nodes:
            node.process.terminate()
        for node in list(self.nodes):
            with suppress(subprocess.TimeoutExpired):
                node.process.wait(20)
            node.process.kill()
            self._bury(node)

    def _bury(self, node: Node) -> None:
        """What it logged is scanned like everything else."""
        self.nodes.remove(node)
        self._balancer.nodes = [one.port for one in self.nodes]
        LOG.write(node.logged())

    def _names(self, heard_since: datetime | None = None) -> set[str]:
        query = select(NodeRow.id)
        if heard_since is not None:
            query = query.where(col(NodeRow.seen_at) > heard_since)
        with self.night.vigil.unit_of_work.reading() as work:
            return set(work.session.exec(query))

    def _leases(self) -> set[tuple[int, str]]:
        query = select(OutboxRow.id, OutboxRow.leased_by).where(
            col(OutboxRow.leased_by).is_not(None)
        )
        with self.night.vigil.unit_of_work.reading() as work:
            return {(row or 0, holder or "") for row, holder in work.session.exec(query)}

    # Crises ─────────────────────────────────────────────────────────────────────────────────────

    def now(self) -> datetime:
        """The time in the town."""
        return self.night.vigil.unit_of_work.clock.now()

    def crises_are_reported(self, number: int) -> frozenset[str]:
        """So many crises at one instant, in both teams by turns; their references."""
        with self.night.vigil.unit_of_work() as work:
            return self._report(work, number)

    def crises_were_paged(self, number: int) -> frozenset[str]:
        """The same, and their first pages have been sent: no node ever sees them wait."""
        with self.night.vigil.unit_of_work() as work:
            refs = self._report(work, number)
            paged = update(OutboxRow).where(col(OutboxRow.crisis_ref).in_(refs))
            work.session.execute(paged.values(state=OutboxState.SENT.value))
        return refs

    def _report(self, work: UnitOfWork, number: int) -> frozenset[str]:
        refs = set()
        for team in ("north", "south") * (number // 2):
            crisis = open_crisis(work, team, Source.WEBHOOK)
            happen(work, crisis, Reported(), public_url=self.night.base_url, is_new=True)
            refs.add(crisis.ref)
        return frozenset(refs)

    def deadline_of_all(self, refs: frozenset[str], due_at: datetime) -> None:
        """Let the pages of these crises have their deadline at the same instant."""
        with self.night.vigil.unit_of_work() as work:
            moved = update(CrisisRow).where(col(CrisisRow.ref).in_(refs)).values(due_at=due_at)
            work.session.execute(moved)

    def lay_to_rest(self) -> None:
        """Nothing of what a test has begun reaches into the next one."""
        self.execute(
            "update crisis set state = 'closed', due_at = null where state <> 'closed'",
            "update outbox set state = 'cancelled' where state = 'waiting'",
            "update outbox set check_at = null where check_at is not null",
        )

    def execute(self, *statements: str) -> Sequence[tuple[object, ...]]:
        """Do something to the database behind Vigil's back; what the last statement returns."""
        with self.night.vigil.unit_of_work() as work:
            for statement in statements:
                result = work.session.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []

    def until(self, met: Callable[[], bool], what: str, seconds: float = 150) -> None:
        """Wait until something holds, looking seldom."""
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
            time.sleep(LOOK_EVERY)

    # What was sent ──────────────────────────────────────────────────────────────────────────────

    def pages(self, refs: frozenset[str], to: Sequence[str]) -> list[OutboxRow]:
        """The texts that page these people for these crises, whatever became of them."""
        query = select(OutboxRow).where(
            OutboxRow.kind == Kind.SMS.value,
            col(OutboxRow.purpose).is_not(None),
            col(OutboxRow.staff_id).in_(to),
            col(OutboxRow.crisis_ref).in_(refs),
        )
        with self.night.vigil.unit_of_work.reading() as work:
            return list(work.session.exec(query.order_by(col(OutboxRow.id))))

    def said_to_twilio(self) -> Counter[int]:
        """How often Twilio has taken the text of each row of the outbox."""
        return Counter(
            int(parse_qs(urlsplit(sms.callback.url).query)["row"][0])
            for sms in self.night.network.messages
            if sms.callback is not None
        )


def free_port() -> int:
    """A port for a process that takes its time to start.

    Below those that the machine gives to connections: it is still free when the process wants it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
