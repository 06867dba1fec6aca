"""Who left a conference or a call back while the database was away: nobody is left alone by it."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlmodel import select
from starlette.requests import Request

from dispatch.api import rooms as rooms_api
from dispatch.api import staff_line as staff_line_api
from dispatch.callback_tables import CallBackRow
from dispatch.commands import callback_steps, callbacks, calls, deliveries, texts
from dispatch.commands.callback_ends import WorkerCall
from dispatch.commands.callbacks import Wish
from dispatch.commands.calls import IncomingCall
from dispatch.commands.carrying_out import happen
from dispatch.crisis import Channel, State
from dispatch.events import Accepted, CallerGone, Event, HandOffAsked, LegSeen
from dispatch.journal_entries import CallBackEntry, RoomEntry
from dispatch.room import Guest
from dispatch.room_events import (
    BringIn,
    PartyJoined,
    PartyOver,
    PartySpoke,
    RoomAsked,
    RoomNamed,
    WhyOver,
    WorkerLeft,
    WorkerMoved,
)
from dispatch.store import crises
from dispatch.tables import CrisisRow
from notifications.outbox import Kind
from notifications.retry import Failure
from notifications.tables import OutboxRow
from tests.journal.test_entering import OUTAGE, Node
from tests.scenarios import town
from tests.scenarios.ridge import URL

ANA_LEG, OUTSIDE_LEG = "CAana", "CA988"
LEFT = {"StatusCallbackEvent": "participant-leave", "ReasonParticipantLeft": "participant_left"}


class Night(Node):
    """Ana talks with a client; she brings 988 in, or calls back."""

    def talks(self) -> None:
        with self.work() as work:
            calls.call_arrived(work, IncomingCall("CA1", town.CLIENT, town.NORTH_LINE), URL)
        self.happens(LegSeen(1, ANA_LEG), Accepted("ana", Channel.PHONE, 1))

    def with_988(self) -> None:
        """The three have spoken with each other."""
        self.talks()
        self.happens(
            BringIn(Guest.LIFELINE, phone="988"),
            RoomNamed(1, "CF1"),
            WorkerMoved(1, ANA_LEG),
            RoomAsked("CA1", 1, 1),
        )
        # The bridge is over, as the caller's own call said before it asked.
        self.happens(PartyJoined(1, OUTSIDE_LEG), PartySpoke(1, OUTSIDE_LEG))

    def happens(self, *events: Event) -> None:
        for event in events:
            with self.work() as work:
                crisis = crises.lock(work.session, self.ref)
                assert crisis is not None
                happen(work, crisis, event, public_url=URL)

    @property
    def ref(self) -> str:
        return self.crisis.ref

    def asked_of_twilio(self, kind: Kind) -> list[OutboxRow]:
        with self.work.reading() as work:
            rows = work.session.exec(select(OutboxRow).where(OutboxRow.kind == kind.value))
            return list(rows)

    def hears(self, where: str, query: str, form: dict[str, str]) -> None:
        """Twilio tells it while the database is away."""
        vigil = SimpleNamespace(
            adrift=SimpleNamespace(watch=SimpleNamespace(is_away=True), journal=self.journal),
            metrics=SimpleNamespace(undecided=lambda: None),
            unit_of_work=self.work,
            public_url=URL,
        )
        request = Request(
            {
                "type": "http",
                "path": where,
                "query_string": query.encode(),
                "headers": [],
                "app": SimpleNamespace(state=SimpleNamespace(vigil=vigil)),
            }
        )
        what = where.rpartition("/")[2]
        if "call-back" in where:
            id_ = where.split("/")[3]
            asyncio.run(staff_line_api.status(request, form, id_))
        else:
            asyncio.run(getattr(rooms_api, what)(request, form))


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[Night]:
    night = Night(database_url, tmp_path / "journal")
    night.load()
    yield night
    night.journal.close(OUTAGE)
    night.engine.dispose()


def test_the_worker_leaves_while_it_is_away_and_988_ends_the_room(night: Night) -> None:
    night.with_988()
    room = f"ref={night.ref}&leg=1"
    for _ in range(2):
        form = {"CallSid": ANA_LEG, "ParticipantLabel": "worker", "ConferenceSid": "CF1", **LEFT}
        night.hears("/twilio/voice/room/event", room, form)
    night.hears("/twilio/voice/room/left", room, {"CallSid": ANA_LEG, "CallStatus": "completed"})
    kept = night.journal.pending()
    assert [type(one) for one in kept] == [RoomEntry, RoomEntry]
    assert "+1" not in str(kept)
    night.catching_up.enter()
    conference = night.crisis.conference
    assert conference is not None
    assert conference.stays
    [_, now] = night.asked_of_twilio(Kind.ENDS_WITH)
    assert (now.leg_sid, (now.options or {})["ends"]) == (OUTSIDE_LEG, True)
    assert night.journal.pending() == []


def test_both_leave_while_it_is_away_and_the_caller_is_fetched(night: Night) -> None:
    night.with_988()
    room = f"ref={night.ref}&leg=1"
    for sid, label in ((ANA_LEG, "worker"), (OUTSIDE_LEG, "party-1")):
        form = {"CallSid": sid, "ParticipantLabel": label, **LEFT}
        night.hears("/twilio/voice/room/event", room, form)
        night.clock.at += timedelta(seconds=1)
    night.catching_up.enter()
    crisis = night.crisis
    assert crisis.due_at is not None
    assert crisis.due_at <= night.clock.at + timedelta(seconds=8)


def test_what_twilio_does_not_find_in_the_room_has_left_it(night: Night) -> None:
    """No word of Ana's leaving ever came; 988 hangs up, and she is to end the room again."""
    night.with_988()
    night.happens(PartyOver(1, WhyOver.LEFT))
    *_, row = night.asked_of_twilio(Kind.ENDS_WITH)
    assert row.leg_sid == ANA_LEG
    deliveries.given_up(night.work, row, Failure.UNKNOWN, 20404, URL)
    conference, due_at = night.crisis.conference, night.crisis.due_at
    assert conference is not None
    assert conference.worker_gone
    assert due_at == night.clock.at + timedelta(seconds=8)


