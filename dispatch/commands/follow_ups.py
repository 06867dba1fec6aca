"""Reminders of follow-ups after a discharge: by day, up the ladder, and daily to the leads at last.

Any number of nodes may remind: whoever holds the client does, as whoever links a notice or records
a step holds them; the others find that it is told.
"""

from collections.abc import Iterator
from datetime import datetime

import structlog
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from dispatch.commands.episodes import containing, next_reminder, progress, reminders
from dispatch.commands.leads import text_leads
from dispatch.commands.staff_texts import can_be_texted, text_to
from dispatch.episode_tables import EpisodeRow
from dispatch.hospitals.episodes.progress import Due, Stage
from dispatch.hospitals.episodes.reminding import Reach, reach
from dispatch.hospitals.feeds import is_day
from dispatch.store import episodes as store
from dispatch.tables import ClientRow, EnrolmentRow
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import hospital_wording as wording
from oncall.model import StaffId, TeamId
from oncall.wallclock import to_wall

log = structlog.get_logger()

MOST_AT_ONCE = 50
"""How many episodes one beat looks at; the next beat goes on."""

_INSTANT = datetime.resolution


def is_one_due(work: UnitOfWork) -> bool:
    """Whether there is anything to remind of now."""
    return bool(_due(work))


def remind(units: UnitsOfWork, public_url: str) -> None:
    """Remind of what is due, each in a transaction of its own; what fails is tried again."""
    with units.reading() as work:
        due = _due(work)
    for key in due:
        try:
            with units() as work:
                _remind_of(work, key, public_url)
        except Exception as error:  # noqa: BLE001  the other episodes must not wait for it
            log.error("follow_up_not_told", error=type(error).__name__)


def _due(work: UnitOfWork) -> list[str]:
    """The episodes of which somebody is to be reminded, where it is day."""
    by_day = [
        row.key for row in work.session.exec(_to_remind(work)) if _is_day(work, _team(work, row))
    ]
    return by_day[:MOST_AT_ONCE]


def _to_remind(work: UnitOfWork) -> SelectOfScalar[EpisodeRow]:
    due = select(EpisodeRow).where(col(EpisodeRow.remind_at) <= work.now)
    return due.order_by(col(EpisodeRow.remind_at), col(EpisodeRow.key))


def _team(work: UnitOfWork, row: EpisodeRow) -> TeamId | None:
    """Whose the client is now, else whose they were; None where there is no such team any more."""
    query = select(EnrolmentRow.team_id).where(
        EnrolmentRow.client_number == row.client_number, col(EnrolmentRow.during).contains(work.now)
    )
    team = work.session.exec(query).first() or row.team_id
    return team if team in work.directory.teams else None


def _is_day(work: UnitOfWork, team: TeamId | None) -> bool:
    """Of a team that is no more nobody waits for the day: its reminders are put away."""
    return team is None or is_day(to_wall(work.now, work.directory.teams[team].timezone))


def _remind_of(work: UnitOfWork, key: str, public_url: str) -> None:
    """Look anew at what is due now, and when the next reminder is; tell where it still is."""
    found = work.session.get(EpisodeRow, key)
    if found is None:
        return
    store.lock_client(work.session, found.client_number)
    query = _to_remind(work).where(EpisodeRow.key == key).with_for_update()
    row = work.session.exec(query.execution_options(populate_existing=True)).first()
    if row is None:
        return  # another node has just told
    team = _team(work, row)
    due, times = _what_is_due(work, row)
    if team is not None and due is not None:
        _tell(work, row, team, due, public_url)
    passed = sum(at <= work.now for at in times)
    row.reminded, row.remind_at = next_reminder(times if team else (), passed, work.now)
    work.session.add(row)


def _what_is_due(work: UnitOfWork, row: EpisodeRow) -> tuple[Due | None, tuple[datetime, ...]]:
    """The follow-up, if it is due still, and when somebody is reminded of it."""
    episodes = store.followed_of(work.session, [row.client_number]).get(row.client_number, ())
    one = containing(episodes, row.key)
    if one is None:
        return None, ()
    due = progress(work, one, episodes, row.team_id).due
    follow_up = next((each for each in due if each.stage is Stage.FOLLOWED_UP), None)
    return follow_up, reminders(one.episode, due)


def _tell(work: UnitOfWork, row: EpisodeRow, team: TeamId, due: Due, public_url: str) -> None:
    overdue, found = due.overdue(work.now), work.directory.teams[team]
    last_day = to_wall(due.by - _INSTANT, found.timezone)
    say = wording.follow_up_overdue if overdue else wording.follow_up_due
    day = f"{last_day:%a %b} {last_day.day}"
    body = say(row.key, found.name, day, f"{public_url}/episodes/{row.key}")
    key, far = f"remind/{row.key}/{row.remind_at:%Y-%m-%dT%H:%M}", reach(due, work.now)
    with_backup = far >= Reach.BACKUP and not overdue
    told = [
        staff
        for staff in dict.fromkeys(_in_turn(work, row, team, with_backup=with_backup))
        if text_to(work, staff, team, key=f"{key}/{staff}", body=body)
    ]
    if far is Reach.LEADS or not told:
        text_leads(work, team, key=f"{key}/leads", body=body, but=told)


def _in_turn(
    work: UnitOfWork, row: EpisodeRow, team: TeamId, *, with_backup: bool
) -> Iterator[StaffId]:
    """Who is reminded besides the leads: the client's own coordinator, else who is on call."""
    standing = [rung.staff for rung in work.directory.ladder(team, work.now).rungs if rung.staff]
    client = work.session.get(ClientRow, row.client_number)
    own = client.coordinator_id if client else None
    if own is not None and can_be_texted(work, own, team):
        yield own
    else:
        yield from standing[:1]
    if with_backup:
        yield from standing[1:2]
