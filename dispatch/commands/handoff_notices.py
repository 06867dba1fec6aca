"""Handoff notices: everybody hears of their next shift in time, and says that they will be there.

Whoever comes onto a tier is told the day before, one hour before and at the start, in one text for
all that begins at the same time; times that were missed are caught up by one text. Without an OK in
time the one who stands there before and the leads know, and the shift counts as thin.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select

from dispatch.commands.findings import look_soon
from dispatch.commands.handoffs import duties, locked, new_row, put
from dispatch.commands.leads import leads_of, text_leads
from dispatch.commands.staff_texts import can_be_texted, text_to, unique
from dispatch.unit_of_work import UnitOfWork
from notifications import duty_wording as wording
from oncall.duty_tables import DutyMarkRow, DutyRow, HandoffRow, ShiftRequestRow
from oncall.handoffs import BEFORE, Handoff, Notice, confirm_by, due, handoffs, next_due
from oncall.model import Rota, StaffId, TeamId
from oncall.store import current_version
from oncall.tables import OverrideRow

LOOK_EVERY = timedelta(minutes=10)
"""How often coming shifts are looked at though nothing has changed and nothing is due."""

RECENT = timedelta(hours=1)
"""A shift that began so long ago at most is told as though it began now: we were away."""

FOLLOWED = timedelta(days=14)
"""How far into a shift its person is looked for, where others stand at its beginning now."""

STILL_FRESH = timedelta(hours=24)
"""Whoever said yes to a shift so recently has said OK to it."""

ONE_AT_A_TIME = 0x7669_6801
"""The advisory lock of whichever node sends notices; the others leave it to that one."""

_INSTANT = datetime.resolution


@dataclass(frozen=True, slots=True)
class Coming:
    """A shift as the rota has it, and what was said about it."""

    row: HandoffRow
    shift: Handoff


def work_off_handoffs(work: UnitOfWork) -> datetime:
    """Send what is due; says until when nothing else will be, unless a rota changes."""
    lock = text("select pg_try_advisory_xact_lock(:key)")
    ours = work.session.execute(lock, {"key": ONE_AT_A_TIME}).scalar_one()
    if not ours or current_version(work.session) != work.directory.version:
        return work.now
    coming = _coming(work)
    together: dict[tuple[StaffId, datetime], list[Coming]] = defaultdict(list)
    for one in coming:
        together[one.row.staff_id, one.row.starts].append(one)
    thin: set[TeamId] = set()
    for group in together.values():
        _tell(work, group)
        thin.update(_tell_of_missing(work, group))
    for team in sorted(thin):  # in the order in which whoever changes rotas holds them
        look_soon(work, team)
    return min([work.now + LOOK_EVERY, *_due_times(work, coming)])


# Which shifts are coming ────────────────────────────────────────────────────────────────────────


def _coming(work: UnitOfWork) -> list[Coming]:
    """Every shift that people are told of now, its row brought up to date or made."""
    query = select(HandoffRow).where(col(HandoffRow.ends) > work.now)
    coming: dict[tuple[str, str, datetime, str], Coming] = {}
    for row in locked(work, query):
        one = _as_it_is_now(work, row)
        if one is not None:
            coming.setdefault(_identity(one.row), one)
    for team, shift in _ahead(work):
        row = new_row(work, team, shift)
        if _identity(row) in coming or not _is_news(work, team, shift):
            continue
        if _just_said_yes(work, row):
            row.confirmed_at, row.confirmed_how = work.now, "yes"
            row.told = _words(due(row.starts, (), work.now))
        coming[_identity(row)] = Coming(put(work, row), shift)
    work.session.flush()
    return list(coming.values())


def _identity(row: HandoffRow) -> tuple[str, str, datetime, str]:
    return row.team_id, row.tier, row.starts, row.staff_id


def _ahead(work: UnitOfWork) -> Iterator[tuple[TeamId, Handoff]]:
    """The shifts of teams that want notices, a day ahead and until we look again."""
    end = work.now + BEFORE[Notice.DAY] + LOOK_EVERY
    for team in work.directory.teams.values():
        for tier in team.rota.tiers if team.rota.rules.handoff_notices else ():
            for shift in handoffs(team.rota, tier, work.now, end):
                yield team.id, shift


def _as_it_is_now(work: UnitOfWork, row: HandoffRow) -> Coming | None:
    """A row with the shift as the rota has it now; None when it is theirs no longer."""
    team = work.directory.teams.get(row.team_id)
    if team is None or not team.rota.rules.handoff_notices:
        work.session.delete(row)
        return None
    shift = _still_theirs(team.rota, row, work.now)
    if shift is None:
        _tell_no_longer_theirs(work, row)
        work.session.delete(row)
        return None
    if shift.start == row.starts:
        row.ends = shift.last
        work.session.add(row)
        return Coming(row, shift)
    return Coming(_moved(work, row, shift), shift)


def _still_theirs(rota: Rota, row: HandoffRow, now: datetime) -> Handoff | None:
    """The shift that has become of one that somebody was told of, if it is still theirs."""
    if row.tier not in rota.tiers:
        return None
    start = max(row.starts, now)
    end = min(row.ends, start + FOLLOWED)
    return next(handoffs(rota, row.tier, start, end, row.staff_id), None)


def _moved(work: UnitOfWork, row: HandoffRow, shift: Handoff) -> HandoffRow:
    """The row of a shift that begins at another time now: what lies ahead is told anew."""
    fresh = new_row(work, row.team_id, shift)
    if max(row.starts, shift.start) <= work.now:
        fresh.known_at, fresh.told, fresh.missed_at = row.known_at, row.told, row.missed_at
        fresh.confirmed_at, fresh.confirmed_how = row.confirmed_at, row.confirmed_how
    work.session.delete(row)
    work.session.flush()
    return work.session.merge(fresh)


def _is_news(work: UnitOfWork, team: TeamId, shift: Handoff) -> bool:
    """Whether somebody comes onto a tier, or stands there already and knows it.

    A rota may be changed into the past. The duty that was written down until then tells who stood.
    """
    if shift.start >= work.now - RECENT:
        return True
    mark = work.session.get(DutyMarkRow, team)
    if mark is None or mark.since > shift.start:
        return False
    query = select(DutyRow.staff_id).where(
        DutyRow.team_id == team,
        DutyRow.tier == shift.tier,
        DutyRow.staff_id == shift.staff,
        col(DutyRow.starts) < mark.until - timedelta(minutes=1),
        col(DutyRow.ends) > shift.start,
    )
    return work.session.exec(query).first() is None


def _just_said_yes(work: UnitOfWork, row: HandoffRow) -> bool:
    """Whether they have taken it over at somebody's request within a day."""
    query = (
        select(OverrideRow.id)
        .join(ShiftRequestRow, col(ShiftRequestRow.ref) == col(OverrideRow.request_ref))
        .where(
            OverrideRow.team_id == row.team_id,
            OverrideRow.tier == row.tier,
            OverrideRow.staff_id == row.staff_id,
            col(OverrideRow.starts) <= row.starts,
            col(OverrideRow.ends) > row.starts,
            col(ShiftRequestRow.closed_at) > work.now - STILL_FRESH,
        )
    )
    return work.session.exec(query).first() is not None


