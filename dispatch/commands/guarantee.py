"""The guarantee: no change of a rota is kept that leaves a tier without anybody unknowingly.

Every command that can change coverage does its writing inside :func:`coverage_kept`. What is judged
is what would be committed, read back in the same transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch.board import Reload
from dispatch.commands.accepted import accepted_gaps
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.colleagues import elsewhere
from dispatch.commands.duty import begin
from dispatch.commands.outside import hold_rotas
from dispatch.commands.watch import seen_by_writer
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Coverage, Gap, Thin, opened, prove, reason, thinned
from oncall.eligibility import Candidate, candidates
from oncall.model import Rota, StaffId, TeamId
from oncall.store import Directory, mark_changed, read_directory
from oncall.tables import AcceptedGapRow, RotaChangeRow
from oncall.words import span

MOST_SHOWN = 50
"""How many opened gaps are listed with the people who could take them; the count is always told."""

FOLLOWED = timedelta(days=400)
"""How far beyond the horizon the end of an accepted gap is looked for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A gap that a change would open, and who could take it, the best suited first."""

    team: TeamId
    gap: Gap
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a change does to coverage from now to the horizon.

    `opened` are the gaps, or parts of gaps, that it opens and nobody has accepted; `thin` the
    stretches that it makes thin; `directory` is everything as it would be afterwards.
    """

    directory: Directory
    start: datetime
    end: datetime
    opened: tuple[Opened, ...]
    thin: tuple[tuple[TeamId, Thin], ...]

    def words(self, now: datetime) -> str:
        """Why the change is refused, and what to do: the first gap, and how many more."""
        first, *others = self.opened
        team = self.directory.teams[first.team]
        more = f" There are {len(others)} more like it." if others else ""
        when = span(first.gap.start, first.gap.end, team.timezone, now)
        return (
            f"This would leave {first.gap.tier} of {team.name} without anybody from {when} "
            f"({reason(first.gap, self.directory.names)}).{more} "
            "Name somebody for it, or let a lead accept the gap with a reason."
        )


class GapsOpened(Exception):  # noqa: N818
    """The change would open a gap that nobody has accepted: nothing is saved."""

    def __init__(self, verdict: Verdict, now: datetime) -> None:
        super().__init__(verdict.words(now))
        self.verdict = verdict


class Previewed(Exception):  # noqa: N818
    """The change was only tried: nothing is saved."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("preview")
        self.verdict = verdict


@dataclass(slots=True)
class Change:
    """A change under way; afterwards, the verdict on it."""

    verdict: Verdict | None = None


@contextmanager
def coverage_kept(
    work: UnitOfWork, *, who: str, accept: str | None = None, preview: bool = False
) -> Iterator[Change]:
    """Let the block change rotas, then judge what it has written from now to the horizon.

    Changes of rotas wait for each other, so that two that only together open a gap can't both pass.
    Raises GapsOpened where a gap opens or widens, unless a lead has accepted it: `accept` is their
    reason, `who` their name. With `preview` it always raises Previewed. Raising undoes everything,
    as long as nobody catches it inside the transaction.
    """
    session = work.session
    hold_rotas(work)
    before = work.directory
    change = Change()
    yield change
    session.flush()
    session.expire_all()
    version = mark_changed(session, work.now)
    work.directory = after = read_directory(session, version)
    change.verdict = verdict = _judge(work, before, after)
    if preview:
        raise Previewed(verdict)
    if verdict.opened and accept is None:
        raise GapsOpened(verdict, work.now)
    if accept is not None:
        _accept(work, verdict, who, accept)
    _end_acceptances(work, before, after)
    begin(work)
    seen_by_writer(work, verdict)
    _show(work, before, after)


def note_change(
    work: UnitOfWork,
    *,
    who: str,
    what: str,
    text: str,
    team: TeamId | None = None,
    staff: StaffId | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write a change of a rota into the journal, which is never changed."""
    work.session.add(
        RotaChangeRow(
            at=work.now,
            team_id=team,
            staff_id=staff,
            who=who,
            what=what,
            text=text,
            details=details or {},
        )
    )


