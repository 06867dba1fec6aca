"""The board's numbered changes, without gaps and in the order in which they were committed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from dispatch.tables import BoardChangeRow, BoardNumberRow, TeamCardRow

CHANNEL = "vigil_board"
"""The NOTIFY channel that hints at new changes; the table is the truth."""


def number(session: Session) -> int:
    """The number of the newest change."""
    return session.exec(select(BoardNumberRow.number)).first() or 0


def append(
    session: Session, now: datetime, changes: Sequence[tuple[str | None, dict[str, Any]]]
) -> None:
    """Append changes as (team, change). Do it last: the number stays locked until the commit."""
    if not changes:
        return
    session.flush()
    last = session.execute(
        text("update board_number set number = number + :n where id = 1 returning number"),
        {"n": len(changes)},
    ).scalar_one()
    first = last - len(changes) + 1
    for offset, (team, change) in enumerate(changes):
        session.add(BoardChangeRow(number=first + offset, at=now, team_id=team, change=change))
    session.execute(
        text("select pg_notify(:channel, :last)"), {"channel": CHANNEL, "last": str(last)}
    )


def changes_after(session: Session, after: int, limit: int = 500) -> list[BoardChangeRow]:
    """The changes that follow a number, in order."""
    query = select(BoardChangeRow).where(col(BoardChangeRow.number) > after)
    return list(session.exec(query.order_by(col(BoardChangeRow.number)).limit(limit)))


def forget(session: Session, before: datetime, limit: int = 5000) -> int:
    """Forget some of the changes from before then; says how many."""
    old = select(BoardChangeRow.number).where(col(BoardChangeRow.at) < before).limit(limit)
    query = delete(BoardChangeRow).where(col(BoardChangeRow.number).in_(old))
    return len(session.execute(query.returning(col(BoardChangeRow.number))).all())


def show_team_card(session: Session, team: str, card: dict[str, Any]) -> bool:
    """Show a team card; False when it is shown already, so that two nodes don't say it twice."""
    query = insert(TeamCardRow).values(team_id=team, card=card)
    query = query.on_conflict_do_update(
        index_elements=["team_id"],
        set_={"card": query.excluded.card},
        where=col(TeamCardRow.card) != query.excluded.card,
    )
    return session.execute(query.returning(col(TeamCardRow.team_id))).first() is not None
