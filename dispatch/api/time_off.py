"""Time off over HTTP: by hand, or from a calendar file. There is no place for a reason."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import model_validator

from dispatch.access import Viewer
from dispatch.agency_values import Words
from dispatch.api.changes import (
    Accept,
    Edit,
    Preview,
    editing,
    preview_answer,
    require_lead_of,
    require_may_accept,
    verdict_answer,
)
from dispatch.api.context import Asking, Instant, Node, Vigil
from dispatch.commands import time_off as commands
from dispatch.commands.guarantee import Change, Previewed
from dispatch.commands.phones import first_team
from dispatch.commands.rota_edits import By, WrongEdit
from dispatch.commands.time_off import Tally
from dispatch.oncall_answer import local
from dispatch.unit_of_work import UnitOfWork
from oncall.calendar_events import CalendarFile, LeftOut, read_calendar
from oncall.calendar_text import Unreadable
from oncall.model import StaffId, TeamId, TimeOff
from oncall.store import Directory
from oncall.wallclock import to_utc

router = APIRouter(prefix="/api/staff", tags=["time off"])

AHEAD = timedelta(days=400)
"""How far ahead a calendar file is read: a year and a spare month."""

MOST_LEFT_OUT = 100
"""How many events that were left out are listed; of the rest only the number is told."""

_UTC = ZoneInfo("UTC")

_reading = threading.BoundedSemaphore(1)
"""A hostile file takes a second to read: one at a time, callers come first."""


class TimeOffEdit(Edit):
    """When somebody is away: two instants, or whole days on the wall of a team.

    That is `team`'s wall, or that of the first team they belong to.
    """

    start: Instant | None = None
    end: Instant | None = None
    first_day: date | None = None
    last_day: date | None = None
    team: Words | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        instants, days = (self.start, self.end), (self.first_day, self.last_day)
        given = [pair for pair in (instants, days) if any(pair)]
        if len(given) != 1 or not all(given[0]):
            raise ValueError("give start and end, or first_day and last_day")
        for day in days:
            if day is not None and not 1970 <= day.year <= 2200:
                raise ValueError("first_day and last_day must lie between 1970 and 2200")
        return self

    def time_off(self, zone: ZoneInfo) -> TimeOff:
        """What is meant. Raises WrongEdit for an end before the start."""
        try:
            if self.start is not None and self.end is not None:
                return TimeOff(self.start, self.end)
            assert self.first_day is not None  # noqa: S101  one of the two is given
            assert self.last_day is not None  # noqa: S101
            after = self.last_day + timedelta(days=1)
            return TimeOff(_midnight(self.first_day, zone), _midnight(after, zone))
        except ValueError:
            raise WrongEdit("The end must be later than the start.") from None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return to_utc(datetime.combine(day, time()), zone)


@router.get("/{staff}/time-off")
def list_time_off(vigil: Node, viewer: Asking, staff: str) -> list[dict[str, Any]]:
    """When somebody is away: now, later, and in the last month."""
    with vigil.unit_of_work.reading() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        zone = _zone(work, staff, None)
        return [
            {
                "id": row.id,
                "start": local(row.starts, zone),
                "end": local(row.ends, zone),
                "imported": row.uid is not None,
            }
            for row in commands.time_off(work, staff)
        ]


@router.post("/{staff}/time-off", status_code=201)
def post_time_off(
    vigil: Node, viewer: Asking, staff: str, edit: TimeOffEdit, preview: Preview = False
) -> dict[str, Any]:
    """Write that somebody is away."""
    with editing(vigil) as work:
        by = _by(work, viewer, staff, edit.accept_gaps, preview)
        off = edit.time_off(_zone(work, staff, edit.team))
        number, change = commands.add_time_off(work, staff, off, by)
    return {"id": number, **_coverage(change)}


@router.delete("/{staff}/time-off/{number}")
def delete_time_off(
    vigil: Node,
    viewer: Asking,
    staff: str,
    number: int,
    preview: Preview = False,
    accept_gaps: Accept = None,
) -> dict[str, Any]:
    """Take time off back; what has passed of it stays."""
    with editing(vigil) as work:
        by = _by(work, viewer, staff, accept_gaps, preview)
        change = commands.remove_time_off(work, staff, number, by)
    return _coverage(change)


async def _body(request: Request) -> bytes:
    return await request.body()


CalendarBody = Annotated[bytes, Depends(_body)]
"""The bytes of a calendar file."""


@router.post(
    "/{staff}/time-off/import",
    openapi_extra={"requestBody": {"content": {"text/calendar": {}}, "required": True}},
)
def import_time_off(
    vigil: Node,
    viewer: Asking,
    staff: str,
    body: CalendarBody,
    preview: Preview = False,
    accept_gaps: Accept = None,
) -> JSONResponse:
    """Read somebody's calendar (.ics): every event is time off, and nothing else of it is kept.

    Reading a newer export of the same calendar brings it up to date; an export that does not name
    its calendar adds and changes, and takes nothing back.
    """
    with vigil.unit_of_work.reading() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        now, zone = work.now, _zone(work, staff, None)
    file = read_file(body, zone, now, now + AHEAD)
    tally = Tally()
    try:
        change = _import(vigil, viewer, staff, file, tally, accept_gaps, preview)
    except Previewed as tried:
        coverage = preview_answer(tried.verdict, None)
    else:
        coverage = _coverage(change)
    counts = {"added": tally.added, "removed": tally.removed, "kept": tally.kept}
    return JSONResponse({**counts, "left_out": left_out_answer(file.left_out), **coverage})


def _import(
    vigil: Vigil,
    viewer: Viewer,
    staff: StaffId,
    file: CalendarFile,
    tally: Tally,
    accept: str | None,
    preview: bool,
) -> Change:
    with editing(vigil) as work:
        by = _by(work, viewer, staff, accept, preview)
        return commands.import_time_off(work, staff, file, by, tally)


def read_file(
    body: bytes, zone: ZoneInfo, start: datetime, end: datetime, *, also_free: bool = False
) -> CalendarFile:
    """What a calendar file says happens in [start, end); 422 where it can't be read."""
    with _one_at_a_time():
        try:
            return read_calendar(body, zone, start, end, also_free=also_free)
        except Unreadable as wrong:
            raise HTTPException(422, str(wrong)) from None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _reading.acquire(blocking=False):
        raise HTTPException(429, "Another calendar is being read: try again in a moment.")
    try:
        yield
    finally:
        _reading.release()


