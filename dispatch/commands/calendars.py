"""Calendars: secret addresses at which shifts can be read, and a team's public holidays."""

import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select

from dispatch.access import Role, Viewer
from dispatch.commands.duty import schedule_of
from dispatch.commands.guarantee import note_change
from dispatch.commands.logins import audit, token_hash, viewer_called
from dispatch.commands.phones import first_team
from dispatch.commands.rota_edits import NotThere
from dispatch.unit_of_work import UnitOfWork
from oncall.calendar import Entry, days_shown, feed, person_entries, team_entries
from oncall.calendar_events import CalendarFile, LeftOut
from oncall.duty_tables import CalendarFeedRow
from oncall.fairness import holiday_names
from oncall.model import StaffId, TeamId
from oncall.store import Directory
from oncall.tables import HolidayRow, RotaVersionRow, TeamRow

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is written down when a feed was last read."""

LONGEST_HOLIDAY = 14
"""The most days that one entry of a calendar of public holidays can last."""

_LONGEST_NAME = 120
_UTC = ZoneInfo("UTC")


# Feeds ──────────────────────────────────────────────────────────────────────────────────────────


def make_feed(
    work: UnitOfWork, by: Viewer, *, staff: StaffId | None = None, team: TeamId | None = None
) -> tuple[CalendarFeedRow, str]:
    """A new feed of a person or a team, and the secret of its address, which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    row = CalendarFeedRow(
        token_hash=token_hash(secret),
        staff_id=staff,
        team_id=team,
        made_at=work.now,
        made_by=by.login,
    )
    work.session.add(row)
    work.session.flush()
    audit(work.session, work.now, by.login, "calendar_feed_made", _about(row))
    return row, secret


def feeds(work: UnitOfWork, viewer: Viewer) -> Sequence[CalendarFeedRow]:
    """The feeds that somebody may see and revoke: their own, and those of the teams they lead."""
    query = select(CalendarFeedRow).where(col(CalendarFeedRow.revoked_at).is_(None))
    if viewer.teams is not None or viewer.role not in (Role.ADMIN, Role.LEAD):
        known = [team for team in work.directory.teams.values() if viewer.leads(team.id)]
        people = {staff for team in known for staff in team.members}
        people |= {viewer.staff} if viewer.staff else set()
        query = query.where(
            or_(
                col(CalendarFeedRow.team_id).in_([team.id for team in known]),
                col(CalendarFeedRow.staff_id).in_(sorted(people)),
            )
        )
    return work.session.exec(query.order_by(col(CalendarFeedRow.id))).all()


def revoke_feed(work: UnitOfWork, viewer: Viewer, number: int) -> None:
    """From now on nobody can read a feed. Raises NotThere for one that they may not see."""
    row = next((one for one in feeds(work, viewer) if one.id == number), None)
    if row is None:
        raise NotThere("This calendar address is not there any more.")
    row.revoked_at = work.now
    work.session.add(row)
    audit(work.session, work.now, viewer.login, "calendar_feed_revoked", _about(row))


def _about(row: CalendarFeedRow) -> str:
    return f"feed {row.id} of " + (f"staff {row.staff_id}" if row.staff_id else f"{row.team_id}")


def feed_at(work: UnitOfWork, secret: str) -> tuple[CalendarFeedRow, bytes] | None:
    """The feed at a secret address as a calendar file; None where nothing may be read."""
    query = select(CalendarFeedRow).where(CalendarFeedRow.token_hash == token_hash(secret))
    row = work.session.exec(query).first()
    if row is None or row.revoked_at is not None or not _maker_may_still(work, row):
        return None
    directory = work.directory
    version = work.session.get(RotaVersionRow, 1)
    stamp = (version.changed_at if version else None) or row.made_at
    if row.team_id is not None:
        team = directory.teams.get(row.team_id)
        if team is None:
            return None
        entries = _entries(work, [row.team_id], None)
        return row, feed(f"{team.name} on call", entries, team.timezone, stamp)
    member = directory.staff.get(row.staff_id or "")
    if member is None or not member.active:
        return None
    home = first_team(work, member.id)
    zone = directory.teams[home].timezone if home else _UTC
    entries = _entries(work, directory.teams, member.id)
    return row, feed(f"{member.name}, on call", entries, zone, stamp)


