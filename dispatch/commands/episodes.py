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
from dispatch.hospitals.episodes.reminding import next_reminder
from dispatch.store import episodes as store
from dispatch.tables import EnrolmentRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId

SHOWN_AFTERWARDS = timedelta(days=30)
"""How long after a discharge what is still due is shown and reminded of. After that it is history:
the counting says that it was missed."""


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


def is_history(discharged_at: datetime, now: datetime) -> bool:
    """Whether a discharge is so long past that nobody is reminded of what was due after it."""
    return now >= discharged_at + SHOWN_AFTERWARDS


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
    due = _follow_up(progress(work, one, all_of_client, team), episode, work.now)
    if due is None:
        row.reminded, row.remind_at = 0, None
    elif row.remind_at is None or row.discharged_at != episode.discharged_at:
        zone = zone_of(work, team)
        row.remind_at = first_reminder(due, row.reminded, work.now, zone)
    row.discharged_at = episode.discharged_at
    work.session.add(row)


def _follow_up(progress: Progress, episode: Episode, now: datetime) -> Due | None:
    """What is due after a discharge, while it is reminded of; the call back has its own timer."""
    if episode.discharged_at is None or is_history(episode.discharged_at, now):
        return None
    return next((due for due in progress.due if due.stage is Stage.FOLLOWED_UP), None)


def first_reminder(due: Due, reminded: int, now: datetime, zone: ZoneInfo) -> datetime:
    """When to remind of something that has just fallen due, or moved.

    Who was never reminded of it hears at once of what has passed, once for all of it.
    """
    passed = [at for at in (*due.reminders, due.by) if at <= now]
    return passed[-1] if passed and not reminded else next_reminder(due, now, zone)
