"""What happened while the database was away is entered once, as it happened, on a real database."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from sqlmodel import select

from dispatch.catching_up import CatchingUp
from dispatch.commands import agencies, calls, phones
from dispatch.commands.calls import IncomingCall
from dispatch.crisis import Crisis, State
from dispatch.database import make_engine
from dispatch.database_watch import DatabaseWatch
from dispatch.events import Adrift, Happened, LegEnded, LegOutcome
from dispatch.invariants import violations
from dispatch.journal import Journal
from dispatch.journal_entries import CallEntry, DeliveryEntry, PageKeyEntry, TextEntry
from dispatch.store import crises
from dispatch.tables import ContactRow
from dispatch.troubles import Troubles
from dispatch.unit_of_work import UnitsOfWork
from notifications.outbox import Kind
from notifications.tables import OutboxRow
from tests.clocks import HeldClock
from tests.scenarios import town
from tests.scenarios.ridge import URL

OUTAGE = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)


class NeverAway:
    """A watch that sees nothing wrong."""

    is_away = False

    def failed(self) -> None:
        raise AssertionError("nothing was wrong with the database")


class Node:
    """A node that comes back ten minutes after the outage began."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.engine = make_engine(database_url)
        self.clock = HeldClock(OUTAGE + timedelta(minutes=10))
        self.work = UnitsOfWork(self.engine, self.clock, lambda _: None)
        self.journal = Journal(folder, Troubles())
        watch = cast(DatabaseWatch, NeverAway())
        self.catching_up = CatchingUp(self.work, self.journal, watch, URL)
        self.second = 0

    def another(self, folder: Path) -> "Node":
        other = Node(self.engine.url.render_as_string(hide_password=False), folder)
        other.clock = other.work.clock = self.clock
        return other

    def load(self) -> None:
        with self.work() as work:
            agencies.load(work, town.town(), accept="a test")
            phones.mark_verified(work, ["ana", "ben", "eli", "gus", "hal", "ivy"], "test")

    def keep(
        self, what: Adrift, sid: str = "CA1", *, from_: str | None = town.CLIENT, **more: object
    ) -> CallEntry:
        """Something happens, a second after the last thing."""
        self.second += 1
        happened = replace(Happened(what, sid), **more)  # type: ignore[arg-type]
        entry = CallEntry(
            id=f"{sid}/{what}/{happened.leg}/{happened.index}",
            at=OUTAGE + timedelta(seconds=self.second),
            happened=happened,
            team="north",
            from_=from_,
            to=town.NORTH_LINE,
        )
        self.journal.add([entry], self.clock.at).result(10)
        return entry

    def arrives_and_rings(self, sid: str = "CA1", staff: str = "ana") -> None:
        self.keep(Adrift.ARRIVED, sid)
        self.keep(Adrift.RINGING, sid, leg=1, staff=staff, tier="primary")

    def crises(self) -> list[Crisis]:
        with self.work.reading() as work:
            return list(reversed(crises.listed(work.session, None, [], 100)))

    @property
    def crisis(self) -> Crisis:
        [only] = self.crises()
        return only

    def kinds(self) -> list[str]:
        with self.work.reading() as work:
            return [one.kind for one in crises.timeline(work.session, self.crisis.ref)]

    def contacts(self) -> list[ContactRow]:
        with self.work.reading() as work:
            return crises.contacts(work.session, self.crisis.ref)

    def texted(self) -> list[tuple[str | None, str]]:
        with self.work.reading() as work:
            rows = work.session.exec(select(OutboxRow).order_by(OutboxRow.id))  # type: ignore[arg-type]
            return [(row.staff_id, row.body or "") for row in rows if row.kind == Kind.SMS]


@pytest.fixture
def node(database_url: str, tmp_path: Path) -> Iterator[Node]:
    node = Node(database_url, tmp_path / "journal")
    node.load()
    yield node
    with node.work.reading() as work:
        assert violations(work) == []
    node.journal.close(OUTAGE)
    node.engine.dispose()


def test_a_whole_call_with_the_times_at_which_it_happened(node: Node) -> None:
    node.arrives_and_rings()
    node.keep(Adrift.ACCEPTED, leg=1, staff="ana", from_=None)
    node.keep(Adrift.GONE, leg=1, staff="ana", bridged=True)
    node.catching_up.enter()
    crisis = node.crisis
    assert (crisis.owner, crisis.state, crisis.line) == ("ana", State.ACCEPTED, None)
    assert crisis.opened_at == OUTAGE + timedelta(seconds=1)
    assert node.kinds() == ["adrift", "ringing", "accepted", "talked"]
    [contact] = node.contacts()
    assert (contact.phone, contact.line) == (town.CLIENT, town.NORTH_LINE)
    assert contact.clients, "whose number it is, is known"
    assert contact.at == OUTAGE + timedelta(seconds=1)
    assert contact.ended_at == OUTAGE + timedelta(seconds=4)
    assert [staff for staff, _ in node.texted()] == ["ana"]
    assert node.journal.pending() == []


