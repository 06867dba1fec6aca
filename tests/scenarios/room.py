"""Words for a call that becomes a conference: who is on it, who speaks, who hangs up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
from sqlmodel import select

from dispatch.callers_side import SHORT_BRIDGE_SECONDS
from dispatch.crisis import Crisis, State
from dispatch.tables import CrisisRow
from notifications.emulator import CallHandle, Faults, RestFault
from notifications.outbox import OutboxState
from notifications.tables import OutboxRow
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.town import ANA, BEN, ELI

BROKE = "The connection broke. Stay on the line, we are connecting you again."
CUT_OFF = "If you were cut off, press 1 to be connected again."

SPEED = 3.0
"""Slow enough for what is sent within seconds, on a busy machine too."""


class Talk:
    """Ana talks with the caller on a night that several tests share."""

    def __init__(self, night: Night) -> None:
        self.night = night
        night.until(lambda: night.ana.legs == [], "Ana is off the phone")
        night.ana.answers(after=0.5, press_after=0.5)
        night.ben.by_hand()
        night.eli.by_hand()
        for outside in (night.line_988, night.interpreter):
            outside.by_hand()
        self.call: CallHandle = night.call().wait_for("talking", 30)
        self.until(lambda: self.crisis.state is State.TALKING, "Ana talks with the caller")
        assert self.crisis.owner == "ana"

    # What people do ─────────────────────────────────────────────────────────────────────────────

    def bring_in(self, who: str) -> httpx.Response:
        """Ana asks for somebody from the crisis page."""
        with self.night.web() as web:
            return web.post(f"/api/crises/{self.ref}/bring-in", json={"who": who})

    def leave(self) -> httpx.Response:
        """Ana wants to leave the call."""
        with self.night.web() as web:
            return web.post(f"/api/crises/{self.ref}/leave")

    def page(self) -> dict[str, object]:
        """The crisis as its page reads it."""
        with self.night.web() as web:
            answer: dict[str, object] = web.get(f"/api/crises/{self.ref}").json()
            return answer

    def rings(self, who: str = "backup", number: str = BEN) -> None:
        """Ana brings somebody in; their phone rings, and the call is a conference."""
        answer = self.bring_in(who)
        assert answer.status_code == 200, f"{answer.text}\n{self.night.story()}"
        phone = self.night.phone(number)
        self.until(lambda: phone.ringing, f"{number} rings")
        self.until(lambda: self.call.together_with == [ANA], "the caller is with Ana again")

    def hears_the_question(self) -> None:
        """Ben has picked up and hears what he is asked."""
        self.rings()
        self.night.ben.answer()
        ben = self.night.ben
        self.until(lambda: any(leg.gathering for leg in ben.legs), "Ben is asked for a key")

    def joins(self) -> None:
        """Ben has pressed 1 and is on the call; he says nothing."""
        self.hears_the_question()
        self.night.ben.press("1")
        self.is_joined_by(BEN)

    def is_joined_by(self, number: str) -> None:
        """Somebody comes into the conference."""
        self.until(lambda: set(self.call.together_with) == {ANA, number}, "three are together")
        self.until(lambda: self.presence == "joined", "that is known")

    def speaks(self) -> None:
        """Ben has joined and has spoken."""
        self.joins()
        self.night.ben.speak("Good evening, this is Ben.")
        self.until(lambda: self.presence == "spoken", "it is known that Ben spoke")

    def is_left(self) -> None:
        """Ana has left the caller with Ben."""
        self.speaks()
        assert self.leave().status_code == 200
        self.until(lambda: self.call.together_with == [BEN], "Ana is off the line")
        self.until(lambda: self.crisis.owner == "ben", "it is Ben's")

    def has_lasted(self) -> None:
        """So long that its end is no breaking off: it is put down as begun earlier."""
        with self.night.vigil.unit_of_work() as work:
            row = work.session.get_one(CrisisRow, self.ref)
            row.since -= timedelta(seconds=SHORT_BRIDGE_SECONDS + 1)
            work.session.add(row)

    # What is so ─────────────────────────────────────────────────────────────────────────────────

    @property
    def crisis(self) -> Crisis:
        """The newest crisis."""
        return self.night.crises()[-1]

    @property
    def ref(self) -> str:
        """Its reference."""
        return self.crisis.ref

    @property
    def presence(self) -> str | None:
        """How far the third party has come."""
        room = self.crisis.conference
        return None if room is None or room.party is None else room.party.presence.value

    @property
    def kinds(self) -> list[str]:
        """The kinds of what happened, in order."""
        return self.night.kinds(self.ref)

    def until(self, met: object, what: str, seconds: float = 25) -> None:
        """Wait until something holds; where it never does, tell what was asked of Twilio too."""
        try:
            self.night.until(met, what, seconds)  # type: ignore[arg-type]
        except AssertionError as error:
            asked = "\n".join(f"  {row}" for row in requests(self.night, self.ref))
            raise AssertionError(f"{error}\n{asked}") from None

    def until_kind(self, kind: str) -> None:
        """Wait until this stands in the timeline."""
        self.until(lambda: kind in self.kinds, kind)

    def until_state(self, state: State, owner: str | None = "ana") -> None:
        """Wait until the crisis stands there and is theirs."""
        self.until(lambda: (self.crisis.state, self.crisis.owner) == (state, owner), f"{state}")

    def ana_is_told(self, words: str) -> None:
        """A text reaches Ana."""
        self.night.ana.expect_sms(f"{self.ref}: {words}", 25)

    def is_still_a_talk(self) -> None:
        """Ana and the caller talk on, on the plain bridge or in the conference, and Ana has it."""
        assert self.call.together_with == [ANA]
        assert (self.crisis.state, self.crisis.owner) == (State.TALKING, "ana")

    def is_rung_for_again(self) -> None:
        """The caller hears that it broke, and phones ring from the foot of the ladder."""
        self.until(lambda: self.crisis.state is State.RINGING, "it rings again")
        self.until(lambda: self.call.last_heard == BROKE, "the caller hears so")
        assert not self.call.leg.ended
        ringing = [row.who for row in self.night.timeline(self.ref) if row.kind == "ringing"]
        assert ringing[-1] == "ana", "from the foot"
        assert self.crisis.conference is None

    def nobody_else_is_on_it(self) -> None:
        """Nobody of the third parties is left on a line."""
        for number in (BEN, ELI, "988", town.INTERPRETER):
            phone = self.night.phone(number)
            self.until(lambda phone=phone: phone.legs == [], f"{number} is free")  # type: ignore[misc]

    def is_over_and_anas(self) -> None:
        """The caller has gone; Ana has it."""
        self.until_state(State.ACCEPTED)
        self.nobody_else_is_on_it()
        assert self.crisis.conference is None
        assert self.crisis.due_at is None


@contextmanager
def rest(night: Night, fault: RestFault) -> Iterator[None]:
    """Twilio's REST API is not well."""
    night.network.faults.rest.append(fault)
    yield
    if fault in night.network.faults.rest:
        night.network.faults.rest.remove(fault)


