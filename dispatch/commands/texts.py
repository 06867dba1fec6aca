"""Texts that come in: replies of the staff, and whatever else reaches our lines."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from dispatch.caller import Routed, phone_number, route
from dispatch.commands import callbacks, handoffs, phones, rooms, shift_texts
from dispatch.commands.callbacks import Wish
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.commands.joining import crisis_to_join, who_may_be_calling
from dispatch.commands.paging import crisis_url
from dispatch.commands.staff_line import owned_by
from dispatch.crisis import Channel, Crisis, Source, State
from dispatch.events import Accepted, Declined, Refused, Reported, ReportedAgain
from dispatch.references import is_request
from dispatch.store import crises, receipts
from dispatch.store.callbacks import number_to_call
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from notifications import rota_wording, wording
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
    answer = _from_staff(work, staff, reply, public_url)
    if reply.answer is not Answer.UNCLEAR:
        phones.heard_from(work, staff)
    return answer


# Texts of the staff ─────────────────────────────────────────────────────────────────────────────


def _from_staff(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str | None:
    """What a text means, the plainest meaning first; silence where Twilio answers by itself."""
    match reply.answer:
        case Answer.OPT_OUT:
            phones.opted_out(work, staff)
            return None
        case Answer.OPT_IN:
            phones.opted_in(work, staff)
            return None
        case Answer.HELP:
            return None
        case Answer.CODE:
            return phones.code_arrived(work, staff, reply.code or "")
        case Answer.ADD | Answer.LEAVE:
            return _in_a_call(work, staff, reply, public_url)
        case Answer.COVER:
            return shift_texts.cover_asked(work, staff, reply, public_url)
        case Answer.WITHDRAW:
            return shift_texts.withdrawn(work, staff, reply.ref)
        case Answer.CALL:
            return _call_back(work, staff, reply.ref, public_url)
        case Answer.ACCEPT | Answer.DECLINE | Answer.UNCLEAR:
            return _answered(work, staff, reply, public_url)
        case _:
            assert_never(reply.answer)


def _answered(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str:
    if reply.ref is not None and is_request(reply.ref):
        return shift_texts.answered(work, staff, reply.ref, reply.answer, public_url)
    if reply.answer is Answer.UNCLEAR:
        return _unclear(work, staff, reply, public_url)
    if reply.about_shift:
        return _to_a_question(work, staff, reply, public_url, [])
    if reply.ref is not None:
        return _about_ref(work, staff, reply, reply.ref, public_url)
    return _bare(work, staff, reply, public_url)


def _unclear(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str:
    """The one helpful answer."""
    if reply.about_shift:
        return rota_wording.reply_cover_help(f"{public_url}/me/shifts")
    open_ones = [crisis.ref for crisis in crises.open_for(work.session, staff)]
    questions = shift_texts.questions_for(work, staff)
    if questions and not open_ones:
        return rota_wording.reply_yes_or_no(questions[0])
    return wording.reply_help([*open_ones, *questions])


def _bare(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str:
    """A yes or no without a reference: to a crisis that waits for them, else to what else waits."""
    theirs = crises.open_for(work.session, staff)
    waiting = [one for one in theirs if _waits_for(one, staff)]
    if reply.ok and (confirmed := _confirmed(work, staff)):
        return _with_crisis(confirmed, waiting)
    if waiting:
        return _to_a_crisis(work, staff, reply, public_url, theirs)
    owned = [one.ref for one in theirs if one.owner == staff]
    if questions := shift_texts.questions_for(work, staff):
        if reply.ok and not owned and len(questions) == 1:  # an OK to a notice may come twice
            return rota_wording.reply_ok_is_no_yes(questions[0])
        return _to_a_question(work, staff, reply, public_url, owned)
    if reply.answer is Answer.ACCEPT and (confirmed := _confirmed(work, staff)):
        return confirmed
    return _to_a_crisis(work, staff, reply, public_url, theirs)


def _waits_for(crisis: Crisis, staff: StaffId) -> bool:
    """Whether a crisis still needs this person's answer."""
    return crisis.owner is None or crisis.handing_to == staff


def _confirmed(work: UnitOfWork, staff: StaffId) -> str | None:
    """Confirm the handoffs and the test page that wait for an OK; None where none does."""
    handoff = handoffs.confirm_by_text(work, staff)
    test = phones.test_answered(work, staff)
    return handoff or test


def _with_crisis(answer: str, waiting: Sequence[Crisis]) -> str:
    """An OK for a handoff takes no crisis: the answer says that one waits."""
    return rota_wording.reply_crisis_waits(answer, waiting[0].ref) if waiting else answer


def _to_a_question(
    work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str, owned: Sequence[str]
) -> str:
    """Answer the only question about a shift; not while a crisis of theirs may be meant as well."""
    match shift_texts.questions_for(work, staff):
        case []:
            return wording.reply_nothing_open()
        case [only] if not owned:
            return shift_texts.answered(work, staff, only, reply.answer, public_url)
        case questions:
            return rota_wording.reply_which_question(owned, questions)


