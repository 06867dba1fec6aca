"""What is wrong with what hospitals send us, in words, and who is in charge of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.commands.feed_reads import silent_since
from dispatch.commands.in_charge import home
from dispatch.feed_tables import NetworkRow, RosterRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.feeds import LIMITS
from dispatch.store import feeds, networks
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId, TeamId
from oncall.words import length, moment

PauseOf = Callable[[HospitalRow, datetime], timedelta | None]
"""What says the longest usual pause of a hospital that was heard last at a time."""

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong. `what` names it, `text` says it without any client's detail.

    It is `team`'s leads who are told, else who is `in_charge`, else the administrators; at any hour
    where it is `urgent`. A `warning` is of what is still well, or was never set up.
    """

    what: str
    text: str
    since: datetime
    in_charge: StaffId | None = None
    team: TeamId | None = None
    urgent: bool = False
    warning: bool = False


def alarms(work: UnitOfWork, pause_of: PauseOf) -> list[Alarm]:
    """Everything that is wrong now."""
    hospitals = {row.id: row for row in feeds.hospitals(work.session)}
    return [
        *_unread(work),
        *_unconfirmed(work),
        *_unseen(work, hospitals),
        *_silent(work, hospitals, pause_of),
        *_rosters(work),
    ]


def _unread(work: UnitOfWork) -> Iterator[Alarm]:
    oldest = feeds.oldest_unread(work.session)
    if oldest is not None and oldest <= work.now - LIMITS.unread:
        since = _moment(work, home(work.directory, None), oldest)
        text = f"what hospitals sent waits unread since {since}."
        yield Alarm("inbox", text, oldest, urgent=True)


def _unconfirmed(work: UnitOfWork) -> Iterator[Alarm]:
    for one in feeds.unconfirmed(work.session, work.now):
        if one.oldest > work.now - LIMITS.unconfirmed:
            continue
        known = work.directory.teams.get(one.team or "")
        team = known.id if known else None
        wait = "1 hospital notice waits" if one.count == 1 else f"{one.count} hospital notices wait"
        since = _moment(work, team, one.oldest)
        text = f"{known.name if known else 'No team'}: {wait} to be confirmed since {since}."
        what = f"matching/{team}" if team else "matching"
        yield Alarm(what, text, one.oldest, team=team, urgent=True)


def _unseen(work: UnitOfWork, hospitals: dict[str, HospitalRow]) -> Iterator[Alarm]:
    for one in feeds.unseen(work.session, work.now - LIMITS.told_for):
        if one.count < LIMITS.many and one.oldest > work.now - LIMITS.unseen:
            continue
        hospital = hospitals.get(one.hospital or "")
        in_charge = hospital.in_charge_id if hospital else None
        since = _moment(work, home(work.directory, in_charge), one.oldest)
        sender = hospital.name if hospital else "an unknown sender"
        text = f"{one.count} from {sender} could not be read since {since}; nobody has looked."
        what = f"quarantine/{hospital.id}" if hospital else "quarantine"
        yield Alarm(what, text, one.oldest, in_charge)


def _silent(
    work: UnitOfWork, hospitals: dict[str, HospitalRow], pause_of: PauseOf
) -> Iterator[Alarm]:
    for row in hospitals.values():
        last = feeds.last_fed(work.session, row.id)
        pause = None if last is None else pause_of(row, last)
        since = silent_since(work, last, pause)
        if last is None or pause is None or since is None:
            continue
        usually = length(pause - pause % _MINUTE)
        heard = _moment(work, home(work.directory, row.in_charge_id), last)
        text = f"{row.name} has sent nothing since {heard}; usually it pauses {usually} at most."
        yield Alarm(f"silent/{row.id}", text, since, row.in_charge_id)


def _rosters(work: UnitOfWork) -> Iterator[Alarm]:
    last = networks.last_rosters(work.session)
    for network in networks.active(work.session):
        alarm = _roster(work, network, last.get(network.id))
        if alarm is not None:
            yield alarm


def _roster(work: UnitOfWork, network: NetworkRow, last: RosterRow | None) -> Alarm | None:
    what, who = f"roster/{network.id}", network.in_charge_id
    if last is None:
        text = f"{network.name} has no roster of ours: export one."
        return Alarm(what, text, work.now, who, warning=True)
    ends = _moment(work, home(work.directory, who), last.expires_at)
    if last.expires_at <= work.now:
        text = f"our roster at {network.name} has run out on {ends}: export a new one."
        return Alarm(what, text, last.expires_at, who)
    warn_at = last.expires_at - timedelta(days=network.warn_days)
    if warn_at > work.now:
        return None
    text = f"our roster at {network.name} runs out on {ends}: export a new one."
    return Alarm(what, text, warn_at, who, warning=True)


def _moment(work: UnitOfWork, team: TeamId | None, at: datetime) -> str:
    zone = work.directory.teams[team].timezone if team else ZoneInfo("UTC")
    return moment(at.replace(second=0, microsecond=0), zone, work.now)
