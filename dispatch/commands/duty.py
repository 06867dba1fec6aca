"""Writes down who stood, as time passes: a rota may be changed later, the past may not."""

from datetime import datetime

from sqlmodel import col, select

from dispatch.unit_of_work import UnitOfWork
from oncall.duty_tables import DutyMarkRow, DutyRow
from oncall.model import Shift, TeamId, Tier
from oncall.schedule import final_schedule


def write_down(work: UnitOfWork) -> None:
    """Write down everybody's duty up to now, by the rotas as they are before any change.

    The transaction must hold the rotas (:func:`oncall.store.lock_rotas`), so that they were the
    same ever since the duty was written down last.
    """
    for mark in work.session.exec(select(DutyMarkRow)):
        team = work.directory.teams.get(mark.team_id)
        if team is None or mark.until >= work.now:
            continue
        for tier in team.rota.tiers:
            for shift in final_schedule(team.rota, tier, mark.until, work.now):
                _append(work, team.id, tier, shift)
        mark.until = work.now
        work.session.add(mark)
    work.session.flush()


def begin(work: UnitOfWork) -> None:
    """From now on write down the duty of teams that are new, or that are back again."""
    marks = {mark.team_id: mark for mark in work.session.exec(select(DutyMarkRow))}
    for team in work.directory.teams:
        mark = marks.get(team) or DutyMarkRow(team_id=team, since=work.now, until=work.now)
        if mark.until < work.now:
            mark.since = mark.until = work.now
        work.session.add(mark)
    work.session.flush()


def is_written_since(work: UnitOfWork, at: datetime) -> bool:
    """Whether every team's duty has been written down since then."""
    marks = {mark.team_id: mark.until for mark in work.session.exec(select(DutyMarkRow))}
    return all(team in marks and marks[team] > at for team in work.directory.teams)


def _append(work: UnitOfWork, team: TeamId, tier: Tier, shift: Shift) -> None:
    """Add a stretch of duty, or lengthen the one that it continues."""
    query = select(DutyRow).where(
        DutyRow.team_id == team,
        DutyRow.tier == tier,
        DutyRow.ends == shift.start,
        DutyRow.staff_id == shift.staff,
        DutyRow.why == shift.why,
    )
    row = work.session.exec(query.order_by(col(DutyRow.starts).desc())).first()
    if row is None:
        row = DutyRow(
            team_id=team,
            tier=tier,
            starts=shift.start,
            ends=shift.end,
            staff_id=shift.staff,
            why=shift.why,
        )
    row.ends = shift.end
    work.session.add(row)


def duty(work: UnitOfWork, team: TeamId, start: datetime, end: datetime) -> dict[Tier, list[Shift]]:
    """Who stood for a team in [start, end), as far as it is written down; clipped, in order."""
    query = (
        select(DutyRow)
        .where(DutyRow.team_id == team, col(DutyRow.starts) < end, col(DutyRow.ends) > start)
        .order_by(col(DutyRow.starts))
    )
    found: dict[Tier, list[Shift]] = {}
    for row in work.session.exec(query):
        shift = Shift(max(row.starts, start), min(row.ends, end), row.staff_id, row.why)
        found.setdefault(row.tier, []).append(shift)
    return found


def schedule_of(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> dict[Tier, list[Shift]]:
    """Who stood and will stand on every tier: what is written down, and the rota around it."""
    rota = work.directory.teams[team].rota
    mark = work.session.get(DutyMarkRow, team)
    if mark is None or mark.until <= start or end <= mark.since:
        return {tier: final_schedule(rota, tier, start, end) for tier in rota.tiers}
    since, until = max(mark.since, start), min(mark.until, end)
    past = duty(work, team, since, until)
    found: dict[Tier, list[Shift]] = {}
    for tier in [*rota.tiers, *(tier for tier in past if tier not in rota.tiers)]:
        before = final_schedule(rota, tier, start, since)
        after = final_schedule(rota, tier, until, end)
        found[tier] = _joined([*before, *past.get(tier, []), *after])
    return found


def _joined(shifts: list[Shift]) -> list[Shift]:
    """The same, with touching stretches of one person for one reason as one shift."""
    whole: list[Shift] = []
    for shift in shifts:
        last = whole[-1] if whole else None
        if last and (last.end, last.staff, last.why) == (shift.start, shift.staff, shift.why):
            whole[-1] = Shift(last.start, shift.end, shift.staff, shift.why)
        else:
            whole.append(shift)
    return whole
