"""When people are away: written by hand or read from their calendars. Why is never kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import col, select

from dispatch.commands.guarantee import Change, coverage_kept, note_change
from dispatch.commands.phones import first_team
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.unit_of_work import UnitOfWork
from oncall.calendar_events import CalendarFile
from oncall.model import StaffId, TimeOff
from oncall.tables import TimeOffRow
from oncall.words import span

REMEMBERED = timedelta(days=31)
"""For how long time off that is over is still listed."""

LONGEST = timedelta(days=731)
"""Two years: whoever is away for longer has left the staff until they come back."""

MOST_AHEAD = 2000
"""More stretches than anybody is away; it keeps every look at a rota fast."""


def time_off(work: UnitOfWork, staff: StaffId) -> Sequence[TimeOffRow]:
    """When somebody is away: now, later, and in the last month, in order."""
    query = (
        select(TimeOffRow)
        .where(TimeOffRow.staff_id == staff, col(TimeOffRow.ends) > work.now - REMEMBERED)
        .order_by(col(TimeOffRow.starts), col(TimeOffRow.id))
    )
    return work.session.exec(query).all()


def add_time_off(work: UnitOfWork, staff: StaffId, off: TimeOff, by: By) -> tuple[int, Change]:
    """Write that somebody is away, and give its number. Raises WrongEdit, GapsOpened, Previewed."""
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        if off.end <= work.now:
            raise WrongEdit("This time off is over already: what has been can't be changed.")
        if off.end - off.start > LONGEST:
            raise WrongEdit(
                f"Time off lasts {LONGEST.days} days at most: for longer, let them leave the staff."
            )
        row = TimeOffRow(
            staff_id=staff, starts=off.start, ends=off.end, made_at=work.now, made_by=by.who
        )
        work.session.add(row)
        _note(work, staff, by, "time_off", f"is away from {_words(work, row)}")
        work.session.flush()
        _not_too_many(work, staff)
        number = row.id or 0
    return number, change


def remove_time_off(work: UnitOfWork, staff: StaffId, number: int, by: By) -> Change:
    """Take time off back; what has passed of it stays.

    Raises NotThere, WrongEdit, GapsOpened, Previewed.
    """
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        row = work.session.get(TimeOffRow, number)
        if row is None or row.staff_id != staff:
            raise NotThere("This time off is not there any more.")
        if row.ends <= work.now:
            raise WrongEdit("This time off is over already: what has been can't be changed.")
        _note(work, staff, by, "time_off_removed", f"is not away from {_words(work, row)}")
        if row.starts < work.now:
            row.ends = work.now
            work.session.add(row)
        else:
            work.session.delete(row)
    return change


@dataclass(slots=True)
class Tally:
    """What reading a calendar file changes, counted in stretches of time off."""

    added: int = 0
    removed: int = 0
    kept: int = 0


def import_time_off(
    work: UnitOfWork, staff: StaffId, file: CalendarFile, by: By, tally: Tally
) -> Change:
    """Make somebody's time off that came from this calendar equal to what the file says.

    Other calendars' and what was written by hand stay; so does what has begun, unless the file says
    that it ends otherwise. A file without a calendar's name may be any calendar: it takes nothing
    back. `tally` is filled in, also where GapsOpened or Previewed is raised.
    Raises WrongEdit besides.
    """
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        wanted = {
            _name(file, one.uid): TimeOff(one.start, one.end)
            for one in file.happenings
            if one.end > work.now
        }
        for row in _imported(work, staff, file):
            if row.uid is None:
                continue
            off = wanted.pop(row.uid, None)
            if off is not None and (off.start, off.end) == (row.starts, row.ends):
                tally.kept += 1
            elif off is not None:
                row.ends = off.end
                work.session.add(row)
                tally.removed += 1
                tally.added += 1
            elif file.whole and row.starts > work.now:
                work.session.delete(row)
                tally.removed += 1
        for name, off in wanted.items():
            work.session.add(
                TimeOffRow(
                    staff_id=staff,
                    starts=off.start,
                    ends=off.end,
                    uid=name,
                    made_at=work.now,
                    made_by=by.who,
                )
            )
            tally.added += 1
        if tally.added or tally.removed:
            told = f"{tally.added} added, {tally.removed} removed, {tally.kept} as before"
            _note(work, staff, by, "time_off_imported", f"has a new calendar of time off: {told}")
        work.session.flush()
        _not_too_many(work, staff)
    return change


def _name(file: CalendarFile, uid: str) -> str:
    return f"{file.calendar}:{uid}"


def _imported(work: UnitOfWork, staff: StaffId, file: CalendarFile) -> Sequence[TimeOffRow]:
    """What an earlier export of the same calendar has brought and is not over."""
    query = select(TimeOffRow).where(
        TimeOffRow.staff_id == staff,
        col(TimeOffRow.ends) > work.now,
        col(TimeOffRow.uid).startswith(_name(file, ""), autoescape=True),
    )
    return work.session.exec(query.order_by(col(TimeOffRow.starts), col(TimeOffRow.id))).all()


def _not_too_many(work: UnitOfWork, staff: StaffId) -> None:
    query = (
        select(func.count())
        .select_from(TimeOffRow)
        .where(TimeOffRow.staff_id == staff, col(TimeOffRow.ends) > work.now)
    )
    if work.session.exec(query).one() > MOST_AHEAD:
        raise WrongEdit(f"Somebody can be away {MOST_AHEAD} times at most: take some of it back.")


def _note(work: UnitOfWork, staff: StaffId, by: By, what: str, text: str) -> None:
    name = work.directory.name_of(staff)
    note_change(work, who=by.who, what=what, text=f"{name} {text}", staff=staff)


def _words(work: UnitOfWork, row: TimeOffRow) -> str:
    team = first_team(work, row.staff_id) or next(iter(work.directory.teams), None)
    if team is None:
        return f"{row.starts:%Y-%m-%d %H:%M} to {row.ends:%Y-%m-%d %H:%M} UTC"
    return span(row.starts, row.ends, work.directory.teams[team].timezone, work.now)
