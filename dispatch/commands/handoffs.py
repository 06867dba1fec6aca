"""Coming shifts and whether their people have said OK. The notices go out in handoff_notices."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from dispatch.commands.findings import look_soon
from dispatch.commands.staff_texts import text_to, unique
from dispatch.unit_of_work import UnitOfWork
from notifications import duty_wording as wording
from oncall.duty_tables import HandoffRow
from oncall.handoffs import Handoff, handoff_at
from oncall.model import StaffId, TeamId, Tier
from oncall.schedule import HORIZON
from oncall.words import moment, span


def unconfirmed(work: UnitOfWork, team: TeamId) -> frozenset[tuple[Tier, datetime, StaffId]]:
    """The shifts whose people have not said OK in time: tier, start (UTC), person."""
    query = select(HandoffRow).where(
        HandoffRow.team_id == team,
        col(HandoffRow.ends) > work.now,
        col(HandoffRow.missed_at).is_not(None),
        col(HandoffRow.confirmed_at).is_(None),
    )
    return frozenset((row.tier, row.starts, row.staff_id) for row in work.session.exec(query))


def confirm_by_text(work: UnitOfWork, staff: StaffId) -> str | None:
    """Confirm every shift that somebody was told of; the answer, or None when nothing waits."""
    query = select(HandoffRow).where(
        HandoffRow.staff_id == staff,
        col(HandoffRow.ends) > work.now,
        col(HandoffRow.confirmed_at).is_(None),
        col(HandoffRow.team_id).in_(list(work.directory.teams)),
    )
    rows = [row for row in locked(work, query) if row.told]
    for row in rows:
        _confirm(work, row, "sms")
    return wording.reply_confirmed(duties(work, rows)) if rows else None


def confirm(work: UnitOfWork, team: TeamId, tier: Tier, at: datetime, staff: StaffId) -> bool:
    """Confirm the shift of somebody that lasts at `at`, told of or not; False if there is none."""
    rota = work.directory.teams[team].rota
    shift = handoff_at(rota, tier, at) if tier in rota.tiers else None
    if shift is None or shift.staff != staff or shift.last <= work.now:
        return False
    row = put(work, new_row(work, team, shift))
    if row.confirmed_at is None:
        _confirm(work, row, "web")
    return True


def _confirm(work: UnitOfWork, row: HandoffRow, how: str) -> None:
    row.confirmed_at, row.confirmed_how = work.now, how
    work.session.add(row)
    if row.missed_at is None:
        return
    look_soon(work, row.team_id)
    shift = handoff_at(work.directory.teams[row.team_id].rota, row.tier, row.starts)
    if shift is not None and shift.outgoing is not None:
        name, duty = work.directory.name_of(row.staff_id), duties(work, [row])
        body = wording.told_confirmed_late(name, duty)
        text_to(work, shift.outgoing, row.team_id, key=unique("handoff/late"), body=body)


def locked(work: UnitOfWork, query: SelectOfScalar[HandoffRow]) -> Sequence[HandoffRow]:
    """The rows that a query asks for, locked in the same order by everybody."""
    order = (HandoffRow.team_id, HandoffRow.tier, HandoffRow.starts, HandoffRow.staff_id)
    ordered = query.order_by(*(col(one) for one in order)).with_for_update()
    return work.session.exec(ordered.execution_options(populate_existing=True)).all()


def new_row(work: UnitOfWork, team: TeamId, shift: Handoff) -> HandoffRow:
    """The row of a shift of which nobody has been told yet."""
    return HandoffRow(
        team_id=team,
        tier=shift.tier,
        starts=shift.start,
        staff_id=shift.staff,
        ends=shift.last,
        known_at=work.now,
    )


def put(work: UnitOfWork, row: HandoffRow) -> HandoffRow:
    """Write a row, unless somebody writes it at this very moment; the one that stands, locked."""
    work.session.execute(insert(HandoffRow).values(row.model_dump()).on_conflict_do_nothing())
    query = select(HandoffRow).where(
        HandoffRow.team_id == row.team_id,
        HandoffRow.tier == row.tier,
        HandoffRow.starts == row.starts,
        HandoffRow.staff_id == row.staff_id,
    )
    [standing] = locked(work, query)
    return standing


def duties(work: UnitOfWork, rows: Iterable[HandoffRow]) -> str:
    """Shifts in words: ``North ACT (primary) from Fri Nov 27 17:00 to Sat Nov 28 08:00``."""
    places: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: _place(work, row)):
        place = f"{work.directory.teams[row.team_id].name} ({row.tier})"
        places.setdefault(_stretch(work, row), []).append(place)
    return ", ".join(f"{' and '.join(named)} from {when}" for when, named in places.items())


def _place(work: UnitOfWork, row: HandoffRow) -> tuple[str, int]:
    """A team's tiers come from the foot of its ladder up."""
    tiers = work.directory.teams[row.team_id].rota.tiers
    return row.team_id, tiers.index(row.tier) if row.tier in tiers else len(tiers)


def _stretch(work: UnitOfWork, row: HandoffRow) -> str:
    zone = work.directory.teams[row.team_id].timezone
    if row.ends >= row.starts + HORIZON:
        return f"{moment(row.starts, zone, work.now)} on"
    return span(row.starts, row.ends, zone, work.now)
