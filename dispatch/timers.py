"""The metronome's work: deadlines that have come, team cards that have changed, old receipts.

Deadlines are rows; what a node remembers here only spares it work.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from dispatch.board import TeamCard
from dispatch.commands.boards import end_of_day, refresh_team_card
from dispatch.commands.carrying_out import happen
from dispatch.events import DueReached
from dispatch.store import boards, crises, receipts
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from oncall.model import TeamId

log = structlog.get_logger()

KEEP_RECEIPTS = timedelta(days=30)
"""Twilio and crisis lines repeat a request within minutes or hours; after this nobody does."""

LONGEST_HOLD = timedelta(seconds=30)
"""A card is looked at again after this, in case a command showed one from before a load."""

KEEP_BOARD_CHANGES = timedelta(days=7)
"""No board is a week behind: it would ask for a snapshot."""


class Timers:
    """What one node does at every beat. Any number of nodes may do it at once."""

    def __init__(self, unit_of_work: UnitsOfWork, public_url: str) -> None:
        self._unit_of_work = unit_of_work
        self._public_url = public_url
        self._cards_hold: dict[TeamId, tuple[int, datetime]] = {}

    def tick(self) -> None:
        """Do what is due now; what fails is logged, left due, and tried at the next beat."""
        try:
            self.work_off_deadlines()
            self.refresh_team_cards()
        except SQLAlchemyError as error:
            log.warning("tick_failed", error=type(error).__name__)

    def work_off_deadlines(self) -> int:
        """Let every crisis whose deadline has come go on, each on its own; says how many.

        A crisis that another node holds is skipped.
        """
        seen: list[str] = []
        while True:
            before = len(seen)
            try:
                if not self._work_off_one(seen):
                    return len(seen)
            except Exception as error:  # whatever it is, the other crises must not wait for it
                if len(seen) == before:  # no crisis's own trouble: the database is away
                    raise
                log.error("deadline_failed", crisis=seen[-1], error=type(error).__name__)

    def _work_off_one(self, seen: list[str]) -> bool:
        with self._unit_of_work() as work:
            crisis = crises.lock_one_due(work.session, work.now, seen)
            if crisis is None:
                return False
            seen.append(crisis.ref)
            happen(work, crisis, DueReached(), public_url=self._public_url)
        return True

    def refresh_team_cards(self) -> None:
        """Show handoffs and new days on the board; a card that still holds is not looked at."""
        hold: dict[TeamId, tuple[int, datetime]] = {}
        with self._unit_of_work() as work:
            for team in sorted(work.directory.teams):  # the order in which commands lock them too
                version, until = self._cards_hold.get(team, (-1, work.now))
                if version == work.directory.version and work.now < until:
                    continue
                card = refresh_team_card(work, team)
                hold[team] = (work.directory.version, _holds_until(work, card))
        self._cards_hold.update(hold)  # only now: what was not committed is not shown yet

    def tidy(self) -> None:
        """Forget receipts and board changes that nobody can ask for any more."""
        try:
            for forget, keep in (
                (receipts.forget, KEEP_RECEIPTS),
                (boards.forget, KEEP_BOARD_CHANGES),
            ):
                while self._forget_some(forget, keep):
                    pass
        except SQLAlchemyError as error:
            log.warning("tidying_failed", error=type(error).__name__)

    def _forget_some(self, forget: Callable[[Session, datetime], int], keep: timedelta) -> int:
        """One batch in a transaction of its own: statements have five seconds."""
        with self._unit_of_work() as work:
            return forget(work.session, work.now - keep)


def _holds_until(work: UnitOfWork, card: TeamCard) -> datetime:
    """When a team's card changes by time alone: at the next handoff or at midnight there."""
    handoffs = [on.until for on in card.on_call if on.until is not None]
    handoffs += [on.next.from_ for on in card.on_call if on.next is not None]
    return min([*handoffs, end_of_day(work, card.id), work.now + LONGEST_HOLD])
