"""The gaps that leads have accepted knowingly, for as long as they are gaps."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select

from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap, prove
from oncall.model import Rota, TeamId
from oncall.store import Directory
from oncall.tables import AcceptedGapRow

FOLLOWED = timedelta(days=400)
"""How far beyond the horizon the end of an accepted gap is looked for."""


def accepted_gaps(work: UnitOfWork, team: TeamId) -> Sequence[AcceptedGapRow]:
    """The gaps of a team that a lead has accepted and that are not over yet, in order."""
    query = (
        select(AcceptedGapRow)
        .where(AcceptedGapRow.team_id == team, col(AcceptedGapRow.ends) > work.now)
        .order_by(col(AcceptedGapRow.starts), col(AcceptedGapRow.id))
    )
    return work.session.exec(query).all()


def acceptance(gap: Gap, rows: Sequence[AcceptedGapRow]) -> AcceptedGapRow | None:
    """The acceptance of a whole gap, the earliest where several make it up; None otherwise.

    `rows` are in the order of their starts.
    """
    theirs = [row for row in rows if row.tier == gap.tier and row.ends > gap.start]
    at = gap.start
    for row in theirs:
        if row.starts > at:
            return None
        at = max(at, row.ends)
        if at >= gap.end:
            return theirs[0]
    return None


def real_end(rota: Rota, gap: Gap, horizon: datetime) -> datetime:
    """When a gap that goes on beyond the horizon ends, as far as the rota can be followed.

    Whoever accepts it accepts it to its end, not a new piece of it with every day that passes.
    """
    if gap.end < horizon:
        return gap.end
    beyond = prove(rota, gap.start, gap.end + FOLLOWED)
    return next(one.end for one in beyond.gaps if one.tier == gap.tier and one.end >= gap.end)


def end_acceptances(work: UnitOfWork, before: Directory, after: Directory) -> None:
    """Where somebody stands again nothing is accepted any more: a gap opened later is a new one."""
    for team in after.teams.values():
        old = before.teams.get(team.id)
        rows = accepted_gaps(work, team.id)
        if not rows or (old is not None and old.rota == team.rota):
            continue
        gaps = prove(team.rota, work.now, max(row.ends for row in rows)).gaps
        for row in rows:
            _cut(work, row, [gap for gap in gaps if gap.tier == row.tier])


def _cut(work: UnitOfWork, row: AcceptedGapRow, gaps: Sequence[Gap]) -> None:
    """Leave of an acceptance what is still a gap."""
    start = max(row.starts, work.now)
    left = [
        (max(gap.start, start), min(gap.end, row.ends))
        for gap in gaps
        if gap.start < row.ends and start < gap.end
    ]
    if left == [(start, row.ends)]:
        return
    for opens, closes in left:
        part = row.model_dump(exclude={"id"}) | {"starts": opens, "ends": closes}
        work.session.add(AcceptedGapRow(**part))
    work.session.delete(row)
    work.session.flush()