def _maker_may_still(work: UnitOfWork, row: CalendarFeedRow) -> bool:
    """Whether somebody could make their feed again now: an address outlives nobody's rights."""
    maker = viewer_called(work, row.made_by)
    if maker is None:
        return False
    if row.team_id is not None:
        return maker.leads(row.team_id)
    theirs = [team.id for team in work.directory.teams.values() if row.staff_id in team.members]
    return maker.staff == row.staff_id or maker.leads_somebody_in(theirs)


def _entries(work: UnitOfWork, teams: Iterable[TeamId], staff: StaffId | None) -> list[Entry]:
    found: list[Entry] = []
    for team in teams:
        known = work.directory.teams[team]
        days = days_shown(known.timezone, work.now)
        schedule = schedule_of(work, team, days.since, days.until)
        if staff is None:
            found += team_entries(team, schedule, days, work.directory.names)
        else:
            found += person_entries(team, schedule, days, known.name, staff)
    return found


def was_read(work: UnitOfWork, number: int) -> None:
    """Write down that a feed has been read."""
    row = work.session.get(CalendarFeedRow, number, with_for_update=True)
    if row is not None:
        row.read_at = work.now
        work.session.add(row)


def name_of(directory: Directory, row: CalendarFeedRow) -> dict[str, str] | None:
    """The person whose shifts a feed shows, if it is a person's."""
    if row.staff_id is None:
        return None
    return {"id": row.staff_id, "name": directory.name_of(row.staff_id)}


# Public holidays ────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class HolidaysRead:
    """What reading a calendar of public holidays has changed, counted in days."""

    added: int = 0
    removed: int = 0
    kept: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


def imported_holidays(work: UnitOfWork, team: TeamId) -> dict[date, str]:
    """The public holidays of a team that came from a calendar file, with their names."""
    rows = work.session.exec(
        select(HolidayRow).where(HolidayRow.team_id == team).order_by(col(HolidayRow.day))
    )
    return {row.day: row.name for row in rows}


def holidays_of(work: UnitOfWork, team: TeamId, year: int) -> list[dict[str, str | bool]]:
    """A team's public holidays of a year: those of its region, and those from a file."""
    region = work.directory.teams[team].rota.rules.holidays
    imported = {
        day: name for day, name in imported_holidays(work, team).items() if day.year == year
    }
    names = {**holiday_names(region, [year]), **imported}
    return [
        {"day": day.isoformat(), "name": names[day], "imported": day in imported}
        for day in sorted(names)
    ]


def import_holidays(work: UnitOfWork, team: TeamId, file: CalendarFile, who: str) -> HolidaysRead:
    """Take a file's whole days as the team's public holidays, in every year that it names.

    Days of these years that came from an earlier file and are not in this one are removed.
    """
    work.session.get(TeamRow, team, with_for_update=True)  # one file after the other
    found = HolidaysRead(left_out=list(file.left_out))
    wanted = _holidays(file, found.left_out)
    years = {day.year for day in wanted}
    for row in work.session.exec(select(HolidayRow).where(HolidayRow.team_id == team)):
        name = wanted.pop(row.day, None)
        if name is not None:
            row.name = name
            work.session.add(row)
            found.kept += 1
        elif row.day.year in years:
            work.session.delete(row)
            found.removed += 1
    for day, name in wanted.items():
        work.session.add(HolidayRow(team_id=team, day=day, name=name))
        found.added += 1
    text = f"public holidays from a file: {found.added} added, {found.removed} removed"
    note_change(work, who=who, what="holidays", text=text, team=team)
    return found


def _holidays(file: CalendarFile, left_out: list[LeftOut]) -> dict[date, str]:
    """The days of a file by name; days with several names keep them all."""
    names: dict[date, list[str]] = {}
    for one in file.happenings:
        if one.days is None:
            left_out.append(LeftOut(one.line, "it lasts hours, not whole days"))
            continue
        first, after = one.days
        if (after - first).days > LONGEST_HOLIDAY:
            left_out.append(LeftOut(one.line, f"it lasts longer than {LONGEST_HOLIDAY} days"))
            continue
        for number in range((after - first).days):
            of_day = names.setdefault(first + timedelta(days=number), [])
            if (name := plain_name(one.name)) not in of_day:
                of_day.append(name)
    return {day: ", ".join(of_day)[:_LONGEST_NAME] for day, of_day in names.items()}


def plain_name(text: str) -> str:
    """A name from a file as it can be kept: on one line, not too long, never empty."""
    visible = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text
    )
    return " ".join(visible.split())[:_LONGEST_NAME] or "Holiday"
