"""Plays a night: the nodes, the network, the people and the faults of one seed, to its end."""

import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

from sqlalchemy import text
from sqlmodel import select

from dispatch import catching_up
from dispatch.api import deciding, voice
from dispatch.commands import carrying_out, crises, handovers, rota_edits, staff_texts
from dispatch.commands.handovers import Handover
from dispatch.commands.rota_edits import By
from dispatch.crisis import Disposition
from dispatch.events import Refused
from dispatch.invariants import LATE, violations
from dispatch.unit_of_work import UnitOfWork
from notifications.nodes import LOST_AFTER
from notifications.outbox import LEASE
from notifications.sending import Result
from notifications.tables import OutboxRow
from notifications.twilio import Fate
from oncall.directory_copy import DirectoryCopy
from oncall.model import Override, OverrideKind
from tests.simulation.calls import Calls
from tests.simulation.database import Database
from tests.simulation.faults import Fault, Kind, NodeDied
from tests.simulation.kernel import Kernel, Process, Story, Unanswered, Visit
from tests.simulation.nodes import ASKS_AFTER, CLAIMS, AnswersOfEachNode, Node, TooLate
from tests.simulation.people import People
from tests.simulation.plan import Kind as Contact
from tests.simulation.plan import Plan
from tests.simulation.promises import Answer, Promise, Promises
from tests.simulation.story import Teller
from tests.simulation.texts import Message, Texts
from tests.simulation.town import CLIENTS, LINES, PARTNER, PHONES, TEAMS, URL

TOGETHER = 1.0
"""For how many seconds a visit may wait for one to another node, to happen at the same moment."""

GRACE = 45.0
"""Seconds after an outage in which lateness is no broken promise."""

LOOKS_AT_HELD = 0.1
"""How often a beat looks for what others hold: production always does, and finds nothing."""

WAITED = " has waited too long to be sent"

DUE = text(
    """
    select
        (select min(due_at) from crisis),
        (select min(case when lease_until is null then due_at
                         when seen_at is null then :now
                         when seen_at < :lost then seen_at end)
         from outbox left join node on node.id = leased_by where state = 'waiting'),
        (select min(lease_until) from outbox where state = 'waiting'),
        (select min(check_at) from outbox),
        (select version from rota_version)
    """
)
"""When something is due next: deadlines, what nobody who lives holds, what somebody holds, what is
to be asked after; and the version of the rotas."""

BEATS = text(
    "insert into node (id, version, started_at, seen_at) "
    "select id, 'simulated', :now, :now from unnest(cast(:living as varchar[])) as id "
    "on conflict (id) do update set seen_at = :now"
)
"""The beats of all who live: one statement, just before somebody looks at them."""


class Broken(AssertionError):  # noqa: N818  it reads as what happened
    """A promise was broken."""


