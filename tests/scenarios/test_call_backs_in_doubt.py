"""Calls back of which the phone network tells too little, too late, twice, or nothing."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from dispatch.callback_tables import CallBackRow
from dispatch.commands import callback_ends, callback_steps, callbacks, deliveries
from dispatch.commands.callback_ends import WorkerCall
from dispatch.commands.callback_steps import ClientLeg
from dispatch.commands.callbacks import Wish
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.crisis import Channel, Crisis, Source
from dispatch.events import Accepted, LegOutcome, Refused, Reported
from dispatch.store import crises
from dispatch.store.callbacks import number_to_call
from dispatch.tables import ContactRow, CrisisLineRow
from notifications.outbox import Kind, OutboxState
from notifications.retry import Failure
from oncall.tables import PhoneRow
from tests.scenarios.ridge import RIDGE_LINE, URL, Ridge

CALLER = "+15035550171"
CENTRE = "+15035550172"
NOT_CONNECTED = "you could not be connected with the caller. Reply CALL to try again."


def owned(ridge: Ridge, *phones: str | None, callback: str | None = None) -> str:
    """A crisis of Ana's with a contact from each of these numbers; its reference."""
    with ridge.work() as work:
        crisis = open_crisis(work, "north", Source.CALL)
        for phone in phones:
            contact = ContactRow(
                crisis_ref=crisis.ref, source="call", at=work.now, phone=phone, line=RIDGE_LINE
            )
            crises.add_contact(work.session, contact)
        contact.callback = callback
        crisis = happen(work, crisis, Reported(), public_url=URL, is_new=True).crisis
        happen(work, crisis, Accepted("ana", Channel.SMS), public_url=URL)
    ridge.texted()
    return crisis.ref


class Call:
    """The call back that Ana has asked for, as the phone network tells of it."""

    def __init__(self, ridge: Ridge, ref: str, sid: str = "CA1") -> None:
        self.ridge, self.ref = ridge, ref
        with ridge.work() as work:
            callbacks.call_back(work, ref, Wish("ana", Channel.WEB), URL)
        with ridge.work.reading() as work:
            query = select(CallBackRow.id).where(
                CallBackRow.crisis_ref == ref, col(CallBackRow.ended_at).is_(None)
            )
            self.worker = WorkerCall(work.session.exec(query).one(), sid, URL)

    def answered(self, sid: str = "CA1") -> str:
        with self.ridge.work() as work:
            return callback_steps.answered(work, WorkerCall(self.worker.id, sid, URL))

    def key(self, digits: str, question: int = 1) -> str:
        with self.ridge.work() as work:
            return callback_steps.key_pressed(work, self.worker, question, digits)

    def connected(self) -> None:
        with self.ridge.work() as work:
            callback_steps.client_answered(work, self.worker.id, 1, URL)

    def tried(self, *, bridged: bool, seconds: int = 0, owner_gone: bool = False) -> str:
        leg = ClientLeg(1, LegOutcome.COMPLETED, bridged, seconds, owner_gone)
        with self.ridge.work() as work:
            return callback_steps.tried(work, self.worker, leg)

    def status(self, status: str, sequence: int, sid: str = "CA1") -> None:
        with self.ridge.work() as work:
            call = WorkerCall(self.worker.id, sid, URL)
            callback_ends.worker_status(work, call, status, sequence)

    @property
    def stage(self) -> str:
        with self.ridge.work.reading() as work:
            return work.session.get_one(CallBackRow, self.worker.id).stage

    @property
    def crisis(self) -> Crisis:
        with self.ridge.work.reading() as work:
            found = crises.find(work.session, self.ref)
        assert found is not None
        return found

    @property
    def told(self) -> list[str]:
        """What the timeline says of calls back."""
        with self.ridge.work.reading() as work:
            rows = crises.timeline(work.session, self.ref)
        return [row.text for row in rows if row.kind.startswith("call_back")]


def after(ridge: Ridge, **by: float) -> dict[str, list[str]]:
    """Let time pass; what is texted then, by two nodes that both look at what is due."""
    ridge.texted()
    ridge.clock.at += timedelta(**by)
    for node in (ridge.node(), ridge.timers):
        node.tick()
    return ridge.texted()


