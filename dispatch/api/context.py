"""What every handler may need, put together by the composition root, and who is asking."""

from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, WebSocket
from starlette.requests import HTTPConnection

from dispatch.access import Role, Viewer
from dispatch.commands import logins
from dispatch.live import Live
from dispatch.settings import Settings
from dispatch.unit_of_work import UnitsOfWork
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


def viewer_of_connection(connection: HTTPConnection) -> Viewer | None:
    """Who is asking, by bearer token or by session cookie; None for strangers."""
    vigil = vigil_of(connection)
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    cookie = connection.cookies.get(SESSION_COOKIE)
    with vigil.unit_of_work.reading() as work:
        if scheme.casefold() == "bearer" and token:
            return logins.viewer_of_token(work.session, token.strip())
        if cookie:
            user = logins.user_of_session(work, cookie)
            return None if user is None else logins.viewer_of(user, work.directory)
    return None


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


def require_team(viewer: Viewer, team: str, known: bool) -> None:
    """Teams that somebody may not see are answered like teams that don't exist."""
    if not known or not viewer.sees(team):
        raise HTTPException(404, f"No team is called “{team}”.")
