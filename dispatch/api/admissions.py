"""The admissions of teams over HTTP: who is in hospital, and what is due."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from dispatch.api.context import Asking, Node, require_team
from dispatch.commands.admissions import admission, listed
from dispatch.commands.logins import audit

router = APIRouter(prefix="/api", tags=["episodes"])


@router.get("/admissions")
def admissions(
    vigil: Node,
    viewer: Asking,
    team: Annotated[str | None, Query(description="Only this team's.")] = None,
) -> dict[str, Any]:
    """Who is in hospital, the longest first; then whoever was and has something due.

    Whoever may not see clients is told initials only. A look at who it is is audited. The board's
    change `admissions` says when to ask again.
    """
    with vigil.unit_of_work() as work:
        if team is not None:
            require_team(viewer, team, team in work.directory.teams)
        teams = [one for one in work.directory.teams if viewer.sees(one) and team in (None, one)]
        found = listed(work, viewer, teams)
        if found and viewer.sees_clients:
            about = ",".join(sorted({one.client.id for one in found}))
            audit(work.session, work.now, viewer.login, "admissions_read", about)
        return {
            "at": work.now,
            "admissions": [admission(work, viewer, one) for one in found],
        }
