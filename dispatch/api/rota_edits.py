"""Changes of a team's rota over HTTP: tried with ``?preview=true``, refused where a gap opens."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dispatch.agency_shapes import OnlyShape, RotationShape
from dispatch.agency_values import Words
from dispatch.api.changes import Accept, Edit, Preview, by_whom, editing, kept, require_editor
from dispatch.api.context import Asking, Instant, Node
from dispatch.commands import rota_edits
from dispatch.commands.rota_edits import WrongEdit
from oncall.model import Only, Override, OverrideKind, Rotation, Stint

router = APIRouter(prefix="/api", tags=["rota"])


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


@router.put("/teams/{team}/rotations")
def put_rotations(
    vigil: Node, viewer: Asking, team: str, edit: RotationsEdit, preview: Preview = False
) -> dict[str, Any]:
    """Put these rotations in place of the team's."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        rotations = [_rotation(shape) for shape in edit.rotations]
        seen = None if edit.seen is None else [_rotation(shape) for shape in edit.seen]
        by = by_whom(viewer, edit, preview)
        change = rota_edits.set_rotations(work, team, rotations, by, seen)
    return kept(change)


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
        number, change = rota_edits.add_override(
            work, team, override, by_whom(viewer, edit, preview)
        )
    return kept(change, id=number)


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
        by = by_whom(viewer, None, preview, accept_gaps)
        change = rota_edits.remove_override(work, team, number, by)
    return kept(change)


@router.post("/teams/{team}/temporary-schedules", status_code=201)
def post_temporary_schedule(
    vigil: Node, viewer: Asking, team: str, edit: TemporaryEdit, preview: Preview = False
) -> dict[str, Any]:
    """Say stint by stint who stands for a while, in place of the rotations."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        tiers = {tier: _stints(shapes) for tier, shapes in edit.tiers.items()}
        by = by_whom(viewer, edit, preview)
        number, change = rota_edits.add_temporary_schedule(work, team, edit.name, tiers, by)
    return kept(change, id=number)


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
        by = by_whom(viewer, None, preview, accept_gaps)
        change = rota_edits.remove_temporary_schedule(work, team, number, by)
    return kept(change)
