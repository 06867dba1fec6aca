"""Gets a node ready for the database's absence, and enters what happened once it is back."""

from collections.abc import Mapping, Sequence
from concurrent.futures import wait
from datetime import datetime
from typing import assert_never

import structlog

from dispatch.caller import phone_number
from dispatch.clock import steady_seconds
from dispatch.commands import callback_ends, deliveries, page_calls
from dispatch.commands.afterwards import enter_calls, enter_room, enter_text
from dispatch.commands.callback_ends import WorkerCall
from dispatch.database_watch import DatabaseWatch, is_away_error
from dispatch.journal import Journal
from dispatch.journal_entries import (
    CallBackEntry,
    CallEntry,
    DeliveryEntry,
    Entry,
    PageKeyEntry,
    RoomEntry,
    TextEntry,
)
from dispatch.store.clients import CallerKnown, callers
from dispatch.unit_of_work import UnitsOfWork
from notifications.twilio import Fate

log = structlog.get_logger()

KNOW_CALLERS_EVERY = 60.0
"""How often (real seconds) a node reads anew which numbers belong to which team."""

TEND_EVERY = 5.0
"""How often (real seconds) the disk is tried again and the files of the dead are looked for."""

PATIENCE_AT_START = 10.0
"""How long (real seconds) a start waits for a journal's disk that hangs."""

REFUSED_FOR = 5.0
"""How long (real seconds) what could not be entered waits for its next try."""


class Every:
    """Says whether it is time again; `seconds` are real ones."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = 0.0

    def is_due(self) -> bool:
        """Whether so much time has passed since it was true last."""
        if (at := steady_seconds()) < self._next:
            return False
        self._next = at + self._seconds
        return True


class CatchingUp:
    """What one node does at every beat, before any deadline is looked at."""

    def __init__(
        self, unit_of_work: UnitsOfWork, journal: Journal, watch: DatabaseWatch, public_url: str
    ) -> None:
        self.callers: Mapping[str, tuple[CallerKnown, ...]] = {}
        """Which teams the numbers of clients belong to, as this node knew last."""
        self._unit_of_work = unit_of_work
        self._journal = journal
        self._watch = watch
        self._public_url = public_url
        self._read = Every(KNOW_CALLERS_EVERY)
        self._tend = Every(TEND_EVERY)
        self._read_version = -1
        self._refused: dict[str, float] = {}

    def beat(self) -> None:
        """Do what is to be done now; what fails is logged and done at another beat."""
        if self._tend.is_due():
            self._journal.tend(self._now())
        if self._watch.is_away:
            return
        try:
            self._know_callers()
        except Exception as error:  # noqa: BLE001  the journal must not wait for it
            log.warning("tick_failed", kind="callers", error=type(error).__name__)
        self.enter()

    def start(self) -> None:
        """Know the callers and enter what was left behind, before anybody is served."""
        wait([self._journal.tend(self._now())], PATIENCE_AT_START)
        self.beat()

    def enter(self) -> None:
        """Enter everything, each caller on their own: nobody waits for what is refused."""
        for key, entries in self._groups().items():
            if steady_seconds() < self._refused.get(key, 0.0):
                continue
            try:
                self._enter(entries)
            except Exception as error:  # noqa: BLE001  the other entries must not wait for it
                log.error("journal_not_entered", error=type(error).__name__)
                if is_away_error(error):
                    self._watch.failed()
                    return
                self._refused[key] = steady_seconds() + REFUSED_FOR
            else:
                self._refused.pop(key, None)
        self._journal.not_entered = bool(self._refused)

    def enter_call(self, call_sid: str) -> None:
        """Enter what is known of one call, before something is decided about it. Raises."""
        if not self._journal.holds(call_sid):
            return
        for entries in self._groups().values():
            if any(one.about == call_sid for one in entries):
                self._enter(entries)

    def _know_callers(self) -> None:
        version = self._unit_of_work.directory.latest.version
        if self._read_version == version and not self._read.is_due():
            return
        with self._unit_of_work.reading() as work:
            self.callers = callers(work.session, work.now)
        self._read_version = version

    def _groups(self) -> dict[str, list[Entry]]:
        """What belongs together, by when it began: all calls of a number that was not withheld."""
        pending = self._journal.pending()
        numbers = {
            one.about: phone_number(one.from_)
            for one in pending
            if isinstance(one, CallEntry) and one.from_
        }
        groups: dict[str, list[Entry]] = {}
        for one in pending:
            groups.setdefault(numbers.get(one.about) or one.about, []).append(one)
        return groups

    def _enter(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            match entry:
                case TextEntry():
                    with self._unit_of_work() as work:
                        enter_text(work, entry, self._public_url)
                case DeliveryEntry():
                    fate = Fate(entry.status, entry.code)
                    deliveries.sms_reported(
                        self._unit_of_work, entry.row, entry.sid, fate, self._public_url
                    )
                case PageKeyEntry():
                    with self._unit_of_work() as work:
                        page_calls.key_pressed(
                            work, entry.row, entry.digits, self._public_url, ref=entry.ref
                        )
                case RoomEntry():
                    with self._unit_of_work() as work:
                        enter_room(work, entry, self._public_url)
                case CallBackEntry():
                    call = WorkerCall(entry.call_back, entry.call_sid, self._public_url)
                    with self._unit_of_work() as work:
                        callback_ends.worker_status(work, call, entry.status, entry.sequence)
                case CallEntry():
                    pass  # the calls of one caller are entered together
                case _:
                    assert_never(entry)
        told = [one for one in entries if isinstance(one, CallEntry)]
        if told:
            with self._unit_of_work() as work:
                enter_calls(work, told, self._public_url)
        self._journal.entered([one.id for one in entries])

    def _now(self) -> datetime:
        return self._unit_of_work.clock.now()
