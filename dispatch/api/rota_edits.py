"""Changes of a team's rota over HTTP: tried with ``?preview=true``, refused where a gap opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dispatch.access import Viewer
from dispatch.agency_shapes import OnlyShape, RotationShape
from dispatch.agency_values import Phone, Words
from dispatch.api.context import Asking, Instant, Node, Vigil, require_team
from dispatch.commands import people, rota_edits
from dispatch.commands.guarantee import Change, GapsOpened, Previewed, StillNamed, Verdict
from dispatch.commands.rota_edits import By, ChangedMeanwhile, NotThere, WrongEdit
from dispatch.oncall_answer import local, schedule_answer
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap, reason
from oncall.eligibility import Candidate, PartTaker, obstacle_words
from oncall.model import Only, Override, OverrideKind, Rotation, Stint, TeamId
from oncall.schedule import final_schedule
from oncall.store import Directory

router = APIRouter(prefix="/api", tags=["rota"])

MOST_PARTS = 20
"""How many parts of a gap that somebody could take are listed."""

Preview = Annotated[bool, Query(description="Only try it: nothing is saved.")]
Accept = Annotated[Words | None, Query(description="Why the gaps that it opens are accepted.")]


class Edit(BaseModel):
    """What every change may carry: a lead's reason for accepting the gaps that it opens."""

    model_config = ConfigDict(extra="forbid")
    accept_gaps: Words | None = None


class RotationsEdit(Edit):
    """All rotations of a team, in order: the later wins.

    `seen` are those that they are to replace, as they were read: when others have changed them
    meanwhile, nothing is saved.
    """

    rotations: tuple[RotationShape, ...]
    seen: tuple[RotationShape, ...] | None = None


class OverrideEdit(Edit):
    """One change of one tier; instants with their offset."""

    tier: Words
    start: Instant
    end: Instant
    staff: Words
    kind: OverrideKind = OverrideKind.REPLACE
    instead: Words | None = None
    reason: Words | None = None


class StintShape(BaseModel):
    """One person for a while."""

    model_config = ConfigDict(extra="forbid")
    start: Instant
    end: Instant
    staff: Words


class TemporaryEdit(Edit):
    """A temporary schedule, tier by tier."""

    name: Words
    tiers: dict[str, tuple[StintShape, ...]] = Field(min_length=1)


class StaffEdit(Edit):
    """What may change about somebody: their phone, and whether they are on the staff."""

    phone: Phone | None = None
    active: bool | None = None


# What every change shares ───────────────────────────────────────────────────────────────────────


def may_edit(viewer: Viewer, team: TeamId) -> bool:
    """Whether somebody may change a team's rota: its leads, and administrators."""
    return viewer.leads(team)


def require_editor(viewer: Viewer, team: TeamId, known: bool) -> None:
    """Leads of the team and administrators only."""
    require_team(viewer, team, known)
    if not may_edit(viewer, team):
        raise HTTPException(403, "Only the team's leads and administrators may change its rota.")


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


def _by(viewer: Viewer, edit: Edit | None, preview: bool, accept: str | None = None) -> By:
    return By(viewer.name, edit.accept_gaps if edit else accept, preview)


def _kept(change: Change, **more: Any) -> dict[str, Any]:
    verdict = change.verdict
    return {**more, "coverage": None if verdict is None else verdict_answer(verdict)}


# The changes ────────────────────────────────────────────────────────────────────────────────────


@router.put("/teams/{team}/rotations")
def put_rotations(
    vigil: Node, viewer: Asking, team: str, edit: RotationsEdit, preview: Preview = False
) -> dict[str, Any]:
    """Put these rotations in place of the team's."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        rotations = [_rotation(shape) for shape in edit.rotations]
        seen = None if edit.seen is None else [_rotation(shape) for shape in edit.seen]
        by = _by(viewer, edit, preview)
        change = rota_edits.set_rotations(work, team, rotations, by, seen)
    return _kept(change)


def _rotation(shape: RotationShape) -> Rotation:
    try:
        return Rotation(
            tier=shape.tier,
            name=shape.name,
            starts=shape.starts,
            every=shape.every,
            order=shape.order,
            only=_only(shape.only) if shape.only else None,
            ends=shape.ends,
        )
    except ValueError as wrong:
        raise WrongEdit(str(wrong)) from None


def _only(shape: OnlyShape) -> Only:
    return Only(days=frozenset(shape.days), start=shape.start, end=shape.end)


@router.post("/teams/{team}/overrides", status_code=201)
def post_override(
    vigil: Node, viewer: Asking, team: str, edit: OverrideEdit, preview: Preview = False
) -> dict[str, Any]:
    """Change who stands on a tier for a while."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        try:
            override = Override(
                edit.tier,
                edit.start,
                edit.end,
                edit.staff,
                edit.reason or "",
                edit.kind,
                edit.instead,
            )
        except ValueError as wrong:
            raise WrongEdit(str(wrong)) from None
        number, change = rota_edits.add_override(work, team, override, _by(viewer, edit, preview))
    return _kept(change, id=number)


