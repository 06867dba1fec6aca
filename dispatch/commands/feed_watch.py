"""The watch over hospitals' feeds: who is in charge is told of each alarm, again, and of its end.

Every node looks; one at a time writes and tells. What can wait for the day is told by day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlmodel import col, select

from dispatch.commands.feed_alarms import Alarm, PauseOf, alarms
from dispatch.commands.feed_reads import pause_of
from dispatch.commands.in_charge import home, next_day, text_in_charge
from dispatch.commands.leads import admins_of, leads_of, text_leads
from dispatch.commands.staff_texts import text_to, unique
from dispatch.feed_tables import FeedAlarmRow, NetworkRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.feeds import LIMITS
from dispatch.troubles import About, Troubles
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import hospital_wording as wording
from oncall.model import StaffId
from oncall.store import StaffMember

log = structlog.get_logger()

EVERY = timedelta(minutes=1)
"""How often a node looks, in real time."""

RHYTHM_HOLDS = timedelta(hours=1)
"""A feed's rhythm, worked out of eight weeks, is not another one within the hour."""

ONE_AT_A_TIME = 0x7669_6802
"""The advisory lock of whichever node writes alarms and tells of them."""


class FeedWatch:
    """One node's watch. Any number of nodes may keep one."""

    def __init__(self, unit_of_work: UnitsOfWork, public_url: str, troubles: Troubles) -> None:
        self._unit_of_work = unit_of_work
        self._public_url = public_url
        self._troubles = troubles
        self._pauses: dict[str, tuple[datetime, timedelta | None]] = {}

    def beat(self) -> None:
        """Look; what keeps it from looking is logged, and the next minute looks again."""
        try:
            self.look()
        except Exception as error:  # noqa: BLE001  whatever it is, the metronome must go on
            log.warning("feeds_not_watched", error=type(error).__name__)

    def look(self) -> None:
        """See what is wrong, show it at this node, write it down and tell whoever is in charge."""
        with self._unit_of_work() as work:
            lock = text("select pg_try_advisory_xact_lock(:key)")
            ours = work.session.execute(lock, {"key": ONE_AT_A_TIME}).scalar_one()
            found = alarms(work, self._pause_in(work))
            if ours:
                keep(work, found, self._public_url)
            now = work.now
        wrong = [alarm for alarm in found if not alarm.warning]
        if wrong:
            self._troubles.begin(About.FEEDS, words(len(wrong)), now)
        else:
            self._troubles.end(About.FEEDS)

    def _pause_in(self, work: UnitOfWork) -> PauseOf:
        def pause(hospital: HospitalRow, last: datetime) -> timedelta | None:
            known = self._pauses.get(hospital.id)
            if known is None or known[0] <= work.now - RHYTHM_HOLDS:
                known = (work.now, pause_of(work.session, hospital.id, last))
                self._pauses[hospital.id] = known
            return known[1]

        return pause


def words(count: int) -> str:
    """What every board and `/readyz` show: how many, not whose."""
    what = "1 thing is" if count == 1 else f"{count} things are"
    return (
        f"{what} wrong with what hospitals send us. Calls and pages go on; "
        "leads and administrators see under Hospitals what it is."
    )


def open_alarms(work: UnitOfWork) -> Sequence[FeedAlarmRow]:
    """The alarms that last, the oldest first."""
    query = select(FeedAlarmRow).where(col(FeedAlarmRow.over_at).is_(None))
    return work.session.exec(query.order_by(col(FeedAlarmRow.since), col(FeedAlarmRow.id))).all()


def keep(work: UnitOfWork, found: Sequence[Alarm], public_url: str) -> None:
    """Write down what is wrong now and what is over, and tell of both. Nobody else does so now."""
    rows = {row.what: row for row in open_alarms(work)}
    for alarm in found:
        row = rows.pop(alarm.what, None) or FeedAlarmRow(
            what=alarm.what, text=alarm.text, since=alarm.since
        )
        row.text = alarm.text
        work.session.add(row)
        if _is_to_be_told(work, alarm, row):
            body = wording.feed_alarm(
                alarm.text, f"{public_url}/hospitals", again=row.told_at is not None
            )
            _tell(work, alarm, body)
            row.told_at = work.now
    for row in rows.values():
        row.over_at = work.now
        work.session.add(row)
        if row.told_at is not None:
            _tell_over(work, row)


def _is_to_be_told(work: UnitOfWork, alarm: Alarm, row: FeedAlarmRow) -> bool:
    if row.told_at is not None and row.told_at > work.now - LIMITS.again:
        return False
    return alarm.urgent or _by_day(work, alarm.in_charge) <= work.now


def _by_day(work: UnitOfWork, in_charge: str | None) -> datetime:
    team = home(work.directory, in_charge)
    return work.now if team is None else next_day(work.now, work.directory.teams[team].timezone)


def _tell(work: UnitOfWork, alarm: Alarm, body: str) -> None:
    key = unique(f"feed/{alarm.what.partition('/')[0]}")
    if alarm.team is not None:
        text_leads(work, alarm.team, key=key, body=body)
    else:
        text_in_charge(work, alarm.in_charge, key=key, body=body)


def _tell_over(work: UnitOfWork, row: FeedAlarmRow) -> None:
    """Tell those who were told first. Nobody is woken by good news, nor rung for it."""
    directory, (kind, _, name) = work.directory, row.what.partition("/")
    in_charge: StaffId | None = None
    leads: tuple[StaffMember, ...] = ()
    match kind:
        case "matching" if name in directory.teams:
            leads = leads_of(directory, name)
        case "silent" | "quarantine" if hospital := work.session.get(HospitalRow, name):
            in_charge = hospital.in_charge_id
        case "roster" if network := work.session.get(NetworkRow, name):
            in_charge = network.in_charge_id
        case _:
            pass
    told = [in_charge] if in_charge else [one.id for one in leads or admins_of(directory)]
    key, body = unique("feed/over"), wording.feed_alarm_over(row.text)
    for staff in told:
        if (team := home(directory, staff)) is not None:
            due_at = next_day(work.now, directory.teams[team].timezone)
            text_to(work, staff, team, key=f"{key}/{staff}", body=body, due_at=due_at)
