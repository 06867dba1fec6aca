"""What must always hold, checked in the tests after every night and by /readyz in production."""

from datetime import timedelta

from sqlmodel import col, select

from dispatch.crisis import Crisis, State
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import LEASE, OutboxState
from notifications.tables import OutboxRow

LATE = timedelta(seconds=30)
"""How late a deadline may be before somebody must know."""

WITHOUT_OWNER = frozenset({State.RINGING, State.PAGING, State.CALLBACK_NEEDED, State.LAST_RESORT})


def violations(work: UnitOfWork) -> list[str]:
    """Every broken promise, in words without any client's detail; empty when all is well."""
    found: list[str] = []
    for crisis in crises.open_crises(work.session):
        found.extend(f"crisis {crisis.ref}: {problem}" for problem in _of_crisis(work, crisis))
    found.extend(_of_ladders(work))
    found.extend(_of_outbox(work))
    return found


def _of_crisis(work: UnitOfWork, crisis: Crisis) -> list[str]:
    problems = []
    if crisis.owner is None and crisis.state not in WITHOUT_OWNER:
        problems.append(f"is {crisis.state} but has no owner")
    if crisis.owner is None and crisis.due_at is None:
        problems.append("has neither an owner nor a deadline")
    if crisis.due_at is not None and crisis.due_at < work.now - LATE:
        problems.append("its deadline has passed and nothing happened")
    if crisis.state in (State.RINGING, State.TALKING) and crisis.line is None:
        problems.append(f"is {crisis.state} but nobody is on the line")
    return problems


def _of_ladders(work: UnitOfWork) -> list[str]:
    return [
        f"team {team}: its ladder does not end outside the team"
        for team in work.directory.teams
        if not work.directory.ladder(team, work.now).last_resort
    ]


def _of_outbox(work: UnitOfWork) -> list[str]:
    query = select(OutboxRow).where(
        OutboxRow.state == OutboxState.WAITING.value,
        col(OutboxRow.due_at) < work.now - LEASE - LATE,
    )
    return [
        f"crisis {row.crisis_ref}: a {row.kind} has waited too long to be sent"
        for row in work.session.exec(query)
    ]
