"""What goes wrong with nodes and the database, and the network as a node's sender meets it."""

from collections.abc import Callable

from notifications.nodes import LOST_AFTER
from notifications.sending import Result
from notifications.tables import OutboxRow
from notifications.twilio import Fate
from oncall.directory_copy import DirectoryCopy
from tests.simulation.kernel import Story
from tests.simulation.nodes import Node

GRACE = 45.0
"""Seconds after an outage in which lateness is no broken promise."""


class Mishaps:
    """The part of a night in which things break; mixed into `Night`, whose parts it uses."""

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        """Hand a text to the network."""
        return self.texts.send_sms(
            to=to, from_=from_, body=body, status_callback=status_callback, validity=validity
        )

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        """Let the network read something out to somebody."""
        return self.texts.call(to=to, from_=from_, twiml=twiml)

    def page_by_voice(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        """Let the network ring somebody for a page."""
        return self.texts.page_by_voice(
            to=to, from_=from_, url=url, status_callback=status_callback
        )

    def fate_of_sms(self, sid: str) -> Fate:
        """What became of a text."""
        return self.texts.fate(sid)

    def fate_of_call(self, sid: str) -> Fate:
        """What became of a page by voice."""
        return self.texts.fate(sid)

    def hang_up(self, call_sid: str) -> None:
        """End a leg."""
        self.texts.took = 0.3
        self.calls.hang_up(call_sid)

    def asked_for(self, key: str, ask: Callable[[], Result]) -> tuple[float, Result]:
        """Ask the network for the row with this key."""
        self.texts.key, self.texts.took = key, 0.0
        sent = ask()
        return self.texts.took, sent

    def something_waits(self) -> bool:
        """Whether anything is due to be sent."""
        dues = (self._due_outbox, self._leased_until)
        return any(due is not None and due <= self.elapsed for due in dues)

    def excuse(self, key: str, why: str) -> None:
        """Why something may be sent once more."""
        self.texts.excuse(key, why)

    def before_sending(self, node: Node, row: OutboxRow) -> Story:
        """Between the claim and the sending."""
        yield 0.01
        yield from self._between(node, row, "claimed, not yet sent")
        yield from self._while_it_hangs(node, row)

    def before_settling(self, node: Node, row: OutboxRow) -> Story:
        """Between the sending and its settling."""
        yield 0.0
        yield from self._between(node, row, "sent, not yet settled")
        yield from self._while_it_hangs(node, row)

    def _while_it_hangs(self, node: Node, row: OutboxRow) -> Story:
        while node.stalled:
            self.excuse(row.key, f"{node.name} hung while it was sending")
            yield 5

    def _between(self, node: Node, row: OutboxRow, where: str) -> Story:
        if not self.is_rough:
            return
        if self.random.random() < self.plan.strikes:
            self.kernel.after(0, lambda: self._dies(node, where))
            yield 1.0
        elif self.random.random() < self.plan.stalls:
            self.excuse(row.key, f"{node.name} hung: {where}")
            self.tell(f"{node.name} hangs for a while over a sending: {where}")
            yield self.random.uniform(31, 70)

    def _dies(self, node: Node, why: str) -> None:
        if not node.alive:
            return
        self.tell(f"{node.name} is killed ({why})")
        for key in node.sending:
            self.excuse(key, f"{node.name} died while it was sending")
        self._nodes_beat()
        node.dies()
        node.next_beat = None
        self.kernel.end_all_of(node)
        self.kernel.after(LOST_AFTER.total_seconds() + 0.1, self._look_what_is_due)
        self.kernel.after(self.random.choice((2, 5, 20, 60)), lambda: self._comes_back(node))
        if all(one.stalled or not one.alive for one in self.nodes):
            self.excused_until = max(self.excused_until, self.elapsed + 60 + GRACE)

    def _comes_back(self, node: Node) -> None:
        self.tell(f"{node.name} is started again")
        node.start(DirectoryCopy())
        node.weather.begin_visit(None)
        node.catching_up.start()
        self._set_beats()

    def _a_node_hangs(self) -> None:
        node = self.random.choice(self.nodes)
        seconds = self.random.choice((8, 40, 90))
        if node.alive and not node.stalled:
            self.tell(f"{node.name} hangs for {seconds} s")
            self._nodes_beat()
            node.stalled = True
            for key in node.sending:
                self.excuse(key, f"{node.name} hung while it was sending")
            self.kernel.after(LOST_AFTER.total_seconds() + 0.1, self._look_what_is_due)
            life = node.lives
            self.kernel.after(seconds, lambda: self._goes_on(node, life))
            if all(one.stalled or not one.alive for one in self.nodes):
                self.excused_until = max(self.excused_until, self.elapsed + seconds + GRACE)

    def _goes_on(self, node: Node, life: int) -> None:
        if node.alive and node.lives == life:
            self.tell(f"{node.name} goes on")
            node.stalled = False
            self._set_beats()

    def _database_goes(self, seconds: float) -> None:
        self.tell(f"the database is away for {seconds} s")
        self.excused_until = max(self.excused_until, self.elapsed + seconds + GRACE)
        for node in self.nodes:
            node.weather.database_away = True
        self.kernel.after(seconds, self._database_returns)

    def _database_returns(self) -> None:
        self.tell("the database is back")
        for node in self.nodes:
            node.weather.database_away = False
        self._set_beats()
