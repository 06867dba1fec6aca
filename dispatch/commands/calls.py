"""The caller's side of a call: each step is one transaction and answers with the next document.

A step that Twilio repeats gets the same document again, and does nothing twice.
"""

from dataclasses import dataclass

from dispatch import callscript, roomscript
from dispatch.caller import AskWhich, Routed, phone_number, route
from dispatch.callscript import Script
from dispatch.commands import staff_line
from dispatch.commands.answering import once
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.callback_ends import give_way
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.commands.joining import crisis_to_join, who_may_be_calling
from dispatch.course import Course
from dispatch.crisis import Crisis, Source
from dispatch.escalation import Decision
from dispatch.events import (
    CallArrived,
    CallerGone,
    CallerStays,
    Event,
    LastResortEnded,
    LegEnded,
    LegSeen,
    Ring,
    TeamAsked,
    TeamChosen,
)
from dispatch.prompts import Language
from dispatch.room_events import EnterRoom, WaitForRoom
from dispatch.store import callbacks, crises
from dispatch.store.clients import Candidate
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId

MENU_PATIENCE_SECONDS = 60
"""How long the question for the team may take, its reading included."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call as Twilio announced it; numbers as Twilio wrote them, possibly missing."""

    call_sid: str
    from_: str | None
    to: str | None


def is_our_name(call_sid: str | None) -> bool:
    """Whether Twilio gave a call no name and we made one up."""
    return call_sid is not None and call_sid.startswith("unnamed-")


class NoSuchCall(LookupError):  # noqa: N818
    """Nothing is known of this call yet: it is answered as if the database were away."""


def call_arrived(
    work: UnitOfWork, call: IncomingCall, public_url: str, *, menu: bool = True
) -> str:
    """A caller is on the line: find their team, open or join their crisis, ring the first phone.

    Staff hear their menu first, until they say or show by silence that they need help themselves.
    """
    key = f"call/{call.call_sid}/{'arrived' if menu else 'past-the-menu'}"
    return once(work, key, lambda: _call_arrived(work, call, public_url, menu=menu))


def _call_arrived(work: UnitOfWork, call: IncomingCall, public_url: str, *, menu: bool) -> str:
    phone, line = phone_number(call.from_), phone_number(call.to)
    found, choice = routed(work, phone, line)
    if choice is None:
        raise NoSuchCall("the agency has no team that could answer")
    crisis = crisis_of_caller(work, phone, found)
    if menu and crisis is None and not found:  # never before somebody who may be a client
        for_staff = staff_line.menu(work, phone, line, public_url)
        if for_staff is not None:
            return for_staff
    contact = new_contact(call, phone, line, found, work)
    if crisis is not None:
        return _answer_joined(work, crisis, contact, public_url)
    if isinstance(choice, AskWhich):
        return _ask(work, contact, choice.teams, public_url)
    crisis = open_crisis(work, choice.team, Source.CALL)
    _attach(work, crisis, contact)
    decision = happen(work, crisis, CallArrived(call.call_sid), public_url=public_url, is_new=True)
    return document(work, decision, contact, public_url)


def routed(
    work: UnitOfWork, phone: str | None, line: str | None
) -> tuple[list[Candidate], Routed | AskWhich | None]:
    """Who may be calling, and which team answers them."""
    found = who_may_be_calling(work, phone)
    lines = work.directory.teams_by_line.get(line or "", ())
    return found, route([one.team for one in found], lines, list(work.directory.teams))


def crisis_of_caller(work: UnitOfWork, phone: str | None, found: list[Candidate]) -> Crisis | None:
    """The open crisis that this caller belongs to, if nobody is on the phone for it."""
    crisis = crisis_to_join(work, phone, found)
    if crisis is None or crisis.line is not None:
        return None
    return None if callbacks.is_talking(work.session, crisis.ref) else crisis


def new_contact(
    call: IncomingCall,
    phone: str | None,
    line: str | None,
    found: list[Candidate],
    work: UnitOfWork,
) -> ContactRow:
    """The contact that a call is, not yet of any crisis."""
    languages = {one.language for one in found}
    return ContactRow(
        crisis_ref="",
        source=Source.CALL.value,
        at=work.now,
        phone=phone,
        line=line if line in work.directory.teams_by_line else None,
        language=languages.pop() if len(languages) == 1 else Language.EN.value,
        call_sid=call.call_sid,
        clients=[one.number for one in found],
    )


def _attach(work: UnitOfWork, crisis: Crisis, contact: ContactRow) -> None:
    contact.crisis_ref = crisis.ref
    crises.add_contact(work.session, contact)


def _answer_joined(work: UnitOfWork, crisis: Crisis, contact: ContactRow, public_url: str) -> str:
    _attach(work, crisis, contact)
    crisis = give_way(work, crisis, public_url)
    decision = happen(work, crisis, CallArrived(contact.call_sid or ""), public_url=public_url)
    return document(work, decision, contact, public_url)


def _ask(work: UnitOfWork, contact: ContactRow, teams: tuple[TeamId, ...], public_url: str) -> str:
    """Ask which team; the crisis is there already, so a caller who hangs up now is not lost."""
    crisis = open_crisis(work, teams[0], Source.CALL)
    _attach(work, crisis, contact)
    event = TeamAsked(contact.call_sid or "", MENU_PATIENCE_SECONDS)
    happen(work, crisis, event, public_url=public_url, is_new=True)
    names = [work.directory.teams[team].name for team in teams]
    return callscript.ask_team(script(work, crisis, contact, public_url), names)


