"""Who belongs to a team and to the staff, over HTTP: joining, leaving, another phone."""

from typing import Any

from fastapi import APIRouter

from dispatch.agency_values import Phone
from dispatch.api.changes import (
    Accept,
    Edit,
    Preview,
    by_whom,
    editing,
    kept,
    require_editor,
    require_lead_of,
    require_may_accept,
)
from dispatch.api.context import Asking, Node
from dispatch.commands import people

router = APIRouter(prefix="/api", tags=["rota"])


class StaffEdit(Edit):
    """What may change about somebody: their phone, and whether they are on the staff."""

    phone: Phone | None = None
    active: bool | None = None


@router.put("/teams/{team}/members/{staff}")
def put_member(
    vigil: Node, viewer: Asking, team: str, staff: str, preview: Preview = False
) -> dict[str, Any]:
    """Take somebody on the staff into the team."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        change = people.add_member(work, team, staff, by_whom(viewer, None, preview))
    return kept(change)


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
        by = by_whom(viewer, None, preview, accept_gaps)
        change = people.remove_member(work, team, staff, by)
    return kept(change)


@router.patch("/staff/{staff}")
def patch_staff(
    vigil: Node, viewer: Asking, staff: str, edit: StaffEdit, preview: Preview = False
) -> dict[str, Any]:
    """Give somebody another phone, or let them leave or come back."""
    with editing(vigil) as work:
        require_lead_of(viewer, work.directory, staff)
        require_may_accept(viewer, work.directory, staff, edit.accept_gaps)
        by = by_whom(viewer, edit, preview)
        change = people.change_staff(work, staff, by, phone=edit.phone, active=edit.active)
    return kept(change)