def _tell_no_longer_theirs(work: UnitOfWork, row: HandoffRow) -> None:
    """Tell somebody that a shift they know of is not theirs; not who has given it away."""
    if not row.told and row.confirmed_at is None:
        return
    given_away = select(OverrideRow.id).where(
        OverrideRow.team_id == row.team_id,
        OverrideRow.tier == row.tier,
        OverrideRow.instead_id == row.staff_id,
        col(OverrideRow.request_ref).is_not(None),
        col(OverrideRow.starts) < row.ends,
        col(OverrideRow.ends) > row.starts,
    )
    if work.session.exec(given_away).first() is None:
        body = wording.told_no_longer_yours(duties(work, [row]))
        text_to(work, row.staff_id, row.team_id, key=unique("handoff/void"), body=body)


# What is said about them ────────────────────────────────────────────────────────────────────────


def _tell(work: UnitOfWork, group: list[Coming]) -> None:
    """One text to somebody for all that begins at the same time, whatever of it is due."""
    rows = [one.row for one in group if due(one.row.starts, one.row.told, work.now)]
    if not rows:
        return
    first = rows[0]
    body = wording.on_call_notice(
        duties(work, rows), confirmed=all(row.confirmed_at is not None for row in rows)
    )
    if text_to(work, first.staff_id, first.team_id, key=unique("handoff/notice"), body=body):
        for row in rows:
            row.told = [*row.told, *_words(due(row.starts, row.told, work.now))]
            work.session.add(row)


def _words(notices: Iterable[Notice]) -> list[str]:
    return [notice.value for notice in notices]


def _tell_of_missing(work: UnitOfWork, group: list[Coming]) -> Iterable[TeamId]:
    """Tell those who stand there before, and the leads, who has not said OK in time; the teams."""
    by_team: dict[TeamId, list[Coming]] = defaultdict(list)
    for one in group:
        if _is_missing(one.row, work.now):
            one.row.missed_at = work.now
            work.session.add(one.row)
            by_team[one.row.team_id].append(one)
    for team, missing in by_team.items():
        leads_know = _tell_leads_of_missing(work, team, missing)
        for one in missing:
            _tell_outgoing(work, one, leads_know=leads_know)
    return by_team


def _tell_leads_of_missing(work: UnitOfWork, team: TeamId, missing: list[Coming]) -> bool:
    """Tell the leads; not one who hears of all of it as the one before. Whether any lead knows."""
    staff = missing[0].row.staff_id
    hears = _outgoing_everywhere(work, team, missing)
    name, rows = work.directory.name_of(staff), [one.row for one in missing]
    body = wording.told_not_confirmed_to_leads(name, duties(work, rows))
    but = {staff, hears}
    told = text_leads(work, team, key=unique("handoff/missing"), body=body, but=but)
    return told or hears in {lead.id for lead in leads_of(work.directory, team)}


def _outgoing_everywhere(work: UnitOfWork, team: TeamId, missing: list[Coming]) -> StaffId:
    """The only one who stands before all of these shifts and hears of them by text; else ""."""
    outgoing = {one.shift.outgoing or "" for one in missing}
    only = outgoing.pop()
    return only if not outgoing and can_be_texted(work, only, team) else ""


def _tell_outgoing(work: UnitOfWork, one: Coming, *, leads_know: bool) -> None:
    if one.shift.outgoing is None:
        return
    row, name = one.row, work.directory.name_of(one.row.staff_id)
    body = wording.told_not_confirmed_to_outgoing(name, duties(work, [row]), leads_know=leads_know)
    text_to(work, one.shift.outgoing, row.team_id, key=unique("handoff/next"), body=body)


def _is_missing(row: HandoffRow, now: datetime) -> bool:
    waits = row.confirmed_at is None and row.missed_at is None
    return waits and confirm_by(row.starts, row.known_at) <= now < row.ends


def _due_times(work: UnitOfWork, coming: list[Coming]) -> Iterator[datetime]:
    for one in coming:
        row = one.row
        at = next_due(row.starts, row.told, work.now)
        if at is not None:
            yield at
        if row.confirmed_at is None and row.missed_at is None:
            yield max(confirm_by(row.starts, row.known_at), work.now + _INSTANT)
