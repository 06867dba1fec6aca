"""Who could take a shift: who can't at all, and what speaks against the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.model import Rota, Shift, StaffId, Tier
from oncall.rest import A_NIGHT_IN_EVERY, Stretch, stretches, too_soon
from oncall.schedule import away, final_schedule
from oncall.shifts import uncovered
from oncall.wallclock import EARLIEST, LATEST, instant

_NONE = timedelta()

Elsewhere = Mapping[StaffId, Sequence[Stretch]]
"""What people stand for other teams, as far around a stretch as :func:`matters` says."""


class Obstacle(StrEnum):
    """What speaks against a person without ruling them out: the stretch would be thin."""

    REST = "rest"
    DISCIPLINE = "discipline"
    ONE_CHANNEL = "one_channel"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could take a stretch, and what speaks against it; nothing, at best.

    ``load`` is for how long they have stood so far, as whoever asked told.
    """

    staff: StaffId
    obstacles: tuple[Obstacle, ...] = ()
    load: timedelta = _NONE


def candidates(
    rota: Rota,
    members: Iterable[StaffId],
    tier: Tier,
    start: datetime,
    end: datetime,
    load: Mapping[StaffId, timedelta] | None = None,
    elsewhere: Elsewhere | None = None,
) -> tuple[Candidate, ...]:
    """Return who of ``members`` could take ``tier`` in [start, end), the best suited first.

    First come those with the fewest obstacles, among them those who have stood for the shortest
    time by ``load``, then in the order of ``members``. Whoever can't take it at all is left out,
    see :func:`can_take`; what they stand ``elsewhere`` rules them out, or out of rest, as a tier of
    this team does. ValueError when an instant lacks a time zone.
    """
    stretch = _Stretch(rota, tier, start, end, elsewhere)
    carried = load or {}
    found = [
        Candidate(staff, tuple(stretch.obstacles(staff)), carried.get(staff, _NONE))
        for staff in dict.fromkeys(members)
        if stretch.is_open_to(staff)
    ]
    found.sort(key=lambda one: (len(one.obstacles), one.load))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class PartTaker:
    """Somebody who could take parts of a stretch, each [start, end) in UTC, in order."""

    staff: StaffId
    parts: tuple[tuple[datetime, datetime], ...]

    @property
    def length(self) -> timedelta:
        """How much of it they could take altogether."""
        return sum((end - start for start, end in self.parts), _NONE)


def part_takers(
    rota: Rota,
    members: Iterable[StaffId],
    tier: Tier,
    start: datetime,
    end: datetime,
    elsewhere: Elsewhere | None = None,
) -> tuple[PartTaker, ...]:
    """Return who of ``members`` could take parts of ``tier`` in [start, end), most of it first.

    The parts are those in which nothing rules them out, see :func:`can_take`; their rest is not
    looked at. ValueError when an instant lacks a time zone.
    """
    stretch = _Stretch(rota, tier, start, end, elsewhere)
    found = [PartTaker(staff, stretch.free_parts(staff)) for staff in dict.fromkeys(members)]
    found.sort(key=lambda one: one.length, reverse=True)
    return tuple(one for one in found if one.parts)


def can_take(rota: Rota, staff: StaffId, tier: Tier, start: datetime, end: datetime) -> bool:
    """Whether somebody could take ``tier`` in [start, end) at all.

    They can't where they have left or can't be reached, nor where in any part of the stretch they
    are away, stand on this tier anyway, or stand on another. ValueError when an instant lacks a
    time zone.
    """
    return _Stretch(rota, tier, start, end).is_open_to(staff)


def obstacles(
    rota: Rota, staff: StaffId, tier: Tier, start: datetime, end: datetime
) -> tuple[Obstacle, ...]:
    """Return what speaks against somebody who could take ``tier`` in [start, end).

    ValueError when an instant lacks a time zone.
    """
    return tuple(_Stretch(rota, tier, start, end).obstacles(staff))


