"""What all changes of rotas share over HTTP: who may, trying, being refused, being told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from dispatch.access import Viewer
from dispatch.agency_values import Words
from dispatch.api.context import Vigil, require_team
from dispatch.commands.guarantee import Change, GapsOpened, Previewed, StillNamed, Verdict
from dispatch.commands.rota_edits import By, ChangedMeanwhile, NotThere, WrongEdit
from dispatch.oncall_answer import local, schedule_answer
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap, reason
from oncall.eligibility import Candidate, PartTaker, obstacle_words
from oncall.model import StaffId, TeamId
from oncall.schedule import final_schedule
from oncall.store import Directory

MOST_PARTS = 20
"""How many parts of a gap that somebody could take are listed."""

Preview = Annotated[bool, Query(description="Only try it: nothing is saved.")]
Accept = Annotated[Words | None, Query(description="Why the gaps that it opens are accepted.")]


class Edit(BaseModel):
    """What every change may carry: a lead's reason for accepting the gaps that it opens."""

    model_config = ConfigDict(extra="forbid")
    accept_gaps: Words | None = None


def may_edit(viewer: Viewer, team: TeamId) -> bool:
    """Whether somebody may change a team's rota: its leads, and administrators."""
    return viewer.leads(team)


def require_editor(viewer: Viewer, team: TeamId, known: bool) -> None:
    """Leads of the team and administrators only."""
    require_team(viewer, team, known)
    if not may_edit(viewer, team):
        raise HTTPException(403, "Only the team's leads and administrators may change its rota.")


def require_lead_of(viewer: Viewer, directory: Directory, staff: str) -> None:
    """Administrators, and the leads of a team that this person belongs to."""
    theirs = [team.id for team in directory.teams.values() if staff in team.members]
    if staff not in directory.staff or not (
        viewer.teams is None or any(viewer.sees(team) for team in theirs)
    ):
        raise HTTPException(404, f"Nobody on the staff is called “{staff}”.")
    if not viewer.leads_somebody_in(theirs):
        raise HTTPException(403, "Only leads of their team and administrators may do this.")


def oneself(viewer: Viewer, directory: Directory) -> StaffId:
    """Who on the staff the viewer is."""
    if viewer.staff is None or viewer.staff not in directory.staff:
        raise HTTPException(403, "You are not on the staff, so no shift or phone is yours.")
    return viewer.staff


def require_oneself_or_lead(viewer: Viewer, directory: Directory, staff: str) -> None:
    """The person themselves; else those who lead them."""
    if viewer.staff != staff or staff not in directory.staff:
        require_lead_of(viewer, directory, staff)


def require_may_accept(
    viewer: Viewer, directory: Directory, staff: str, accept: str | None
) -> None:
    """Only who leads all of somebody's teams may accept the gaps that a change of them opens."""
    theirs = (team.id for team in directory.teams.values() if staff in team.members)
    if accept is not None and not all(may_edit(viewer, team) for team in theirs):
        raise HTTPException(403, "Only leads of their teams and administrators may accept gaps.")


@contextmanager
def editing(vigil: Vigil) -> Iterator[UnitOfWork]:
    """A unit of work for one change; what is wrong with the change becomes the answer."""
    try:
        with vigil.unit_of_work() as work:
            yield work
    except (WrongEdit, StillNamed) as wrong:
        raise HTTPException(422, str(wrong)) from None
    except NotThere as gone:
        raise HTTPException(404, str(gone)) from None
    except ChangedMeanwhile as changed:
        raise HTTPException(409, str(changed)) from None


def verdict_answer(verdict: Verdict) -> dict[str, Any]:
    """What a change does to coverage, in the team's time."""
    directory = verdict.directory
    return {
        "covered": not verdict.opened,
        "opened": [
            {
                "team": one.team,
                **_gap_answer(directory, one.team, one.gap),
                "candidates": [candidate_answer(directory, each) for each in one.candidates],
                "part_takers": [
                    _part_taker_answer(directory, one.team, each) for each in one.part_takers
                ],
            }
            for one in verdict.opened
        ],
        "thin": [
            {
                "team": team,
                "tier": thin.tier,
                "start": local(thin.start, directory.teams[team].timezone),
                "end": local(thin.end, directory.teams[team].timezone),
                "kind": thin.kind.value,
                "reason": reason(thin, directory.names),
            }
            for team, thin in verdict.thin
        ],
    }


def _gap_answer(directory: Directory, team: TeamId, gap: Gap) -> dict[str, Any]:
    zone = directory.teams[team].timezone
    return {
        "tier": gap.tier,
        "start": local(gap.start, zone),
        "end": local(gap.end, zone),
        "reason": reason(gap, directory.names),
    }


def _part_taker_answer(directory: Directory, team: TeamId, taker: PartTaker) -> dict[str, Any]:
    """Somebody who could take parts of a gap: for how long, and the first of the parts."""
    zone = directory.teams[team].timezone
    return {
        "staff": {"id": taker.staff, "name": directory.name_of(taker.staff)},
        "hours": round(taker.length.total_seconds() / 3600, 1),
        "parts": [
            {"start": local(start, zone), "end": local(end, zone)}
            for start, end in taker.parts[:MOST_PARTS]
        ],
    }


def candidate_answer(directory: Directory, candidate: Candidate) -> dict[str, Any]:
    """Somebody who could take a stretch, and what speaks against it."""
    return {
        "staff": {"id": candidate.staff, "name": directory.name_of(candidate.staff)},
        "hours": round(candidate.load.total_seconds() / 3600, 1),
        "obstacles": [obstacle_words(obstacle) for obstacle in candidate.obstacles],
    }


def preview_answer(verdict: Verdict, team: TeamId | None) -> dict[str, Any]:
    """The verdict on a change that was only tried, with the schedule as it would be."""
    answer = verdict_answer(verdict)
    if team is not None and team in verdict.directory.teams:
        rota = verdict.directory.teams[team].rota
        answer["from"] = local(verdict.start, rota.timezone)
        answer["to"] = local(verdict.end, rota.timezone)
        answer["schedule"] = {
            tier: schedule_answer(
                verdict.directory,
                rota.timezone,
                final_schedule(rota, tier, verdict.start, verdict.end),
            )
            for tier in rota.tiers
        }
    return answer


def refused_answer(refused: GapsOpened) -> JSONResponse:
    """409: every gap, and who could take it."""
    answer = verdict_answer(refused.verdict)
    return JSONResponse({"detail": str(refused), "opened": answer["opened"]}, 409)


async def gaps_opened(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001
    """Answer a change that was refused for the gaps it opens."""
    assert isinstance(error, GapsOpened)  # noqa: S101  registered for it alone
    return refused_answer(error)


async def previewed(request: Request, error: Exception) -> JSONResponse:
    """Answer a change that was only tried."""
    assert isinstance(error, Previewed)  # noqa: S101  registered for it alone
    return JSONResponse(preview_answer(error.verdict, request.path_params.get("team")))


def by_whom(viewer: Viewer, edit: Edit | None, preview: bool, accept: str | None = None) -> By:
    """Who makes a change, and how."""
    return By(viewer.name, edit.accept_gaps if edit else accept, preview)


def kept(change: Change, **more: Any) -> dict[str, Any]:
    """The answer to a change that was made: what it does to coverage, and whatever else is told."""
    verdict = change.verdict
    return {**more, "coverage": None if verdict is None else verdict_answer(verdict)}
