"""Who is on call, over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator, AwareDatetime

from dispatch.api.context import Asking, Node, require_team
from dispatch.oncall_answer import local, oncall_answer
from oncall.schedule import final_schedule

router = APIRouter(prefix="/api/teams", tags=["rota"])

LONGEST_SCHEDULE_DAYS = 400


def _within_reach(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("must lie between 1970 and 2200")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_within_reach)]
"""An instant with its offset, in years in which rotas can be."""


@router.get("")
def teams(vigil: Node, viewer: Asking) -> list[dict[str, str]]:
    """The teams you may see."""
    with vigil.unit_of_work.reading() as work:
        return [
            {"id": team.id, "name": team.name, "timezone": str(team.timezone)}
            for team in work.directory.teams.values()
            if viewer.sees(team.id)
        ]


@router.get("/{team}/oncall")
def oncall(
    vigil: Node, viewer: Asking, team: str, at: Annotated[Instant | None, Query()] = None
) -> dict[str, Any]:
    """The ladder of a team at an instant (now by default): its rungs, then the last resort."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        return oncall_answer(work.directory, team, at or work.now)


@router.get("/{team}/schedule")
def schedule(
    vigil: Node,
    viewer: Asking,
    team: str,
    start: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant, Query(alias="to")],
) -> dict[str, Any]:
    """The final schedule of every tier: who, from when until when, and why."""
    if not start < end or (end - start).days > LONGEST_SCHEDULE_DAYS:
        raise HTTPException(
            422, f"from must be before to, at most {LONGEST_SCHEDULE_DAYS} days apart."
        )
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        rota = work.directory.teams[team].rota
        return {
            "team": team,
            "timezone": str(rota.timezone),
            "tiers": {
                rule.tier: [
                    {
                        "start": local(shift.start, rota.timezone),
                        "end": local(shift.end, rota.timezone),
                        "staff": {"id": shift.staff, "name": work.directory.name_of(shift.staff)},
                        "why": shift.why,
                    }
                    for shift in final_schedule(rota, rule.tier, start, end)
                ]
                for rule in rota.ladder
            },
        }


@router.get("/{team}/members")
def members(vigil: Node, viewer: Asking, team: str) -> list[dict[str, str]]:
    """The people of a team, for a hand-off."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        return [
            {"id": staff, "name": work.directory.name_of(staff)}
            for staff in work.directory.teams[team].members
            if work.directory.staff[staff].active
        ]
