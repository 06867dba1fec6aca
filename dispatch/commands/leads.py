"""Who answers for a team's rota, and is told when it does not hold."""

from collections.abc import Collection

import structlog

from dispatch.commands.paging import sms_line
from dispatch.commands.staff_texts import text_to
from dispatch.unit_of_work import UnitOfWork
from notifications import duty_wording as wording
from notifications import outbox
from notifications.outbox import NOTICE_LIFE, Kind
from notifications.tables import OutboxRow
from oncall.model import StaffId, TeamId
from oncall.store import Directory, StaffMember

log = structlog.get_logger()


def leads_of(directory: Directory, team: TeamId) -> tuple[StaffMember, ...]:
    """The active leads among a team's members; where it has none, the agency's active admins."""
    members = (directory.staff.get(one) for one in directory.teams[team].members)
    leads = tuple(one for one in members if one and one.active and one.role == "lead")
    return leads or admins_of(directory)


def text_leads(
    work: UnitOfWork, team: TeamId, *, key: str, body: str, but: Collection[StaffId] = ()
) -> bool:
    """Text those who answer for a team, `but` some; where no text reaches them, the admins.

    Where no text reaches these either, they are rung and it is read out. False unless somebody was
    texted: nobody knows whether a voicemail was heard.
    """
    for people in (leads_of(work.directory, team), admins_of(work.directory)):
        theirs = [one.id for one in people if one.id not in but]
        reached = [
            text_to(work, one, team, key=f"{key}/{one}", body=body, leads_of=team) for one in theirs
        ]
        if any(reached):
            return True
    if not _ring_leads(work, team, key=key, body=body, but=but):
        log.warning("no_lead_to_tell", team=team, kind=key.partition("/")[0])
    return False


def _ring_leads(
    work: UnitOfWork, team: TeamId, *, key: str, body: str, but: Collection[StaffId]
) -> bool:
    people = dict.fromkeys((*leads_of(work.directory, team), *admins_of(work.directory)))
    line = sms_line(work, team)
    rung = [one for one in people if one.person.voice and one.id not in but and line is not None]
    for one in rung:
        outbox.put_words(
            work.session,
            Kind.SPOKEN,
            key=f"{key}/{one.id}{BY_CALL}",
            now=work.now,
            to_phone=one.phone,
            from_phone=line or "",
            body=wording.spoken(body),
            staff_id=one.id,
            leads_of=team,
            life=NOTICE_LIFE,
        )
        work.sends = True
    return bool(rung)


BY_CALL = ".call"
"""What tells the key of a call from that of a text to the same person."""


def not_reached(work: UnitOfWork, row: OutboxRow) -> None:
    """What leads had to hear has not arrived at one of them: the next hear it, if none has yet.

    Marked as done before it is done, an alarm would be lost with one phone.
    """
    team, body = row.leads_of or "", row.body or ""
    alike = outbox.of_one_kind(work.session, row.key)
    if team not in work.directory.teams or not all(map(outbox.has_failed, alike)):
        return
    key = row.key.rpartition("/")[0]
    tried = {one.staff_id or "" for one in alike}
    if row.kind == Kind.SPOKEN.value:
        log.warning("no_lead_to_tell", team=team, kind=key.partition("/")[0])
    elif not _text_admins(work, team, key, body, tried):
        _ring_leads(work, team, key=key, body=body, but=())


def _text_admins(
    work: UnitOfWork, team: TeamId, key: str, body: str, tried: Collection[StaffId]
) -> bool:
    reached = [
        text_to(work, one.id, team, key=f"{key}/{one.id}", body=body, leads_of=team)
        for one in admins_of(work.directory)
        if one.id not in tried
    ]
    return any(reached)


def admins_of(directory: Directory) -> tuple[StaffMember, ...]:
    """The agency's active administrators who are on its staff."""
    return tuple(one for one in directory.staff.values() if one.active and one.role == "admin")
