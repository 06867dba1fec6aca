"""Cover requests and swaps: who is asked next, and who would stand after a yes."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from oncall.eligibility import Candidate
from oncall.model import Override, Rota, StaffId, Tier
from oncall.rest import Stretch, stretches
from oncall.schedule import final_schedule
from oncall.wallclock import to_utc

WAVE = 3
"""How many people are asked at a time where not everybody is asked at once."""

SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=1)
"""How long a wave has before the next one is asked: a quarter of the time left, between these."""

URGENT = timedelta(hours=2)
"""So near its start, everybody is asked at once and the leads know."""

SHORTEST_PART = timedelta(minutes=30)
"""Nobody is asked about less of a shift than that, unless it is all that is left of it."""


class Answer(StrEnum):
    """What somebody says who is asked."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was asked at the instant ``at``, and their answer if they gave one."""

    staff: StaffId
    at: datetime
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class CoverRequest:
    """How far a request for cover of [start, end) has come; instants in UTC."""

    made_at: datetime
    start: datetime
    end: datetime
    in_waves: bool = False
    leads_told: bool = False
    asked: tuple[Asked, ...] = ()

    @property
    def leads_at(self) -> datetime:
        """When the leads are told that nobody has taken it: half way to the start.

        At the latest that is URGENT before the start, and at once if less than that is left.
        """
        half = self.made_at + (self.start - self.made_at) / 2
        return max(min(half, self.start - URGENT), self.made_at)


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done about a cover request now, and when to look at it again."""

    ask: tuple[StaffId, ...] = ()
    tell_leads: bool = False
    over: bool = False
    due_at: datetime | None = None


def next_step(
    request: CoverRequest,
    able: Sequence[Candidate],
    now: datetime,
    untexted: Collection[StaffId] = (),
) -> Step:
    """Decide who is asked next, whether the leads must know, and whether it is over.

    ``able`` are those who could take it now, the best suited first. Those against whom something
    speaks are the last wave: asked once everybody else has said no, or once the leads know and the
    others have had their time. No text reaches the ``untexted``: they may see the question on the
    web, and nobody waits for their answer.
    """
    if now >= request.end:
        return Step(over=True)
    heard = {one.staff for one in able}.difference(untexted)
    asked = {one.staff for one in request.asked}
    unasked = [one for one in able if one.staff not in asked]
    ask: list[StaffId] = []
    wave_at = _next_wave_at(request, heard, unasked, now)
    while wave_at is not None and wave_at <= now:
        wave = _wave(request, unasked, now)
        ask += wave
        newly = tuple(Asked(staff, now) for staff in wave)
        request = replace(request, asked=(*request.asked, *newly))
        unasked = [one for one in unasked if one.staff not in wave]
        wave_at = _next_wave_at(request, heard, unasked, now)
    nobody_left = not unasked and not _waits_for_somebody(request, heard)
    leads_know = request.leads_told or nobody_left or request.leads_at <= now
    coming = [request.end, wave_at, None if leads_know else request.leads_at]
    return Step(
        ask=tuple(ask),
        tell_leads=leads_know and not request.leads_told,
        due_at=min(at for at in coming if at is not None),
    )


def _next_wave_at(
    request: CoverRequest, heard: Collection[StaffId], unasked: Sequence[Candidate], now: datetime
) -> datetime | None:
    """When the next are asked; None when nobody is left to ask."""
    if not unasked:
        return None
    if not _waits_for_somebody(request, heard):
        return now
    last = max(one.at for one in request.asked)
    answered_by = last + _wait(last, request.start)
    if all(one.obstacles for one in unasked):
        return max(request.leads_at, answered_by)
    if not request.in_waves:
        return now
    return min(answered_by, max(request.start - URGENT, last))


def _waits_for_somebody(request: CoverRequest, heard: Collection[StaffId]) -> bool:
    """Whether somebody who was asked, still could, and has heard of it has not answered."""
    return any(one.answer is None and one.staff in heard for one in request.asked)


def _wave(request: CoverRequest, unasked: Sequence[Candidate], now: datetime) -> list[StaffId]:
    clear = [one.staff for one in unasked if not one.obstacles]
    if not clear:
        return [one.staff for one in unasked]
    everybody = not request.in_waves or request.start - now <= URGENT
    return clear if everybody else clear[:WAVE]


def _wait(at: datetime, start: datetime) -> timedelta:
    return min(max((start - at) / 4, SHORTEST_WAIT), LONGEST_WAIT)


# Whose shift it is ──────────────────────────────────────────────────────────────────────────────


def shifts_of(rota: Rota, staff: StaffId, start: datetime, end: datetime) -> list[Stretch]:
    """Return when somebody stands within [start, end), clipped to it: by start, then by rung.

    Touching shifts of one tier are one, whatever they are held for.
    """
    own = (
        stretch
        for tier in rota.tiers
        for stretch in stretches(tier, final_schedule(rota, tier, start, end))
        if stretch.staff == staff
    )
    return sorted(own, key=lambda stretch: stretch.start)


def holder_of(rota: Rota, tier: Tier, start: datetime, end: datetime) -> StaffId | None:
    """Return who stands on ``tier`` throughout [start, end), or None where no one person does."""
    match stretches(tier, final_schedule(rota, tier, start, end)):
        case [one] if (one.start, one.end) == (start, end):
            return one.staff
        case _:
            return None


def holds(rota: Rota, stretch: Stretch) -> bool:
    """Whether the person stands on the tier throughout the stretch."""
    return holder_of(rota, stretch.tier, stretch.start, stretch.end) == stretch.staff


def also_on(rota: Rota, stretch: Stretch) -> Tier | None:
    """Return another tier on which the person stands in a part of the stretch, if there is one."""
    for shift in shifts_of(rota, stretch.staff, stretch.start, stretch.end):
        if shift.tier != stretch.tier:
            return shift.tier
    return None


def instead_of(stretch: Stretch, taker: StaffId, reason: str) -> Override:
    """Return the override by which somebody else stands for a person throughout a stretch."""
    return Override(stretch.tier, stretch.start, stretch.end, taker, reason, instead=stretch.staff)


def with_overrides(rota: Rota, overrides: Iterable[Override]) -> Rota:
    """Return the rota as it would be with further overrides on top."""
    return replace(rota, overrides=(*rota.overrides, *overrides))


# A part of a shift, by the clock on the wall ────────────────────────────────────────────────────


def part_of(
    shift: Stretch, begins: time, ends: time, zone: ZoneInfo, now: datetime
) -> Stretch | None:
    """Return the first part of a shift, not over yet, from ``begins`` to ``ends`` on the wall.

    An end at or before the beginning is on the next day. Of a part that has begun, what is left
    from ``now`` on counts. None where no such part lies wholly within the shift.
    """
    a_day = timedelta(days=1)
    eve = shift.start.astimezone(zone).date() - a_day
    for day in _days(eve, shift.end.astimezone(zone).date()):
        start = max(to_utc(datetime.combine(day, begins), zone), now)
        last_day = day + a_day if ends <= begins else day
        end = to_utc(datetime.combine(last_day, ends), zone)
        if shift.start <= start < end <= shift.end:
            return shift._replace(start=start, end=end)
    return None


def is_too_small(rota: Rota, part: Stretch, now: datetime) -> bool:
    """Whether a stretch is less than anybody is asked about: a short part of a longer shift."""
    if part.end - part.start >= SHORTEST_PART:
        return False
    around = part.start - SHORTEST_PART, part.end + SHORTEST_PART
    held = (one for one in shifts_of(rota, part.staff, *around) if one.tier == part.tier)
    all_of_it = ((max(one.start, now), one.end) for one in held)
    return (part.start, part.end) not in all_of_it


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
