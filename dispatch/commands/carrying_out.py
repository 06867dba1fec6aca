"""Carries a decision out: crisis, timeline, outbox and board, in one transaction."""

import secrets
from collections.abc import Sequence

from dispatch.board import crisis_changes
from dispatch.commands import room_effects
from dispatch.commands.boards import refresh_team_card
from dispatch.crisis import Crisis, Source
from dispatch.escalation import Decision, decide, new_crisis
from dispatch.events import DropLeg, Event, Page, PageKind, Record, TeamChosen, Tell, TellKind
from dispatch.references import SHORTEST, capacity, reference
from dispatch.room import Guest
from dispatch.room_events import CallParty, EndsWith, FetchCaller, LetGo, MoveWorker
from dispatch.store import crises
from dispatch.tables import TimelineRow
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox, wording
from oncall.model import TeamId

REFERENCE_TRIES = 8
"""How many references of one length are drawn before longer ones are used."""


def open_crisis(work: UnitOfWork, team: TeamId, source: Source) -> Crisis:
    """A new crisis, with a reference that was never used before."""
    length = SHORTEST
    while True:
        for _ in range(REFERENCE_TRIES):
            ref = reference(secrets.randbelow(capacity(length)), length)
            crisis = new_crisis(ref, team, source, work.now)
            if crises.create(work.session, crisis):
                return crisis
        length += 1


def happen(
    work: UnitOfWork,
    crisis: Crisis,
    event: Event,
    *,
    public_url: str,
    by: str | None = None,
    is_new: bool = False,
) -> Decision:
    """Decide what an event makes of a crisis and carry it out. Raises Refused, changing nothing.

    The crisis must be locked by this transaction, or new. `by` names who did it where that is not
    a member of the staff, such as a program's token.
    """
    team = event.team if isinstance(event, TeamChosen) else crisis.team
    decision = decide(crisis, event, work.now, work.directory.ladder(team, work.now))
    after = decision.crisis
    crises.save(work.session, after)
    for effect in decision.effects:
        match effect:
            case Record(kind=kind, text=text, who=who):
                note(work, after.ref, kind, text, who=who, by=by)
            case Page() | Tell():
                _put_sms(work, after, effect, public_url)
            case DropLeg(leg_sid=sid):
                work.sends = True
                outbox.put_drop_leg(
                    work.session,
                    key=f"{after.ref}/drop/{sid}",
                    now=work.now,
                    leg_sid=sid,
                    crisis_ref=after.ref,
                )
            case MoveWorker() | CallParty() | EndsWith() | LetGo() | FetchCaller():
                room_effects.put(work, after, effect, public_url)
            case _:
                pass  # what the caller hears is answered to the webhook itself
    show(work, None if is_new else crisis, after)
    return decision


def show(work: UnitOfWork, before: Crisis | None, after: Crisis) -> None:
    """Tell the board how a crisis has moved on."""
    work.show(crisis_changes(before, after, work.directory.names))
    for team in sorted({after.team} | ({before.team} if before else set())):  # one lock order
        if team in work.directory.teams:
            refresh_team_card(work, team)


def note(
    work: UnitOfWork,
    ref: str,
    kind: str,
    text: str,
    *,
    who: str | None = None,
    by: str | None = None,
) -> None:
    """Add a line to a crisis's timeline."""
    crises.add_to_timeline(
        work.session,
        TimelineRow(crisis_ref=ref, at=work.now, kind=kind, who=who, by=by, text=text),
    )


def crisis_url(public_url: str, ref: str) -> str:
    """The page of a crisis, behind a login."""
    return f"{public_url}/crises/{ref}"


def sms_line(work: UnitOfWork, team: TeamId) -> str | None:
    """The number of ours that a team's pages come from."""
    lines: Sequence[str] = work.directory.teams[team].lines
    others = (line for one in work.directory.teams.values() for line in one.lines)
    return next(iter(lines), None) or next(others, None)


def _put_sms(work: UnitOfWork, crisis: Crisis, effect: Page | Tell, public_url: str) -> None:
    member = work.directory.staff.get(effect.staff)
    line = sms_line(work, crisis.team)
    if member is None or line is None:
        problem = "has no phone" if member is None else "the agency has no line to page from"
        note(work, crisis.ref, "page_failed", f"could not be paged: {problem}", who=effect.staff)
        return
    work.sends = True
    outbox.put_words(
        work.session,
        key=f"{crisis.ref}/{effect.number}/{effect.staff}/{effect.kind}/sms/1",
        now=work.now,
        to_phone=member.phone,
        from_phone=line,
        body=_words(work, crisis, effect, crisis_url(public_url, crisis.ref)),
        crisis_ref=crisis.ref,
        staff_id=effect.staff,
    )


def _words(work: UnitOfWork, crisis: Crisis, effect: Page | Tell, url: str) -> str:
    ref, team = crisis.ref, work.directory.teams[crisis.team].name
    match effect.kind:
        case PageKind.CALL_RINGING:
            return wording.page_call_ringing(team, ref, url)
        case PageKind.CALLBACK:
            return wording.page_callback(team, ref, url)
        case PageKind.REPORTED:
            return wording.page_reported(team, ref, url)
        case PageKind.FOLLOW_UP:
            return wording.page_follow_up(team, ref, url)
        case PageKind.HAND_OFF:
            return wording.page_hand_off(team, ref, url)
        case PageKind.BRING_IN:
            return wording.asked_into_call(team, ref, url)
        case TellKind.BRING_IN_FAILED:
            return wording.told_bring_in_failed(ref)
        case TellKind.CALL_BACK:
            return wording.told_call_back(ref, url)
        case TellKind.LAPSED:
            return wording.told_lapsed(ref)
        case TellKind.NEW_CONTACT:
            return wording.told_new_contact(ref, url)
        case TellKind.CLOSED:
            return wording.told_closed(ref)
        case (
            TellKind.TAKEN
            | TellKind.HANDED_OFF
            | TellKind.HAND_OFF_NOT_TAKEN
            | TellKind.NOT_JOINED
            | TellKind.PARTY_LEFT
        ):
            about = effect.about if isinstance(effect, Tell) else None
            name = OUTSIDE.get(about or "") or work.directory.name_of(about or "A colleague")
            return _ABOUT[effect.kind](ref, name)


OUTSIDE = {Guest.INTERPRETER.value: "The interpreter line"}
"""What an outside line is called at the beginning of a sentence; 988 is its own name."""

_ABOUT = {
    TellKind.TAKEN: wording.told_taken,
    TellKind.HANDED_OFF: wording.told_handed_off,
    TellKind.HAND_OFF_NOT_TAKEN: wording.told_hand_off_not_taken,
    TellKind.NOT_JOINED: wording.told_not_joined,
    TellKind.PARTY_LEFT: wording.told_party_left,
}
