"""Reads the inbox, letter by letter: each is understood and settled, or set aside with a reason.

Each letter is a transaction of its own. One on which we fail ourselves is set aside too, so that it
holds up nobody; while the database is away, letters wait.
"""

import threading
from collections.abc import Callable

import structlog
from psycopg.errors import ProgramLimitExceeded
from sqlalchemy.exc import OperationalError

from dispatch.commands.letter_reading import read_letter
from dispatch.commands.settling import compare_again, settle
from dispatch.hospital_tables import InboxRow
from dispatch.hospitals.notice import Unreadable
from dispatch.store import identities, inbox, notices
from dispatch.store.inbox import LetterState
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork

log = structlog.get_logger()

OUR_FAULT = (
    "Vigil failed on this ({error}): that is a fault of Vigil's, not of the sender's. Tell whoever "
    "runs it, and let it be read again once it is mended."
)

LOOK_SECONDS = 0.005
LOOKS = 10
"""How long reading stands back for whoever waits, at most and at each letter: 50 ms. A flood is
read at some fifteen letters a second meanwhile, and faster once it is over."""

SAME_ID = "The sender has used this message id before, for something else: both are taken."


class InboxReading:
    """What one node does for the inbox at every beat. Any number of nodes may do it at once."""

    def __init__(
        self,
        units: UnitsOfWork,
        public_url: str,
        somebody_waits: Callable[[], bool] = lambda: False,
    ) -> None:
        self._units = units
        self._public_url = public_url
        self._somebody_waits = somebody_waits
        self._never = threading.Event()

    def beat(self) -> None:
        """Read what has come, and compare what is of nobody with clients who are new."""
        try:
            with self._units.storing() as (session, _):
                letters, clients = inbox.is_waiting(session), identities.are_waiting(session)
            if letters:
                work_off_inbox(self._units, self._public_url, self._stand_back)
            if clients:
                key_clients(self._units)
                compare_all_again(self._units, self._public_url)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not end the beats
            log.warning("tick_failed", kind="inbox", error=type(error).__name__)

    def _stand_back(self) -> None:
        """Let a hospital have its answer first: what is kept can be read a little later."""
        for _ in range(LOOKS):
            if not self._somebody_waits():
                return
            self._never.wait(LOOK_SECONDS)


def key_clients(units: UnitsOfWork) -> None:
    """Write by what clients are found that an older version has entered."""
    while True:
        with units.storing() as (session, _):
            if not identities.write_missing_keys(session):
                return


def work_off_inbox(
    units: UnitsOfWork, public_url: str, stand_back: Callable[[], None] = lambda: None
) -> int:
    """Read what waits, in the order in which it came; says how many letters that were.

    One that can't be read now, since it waits too long for something, waits for the next beat; the
    others are read.
    """
    done, stuck = 0, set[int]()
    while _read_one(units, public_url, stuck):
        done += 1
        stand_back()
    return done - len(stuck)


def compare_all_again(units: UnitsOfWork, public_url: str) -> None:
    """Compare clients who are new, or told anew, with what nobody was found for."""
    while True:
        with units() as work:
            if not compare_again(work, public_url):
                return


def _read_one(units: UnitsOfWork, public_url: str, stuck: set[int]) -> bool:
    """Read the next letter that is not stuck; False where there is none."""
    claimed: int | None = None
    try:
        with units() as work:
            row = inbox.claim(work.session, stuck)
            if row is None:
                return False
            claimed = row.id
            take(work, row, public_url)
    except OperationalError as error:
        if claimed is None:
            raise  # the database is away
        if isinstance(error.orig, ProgramLimitExceeded):
            _fail(units, claimed, error)  # that will never be otherwise
        else:
            log.warning("letter_waits", error=type(error.orig).__name__)
            stuck.add(claimed)
    except Exception as error:  # whatever it is, the other letters must not wait for it
        if claimed is None:
            raise
        _fail(units, claimed, error)
    return True


def _fail(units: UnitsOfWork, letter: int, error: Exception) -> None:
    """Set a letter aside on which we fail ourselves."""
    log.error("letter_failed", error=type(error).__name__)
    why = OUR_FAULT.format(error=type(error).__name__)
    with units() as work:
        row = work.session.get(InboxRow, letter, with_for_update=True)
        if row is not None and row.state == LetterState.WAITING.value:
            inbox.settle(work.session, row, LetterState.QUARANTINED, why, work.now)


def take(work: UnitOfWork, row: InboxRow, public_url: str) -> None:
    """Read a letter that this transaction holds, and settle each of its notices."""
    try:
        read = read_letter(work.session, row)
    except Unreadable as why:
        inbox.settle(work.session, row, LetterState.QUARANTINED, str(why), work.now)
        return
    if not read.tells:
        inbox.settle(work.session, row, LetterState.PASSED_OVER, _odd(work, row, ()), work.now)
        return
    doubts: dict[str, None] = {}
    was_read = bool(notices.of_letter(work.session, row.id or 0))
    for part, notice in enumerate(read.notices):
        told = notices.write(work.session, row, part, notice, read.report)
        settle(work, told, public_url)
        doubts |= dict.fromkeys(notice.doubts)
    if was_read:
        notices.forget_others(work.session, row, len(read.notices))
    inbox.settle(work.session, row, LetterState.READ, _odd(work, row, tuple(doubts)), work.now)


def _odd(work: UnitOfWork, row: InboxRow, doubts: tuple[str, ...]) -> str:
    same = (SAME_ID,) if inbox.came_before(work.session, row) else ()
    return " ".join((*same, *doubts))