def _judge(work: UnitOfWork, before: Directory, after: Directory) -> Verdict:
    start, end = work.now, work.now + work.horizon
    found: list[Opened] = []
    thin: list[tuple[TeamId, Thin]] = []
    for team in after.teams.values():
        old = before.teams.get(team.id)
        if old is not None and old.rota == team.rota:
            continue
        was = None if old is None else prove(old.rota, start, end)
        now = prove(team.rota, start, end)
        load = hours(now)
        for gap in opened(was, now, ()):  # what is accepted and lasts is in `was` already
            able: tuple[Candidate, ...] = ()
            if len(found) < MOST_SHOWN:
                others = _without_those_it_is_about(team.members, gap)
                stand = elsewhere(after, team.id, gap.start, gap.end)
                able = candidates(team.rota, others, gap.tier, gap.start, gap.end, load, stand)
            found.append(Opened(team.id, gap, able))
        thin += [(team.id, one) for one in thinned(was, now)]
    return Verdict(after, start, end, tuple(found), tuple(thin))


def _without_those_it_is_about(members: Sequence[StaffId], gap: Gap) -> list[StaffId]:
    """Whoever was just taken off is not the one to ask."""
    concerned = {cause.staff for cause in gap.causes}
    return [staff for staff in members if staff not in concerned]


def hours(coverage: Coverage) -> dict[StaffId, timedelta]:
    """How long everybody stands, over all tiers."""
    total: dict[StaffId, timedelta] = {}
    for shifts in coverage.stands.values():
        for shift in shifts:
            total[shift.staff] = total.get(shift.staff, timedelta()) + (shift.end - shift.start)
    return total


def _accept(work: UnitOfWork, verdict: Verdict, who: str, why: str) -> None:
    for one in verdict.opened:
        team, gap = work.directory.teams[one.team], one.gap
        ends = gap.end if gap.end < verdict.end else _real_end(team.rota, gap)
        work.session.add(
            AcceptedGapRow(
                team_id=one.team,
                tier=gap.tier,
                starts=gap.start,
                ends=ends,
                reason=why,
                accepted_by=who,
                accepted_at=work.now,
            )
        )
        when = span(gap.start, ends, team.timezone, work.now)
        text = f"accepted that nobody is {gap.tier} from {when}: {why}"
        note_change(work, who=who, what="gap_accepted", text=text, team=one.team)


def _end_acceptances(work: UnitOfWork, before: Directory, after: Directory) -> None:
    """Where somebody stands again nothing is accepted any more: a gap opened later is a new one."""
    for team in after.teams.values():
        old = before.teams.get(team.id)
        rows = accepted_gaps(work, team.id)
        if not rows or (old is not None and old.rota == team.rota):
            continue
        gaps = prove(team.rota, work.now, max(row.ends for row in rows)).gaps
        for row in rows:
            _cut(work, row, [gap for gap in gaps if gap.tier == row.tier])


def _cut(work: UnitOfWork, row: AcceptedGapRow, gaps: Sequence[Gap]) -> None:
    """Leave of an acceptance what is still a gap."""
    start = max(row.starts, work.now)
    left = [
        (max(gap.start, start), min(gap.end, row.ends))
        for gap in gaps
        if gap.start < row.ends and start < gap.end
    ]
    if left == [(start, row.ends)]:
        return
    for opens, closes in left:
        part = row.model_dump(exclude={"id"}) | {"starts": opens, "ends": closes}
        work.session.add(AcceptedGapRow(**part))
    work.session.delete(row)
    work.session.flush()


def _real_end(rota: Rota, gap: Gap) -> datetime:
    """When a gap that goes on beyond the horizon ends, as far as the rota can be followed.

    Whoever accepts it accepts it to its end, not a new piece of it with every day that passes.
    """
    beyond = prove(rota, gap.start, gap.end + FOLLOWED)
    return next(one.end for one in beyond.gaps if one.tier == gap.tier and one.end >= gap.end)


def _show(work: UnitOfWork, before: Directory, after: Directory) -> None:
    """Tell the board; whoever joins or leaves a team may see other crises than before."""
    if {team: before.teams[team].members for team in before.teams} != {
        team: after.teams[team].members for team in after.teams
    }:
        work.show([Reload()])
    for team in sorted(after.teams):
        old = before.teams.get(team)
        if old is None or old.rota != after.teams[team].rota:
            refresh_team_card(work, team)