def _to_a_crisis(
    work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str, theirs: Sequence[Crisis]
) -> str:
    wanted = _meant(theirs, staff, reply.answer)
    match wanted:
        case []:
            return _too_late(work, staff, reply)
        case [only]:
            return _carry_out(work, only.ref, staff, reply.answer, public_url)
        case _:
            return wording.reply_which([crisis.ref for crisis in wanted])


def _too_late(work: UnitOfWork, staff: StaffId, reply: Reply) -> str:
    """Whoever accepts just after a colleague did hears who has it."""
    taken = crises.taken_by_another(work.session, staff)
    if reply.answer is not Answer.ACCEPT or taken is None or taken.owner is None:
        return wording.reply_nothing_open()
    return wording.reply_taken(taken.ref, work.directory.name_of(taken.owner))


def _meant(theirs: Sequence[Crisis], staff: StaffId, answer: Answer) -> list[Crisis]:
    """The crises that an answer without a reference may mean."""
    if answer is Answer.ACCEPT:
        untaken = [one for one in theirs if one.owner is None or one.handing_to == staff]
        return untaken or list(theirs)
    undecided = [one for one in theirs if one.owner != staff or one.handing_to == staff]
    return undecided or list(theirs)


def _about_ref(work: UnitOfWork, staff: StaffId, reply: Reply, ref: str, public_url: str) -> str:
    """A reference decides, for people who were reached for in that crisis; nobody else."""
    if not _knows(work, staff, ref):
        return wording.reply_unknown_ref(ref)
    return _carry_out(work, ref, staff, reply.answer, public_url)


def _knows(work: UnitOfWork, staff: StaffId, ref: str) -> bool:
    crisis = crises.find(work.session, ref)
    return crisis is not None and (
        crisis.owner == staff or staff in crisis.paged or crises.was_paged(work.session, ref, staff)
    )


def _call_back(work: UnitOfWork, staff: StaffId, ref: str | None, public_url: str) -> str:
    """Connect them with the client of the crisis that is theirs, or of the one they name."""
    if ref is None:
        match [crisis.ref for crisis in owned_by(work, staff)]:
            case []:
                return _nothing_to_call(work, staff)
            case [only]:
                ref = only
            case several:
                return wording.reply_call_which(several)
    elif not _knows(work, staff, ref):
        return wording.reply_unknown_ref(ref)
    try:
        crisis = callbacks.call_back(work, ref, Wish(staff, Channel.SMS), public_url)
    except Refused as refused:
        if refused.reason == "no_owner":
            return wording.reply_call_take_first(ref)
        return _refusal(work, ref, refused)
    return wording.reply_call_rings(crisis.ref)


def _nothing_to_call(work: UnitOfWork, staff: StaffId) -> str:
    """Whoever was paged and has not answered is told how to begin."""
    theirs = [one.ref for one in crises.open_for(work.session, staff) if _waits_for(one, staff)]
    return wording.reply_call_take_first(theirs[0]) if theirs else wording.reply_call_nothing()


def _carry_out(work: UnitOfWork, ref: str, staff: StaffId, answer: Answer, public_url: str) -> str:
    crisis = crises.lock(work.session, ref)
    if crisis is None:
        return wording.reply_unknown_ref(ref)
    accepting = answer is Answer.ACCEPT
    event = Accepted(staff, Channel.SMS) if accepting else Declined(staff, Channel.SMS)
    try:
        at = None if work.back_then is None else max(work.back_then, crisis.opened_at)
        after = happen(work, crisis, event, public_url=public_url, at=at).crisis
    except Refused as refused:
        return _refusal(work, crisis.ref, refused)
    if not accepting:
        return wording.reply_declined(crisis.ref)
    waiting = after.state is State.RINGING
    return wording.reply_accepted(
        crisis.ref,
        caller_waiting=waiting,
        can_call=number_to_call(work.session, crisis.ref) is not None,
        url=crisis_url(public_url, crisis.ref),
    )


def _in_a_call(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str:
    """ADD and LEAVE are about the call that the sender is on; a reference must name that one."""
    talking = [
        one
        for one in crises.talks(work.session)  # not only their own: they may have handed it off
        if rooms.is_on_the_line(one, staff) and reply.ref in (None, one.ref)
    ]
    if not talking:
        return wording.reply_not_in_a_call()
    crisis, who = talking[0], reply.who or ""
    try:
        if reply.answer is Answer.LEAVE:
            rooms.leave(work, crisis.ref, by=None, public_url=public_url)
            return wording.reply_leaving(crisis.ref)
        rooms.bring_in(work, crisis.ref, who, by=None, public_url=public_url)
    except Refused as refused:
        return wording.reply_cannot(crisis.ref, str(refused))
    return wording.reply_bringing_in(crisis.ref, f"{who[0].upper()}{who[1:]}")


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
