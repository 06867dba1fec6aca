"""Calendar feeds and public holidays over HTTP."""

import hashlib
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict

from dispatch.access import Viewer
from dispatch.agency_values import Words
from dispatch.api.changes import editing, require_editor
from dispatch.api.context import Asking, Node, Vigil, require_team
from dispatch.api.time_off import (
    CalendarBody,
    left_out_answer,
    read_file,
    require_oneself_or_lead,
)
from dispatch.commands import calendars
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(tags=["calendars"])

ADDRESS = "/calendars/"
"""Where feeds are read; what follows is a secret."""

_SUFFIX = ".ics"
_YEARS_BACK, _YEARS_AHEAD = 1, 2
"""The years besides this one of which a file's public holidays are taken."""


class FeedBody(BaseModel):
    """Whose shifts a feed is to show; yourself if nobody is named."""

    model_config = ConfigDict(extra="forbid")
    staff: Words | None = None
    team: Words | None = None


@router.post("/api/calendar-feeds", status_code=201)
def make_feed(vigil: Node, viewer: Asking, body: FeedBody) -> dict[str, Any]:
    """Make a secret address at which shifts can be read. It is shown this once."""
    with vigil.unit_of_work() as work:
        staff, team = _shown(work, viewer, body)
        row, secret = calendars.make_feed(work, viewer, staff=staff, team=team)
    return {"id": row.id, "url": f"{vigil.public_url}{ADDRESS}{secret}{_SUFFIX}"}


def _shown(work: UnitOfWork, viewer: Viewer, body: FeedBody) -> tuple[str | None, str | None]:
    """The person or the team of a new feed, where the viewer may make one."""
    if body.staff is not None and body.team is not None:
        raise HTTPException(422, "A feed shows a person or a team: name one of them.")
    if body.team is not None:
        require_team(viewer, body.team, body.team in work.directory.teams)
        if not viewer.leads(body.team):
            raise HTTPException(403, "Only the team's leads and administrators may share its rota.")
        return None, body.team
    staff = body.staff or viewer.staff
    if staff is None:
        raise HTTPException(
            422, "staff: say whose shifts, since you are not on the staff yourself."
        )
    require_oneself_or_lead(viewer, work.directory, staff)
    return staff, None


@router.get("/api/calendar-feeds")
def list_feeds(vigil: Node, viewer: Asking) -> list[dict[str, Any]]:
    """Your feeds, and those of the teams you lead; their addresses are not known any more."""
    with vigil.unit_of_work.reading() as work:
        return [
            {
                "id": row.id,
                "staff": calendars.name_of(work.directory, row),
                "team": row.team_id,
                "made_at": row.made_at.isoformat(),
                "made_by": row.made_by,
                "read_at": row.read_at.isoformat() if row.read_at else None,
            }
            for row in calendars.feeds(work, viewer)
        ]


@router.delete("/api/calendar-feeds/{number}", status_code=204)
def delete_feed(vigil: Node, viewer: Asking, number: int) -> None:
    """Revoke a feed: from now on nobody can read it."""
    with editing(vigil) as work:
        calendars.revoke_feed(work, viewer, number)


@router.api_route(
    ADDRESS + "{name:path}", methods=["GET", "HEAD"], include_in_schema=False, response_model=None
)
def read_feed(vigil: Node, request: Request, name: str) -> Response:
    """A feed, for whoever has its address."""
    secret = name.removesuffix(_SUFFIX)
    with vigil.unit_of_work.reading() as work:
        found = calendars.feed_at(work, secret) if secret != name else None
        if found is None:
            raise HTTPException(404, "No calendar is at this address.")
        row, content = found
        number, now, seen = row.id, work.now, row.read_at
    if number is not None and (seen is None or now - seen > calendars.SEEN_EVERY):
        with vigil.unit_of_work() as work:
            calendars.was_read(work, number)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if _has_it(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _has_it(known: str, tag: str) -> bool:
    """Whether a program that asks has this version already (RFC 9110, 13.1.2)."""
    tags = [one.strip().removeprefix("W/") for one in known.split(",")]
    return tag in tags or "*" in tags


# Public holidays ────────────────────────────────────────────────────────────────────────────────


@router.get("/api/teams/{team}/holidays")
def holidays(
    vigil: Node,
    viewer: Asking,
    team: str,
    year: Annotated[int | None, Query(ge=1970, le=2200)] = None,
) -> list[dict[str, Any]]:
    """A team's public holidays of a year (this one by default): its region's, and imported ones."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        zone = work.directory.teams[team].timezone
        this_year = work.now.astimezone(zone).year
        return calendars.holidays_of(work, team, year or this_year)


@router.post(
    "/api/teams/{team}/holidays/import",
    openapi_extra={"requestBody": {"content": {"text/calendar": {}}, "required": True}},
)
def import_holidays(vigil: Node, viewer: Asking, team: str, body: CalendarBody) -> dict[str, Any]:
    """Read a calendar of public holidays (.ics). It replaces earlier ones in the years it names."""
    zone, start, end = _years(vigil, viewer, team)
    file = read_file(body, zone, start, end, also_free=True)
    with vigil.unit_of_work() as work:
        require_editor(viewer, team, team in work.directory.teams)
        found = calendars.import_holidays(work, team, file, viewer.name)
    return {
        "added": found.added,
        "removed": found.removed,
        "kept": found.kept,
        "left_out": left_out_answer(tuple(sorted(found.left_out, key=lambda one: one.line))),
    }


def _years(vigil: Vigil, viewer: Viewer, team: str) -> tuple[ZoneInfo, datetime, datetime]:
    with vigil.unit_of_work.reading() as work:
        require_editor(viewer, team, team in work.directory.teams)
        zone = work.directory.teams[team].timezone
        year = work.now.astimezone(zone).year
    first, after = year - _YEARS_BACK, year + _YEARS_AHEAD + 1
    return zone, datetime(first, 1, 1, tzinfo=zone), datetime(after, 1, 1, tzinfo=zone)
