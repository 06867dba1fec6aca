"""The gaps that leads have accepted knowingly."""

from collections.abc import Sequence

from sqlmodel import col, select

from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap
from oncall.model import TeamId
from oncall.tables import AcceptedGapRow


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
