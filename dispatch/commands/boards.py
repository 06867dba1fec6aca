"""The team cards of the board: who is on call, who is next, calls of today, what is wrong."""

from datetime import datetime, time, timedelta

from dispatch.board import (
    Board,
    Next,
    OnCall,
    Person,
    TeamCard,
    TeamChanged,
    as_json,
    crisis_card,
    in_order,
)
from dispatch.commands.findings import team_alarms
from dispatch.crisis import Source
from dispatch.store import boards, crises
from dispatch.unit_of_work import UnitOfWork
from oncall.ladder import next_on_call
from oncall.model import StaffId, TeamId
from oncall.wallclock import to_utc


def team_card(work: UnitOfWork, team_id: TeamId) -> TeamCard:
    """The card of a team as it is now."""
    directory = work.directory
    team = directory.teams[team_id]

    def person(staff: StaffId | None) -> Person | None:
        return None if staff is None else Person(id=staff, name=directory.name_of(staff))

    on_call = []
    for rung in directory.ladder(team_id, work.now).rungs:
        coming = next_on_call(team.rota, rung.tier, work.now)
        following = None
        if coming is not None:
            following = Next(
                staff=Person(id=coming.staff, name=directory.name_of(coming.staff)),
                **{"from": coming.start},
            )
        on_call.append(
            OnCall(tier=rung.tier, staff=person(rung.staff), until=rung.until, next=following)
        )
    return TeamCard(
        id=team.id,
        name=team.name,
        timezone=str(team.timezone),
        on_call=tuple(on_call),
        last_resort=directory.last_resort,
        calls_today=crises.count_contacts(
            work.session, team_id, Source.CALL, start_of_day(work, team_id)
        ),
        alarms=team_alarms(work, team_id),
    )


def start_of_day(work: UnitOfWork, team_id: TeamId) -> datetime:
    """When today began where the team is, in UTC."""
    return _midnight(work, team_id, timedelta())


def end_of_day(work: UnitOfWork, team_id: TeamId) -> datetime:
    """When today ends where the team is, in UTC."""
    return _midnight(work, team_id, timedelta(days=1))


def _midnight(work: UnitOfWork, team_id: TeamId, later: timedelta) -> datetime:
    zone = work.directory.teams[team_id].timezone
    return to_utc(datetime.combine(work.now.astimezone(zone).date() + later, time(0)), zone)


def refresh_team_card(work: UnitOfWork, team_id: TeamId) -> TeamCard:
    """Tell the board when a team's card has changed (a call, a handoff, a new day); gives it."""
    card = team_card(work, team_id)
    if boards.show_team_card(work.session, team_id, as_json(card)):
        work.show([TeamChanged(team=card)])
    return card


def board(work: UnitOfWork, teams: frozenset[TeamId] | None) -> tuple[int, Board]:
    """A snapshot and the number of the newest change in it; of some teams or all (None)."""
    names = work.directory.names
    shown = [team for team in work.directory.teams if teams is None or team in teams]
    cards = sorted((team_card(work, team) for team in shown), key=lambda card: (card.name, card.id))
    open_ones = crises.open_crises(work.session, teams)
    return boards.number(work.session), Board(
        teams=tuple(cards), crises=in_order(crisis_card(crisis, names) for crisis in open_ones)
    )
