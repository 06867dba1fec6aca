"""What every handler may need, put together by the composition root, and who is asking."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, WebSocket
from pydantic import AfterValidator, AwareDatetime
from sqlmodel import Session
from starlette.requests import HTTPConnection

from dispatch.access import Role, Viewer
from dispatch.api.recent_viewers import RecentViewers, Shown
from dispatch.clock import steady_seconds
from dispatch.commands import logins
from dispatch.invariant_watch import InvariantWatch
from dispatch.live import Live
from dispatch.metrics import Metrics
from dispatch.planning import Planning
from dispatch.settings import Settings
from dispatch.troubles import Troubles
from dispatch.unit_of_work import UnitsOfWork
from dispatch.without_database import WithoutDatabase
from notifications.twilio import Twilio

SESSION_COOKIE = "vigil_session"


@dataclass(frozen=True, slots=True)
class Vigil:
    """One node: its settings, its way into the database, its phone network, its live board."""

    settings: Settings
    key: str
    unit_of_work: UnitsOfWork
    voice_work: UnitsOfWork
    """The same on connections of its own: nothing else can use up what a caller needs."""
    twilio: Twilio
    live: Live
    planning: Planning
    adrift: WithoutDatabase
    recent_viewers: RecentViewers = field(default_factory=RecentViewers)
    troubles: Troubles = field(default_factory=Troubles)
    metrics: Metrics = field(default_factory=Metrics)
    invariants: InvariantWatch = field(kw_only=True)

    @property
    def public_url(self) -> str:
        """The address under which others reach us."""
        return self.settings.public_url


def vigil_of(connection: HTTPConnection) -> Vigil:
    """The node that serves this connection."""
    return cast(Vigil, connection.app.state.vigil)


def _vigil(request: Request) -> Vigil:
    return vigil_of(request)


Node = Annotated[Vigil, Depends(_vigil)]


def shown_by(connection: HTTPConnection) -> Shown | None:
    """The bearer token, else the session cookie, that a request shows; None from strangers."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer" and token:
        return Shown("token", token.strip())
    cookie = connection.cookies.get(SESSION_COOKIE)
    return Shown("cookie", cookie) if cookie else None


def viewer_of_connection(connection: HTTPConnection) -> Viewer | None:
    """Who is asking, by bearer token or by session cookie; None for strangers."""
    vigil, shown = vigil_of(connection), shown_by(connection)
    if shown is None:
        return None
    at = steady_seconds()
    viewer = _look_up(vigil.unit_of_work, shown)
    if viewer is not None:
        vigil.recent_viewers.keep(shown, viewer, at)
    return viewer


def _look_up(unit_of_work: UnitsOfWork, shown: Shown) -> Viewer | None:
    if shown.what == "token":
        with Session(unit_of_work.engine) as session:
            return logins.viewer_of_token(session, shown.secret)
    with unit_of_work.reading() as work:
        user = logins.user_of_session(work, shown.secret)
        return None if user is None else logins.viewer_of(user, work.directory)


def _viewer(request: Request) -> Viewer:
    viewer = viewer_of_connection(request)
    if viewer is None:
        raise HTTPException(
            401,
            "Log in, or send a token as “Authorization: Bearer …”.",
            {"WWW-Authenticate": "Bearer"},
        )
    if request.method not in ("GET", "HEAD") and not viewer.is_program:
        refuse_other_origins(request)
    if viewer.role is Role.HOSPITAL:
        raise HTTPException(403, "This token is for hospital notices only.")
    return viewer


Asking = Annotated[Viewer, Depends(_viewer)]


def refuse_other_origins(connection: Request | WebSocket) -> None:
    """A browser must not act here on behalf of somebody else's page."""
    origin = connection.headers.get("origin")
    if origin is None:
        return
    own = {urlsplit(vigil_of(connection).public_url).netloc, connection.headers.get("host")}
    if urlsplit(origin).netloc not in own:
        raise HTTPException(403, "This request came from another site's page.")


def _within_reach(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("must lie between 1970 and 2200")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_within_reach)]
"""An instant with its offset, in years in which rotas can be."""


def require_team(viewer: Viewer, team: str, known: bool) -> None:
    """Teams that somebody may not see are answered like teams that don't exist."""
    if not known or not viewer.sees(team):
        raise HTTPException(404, f"No team is called “{team}”.")