def matters(rota: Rota, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return from when until when it matters to a stretch where people stand: for their rest."""
    far = rota.rules.rest and rota.rules.rest + A_NIGHT_IN_EVERY
    start, end = instant(start), instant(end)
    return start - min(far, start - EARLIEST), end + min(far, LATEST - end)


def obstacle_words(obstacle: Obstacle) -> str:
    """Say in plain words, after a person's name, what speaks against them."""
    match obstacle:
        case Obstacle.REST:
            return "too little rest after a night"
        case Obstacle.DISCIPLINE:
            return "not of a discipline that the tier requires"
        case Obstacle.ONE_CHANNEL:
            return "reached in one way only"
        case Obstacle.UNVERIFIED:
            return "phone not verified yet"


class _Stretch:
    """A stretch of a tier that somebody is wanted for, with the schedules around it."""

    def __init__(
        self,
        rota: Rota,
        tier: Tier,
        start: datetime,
        end: datetime,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._rota, self._tier, self._elsewhere = rota, tier, elsewhere or {}
        self._start, self._end = instant(start), instant(end)
        self._around: dict[Tier, list[Shift]] | None = None

    def is_open_to(self, staff: StaffId) -> bool:
        """Whether nothing rules a person out."""
        return not any(self._meets(*taken) for taken in self._taken(staff))

    def free_parts(self, staff: StaffId) -> tuple[tuple[datetime, datetime], ...]:
        """Return the parts of it in which nothing rules a person out, in order."""
        return tuple(uncovered(self._start, self._end, sorted(self._taken(staff))))

    def _taken(self, staff: StaffId) -> Iterator[tuple[datetime, datetime]]:
        """Yield when a person can't be asked: away (or not to be reached at all), or standing."""
        yield from away(self._rota.person(staff))
        for held in self._elsewhere.get(staff, ()):
            yield held.start, held.end
        for shifts in self._schedules().values():
            for shift in shifts:
                if shift.staff == staff:
                    yield shift.start, shift.end

    def obstacles(self, staff: StaffId) -> Iterator[Obstacle]:
        """Yield what speaks against a person whom nothing rules out."""
        person, rules = self._rota.person(staff), self._rota.rules
        required = rules.requires.get(self._tier)
        if rules.rest and self._breaks_rest(staff):
            yield Obstacle.REST
        if required and person.discipline not in required:
            yield Obstacle.DISCIPLINE
        if not (person.sms and person.voice):
            yield Obstacle.ONE_CHANNEL
        if not person.verified:
            yield Obstacle.UNVERIFIED

    def _meets(self, start: datetime, end: datetime) -> bool:
        return start < self._end and self._start < end

    def _breaks_rest(self, staff: StaffId) -> bool:
        """Whether the stretch would follow a night of theirs too soon, or a shift would follow it.

        What breaks the rule already, with or without this stretch, is no matter of it.
        """
        own = {
            tier: [shift for shift in shifts if shift.staff == staff]
            for tier, shifts in self._schedules().items()
        }
        before = set(self._late(staff, own))
        wanted = Shift(self._start, self._end, staff, "wanted")
        own[self._tier] = sorted([*own.get(self._tier, ()), wanted], key=lambda one: one.start)
        return any(late not in before for late in self._late(staff, own))

    def _late(self, staff: StaffId, own: Mapping[Tier, Iterable[Shift]]) -> Iterator[Stretch]:
        held = [one for tier, shifts in own.items() for one in stretches(tier, shifts)]
        held += self._elsewhere.get(staff, ())
        return too_soon(held, self._rota.rules.rest, self._rota.timezone)

    def _schedules(self) -> dict[Tier, list[Shift]]:
        """Return who stands on every tier in this stretch, and so long around it as rest counts."""
        if self._around is None:
            first, last = matters(self._rota, self._start, self._end)
            tiers = dict.fromkeys((*self._rota.tiers, self._tier))
            self._around = {tier: final_schedule(self._rota, tier, first, last) for tier in tiers}
        return self._around
