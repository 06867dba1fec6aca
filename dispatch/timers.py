"""The metronome's work: what has come due for crises and for rotas, team cards, old receipts.

Deadlines are rows; what a node remembers here only spares it work.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from dispatch.board import TeamCard
from dispatch.commands import follow_ups, promises, retention
from dispatch.commands.boards import end_of_day, refresh_team_card
from dispatch.commands.callback_ends import work_off_callbacks
from dispatch.commands.carrying_out import happen
from dispatch.commands.duty import begin, is_written_since
from dispatch.commands.handoff_notices import work_off_handoffs
from dispatch.commands.outside import hold_rotas
from dispatch.commands.phone_checks import check_phones
from dispatch.commands.requests import due_requests, work_off_requests
from dispatch.commands.retention import KEEP_UNMATCHED
from dispatch.commands.watch import Watch
from dispatch.events import DueReached
from dispatch.store import boards, callbacks, crises, receipts
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import nodes
from oncall.model import TeamId

log = structlog.get_logger()

KEEP_RECEIPTS = timedelta(days=30)
"""Twilio and crisis lines repeat a request within minutes or hours; after this nobody does."""

LONGEST_HOLD = timedelta(seconds=30)
"""A card is looked at again after this, in case a command showed one from before a load."""

KEEP_BOARD_CHANGES = timedelta(days=7)
"""No board is a week behind: it would ask for a snapshot."""

KEEP_LOST_NODES = timedelta(days=1)
"""What a lost node held was taken over within seconds."""

WRITE_DUTY_EVERY = timedelta(hours=1)
"""How often who stood is written down where no rota changes."""

FORGET_UNMATCHED_EVERY = timedelta(days=1)
"""It is looked through a whole table."""

CHECK_PHONES_EVERY = timedelta(minutes=1)
"""Test pages are not urgent."""


class Timers:
    """What one node does at every beat. Any number of nodes may do it at once."""

    def __init__(
        self,
        unit_of_work: UnitsOfWork,
        public_url: str,
        keep_unmatched: timedelta = KEEP_UNMATCHED,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._public_url = public_url
        self._cards_hold: dict[TeamId, tuple[int, datetime]] = {}
        self._watch = Watch(unit_of_work, public_url)
        self._handoffs_hold: tuple[int, datetime] | None = None
        self._phones_hold: datetime | None = None
        self._keep_unmatched = keep_unmatched
        self._unmatched_hold: datetime | None = None

    def tick(self) -> None:
        """Do what is due now for crises and boards."""
        if self._is_due(self._for_crises):
            _each(
                deadlines=self.work_off_deadlines,
                callbacks=self.work_off_callbacks,
                promises=self.watch_promises,
                cards=self.refresh_team_cards,
            )

    def tend_rotas(self) -> None:
        """Do what is due now for rotas, apart from the tick: no crisis waits for it."""
        if self._is_due(self._for_rotas):
            _each(
                requests=self.work_off_requests,
                handoffs=self.work_off_handoffs,
                coverage=self._watch.look,
                phones=self.check_phones,
                follow_ups=self.remind_of_follow_ups,
                duty=self.write_duty_down,
            )

    # Mostly there is nothing to do ──────────────────────────────────────────────────────────────

    def _is_due(self, anything: Callable[[UnitOfWork], bool]) -> bool:
        """Whether there is anything to do. Where that can't be told, each piece finds out."""
        try:
            with self._unit_of_work.reading() as work:
                return anything(work)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not end the ticking
            log.warning("tick_failed", kind="look", error=type(error).__name__)
            return True

    def _for_crises(self, work: UnitOfWork) -> bool:
        return (
            crises.is_one_due(work.session, work.now)
            or bool(callbacks.due(work.session, work.now))
            or promises.is_one_due(work)
            or not all(self._card_holds(work, team) for team in work.directory.teams)
        )

    def _for_rotas(self, work: UnitOfWork) -> bool:
        return (
            not self._handoffs_are_told(work)
            or not self._phones_are_checked(work.now)
            or not is_written_since(work, work.now - WRITE_DUTY_EVERY)
            or bool(due_requests(work))
            or follow_ups.is_one_due(work)
            or self._watch.is_due(work)
        )

    def _card_holds(self, work: UnitOfWork, team: TeamId) -> bool:
        version, until = self._cards_hold.get(team, (-1, work.now))
        return version == work.directory.version and work.now < until

    def _handoffs_are_told(self, work: UnitOfWork) -> bool:
        version, until = self._handoffs_hold or (-1, work.now)
        return version == work.directory.version and work.now < until

    def _phones_are_checked(self, now: datetime) -> bool:
        return self._phones_hold is not None and now < self._phones_hold

    # The pieces ─────────────────────────────────────────────────────────────────────────────────

    def work_off_deadlines(self) -> int:
        """Let every crisis whose deadline has come go on, each on its own; says how many.

        A crisis that another node holds is skipped.
        """
        done, passed = 0, list[str]()
        while True:
            before = len(passed)
            try:
                if not self._work_off_one(passed):
                    return done
            except Exception as error:  # whatever it is, the other crises must not wait for it
                if len(passed) == before:  # no crisis's own trouble: the database is away
                    raise
                log.error("deadline_failed", crisis=passed[-1], error=type(error).__name__)
            done += 1

    def _work_off_one(self, passed: list[str]) -> bool:
        """Work one off that is not among those to be passed over; it is among them if it stays due.

        Of a storm of deadlines, none makes the next query longer.
        """
        with self._unit_of_work() as work:
            crisis = crises.lock_one_due(work.session, work.now, passed)
            if crisis is None:
                return False
            passed.append(crisis.ref)
            after = happen(work, crisis, DueReached(), public_url=self._public_url).crisis
        if after.due_at is None or after.due_at > work.now:
            passed.pop()
        return True

    def work_off_callbacks(self) -> None:
        """End the calls back of which nothing was heard in time."""
        work_off_callbacks(self._unit_of_work, self._public_url)

    def watch_promises(self) -> None:
        """Remind of the calls that hospitals were promised, and tell of those that nobody made."""
        promises.keep_watch(self._unit_of_work, self._public_url)

    def remind_of_follow_ups(self) -> None:
        """Remind of the follow-ups that are due, by day."""
        follow_ups.remind(self._unit_of_work, self._public_url)

    def work_off_requests(self) -> int:
        """Let every cover request and swap go on whose time has come; says how many."""
        return work_off_requests(self._unit_of_work, self._public_url)

    def work_off_handoffs(self) -> None:
        """Send the handoff notices that are due; where none can be, nothing is looked at."""
        with self._unit_of_work() as work:
            if self._handoffs_are_told(work):
                return
            hold = (work.directory.version, work_off_handoffs(work))
        self._handoffs_hold = hold

    def check_phones(self) -> None:
        """Send the test pages that are due, and see to those that were not answered."""
        now = self._unit_of_work.clock.now()
        if not self._phones_are_checked(now):
            check_phones(self._unit_of_work)
            self._phones_hold = now + CHECK_PHONES_EVERY

    def write_duty_down(self) -> None:
        """Write down who stood until now, once in a while."""
        with self._unit_of_work.reading() as work:
            if is_written_since(work, work.now - WRITE_DUTY_EVERY):
                return
        with self._unit_of_work() as work:
            hold_rotas(work)
            begin(work)

    def refresh_team_cards(self) -> None:
        """Show handoffs and new days on the board; a card that still holds is not looked at."""
        hold: dict[TeamId, tuple[int, datetime]] = {}
        with self._unit_of_work() as work:
            for team in sorted(work.directory.teams):  # the order in which commands lock them too
                if self._card_holds(work, team):
                    continue
                card = refresh_team_card(work, team)
                hold[team] = (work.directory.version, _holds_until(work, card))
        self._cards_hold.update(hold)  # only now: what was not committed is not shown yet

    def tidy(self) -> None:
        """Forget what nobody can ask for any more; once a day also what is nobody's."""
        try:
            for forget, keep in (
                (receipts.forget, KEEP_RECEIPTS),
                (boards.forget, KEEP_BOARD_CHANGES),
                (nodes.forget, KEEP_LOST_NODES),
            ):
                self._forget_all(forget, keep)
            self._forget_unmatched()
        except SQLAlchemyError as error:
            log.warning("tidying_failed", error=type(error).__name__)

    def _forget_unmatched(self) -> None:
        now = self._unit_of_work.clock.now()
        if self._unmatched_hold is None or self._unmatched_hold <= now:
            self._forget_all(retention.forget, self._keep_unmatched)
            self._unmatched_hold = now + FORGET_UNMATCHED_EVERY

    def _forget_all(self, forget: Callable[[Session, datetime], int], keep: timedelta) -> None:
        while self._forget_some(forget, keep):
            pass

    def _forget_some(self, forget: Callable[[Session, datetime], int], keep: timedelta) -> int:
        """One batch in a transaction of its own: statements have five seconds."""
        with self._unit_of_work() as work:
            return forget(work.session, work.now - keep)


def _each(**pieces: Callable[[], object]) -> None:
    """Do every piece; one that fails is logged, left due, and tried at the next beat."""
    for kind, piece in pieces.items():
        try:
            piece()
        except Exception as error:  # noqa: BLE001  whatever it is, the others must not wait for it
            log.warning("tick_failed", kind=kind, error=type(error).__name__)


def _holds_until(work: UnitOfWork, card: TeamCard) -> datetime:
    """When a team's card changes by time alone: at the next handoff or at midnight there."""
    handoffs = [on.until for on in card.on_call if on.until is not None]
    handoffs += [on.next.from_ for on in card.on_call if on.next is not None]
    return min([*handoffs, end_of_day(work, card.id), work.now + LONGEST_HOLD])
