"""Rosters of our clients for networks, over HTTP."""

from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from dispatch.access import Role
from dispatch.api.context import Asking, Node
from dispatch.commands import rosters
from dispatch.commands.rosters import UnknownNetwork

router = APIRouter(prefix="/api/rosters", tags=["hospitals"])


@router.get("")
def get_rosters(vigil: Node, viewer: Asking) -> dict[str, Any]:
    """The networks, when each was given a roster last, and when that runs out."""
    if viewer.role not in (Role.ADMIN, Role.LEAD):
        raise HTTPException(403, "Only leads and administrators see the rosters.")
    with vigil.unit_of_work.reading() as work:
        return {"networks": rosters.rosters(work)}


@router.post("/{network}/export")
def export(vigil: Node, viewer: Asking, network: str) -> Response:
    """The roster of everybody who is enrolled now, as a file to upload; it is written down.

    A roster without some teams would take their clients off the network's list: so it is made by
    whoever leads all of them.
    """
    with vigil.unit_of_work() as work:
        if not all(viewer.leads(team) for team in work.directory.teams):
            detail = "A roster holds the clients of every team: a lead of all, or an administrator."
            raise HTTPException(403, detail)
        try:
            made = rosters.export(work, network, by=viewer.name, login=viewer.login)
        except UnknownNetwork as unknown:
            raise HTTPException(404, str(unknown)) from None
    name = f"roster-{network}-{made.row.at.date()}.csv"
    return Response(
        made.text.encode(),
        media_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
