"""What a caller gets while we are away: whom each line rings, from now until two days ahead.

Pure. `fallback_twiml` and `fallback_flow` write it down in the two languages that Twilio runs
without us.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from oncall.ladder import ladder
from oncall.model import Rota, StaffId, Tier
from oncall.schedule import final_schedule

AHEAD = timedelta(hours=48)
"""How far ahead the rota is published at least, where the provider can switch by time."""

MOST_TURNS = 40
"""So many changes are published at most: a flow may have 2,000 widgets, and each takes some ten."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Somebody's team as the fallback needs it: its name, its rota, and the phones of its people.

    Who is missing from `phones` is passed over.
    """

    name: str
    rota: Rota
    phones: Mapping[StaffId, str]


@dataclass(frozen=True, slots=True)
class Bell:
    """One phone and for how many seconds it rings, 5 to 600."""

    phone: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Whom a line rings, one after the other, until an instant (UTC)."""

    until: datetime
    bells: tuple[Bell, ...]


@dataclass(frozen=True, slots=True)
class Fallback:
    """Everything that is published for one line of ours.

    `teams` are the names of the teams that it rings. `turns` follow each other from now on; the
    last one goes on holding when nobody publishes any more, since a rota that is old still beats
    none. After the last bell come the numbers of `last_resort`, of which there is at least one.
    """

    line: str
    teams: tuple[str, ...]
    turns: tuple[Turn, ...]
    last_resort: tuple[str, ...]

    @property
    def now(self) -> Turn:
        """Whom the line rings at the moment."""
        return self.turns[0]

    @property
    def until(self) -> datetime:
        """Up to which instant the rota is known here."""
        return self.turns[-1].until


def fallback(
    line: str, crews: Sequence[Crew], now: datetime, last_resort: Iterable[str]
) -> Fallback:
    """What must be published for a line that rings these teams, the first of them first.

    Nobody can be asked for a key by a document that stands still, so a line that several teams
    share rings the whole ladder of the first team (as it does for a caller who answers the question
    for the team with silence), then whoever is primary in each other team. Each phone is rung once.
    `now` is aware; there is at least one team.
    """
    end = horizon(now)
    edges = sorted({edge for crew in crews for edge in _edges(crew.rota, now, end)} | {end})
    turns: list[Turn] = []
    start = now.astimezone(UTC)
    for edge in edges:
        bells = _bells(crews, start)
        if turns and turns[-1].bells == bells:
            turns[-1] = Turn(edge, bells)
        elif len(turns) == MOST_TURNS:
            break
        else:
            turns.append(Turn(edge, bells))
        start = edge
    names = tuple(crew.name for crew in crews)
    outside = ladder(crews[0].rota, now, last_resort).last_resort
    return Fallback(line, names, tuple(turns), outside)


def horizon(now: datetime) -> datetime:
    """Up to when the rota is published: a midnight (UTC) that is AHEAD away, or up to a day more.

    It moves once a day, so that what is published does not change with every look.
    """
    day = (now.astimezone(UTC) + AHEAD).date() + timedelta(days=1)
    return datetime.combine(day, time(0), UTC)


def _edges(rota: Rota, start: datetime, end: datetime) -> set[datetime]:
    """When anybody comes or goes on any tier of a rota, within (start, end)."""
    shifts = (one for rule in rota.ladder for one in final_schedule(rota, rule.tier, start, end))
    return {edge for one in shifts for edge in (one.start, one.end) if start < edge < end}


def _bells(crews: Sequence[Crew], at: datetime) -> tuple[Bell, ...]:
    bells: dict[str, Bell] = {}
    for place, crew in enumerate(crews):
        tiers = {rule.tier for rule in crew.rota.ladder} if place == 0 else _first(crew.rota)
        for rung in ladder(crew.rota, at, ()).rungs:
            if rung.staff is None or rung.tier not in tiers:
                continue
            phone = crew.phones.get(rung.staff)
            if phone and crew.rota.person(rung.staff).voice:
                bells.setdefault(phone, Bell(phone, rung.ring_seconds))
    return tuple(bells.values())


def _first(rota: Rota) -> set[Tier]:
    return {rule.tier for rule in rota.ladder[:1]}
