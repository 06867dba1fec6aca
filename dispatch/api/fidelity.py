"""O5 and O6 of a team over HTTP, with every episode behind them, as JSON and for spreadsheets."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response

from dispatch.access import Viewer
from dispatch.api.context import Asking, Node, Vigil, require_team
from dispatch.commands.fidelity_answers import answer, table
from dispatch.commands.fidelity_counts import Fidelity, a_year_until, fidelity
from dispatch.commands.logins import audit
from dispatch.hospitals.counting.fidelity import BadCuts
from oncall.wallclock import to_wall

router = APIRouter(prefix="/api/teams", tags=["fidelity"])

LONGEST_YEARS = 10

_ENCODING = "utf-8-sig"
"""With the mark at its start by which Excel knows that names are in UTF-8."""

First = Annotated[date | None, Query(alias="from", description="The first day.")]
Last = Annotated[date | None, Query(alias="to", description="The last day, included.")]


@router.get("/{team}/fidelity")
def report(
    vigil: Node, viewer: Asking, team: str, first: First = None, last: Last = None
) -> dict[str, Any]:
    """Scores with numerator, denominator and every episode behind them; by default of a year."""
    told = answer(_counted(vigil, viewer, team, first, last), names=viewer.sees_clients)
    if viewer.sees_clients:
        _audit(vigil, viewer, told["team"], told["from"], told["to"])
    return told


@router.get("/{team}/fidelity.csv")
def as_table(
    vigil: Node, viewer: Asking, team: str, first: First = None, last: Last = None
) -> Response:
    """One line an episode and measure, with the agency's ids of clients; for leads."""
    counted = _counted(vigil, viewer, team, first, last)
    if not viewer.leads(team):
        raise HTTPException(403, "Only the team's leads may take the table with them.")
    since, until = counted.period.first.isoformat(), counted.last.isoformat()
    _audit(vigil, viewer, team, since, until)
    name = f"fidelity-{team}-{since}-{until}.csv"
    return Response(
        table(counted).encode(_ENCODING),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _counted(
    vigil: Vigil, viewer: Viewer, team: str, first: date | None, last: date | None
) -> Fidelity:
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        today = to_wall(work.now, work.directory.teams[team].timezone).date()
        until = last or today
        since = first or a_year_until(until)
        if not (since.year >= 1970 and until.year < 2200 and since <= until):
            raise HTTPException(422, "from must not be after to, and both between 1970 and 2199.")
        if until - since > timedelta(days=366 * LONGEST_YEARS):
            raise HTTPException(422, f"from and to are at most {LONGEST_YEARS} years apart.")
        try:
            return fidelity(work, team, since, until)
        except BadCuts as problem:
            raise HTTPException(422, f"to: {problem}") from None


def _audit(vigil: Vigil, viewer: Viewer, team: str, since: str, until: str) -> None:
    with vigil.unit_of_work() as work:
        about = f"{team} {since} {until}"
        audit(work.session, work.now, viewer.login, "fidelity_read", about)