class Night:
    """One night on a database, from its first contact to its end."""

    def __init__(self, database: Database, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.database = database
        self.random = Random(f"{plan.seed}/night")
        self.kernel = Kernel(plan.start)
        self.kernel.visiting = self._visit
        self.teller = Teller(self.kernel)
        self.promises = Promises()
        self.people = People(Random(f"{plan.seed}/people"), plan.moods, plan.outside)
        self.texts = Texts(
            self.kernel,
            Random(f"{plan.seed}/texts"),
            plan.trouble,
            self.tell,
            self._deliver,
            lambda url, form: self.post(url, form, 1),
            self.teller.who,
            lambda message, url: self.calls.page(message.sid, message.to, url),
        )
        self.calls = Calls(
            self.kernel,
            Random(f"{plan.seed}/calls"),
            self.people,
            self.tell,
            self.teller.who,
            self.post,
            callback_lost=plan.trouble.callback_lost,
            callback_late=plan.trouble.callback_late,
        )
        self.nodes = [
            Node(
                f"node {place}",
                engine,
                self.kernel,
                self,
                weather,
                self,
                folder / f"{place}",
            )
            for place, (engine, weather) in enumerate(
                zip(database.engines, database.weathers, strict=True), start=1
            )
        ]
        self.calm_at = plan.lasts * 0.7
        self.excused_until = 0.0
        self.steps = 0
        self.handovers = 0
        self._held: tuple[Visit, Process] | None = None
        self._due_crisis: float | None = None
        self._due_outbox: float | None = None
        self._leased_until: float | None = None
        self._due_check: float | None = None
        self._version: int | None = None
        self._names = itertools.count(1)

    # The story ──────────────────────────────────────────────────────────────────────────────────

    def tell(self, words: str) -> None:
        """Add a line to the story."""
        self.teller.tell(words)

    @property
    def elapsed(self) -> float:
        """Seconds since the night began."""
        return (self.kernel.at - self.plan.start).total_seconds()

    @property
    def is_rough(self) -> bool:
        """Whether things still fail: towards the end everything must come right."""
        return self.elapsed < self.calm_at

    def play(self) -> None:
        """From the first contact to the end. Raises Broken, and whatever the product raises."""
        self.database.begin_night(self.plan.start)
        seeded = _Seeded(Random(f"{self.plan.seed}/names"))
        with (
            patch.object(carrying_out, "secrets", seeded),
            patch.object(staff_texts, "uuid", seeded),
            patch.object(voice, "uuid", seeded),
            patch.object(deciding, "_answered_adrift", AnswersOfEachNode()),
            patch.object(catching_up, "steady_seconds", lambda: self.elapsed + 1000),
        ):
            for node, directory in zip(self.nodes, self.database.directories, strict=True):
                node.weather.database_away = False
                node.start(directory)
                node.phase = self.random.random()
                node.catching_up.start()
            self._version = self.database.version
            self._arrange()
            self.kernel.run(self.plan.start + timedelta(seconds=self.plan.lasts))
            for node in self.nodes:
                node.journal.close(self.kernel.at)
        self.database.directories = [node.directory for node in self.nodes]

    def _arrange(self) -> None:
        for at, kind in self.plan.contacts:
            match kind:
                case Contact.CALL:
                    self.kernel.after(at, self._somebody_calls)
                case Contact.TEXT:
                    self.kernel.after(at, self._a_client_texts)
                case Contact.HANDOVER:
                    self.kernel.begin(self._a_line_hands_over(), at)
        for at, seconds in self.plan.away:
            self.kernel.after(at, partial(self._database_goes, seconds))
        if self.plan.stalls:
            for _ in range(3):
                at = self.random.uniform(0, self.calm_at)
                self.kernel.after(at, self._a_node_hangs)
        if self.plan.rotas:
            self.kernel.begin(self._tend_rotas())
            self.kernel.begin(self._a_lead_changes_the_rota(), self.random.uniform(1, 300))
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.kernel.after(self.random.uniform(0, self.plan.lasts), self._a_mood_changes)

    # The phone network, as a node's sender sees it ──────────────────────────────────────────────

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

    # Visits ─────────────────────────────────────────────────────────────────────────────────────

    def _visit(self, visit: Visit, process: Process) -> None:
        """Do it now; or let it wait for somebody else's, and do both at the same moment."""
        if self._held is not None and self._held[0].place is not visit.place:
            held, self._held = self._held, None
            self._do([held, (visit, process)])
        elif self._held is None and self.random.random() < self.plan.duels:
            self._held = mine = (visit, process)
            self.kernel.after(TOGETHER, lambda: self._wait_no_longer(mine))
        else:
            self._do([(visit, process)])

    def _wait_no_longer(self, mine: tuple[Visit, Process]) -> None:
        if self._held is mine:
            self._held = None
            self._do([mine])

    def _do(self, visits: list[tuple[Visit, Process]]) -> None:
        self.database.clock.at = self.kernel.at
        for one, asker in visits:
            if one.place.stalled and asker.owner is one.place:  # its own work hangs with it
                self.kernel.visit_in(1, one, asker)
        together = [
            (one, asker)
            for one, asker in visits
            if not (asker.over or (one.place.stalled and asker.owner is one.place))
        ]
        if not together:
            return
        if any(visit.what == CLAIMS for visit, _ in together):
            self._nodes_beat()
        if len(together) == 2:
            results = self._at_once(together)
        else:
            results = [self._alone(one) for one, _ in together]
        self._after_step([one for one, _ in together])
        for (one, asker), (result, error) in zip(together, results, strict=True):
            if isinstance(error, NodeDied):
                self._dies(one.place, f"{one.what}: {error}")
                error = Unanswered()
            asker.resume(result, error)

    def _alone(self, visit: Visit) -> tuple[object, BaseException | None]:
        node: Node = visit.place
        if not node.alive:
            return None, Unanswered()
        fault = self._fault()
        node.weather.begin_visit(fault)
        late = self._strikes(self.plan.too_late)
        node.too_late = self.random.choice(list(TooLate)) if late else None
        try:
            result = visit.do()
        except (Exception, NodeDied) as error:  # noqa: BLE001  whoever asked gets it
            return None, error
        finally:
            if node.weather.struck:
                self.tell(f"{node.name} {fault.kind if fault else ''}: {visit.what}")
        if isinstance(result, str):
            answer = Answer(result)
            answer.decided = not node.journal.undecided
            result = answer
        return result, None

    def _at_once(
        self, together: list[tuple[Visit, Process]]
    ) -> list[tuple[object, BaseException | None]]:
        for visit, _ in together:
            visit.place.weather.begin_visit(None)
            visit.place.too_late = None
        dead = [not visit.place.alive for visit, _ in together]
        if any(dead):
            return [self._alone(visit) for visit, _ in together]
        self.tell("at once: " + " | ".join(f"{v.place.name} {v.what}" for v, _ in together))
        works = [visit.do for visit, _ in together]
        results = self.database.duels.fight(works, self.random)
        done: list[tuple[object, BaseException | None]] = []
        for (visit, _), (result, error) in zip(together, results, strict=True):
            if isinstance(result, str):
                answer = Answer(result)
                answer.decided = not visit.place.journal.undecided
                result = answer
            done.append((result, error))
        return done

    def _strikes(self, chance: float) -> bool:
        return chance > 0 and self.is_rough and self.random.random() < chance

    def _fault(self) -> Fault | None:
        if not self._strikes(self.plan.strikes):
            return None
        return Fault(self.random.choice(list(Kind)), self.random.choice((1, 1, 1, 2, 3)))

    def _after_step(self, visits: list[Visit]) -> None:
        changed = any(visit.place.weather.committed for visit in visits)
        if changed or any(visit.what in (CLAIMS, ASKS_AFTER) for visit in visits):
            self._look_what_is_due()
        if not changed:
            return
        self.steps += 1
        if len(self.plan.contacts) < 50 or self.steps % 50 == 0:
            self.check_invariants(visits)

    def _look_what_is_due(self) -> None:
        times = {"now": self.kernel.at, "lost": self.kernel.at - LOST_AFTER}
        with self.database.eyes.connect() as connection:
            *dues, version = connection.execute(DUE, times).one()
        self._due_crisis, self._due_outbox, self._leased_until, self._due_check = map(
            self._seconds, dues
        )
        if version != self._version:
            self._version = version
            self.kernel.begin(self._tend_rotas_once(), 2)
        self._set_beats()

    def _nodes_beat(self) -> None:
        living = [node.id for node in self.nodes if node.alive and not node.stalled]
        if not self.nodes[0].weather.database_away:
            with self.database.eyes.begin() as connection:
                connection.execute(BEATS, {"now": self.kernel.at, "living": living})

    def check_invariants(self, visits: list[Visit] | None = None) -> None:
        """The production invariants; lateness counts when nothing is away."""
        if self.elapsed < self.excused_until:
            return
        with self.database.looking.reading() as work:
            broken = [found for found in violations(work) if not found.endswith(WAITED)]
            broken.extend(self._waited_too_long(work))
        if broken:
            after = " and ".join(f"{v.place.name} {v.what}" for v in visits or [])
            raise Broken(f"after {after or 'the night'}: " + "; ".join(broken))

    def _waited_too_long(self, work: UnitOfWork) -> Iterator[str]:
        """As production says it, but each cause for a delay gives a lease more of time."""
        query = select(OutboxRow.key, OutboxRow.due_at).where(OutboxRow.state == "waiting")
        for key, due in work.session.exec(query):
            causes = self.texts.excuses.get(key, [])
            if work.now > due + LATE + LEASE * (1 + 2 * len(causes)):
                yield f"{key}{WAITED}, delayed by {causes or 'nothing'}"

    def _seconds(self, at: datetime | None) -> float | None:
        return None if at is None else (at - self.plan.start).total_seconds()

    # The metronome ──────────────────────────────────────────────────────────────────────────────

    def _set_beats(self) -> None:
        """Beats at which nothing is due are left out; the others are each node's, once a second."""
        leased = None if self._leased_until is None else self.elapsed
        all_dues = (self._due_crisis, self._due_outbox, self._due_check, leased)
        dues = [due for due in all_dues if due is not None]
        for node in self.nodes:
            theirs = [*dues, self.elapsed] if node.journal.pending() else dues
            if not theirs:
                continue
            due = max(min(theirs), self.elapsed)
            beat = int(due - node.phase) + 1 + node.phase
            if node.alive and not (node.next_beat is not None and node.next_beat <= beat):
                node.next_beat = beat
                self.kernel.begin(self._beat(node, beat), beat - self.elapsed + 0.001, owner=node)

    def _beat(self, node: Node, beat: float) -> Story:
        yield 0
        if node.next_beat != beat:
            return
        node.next_beat = None
        if node.stalled:
            return
        if (self._due_crisis is not None and self._due_crisis <= self.elapsed) or (
            node.journal.pending() and not node.weather.database_away
        ):
            yield Visit(node, "looks at deadlines", node.tick)
        held = self._leased_until is not None and self.random.random() < LOOKS_AT_HELD
        if self.something_waits() or held:
            node.wake_sender()
        if self._due_check is not None and self._due_check <= self.elapsed:
            node.ask_after()
        self._set_beats()

    # Nodes ──────────────────────────────────────────────────────────────────────────────────────

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
        if not any(one.alive for one in self.nodes):
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

    # Webhooks ───────────────────────────────────────────────────────────────────────────────────

    def post(self, url: str, form: Mapping[str, str], tries: int) -> Story:
        """Ask us for a document, as often as Twilio would; None when nobody answers."""
        path = url.removeprefix(URL).partition("?")[0]
        for _ in range(tries):
            yield self.random.uniform(0.02, 0.2)
            node = self._node()
            if not node.alive:
                yield 2
                continue
            if node.stalled:
                yield from self._post_to_the_stalled(node, url, form)
                continue
            try:
                answer: Answer = yield Visit(
                    node, f"POST {path}", partial(node.post, url, dict(form))
                )
            except Exception as error:  # noqa: BLE001  a 5xx, or none at all
                if not isinstance(error, Unanswered):
                    self.tell(f"{node.name} fails at {path}: {type(error).__name__}")
                yield 0.5
                continue
            self.promises.heard(self.kernel.at, url, form, answer)
            if self._strikes(self.plan.answers_lost):
                self.tell(f"the answer of {node.name} to {path} is lost")
                yield 6
                continue
            return answer
        return None

    def _node(self) -> Node:
        alive = [one for one in self.nodes if one.alive]
        if alive and self.random.random() < 0.95:
            return self.random.choice(alive)
        return self.random.choice(self.nodes)

    def _post_to_the_stalled(self, node: Node, url: str, form: Mapping[str, str]) -> Story:
        """It takes the request, and works on it when Twilio has long asked another node."""
        if self.random.random() < 0.5:
            self.kernel.begin(self._late(node, url, form), owner=node)
        yield 6

    def _late(self, node: Node, url: str, form: Mapping[str, str]) -> Story:
        while node.stalled:
            yield 5
        try:
            answer: Answer = yield Visit(node, "POST, late", partial(node.post, url, dict(form)))
        except Exception as error:  # noqa: BLE001  nobody listens any more
            self.tell(f"{node.name} fails at a late request: {type(error).__name__}")
        else:
            self.promises.heard(self.kernel.at, url, form, answer)

    # People ─────────────────────────────────────────────────────────────────────────────────────

    def _somebody_calls(self, from_: str | None = None, to: str | None = None) -> None:
        random = self.random
        team = random.choice(list(TEAMS))
        line = to or LINES.get(team, LINES["shared"])
        known = random.choice(CLIENTS[team])
        unknown = f"+1503555{random.randrange(2000, 9999)}"
        caller = from_ or random.choice((known, known, unknown, "anonymous"))
        patience = random.choice((3, 15, 60, 200, 900, 3600, 3600))
        call = self.calls.dial(
            caller, line, patience, f"{URL}/twilio/voice", f"{URL}/twilio/voice/status"
        )
        if from_ is None and random.random() < 0.25:
            again = random.uniform(1, 400)
            self.kernel.after(again, lambda: self._somebody_calls(call.from_, call.to))

    def _a_client_texts(self) -> None:
        team = self.random.choice(list(TEAMS))
        form = {
            "MessageSid": f"IN{next(self._names)}",
            "From": self.random.choice(CLIENTS[team]),
            "To": LINES.get(team, LINES["shared"]),
            "Body": f"please help {next(self._names)}",
        }
        self.tell(f"a client of {team} texts")
        self.kernel.begin(self.post(f"{URL}/twilio/sms", form, 2))

    def _deliver(self, message: Message) -> None:
        """A text arrives; its reader may answer."""
        self.tell(f"text {message.sid} arrives")
        said = self.people.answer(message.to, message.body)
        if said is not None:
            seconds, words = said
            self.kernel.begin(self._reply(message, words), seconds)
            if words[0] in "1yo" and self.random.random() < 0.2:
                ref = message.body.split()[1].rstrip(":")
                colleague = self._colleague(self.teller.who(message.to))
                self.kernel.begin(self._accepts_on_the_web(ref, colleague), seconds + 0.1)

    def _reply(self, message: Message, words: str) -> Story:
        self.tell(f"{self.teller.who(message.to)} texts “{words}”")
        form = {
            "MessageSid": f"IN{next(self._names)}",
            "From": message.to,
            "To": message.from_,
            "Body": words,
        }
        self.calls.said_yes.add(self.teller.who(message.to))
        if words == "stop":
            self.texts.stopped.add((message.to, message.from_))
        elif words == "start":
            self.texts.stopped.discard((message.to, message.from_))
        answer = yield from self.post(f"{URL}/twilio/sms", form, 2)
        if answer and "is yours" in answer and self.random.random() < 0.5:
            ref = message.body.split()[1].rstrip(":")
            self.kernel.begin(self._works_on(ref, message.to), self.random.uniform(20, 400))

    def _colleague(self, staff: str) -> str:
        """Somebody of the same team."""
        members = next((team for team in TEAMS.values() if staff in team), TEAMS["north"])
        return self.random.choice([one for one in members if one != staff])

    def _accepts_on_the_web(self, ref: str, staff: str) -> Story:
        """A colleague looks at the board and takes it at the same moment."""
        self.calls.said_yes.add(staff)
        do = partial(crises.accept, ref=ref, staff=staff, by=staff, public_url=URL)
        promise = Promise(self.kernel.at, ref, "accepted", staff)
        yield from self._on_the_web(staff, promise, do)

    def _works_on(self, ref: str, phone: str) -> Story:
        """Whoever took a crisis notes, hands it off, gives it back or closes it on the web."""
        staff = self.teller.who(phone)
        team = next((one for one, members in TEAMS.items() if staff in members), None)
        text = f"note {next(self._names)}"
        promise = Promise(self.kernel.at, ref, "note", staff, text)
        match self.random.choice(("close", "note", "hand off", "decline", "accept")):
            case "close":
                do = partial(crises.close, disposition=Disposition.RESOLVED_BY_PHONE, text=text)
                more = {"who": staff, "by": staff, "public_url": URL}
            case "note":
                do, more = partial(crises.add_note, text=text), {"who": staff, "by": staff}
            case "hand off":
                to = self.random.choice(TEAMS[team or "north"])
                do = partial(crises.hand_off, to=to, asked_by=staff)
                more = {"by": staff, "public_url": URL}
                promise = Promise(self.kernel.at, ref, "hand_off_asked", to)
                if to == staff:
                    promise = Promise(self.kernel.at, ref, "accepted", to)
            case "decline":
                do = partial(crises.decline, staff=staff)
                more = {"by": staff, "public_url": URL}
                promise = Promise(self.kernel.at, ref, "declined", staff)
            case _:
                do = partial(crises.accept, staff=staff)
                more = {"by": staff, "public_url": URL}
                promise = Promise(self.kernel.at, ref, "accepted", staff)

        self.calls.said_yes.update({staff, promise.who or staff})
        yield from self._on_the_web(staff, promise, partial(do, ref=ref, **more))

    def _on_the_web(
        self, staff: str, promise: Promise, do: Callable[[UnitOfWork], object]
    ) -> Story:
        """Somebody does something on the web; what they see done is a promise."""
        node = self._node()

        def work() -> None:
            with node.units() as unit:
                do(unit)

        self.tell(f"{staff} on the web: {promise.kind} {promise.ref}")
        try:
            yield Visit(node, f"web: {promise.kind}", work)
        except (Refused, LookupError) as refused:
            self.tell(f"refused: {refused}")
        except Exception as error:  # noqa: BLE001  the page says that it did not work
            self.tell(f"the page fails: {type(error).__name__}")
        else:
            self.promises.made.append(promise)

    def _a_line_hands_over(self) -> Story:
        team = self.random.choice(list(TEAMS))
        name = f"msg-{next(self._names)}"
        handover = Handover(
            PARTNER,
            name,
            self.random.choice((*CLIENTS[team], f"+1503555{self.random.randrange(2000, 9999)}")),
            None,
            team,
            "worried relative",
            None,
        )
        self.handovers += 1
        self.tell(f"crisis line hands over {name} for {team}")
        for _ in range(self.random.choice((3, 5))):
            node = self._node()

            def work(node: Node = node) -> str:
                with node.units() as unit:
                    return handovers.hand_over(unit, handover, URL).ref

            try:
                ref = yield Visit(node, "crisis line", work)
            except Exception:  # noqa: BLE001  the partner tries again
                yield 5
                continue
            known = self.promises.handed_over.setdefault(name, str(ref))
            if known != ref:
                self.promises.broken.append(f"{name} became {known} and {ref}")
            if self.random.random() < 0.8 or not self.is_rough:
                return
            yield self.random.uniform(0, 20)

    # The rota ───────────────────────────────────────────────────────────────────────────────────

    def _tend_rotas(self) -> Story:
        while True:
            yield from self._tend_rotas_once()
            yield 240

    def _tend_rotas_once(self) -> Story:
        """What every node does each second; here one does it, when something has changed."""
        while True:
            node = self._node()
            try:
                yield Visit(node, "tends rotas", node.timers.tend_rotas)
            except Unanswered:
                yield 1
                continue
            if not node.weather.database_away:
                return
            yield 1

    def _a_lead_changes_the_rota(self) -> Story:
        team = self.random.choice(list(TEAMS))
        tier = self.random.choice(("primary", "backup", "supervisor"))
        staff = self.random.choice(TEAMS[team])
        kind = self.random.choice((OverrideKind.REPLACE, OverrideKind.REMOVE))
        end = self.kernel.at + timedelta(seconds=self.random.choice((300, 1800, 7200)))
        override = Override(tier, self.kernel.at, end, staff, kind=kind)
        node = self._node()

        def work() -> None:
            with node.units() as unit:
                rota_edits.add_override(unit, team, override, By("Eli Sample", "sick tonight"))

        self.tell(f"a lead changes the rota: {kind} {staff}, {tier} of {team}")
        try:
            yield Visit(node, "web: rota", work)
        except Exception as error:  # noqa: BLE001  the page says why not
            self.tell(f"not changed: {type(error).__name__}")

    def _a_mood_changes(self) -> None:
        staff = self.random.choice(list(PHONES))
        self.people.moods[staff] = self.random.choice(("off", "steady", "texting"))
        self.tell(f"{staff} is now {self.people.moods[staff]}")


class _Seeded:
    """References and names drawn from the seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def randbelow(self, most: int) -> int:
        """A number below."""
        return self._random.randrange(most)

    def uuid4(self) -> uuid.UUID:
        """A name for what has none."""
        return uuid.UUID(int=self._random.getrandbits(128), version=4)
