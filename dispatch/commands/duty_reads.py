"""Shifts, their notices and phones as they are told over HTTP."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from dispatch.commands.paging_rules import rule_answer
from dispatch.commands.phones import first_team
from dispatch.oncall_answer import local
from dispatch.unit_of_work import UnitOfWork
from oncall.duty_tables import HandoffRow
from oncall.handoffs import Handoff, handoffs
from oncall.model import StaffId, TeamId
from oncall.schedule import final_schedule
from oncall.tables import PhoneRow, TimeOffRow

HANDOFFS_SHOWN = timedelta(days=7)
"""How far ahead the notices of a team's shifts are told."""

_UTC = ZoneInfo("UTC")

Rows = dict[tuple[TeamId, str, datetime, StaffId], HandoffRow]


def shifts_answer(
    work: UnitOfWork, staff: StaffId, start: datetime, end: datetime
) -> dict[str, Any]:
    """Somebody's shifts in [start, end), whole and in order; phone, paging, time off to come.

    ``timezone`` is that of the first team they belong to: by its wall their days are counted.
    """
    rows = _rows(work, start, staff)
    found = sorted(_shifts(work, staff, start, end), key=lambda one: (one[1].start, one[0]))
    return {
        "staff": _named(work, staff),
        "timezone": str(_home(work, staff)),
        "shifts": [_shift_answer(work, team, shift, rows) for team, shift in found],
        "phone": phone_answer(work, staff),
        "paging": rule_answer(work, staff),
        "time_off": [
            {
                "id": row.id,
                "start": local(row.starts, _home(work, staff)),
                "end": local(row.ends, _home(work, staff)),
                "imported": row.uid is not None,
            }
            for row in work.session.exec(
                select(TimeOffRow)
                .where(TimeOffRow.staff_id == staff, col(TimeOffRow.ends) > work.now)
                .order_by(col(TimeOffRow.starts))
            )
        ],
    }


def _shifts(
    work: UnitOfWork, staff: StaffId, start: datetime, end: datetime
) -> Iterator[tuple[TeamId, Handoff]]:
    for team in work.directory.teams.values():
        for tier in team.rota.tiers:
            for shift in handoffs(team.rota, tier, start, end, staff):
                yield team.id, shift


def _shift_answer(work: UnitOfWork, team: TeamId, shift: Handoff, rows: Rows) -> dict[str, Any]:
    found = work.directory.teams[team]
    parts = final_schedule(found.rota, shift.tier, shift.start, shift.last)
    row = rows.get((team, shift.tier, shift.start, shift.staff))
    return {
        "team": team,
        "team_name": found.name,
        "timezone": str(found.timezone),
        "tier": shift.tier,
        "start": local(shift.start, found.timezone),
        "end": local(shift.last, found.timezone),
        "why": "; ".join(dict.fromkeys(part.why for part in parts)),
        "confirmed": row is not None and row.confirmed_at is not None,
        "notices": found.rota.rules.handoff_notices,
    }


def phone_answer(work: UnitOfWork, staff: StaffId) -> dict[str, Any]:
    """What is known of somebody's phone; of its number only the end."""
    member, zone = work.directory.staff[staff], _home(work, staff)
    row = work.session.get(PhoneRow, staff)
    known = row if row is not None and row.phone == member.phone else None
    verified_at = known.verified_at if known else None
    return {
        "number": member.phone[-4:],
        "verified": verified_at is not None,
        "verified_at": None if verified_at is None else local(verified_at, zone),
        "sms": known is None or known.sms,
        "voice": known is None or known.voice,
        "trouble": (known.trouble or None) if known else None,
    }


def handoffs_answer(work: UnitOfWork, team: TeamId) -> list[dict[str, Any]]:
    """The shifts of a team that begin within a week, or go on after notices: told, confirmed?"""
    rows = _rows(work, work.now)
    found = work.directory.teams[team]
    end = work.now + HANDOFFS_SHOWN
    shown = [
        (shift, rows.get((team, tier, shift.start, shift.staff)))
        for tier in found.rota.tiers
        for shift in handoffs(found.rota, tier, work.now, end)
    ]
    return [
        {
            "tier": shift.tier,
            "start": local(shift.start, found.timezone),
            "end": local(shift.last, found.timezone),
            "staff": _named(work, shift.staff),
            "told": row.told if row else [],
            "confirmed_at": local(row.confirmed_at, found.timezone)
            if row and row.confirmed_at
            else None,
            "missed": row is not None and row.missed_at is not None and row.confirmed_at is None,
        }
        for shift, row in sorted(shown, key=lambda one: one[0].start)
        if row is not None or shift.start > work.now
    ]


def _rows(work: UnitOfWork, since: datetime, staff: StaffId | None = None) -> Rows:
    query = select(HandoffRow).where(col(HandoffRow.ends) > since)
    if staff is not None:
        query = query.where(HandoffRow.staff_id == staff)
    rows = work.session.exec(query)
    return {(row.team_id, row.tier, row.starts, row.staff_id): row for row in rows}


def _named(work: UnitOfWork, staff: StaffId) -> dict[str, str]:
    return {"id": staff, "name": work.directory.name_of(staff)}


def _home(work: UnitOfWork, staff: StaffId) -> ZoneInfo:
    team = first_team(work, staff)
    return _UTC if team is None else work.directory.teams[team].timezone
