"""Decides what a voice webhook is answered: by the database while it is there, else from memory.

The database's part runs in threads and on connections of its own, so that nothing else can starve
it, and has a deadline. While the database is known to be away nobody waits for it.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog
from fastapi import Request, Response

from dispatch import callscript
from dispatch.api.adrift_answers import Answer, CallAdrift, RecentAnswers
from dispatch.api.context import Vigil, vigil_of
from dispatch.api.keeping import keep
from dispatch.callscript import Script
from dispatch.course import Course
from dispatch.database_watch import is_away_error
from dispatch.unit_of_work import UnitOfWork

log = structlog.get_logger()
T = TypeVar("T")

CALLS_AT_ONCE = 8
"""Decisions at one time. More threads answer no more calls (measured: docs/benchmarks.md), but the
slowest waits longer, since they all want the same interpreter."""

DEADLINE_SECONDS = 5.0
"""How long a decision may take. Our callbacks tell Twilio to wait six seconds, and to ask twice."""

LOOK_UP_SECONDS = 0.25
"""How often a webhook that waits for the database asks whether it is away by now."""

_pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="voice")
_answered_adrift = RecentAnswers()


class GivenUp(Exception):  # noqa: N818  no error: it has been answered otherwise
    """Nobody waits for this any more, so it must not be done."""


class Hook:
    """One webhook of Twilio's about a call; `call_sid` is the caller's call, if it is known."""

    def __init__(self, request: Request, form: Mapping[str, str], call_sid: str) -> None:
        self.vigil = vigil_of(request)
        self.ref = request.query_params.get("ref", "")
        self.course = Course.of(request.query_params)
        self.call_sid = call_sid
        self.gone = form.get("CallStatus") == "completed"
        self.path = request.url.path
        self.key = f"{call_sid} {self.path}?{request.query_params} {form.get('Digits', '')}"
        self.adrift = CallAdrift(self.vigil, request, form, call_sid)

    @property
    def public_url(self) -> str:
        """The address under which others reach us."""
        return self.vigil.public_url


async def answer(
    hook: Hook,
    decide: Callable[[UnitOfWork], str],
    otherwise: Callable[[], Answer],
    *,
    hopeless: Callable[[], str] | None = None,
) -> Response:
    """The decided document; from memory when deciding fails or takes too long. Always 200.

    `hopeless` is for when even memory fails, by a bug of ours: then callers are passed outside.
    """
    text = _answered_adrift.get(hook.key)
    if text is None:
        text = await _decided(hook, decide)
    if text is None:
        text = await _from_memory(hook, otherwise, hopeless or (lambda: _outside(hook)))
    return Response(text, media_type="text/xml")


async def decided_or(
    vigil: Vigil, decide: Callable[[UnitOfWork], str], otherwise: Callable[[], str]
) -> Response:
    """The decided document; the other one where nothing can be decided in time. Always 200."""

    def work(still_wanted: Callable[[], None]) -> str:
        with vigil.voice_work() as unit:
            text = decide(unit)
            still_wanted()
        return text

    text = await in_time(vigil, _pool, work, "voice_without_a_decision")
    if text is None:
        vigil.metrics.undecided()
        text = otherwise()
    return Response(text, media_type="text/xml")


async def _decided(hook: Hook, decide: Callable[[UnitOfWork], str]) -> str | None:
    """What the database makes of it, or None."""

    def work(still_wanted: Callable[[], None]) -> str:
        hook.vigil.adrift.catching_up.enter_call(hook.call_sid)
        with hook.vigil.voice_work() as unit:
            text = decide(unit)
            still_wanted()
        return text

    return await in_time(hook.vigil, _pool, work, "voice_without_a_decision")


async def in_time(
    vigil: Vigil,
    pool: ThreadPoolExecutor,
    work: Callable[[Callable[[], None]], T],
    complaint: str,
) -> T | None:
    """What `work` gives in a thread of the pool; None where the database does not let it in time.

    `work` is given a function to call last before it commits, which raises when nobody waits any
    more: what was answered otherwise must not be done as well.
    """
    watch, given_up = vigil.adrift.watch, threading.Event()
    if watch.is_away:
        return None

    def still_wanted() -> None:
        if given_up.is_set():
            raise GivenUp

    running = asyncio.get_running_loop().run_in_executor(pool, work, still_wanted)
    try:
        waits = max(1, round(DEADLINE_SECONDS / LOOK_UP_SECONDS))
        for _ in range(waits):
            done, _ = await asyncio.wait({running}, timeout=DEADLINE_SECONDS / waits)
            if done:
                return running.result()
            if watch.is_away:
                break
        running.cancel()
        raise TimeoutError
    except Exception as error:  # noqa: BLE001  whatever it is, somebody is waiting
        given_up.set()
        log.error(complaint, error=type(error).__name__)
        if is_away_error(error):
            watch.failed()
        return None


async def _from_memory(
    hook: Hook, otherwise: Callable[[], Answer], hopeless: Callable[[], str]
) -> str:
    hook.vigil.metrics.undecided()
    try:
        found = otherwise()
    except Exception as error:  # noqa: BLE001  whatever it is, a caller is waiting
        log.error("voice_without_an_answer", path=hook.path, error=type(error).__name__)
        return hopeless()
    log.info("voice_from_memory", path=hook.path)
    await keep(hook.vigil, found.entries)
    _answered_adrift.keep(hook.key, found.text)
    return found.text


def _outside(hook: Hook) -> str:
    """The last of all answers: nothing is asked but the list of numbers."""
    if hook.gone:
        return callscript.hang_up()
    numbers = hook.vigil.unit_of_work.directory.latest.last_resort
    script = Script(public_url=hook.public_url, ref=hook.ref, course=hook.course)
    return callscript.pass_outside(script, numbers, leg=hook.course.leg)
