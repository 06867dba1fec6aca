"""The promise of a call: a hospital was told that the team calls by then, and so it does.

Shortly before, whoever has the crisis is reminded; once it is broken the leads know, and the
timeline says so. Any number of nodes may keep watch: each promise is locked, its crisis first.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, update
from sqlmodel import col, or_, select

from dispatch.commands.carrying_out import note, show
from dispatch.commands.leads import text_leads
from dispatch.commands.paging import crisis_url
from dispatch.commands.staff_texts import text_to
from dispatch.crisis import Crisis
from dispatch.episode_tables import PromiseRow
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import hospital_wording as wording
from oncall.model import StaffId
from oncall.words import moment

log = structlog.get_logger()

WARN_BEFORE = timedelta(minutes=10)
"""How long before the end somebody is reminded: enough to reach a nurse through a switchboard."""

WARNING_LIFE = WARN_BEFORE
"""Later the leads are told. What lives so shortly goes out before notices about rotas."""

MOST_AT_ONCE = 50
"""How many promises one beat looks at; the next beat goes on."""


def is_one_due(work: UnitOfWork) -> bool:
    """Whether there is anything to say of any promise."""
    return bool(_due(work, 1))


def keep_watch(units: UnitsOfWork, public_url: str) -> None:
    """Say what is due of every promise, each in a transaction of its own."""
    with units.reading() as work:
        due = _due(work, MOST_AT_ONCE)
    for ref in due:
        try:
            with units() as work:
                _look_at(work, ref, public_url)
        except Exception as error:  # noqa: BLE001  the other promises must not wait for it
            log.error("promise_not_watched", crisis=ref, error=type(error).__name__)


def kept(work: UnitOfWork, ref: str, staff: StaffId, at: datetime) -> bool:
    """Somebody has spoken with the hospital at `at`; False where no promise was open."""
    query = (
        update(PromiseRow)
        .where(col(PromiseRow.crisis_ref) == ref, col(PromiseRow.kept_at).is_(None))
        .values(kept_at=at, kept_by=staff)
        .returning(col(PromiseRow.crisis_ref))
    )
    return work.session.execute(query).first() is not None


def void(work: UnitOfWork, ref: str) -> None:
    """It was promised for somebody we serve, and a person has said that it is nobody of ours."""
    work.session.execute(delete(PromiseRow).where(col(PromiseRow.crisis_ref) == ref))


def _due(work: UnitOfWork, limit: int) -> list[str]:
    open_ones = (col(PromiseRow.kept_at).is_(None), col(PromiseRow.missed_at).is_(None))
    warned_or_not = or_(col(PromiseRow.warned_at).is_(None), col(PromiseRow.due_at) <= work.now)
    query = select(PromiseRow.crisis_ref).where(
        *open_ones, col(PromiseRow.due_at) <= work.now + WARN_BEFORE, warned_or_not
    )
    return list(work.session.exec(query.order_by(col(PromiseRow.due_at)).limit(limit)))


def _look_at(work: UnitOfWork, ref: str, public_url: str) -> None:
    crisis = crises.lock(work.session, ref)
    query = select(PromiseRow).where(PromiseRow.crisis_ref == ref).with_for_update()
    row = work.session.exec(query).first()
    if crisis is None or row is None or row.kept_at or row.missed_at:
        return
    if row.due_at <= work.now:
        row.missed_at = work.now
        _missed(work, crisis, row, public_url)
    elif row.warned_at is None and row.due_at <= work.now + WARN_BEFORE:
        row.warned_at = work.now
        _warn(work, crisis, row, public_url)
    work.session.add(row)


def _warn(work: UnitOfWork, crisis: Crisis, row: PromiseRow, public_url: str) -> None:
    """Remind its owner, else everybody who was paged for it."""
    body = wording.call_promised(
        crisis.ref, _team(work, crisis), _by(work, crisis, row), crisis_url(public_url, crisis.ref)
    )
    for staff in [crisis.owner] if crisis.owner else sorted(crisis.paged):
        key = f"{crisis.ref}/promise/{row.due_at:%d%H%M}/warned/{staff}"
        text_to(work, staff, crisis.team, key=key, body=body, life=WARNING_LIFE)


def _missed(work: UnitOfWork, crisis: Crisis, row: PromiseRow, public_url: str) -> None:
    by = _by(work, crisis, row)
    note(work, crisis.ref, "promise_missed", f"the hospital was promised a call by {by}: none yet")
    show(work, None, crisis)
    body = wording.call_missed(
        crisis.ref, _team(work, crisis), by, crisis_url(public_url, crisis.ref)
    )
    text_leads(work, crisis.team, key=f"{crisis.ref}/promise/{row.due_at:%d%H%M}/missed", body=body)


def _team(work: UnitOfWork, crisis: Crisis) -> str:
    return work.directory.teams[crisis.team].name


def _by(work: UnitOfWork, crisis: Crisis, row: PromiseRow) -> str:
    return moment(row.due_at, work.directory.teams[crisis.team].timezone, work.now)
