"""How a team's load is shared: hours, nights, weekends, holidays, pages, crises woken for."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select

from dispatch.commands.calendars import imported_holidays
from dispatch.commands.duty import schedule_of
from dispatch.events import PageKind
from dispatch.tables import CrisisRow, TimelineRow
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import Kind, OutboxState
from notifications.tables import OutboxRow
from oncall.duty_tables import DutyMarkRow
from oncall.fairness import Share, public_holidays, shares
from oncall.model import Shift, StaffId, TeamId, Tier
from oncall.rest import NIGHT
from oncall.tables import RotaChangeRow
from oncall.wallclock import to_utc, to_wall

PAST_QUARTER = timedelta(weeks=13)
"""How far back a plan looks for what people have carried."""

_PAGES = frozenset(kind.value for kind in PageKind)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carried in a while, and how often they were called upon.

    `pages` are the texts that asked them to take a crisis of the team. `woken` counts crises for
    which they were paged, or their phone was rung, between 22:00 and 06:00 on the team's wall.
    """

    staff: StaffId
    share: Share
    pages: int
    woken: int


def holidays_between(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> frozenset[date]:
    """The team's public holidays in the years that a stretch of time touches."""
    rota = work.directory.teams[team].rota
    years = range(start.year - 1, end.year + 2)  # the wall may show another year than UTC
    return public_holidays(rota.rules.holidays, years, imported_holidays(work, team).keys())


def shares_between(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> dict[StaffId, Share]:
    """What everybody carried, as it is written down, and will carry by the rota as it is.

    Time before a team's duty was first written down is nobody's: the rota may have been another.
    """
    schedule = _stood(work, team, start, end)
    zone = work.directory.teams[team].timezone
    return shares(schedule, zone, holidays_between(work, team, start, end))


def shares_of_past(work: UnitOfWork, team: TeamId, since: datetime) -> dict[StaffId, Share]:
    """What everybody has carried from an instant until now, as it is written down."""
    return shares_between(work, team, since, work.now)


def recorded_since(work: UnitOfWork, team: TeamId) -> datetime:
    """From when on it is known who stood for a team."""
    mark = work.session.get(DutyMarkRow, team)
    return work.now if mark is None else mark.since


def joined_since(work: UnitOfWork, team: TeamId, start: datetime) -> set[StaffId]:
    """Whoever came to a team, or back to the staff, in the time since then that is written down.

    Who was there when the writing began is not new.
    """
    query = select(RotaChangeRow.staff_id).where(
        or_(
            and_(col(RotaChangeRow.what) == "member_added", col(RotaChangeRow.team_id) == team),
            col(RotaChangeRow.details)["active"].as_boolean(),
        ),
        col(RotaChangeRow.at) > _known_from(work, team, start),
    )
    return {staff for staff in work.session.exec(query) if staff is not None}


def _known_from(work: UnitOfWork, team: TeamId, start: datetime) -> datetime:
    return max(start, min(recorded_since(work, team), work.now))


def _stood(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> Mapping[Tier, list[Shift]]:
    known = _known_from(work, team, start)
    return schedule_of(work, team, known, end) if known < end else {}


def fairness(work: UnitOfWork, team: TeamId, first: date, last: date) -> list[Load]:
    """What everybody of a team carried from the first day to the last, both included.

    Members come in the team's order, then whoever else stood for it.
    """
    zone = work.directory.teams[team].timezone
    start = to_utc(datetime.combine(first, time(0)), zone)
    end = to_utc(datetime.combine(last + _DAY, time(0)), zone)
    carried = shares_between(work, team, start, end)
    pages, woken = _called_upon(work, team, start, end)
    members = [
        staff for staff in work.directory.teams[team].members if work.directory.staff[staff].active
    ]
    others = sorted((carried.keys() | pages.keys() | woken.keys()) - set(members))
    return [
        Load(staff, carried.get(staff, Share()), pages[staff], woken[staff])
        for staff in (*members, *others)
    ]


def _called_upon(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> tuple[Counter[StaffId], Counter[StaffId]]:
    """How many pages everybody got, and for how many crises they were woken."""
    zone = work.directory.teams[team].timezone
    pages = _pages(work, team, start, end)
    called = {*pages.values(), *_rings(work, team, start, end)}
    nights = {(ref, staff) for ref, staff, at in called if _is_night(to_wall(at, zone))}
    return Counter(staff for _, staff, _ in pages.values()), Counter(staff for _, staff in nights)


def _is_night(wall: datetime) -> bool:
    return wall.time() >= NIGHT.start or wall.time() < NIGHT.end


def _pages(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> dict[str, tuple[str, StaffId, datetime]]:
    """The pages that were sent: crisis, person and time by the key of what asked for them.

    A page that had to be sent again is one page.
    """
    query = (
        select(OutboxRow)
        .join(CrisisRow, col(CrisisRow.ref) == OutboxRow.crisis_ref)
        .where(
            CrisisRow.team_id == team,
            OutboxRow.kind == Kind.SMS.value,
            OutboxRow.state == OutboxState.SENT.value,
            col(OutboxRow.staff_id).is_not(None),
            col(OutboxRow.created_at) >= start,
            col(OutboxRow.created_at) < end,
        )
        .order_by(col(OutboxRow.id))
    )
    found: dict[str, tuple[str, StaffId, datetime]] = {}
    for row in work.session.exec(query):
        page, _, _ = row.key.partition("/sms/")
        if page.rsplit("/", 1)[-1] in _PAGES and row.crisis_ref and row.staff_id:
            found.setdefault(page, (row.crisis_ref, row.staff_id, row.created_at))
    return found


def _rings(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> list[tuple[str, StaffId, datetime]]:
    """Whose phones were rung for callers: crisis, person and time."""
    query = (
        select(TimelineRow)
        .join(CrisisRow, col(CrisisRow.ref) == TimelineRow.crisis_ref)
        .where(
            CrisisRow.team_id == team,
            TimelineRow.kind == "ringing",
            col(TimelineRow.who).is_not(None),
            col(TimelineRow.at) >= start,
            col(TimelineRow.at) < end,
        )
    )
    return [(row.crisis_ref, row.who, row.at) for row in work.session.exec(query) if row.who]


def share_answer(share: Share) -> dict[str, Any]:
    """A share as it is told, in hours."""
    return {
        "hours": in_hours(share.hours),
        "nights": in_hours(share.nights),
        "weekends": in_hours(share.weekends),
        "holidays": in_hours(share.holidays),
        "shifts": share.shifts,
        "night_shifts": share.night_shifts,
    }


def in_hours(length: timedelta) -> float:
    """A length in hours, to the hundredth."""
    return round(length / timedelta(hours=1), 2)


def people_of(loads: Collection[Load], names: Mapping[StaffId, str]) -> list[dict[str, Any]]:
    """A report's lines as they are told."""
    return [
        {
            "staff": {"id": load.staff, "name": names.get(load.staff, load.staff)},
            **share_answer(load.share),
            "pages": load.pages,
            "woken": load.woken,
        }
        for load in loads
    ]