def quiet(night: Night) -> None:
    """The end of one test: nobody is on a line, everything is sent, and no crisis is open."""
    night.network.faults = Faults()
    _hang_up_everywhere(night)
    night.until(lambda: not _open_lines(night), "every call's end is known", 30)
    night.until(lambda: not _waiting(night), "everything that is due is sent", 30)
    with night.web() as web:
        for crisis in night.crises():
            if crisis.is_open:
                body = {"disposition": "resolved_by_phone"}
                assert web.post(f"/api/crises/{crisis.ref}/close", json=body).status_code == 200
    _hang_up_everywhere(night)  # a page by voice may have begun to ring somebody before that
    assert night.violations() == []


def _hang_up_everywhere(night: Night) -> None:
    night.network.exchange.in_loop(
        lambda: [leg.end(why="the test is over") for leg in night.network.calls]
    )
    night.network.wait_until_quiet(20)


def requests(night: Night, ref: str) -> list[OutboxRow]:
    """Everything that was asked of Twilio for a crisis."""
    with night.vigil.unit_of_work.reading() as work:
        return list(work.session.exec(select(OutboxRow).where(OutboxRow.crisis_ref == ref)))


def _open_lines(night: Night) -> list[Crisis]:
    return [crisis for crisis in night.crises() if crisis.is_open and crisis.line is not None]


def _waiting(night: Night) -> list[OutboxRow]:
    with night.vigil.unit_of_work.reading() as work:
        query = select(OutboxRow).where(
            OutboxRow.state == OutboxState.WAITING.value, OutboxRow.due_at <= work.now
        )
        return list(work.session.exec(query))