def test_nor_does_a_room_go_on_with_an_outside_line_that_twilio_does_not_find(
    night: Night,
) -> None:
    night.with_988()
    night.happens(WorkerLeft(1, ANA_LEG))
    *_, row = night.asked_of_twilio(Kind.ENDS_WITH)
    assert row.leg_sid == OUTSIDE_LEG
    for _ in range(2):
        deliveries.given_up(night.work, row, Failure.UNKNOWN, 20404, URL)
    assert night.crisis.due_at == night.clock.at + timedelta(seconds=8)


def test_a_call_back_that_ends_while_it_is_away_does_not_run_for_hours(night: Night) -> None:
    night.talks()
    night.happens(CallerGone("CA1"))
    with night.work() as work:
        callbacks.call_back(work, night.ref, Wish("ana", Channel.WEB), URL)
    with night.work.reading() as work:
        id_ = work.session.exec(select(CallBackRow.id)).one()
    call = WorkerCall(id_, "CAback", URL)
    with night.work() as work:
        callback_steps.answered(work, call)
    with night.work() as work:
        callback_steps.key_pressed(work, call, 1, "1")
    with night.work() as work:
        callback_steps.client_answered(work, id_, 1, URL)
    form = {"CallSid": "CAback", "CallStatus": "completed", "SequenceNumber": "3"}
    night.hears(f"/twilio/call-back/{id_}/status", "", form)
    assert [type(one) for one in night.journal.pending()] == [CallBackEntry]
    night.catching_up.enter()
    with night.work.reading() as work:
        row = work.session.get_one(CallBackRow, id_)
        assert row.due_at <= night.clock.at + timedelta(seconds=20)


def test_who_handed_it_off_in_the_talk_may_still_bring_somebody_in_by_text(night: Night) -> None:
    night.talks()
    night.happens(HandOffAsked("ben", "ana"), Accepted("ben", Channel.SMS))
    assert night.crisis.owner == "ben"
    with night.work() as work:
        answer = texts.text_arrived(work, town.ANA, town.NORTH_LINE, "ADD 988", URL)
    assert night.crisis.conference is not None, answer


def test_what_a_newer_node_has_written_of_a_call_is_read_beside_it(night: Night) -> None:
    night.with_988()
    before = night.crisis
    with night.work() as work:
        row = work.session.get_one(CrisisRow, before.ref)
        pursuit = row.pursuit
        room = pursuit["conference"]
        row.pursuit = {
            **pursuit,
            "line": {**pursuit["line"], "newer": 1},
            "conference": {**room, "newer": 1, "party": {**room["party"], "newer": 1}},
        }
        work.session.add(row)
    assert night.crisis == before
    assert night.crisis.state is State.TALKING
