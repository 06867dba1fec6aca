"""Texts to the staff about rotas, written into the outbox with the decision that wants them."""

import uuid
from datetime import datetime, timedelta

from dispatch.commands.paging import sms_line
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from notifications.outbox import NOTICE_LIFE
from oncall.model import StaffId, TeamId


def unique(what: str) -> str:
    """A key that no other text has: for what is written once by whoever holds its row."""
    return f"{what}/{uuid.uuid4().hex}"


def can_be_texted(work: UnitOfWork, staff: StaffId, team: TeamId) -> bool:
    """Whether a text from a team's line reaches somebody: their phone takes texts, as we know."""
    member = work.directory.staff.get(staff)
    takes_texts = member is not None and member.active and member.person.sms
    return takes_texts and sms_line(work, team) is not None


def text_to(
    work: UnitOfWork,
    staff: StaffId,
    team: TeamId,
    *,
    key: str,
    body: str,
    leads_of: TeamId | None = None,
    life: timedelta = NOTICE_LIFE,
    due_at: datetime | None = None,
) -> bool:
    """Text somebody from a team's line, once for the `key`, now or later.

    False where no text can reach them.
    """
    member, line = work.directory.staff.get(staff), sms_line(work, team)
    if member is None or line is None or not can_be_texted(work, staff, team):
        return False
    work.sends = True
    outbox.put_words(
        work.session,
        key=key,
        now=work.now,
        to_phone=member.phone,
        from_phone=line,
        body=body,
        staff_id=staff,
        leads_of=leads_of,
        life=life,
        due_at=due_at,
    )
    return True
