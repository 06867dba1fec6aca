"""The watch over coverage: what appears anyway is told to the leads at once, and again as it nears.

A team is looked at whenever a rota has changed, when something is due to be said again, and every
LOOK_EVERY, since time alone brings shifts nearer.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select, update

from dispatch.commands.accepted import acceptance, accepted_gaps
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.findings import open_findings, place, when
from dispatch.commands.handoffs import unconfirmed
from dispatch.commands.leads import text_leads
from dispatch.commands.staff_texts import unique
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import duty_wording as wording
from oncall.coverage import Gap, prove
from oncall.duty_tables import CoverageWatchRow, FindingRow
from oncall.model import Rota, TeamId
from oncall.store import current_version
from oncall.watch import Finding, Followed, as_seen, findings, look

log = structlog.get_logger()

LOOK_EVERY = timedelta(minutes=10)
"""How often a team is looked at though nothing has changed."""

NEVER = -2
"""The version that a watch has seen of a rota before its first look."""


class Watch:
    """One node's watch. Any number of nodes may keep one: each team is looked at by one of them."""

    def __init__(self, unit_of_work: UnitsOfWork, public_url: str) -> None:
        self._unit_of_work = unit_of_work
        self._public_url = public_url
        self._looked: dict[TeamId, tuple[int, Rota]] = {}
        """The rota of each team as this node looked at it last, and which version that was."""

    def look(self) -> None:
        """Look at every team for which it is time; what fails is looked at again."""
        for team in self._note_what_is_due():
            try:
                self._look_at(team)
            except Exception as error:  # noqa: BLE001  the other teams must not wait for it
                log.error("watch_failed", team=team, error=type(error).__name__)

    def is_due(self, work: UnitOfWork) -> bool:
        """Whether there is anything to look at, to say or to note."""
        due, same = self._due(work)
        return bool(due or same)

    def _note_what_is_due(self) -> list[TeamId]:
        with self._unit_of_work() as work:
            due, same = self._due(work)
            teams = work.directory.teams
            _end_what_nobody_asks_for(work, due - set(teams))
            _as_good_as_looked(work, same)
        version = work.directory.version
        self._looked.update({row.team_id: (version, teams[row.team_id].rota) for row in same})
        return sorted(due & set(teams))

    def _due(self, work: UnitOfWork) -> tuple[set[TeamId], list[CoverageWatchRow]]:
        """The teams to be looked at, also those that are no more; and whose rota is as it was."""
        version = work.directory.version
        rows = {row.team_id: row for row in work.session.exec(select(CoverageWatchRow))}
        due = _to_be_said(work)
        same: list[CoverageWatchRow] = []
        for team, found in work.directory.teams.items():
            row = rows.get(team)
            if row is None or row.looked_at <= work.now - LOOK_EVERY:
                due.add(team)
            elif row.version != version and team not in due:
                if self._looked.get(team) == (row.version, found.rota):
                    same.append(row)
                else:
                    due.add(team)
        return due, same

    def _look_at(self, team: TeamId) -> None:
        with self._unit_of_work() as work:
            found = work.directory.teams.get(team)
            if found is None or not look_at(work, team, self._public_url):
                return
        self._looked[team] = (work.directory.version, found.rota)


def _to_be_said(work: UnitOfWork) -> set[TeamId]:
    query = select(FindingRow.team_id).where(
        col(FindingRow.ended_at).is_(None), col(FindingRow.next_tell_at) <= work.now
    )
    return set(work.session.exec(query).all())


def _as_good_as_looked(work: UnitOfWork, rows: Sequence[CoverageWatchRow]) -> None:
    """Note that these teams' rotas are as they were when they were looked at."""
    for row in rows:
        as_looked_at = (
            col(CoverageWatchRow.team_id) == row.team_id,
            col(CoverageWatchRow.version) == row.version,
        )
        query = update(CoverageWatchRow).where(*as_looked_at)
        work.session.execute(query.values(version=work.directory.version))


def _end_what_nobody_asks_for(work: UnitOfWork, gone: Collection[TeamId]) -> None:
    """Teams that are no more have no gaps."""
    if gone:
        query = update(FindingRow).where(
            col(FindingRow.ended_at).is_(None), col(FindingRow.team_id).in_(gone)
        )
        work.session.execute(query.values(ended_at=work.now, next_tell_at=None))


def look_at(work: UnitOfWork, team: TeamId, public_url: str) -> bool:
    """Prove a team's coverage, keep what was found and tell its leads; False: it must wait.

    The transaction must not hold any team's card yet.
    """
    row = _lock(work, team, wait=False)
    if row is None or current_version(work.session) != work.directory.version:
        return False  # what was just written is read first: its writer has seen what it does
    directory, end = work.directory, work.now + work.horizon
    proof = prove(directory.teams[team].rota, work.now, end, unconfirmed(work, team))
    known = [_known(one) for one in open_findings(work, team)]
    in_sight = None if row.version == NEVER else row.horizon
    result = look(known, findings(proof, directory.names), work.now, in_sight)
    as_before = frozenset(known)
    _keep(work, team, (one for one in result.followed if one not in as_before))
    ended = update(FindingRow).where(col(FindingRow.id).in_([one.number for one in result.ended]))
    work.session.execute(ended.values(ended_at=work.now, next_tell_at=None))
    row.version, row.looked_at, row.horizon = directory.version, work.now, end
    work.session.add(row)
    work.session.flush()
    _tell(work, team, result.say, result.mended, public_url)
    refresh_team_card(work, team)
    return True


