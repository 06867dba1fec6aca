"""What people do in a night: they call, text, answer, work on the web, and change the rota."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from dispatch.commands import crises, handovers, rota_edits
from dispatch.commands.handovers import Handover
from dispatch.commands.rota_edits import By
from dispatch.crisis import Disposition
from dispatch.events import Refused
from dispatch.unit_of_work import UnitOfWork
from oncall.model import Override, OverrideKind
from tests.simulation.kernel import Story, Unanswered, Visit
from tests.simulation.nodes import Node
from tests.simulation.promises import Promise
from tests.simulation.texts import Message
from tests.simulation.town import CLIENTS, LINES, PARTNER, PHONES, TEAMS, URL


class Scenes:
    """The part of a night that is played by people; mixed into `Night`."""

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
