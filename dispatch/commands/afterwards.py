"""Enters what happened while the database was away: each journal entry once, in order.

The calls of one caller are one transaction: whoever looks sees them before, or as they are now.
"""

from collections.abc import Sequence
from dataclasses import replace

from dispatch import callscript
from dispatch.caller import AskWhich, phone_number
from dispatch.commands import rooms, texts
from dispatch.commands.answering import once
from dispatch.commands.calls import (
    IncomingCall,
    NoSuchCall,
    crisis_of_caller,
    new_contact,
    routed,
)
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.commands.paging import sms_line
from dispatch.commands.rooms import PartyLeg
from dispatch.crisis import Crisis, Source
from dispatch.events import Adrift, Happened, HappenedAdrift
from dispatch.journal_entries import CallEntry, RoomEntry, TextEntry
from dispatch.store import crises, receipts
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from oncall.model import TeamId

ENDS = frozenset({Adrift.GONE, Adrift.GAVE_UP, Adrift.OUTSIDE_TALKED})
"""After these the caller is not on the line any more."""

LET_GO = frozenset({Adrift.BROKEN, Adrift.NOT_REACHED})
"""After these an acceptance on the same leg is worth nothing."""


def enter_calls(work: UnitOfWork, entries: Sequence[CallEntry], public_url: str) -> None:
    """Enter what happened in the calls of one caller, in order.

    Raises NoSuchCall where the agency has no team that could follow up.
    """
    fresh = [one for one in entries if _is_ours_to_enter(work, one)]
    calls: dict[str, list[CallEntry]] = {}
    for entry in fresh:
        calls.setdefault(entry.about, []).append(entry)
    arrivals = [one[0].at for one in calls.values() if one[0].happened.what is Adrift.ARRIVED]
    for facts in calls.values():
        again = any(arrival > facts[-1].at for arrival in arrivals)
        _enter_call(work, facts, public_url, calls_again=again)


def _is_ours_to_enter(work: UnitOfWork, entry: CallEntry) -> bool:
    return receipts.claim(work.session, f"journal/{entry.id}", work.now) is None


def _enter_call(
    work: UnitOfWork, facts: list[CallEntry], public_url: str, *, calls_again: bool
) -> None:
    crisis, contact = _known(work, facts)
    is_new = False
    if crisis is None:
        if all(one.happened.what is Adrift.GONE and not one.team for one in facts):
            return  # the second word about a call that nobody has answered
        crisis, contact, is_new = _opened(work, facts)
        facts = _from_the_beginning(facts)
    over = contact is not None and contact.ended_at is not None
    for number, entry in enumerate(facts):
        event = HappenedAdrift(
            entry.happened,
            _team_after(work, crisis, entry),
            over=over,
            stands=not _is_let_go(entry.happened, facts[number + 1 :]),
            calls_again=calls_again,
        )
        crisis = happen(
            work, crisis, event, public_url=public_url, is_new=is_new, at=entry.at
        ).crisis
        is_new = False
    ended = [one.at for one in facts if one.happened.what in ENDS]
    if ended and contact is not None:
        contact.ended_at = contact.ended_at or ended[0]
        work.session.add(contact)


def _known(work: UnitOfWork, facts: Sequence[CallEntry]) -> tuple[Crisis | None, ContactRow | None]:
    """The crisis of a call that began with a database, or was entered before; locked."""
    sid = facts[0].happened.call_sid
    contact = crises.contact_of_call(work.session, sid) if sid else None
    ref = contact.crisis_ref if contact else next((one.ref for one in facts if one.ref), "")
    crisis = crises.lock(work.session, ref)
    if crisis is not None and contact is None and sid:
        source = Source.CALL.value
        contact = ContactRow(crisis_ref=ref, source=source, at=facts[0].at, call_sid=sid)
        crises.add_contact(work.session, contact)
    return crisis, contact


def _opened(work: UnitOfWork, facts: Sequence[CallEntry]) -> tuple[Crisis, ContactRow, bool]:
    """The crisis that the caller belongs to: an open one of theirs, or a new one."""
    told = next((one for one in facts if one.to is not None), facts[0])
    call = IncomingCall(facts[0].happened.call_sid or facts[0].id, told.from_, told.to)
    phone, line = phone_number(call.from_), phone_number(call.to)
    found, choice = routed(work, phone, line)
    if choice is None:
        raise NoSuchCall("the agency has no team that could follow up")
    first = choice.teams[0] if isinstance(choice, AskWhich) else choice.team
    team = next((one.team for one in facts if one.team in work.directory.teams), first)
    contact = new_contact(call, phone, line, found, work)
    contact.at = facts[0].at
    joined = crisis_of_caller(work, phone, found)
    crisis = joined or open_crisis(work, team, Source.CALL, at=facts[0].at)
    contact.crisis_ref = crisis.ref
    crises.add_contact(work.session, contact)
    return crisis, contact, joined is None


def _from_the_beginning(facts: list[CallEntry]) -> list[CallEntry]:
    """Another node may know how the call came in; here it is only known that it did."""
    first = facts[0]
    if first.happened.what is Adrift.ARRIVED:
        return facts
    arrived = Happened(Adrift.ARRIVED, first.happened.call_sid)
    return [replace(first, happened=arrived), *facts]


def _team_after(work: UnitOfWork, crisis: Crisis, entry: CallEntry) -> TeamId:
    chosen = entry.happened.what is Adrift.CHOSEN and entry.team in work.directory.teams
    return entry.team if chosen else crisis.team


def _is_let_go(happened: Happened, later: Sequence[CallEntry]) -> bool:
    return any(one.happened.what in LET_GO and one.happened.leg == happened.leg for one in later)


def enter_room(work: UnitOfWork, entry: RoomEntry, public_url: str) -> None:
    """Let a conference know what happened in it: a presence only goes on, so twice is once."""
    party = PartyLeg(entry.ref, entry.leg, entry.party, entry.call_sid)
    match entry.what:
        case "event":
            rooms.room_event(work, entry.ref, entry.leg, entry.told, public_url)
        case "party":
            rooms.party_progress(work, party, entry.told.get("CallStatus", ""), public_url)
        case "left":
            rooms.left(work, party, hung_up=True, public_url=public_url)
        case what:
            raise ValueError(f"nothing of a conference is called {what}")


def enter_text(work: UnitOfWork, entry: TextEntry, public_url: str) -> None:
    """Do what a text asked for; a member of the staff is answered by a text of its own.

    What they took or passed on then stands in the timeline before what the call did later.
    """
    work.back_then = entry.at

    def do() -> str:
        body = texts.text_arrived(work, entry.from_, entry.to, entry.body, public_url)
        _reply(work, entry, body)
        return callscript.message(None)

    once(work, f"text/{entry.sid}", do)


def _reply(work: UnitOfWork, entry: TextEntry, body: str | None) -> None:
    """Answer the staff. Everybody else was told all there is to say when their text came in."""
    phone = phone_number(entry.from_)
    staff = work.directory.staff_by_phone.get(phone or "")
    line = phone_number(entry.to) or sms_line(work, next(iter(work.directory.teams)))
    if body is None or phone is None or staff is None or line is None:
        return
    work.sends = True
    outbox.put_words(
        work.session,
        key=f"reply/{entry.sid}",
        now=work.now,
        to_phone=phone,
        from_phone=line,
        body=body,
        staff_id=staff,
    )
