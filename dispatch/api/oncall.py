"""Who is on call, over HTTP: by the database, or from memory where that says the same."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch.api.context import Asking, Instant, Node, require_team, shown_by, vigil_of
from dispatch.clock import steady_seconds
from dispatch.oncall_answer import local, oncall_answer
from oncall.model import Rota, TeamId
from oncall.schedule import final_schedule
from oncall.store import Directory

router = APIRouter(prefix="/api/teams", tags=["rota"])

TRUSTED_SECONDS = 1.0
"""How long ago the copy in memory may have been compared with the database."""

KEPT = timedelta(minutes=1)
"""How long an answer is kept if nobody hands off; only an `until` that lies more than a year ahead
can come into sight meanwhile."""

_BEFORE_TEAM, _AFTER_TEAM = "/api/teams/", "/oncall"


@router.get("/{team}/oncall")
def oncall(
    vigil: Node, viewer: Asking, team: str, at: Annotated[Instant | None, Query()] = None
) -> dict[str, Any]:
    """The ladder of a team at an instant (now by default): its rungs, then the last resort."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        return oncall_answer(work.directory, team, at or work.now)


class _Kept(NamedTuple):
    """The answer for every instant from `start` until before `end`, but for its `at`."""

    start: datetime
    end: datetime
    answer: dict[str, Any]


class OncallFromMemory:
    """ASGI middleware that answers who is on call now, in the event loop, without the database.

    It answers only when it has nothing to refuse and is certain: the asker was looked up within the
    last second and may see the team, and the directory in memory was the database's own within the
    last second. Everything else goes on to the route.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._directory: Directory | None = None
        self._kept: dict[TeamId, _Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass the request on."""
        body = self._answer(scope)
        if body is None:
            await self._app(scope, receive, send)
            return
        headers = [
            (b"content-length", str(len(body)).encode()),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> bytes | None:
        team = _team_asked_about(scope)
        if team is None:
            return None
        connection = HTTPConnection(scope)
        vigil, shown = vigil_of(connection), shown_by(connection)
        viewer = None if shown is None else vigil.recent_viewers.get(shown)
        directory = vigil.unit_of_work.directory.confirmed(steady_seconds() - TRUSTED_SECONDS)
        if viewer is None or directory is None:
            return None
        if team not in directory.teams or not viewer.sees(team):
            return None
        now = vigil.unit_of_work.clock.now()
        at = local(now, directory.teams[team].timezone)
        answer = {**self._kept_answer(directory, team, now), "at": at}
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()

    def _kept_answer(self, directory: Directory, team: TeamId, now: datetime) -> dict[str, Any]:
        if directory is not self._directory:
            self._directory, self._kept = directory, {}
        kept = self._kept.get(team)
        if kept is None or not kept.start <= now < kept.end:
            end = _next_handoff(directory.teams[team].rota, now, now + KEPT)
            kept = _Kept(now, end, oncall_answer(directory, team, now))
            self._kept[team] = kept
        return kept.answer


def _team_asked_about(scope: Scope) -> TeamId | None:
    """The team of a question for now; None for every other request."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    path: str = scope["path"]
    if not path.startswith(_BEFORE_TEAM) or not path.endswith(_AFTER_TEAM):
        return None
    return path[len(_BEFORE_TEAM) : -len(_AFTER_TEAM)]


def _next_handoff(rota: Rota, start: datetime, end: datetime) -> datetime:
    """When after `start` somebody on the ladder begins or ends, at `end` at the latest."""
    edges = (
        edge
        for rung in rota.ladder
        for shift in final_schedule(rota, rung.tier, start, end)
        for edge in (shift.start, shift.end)
    )
    return min((edge for edge in edges if edge > start), default=end)
