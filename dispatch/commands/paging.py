"""Pages and what else people are told of a crisis: by which way, when, and when not any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from dispatch.crisis import Crisis
from dispatch.events import Page, PageKind, Tell, TellKind
from dispatch.room import Guest
from dispatch.store import crises
from dispatch.store.callbacks import number_to_call
from dispatch.tables import TimelineRow
from dispatch.unit_of_work import UnitOfWork
from notifications import attempts, outbox, pages, wording
from notifications.attempts import Outcome
from notifications.duty_wording import spoken
from notifications.outbox import Kind
from notifications.paging import (
    UNDELIVERED_PATIENCE,
    USUAL,
    NoRule,
    PagingRule,
    read_rule,
    reminder_due,
)
from notifications.tables import PagingRuleRow
from oncall.model import StaffId, TeamId
from oncall.store import StaffMember

log = structlog.get_logger()

MUST_HEAR = frozenset({TellKind.CALL_BACK, TellKind.NEW_CONTACT})
"""What an owner must learn by some way: a client waits for them."""


def crisis_url(public_url: str, ref: str) -> str:
    """The page of a crisis, behind a login."""
    return f"{public_url}/crises/{ref}"


def sms_line(work: UnitOfWork, team: TeamId) -> str | None:
    """The number of ours that a team's pages come from."""
    lines: Sequence[str] = work.directory.teams[team].lines
    others = (line for one in work.directory.teams.values() for line in one.lines)
    return next(iter(lines), None) or next(others, None)


def put_page(work: UnitOfWork, crisis: Crisis, effect: Page, public_url: str) -> None:
    """Write a page: the text now, the call for when it is not delivered or not answered.

    Nobody is called beside the ringing of their phone for the caller. A reminder may wait a while,
    a first page never does.
    """
    member, line = _member(work, crisis, effect.staff), sms_line(work, crisis.team)
    if member is None or line is None:
        return
    work.sends = True
    key = f"{crisis.ref}/{effect.number}/{member.id}/{effect.kind}"
    before = pages.paged_before(work.session, member.id, crisis.ref, effect.kind.value)
    due_at = reminder_due(work.now, before)
    rung_now = effect.kind in (PageKind.CALL_RINGING, PageKind.BRING_IN)
    texted = member.person.sms or not member.person.voice
    if texted:
        outbox.put_words(
            work.session,
            key=f"{key}/sms/1",
            now=work.now,
            due_at=due_at,
            to_phone=member.phone,
            from_phone=line,
            body=_words(work, crisis, effect, crisis_url(public_url, crisis.ref)),
            crisis_ref=crisis.ref,
            staff_id=member.id,
            purpose=effect.kind.value,
        )
    if member.person.voice and not rung_now:
        wait = _until_it_rings(work, crisis, member.id)
        first = UNDELIVERED_PATIENCE if wait is None else min(UNDELIVERED_PATIENCE, wait)
        pages.put_page_call(
            work.session,
            key=f"{key}/call/1",
            now=work.now,
            to_phone=member.phone,
            from_phone=line,
            crisis_ref=crisis.ref,
            staff_id=member.id,
            purpose=effect.kind.value,
            due_at=due_at + first if texted else due_at,
            backs=f"{key}/sms/1" if texted else None,
            rings_anyway_at=None if wait is None else due_at + wait,
        )


def _until_it_rings(work: UnitOfWork, crisis: Crisis, staff: StaffId) -> timedelta | None:
    """How long after the text the phone rings: in time for an answer before the ladder climbs."""
    zone = work.directory.teams[crisis.team].timezone
    wait = paging_rule(work, staff).rings_after(work.now, zone)
    if wait is None or crisis.due_at is None:
        return wait
    return min(wait, max(timedelta(), crisis.due_at - work.now) / 2)


def paging_rule(work: UnitOfWork, staff: StaffId) -> PagingRule:
    """How somebody is paged: by their own rule, or as usual."""
    return own_rule(work.session, staff) or USUAL


def own_rule(session: Session, staff: StaffId) -> PagingRule | None:
    """The rule that was made for somebody, if there is one that can be read.

    What a newer node has written in a way that we do not know must not keep a page from leaving.
    """
    row = session.get(PagingRuleRow, staff)
    if row is None:
        return None
    try:
        return read_rule(row.rule)
    except NoRule as wrong:
        log.error("paging_rule_unreadable", error=str(wrong))
        return None