def _lock(work: UnitOfWork, team: TeamId, *, wait: bool) -> CoverageWatchRow | None:
    """The row of a team's watch, made on first use; None where another transaction has it."""
    fresh = insert(CoverageWatchRow).values(
        team_id=team, version=NEVER, looked_at=work.now - LOOK_EVERY, horizon=work.now
    )
    work.session.execute(fresh.on_conflict_do_nothing())
    query = select(CoverageWatchRow).where(CoverageWatchRow.team_id == team)
    query = query.with_for_update(skip_locked=not wait)
    return work.session.exec(query.execution_options(populate_existing=True)).first()


def _known(row: FindingRow) -> Followed:
    finding = Finding(row.tier, row.kind, row.starts, row.ends, tuple(row.who), row.reason)
    return Followed(finding, row.seen_at, frozenset(row.told), row.id)


def _keep(work: UnitOfWork, team: TeamId, followed: Iterable[Followed]) -> None:
    """Write findings down as they are now, in place of what was known of them."""
    fresh = []
    for one in followed:
        values = _values(work, team, one)
        if one.number is None:
            fresh.append(values)
        else:
            query = update(FindingRow).where(col(FindingRow.id) == one.number)
            work.session.execute(query.values(values))
    if fresh:
        work.session.execute(insert(FindingRow), fresh)


def _values(work: UnitOfWork, team: TeamId, one: Followed) -> dict[str, Any]:
    finding = one.finding
    return {
        "team_id": team,
        "tier": finding.tier,
        "kind": finding.kind,
        "starts": finding.start,
        "ends": finding.end,
        "who": list(finding.who),
        "reason": finding.reason,
        "seen_at": one.seen_at,
        "told": [str(word) for word in sorted(one.told)],
        "next_tell_at": one.next_at(work.now),
    }


def _tell(
    work: UnitOfWork,
    team: TeamId,
    say: Sequence[Followed],
    mended: Sequence[Followed],
    public_url: str,
) -> None:
    """One text to each lead for all that is to be said of a team now, gaps first."""
    first = min(say, key=lambda one: (not one.finding.is_gap, one.finding.start), default=None)
    if first is not None:
        sentences = _sentences(work, team, first.finding)
    elif mended:
        sentences = _mended(work, team, mended[0].finding)
    else:
        return
    body = wording.told_leads(
        *sentences, len(say) + len(mended) - 1, f"{public_url}/teams/{team}/schedule"
    )
    text_leads(work, team, key=unique(f"watch/{team}"), body=body)


def _sentences(work: UnitOfWork, team: TeamId, finding: Finding) -> tuple[str, str]:
    """What leads are told of a finding: with why it is so, and without.

    Why a lead has accepted a gap is on the board and in the journal: a text says only who has.
    """
    name, stretch = work.directory.teams[team].name, when(work, team, finding.start, finding.end)
    if not finding.is_gap:
        thin = partial(wording.thin_ahead, finding.tier, name, stretch)
        return thin(finding.reason), thin()
    gap = Gap(finding.tier, max(finding.start, work.now), finding.end, ())
    known = acceptance(gap, accepted_gaps(work, team))
    if known is not None:
        sentence = wording.gap_accepted(place(finding.tier), name, stretch, known.accepted_by)
        return sentence, sentence
    gap_ahead = partial(wording.gap_ahead, place(finding.tier), name, stretch)
    return gap_ahead(finding.reason), gap_ahead()


def _mended(work: UnitOfWork, team: TeamId, finding: Finding) -> tuple[str, str]:
    name, stretch = work.directory.teams[team].name, when(work, team, finding.start, finding.end)
    sentence = wording.gap_mended(place(finding.tier), name, stretch)
    return sentence, sentence


# What is known from the first ───────────────────────────────────────────────────────────────────


def seen_by_writer(work: UnitOfWork, shown: Iterable[tuple[TeamId, Finding]]) -> None:
    """Keep what whoever changed a rota was shown: it is not texted to the leads as news.

    The transaction holds the rotas, and no team's card yet.
    """
    by_team: dict[TeamId, list[Finding]] = defaultdict(list)
    for team, finding in shown:
        by_team[team].append(finding)
    for team in sorted(by_team):
        _lock(work, team, wait=True)
        known = [_known(row) for row in open_findings(work, team)]
        _keep(work, team, as_seen(known, by_team[team], work.now))
