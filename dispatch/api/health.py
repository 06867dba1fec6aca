"""Whether this node is alive, and whether it can do its work."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.api.context import Node
from dispatch.invariants import violations

router = APIRouter(tags=["health"])


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
def ready(vigil: Node) -> JSONResponse:
    """200 when an agency is loaded and no promise is broken; else 503 and why."""
    problems: list[str] = []
    try:
        with vigil.unit_of_work.reading() as work:
            work.session.execute(text("select 1"))
            if not work.directory.teams:
                problems.append("no team is loaded: run `vigil load FILE`")
            problems.extend(violations(work))
    except SQLAlchemyError:
        problems.append(
            "the database can't be reached: callers are taken to their team from memory, "
            "pages wait, and what happens is entered when it is back"
        )
    return JSONResponse({"ready": not problems, "problems": problems}, 200 if not problems else 503)