def team_chosen(
    work: UnitOfWork, ref: str, call_sid: str, digits: str | None, public_url: str
) -> str:
    """The caller pressed a key, or none: ring the team they chose, or the first."""

    def do() -> str:
        crisis, contact = locked(work, ref, call_sid)
        teams = _teams_offered(work, contact)
        chosen = teams[0] if teams else crisis.team
        if digits and digits.isdecimal() and 1 <= int(digits) <= min(len(teams), 9):
            chosen = teams[int(digits) - 1]
        event = TeamChosen(chosen, call_sid)
        decision = happen(work, crisis, event, public_url=public_url)
        return document(work, decision, contact, public_url)

    return once(work, f"call/{call_sid}/team", do)


def _teams_offered(work: UnitOfWork, contact: ContactRow) -> tuple[TeamId, ...]:
    _, offered = routed(work, contact.phone, contact.line)
    return offered.teams if isinstance(offered, AskWhich) else ()


def leg_ended(work: UnitOfWork, ref: str, event: LegEnded, public_url: str) -> str:
    """The phone we rang stopped ringing or hung up: what does the caller hear now?"""
    key = f"call/{event.call_sid}/step/{event.leg}"
    return once(work, key, lambda: step(work, ref, event.call_sid, event, public_url))


def last_resort_ended(
    work: UnitOfWork,
    ref: str,
    leg: int,
    event: LastResortEnded,
    public_url: str,
) -> str:
    """A number outside the team stopped ringing or hung up."""
    key = f"call/{event.call_sid}/last-resort/{leg}/{event.index}"
    return once(work, key, lambda: step(work, ref, event.call_sid, event, public_url))


def caller_stays(work: UnitOfWork, ref: str, call_sid: str, leg: int, public_url: str) -> str:
    """After a talk (on this leg) the caller pressed a key to be connected again."""
    key = f"call/{call_sid}/again/{leg}"
    return once(
        work,
        key,
        lambda: step(work, ref, call_sid, CallerStays(call_sid), public_url),
    )


def step(work: UnitOfWork, ref: str, call_sid: str, event: Event, public_url: str) -> str:
    """Let something happen to a call, and answer with what the caller hears. Raises NoSuchCall."""
    crisis, contact = locked(work, ref, call_sid)
    decision = happen(work, crisis, event, public_url=public_url)
    if decision.crisis.line is None and contact.ended_at is None:
        contact.ended_at = work.now
        work.session.add(contact)
    return document(work, decision, contact, public_url)


def leg_seen(work: UnitOfWork, ref: str, event: LegSeen, public_url: str) -> None:
    """Twilio told us the name of a ringing leg. An unknown crisis is no matter."""
    crisis = crises.lock(work.session, ref)
    if crisis is not None:
        happen(work, crisis, event, public_url=public_url)


def caller_gone(work: UnitOfWork, call_sid: str, public_url: str) -> None:
    """Twilio says that the caller's call is over. An unknown call is no matter."""
    contact = crises.contact_of_call(work.session, call_sid)
    if contact is None:
        return
    crisis = crises.lock(work.session, contact.crisis_ref)
    if crisis is not None:
        happen(work, crisis, CallerGone(call_sid), public_url=public_url)
        contact.ended_at = contact.ended_at or work.now
        work.session.add(contact)


def locked(work: UnitOfWork, ref: str, call_sid: str) -> tuple[Crisis, ContactRow]:
    """The crisis of a call, locked, and the call's contact. Raises NoSuchCall."""
    contact = crises.contact_of_call(work.session, call_sid)
    crisis = crises.lock(work.session, contact.crisis_ref if contact else ref)
    if crisis is None:
        raise NoSuchCall("no crisis is known for this call")
    if contact is None:
        contact = ContactRow(
            crisis_ref=crisis.ref, source=Source.CALL.value, at=work.now, call_sid=call_sid
        )
        crises.add_contact(work.session, contact)
        refresh_team_card(work, crisis.team)
    work.caller_since = contact.at
    return crisis, contact


def script(work: UnitOfWork, crisis: Crisis, contact: ContactRow, public_url: str) -> Script:
    """The words and addresses of this call's documents."""
    team = work.directory.teams[crisis.team]
    return Script(
        public_url=public_url,
        ref=crisis.ref,
        team=team.name,
        language=Language(contact.language),
        line=contact.line or next(iter(team.lines), None),
        call_sid=contact.call_sid if is_our_name(contact.call_sid) else None,
        course=Course(
            crisis.team,
            tuple(sorted(crisis.tried)),
            crisis.owner,
            round=crisis.line.rounds if crisis.line else 1,
        ),
    )


def document(work: UnitOfWork, decision: Decision, contact: ContactRow, public_url: str) -> str:
    """The document for what was decided; a caller who is gone gets a plain hang-up."""
    voice = decision.voice
    if voice is None:
        return callscript.hang_up()
    words = script(work, decision.crisis, contact, public_url)
    if isinstance(voice, EnterRoom | WaitForRoom):
        return roomscript.for_caller(words, voice)
    phone = work.directory.staff[voice.staff].phone if isinstance(voice, Ring) else None
    return callscript.answer(words, voice, phone)
