"""The guarantee: no change of a rota is kept that leaves a tier without anybody unknowingly.

Every command that can change coverage does its writing inside :func:`coverage_kept`. What is judged
is what would be committed, read back in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch.board import Reload
from dispatch.commands.accepted import end_acceptances, real_end
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.colleagues import elsewhere
from dispatch.commands.duty import begin
from dispatch.commands.outside import hold_rotas
from dispatch.commands.watch import seen_by_writer
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Coverage, Gap, Thin, opened, prove, reason, thinned
from oncall.eligibility import Candidate, PartTaker, candidates, part_takers
from oncall.model import StaffId, TeamId
from oncall.schedule import named_though_gone
from oncall.store import Directory, Team, mark_changed, read_directory
from oncall.tables import AcceptedGapRow, RotaChangeRow
from oncall.watch import Finding
from oncall.words import span

MOST_SHOWN = 200
"""How many opened gaps are listed with the people who could take them; the count is always told."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A gap that a change would open, and who could take it, the best suited first.

    Where nobody could take all of it, `part_takers` are those who could take parts.
    """

    team: TeamId
    gap: Gap
    candidates: tuple[Candidate, ...] = ()
    part_takers: tuple[PartTaker, ...] = ()


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

    def findings(self) -> Iterator[tuple[TeamId, Finding]]:
        """What it opens and makes thin, as the watch follows it."""
        names = self.directory.names
        for one in self.opened:
            gap, why = one.gap, reason(one.gap, names)
            yield one.team, Finding(gap.tier, gap.kind.value, gap.start, gap.end, (), why)
        for team, thin in self.thin:
            why = reason(thin, names)
            yield team, Finding(thin.tier, thin.kind.value, thin.start, thin.end, thin.who, why)

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


class StillNamed(ValueError):  # noqa: N818
    """Somebody would be gone whom the rota still names, though no gap opens: nothing is saved.

    Else others would stand for them unasked, turn after turn.
    """


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
    reason, `who` their name. Raises StillNamed where turns of people who are gone would fall to
    others in silence. With `preview` it raises Previewed where it would pass or open a gap. Raising
    undoes everything, as long as nobody catches it inside the transaction.
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
    if not verdict.opened and accept is None:
        _nobody_still_named(work, before, after)
    if preview:
        raise Previewed(verdict)
    if verdict.opened and accept is None:
        raise GapsOpened(verdict, work.now)
    if accept is not None:
        for one in verdict.opened:
            accept_gap(work, one.team, one.gap, who, accept)
    end_acceptances(work, before, after)
    begin(work)
    seen_by_writer(work, verdict.findings())
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
            found.append(_opened(after, team, gap, load, listed=len(found) < MOST_SHOWN))
        thin += [(team.id, one) for one in thinned(was, now)]
    return Verdict(after, start, end, tuple(found), tuple(thin))


def _opened(
    after: Directory, team: Team, gap: Gap, load: Mapping[StaffId, timedelta], *, listed: bool
) -> Opened:
    """A gap with those who could take it, or parts of it, as far as it is listed."""
    if not listed:
        return Opened(team.id, gap)
    stretch = gap.tier, gap.start, gap.end
    others = _without_those_it_is_about(team.members, gap)
    stand = elsewhere(after, team.id, gap.start, gap.end)
    able = candidates(team.rota, others, *stretch, load, stand)
    if able:
        return Opened(team.id, gap, able)
    return Opened(team.id, gap, (), part_takers(team.rota, others, *stretch, stand))


def _nobody_still_named(work: UnitOfWork, before: Directory, after: Directory) -> None:
    for team in after.teams.values():
        old = before.teams.get(team.id)
        known = [] if old is None else named_though_gone(old.rota, work.now)
        found = [one for one in named_though_gone(team.rota, work.now) if one not in known]
        if found:
            staff = found[0][0]
            places = " and ".join(place for who, place in found if who == staff)
            raise StillNamed(
                f"{after.name_of(staff)} is still named in {places} of {team.name}: take them out "
                "of it first, so that nobody stands for them unasked."
            )


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


def accept_gap(work: UnitOfWork, team: TeamId, gap: Gap, who: str, why: str) -> None:
    """Keep that a lead has accepted a gap, to its real end."""
    found = work.directory.teams[team]
    ends = real_end(found.rota, gap, work.now + work.horizon)
    work.session.add(
        AcceptedGapRow(
            team_id=team,
            tier=gap.tier,
            starts=gap.start,
            ends=ends,
            reason=why,
            accepted_by=who,
            accepted_at=work.now,
        )
    )
    when = span(gap.start, ends, found.timezone, work.now)
    text = f"accepted that nobody is {gap.tier} from {when}: {why}"
    note_change(work, who=who, what="gap_accepted", text=text, team=team)


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