def put_tell(work: UnitOfWork, crisis: Crisis, effect: Tell, public_url: str) -> None:
    """Write what somebody is told; what they must hear is read out where no text arrives."""
    member, line = _member(work, crisis, effect.staff), sms_line(work, crisis.team)
    if member is None or line is None:
        return
    must_hear = effect.kind in MUST_HEAR
    texted = member.person.sms or not member.person.voice
    if not texted and not must_hear:
        return
    work.sends = True
    key = f"{crisis.ref}/{effect.number}/{member.id}/{effect.kind}"
    body = _words(work, crisis, effect, crisis_url(public_url, crisis.ref))

    def put(kind: Kind, way: str, words: str, due_at: datetime, backs: str | None) -> None:
        outbox.put_words(
            work.session,
            kind,
            key=f"{key}/{way}/1",
            now=work.now,
            due_at=due_at,
            to_phone=member.phone,
            from_phone=line,
            body=words,
            crisis_ref=crisis.ref,
            staff_id=member.id,
            backs=backs,
        )

    if texted:
        put(Kind.SMS, "sms", body, work.now, None)
    if must_hear and member.person.voice:
        patience = UNDELIVERED_PATIENCE if texted else timedelta()
        backs = f"{key}/sms/1" if texted else None
        put(Kind.SPOKEN, "call", spoken(body), work.now + patience, backs)


def cancel_unneeded(work: UnitOfWork, before: Crisis, after: Crisis) -> None:
    """Nobody is paged any more whose answer is not waited for: taken, passed on, closed."""
    still = asked(after)
    if asked(before) <= still:
        return
    for row in pages.cancel_pages(work.session, after.ref, still):
        if row.backs is None:
            attempts.record(work.session, row, work.now, Outcome.CANCELLED)


def asked(crisis: Crisis) -> frozenset[StaffId]:
    """Whose answer a crisis waits for."""
    if not crisis.is_open:
        return frozenset()
    if crisis.owner is None:
        return crisis.paged
    return frozenset({crisis.handing_to} if crisis.handing_to else ())


def _member(work: UnitOfWork, crisis: Crisis, staff: StaffId) -> StaffMember | None:
    """Whom to reach; where nothing can leave for them, the timeline says so."""
    member, line = work.directory.staff.get(staff), sms_line(work, crisis.team)
    if member is None or line is None:
        problem = "has no phone" if member is None else "the agency has no line to page from"
        text = f"could not be paged: {problem}"
        entry = TimelineRow(
            crisis_ref=crisis.ref, at=work.now, kind="page_failed", who=staff, text=text
        )
        crises.add_to_timeline(work.session, entry)
    return member


def _words(work: UnitOfWork, crisis: Crisis, effect: Page | Tell, url: str) -> str:
    ref, team = crisis.ref, work.directory.teams[crisis.team].name
    match effect.kind:
        case PageKind.CALL_RINGING:
            return wording.page_call_ringing(team, ref, url)
        case PageKind.CALLBACK:
            return wording.page_callback(team, ref, url)
        case PageKind.REPORTED:
            return wording.page_reported(team, ref, url)
        case PageKind.HOSPITAL_NOTICE:
            return wording.page_hospital_notice(team, ref, url)
        case PageKind.POSSIBLE_CLIENT:
            return wording.page_possible_client(team, ref, url)
        case PageKind.FOLLOW_UP:
            return wording.page_follow_up(team, ref, url)
        case PageKind.HAND_OFF:
            return wording.page_hand_off(team, ref, url)
        case PageKind.BRING_IN:
            return wording.asked_into_call(team, ref, url)
        case TellKind.BRING_IN_FAILED:
            return wording.told_bring_in_failed(ref)
        case PageKind.NOBODY:
            return wording.page_nobody(team, ref, url)
        case TellKind.CALL_BACK:
            known = number_to_call(work.session, ref) is not None
            return wording.told_call_back(ref, can_call=known, url=url)
        case TellKind.LAPSED:
            return wording.told_lapsed(ref)
        case TellKind.NEW_CONTACT:
            return wording.told_new_contact(ref, url)
        case TellKind.NOT_CONNECTED:
            return wording.told_not_connected(ref)
        case TellKind.ON_RECORD:
            return wording.told_on_record(ref, url)
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