def test_a_call_of_which_nothing_is_heard_ends_and_the_owner_is_told_once(ridge: Ridge) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    assert after(ridge, seconds=119) == {}
    [text] = after(ridge, seconds=2)["ana"]
    assert NOT_CONNECTED in text
    assert call.told[1:] == ["phone could not be rung: the client was not called"]
    assert call.crisis.calling is None
    assert "This call back is over" in call.answered()
    assert "<Dial" not in call.key("1")


def test_an_owner_who_was_asked_and_of_whom_nothing_more_is_heard(ridge: Ridge) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    call.answered()
    assert after(ridge, seconds=121) == {}
    assert call.told[-1] == "no word from the phone network about the call back"
    assert "<Dial" not in call.key("1"), "too late"


@pytest.mark.parametrize("worker_first", [True, False])
def test_the_end_of_the_talk_is_told_once_whatever_comes_first(
    ridge: Ridge, worker_first: bool
) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    call.answered()
    assert f">{CALLER}</Number>" in call.key("1")
    call.connected()
    assert call.stage == "talking"
    if worker_first:
        call.status("completed", 3)
    for _ in range(2):
        call.tried(bridged=True, seconds=64, owner_gone=True)
    for sequence in (1, 3):
        call.status("completed", sequence)
    assert call.told[3:] == ["was connected with the client's phone for 64 s"]
    assert (call.stage, call.crisis.calling, call.crisis.owner) == ("ended", None, "ana")


def test_a_talk_of_which_only_the_workers_end_is_told_is_over_soon(ridge: Ridge) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    call.answered()
    call.key("1")
    call.connected()
    assert after(ridge, hours=3) == {}
    assert call.stage == "talking", "people talk for hours"
    call.status("completed", 3)
    after(ridge, seconds=21)
    assert call.told[-1] == "no word from the phone network about the call back"
    call.tried(bridged=True, seconds=10_800, owner_gone=True)
    assert call.told[-1] == "was connected with the client's phone for 10800 s", "told late"
    assert call.crisis.calling is None


def test_earlier_news_that_comes_later_ends_nothing(ridge: Ridge) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    call.status("in-progress", 2)
    call.answered()
    for status, sequence in (("ringing", 1), ("initiated", 0), ("busy", 1)):
        call.status(status, sequence)
    call.status("busy", 5, sid="CA2")  # a second call for the same wish, which found Ana engaged
    assert call.stage == "asking"
    assert "This call back is over" in call.answered(sid="CA2")
    assert "<Dial" in call.key("1")


def test_a_key_of_an_earlier_question_and_a_repeated_one_ring_once(ridge: Ridge) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    call.answered()
    assert "Press 1 to be connected" in call.key("5"), "asked again"
    assert "<Dial" not in call.key("1", question=3)
    rung = call.key("1", question=2)
    assert rung == call.key("1", question=2)
    assert "<Dial" in rung
    assert len(call.told) == 2


def test_a_client_who_calls_before_the_phone_network_has_named_the_call(ridge: Ridge) -> None:
    """What was not sent is not sent; what was is hung up as soon as it has a name."""
    call = Call(ridge, owned(ridge, CALLER))
    with ridge.work() as work:
        crisis = crises.lock(work.session, call.ref)
        assert crisis is not None
        crisis = callback_ends.give_way(work, crisis, URL)
    assert crisis.calling is None
    [row] = [one for one in ridge.rows() if one.kind == Kind.CALL_BACK]
    assert row.state == OutboxState.CANCELLED
    call.status("initiated", 0)
    assert [one.leg_sid for one in ridge.rows() if one.kind == Kind.DROP_LEG] == ["CA1"]
    assert call.told[-1] == "call back was broken off: the client is calling in"


def test_what_twilio_refuses_is_told_at_once(ridge: Ridge) -> None:
    call = Call(ridge, owned(ridge, CALLER))
    [row] = [one for one in ridge.rows() if one.kind == Kind.CALL_BACK]
    ridge.texted()
    deliveries.given_up(ridge.work, row, Failure.UNKNOWN, None, URL)
    assert NOT_CONNECTED in ridge.texted()["ana"][0]
    assert call.stage == "ended"


