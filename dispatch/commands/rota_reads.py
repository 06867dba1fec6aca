"""A team's rota and its journal as they are told over HTTP."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select

from dispatch.commands.accepted import accepted_gaps
from dispatch.oncall_answer import local
from dispatch.unit_of_work import UnitOfWork
from oncall.model import Only, Rotation, StaffId, TeamId
from oncall.store import override_rows, rules_as_kept
from oncall.tables import RotaChangeRow, StintRow, TemporaryScheduleRow

STILL_SHOWN = timedelta(days=31)
"""How long overrides and temporary schedules are told after their end."""

PAGE = 50
"""How many lines of the journal are told at once."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def rota_answer(work: UnitOfWork, team: TeamId) -> dict[str, Any]:
    """Everything that decides who is on call for a team; times in its zone."""
    found = work.directory.teams[team]
    rota, zone = found.rota, found.timezone
    return {
        "team": team,
        "name": found.name,
        "timezone": str(zone),
        "rules": rules_as_kept(rota.rules),
        "ladder": [
            {
                "tier": rule.tier,
                "ring_seconds": rule.ring_seconds,
                "page_seconds": rule.page_seconds,
            }
            for rule in rota.ladder
        ],
        "people": [_person(work, staff) for staff in found.members],
        "rotations": [rotation_answer(rotation) for rotation in rota.rotations],
        "overrides": _overrides(work, team),
        "temporary": _temporary(work, team),
        "accepted_gaps": [
            {
                "id": row.id,
                "tier": row.tier,
                "start": local(row.starts, zone),
                "end": local(row.ends, zone),
                "reason": row.reason,
                "by": row.accepted_by,
                "at": local(row.accepted_at, zone),
            }
            for row in accepted_gaps(work, team)
        ],
    }


def _person(work: UnitOfWork, staff: StaffId) -> dict[str, Any]:
    member = work.directory.staff[staff]
    return {
        "id": member.id,
        "name": member.name,
        "discipline": member.discipline,
        "role": member.role,
        "active": member.active,
        "sms": member.person.sms,
        "voice": member.person.voice,
        "verified": member.person.verified,
    }


def rotation_answer(rotation: Rotation) -> dict[str, Any]:
    """A rotation in the words of the agency's file; times by the clock on the team's wall."""
    count, unit = rotation.every.count, rotation.every.unit
    return {
        "tier": rotation.tier,
        "name": rotation.name,
        "starts": rotation.starts.isoformat(),
        "ends": rotation.ends.isoformat() if rotation.ends else None,
        "every": f"{count} {unit}" if count == 1 else f"{count} {unit}s",
        "order": list(rotation.order),
        "only": _only(rotation.only) if rotation.only else None,
    }


def _only(only: Only) -> dict[str, Any]:
    return {
        "days": [_DAYS[day] for day in sorted(only.days)],
        "from": only.start.strftime("%H:%M"),
        "to": only.end.strftime("%H:%M"),
    }


def _overrides(work: UnitOfWork, team: TeamId) -> list[dict[str, Any]]:
    zone = work.directory.teams[team].timezone
    return [
        {
            "id": row.id,
            "tier": row.tier,
            "start": local(row.starts, zone),
            "end": local(row.ends, zone),
            "staff": _named(work, row.staff_id),
            "kind": row.kind,
            "instead": _named(work, row.instead_id) if row.instead_id else None,
            "reason": row.reason,
            "origin": row.origin,
            "ref": row.request_ref,
        }
        for row in override_rows(work.session, team)
        if row.ends > work.now - STILL_SHOWN
    ]


def _temporary(work: UnitOfWork, team: TeamId) -> list[dict[str, Any]]:
    zone = work.directory.teams[team].timezone
    query = select(TemporaryScheduleRow).where(TemporaryScheduleRow.team_id == team)
    rows = work.session.exec(query.order_by(col(TemporaryScheduleRow.id))).all()
    stints: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    ends: dict[int, bool] = {}
    theirs = select(StintRow).where(col(StintRow.schedule_id).in_([row.id for row in rows]))
    for stint in work.session.exec(theirs.order_by(col(StintRow.starts))):
        ends[stint.schedule_id] = stint.ends > work.now - STILL_SHOWN
        stints[stint.schedule_id][stint.tier].append(
            {
                "start": local(stint.starts, zone),
                "end": local(stint.ends, zone),
                "staff": _named(work, stint.staff_id),
            }
        )
    return [
        {
            "id": row.id,
            "name": row.name,
            "made_at": local(row.made_at, zone),
            "made_by": row.made_by,
            "tiers": stints[row.id or 0],
        }
        for row in rows
        if ends.get(row.id or 0)
    ]


def _named(work: UnitOfWork, staff: StaffId) -> dict[str, str]:
    return {"id": staff, "name": work.directory.name_of(staff)}


def journal_answer(work: UnitOfWork, team: TeamId, before: int | None) -> list[dict[str, Any]]:
    """Lines of the journal about a team and its members, the newest first, before a number."""
    found = work.directory.teams[team]
    about = or_(
        col(RotaChangeRow.team_id) == team,
        and_(col(RotaChangeRow.team_id).is_(None), col(RotaChangeRow.staff_id).in_(found.members)),
    )
    query = select(RotaChangeRow).where(about)
    if before is not None:
        query = query.where(col(RotaChangeRow.id) < before)
    return [
        {
            "id": row.id,
            "at": local(row.at, found.timezone),
            "who": row.who,
            "what": row.what,
            "text": row.text,
        }
        for row in work.session.exec(query.order_by(col(RotaChangeRow.id).desc()).limit(PAGE))
    ]
