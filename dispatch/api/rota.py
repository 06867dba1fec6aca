"""Rotas over HTTP: the final schedule, the proof of coverage, what decides them, who changed it."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from dispatch.api.changes import may_edit
from dispatch.api.context import Asking, Instant, Node, require_team
from dispatch.commands.coverage import coverage_answer
from dispatch.commands.duty import schedule_of
from dispatch.commands.rota_reads import journal_answer, rota_answer
from dispatch.oncall_answer import schedule_answer

router = APIRouter(prefix="/api/teams", tags=["rota"])

LONGEST_SCHEDULE_DAYS = 400
LAST_ENTRY = 2**63 - 1
"""No line of the journal can have a greater number."""


@router.get("")
def teams(vigil: Node, viewer: Asking) -> list[dict[str, str]]:
    """The teams you may see."""
    with vigil.unit_of_work.reading() as work:
        return [
            {"id": team.id, "name": team.name, "timezone": str(team.timezone)}
            for team in work.directory.teams.values()
            if viewer.sees(team.id)
        ]


@router.get("/{team}/schedule")
def schedule(
    vigil: Node,
    viewer: Asking,
    team: str,
    start: Annotated[Instant, Query(alias="from")],
    end: Annotated[Instant, Query(alias="to")],
) -> dict[str, Any]:
    """The final schedule of every tier: who, from when until when, and why."""
    _forwards(start, end)
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        zone = work.directory.teams[team].timezone
        return {
            "team": team,
            "timezone": str(zone),
            "tiers": {
                tier: schedule_answer(work.directory, zone, shifts)
                for tier, shifts in schedule_of(work, team, start, end).items()
            },
        }


def _forwards(start: datetime, end: datetime) -> None:
    if not start < end or end - start > timedelta(days=LONGEST_SCHEDULE_DAYS):
        raise HTTPException(
            422, f"from must be before to, at most {LONGEST_SCHEDULE_DAYS} days apart."
        )


@router.get("/{team}/coverage")
def coverage(
    vigil: Node,
    viewer: Asking,
    team: str,
    start: Annotated[Instant | None, Query(alias="from")] = None,
    end: Annotated[Instant | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """The proof that a team is covered, or every gap and thin stretch with its reason.

    By default from now to the horizon of the guarantee.
    """
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        first = start or work.now
        last = end or first + work.horizon
        _forwards(first, last)
        return coverage_answer(work, team, first, last)


@router.get("/{team}/rota")
def rota(vigil: Node, viewer: Asking, team: str) -> dict[str, Any]:
    """All that decides who is on call for a team, as it is kept."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        edits = may_edit(viewer, team)
        return {**rota_answer(work, team), "may_edit": edits, "may_accept_gaps": edits}


@router.get("/{team}/history")
def history(
    vigil: Node,
    viewer: Asking,
    team: str,
    before: Annotated[int | None, Query(ge=1, le=LAST_ENTRY)] = None,
) -> list[dict[str, Any]]:
    """The journal of a team's rota, the newest first, fifty lines at a time."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        return journal_answer(work, team, before)


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
