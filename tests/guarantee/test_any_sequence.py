"""After any sequence of changes there is no gap that nobody accepted, whoever made them."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dispatch.commands import agencies, people, phones, rota_edits
from dispatch.commands.acceptances import accept_standing_gaps
from dispatch.commands.agencies import LoadRefused
from dispatch.commands.guarantee import GapsOpened, StillNamed
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.commands.time_off import add_time_off, remove_time_off
from dispatch.unit_of_work import HORIZON, UnitOfWork
from oncall.coverage import opened, prove
from oncall.model import Every, Override, OverrideKind, Rotation, Stint, Tier, TimeOff, Unit
from tests.guarantee.office import MONDAY, Office, office_agency
from tests.oncall.rotas import restrictions, times

PEOPLE = ("ana", "ben", "cho", "eli")
TIERS = ("primary", "backup")

staff = st.sampled_from(PEOPLE)
tier = st.sampled_from(TIERS)
reasons = st.none() | st.just("the county's mobile team stands in")
KEPT_BETWEEN = (
    "override",
    "stint",
    "temporary_schedule",
    "time_off",
    "accepted_gap",
    "staff_phone",
    "duty",
)

Edit = Callable[[UnitOfWork, By], object]


@st.composite
def spans(draw: st.DrawFn, now: datetime) -> tuple[datetime, datetime]:
    """A stretch of minutes to weeks, mostly ahead, some of it beyond the horizon."""
    start = now + timedelta(minutes=draw(st.integers(-3 * 1440, 95 * 1440)))
    return start, start + timedelta(minutes=draw(st.integers(1, 20 * 1440)))


@st.composite
def rotations(draw: st.DrawFn, now: datetime) -> Rotation:
    """A rotation that began some weeks ago, or begins soon."""
    starts = datetime.combine(now + timedelta(days=draw(st.integers(-40, 5))), draw(times))
    ends = draw(st.none() | st.integers(1, 150))
    return Rotation(
        tier=draw(tier),
        name="weeks",
        starts=starts,
        every=Every(draw(st.integers(1, 3)), draw(st.sampled_from((Unit.DAY, Unit.WEEK)))),
        order=tuple(draw(st.lists(staff, min_size=1, max_size=4))),
        only=draw(st.none() | st.none() | restrictions),
        ends=None if ends is None else starts + timedelta(days=ends),
    )


def everything(tier: Tier, names: tuple[str, ...]) -> Rotation:
    """A rotation that leaves nothing open, so that random ones beside it are often accepted."""
    starts = MONDAY.replace(tzinfo=None) - timedelta(days=100)
    return Rotation(tier, "always", starts, Every(1, Unit.WEEK), names)


@st.composite
def edits(draw: st.DrawFn, now: datetime) -> Edit:
    """One change, of any kind."""
    kind = draw(st.integers(0, 12))
    if kind <= 3:
        start, end = draw(spans(now))
        who = draw(staff)
        how = draw(st.sampled_from(OverrideKind))
        instead = draw(st.none() | staff) if how is OverrideKind.REPLACE else None
        override = Override(
            draw(tier), start, end, who, "", how, None if instead == who else instead
        )
        return lambda work, by: rota_edits.add_override(work, "north", override, by)
    if kind == 4:
        start, end = draw(spans(now))
        stint, name = Stint(start, end, draw(staff)), draw(tier)
        return lambda work, by: rota_edits.add_temporary_schedule(
            work, "north", "spring", {name: [stint]}, by
        )
    if kind == 5:
        layers = [everything(name, PEOPLE) for name in TIERS if draw(st.booleans())]
        layers += draw(st.lists(rotations(now), max_size=3))
        return lambda work, by: rota_edits.set_rotations(work, "north", layers, by)
    if kind == 6:
        (start, end), who = draw(spans(now)), draw(staff)
        return lambda work, by: add_time_off(work, who, TimeOff(start, end), by)
    if kind == 7:
        who, stays = draw(staff), draw(st.booleans())
        return lambda work, by: people.change_staff(work, who, by, active=stays)
    if kind == 8:
        who, joins = draw(staff), draw(st.booleans())
        change = people.add_member if joins else people.remove_member
        return lambda work, by: change(work, "north", who, by)
    if kind == 9:
        who, last = draw(staff), draw(st.integers(50, 59))
        return lambda work, by: people.change_staff(work, who, by, phone=f"+150355501{last}")
    if kind == 10:
        undo = draw(st.booleans())
        return lambda work, by: agencies.load(
            work, office_agency(), accept=by.accept, undo_changes=undo
        )
    if kind == 11:
        where, until = draw(tier), now + HORIZON
        return lambda work, by: accept_standing_gaps(work, "north", where, now, until, "known", by)
    table, rank = draw(st.sampled_from(("override", "temporary_schedule", "time_off"))), draw(ranks)
    return lambda work, by: _take_back(work, by, table, rank)


ranks = st.integers(0, 5)


def _take_back(work: UnitOfWork, by: By, table: str, rank: int) -> None:
    columns = "id, staff_id" if table == "time_off" else "id, team_id"
    query = text(f'select {columns} from "{table}" order by id')
    rows = [tuple(row) for row in work.session.execute(query)]
    if not rows:
        return
    number, whose = rows[rank % len(rows)]
    if table == "override":
        rota_edits.remove_override(work, whose, number, by)
    elif table == "temporary_schedule":
        rota_edits.remove_temporary_schedule(work, whose, number, by)
    else:
        remove_time_off(work, whose, number, by)


def happens(work: UnitOfWork, who: str, code: int | None) -> None:
    """Somebody's phone is refused for good with this code, or is heard from again."""
    if code is None:
        phones.opted_in(work, who)
    else:
        phones.refused(work, who, work.directory.staff[who].phone, code)


