"""Whether this node is alive, and whether it can do its work."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.api.context import Node, Vigil
from dispatch.troubles import About

router = APIRouter(tags=["health"])

NO_DATABASE = "the database can't be reached"

PATIENCE_SECONDS = 3.0
"""How long a look may take: those who ask whether we are well have little patience themselves."""

_pool = ThreadPoolExecutor(2, thread_name_prefix="ready")


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(vigil: Node) -> JSONResponse:
    """200 when an agency is loaded, no promise is broken and nothing is wrong; else 503 and why.

    A node that is not ready still answers callers: `/healthz` is for those who spread requests.
    """
    problems = await _problems_in_time(vigil)
    troubles = [
        {"about": one.about.value, "text": one.text, "since": one.since.isoformat()}
        for one in vigil.troubles.now()
    ]
    well = not problems and not troubles
    answer = {"ready": well, "problems": problems, "troubles": troubles}
    return JSONResponse(answer, 200 if well else 503)


async def _problems_in_time(vigil: Vigil) -> list[str]:
    """What is wrong; a database that neither answers nor goes away holds nobody up."""
    looking = asyncio.get_running_loop().run_in_executor(_pool, _problems, vigil)
    try:
        return await asyncio.wait_for(looking, PATIENCE_SECONDS)
    except TimeoutError:
        return [NO_DATABASE]


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
