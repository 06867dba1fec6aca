"""The metronome's work: deadlines that have come, team cards that have changed. Durable as rows."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.commands.boards import refresh_team_card
from dispatch.commands.carrying_out import happen
from dispatch.events import DueReached
from dispatch.store import crises
from dispatch.unit_of_work import UnitsOfWork

log = structlog.get_logger()


def tick(unit_of_work: UnitsOfWork, public_url: str) -> None:
    """Do everything that is due now; what fails is logged, left due, and tried again.

    Any number of nodes may tick at once: a crisis that another node holds is skipped.
    """
    try:
        work_off_deadlines(unit_of_work, public_url)
        refresh_team_cards(unit_of_work)
    except SQLAlchemyError as error:
        log.warning("tick_failed", error=type(error).__name__)


def work_off_deadlines(unit_of_work: UnitsOfWork, public_url: str) -> int:
    """Let every crisis whose deadline has come go on, each on its own; says how many."""
    done: list[str] = []
    while True:
        with unit_of_work() as work:
            crisis = crises.lock_one_due(work.session, work.now, done)
            if crisis is None:
                return len(done)
            done.append(crisis.ref)
            happen(work, crisis, DueReached(), public_url=public_url)


def refresh_team_cards(unit_of_work: UnitsOfWork) -> None:
    """Show handoffs and new days on the board."""
    with unit_of_work() as work:
        for team in sorted(work.directory.teams):  # the order in which commands lock them too
            refresh_team_card(work, team)
