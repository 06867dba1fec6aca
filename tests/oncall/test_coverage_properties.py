"""The proof, held against minute-by-minute arithmetic: nothing is hidden and nothing invented."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.coverage import (
    Cause,
    CauseKind,
    Coverage,
    Gap,
    Thin,
    ThinKind,
    opened,
    prove,
)
from oncall.eligibility import Obstacle, candidates
from oncall.model import Override, Rota, StaffId, Tier, TimeOff
from oncall.shifts import clipped
from oncall.wallclock import instant
from tests.effort import examples
from tests.oncall import oracle
from tests.oncall.build import utc
from tests.oncall.rotas import PEOPLE, TIERS, any_rotas, overrides, people, rotas, spans

RotaNear = tuple[Rota, datetime]
Span = tuple[datetime, datetime]
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
offsets = st.integers(-3 * 1440, 2 * 1440)


def filled(coverage: Coverage, tier: Tier) -> list[Span]:
    """Return the shifts and the gaps of a tier, in order."""
    spans = [(shift.start, shift.end) for shift in coverage.stands.get(tier, ())]
    return sorted(spans + [(gap.start, gap.end) for gap in coverage.gaps if gap.tier == tier])


def assert_filled(coverage: Coverage, tier: Tier) -> None:
    """Check that the shifts and gaps of a tier fill the window: no overlap, nothing left out."""
    pieces = filled(coverage, tier)
    assert (pieces[0][0], pieces[-1][1]) == (coverage.start, coverage.end)
    assert all(one[1] == two[0] for one, two in pairwise(pieces))
    assert all(start < end for start, end in pieces)


@settings(deadline=None, max_examples=examples(45))
@given(rotas())
def test_shifts_and_gaps_fill_the_window_exactly(drawn: RotaNear) -> None:
    rota, near = drawn
    coverage = prove(rota, near - 5 * DAY, near + 5 * DAY)
    for tier in TIERS:
        assert_filled(coverage, tier)
        gaps = [gap for gap in coverage.gaps if gap.tier == tier]
        assert all(one.end < two.start for one, two in pairwise(gaps)), "a gap lasts to its end"


@settings(deadline=None, max_examples=examples(45))
@given(any_rotas(), st.datetimes(timezones=st.timezones()), st.timedeltas(MINUTE, 300 * DAY))
def test_shifts_and_gaps_fill_any_window_of_any_agency(
    rota: Rota, start: datetime, width: timedelta
) -> None:
    start = min(instant(start), utc("9990-01-01 00:00"))
    coverage = prove(rota, start, start + width)
    for tier in rota.tiers or ("",):
        assert_filled(coverage, tier)
    for gap in coverage.gaps:
        assert gap.causes
        assert gap.absences[0].start == gap.start
        assert {absence.cause for absence in gap.absences} == set(gap.causes)


@settings(deadline=None, max_examples=examples(25))
@given(rotas(), offsets)
def test_a_gap_is_where_nobody_stands_and_its_causes_are_those_of_every_minute(
    drawn: RotaNear, offset: int
) -> None:
    rota, near = drawn
    start = near + offset * MINUTE
    coverage = prove(rota, start, start + DAY)
    shown = oracle.latest_shown_by_minute(rota.timezone, start, start + DAY)
    for tier in TIERS:
        told = {at: set(causes) for at, causes in causes_by_minute(coverage, tier)}
        standing = oracle.holders(rota, tier, start, start + DAY)
        assert {at for at, holder in standing.items() if holder is None} == set(told)
        for at in list(told)[::7]:
            assert told[at] == oracle.causes(rota, tier, at, shown[at])


def causes_by_minute(coverage: Coverage, tier: Tier) -> Iterator[tuple[datetime, list[Cause]]]:
    for gap in coverage.gaps:
        for at in minutes(gap.start, gap.end) if gap.tier == tier else ():
            yield (
                at,
                [absence.cause for absence in gap.absences if absence.start <= at < absence.end],
            )


def minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield every minute from ``start`` until before ``end``; both are whole ones."""
    for number in range((end - start) // MINUTE):
        yield start + number * MINUTE


@settings(deadline=None, max_examples=examples(30))
@given(rotas())
def test_proving_day_by_day_equals_proving_at_once(drawn: RotaNear) -> None:
    rota, near = drawn
    days = [near + number * DAY for number in range(-4, 4)]
    daily = [prove(rota, day, day + DAY) for day in days]
    whole = prove(rota, days[0], days[-1] + DAY)
    gaps = joined_gaps(gap for coverage in daily for gap in coverage.gaps)
    assert gaps == {tier: [gap for gap in whole.gaps if gap.tier == tier] for tier in gaps}
    assert sum(map(len, gaps.values())) == len(whole.gaps)
    thin = joined_thin(thin for coverage in daily for thin in coverage.thin)
    assert thin == set(whole.thin)
    assert len(whole.thin) == len(set(whole.thin))


def joined_gaps(gaps: Iterable[Gap]) -> dict[Tier, list[Gap]]:
    found: dict[Tier, list[Gap]] = {}
    for gap in sorted(gaps, key=lambda one: (one.tier, one.start)):
        known = found.setdefault(gap.tier, [])
        if known and known[-1].end == gap.start:
            causes = tuple(dict.fromkeys(known[-1].causes + gap.causes))
            known[-1] = Gap(gap.tier, known[-1].start, gap.end, causes)
        else:
            known.append(gap)
    return found


def joined_thin(found: Iterable[Thin]) -> set[Thin]:
    joined: list[Thin] = []
    for thin in sorted(found, key=lambda one: (alike(one), one.start)):
        if joined and alike(joined[-1]) == alike(thin) and joined[-1].end == thin.start:
            joined[-1] = replace(joined[-1], end=thin.end)
        else:
            joined.append(thin)
    return set(joined)


def alike(thin: Thin) -> tuple[str, str, tuple[str, ...], str]:
    return thin.kind, thin.tier, thin.who, thin.other_tier or ""


Finding = tuple[ThinKind, Tier, StaffId, Tier | None]


@settings(deadline=None, max_examples=examples(25))
@given(rotas(), offsets)
def test_a_thin_stretch_is_where_the_words_say_it_is(drawn: RotaNear, offset: int) -> None:
    rota, near = drawn
    start = near + offset * MINUTE
    coverage = prove(rota, start, start + DAY)
    told: dict[datetime, set[Finding]] = {at: set() for at in minutes(start, start + DAY)}
    for thin in coverage.thin:
        assert len(thin.who) == 1
        for at in minutes(thin.start, thin.end) if thin.kind is not ThinKind.REST else ():
            told[at].add((thin.kind, thin.tier, thin.who[0], thin.other_tier))
    standing = {tier: oracle.holders(rota, tier, start, start + DAY) for tier in TIERS}
    for at, findings in told.items():
        stands = {tier: held[0] for tier in TIERS if (held := standing[tier][at])}
        assert findings == set(thin_at(rota, stands)), at


def thin_at(rota: Rota, stands: dict[Tier, StaffId]) -> Iterator[Finding]:
    """Yield what is thin at an instant at which these people stand, rest aside."""
    for tier, staff in stands.items():
        person = rota.person(staff)
        if not person.verified:
            yield ThinKind.UNVERIFIED, tier, staff, None
        if person.sms != person.voice:
            yield ThinKind.ONE_CHANNEL, tier, staff, None
        required = rota.rules.requires.get(tier)
        if required and person.discipline not in required:
            yield ThinKind.DISCIPLINE, tier, staff, None
    for (lower, one), (higher, other) in combinations(stands.items(), 2):
        if one == other:
            yield ThinKind.TWO_TIERS, higher, one, lower


@settings(deadline=None, max_examples=examples(20))
@given(rotas(), st.integers(-1440, 1440), st.sampled_from((1, 8, 11, 24)))
def test_rest_is_broken_where_recounting_every_minute_finds_it(
    drawn: RotaNear, offset: int, hours: int
) -> None:
    rota, near = drawn
    rest = timedelta(hours=hours)
    rota = replace(rota, rules=replace(rota.rules, rest=rest))
    start = near + offset * MINUTE
    told = {
        (at, thin.tier, thin.who[0])
        for thin in prove(rota, start, start + DAY).thin
        if thin.kind is ThinKind.REST
        for at in minutes(thin.start, thin.end)
    }
    expected: set[tuple[datetime, Tier, StaffId]] = set()
    shown = oracle.latest_shown_by_minute(rota.timezone, start - 5 * DAY, start + DAY)
    nights = {at for at, wall in shown.items() if not 6 <= wall.hour < 22}
    runs = list(runs_by_minute(rota, start - 5 * DAY, start + DAY))
    for _, staff, night in runs:
        if not nights.isdisjoint(night):
            rested = night[-1] + MINUTE + rest
            for tier, other, late in runs:
                if other == staff and night[-1] < late[0] < rested:
                    expected |= {(at, tier, staff) for at in late if start <= at < rested}
    assert told == expected


def runs_by_minute(
    rota: Rota, start: datetime, end: datetime
) -> Iterator[tuple[Tier, StaffId, list[datetime]]]:
    """Yield every unbroken run of minutes in which one person stands on one tier."""
    for tier in TIERS:
        run: list[datetime] = []
        standing = ""
        for at, holder in oracle.holders(rota, tier, start, end).items():
            staff = holder[0] if holder else ""
            if staff != standing:
                if standing:
                    yield tier, standing, run
                standing, run = staff, []
            run.append(at)
        if standing:
            yield tier, standing, run


MIDNIGHT = utc("2026-01-05 00:00")


@st.composite
def holes(draw: st.DrawFn) -> list[tuple[Tier, datetime, datetime]]:
    """Draw gaps of two tiers, those of one tier apart from each other."""
    found = []
    for tier in TIERS[:2]:
        at = 0
        for skip, length in draw(
            st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=4)
        ):
            start, at = at + skip, at + skip + length
            found.append((tier, MIDNIGHT + start * MINUTE, MIDNIGHT + at * MINUTE))
    return found