@router.delete("/teams/{team}/overrides/{number}")
def delete_override(
    vigil: Node,
    viewer: Asking,
    team: str,
    number: int,
    preview: Preview = False,
    accept_gaps: Accept = None,
) -> dict[str, Any]:
    """Take an override back."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        by = _by(viewer, None, preview, accept_gaps)
        change = rota_edits.remove_override(work, team, number, by)
    return _kept(change)


@router.post("/teams/{team}/temporary-schedules", status_code=201)
def post_temporary_schedule(
    vigil: Node, viewer: Asking, team: str, edit: TemporaryEdit, preview: Preview = False
) -> dict[str, Any]:
    """Say stint by stint who stands for a while, in place of the rotations."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        tiers = {tier: _stints(shapes) for tier, shapes in edit.tiers.items()}
        by = _by(viewer, edit, preview)
        number, change = rota_edits.add_temporary_schedule(work, team, edit.name, tiers, by)
    return _kept(change, id=number)


def _stints(shapes: tuple[StintShape, ...]) -> list[Stint]:
    try:
        return [Stint(shape.start, shape.end, shape.staff) for shape in shapes]
    except ValueError as wrong:
        raise WrongEdit(str(wrong)) from None


@router.delete("/teams/{team}/temporary-schedules/{number}")
def delete_temporary_schedule(
    vigil: Node,
    viewer: Asking,
    team: str,
    number: int,
    preview: Preview = False,
    accept_gaps: Accept = None,
) -> dict[str, Any]:
    """Take a temporary schedule back."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        by = _by(viewer, None, preview, accept_gaps)
        change = rota_edits.remove_temporary_schedule(work, team, number, by)
    return _kept(change)


@router.put("/teams/{team}/members/{staff}")
def put_member(
    vigil: Node, viewer: Asking, team: str, staff: str, preview: Preview = False
) -> dict[str, Any]:
    """Take somebody on the staff into the team."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        change = people.add_member(work, team, staff, _by(viewer, None, preview))
    return _kept(change)


@router.delete("/teams/{team}/members/{staff}")
def delete_member(
    vigil: Node,
    viewer: Asking,
    team: str,
    staff: str,
    preview: Preview = False,
    accept_gaps: Accept = None,
) -> dict[str, Any]:
    """Let somebody leave the team."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        by = _by(viewer, None, preview, accept_gaps)
        change = people.remove_member(work, team, staff, by)
    return _kept(change)


@router.patch("/staff/{staff}")
def patch_staff(
    vigil: Node, viewer: Asking, staff: str, edit: StaffEdit, preview: Preview = False
) -> dict[str, Any]:
    """Give somebody another phone, or let them leave or come back."""
    with editing(vigil) as work:
        require_lead_of(viewer, work.directory, staff)
        require_may_accept(viewer, work.directory, staff, edit.accept_gaps)
        by = _by(viewer, edit, preview)
        change = people.change_staff(work, staff, by, phone=edit.phone, active=edit.active)
    return _kept(change)


def require_lead_of(viewer: Viewer, directory: Directory, staff: str) -> None:
    """Administrators, and the leads of a team that this person belongs to."""
    theirs = [team.id for team in directory.teams.values() if staff in team.members]
    if staff not in directory.staff or not (
        viewer.teams is None or any(viewer.sees(team) for team in theirs)
    ):
        raise HTTPException(404, f"Nobody on the staff is called “{staff}”.")
    if not viewer.leads_somebody_in(theirs):
        raise HTTPException(403, "Only leads of their team and administrators may do this.")


def require_may_accept(
    viewer: Viewer, directory: Directory, staff: str, accept: str | None
) -> None:
    """Only who leads all of somebody's teams may accept the gaps that a change of them opens."""
    theirs = (team.id for team in directory.teams.values() if staff in team.members)
    if accept is not None and not all(may_edit(viewer, team) for team in theirs):
        raise HTTPException(403, "Only leads of their teams and administrators may accept gaps.")