def test_entered_again_and_again_it_is_entered_once(node: Node, tmp_path: Path) -> None:
    """The node died after the commit and before the journal was deleted; and two at one time."""
    node.arrives_and_rings()
    node.keep(Adrift.GONE, leg=1, staff="ana", bridged=False)
    entries = node.journal.pending()
    other = node.another(tmp_path / "other")
    other.journal.add(entries, node.clock.at).result(10)
    both = [threading.Thread(target=one.catching_up.enter) for one in (node, other)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    other.catching_up.enter()
    node.journal.add(entries, node.clock.at).result(10)
    node.catching_up.enter()
    assert node.kinds() == ["adrift", "ringing", "hung_up", "callback_needed", "paged"]
    assert [staff for staff, _ in node.texted()] == ["ana"]
    assert (node.journal.pending(), other.journal.pending()) == ([], [])
    other.journal.close(OUTAGE)
    other.engine.dispose()


def test_a_caller_who_is_still_there_is_not_forgotten_when_the_network_falls_silent(
    node: Node,
) -> None:
    node.arrives_and_rings()
    node.catching_up.enter()
    crisis = node.crisis
    assert crisis.state is State.RINGING
    assert crisis.due_at is not None
    assert crisis.due_at > node.clock.at, "the deadline counts from now, not from the outage"


def test_the_next_step_is_decided_as_if_nothing_had_been(node: Node) -> None:
    node.arrives_and_rings()
    node.catching_up.enter_call("CA1")
    event = LegEnded("CA1", 1, LegOutcome.NO_ANSWER, False, 0, False, frozenset({"ana"}))
    with node.work() as work:
        text = calls.leg_ended(work, "", event, URL)
    assert town.BEN in text
    assert [one.who for one in _ringing(node)] == ["ana", "ben"]


def _ringing(node: Node) -> list[object]:
    with node.work.reading() as work:
        rows = crises.timeline(work.session, node.crisis.ref)
        return [row for row in rows if row.kind == "ringing"]


def test_it_belongs_to_the_crisis_that_was_open_already(node: Node) -> None:
    with node.work() as work:
        call = IncomingCall("CA0", town.CLIENT, town.NORTH_LINE)
        calls.call_arrived(work, call, URL)
        calls.caller_gone(work, "CA0", URL)
    before = node.crisis
    node.arrives_and_rings()
    node.keep(Adrift.ACCEPTED, leg=1, staff="ben", from_=None)
    node.catching_up.enter()
    assert node.crisis.ref == before.ref
    assert (node.crisis.owner, node.crisis.state) == ("ben", State.TALKING)
    assert len(node.contacts()) == 2


def test_two_calls_of_one_caller_are_one_crisis_and_one_page(node: Node) -> None:
    node.arrives_and_rings("CA1")
    node.keep(Adrift.GONE, "CA1", leg=1, staff="ana", bridged=False)
    node.arrives_and_rings("CA2")
    node.keep(Adrift.GONE, "CA2", leg=1, staff="ana", bridged=False)
    node.catching_up.enter()
    assert node.crisis.state is State.CALLBACK_NEEDED
    assert [one.call_sid for one in node.contacts()] == ["CA1", "CA2"]
    assert [staff for staff, _ in node.texted()] == ["ana"]


def test_callers_who_withhold_their_number_are_not_mixed_up(node: Node) -> None:
    for sid in ("CA1", "CA2"):
        node.keep(Adrift.ARRIVED, sid, from_="anonymous")
    node.catching_up.enter()
    assert len(node.crises()) == 2
    for sid in ("CA1", "CA2"):
        node.keep(Adrift.GONE, sid, leg=1, bridged=False, from_="anonymous")
    node.catching_up.enter()


def test_the_accept_alone_is_enough_for_an_owner(node: Node) -> None:
    """Another node has the rest of the call in its own journal, and enters it later."""
    node.keep(Adrift.ACCEPTED, leg=2, staff="ben", from_=None)
    node.catching_up.enter()
    assert (node.crisis.owner, node.crisis.state) == ("ben", State.TALKING)
    node.keep(Adrift.ARRIVED)
    node.keep(Adrift.RINGING, leg=1, staff="ana", tier="primary")
    node.keep(Adrift.NOT_REACHED, leg=1, staff="ana")
    node.keep(Adrift.TALKED, leg=2, staff="ben", seconds=60)
    node.keep(Adrift.GONE)
    node.catching_up.enter()
    assert (node.crisis.owner, node.crisis.state) == ("ben", State.ACCEPTED)


def test_a_second_word_about_a_call_that_nobody_knows_is_no_crisis(node: Node) -> None:
    entry = node.keep(Adrift.GONE)
    node.journal.entered([entry.id])
    node.journal.add([replace(entry, team="")], node.clock.at).result(10)
    node.catching_up.enter()
    assert node.crises() == []
    assert node.journal.pending() == []


def test_what_cannot_be_entered_keeps_nobody_elses_waiting(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.commands import afterwards

    opened = afterwards.open_crisis

    def broken(*arguments: object, **more: object) -> object:
        if more["at"] == OUTAGE + timedelta(seconds=1):
            raise RuntimeError("a bug")
        return opened(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(afterwards, "open_crisis", broken)
    node.keep(Adrift.ARRIVED, "CA1")
    node.keep(Adrift.ARRIVED, "CA2", from_=town.SPANISH_CLIENT)
    node.catching_up.enter()
    assert [one.happened.call_sid for one in _calls(node)] == ["CA1"], "kept for its next try"
    assert len(node.crises()) == 1
    node.journal.tend(node.clock.at).result(10)
    [trouble] = node.journal.troubles.now()
    assert "can't be entered" in trouble.text


def _calls(node: Node) -> list[CallEntry]:
    return [one for one in node.journal.pending() if isinstance(one, CallEntry)]


def test_a_text_of_the_staff_is_done_and_answered_and_a_clients_opens_a_crisis(
    node: Node,
) -> None:
    entered_at, node.clock.at = node.clock.at, OUTAGE - timedelta(minutes=1)
    with node.work() as work:
        calls.call_arrived(work, IncomingCall("CA0", town.CLIENT, town.NORTH_LINE), URL)
        calls.caller_gone(work, "CA0", URL)
    node.clock.at = entered_at
    texts = [
        TextEntry("text/SM1", OUTAGE, "SM1", town.ANA, town.NORTH_LINE, "1"),
        TextEntry("text/SM2", OUTAGE, "SM2", town.SOUTH_CLIENT, town.SOUTH_LINE, "help me"),
    ]
    node.journal.add(texts, node.clock.at).result(10)
    node.catching_up.enter()
    node.journal.add(texts, node.clock.at).result(10)
    node.catching_up.enter()
    by_team = {crisis.team: crisis for crisis in node.crises()}
    assert (by_team["north"].owner, by_team["south"].state) == ("ana", State.PAGING)
    with node.work.reading() as work:
        lines = crises.timeline(work.session, by_team["north"].ref)
    assert [one.at for one in lines if one.kind == "accepted"] == [OUTAGE], "when she wrote it"
    replies = [body for staff, body in node.texted() if staff == "ana" and "is yours" in body]
    assert len(replies) == 1
    assert not [staff for staff, _ in node.texted() if staff is None], "clients were answered then"


def test_nobody_takes_a_crisis_before_it_was_opened(node: Node) -> None:
    """A bare yes takes the crisis that waits for them when it is entered."""
    with node.work() as work:
        calls.call_arrived(work, IncomingCall("CA0", town.CLIENT, town.NORTH_LINE), URL)
        calls.caller_gone(work, "CA0", URL)
    text = TextEntry("text/SM1", OUTAGE, "SM1", town.ANA, town.NORTH_LINE, "1")
    node.journal.add([text], node.clock.at).result(10)
    node.catching_up.enter()
    with node.work.reading() as work:
        lines = crises.timeline(work.session, node.crisis.ref)
    [accepted] = [one.at for one in lines if one.kind == "accepted"]
    assert OUTAGE < node.crisis.opened_at == accepted


def test_what_became_of_a_page_counts_too(node: Node) -> None:
    with node.work() as work:
        calls.call_arrived(work, IncomingCall("CA0", town.CLIENT, town.NORTH_LINE), URL)
        calls.caller_gone(work, "CA0", URL)
        text = select(OutboxRow).where(OutboxRow.staff_id == "ana", OutboxRow.kind == Kind.SMS)
        page = work.session.exec(text).all()[-1]
        page.provider_sid, page.state = "SM1", "sent"
        work.session.add(page)
    entry = DeliveryEntry("delivery/SM1", OUTAGE, "SM1", "undelivered", 30003)
    node.journal.add([entry], node.clock.at).result(10)
    node.catching_up.enter()
    with node.work.reading() as work:
        told = work.session.exec(select(OutboxRow).where(OutboxRow.provider_sid == "SM1")).one()
        assert told.provider_status == "undelivered"


def test_a_key_pressed_when_a_page_was_read_out_counts_too(node: Node) -> None:
    with node.work() as work:
        calls.call_arrived(work, IncomingCall("CA0", town.CLIENT, town.NORTH_LINE), URL)
        calls.caller_gone(work, "CA0", URL)
    with node.work.reading() as work:
        spoken = select(OutboxRow).where(OutboxRow.kind == Kind.PAGE_CALL)
        row = work.session.exec(spoken).first()
        assert row is not None
        number = row.id or 0
    entry = PageKeyEntry(f"page/{number}/key", OUTAGE, number, "1")
    node.journal.add([entry], node.clock.at).result(10)
    node.catching_up.enter()
    assert node.crisis.owner == row.staff_id


def test_which_numbers_belong_to_which_team_is_known_without_names(node: Node) -> None:
    node.catching_up.beat()
    known = node.catching_up.callers
    assert {one.team for one in known[town.CLIENT]} == {"north"}
    assert [one.language for one in known[town.SPANISH_CLIENT]] == ["es"]
    assert len(known[town.SHARED_PHONE]) == 2
    assert town.STRANGER not in known
    assert "Person" not in repr(known)
