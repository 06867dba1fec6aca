"""O5 and O6 of a team for a period, and what is reported beside them, from what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlmodel import col, select

from dispatch.commands.admissions import hospital_names
from dispatch.commands.episodes import began_at, is_open
from dispatch.hospitals.counting.fidelity import BadCuts, Scale, in_force, packaged
from dispatch.hospitals.counting.measures import (
    Count,
    Counted,
    Enrolment,
    Measure,
    Period,
    Scope,
    Tally,
    count,
    last_of,
    tallied,
)
from dispatch.hospitals.counting.stays import (
    Delays,
    LengthOfStay,
    delays,
    length_of_stay,
    readmissions,
)
from dispatch.hospitals.counting.windows import packaged_windows, windows_in_force
from dispatch.hospitals.episodes.involvement import Followed
from dispatch.store import episodes as store
from dispatch.store.clients import by_numbers
from dispatch.tables import ClientRow, EnrolmentRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId
from oncall.wallclock import to_wall

REVIEWED = 10
"""How many of the last admissions and discharges a reviewer looks at."""

_DAY = timedelta(days=1)
_EVER = date(1970, 1, 1)
_NEVER = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Everything of one report. `last` is the last day, included.

    The rows of `counts` are those of the episodes that touch the period; those of `last_ten` are of
    before too. `readmitted` has a row for every discharge of the period, whether it counts or not.
    """

    team: TeamId
    period: Period
    scale: Scale
    counts: Mapping[Measure, Count]
    last_ten: Mapping[Measure, Count]
    delays: tuple[Delays, ...]
    stay: LengthOfStay
    readmission_days: int
    readmitted: Tally
    episodes: Mapping[str, Followed]
    people: Mapping[str, ClientRow]
    hospitals: Mapping[str, str]

    @property
    def last(self) -> date:
        """The last day."""
        return self.period.after - _DAY

    def months(self) -> list[tuple[str, dict[Measure, Tally]]]:
        """What counts in each month that the period touches, by the calendar of the team."""
        found: dict[str, dict[Measure, list[Counted]]] = {}
        day = self.period.first.replace(day=1)
        while day < self.period.after:
            found[f"{day:%Y-%m}"] = {measure: [] for measure in self.counts}
            day = (day + 31 * _DAY).replace(day=1)
        for measure, counted in self.counts.items():
            for row in counted.tally.rows:
                if row.counts and row.at is not None:
                    found[f"{to_wall(row.at, self.period.zone):%Y-%m}"][measure].append(row)
        return [
            (month, {measure: tallied(rows) for measure, rows in by_measure.items()})
            for month, by_measure in found.items()
        ]


def fidelity(work: UnitOfWork, team: TeamId, first: date, last: date) -> Fidelity:
    """Count for a team, from the first day to the last, both included.

    Raises BadCuts where no edition of the scale, or no windows, were in force on the last day.
    """
    zone = work.directory.teams[team].timezone
    period = Period(first, last + _DAY, zone)
    scale = in_force(packaged(), last)
    windows = windows_in_force(packaged_windows(), last)
    enrolments = _enrolments(work, team, period.ends)
    scope = Scope(team, period, enrolments)
    numbers = sorted({int(one.client) for one in enrolments})
    by_client = store.followed_of(work.session, numbers)
    every = [one for episodes in by_client.values() for one in episodes]
    touching = [one for one in every if _touches(one, period)]
    until_then = Scope(team, replace(period, first=_EVER), enrolments)
    returns = (
        row
        for episodes in by_client.values()
        for row in readmissions(episodes, scope, windows.readmission_days, work.now).rows
    )
    return Fidelity(
        team=team,
        period=period,
        scale=scale,
        counts={measure: count(measure, touching, scope, scale) for measure in Measure},
        last_ten={
            measure: last_of(count(measure, every, until_then, scale), scale, REVIEWED)
            for measure in Measure
        },
        delays=delays(every, scope),
        stay=length_of_stay(touching, scope),
        readmission_days=windows.readmission_days,
        readmitted=tallied(row for row in returns if row.at and period.holds(row.at)),
        episodes={one.episode.key: one for one in every},
        people={str(row.number): row for row in by_numbers(work.session, numbers)},
        hospitals=hospital_names(work),
    )


def a_year_until(last: date) -> date:
    """The first day of the year that ends with a day."""
    following = last + _DAY
    try:
        return following.replace(year=following.year - 1)
    except ValueError:  # a 29 February
        return following.replace(year=following.year - 1, day=28)


def counted_of(work: UnitOfWork, team: TeamId, one: Followed) -> dict[Measure, Counted | None]:
    """How one episode counts for a team, and why; None where no scale is in force by now."""
    zone = work.directory.teams[team].timezone
    period = Period(_EVER, _NEVER, zone)
    scope = Scope(team, period, _enrolments(work, team, work.now, int(one.client)))
    try:
        scale = in_force(packaged(), to_wall(work.now, zone).date())
    except BadCuts:
        return dict.fromkeys(Measure)
    return {measure: count(measure, [one], scope, scale).tally.rows[0] for measure in Measure}


def _enrolments(
    work: UnitOfWork, team: TeamId, before: datetime, client: int | None = None
) -> tuple[Enrolment, ...]:
    """Whoever was a team's at any time before then."""
    query = select(EnrolmentRow).where(EnrolmentRow.team_id == team)
    if client is not None:
        query = query.where(EnrolmentRow.client_number == client)
    return tuple(
        Enrolment(str(row.client_number), team, row.during.lower, row.during.upper)
        for row in work.session.exec(query.order_by(col(EnrolmentRow.id)))
        if not row.during.isempty and row.during.lower < before
    )


def _touches(one: Followed, period: Period) -> bool:
    """Whether any of an episode lies in a period: others are not listed at all."""
    episode = one.episode
    known: Iterable[datetime | None] = (
        began_at(episode),
        episode.psychiatric_since,
        episode.discharged_at,
        *(line.at for line in episode.history),
    )
    times = [at for at in known if at is not None]
    lasts = is_open(episode)
    end = datetime.max.replace(tzinfo=UTC) if lasts else max(times)
    return min(times) < period.ends and period.begins <= end