def left_out_answer(left_out: tuple[LeftOut, ...]) -> list[dict[str, Any]]:
    """The events that were left out, and why; a long list is cut."""
    shown: list[dict[str, Any]] = [
        {"line": one.line, "reason": one.reason} for one in left_out[:MOST_LEFT_OUT]
    ]
    more = len(left_out) - MOST_LEFT_OUT
    return shown if more <= 0 else [*shown, {"line": None, "reason": f"and {more} more"}]


def require_oneself_or_lead(viewer: Viewer, directory: Directory, staff: str) -> None:
    """The person themselves; else administrators and the leads of a team that they belong to."""
    if viewer.staff != staff or staff not in directory.staff:
        require_lead_of(viewer, directory, staff)


def _by(work: UnitOfWork, viewer: Viewer, staff: str, accept: str | None, preview: bool) -> By:
    """Who makes the change; only who leads all of their teams may accept the gaps it opens."""
    require_oneself_or_lead(viewer, work.directory, staff)
    require_may_accept(viewer, work.directory, staff, accept)
    return By(viewer.name, accept, preview)


def _teams(work: UnitOfWork, staff: StaffId) -> list[TeamId]:
    return [team.id for team in work.directory.teams.values() if staff in team.members]


def _zone(work: UnitOfWork, staff: StaffId, named: TeamId | None) -> ZoneInfo:
    """By whose wall somebody's days are counted: the team named, else their first; else UTC."""
    if named is not None and named not in _teams(work, staff):
        raise WrongEdit(f"team: they don't belong to a team that is called “{named}”.")
    team = named or first_team(work, staff)
    return work.directory.teams[team].timezone if team else _UTC


def _coverage(change: Change) -> dict[str, Any]:
    verdict = change.verdict
    return {"coverage": None if verdict is None else verdict_answer(verdict)}
