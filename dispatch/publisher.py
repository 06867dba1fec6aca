"""Publishes the fallback of every line outside of our host, and sees that it is still there.

Every node does this at its beat; a row per line lets one of them do it at a time. A look at a line:
1. work out what must be there now;
2. put it there, unless it is what was put there last;
3. read all of it back as Twilio would, and put it there again where it is not what it should be;
4. see that the number names it;
5. write down what came of it. A failure is tried again with growing pauses, and told as a trouble.
"""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.commands import fallbacks
from dispatch.fallback_visit import Targets, Visit
from dispatch.settings import Settings
from dispatch.troubles import About, Troubles
from dispatch.unit_of_work import UnitsOfWork
from notifications.studio import Flows, Numbers
from notifications.twilio import Twilio
from notifications.web_space import WebSpace

log = structlog.get_logger()


def targets_of(settings: Settings, twilio: Twilio) -> Targets | None:
    """Where this installation publishes; None where nothing is set."""
    if settings.fallback_put_url is None and not settings.fallback_studio:
        return None
    space = None
    if settings.fallback_put_url is not None:
        space = WebSpace(
            settings.fallback_put_url,
            public_url=settings.fallback_public_url,
            token=settings.fallback_put_token,
            headers=settings.fallback_put_headers,
            method=settings.fallback_method,
        )
    return Targets(
        numbers=Numbers(twilio.client),
        space=space,
        studio=Flows(twilio.client) if settings.fallback_studio else None,
        set_numbers=settings.fallback_set_numbers,
    )


class Publisher:
    """One node's share of publishing. `key` is the installation's: paths are made of it."""

    def __init__(
        self, unit_of_work: UnitsOfWork, targets: Targets, key: str, troubles: Troubles
    ) -> None:
        self._unit_of_work = unit_of_work
        self._targets = targets
        self._key = key
        self._troubles = troubles
        self._kept: int | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin no further line."""
        self._stopping.set()

    def beat(self) -> None:
        """See to every line whose turn has come, and tell what is wrong with any."""
        try:
            while not self._stopping.is_set() and self._see_to_one():
                pass
        except SQLAlchemyError as error:  # the database is away: the next beat tries again
            log.warning("fallback_not_looked_at", error=type(error).__name__)

    def _see_to_one(self) -> bool:
        with self._unit_of_work() as work:
            if self._kept != work.directory.version:
                fallbacks.keep_lines(work)
            job = fallbacks.take_one(work)
            told = fallbacks.trouble(work) if job is None else None
        self._kept = work.directory.version
        if job is None:
            if told is None:
                self._troubles.end(About.FALLBACK)
            else:
                self._troubles.begin(About.FALLBACK, *told)
            return False
        visit = Visit(job, self._targets, self._key)
        if not job.is_due and not visit.is_new:
            with self._unit_of_work() as work:
                fallbacks.leave_as_it_is(work, job)
            return True
        outcome = visit.outcome()
        if outcome.problem is not None:
            log.warning("fallback_wrong", where=job.fallback.line, error=outcome.problem)
        with self._unit_of_work() as work:
            fallbacks.settle(work, job, outcome)
        return True
