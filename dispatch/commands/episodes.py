"""Keeps what must be found of hospital episodes, and falls due, as their notices and steps make it.

Who links a notice with a client, takes a link back, or records a step calls `refresh` in the same
transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dispatch.board import AdmissionsChanged
from dispatch.commands.letters import CALL_BACK_WITHIN
from dispatch.episode_tables import EpisodeRow
from dispatch.hospitals.counting.windows import Windows, packaged_windows, windows_in_force
from dispatch.hospitals.episodes.episode import Episode, EpisodeState
from dispatch.hospitals.episodes.involvement import Followed
from dispatch.hospitals.episodes.progress import Due, Progress, Promises, Stage, progress_of
from dispatch.store import episodes as store
from dispatch.tables import EnrolmentRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId

SHOWN_AFTERWARDS = timedelta(days=30)
"""How long after a discharge what is still due is shown and reminded of. After that it is history:
the counting says that it was missed."""

OVERDUE_EVERY = timedelta(days=1)
"""How often somebody is reminded of what is overdue, from the end of its last day on."""


@cache
def _windows() -> tuple[Windows, ...]:
    return packaged_windows()


def promises(work: UnitOfWork, team: TeamId) -> Promises:
    """What a team has promised, as it holds now: what is due is due by the rule of today.

    The days after a discharge and their reminders come from the dated data that the counting uses,
    by the team's own calendar.
    """
    today = work.now.astimezone(zone_of(work, team)).date()
    windows = windows_in_force(_windows(), today)
    return Promises(CALL_BACK_WITHIN, windows.follow_up_days, windows.reminders)


def zone_of(work: UnitOfWork, team: TeamId) -> ZoneInfo:
    """The team's zone; UTC for a team that is no more."""
    known = work.directory.teams.get(team)
    return ZoneInfo("UTC") if known is None else known.timezone


def progress(
    work: UnitOfWork, one: Followed, all_of_client: Iterable[Followed], team: TeamId
) -> Progress:
    """How far an episode has come by now, beside the others of the same client."""
    others = [other.episode for other in all_of_client]
    return progress_of(one, others, promises(work, team), zone_of(work, team), work.now)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A client's episodes as they are now. `new` are the keys of those nobody knew before."""

    episodes: tuple[Followed, ...]
    new: frozenset[str]

    def of(self, reference: str) -> Followed | None:
        """The episode that a notice is part of, by our reference of it, or by an older key."""
        return containing(self.episodes, reference)


def containing(episodes: Iterable[Followed], reference: str) -> Followed | None:
    """The episode of which a reference is part."""
    return next((one for one in episodes if reference in one.episode.references), None)


def refresh(work: UnitOfWork, client: int) -> Refreshed:
    """Write anew what is kept of a client's episodes, and tell the boards of their teams.

    Holds the client until the transaction ends: whoever links another notice of theirs waits. Of
    several clients in one transaction, the lower number comes first; crises are locked before.
    """
    work.session.flush()
    store.lock_client(work.session, client)
    before = store.kept(work.session, client)
    enrolments = store.enrolments(work.session, client)
    episodes = store.followed_of(work.session, [client]).get(client, ())
    teams = {row.team_id for row in before.values()}
    seen = set()
    for one in episodes:
        team = _team_at(enrolments, began_at(one.episode))
        if team is None:
            continue  # whoever never was anybody's has nobody to tell
        row = before.get(one.episode.key) or EpisodeRow(
            key=one.episode.key,
            client_number=client,
            team_id=team,
            hospital_id=hospital_now(one.episode),
            state=one.episode.state.value,
            is_open=False,
            began_at=began_at(one.episode),
        )
        _write(work, row, one, episodes, team)
        seen.add(row.key)
        teams.add(team)
    for key, row in before.items():
        if key not in seen:
            work.session.delete(row)
    work.session.flush()
    changed(work, teams)
    return Refreshed(episodes, frozenset(seen - before.keys()))


def changed(work: UnitOfWork, teams: Iterable[TeamId]) -> None:
    """Tell whoever shows the admissions of teams to ask for them anew."""
    work.show([AdmissionsChanged(team=team) for team in sorted(set(teams))])


def began_at(episode: Episode) -> datetime:
    """The first that is known of an episode."""
    first = episode.segments[0].since if episode.segments else None
    return first or episode.history[0].at


def hospital_now(episode: Episode) -> str:
    """Where somebody is, or was last, or is to come."""
    return episode.segments[-1].hospital if episode.segments else episode.history[-1].hospital


def is_open(episode: Episode) -> bool:
    """Whether somebody is in hospital, on leave, or planned to come."""
    return episode.state.in_hospital or episode.state is EpisodeState.PLANNED


def _team_at(enrolments: Sequence[EnrolmentRow], at: datetime) -> TeamId | None:
    """Whose a client was then; else whose they became next, else whose they were last."""
    for row in enrolments:
        if row.during.upper is None or at < row.during.upper:
            return row.team_id
    return enrolments[-1].team_id if enrolments else None


def _write(
    work: UnitOfWork,
    row: EpisodeRow,
    one: Followed,
    all_of_client: Iterable[Followed],
    team: TeamId,
) -> None:
    episode = one.episode
    row.team_id = team
    row.hospital_id = hospital_now(episode)
    row.state = episode.state.value
    row.is_open = is_open(episode)
    row.began_at = began_at(episode)
    row.discharged_at = episode.discharged_at
    due = progress(work, one, all_of_client, team).due
    row.reminded, row.remind_at = next_reminder(reminders(episode, due), row.reminded, work.now)
    work.session.add(row)


def reminders(episode: Episode, due: Iterable[Due]) -> tuple[datetime, ...]:
    """When somebody is reminded of what is due after the discharge, in order.

    The call back to the hospital has a timer of its own. What is overdue is reminded of once a day,
    as long as it is shown.
    """
    follow_up = next((one for one in due if one.stage is Stage.FOLLOWED_UP), None)
    if follow_up is None or episode.discharged_at is None:
        return ()
    times, at = list(follow_up.reminders), follow_up.by
    while at < episode.discharged_at + SHOWN_AFTERWARDS:
        times.append(at)
        at += OVERDUE_EVERY
    return tuple(times)


def next_reminder(
    times: Sequence[datetime], reminded: int, now: datetime
) -> tuple[int, datetime | None]:
    """Return how many of the times count as reminded of, and when the next reminder is.

    Of several that have passed unreminded, only the last is made up for: once `reminded` is the
    number of times that have passed, nothing is owed. Where times were moved to later, those that
    lie ahead again are reminded of again. When the last is over there is none.
    """
    passed = sum(at <= now for at in times)
    reminded = min(reminded, passed)
    if passed == len(times) and (reminded == passed or now >= times[-1] + OVERDUE_EVERY):
        return reminded, None
    return reminded, times[passed - 1] if reminded < passed else times[passed]
