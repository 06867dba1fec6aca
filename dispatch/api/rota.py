"""Who is on call, over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime

from dispatch.api.context import Asking, Node, require_team
from oncall.schedule import final_schedule

router = APIRouter(prefix="/api/teams", tags=["rota"])

LONGEST_SCHEDULE_DAYS = 400


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
    vigil: Node, viewer: Asking, team: str, at: Annotated[AwareDatetime | None, Query()] = None
) -> dict[str, Any]:
    """The ladder of a team at an instant (now by default): its rungs, then the last resort."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        ladder = work.directory.ladder(team, at or work.now)
        zone = work.directory.teams[team].timezone
        return {
            "team": team,
            "at": (at or work.now).astimezone(zone).isoformat(),
            "rungs": [
                {
                    "tier": rung.tier,
                    "staff": None
                    if rung.staff is None
                    else {"id": rung.staff, "name": work.directory.name_of(rung.staff)},
                    "until": _local(rung.until, zone),
                }
                for rung in ladder.rungs
            ],
            "last_resort": list(ladder.last_resort),
        }


@router.get("/{team}/schedule")
def schedule(
    vigil: Node,
    viewer: Asking,
    team: str,
    start: Annotated[AwareDatetime, Query(alias="from")],
    end: Annotated[AwareDatetime, Query(alias="to")],
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
                        "start": _local(shift.start, rota.timezone),
                        "end": _local(shift.end, rota.timezone),
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


def _local(at: datetime | None, zone: Any) -> str | None:
    return None if at is None else at.astimezone(zone).isoformat()
