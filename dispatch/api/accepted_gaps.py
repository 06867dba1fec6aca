"""Gaps that leads accept knowingly, and no longer, over HTTP."""

from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from dispatch.agency_values import Words
from dispatch.api.changes import editing, require_editor
from dispatch.api.context import Asking, Instant, Node
from dispatch.commands.acceptances import accept_standing_gaps, take_acceptance_back
from dispatch.commands.rota_edits import By

router = APIRouter(prefix="/api", tags=["rota"])


class AcceptanceShape(BaseModel):
    """Which stretch of a tier a lead accepts to be empty, and why. Instants with their offset."""

    model_config = ConfigDict(extra="forbid")
    tier: str
    start: Instant
    end: Instant
    reason: Words


@router.post("/teams/{team}/accepted-gaps", status_code=201)
def post_accepted_gap(
    vigil: Node, viewer: Asking, team: str, asked: AcceptanceShape
) -> dict[str, Any]:
    """Accept the gaps that a tier has within a stretch of the guarantee's time."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        if asked.start >= asked.end:
            raise HTTPException(422, "The end must be later than the start.")
        by, stretch = By(viewer.name), (asked.tier, asked.start, asked.end)
        count = accept_standing_gaps(work, team, *stretch, asked.reason, by)
    return {"accepted": count}


@router.delete("/teams/{team}/accepted-gaps/{number}", status_code=204)
def delete_accepted_gap(vigil: Node, viewer: Asking, team: str, number: int) -> None:
    """No longer accept a gap: it alarms again."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        take_acceptance_back(work, team, number, By(viewer.name))