def test_a_worker_is_not_rung_again_and_again_by_whoever_pretends_to_be_them(ridge: Ridge) -> None:
    ref = owned(ridge, CALLER)
    for _ in range(3):
        assert "your phone rings now" in (ridge.says("ana", "CALL") or "")
        after(ridge, seconds=121)
    refused = f"Vigil {ref}: You were rung in vain three times: begin it on the web."
    assert ridge.says("ana", "CALL") == refused
    Call(ridge, ref).status("busy", 1)
    after(ridge, minutes=11)
    assert "your phone rings now" in (ridge.says("ana", "CALL") or "")


# Who can be called, and by whom ─────────────────────────────────────────────────────────────────


def test_a_phone_that_is_not_verified_is_never_joined_with_a_client(ridge: Ridge) -> None:
    ref = owned(ridge, CALLER)
    with ridge.work() as work:
        row = work.session.get_one(PhoneRow, "ana")
        row.verified_at = None
        work.session.add(row)
    ridge.put_on("gus", "2026-11-29 08:00", "2026-11-29 09:00")  # the directory is read anew
    assert "not verified" in (ridge.says("ana", "CALL") or "")
    with ridge.work() as work, pytest.raises(Refused, match="not verified"):
        callbacks.call_back(work, ref, Wish("ana", Channel.WEB), URL)


def test_a_withheld_number_is_said_to_be_withheld(ridge: Ridge) -> None:
    ref = owned(ridge, None)
    assert ridge.says("ana", "CALL") == (
        f"Vigil {ref}: No number of the caller is known: it was withheld."
    )


def test_whose_it_is_not_is_told_so_and_nobody_is_rung(ridge: Ridge) -> None:
    ref = owned(ridge, CALLER)
    assert ridge.says("dee", "CALL") == (
        "Vigil: no open crisis is yours, so there is nobody to call back."
    )
    assert ridge.says("gus", f"CALL {ref}") == (
        f"Vigil: nothing with the reference {ref} is open for you."
    )
    assert ridge.says("ana", f"call {ref.lower()}") == (
        f"Vigil {ref}: your phone rings now. Press 1 to be connected; the caller sees our line."
    )
    assert "already" in (ridge.says("ana", "CALL") or "")


def test_whoever_was_paged_takes_it_before_they_call(ridge: Ridge) -> None:
    """CALL alone takes nothing: a wrong guess would take a crisis that nobody works on."""
    ref = owned(ridge, CALLER)
    assert ridge.says("ana", f"2 {ref}") == f"Vigil {ref}: passed on. Thank you for answering."
    assert ref in ridge.texted()["dee"][0]
    first = f"Vigil {ref} is not yours yet. Reply 1 {ref} to take it, then CALL {ref}."
    assert ridge.says("dee", "CALL") == first
    assert ridge.says("dee", f"CALL {ref}") == first
    assert "Reply CALL" in (ridge.says("dee", f"1 {ref}") or "")
    assert "your phone rings now" in (ridge.says("dee", "CALL") or "")


@pytest.mark.parametrize(
    ("phones", "callback", "number"),
    [
        ((CALLER,), None, CALLER),
        ((CALLER, None), None, CALLER),  # withheld the second time
        ((CALLER, "+15035550173"), None, "+15035550173"),  # the newest
        ((CALLER,), "+15035550174", "+15035550174"),  # as was asked
        ((CALLER,), CENTRE, CALLER),  # a crisis line's own number reaches the line
        ((CENTRE,), None, CENTRE),  # but better than nobody
        ((None,), None, None),
    ],
)
def test_which_number_is_called(
    ridge: Ridge, phones: tuple[str | None, ...], callback: str | None, number: str | None
) -> None:
    with ridge.work() as work:
        work.session.add(CrisisLineRow(id="centre", name="Example Centre", callback=CENTRE))
    ref = owned(ridge, *phones, callback=callback)
    with ridge.work.reading() as work:
        assert number_to_call(work.session, ref) == number
