"""The proof that somebody stands on every tier, or the exact times at which nobody does.

Nothing is rounded and nothing tolerated: a gap of a microsecond is a gap.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain, combinations

from oncall.model import Rota, Shift, StaffId, TeamId, Tier
from oncall.rest import A_NIGHT_IN_EVERY, Stretch, by_person, stretches, too_soon
from oncall.schedule import away, final_schedule, on_call, turns
from oncall.shifts import clipped, ends, starts, uncovered
from oncall.wallclock import EARLIEST, instant


class CauseKind(StrEnum):
    """Why nobody stands: what became of a person whose turn it is, or that it is nobody's."""

    NOBODY = "nobody"
    """The rota names nobody."""
    AWAY = "away"
    LEFT = "left"
    UNREACHABLE = "unreachable"
    """Their phone can be reached neither by SMS nor by voice."""
    REMOVED = "removed"
    """An override takes them off."""


class GapKind(StrEnum):
    """The kinds of gaps; there is one."""

    NOBODY = "nobody"


class ThinKind(StrEnum):
    """Why a stretch is thin though somebody stands. The order is that of a report."""

    TWO_TIERS = "two_tiers"
    UNVERIFIED = "unverified"
    ONE_CHANNEL = "one_channel"
    REST = "rest"
    DISCIPLINE = "discipline"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why nobody stands: a person and what became of them, or nobody at all."""

    staff: StaffId | None
    what: CauseKind


@dataclass(frozen=True, slots=True)
class Absence:
    """When one cause keeps a tier empty."""

    start: datetime
    end: datetime
    cause: Cause


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch [start, end), in UTC, in which nobody stands on a tier, as long as it lasts.

    ``causes`` are in the order in which they first hold. A team whose ladder has no tier has one
    gap, on the tier "".
    """

    tier: Tier
    start: datetime
    end: datetime
    causes: tuple[Cause, ...]
    absences: tuple[Absence, ...] = field(default=(), compare=False, repr=False)
    """When each cause holds, in order of their starts."""

    @property
    def kind(self) -> GapKind:
        """What kind of gap it is."""
        return GapKind.NOBODY

    def part(self, start: datetime, end: datetime) -> "Gap":
        """Return the part of this gap in [start, end), which lies in it, with its own causes."""
        return _gap(
            self.tier,
            start,
            end,
            (absence for absence in self.absences if absence.start < end and start < absence.end),
        )


