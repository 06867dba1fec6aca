"""Plays a night: the nodes, the network, the people and the faults of one seed, to its end."""

import itertools
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

from sqlalchemy import text

from dispatch import catching_up
from dispatch.api import deciding, voice
from dispatch.commands import carrying_out, staff_texts
from dispatch.invariants import LATE, violations_but_delays
from dispatch.unit_of_work import UnitOfWork
from notifications.nodes import LOST_AFTER
from notifications.outbox import LEASE, overdue
from tests.simulation.calls import Calls
from tests.simulation.database import Database
from tests.simulation.faults import Fault, Kind, NodeDied
from tests.simulation.kernel import Kernel, Process, Story, Unanswered, Visit
from tests.simulation.mishaps import Mishaps
from tests.simulation.nodes import ASKS_AFTER, CLAIMS, AnswersOfEachNode, Node, TooLate
from tests.simulation.people import People
from tests.simulation.plan import Kind as Contact
from tests.simulation.plan import Plan
from tests.simulation.promises import Answer, Promises
from tests.simulation.scenes import Scenes
from tests.simulation.story import Teller
from tests.simulation.texts import Texts
from tests.simulation.webhooks import Webhooks

TOGETHER = 1.0
"""For how many seconds a visit may wait for one to another node, to happen at the same moment."""

OTHER_STEPS = 4
"""The invariants are checked after every step that has changed a crisis, and after every so many
others; in storms after every fiftieth."""

LOOKS_AT_HELD = 0.1
"""How often a beat looks for what others hold: production always does, and finds nothing."""

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


class Night(Mishaps, Webhooks, Scenes):
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
        kept = any(visit.place.alive and visit.place.journal.pending() for visit in visits)
        if changed or kept or any(visit.what in (CLAIMS, ASKS_AFTER) for visit in visits):
            self._look_what_is_due()
        if not changed:
            return
        self.steps += 1
        every = 50 if len(self.plan.contacts) > 30 else OTHER_STEPS
        crisis = any(visit.place.weather.touched_a_crisis for visit in visits)
        if self.steps % every == 0 or (crisis and every == OTHER_STEPS):
            self.check_invariants(visits)

    def _look_what_is_due(self) -> None:
        times = {"now": self.kernel.at, "lost": self.kernel.at - LOST_AFTER}
        with self.database.glancing.connect() as connection:
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
            with self.database.glancing.connect() as connection:
                connection.execute(BEATS, {"now": self.kernel.at, "living": living})

    def check_invariants(self, visits: list[Visit] | None = None) -> None:
        """The production invariants; lateness counts when nothing is away."""
        if self.elapsed < self.excused_until:
            return
        with self.database.looking.reading() as work:
            broken = [*violations_but_delays(work), *self._waited_too_long(work)]
        if broken:
            after = " and ".join(f"{v.place.name} {v.what}" for v in visits or [])
            raise Broken(f"after {after or 'the night'}: " + "; ".join(broken))

    def _waited_too_long(self, work: UnitOfWork) -> Iterator[str]:
        """As production says it, but each cause for a delay gives a lease more of time."""
        for row in overdue(work.session, work.now - LEASE - LATE):
            causes = self.texts.excuses.get(row.key, [])
            if work.now > row.due_at + LATE + LEASE * (1 + 2 * len(causes)):
                yield f"{row.key} has waited too long to be sent, delayed by {causes or 'nothing'}"

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
