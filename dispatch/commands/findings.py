"""What the watch has found, as it is kept and as the board shows it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, or_, select, update

from dispatch.board import TeamAlarm
from dispatch.commands.accepted import acceptance, accepted_gaps
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap, GapKind
from oncall.duty_tables import CoverageWatchRow, FindingRow
from oncall.model import TeamId
from oncall.tables import AcceptedGapRow
from oncall.words import moment, span

ACCEPTED_SHOWN = timedelta(days=7)
"""How long before it begins an accepted gap is shown on the board."""

THIN_SHOWN = timedelta(hours=24)
"""How long before it begins a thin stretch is shown on the board."""

MOST_ALARMS = 8
"""How many alarms a team's card says in words; of the others it says how many they are."""

LOOK_AGAIN = -1
"""The version that a watch has seen of a rota when it is to look again whatever the version is."""

AT_THE_HORIZON = timedelta(hours=1)
"""What ends so near the horizon, or after it, has no end in sight."""

_IS_GAP = col(FindingRow.kind) == GapKind.NOBODY.value


def open_findings(
    work: UnitOfWork, team: TeamId, thin_until: datetime | None = None
) -> Sequence[FindingRow]:
    """The gaps and thin stretches of a team that last or lie ahead, in order of their starts.

    Of the thin ones perhaps only those that begin by `thin_until`: there may be hundreds.
    """
    query = select(FindingRow).where(FindingRow.team_id == team, col(FindingRow.ended_at).is_(None))
    if thin_until is not None:
        near = or_(_IS_GAP, col(FindingRow.starts) <= thin_until)
        query = query.where(near, col(FindingRow.ends) > work.now)
    query = query.order_by(col(FindingRow.starts), col(FindingRow.id))
    return work.session.exec(query.execution_options(populate_existing=True)).all()


def place(tier: str) -> str:
    """What nobody is in a gap; a ladder without tiers has one gap, on none."""
    return tier or "on call"


def look_soon(work: UnitOfWork, team: TeamId) -> None:
    """Let the watch look at a team again though no rota has changed."""
    query = update(CoverageWatchRow).where(col(CoverageWatchRow.team_id) == team)
    work.session.execute(query.values(version=LOOK_AGAIN))


def when(work: UnitOfWork, team: TeamId, start: datetime, end: datetime) -> str:
    """A stretch in words: ``from … to …``, ``until …`` once it has begun, ``from … on``."""
    zone = work.directory.teams[team].timezone
    endless = end > work.now + work.horizon - AT_THE_HORIZON
    if start <= work.now:
        return "from now on" if endless else f"until {moment(end, zone, work.now)}"
    if endless:
        return f"from {moment(start, zone, work.now)} on"
    return f"from {span(start, end, zone, work.now)}"


def team_alarms(work: UnitOfWork, team: TeamId) -> tuple[TeamAlarm, ...]:
    """The alarms of a team's card: gaps, accepted gaps that near, thin stretches of a day ahead."""
    rows = open_findings(work, team, thin_until=work.now + THIN_SHOWN)
    if not rows:
        return ()
    accepted = accepted_gaps(work, team)
    found = [alarm for row in rows if (alarm := _alarm(work, row, accepted)) is not None]
    order = ("gap", "accepted_gap", "thin")
    found.sort(key=lambda alarm: order.index(alarm.kind))  # stable: by their starts within
    shown, others = found[:MOST_ALARMS], found[MOST_ALARMS:]
    if others:
        since = max(alarm.since for alarm in others)
        shown.append(TeamAlarm(kind="more", text=f"and {len(others)} more", since=since))
    return tuple(shown)


def _alarm(
    work: UnitOfWork, row: FindingRow, accepted: Sequence[AcceptedGapRow]
) -> TeamAlarm | None:
    stretch = when(work, row.team_id, row.starts, row.ends)
    if row.kind != GapKind.NOBODY.value:
        text = f"{row.tier} is thin {stretch}: {row.reason}"
        return TeamAlarm(kind="thin", text=text, since=row.seen_at)
    text = f"Nobody is {place(row.tier)} {stretch} ({row.reason})"
    gap = Gap(row.tier, max(row.starts, work.now), row.ends, ())
    known = acceptance(gap, accepted)
    if known is None:
        return TeamAlarm(kind="gap", text=text, since=row.seen_at)
    if row.starts > work.now + ACCEPTED_SHOWN:
        return None
    text = f"{text}; accepted by {known.accepted_by}: {known.reason}"
    return TeamAlarm(kind="accepted_gap", text=text, since=row.seen_at)