def covered_but(gaps: list[tuple[Tier, datetime, datetime]]) -> Coverage:
    """Return a proof with these gaps, of which only the gaps are told."""
    nobody = (Cause(None, CauseKind.NOBODY),)
    found = tuple(Gap(tier, start, end, nobody) for tier, start, end in gaps)
    return Coverage("north", MIDNIGHT, MIDNIGHT + DAY, {}, found, ())


def by_minute(
    found: Iterable[tuple[Tier, datetime, datetime]],
) -> set[tuple[Tier, datetime]]:
    return {(tier, at) for tier, start, end in found for at in minutes(start, end)}


@given(holes(), holes(), holes() | holes().map(lambda gaps: gaps * 2))
def test_what_is_opened_is_exact_arithmetic(
    before: list[tuple[Tier, datetime, datetime]],
    after: list[tuple[Tier, datetime, datetime]],
    accepted: list[tuple[Tier, datetime, datetime]],
) -> None:
    found = opened(covered_but(before), covered_but(after), accepted)
    told = [(gap.tier, gap.start, gap.end) for gap in found]
    assert by_minute(told) == by_minute(after) - by_minute(before) - by_minute(accepted)
    assert sum((end - start) // MINUTE for _, start, end in told) == len(by_minute(told))
    for (tier, _, end), (other, start, _) in combinations(told, 2):
        assert tier != other or end < start
    assert by_minute((g.tier, g.start, g.end) for g in opened(None, covered_but(after), ())) == (
        by_minute(after)
    )


@st.composite
def edits(draw: st.DrawFn, rota: Rota, near: datetime) -> Rota:
    """Draw a changed rota: one override more, somebody away or gone, or a rotation less."""
    match draw(st.integers(0, 3)):
        case 0:
            return replace(rota, overrides=(*rota.overrides, draw(overrides(near))))
        case 1:
            staff = draw(people)
            off = TimeOff(*draw(spans(near)))
            person = rota.person(staff)
            person = replace(person, time_off=(*person.time_off, off))
        case 2:
            staff = draw(people)
            person = replace(rota.person(staff), active=draw(st.booleans()))
        case _:
            return replace(rota, rotations=rota.rotations[1:])
    return replace(rota, people={**rota.people, staff: person})


@settings(deadline=None, max_examples=examples(30))
@given(rotas(), st.data())
def test_after_any_edits_that_were_let_through_every_new_gap_was_accepted(
    drawn: RotaNear, data: st.DataObject
) -> None:
    rota, near = drawn
    start, end = near - 3 * DAY, near + 3 * DAY
    first = prove(rota, start, end)
    accepted: list[tuple[Tier, datetime, datetime]] = []
    for _ in range(data.draw(st.integers(1, 6))):
        changed = data.draw(edits(rota, near))
        gaps = opened(prove(rota, start, end), prove(changed, start, end), accepted)
        if gaps and data.draw(st.booleans()):
            accepted += [(gap.tier, gap.start, gap.end) for gap in gaps]
        elif gaps:
            continue
        rota = changed
    known = by_minute((gap.tier, gap.start, gap.end) for gap in first.gaps)
    last = by_minute((gap.tier, gap.start, gap.end) for gap in prove(rota, start, end).gaps)
    assert last <= known | by_minute(accepted)


@settings(deadline=None, max_examples=examples(30))
@given(rotas(), st.sampled_from(TIERS), st.data())
def test_whoever_could_take_a_stretch_then_holds_it_just_as_foretold(
    drawn: RotaNear, tier: Tier, data: st.DataObject
) -> None:
    rota, near = drawn
    start, end = data.draw(spans(near))
    window = start - 5 * DAY, end + 5 * DAY
    before = prove(rota, *window)
    for found in candidates(rota, PEOPLE, tier, start, end):
        taken = Override(tier, start, end, found.staff)
        after = prove(replace(rota, overrides=(*rota.overrides, taken)), *window)
        held = clipped(list(after.stands[tier]), start, end)
        assert [(shift.start, shift.end, shift.staff) for shift in held] == [
            (start, end, found.staff)
        ]
        assert not any(
            thin.kind is ThinKind.TWO_TIERS and thin.start < end and start < thin.end
            for thin in after.thin
            if found.staff in thin.who
        )
        assert (Obstacle.REST in found.obstacles) == (
            tired(after, found.staff) != tired(before, found.staff)
        )
        assert set(found.obstacles) - {Obstacle.REST} == {
            Obstacle(thin.kind)
            for thin in after.thin
            if thin.kind in {ThinKind.UNVERIFIED, ThinKind.ONE_CHANNEL, ThinKind.DISCIPLINE}
            and thin.tier == tier
            and thin.start <= start < thin.end
        }


def tired(coverage: Coverage, staff: StaffId) -> set[tuple[Tier, datetime]]:
    """Return every minute in which somebody stands without the rest they are owed."""
    return by_minute(
        (thin.tier, thin.start, thin.end)
        for thin in coverage.thin
        if thin.kind is ThinKind.REST and thin.who == (staff,)
    )
