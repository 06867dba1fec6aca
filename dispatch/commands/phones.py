"""The phones of the staff: which ways to them are open, and whether they have shown to be theirs.

A phone fails, or opts out, whether or not a rota can bear it: nothing here is refused for the sake
of coverage. The watch tells the leads what has become of it.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from dispatch.commands.guarantee import note_change
from dispatch.commands.outside import coverage_may_fall
from dispatch.commands.paging import sms_line
from dispatch.commands.staff_texts import unique
from dispatch.unit_of_work import UnitOfWork
from notifications import duty_wording as wording
from notifications import outbox
from notifications.outbox import Kind
from notifications.retry import NO_SUCH_NUMBER, NO_TEXTS, OPTED_OUT
from oncall.model import StaffId, TeamId
from oncall.tables import PhoneRow

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODE_DIGITS = 6
"""A code is good for so long and so many tries: one guess in 200,000 comes true."""

BETWEEN_CODES = timedelta(minutes=1)
CODES_IN_AN_HOUR = 5
"""How often somebody's phone may be sent a code, whoever asks for it."""

VIGIL = "Vigil"
"""Who is named in the journal for what nobody has done."""


class CodeRefused(Exception):  # noqa: N818
    """No code is sent now. The text says why, and what to do."""


class How(StrEnum):
    """The ways in which a code is sent."""

    SMS = "sms"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """What became of a code: whether one was waited for, was right, and how many tries are left."""

    waited_for: bool
    right: bool = False
    tries_left: int = 0

    @property
    def words(self) -> str:
        """The answer to it."""
        if self.right:
            return wording.reply_code_right()
        if not self.waited_for:
            return wording.reply_no_code_waits()
        return wording.reply_code_wrong(self.tries_left)


# Which ways are open ────────────────────────────────────────────────────────────────────────────


def opted_out(work: UnitOfWork, staff: StaffId) -> None:
    """They texted STOP: texts reach them no more."""
    person = work.directory.staff[staff].person
    if person.sms or not person.voice:
        _set(work, staff, "they replied STOP: texts reach them no more", sms=False, voice=True)


def opted_in(work: UnitOfWork, staff: StaffId) -> None:
    """They texted START: texts reach them again."""
    _open(work, staff, "they replied START: texts reach them again")


def refused(work: UnitOfWork, staff: StaffId, phone: str, code: int | None) -> None:
    """The phone network has refused a number; where that is for good, the way is closed."""
    member = work.directory.staff.get(staff)
    if member is None or member.phone != phone or code is None:
        return
    if code in NO_SUCH_NUMBER and member.person.reachable:
        _set(work, staff, _trouble(code), sms=False, voice=False)
    elif code in NO_TEXTS and member.person.sms:
        _set(work, staff, _trouble(code), sms=False, voice=member.person.voice)


def delivered(work: UnitOfWork, staff: StaffId, phone: str, written_at: datetime) -> None:
    """A text has arrived: whatever was closed when it was written is open again.

    The report of an earlier text may come after the STOP that answers it. But a number that was
    taken for dead isn't, whenever the text was written.
    """
    member, row = work.directory.staff.get(staff), work.session.get(PhoneRow, staff)
    if member is None or member.phone != phone or row is None:
        return
    if row.changed_at < written_at or not row.voice:
        _open(work, staff, "a text was delivered: it can be reached again")


def _trouble(code: int) -> str:
    if code == OPTED_OUT:
        return "they opted out of texts"
    if code in NO_SUCH_NUMBER:
        return f"the phone network knows no such number (Twilio: code {code})"
    return f"it takes no texts (Twilio: code {code})"


def _open(work: UnitOfWork, staff: StaffId, why: str) -> None:
    """A number from which or to which a text went exists: it can be rung too."""
    person = work.directory.staff[staff].person
    if not (person.sms and person.voice):
        _set(work, staff, why, sms=True, voice=True)


def _set(work: UnitOfWork, staff: StaffId, why: str, *, sms: bool, voice: bool) -> None:
    """Keep which ways are open, and why: in the journal, and as a trouble while one is closed."""
    with coverage_may_fall(work):
        row = _phone(work, staff)
        row.sms, row.voice = sms, voice
        row.trouble, row.changed_at = "" if sms and voice else why, work.now
        work.session.add(row)
        _note(work, staff, why)


def _note(work: UnitOfWork, staff: StaffId, text: str) -> None:
    name = work.directory.name_of(staff)
    note_change(work, who=VIGIL, what="phone", text=f"phone of {name}: {text}", staff=staff)


def _phone(work: UnitOfWork, staff: StaffId) -> PhoneRow:
    """What is known of somebody's phone, locked; another number begins anew.

    A transaction that changes who can be reached holds the rotas before.
    """
    phone, session = work.directory.staff[staff].phone, work.session
    fresh = insert(PhoneRow).values(
        staff_id=staff,
        phone=phone,
        sms=True,
        voice=True,
        trouble="",
        changed_at=work.now,
        code_tries=0,
    )
    session.execute(fresh.on_conflict_do_nothing())
    query = select(PhoneRow).where(PhoneRow.staff_id == staff).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).one()
    if row.phone != phone:
        row.sqlmodel_update(PhoneRow(staff_id=staff, phone=phone, changed_at=work.now).model_dump())
        session.add(row)
        session.flush()
    return row


# Whose they are ─────────────────────────────────────────────────────────────────────────────────