@dataclass(frozen=True, slots=True)
class Thin:
    """A stretch [start, end), in UTC, in which somebody stands on a tier, but not well enough.

    ``who`` are the people concerned. ``other_tier`` is the lower rung on which the same person
    stands, where that is the matter.
    """

    tier: Tier
    start: datetime
    end: datetime
    kind: ThinKind
    who: tuple[StaffId, ...]
    other_tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who stands on every tier of a team at every instant of [start, end), and where nobody does.

    ``stands`` is the proof itself: a tier's shifts and its gaps together fill the window exactly.
    ``gaps`` and ``thin`` are in order of their starts, then from the foot of the ladder up.
    """

    team: TeamId
    start: datetime
    end: datetime
    stands: Mapping[Tier, tuple[Shift, ...]]
    gaps: tuple[Gap, ...]
    thin: tuple[Thin, ...]

    @property
    def covered(self) -> bool:
        """Whether somebody stands on every tier throughout."""
        return not self.gaps


def prove(
    rota: Rota,
    start: datetime,
    end: datetime,
    unconfirmed: Collection[tuple[Tier, datetime, StaffId]] = (),
) -> Coverage:
    """Return who stands on every tier of a rota in [start, end), with every gap and thin stretch.

    ``unconfirmed`` are shifts, by tier, start and person, whose handoff notice was not answered in
    time. An empty window is covered. ValueError when an instant lacks a time zone.
    """
    start, end = instant(start), instant(end)
    if start >= end:
        return Coverage(rota.team, start, end, {}, (), ())
    tiers = tuple(dict.fromkeys(rota.tiers))
    since = _rest_counts_from(rota, start)
    schedules = {tier: final_schedule(rota, tier, since, end) for tier in tiers}
    stands = {tier: tuple(clipped(schedules[tier], start, end)) for tier in tiers}
    gaps = [gap for tier in tiers for gap in _gaps(rota, tier, stands[tier], start, end)]
    if not tiers:
        gaps = [_gap("", start, end, ())]
    held = {tier: stretches(tier, schedules[tier]) for tier in tiers}
    standing = {tier: _from(start, held[tier]) for tier in tiers}
    thin = [
        *_two_tiers(standing),
        *_poorly_held(rota, standing),
        *_without_rest(rota, held, start),
        *_unconfirmed(rota, stands, start, unconfirmed),
    ]
    rung = {tier: number for number, tier in enumerate(tiers)}
    kinds = {kind: number for number, kind in enumerate(ThinKind)}
    gaps.sort(key=starts)
    thin.sort(key=lambda one: (one.start, rung[one.tier], kinds[one.kind], one.end))
    return Coverage(rota.team, start, end, stands, tuple(gaps), tuple(thin))


def opened(
    before: Coverage | None, after: Coverage, accepted: Iterable[tuple[Tier, datetime, datetime]]
) -> tuple[Gap, ...]:
    """Return the exact parts of the gaps of ``after`` that are new and that nobody has accepted.

    A gap is new where ``before`` has none; a team or a tier that it doesn't know had no gap.
    ``accepted`` are gaps that a lead has knowingly agreed to.
    """
    known: dict[Tier, list[tuple[datetime, datetime]]] = {}
    for gap in before.gaps if before else ():
        known.setdefault(gap.tier, []).append((gap.start, gap.end))
    for tier, start, end in accepted:
        known.setdefault(tier, []).append((start, end))
    return tuple(
        gap.part(start, end)
        for gap in after.gaps
        for start, end in uncovered(gap.start, gap.end, sorted(known.get(gap.tier, ())))
    )


def thinned(before: Coverage | None, after: Coverage) -> tuple[Thin, ...]:
    """Return the exact parts of the thin stretches of ``after`` that ``before`` lacks.

    What is thin for the same reason, tier and people already is not new.
    """
    known: dict[tuple[object, ...], list[tuple[datetime, datetime]]] = {}
    for thin in before.thin if before else ():
        known.setdefault(_matter(thin), []).append((thin.start, thin.end))
    return tuple(
        replace(thin, start=start, end=end)
        for thin in after.thin
        for start, end in uncovered(thin.start, thin.end, sorted(known.get(_matter(thin), ())))
    )


def _matter(thin: Thin) -> tuple[object, ...]:
    return thin.tier, thin.kind, thin.who, thin.other_tier


def reason(finding: Gap | Thin, names: Mapping[StaffId, str]) -> str:
    """Say in plain words why a tier is empty or thin. Whom ``names`` lacks goes by their id."""
    if isinstance(finding, Thin):
        return _why_thin(finding, names)
    if not finding.tier:
        return "the ladder has no tier"
    return "; ".join(_why_empty(cause, names) for cause in finding.causes)


def _why_empty(cause: Cause, names: Mapping[StaffId, str]) -> str:
    name = "" if cause.staff is None else names.get(cause.staff, cause.staff)
    match cause.what:
        case CauseKind.NOBODY:
            return "nobody is named"
        case CauseKind.AWAY:
            return f"{name} is away"
        case CauseKind.LEFT:
            return f"{name} has left"
        case CauseKind.UNREACHABLE:
            return f"{name} can be reached neither by SMS nor by voice"
        case CauseKind.REMOVED:
            return f"{name} is taken off by an override"


def _why_thin(thin: Thin, names: Mapping[StaffId, str]) -> str:
    name = " and ".join(names.get(staff, staff) for staff in thin.who)
    match thin.kind:
        case ThinKind.TWO_TIERS:
            return f"{name} stands on {thin.other_tier} too"
        case ThinKind.UNVERIFIED:
            return f"{name}'s phone is not verified yet"
        case ThinKind.ONE_CHANNEL:
            return f"{name} can be reached in one way only"
        case ThinKind.REST:
            return f"{name} has had too little rest after a night"
        case ThinKind.DISCIPLINE:
            return f"{name} has no discipline that {thin.tier} requires"
        case ThinKind.UNCONFIRMED:
            return f"{name} has not confirmed the shift"


def _gaps(
    rota: Rota, tier: Tier, stands: Collection[Shift], start: datetime, end: datetime
) -> list[Gap]:
    """Return the holes that ``stands`` leaves in [start, end), with their causes."""
    empty = list(uncovered(start, end, ((shift.start, shift.end) for shift in stands)))
    if not empty:
        return []
    absences: list[list[Absence]] = [[] for _ in empty]
    opens, closes = [hole[0] for hole in empty], [hole[1] for hole in empty]
    for turn in turns(rota, tier, opens[0], closes[-1]):
        first = bisect_right(closes, turn.start)
        for hole in range(first, bisect_left(opens, turn.end, first)):
            within = max(turn.start, opens[hole]), min(turn.end, closes[hole])
            absences[hole] += _absences(rota, turn.staff, *within)
    return [_gap(tier, *hole, found) for hole, found in zip(empty, absences, strict=True)]


def _absences(rota: Rota, staff: StaffId, start: datetime, end: datetime) -> Iterator[Absence]:
    """Yield why somebody whose turn it is in [start, end) doesn't stand, instant by instant."""
    person = rota.person(staff)
    if not person.reachable:
        what = CauseKind.UNREACHABLE if person.active else CauseKind.LEFT
        yield Absence(start, end, Cause(staff, what))
        return
    off = away(person)
    for opens, closes in uncovered(start, end, off):
        yield Absence(opens, closes, Cause(staff, CauseKind.REMOVED))
    for opens, closes in off:
        if opens < end and start < closes:
            cause = Cause(staff, CauseKind.AWAY)
            yield Absence(max(opens, start), min(closes, end), cause)


