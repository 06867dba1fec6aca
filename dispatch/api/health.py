"""Whether this node is alive, and whether it can do its work."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.api.context import Node, Vigil
from dispatch.troubles import About

router = APIRouter(tags=["health"])

NO_DATABASE = "the database can't be reached"


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
def ready(vigil: Node) -> JSONResponse:
    """200 when an agency is loaded, no promise is broken and nothing is wrong; else 503 and why.

    A node that is not ready still answers callers: `/healthz` is for those who spread requests.
    """
    problems = _problems(vigil)
    troubles = [
        {"about": one.about.value, "text": one.text, "since": one.since.isoformat()}
        for one in vigil.troubles.now()
    ]
    well = not problems and not troubles
    answer = {"ready": well, "problems": problems, "troubles": troubles}
    return JSONResponse(answer, 200 if well else 503)


def _problems(vigil: Vigil) -> list[str]:
    if any(one.about is About.DATABASE for one in vigil.troubles.now()):
        return [NO_DATABASE]  # at once: whoever asks has little patience
    problems: list[str] = []
    try:
        with vigil.unit_of_work.reading() as work:
            work.session.execute(text("select 1"))
            if not work.directory.teams:
                problems.append("no team is loaded: run `vigil load FILE`")
        problems.extend(vigil.invariants.look())
    except SQLAlchemyError:
        problems.append(NO_DATABASE)
    return problems