def send_code(work: UnitOfWork, staff: StaffId, how: How) -> None:
    """Send somebody's phone a code, by SMS or by a call that says it. Raises CodeRefused."""
    row = _phone(work, staff)
    team = first_team(work, staff)
    line = None if team is None else sms_line(work, team)
    if line is None:
        raise CodeRefused("No line of a team of theirs can send a code: add them to a team first.")
    if row.code_sent_at is not None and row.code_sent_at > work.now - BETWEEN_CODES:
        raise CodeRefused("A code went out less than a minute ago: wait for it to arrive.")
    since = work.now - timedelta(hours=1)
    if outbox.codes_since(work.session, staff, since) >= CODES_IN_AN_HOUR:
        raise CodeRefused(f"{CODES_IN_AN_HOUR} codes went out within an hour: try again later.")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    row.code_hash, row.code_sent_at, row.code_tries = _hash(row, code), work.now, 0
    work.session.add(row)
    by_call = how is How.CALL
    minutes = int(CODE_LIFE.total_seconds() // 60)
    outbox.put_words(
        work.session,
        Kind.CALL if by_call else Kind.CODE,
        key=unique("code"),
        now=work.now,
        to_phone=row.phone,
        from_phone=line,
        body=wording.phone_code_document(code) if by_call else wording.phone_code(code, minutes),
        staff_id=staff,
        life=CODE_LIFE,
    )
    work.sends = True


def code_arrived(work: UnitOfWork, staff: StaffId, code: str) -> str:
    """A code that was texted back; gives the answer."""
    return check_code(work, staff, code, "sms").words


def check_code(work: UnitOfWork, staff: StaffId, code: str, how: str) -> CodeChecked:
    """Take a phone as somebody's if the code is right. Wrong ones are counted, so commit."""
    member, digits = work.directory.staff[staff], "".join(filter(str.isdigit, code))
    known = work.session.get(PhoneRow, staff)
    if known is None or known.phone != member.phone or not _waits(work, known):
        return CodeChecked(waited_for=False)
    if not _is_right(known, digits):
        return _wrong(work, staff)
    with coverage_may_fall(work):
        row = _phone(work, staff)
        if not _waits(work, row) or not _is_right(row, digits):
            return CodeChecked(waited_for=False)  # another request was faster
        _verify(work, row, how)
        if how == How.SMS or not row.voice:  # only a number that is dead is closed to calls
            row.sms, row.voice, row.trouble = True, True, ""
    return CodeChecked(waited_for=True, right=True)


def _waits(work: UnitOfWork, row: PhoneRow) -> bool:
    sent = row.code_hash is not None and row.code_sent_at is not None
    return (
        sent
        and row.code_tries < CODE_TRIES
        and row.code_sent_at is not None
        and row.code_sent_at > work.now - CODE_LIFE
    )


def _wrong(work: UnitOfWork, staff: StaffId) -> CodeChecked:
    row = _phone(work, staff)
    row.code_tries += 1
    work.session.add(row)
    return CodeChecked(waited_for=True, tries_left=max(0, CODE_TRIES - row.code_tries))


def _hash(row: PhoneRow, code: str) -> str:
    return hashlib.sha256(f"{row.staff_id}/{row.phone}/{code}".encode()).hexdigest()


def _is_right(row: PhoneRow, code: str) -> bool:
    return hmac.compare_digest(row.code_hash or "", _hash(row, code))


def _verify(work: UnitOfWork, row: PhoneRow, how: str) -> None:
    row.verified_at, row.verified_how = work.now, how
    row.code_hash, row.tested_at = None, None
    work.session.add(row)
    _note(work, row.staff_id, "verified")


def mark_verified(work: UnitOfWork, staff: Iterable[StaffId], how: str) -> None:
    """Take the phones of these people as theirs, without a code."""
    with coverage_may_fall(work):
        for one in sorted(staff):
            _verify(work, _phone(work, one), how)


def first_team(work: UnitOfWork, staff: StaffId) -> TeamId | None:
    """The first team that somebody belongs to, in the order of the agency's file."""
    teams = work.directory.teams.values()
    return next((team.id for team in teams if staff in team.members), None)


# Whether they still work ────────────────────────────────────────────────────────────────────────


def heard_from(work: UnitOfWork, staff: StaffId) -> None:
    """They have texted something that we understood, so their phone works. The last thing to do.

    Whoever holds the row notes the same, or more.
    """
    query = select(PhoneRow).where(
        PhoneRow.staff_id == staff,
        PhoneRow.phone == work.directory.staff[staff].phone,
        col(PhoneRow.verified_at).is_not(None),
    )
    row = work.session.exec(query.with_for_update(skip_locked=True)).first()
    if row is not None:
        row.test_answered_at = work.now
        work.session.add(row)


def test_answered(work: UnitOfWork, staff: StaffId) -> str | None:
    """They answered a test page; gives the answer, or None when none waits.

    An answer that comes too late makes a phone verified again.
    """
    row = work.session.get(PhoneRow, staff)
    if row is None or row.phone != work.directory.staff[staff].phone or not awaits_answer(row):
        return None
    if row.verified_at is not None:
        heard_from(work, staff)
        return wording.reply_test_answered()
    with coverage_may_fall(work):
        row = _phone(work, staff)
        _verify(work, row, "sms")
        row.test_answered_at = work.now
    return wording.reply_test_answered()


def awaits_answer(row: PhoneRow) -> bool:
    """Whether a test page has gone out that nothing has answered since."""
    heard_at = last_heard(row)
    return row.tested_at is not None and (heard_at is None or heard_at < row.tested_at)


def last_heard(row: PhoneRow) -> datetime | None:
    """When a phone was last known to work."""
    heard = (at for at in (row.verified_at, row.test_answered_at) if at is not None)
    return max(heard, default=None)
