"""Texts that come in: replies of the staff, and whatever else reaches our lines."""

from collections.abc import Sequence
from datetime import timedelta

from dispatch.caller import Routed, phone_number, route
from dispatch.commands.carrying_out import crisis_url, happen, open_crisis
from dispatch.commands.joining import crisis_to_join, who_may_be_calling
from dispatch.crisis import Channel, Crisis, Source, State
from dispatch.events import Accepted, Declined, Refused, Reported, ReportedAgain
from dispatch.store import crises, receipts
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from notifications import wording
from notifications.replies import Answer, Reply, read_reply
from oncall.model import StaffId

ANSWER_PUBLIC_EVERY = timedelta(hours=1)
"""A stranger who texts gets one answer in this time, so that two machines don't talk for ever."""


def text_arrived(
    work: UnitOfWork, from_: str | None, to: str | None, body: str, public_url: str
) -> str | None:
    """Read a text and say what to answer; None is silence (opt-outs are Twilio's to answer)."""
    phone = phone_number(from_)
    if phone is None:
        return None
    staff = work.directory.staff_by_phone.get(phone)
    if staff is None:
        return _from_outside(work, phone, phone_number(to), body, public_url)
    reply = read_reply(body)
    if reply.answer is Answer.OPT_OUT:
        return None
    return _from_staff(work, staff, reply, public_url)


# Replies of the staff ───────────────────────────────────────────────────────────────────────────


def _from_staff(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str:
    theirs = crises.open_for(work.session, staff)
    if reply.answer is Answer.UNCLEAR:
        return wording.reply_help([crisis.ref for crisis in theirs])
    if reply.ref is not None:
        return _about_ref(work, staff, reply, reply.ref, public_url)
    wanted = _meant(theirs, staff, reply.answer)
    match wanted:
        case []:
            return wording.reply_nothing_open()
        case [only]:
            return _carry_out(work, only.ref, staff, reply.answer, public_url)
        case _:
            return wording.reply_which([crisis.ref for crisis in wanted])


def _meant(theirs: Sequence[Crisis], staff: StaffId, answer: Answer) -> list[Crisis]:
    """The crises that an answer without a reference may mean."""
    if answer is Answer.ACCEPT:
        untaken = [one for one in theirs if one.owner is None or one.handing_to == staff]
        return untaken or list(theirs)
    undecided = [one for one in theirs if one.owner != staff or one.handing_to == staff]
    return undecided or list(theirs)


def _about_ref(work: UnitOfWork, staff: StaffId, reply: Reply, ref: str, public_url: str) -> str:
    """A reference decides, for people who were reached for in that crisis; nobody else."""
    crisis = crises.find(work.session, ref)
    known = crisis is not None and (
        crisis.owner == staff or staff in crisis.paged or crises.was_paged(work.session, ref, staff)
    )
    if not known:
        return wording.reply_unknown_ref(ref)
    return _carry_out(work, ref, staff, reply.answer, public_url)


def _carry_out(work: UnitOfWork, ref: str, staff: StaffId, answer: Answer, public_url: str) -> str:
    crisis = crises.lock(work.session, ref)
    if crisis is None:
        return wording.reply_unknown_ref(ref)
    accepting = answer is Answer.ACCEPT
    event = Accepted(staff, Channel.SMS) if accepting else Declined(staff, Channel.SMS)
    try:
        after = happen(work, crisis, event, public_url=public_url).crisis
    except Refused as refused:
        return _refusal(work, crisis.ref, refused)
    if not accepting:
        return wording.reply_declined(crisis.ref)
    waiting = after.state is State.RINGING
    return wording.reply_accepted(
        crisis.ref, caller_waiting=waiting, url=crisis_url(public_url, crisis.ref)
    )


def _refusal(work: UnitOfWork, ref: str, refused: Refused) -> str:
    if refused.owner is not None:
        return wording.reply_taken(ref, work.directory.name_of(refused.owner))
    if refused.reason == "closed":
        return wording.reply_closed(ref)
    return wording.reply_cannot(ref, str(refused))


# Everybody else ─────────────────────────────────────────────────────────────────────────────────


def _from_outside(
    work: UnitOfWork, phone: str, line: str | None, body: str, public_url: str
) -> str | None:
    """A client's text opens or joins a crisis; whoever it is, the answer is the same."""
    _text_of_a_client(work, phone, line, body, public_url)
    since = int(work.now.timestamp() // ANSWER_PUBLIC_EVERY.total_seconds())
    if receipts.claim(work.session, f"text/{phone}/{since}", work.now) is not None:
        return None
    return wording.to_the_public()


def _text_of_a_client(
    work: UnitOfWork, phone: str, line: str | None, body: str, public_url: str
) -> None:
    found = who_may_be_calling(work, phone)
    if not found:
        return
    joined = crisis_to_join(work, phone, found)
    routed = route(
        [one.team for one in found],
        work.directory.teams_by_line.get(line or "", ()),
        list(work.directory.teams),
    )
    team = routed.team if isinstance(routed, Routed) else found[0].team
    crisis = joined or open_crisis(work, team, Source.TEXT)
    crises.add_contact(
        work.session,
        ContactRow(
            crisis_ref=crisis.ref,
            source=Source.TEXT.value,
            at=work.now,
            phone=phone,
            line=line,
            language=found[0].language,
            concern=body[:2000],
            clients=[one.number for one in found],
        ),
    )
    event = ReportedAgain() if joined else Reported()
    happen(work, crisis, event, public_url=public_url, is_new=joined is None)
