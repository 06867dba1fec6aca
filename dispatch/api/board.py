"""The live board's socket: a snapshot, then numbered changes, for as long as the log-in holds."""

import asyncio
import contextlib

import structlog
from fastapi import APIRouter, HTTPException, WebSocket, WebSocketDisconnect
from sqlalchemy.exc import SQLAlchemyError

from dispatch.access import Role, Viewer
from dispatch.api.context import refuse_other_origins, viewer_of_connection, vigil_of
from dispatch.live import Live, Watching

log = structlog.get_logger()
router = APIRouter()

CLOSE_NOT_LOGGED_IN = 4401
CLOSE_TRY_AGAIN = 1013
RECHECK_SECONDS = 30.0
"""How often an open board's log-in is looked at again."""


@router.websocket("/ws/board")
async def board_socket(socket: WebSocket) -> None:
    """Serve one board until the viewer leaves or is logged out."""
    await socket.accept()
    try:
        refuse_other_origins(socket)
        viewer = await asyncio.to_thread(viewer_of_connection, socket)
    except HTTPException:
        viewer = None
    except SQLAlchemyError:
        await socket.close(CLOSE_TRY_AGAIN)
        return
    if viewer is None or viewer.role is Role.HOSPITAL:
        await socket.close(CLOSE_NOT_LOGGED_IN)
        return
    live = vigil_of(socket).live
    try:
        watching = await live.watch(viewer)
    except SQLAlchemyError:
        await socket.close(CLOSE_TRY_AGAIN)
        return
    tasks = {
        asyncio.create_task(_send(socket, watching)),
        asyncio.create_task(_receive(socket, live, watching)),
        asyncio.create_task(_until_changed(socket, viewer)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = next((task.result() for task in done if not task.exception()), CLOSE_TRY_AGAIN)
    finally:
        live.forget(watching)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if code is not None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


async def _send(socket: WebSocket, watching: Watching) -> int | None:
    while True:
        message = await watching.queue.get()
        if message is None:
            return CLOSE_TRY_AGAIN
        try:
            await socket.send_json(message)
        except (RuntimeError, WebSocketDisconnect):
            return None


async def _receive(socket: WebSocket, live: Live, watching: Watching) -> int | None:
    """The viewer may ask for a fresh snapshot; anything else they say is passed over."""
    while True:
        try:
            said = await socket.receive_text()
        except (RuntimeError, WebSocketDisconnect, KeyError):
            return None
        if '"snapshot"' in said[:200]:
            try:
                await live.refresh(watching)
            except SQLAlchemyError as error:
                log.warning("snapshot_failed", error=type(error).__name__)


async def _until_changed(socket: WebSocket, viewer: Viewer) -> int | None:
    """Logged out, or allowed to see other teams than before: then the page opens a new board."""
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), RECHECK_SECONDS)
        with contextlib.suppress(SQLAlchemyError):
            now = await asyncio.to_thread(viewer_of_connection, socket)
            if now != viewer:
                return CLOSE_NOT_LOGGED_IN if now is None else CLOSE_TRY_AGAIN