def _gap(tier: Tier, start: datetime, end: datetime, absences: Iterable[Absence]) -> Gap:
    """Make a gap of the absences that touch it; nobody is named in what they leave of it."""
    found = [
        Absence(max(absence.start, start), min(absence.end, end), absence.cause)
        for absence in absences
    ]
    found.sort(key=starts)
    unnamed = Cause(None, CauseKind.NOBODY)
    for opens, closes in uncovered(start, end, [(one.start, one.end) for one in found]):
        found.append(Absence(opens, closes, unnamed))
    found.sort(key=starts)
    causes = tuple(dict.fromkeys(absence.cause for absence in found))
    return Gap(tier, start, end, causes, tuple(found))


def _two_tiers(standing: Mapping[Tier, list[Stretch]]) -> Iterator[Thin]:
    """Yield the stretches in which one person stands on two tiers."""
    for lower, higher in combinations(standing, 2):
        below = standing[lower]
        both = {stretch.staff for stretch in below}.intersection(
            stretch.staff for stretch in standing[higher]
        )
        for stretch in standing[higher]:
            if stretch.staff not in both:
                continue
            first = bisect_right(below, stretch.start, key=ends)
            last = bisect_left(below, stretch.end, first, key=starts)
            for other in below[first:last]:
                if other.staff == stretch.staff:
                    start, end = max(stretch.start, other.start), min(stretch.end, other.end)
                    yield Thin(higher, start, end, ThinKind.TWO_TIERS, (stretch.staff,), lower)


def _poorly_held(rota: Rota, standing: Mapping[Tier, list[Stretch]]) -> Iterator[Thin]:
    """Yield what is thin for as long as a certain person stands on a certain tier."""
    for tier, held in standing.items():
        required = rota.rules.requires.get(tier)
        flaws: dict[StaffId, list[ThinKind]] = {}
        for start, end, _, staff in held:
            if staff not in flaws:
                flaws[staff] = list(_flaws(rota, staff, required))
            for kind in flaws[staff]:
                yield Thin(tier, start, end, kind, (staff,))


def _flaws(rota: Rota, staff: StaffId, required: Collection[str] | None) -> Iterator[ThinKind]:
    person = rota.person(staff)
    if not person.verified:
        yield ThinKind.UNVERIFIED
    if not (person.sms and person.voice):
        yield ThinKind.ONE_CHANNEL
    if required and person.discipline not in required:
        yield ThinKind.DISCIPLINE


def _rest_counts_from(rota: Rota, start: datetime) -> datetime:
    """Return from when on shifts must be known to tell whether rest is kept from ``start`` on."""
    if not rota.rules.rest:
        return start
    back = min(rota.rules.rest, start - EARLIEST)
    return start - min(back + A_NIGHT_IN_EVERY, start - EARLIEST)


def _from(start: datetime, held: list[Stretch]) -> list[Stretch]:
    """Return what of ``held`` lies after ``start``."""
    later = held[bisect_right(held, start, key=ends) :]
    if later and later[0].start < start:
        later[0] = later[0]._replace(start=start)
    return later


def _without_rest(
    rota: Rota, held: Mapping[Tier, list[Stretch]], start: datetime
) -> Iterator[Thin]:
    """Yield the stretches that follow a night too soon, as far as they lie after ``start``."""
    if not rota.rules.rest:
        return
    for own in by_person(chain.from_iterable(held.values())).values():
        rested: dict[Stretch, datetime] = {}
        for late in too_soon(own, rota.rules.rest, rota.timezone):
            begun = late._replace(end=late.start)
            rested[begun] = max(rested.get(begun, start), late.end)
        for late, until in rested.items():
            if until > start:
                since = max(late.start, start)
                yield Thin(late.tier, since, until, ThinKind.REST, (late.staff,))


def _unconfirmed(
    rota: Rota,
    stands: Mapping[Tier, tuple[Shift, ...]],
    start: datetime,
    unconfirmed: Collection[tuple[Tier, datetime, StaffId]],
) -> Iterator[Thin]:
    """Yield the shifts that nobody has confirmed, from their start or the window's."""
    for tier, begins, staff in sorted(set(unconfirmed)):
        shifts = stands.get(tier, ())
        seen = max(begins, start)
        number = bisect_right(shifts, seen, key=ends)
        if number == len(shifts) or not shifts[number].start <= seen:
            continue
        shift = shifts[number]
        whole = on_call(rota, tier, seen)
        if shift.staff == staff and whole is not None and whole.start <= begins:
            yield Thin(tier, seen, shift.end, ThinKind.UNCONFIRMED, (staff,))
