"""Logging in and out."""

import threading
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dispatch.api.context import SESSION_COOKIE, Node, Vigil, refuse_other_origins
from dispatch.commands import logins
from dispatch.commands.logins import LoginRefused
from dispatch.tables import UserRow
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/session", tags=["access"])

_checking = threading.BoundedSemaphore(2)
"""Passwords are costly to check on purpose: anonymous tries must not use up what a caller needs."""


class LoginBody(BaseModel):
    """An e-mail address and a password."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=200)
    password: str = Field(max_length=500)


@router.get("")
def who_am_i(vigil: Node, request: Request) -> dict[str, Any]:
    """Who is logged in."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    with vigil.unit_of_work.reading() as work:
        user = logins.user_of_session(work, secret)
        if user is None:
            raise HTTPException(401, "Not logged in.")
        return {"user": _shown(work, user)}


@router.post("")
def log_in(vigil: Node, request: Request, body: LoginBody) -> Response:
    """Log in. Wrong passwords slow down the next tries."""
    refuse_other_origins(request)
    if not _checking.acquire(blocking=False):
        raise HTTPException(429, "Many people are logging in: try again in a moment.")
    try:
        return _log_in(vigil, body)
    finally:
        _checking.release()


def _log_in(vigil: Vigil, body: LoginBody) -> Response:
    with vigil.unit_of_work() as work:
        outcome = logins.check_password(work, body.email, body.password)
        if isinstance(outcome, LoginRefused):
            status = 429 if outcome.wait is not None else 401
            return JSONResponse({"detail": str(outcome)}, status)
        secret = logins.open_session(work, outcome)
        answer = JSONResponse({"user": _shown(work, outcome)})
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(logins.SESSION_LIFE.total_seconds()),
        httponly=True,
        secure=vigil.public_url.startswith("https://"),
        samesite="strict",
    )
    return answer


@router.delete("", status_code=204)
def log_out(vigil: Node, request: Request) -> Response:
    """Log out, here and for good."""
    refuse_other_origins(request)
    secret = request.cookies.get(SESSION_COOKIE)
    if secret:
        with vigil.unit_of_work() as work:
            logins.close_session(work, secret)
    answer = Response(status_code=204)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def _shown(work: UnitOfWork, user: UserRow) -> dict[str, Any]:
    viewer = logins.viewer_of(user, work.directory)
    teams = work.directory.teams if viewer.teams is None else viewer.teams
    return {
        "name": user.name,
        "email": user.email,
        "role": viewer.role.value,
        "staff": viewer.staff,
        "teams": sorted(teams),
    }
