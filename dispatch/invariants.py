"""What must always hold, checked in the tests after every night and by /readyz in production."""

from datetime import timedelta

from sqlmodel import col, select

from dispatch.commands.findings import open_findings
from dispatch.crisis import Crisis, How, State
from dispatch.episode_tables import PromiseRow
from dispatch.store import callbacks, crises
from dispatch.store.requests import OPEN
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import CHECK_EVERY, LEASE, overdue
from notifications.tables import OutboxRow
from oncall.coverage import Gap, GapKind, prove
from oncall.duty_tables import FindingRow, ShiftRequestRow
from oncall.tables import RotaVersionRow

LATE = timedelta(seconds=30)
"""How late a deadline may be before somebody must know."""

AHEAD = timedelta(hours=1)
"""A gap so near must be known to the watch."""

WITHOUT_OWNER = frozenset({State.RINGING, State.PAGING, State.CALLBACK_NEEDED, State.LAST_RESORT})


def violations(work: UnitOfWork) -> list[str]:
    """Every broken promise, in words without any client's detail; empty when all is well."""
    return [*violations_but_delays(work), *_of_outbox(work)]


def violations_but_delays(work: UnitOfWork) -> list[str]:
    """Every broken promise but that what is to be sent has waited too long for it."""
    found: list[str] = []
    for crisis in crises.open_crises(work.session):
        found.extend(f"crisis {crisis.ref}: {problem}" for problem in _of_crisis(work, crisis))
    found.extend(_of_ladders(work))
    found.extend(_of_coverage(work))
    found.extend(_of_requests(work))
    found.extend(_of_callbacks(work))
    found.extend(_of_promises(work))
    found.extend(_of_reports(work))
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
    if crisis.owner is None and not _page_is_written(work, crisis):
        problems.append("somebody is being paged, but no page was written")
    return problems


def _page_is_written(work: UnitOfWork, crisis: Crisis) -> bool:
    """Whether whoever is being paged has a page, in the outbox or gone out of it."""
    reaching = crisis.reaching
    if reaching is None or reaching.how is not How.PAGE or reaching.staff is None:
        return True
    query = select(OutboxRow.id).where(
        OutboxRow.crisis_ref == crisis.ref,
        OutboxRow.staff_id == reaching.staff,
        col(OutboxRow.created_at) >= reaching.since,
    )
    return work.session.exec(query.limit(1)).first() is not None


def _of_ladders(work: UnitOfWork) -> list[str]:
    return [
        f"team {team}: its ladder does not end outside the team"
        for team in work.directory.teams
        if not work.directory.ladder(team, work.now).last_resort
    ]


def _of_coverage(work: UnitOfWork) -> list[str]:
    """Every gap of the next hour is known to the watch, soon after it has opened."""
    version = work.session.get(RotaVersionRow, 1)
    if version and version.changed_at and version.changed_at > work.now - LATE:
        return []
    found: list[str] = []
    for team in work.directory.teams.values():
        proof = prove(team.rota, work.now, work.now + AHEAD)
        known = open_findings(work, team.id) if proof.gaps else ()
        found.extend(
            f"team {team.id}: nobody watches that nobody is {gap.tier or 'on call'}"
            for gap in proof.gaps
            if not any(_covers(row, gap) for row in known)
        )
    return found


def _covers(row: FindingRow, gap: Gap) -> bool:
    alike = (row.kind, row.tier) == (GapKind.NOBODY.value, gap.tier)
    return alike and row.starts <= gap.start and gap.end <= row.ends


def _of_requests(work: UnitOfWork) -> list[str]:
    """Nobody is left waiting for an answer that nothing brings on."""
    query = select(ShiftRequestRow).where(col(ShiftRequestRow.state).in_(OPEN))
    return [
        f"request {row.ref}: its deadline has passed and nothing happened"
        for row in work.session.exec(query)
        if row.due_at is None or row.due_at < work.now - LATE
    ]


def _of_callbacks(work: UnitOfWork) -> list[str]:
    """No call back is shown as running of which nobody hears any more."""
    return [
        "a call back should have ended long ago"
        for _ in callbacks.due(work.session, work.now - LATE)
    ]


def _of_promises(work: UnitOfWork) -> list[str]:
    """No call that a hospital was promised is missed without anybody being told."""
    query = select(PromiseRow.crisis_ref).where(
        col(PromiseRow.kept_at).is_(None),
        col(PromiseRow.missed_at).is_(None),
        PromiseRow.due_at < work.now - LATE,
    )
    return [
        f"crisis {ref}: a hospital was promised a call, and nobody was told that none was made"
        for ref in work.session.exec(query)
    ]


def _of_reports(work: UnitOfWork) -> list[str]:
    """What was sent is asked after until its end is known."""
    query = select(OutboxRow).where(col(OutboxRow.check_at) < work.now - CHECK_EVERY - LATE)
    return [
        f"crisis {row.crisis_ref or 'none'}: nobody asks what became of a {row.kind}"
        for row in work.session.exec(query)
    ]


def _of_outbox(work: UnitOfWork) -> list[str]:
    return [
        f"crisis {row.crisis_ref or 'none'}: a {row.kind} has waited too long to be sent"
        for row in overdue(work.session, work.now - LEASE * work.speed - LATE)
    ]
