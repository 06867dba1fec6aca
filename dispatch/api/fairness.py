"""The fairness report of a team over HTTP, as JSON and as a table for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse, Response

from dispatch.api.context import Asking, Node, require_team
from dispatch.commands.fairness import fairness, people_of, recorded_since
from dispatch.oncall_answer import local
from dispatch.spreadsheets import plain
from oncall.wallclock import to_wall

router = APIRouter(prefix="/api/teams", tags=["fairness"])

LONGEST_REPORT_DAYS = 400
BY_DEFAULT = timedelta(weeks=13)
"""A quarter, until today."""

COLUMNS = {
    "hours": "hours",
    "night_hours": "nights",
    "weekend_hours": "weekends",
    "holiday_hours": "holidays",
    "shifts": "shifts",
    "night_shifts": "night_shifts",
    "pages": "pages",
    "crises_woken_for": "woken",
}
"""What a line of the table holds after the person: how a column is headed, and what it holds."""

_ENCODING = "utf-8-sig"
"""With the mark at its start by which Excel knows that names are in UTF-8."""


@router.get("/{team}/fairness")
def report(
    vigil: Node,
    viewer: Asking,
    team: str,
    first: Annotated[date | None, Query(alias="from", description="The first day.")] = None,
    last: Annotated[date | None, Query(alias="to", description="The last day, included.")] = None,
    shape: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """What everybody carried and was called for; by default in the past quarter, until today.

    What has passed is told as it was written down, what is ahead as the rota stands now.
    """
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        zone = work.directory.teams[team].timezone
        until = last or to_wall(work.now, zone).date()
        since = first or until - BY_DEFAULT
        _forwards(since, until)
        people = people_of(fairness(work, team, since, until), work.directory.names)
        recorded = recorded_since(work, team)
    if shape == "csv":
        name = f"fairness-{team}-{since}-{until}.csv"
        return Response(
            table(people).encode(_ENCODING),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    return JSONResponse(
        {
            "team": team,
            "from": since.isoformat(),
            "to": until.isoformat(),
            "recorded_since": local(recorded, zone),
            "people": people,
        }
    )


def _forwards(first: date, last: date) -> None:
    if not (first.year >= 1970 and last.year <= 2200 and first <= last):
        raise HTTPException(422, "from must not be after to, and both between 1970 and 2200.")
    if (last - first).days > LONGEST_REPORT_DAYS:
        raise HTTPException(422, f"from and to are at most {LONGEST_REPORT_DAYS} days apart.")


def table(people: Sequence[dict[str, Any]]) -> str:
    """The report as comma-separated values, one person a line."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["staff", "name", *COLUMNS])
    for person in people:
        staff, figures = person["staff"], [person[measure] for measure in COLUMNS.values()]
        lines.writerow([plain(staff["id"]), plain(staff["name"]), *figures])
    return out.getvalue()