@pytest.fixture
def shared_office(database_url: str) -> Iterator[Office]:
    office = Office(database_url)
    yield office
    office.close()


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_accepted_sequence_of_changes_leaves_a_gap_that_nobody_accepted(
    shared_office: Office, data: st.DataObject
) -> None:
    office = shared_office
    _begin_again(office)
    in_sight = office.clock.at + HORIZON
    excused: list[tuple[str, datetime, datetime]] = []
    outcomes: list[str] = []
    for _ in range(data.draw(st.integers(1, 8), "changes")):
        if data.draw(st.integers(0, 4)) == 0:
            who, code = data.draw(staff), data.draw(st.sampled_from((21211, 21610, None)))
            with office.work() as work:
                happens(work, who, code)
            excused += _gaps(office)  # what comes from outside can't be refused
            outcomes.append("happened")
        else:
            edit = data.draw(edits(office.clock.at))
            by = By("Eli Sample", accept=data.draw(reasons))
            with contextlib.suppress(*REFUSALS):
                with office.work() as work:
                    edit(work, by)
                outcomes.append("accepted")
        assert _stale_acceptances(office) == [], outcomes
        office.later(hours=data.draw(st.integers(0, 200)))
        with office.look() as work:
            rota = work.directory.teams["north"].rota
            now, seen = work.now, work.now + HORIZON
            # Time alone brings gaps into sight that no change can have been asked about.
            excused += [
                (gap.tier, gap.start, gap.end) for gap in prove(rota, max(in_sight, now), seen).gaps
            ]
            in_sight = seen
            left = opened(None, prove(rota, now, seen), [*excused, *office.accepted()])
        assert left == (), outcomes


REFUSALS = (WrongEdit, NotThere, GapsOpened, StillNamed, LoadRefused)
"""What keeps a change from being made, each with its reason in words."""


def _gaps(office: Office) -> list[tuple[str, datetime, datetime]]:
    return [(gap.tier, gap.start, gap.end) for gap in office.coverage().gaps]


def _stale_acceptances(office: Office) -> list[tuple[str, datetime, datetime]]:
    """Acceptances of stretches in which somebody stands: they would excuse a gap of tomorrow."""
    gaps = office.coverage(days=600).gaps
    return [
        one
        for tier, start, end in office.accepted()
        if not any(
            gap.tier == tier and gap.start <= max(start, office.clock.at) and end <= gap.end
            for gap in gaps
        )
        for one in [(tier, start, end)]
    ]


def _begin_again(office: Office) -> None:
    """The office as it opens, with nothing of the example before."""
    office.clock.at = MONDAY
    with office.engine.begin() as connection:
        for name in KEPT_BETWEEN:
            connection.execute(text(f'delete from "{name}"'))
        connection.execute(text("delete from duty_mark"))
        connection.execute(text("update rota_version set version = version + 1"))
    with office.work() as work:
        agencies.load(work, office_agency(), undo_changes=True)
