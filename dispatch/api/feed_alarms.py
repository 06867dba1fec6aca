"""What is wrong with what hospitals send us, over HTTP."""

from typing import Any

from fastapi import APIRouter, HTTPException

from dispatch.access import Role
from dispatch.api.context import Asking, Node
from dispatch.commands.feed_watch import open_alarms

router = APIRouter(prefix="/api/feed-alarms", tags=["hospitals"])


@router.get("")
def get_alarms(vigil: Node, viewer: Asking) -> dict[str, Any]:
    """The alarms that last, the oldest first. A team's own is shown to those who see the team."""
    if viewer.role not in (Role.ADMIN, Role.LEAD):
        raise HTTPException(403, "Only leads and administrators see what hospitals' feeds lack.")
    with vigil.unit_of_work.reading() as work:
        return {
            "alarms": [
                {"what": row.what, "text": row.text, "since": row.since.isoformat()}
                for row in open_alarms(work)
                if not row.what.startswith("matching/") or viewer.sees(row.what.partition("/")[2])
            ]
        }
