"""Random rotas and instants: many zones, layers, restrictions, overrides, people who are away."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from oncall.model import (
    Every,
    Only,
    Override,
    OverrideKind,
    Person,
    Rota,
    Rotation,
    Rules,
    RungRule,
    Stint,
    TemporarySchedule,
    TimeOff,
    Unit,
)
from tests.oncall.build import utc, wall

TIERS = ("primary", "backup", "supervisor")
PEOPLE = ("ana", "ben", "cho", "dee", "eli")
CHANGES = {
    "America/Los_Angeles": ("2026-03-08 10:00", "2026-11-01 09:00"),
    "America/St_Johns": ("2006-04-02 03:31", "2006-10-29 02:31"),
    "America/Sao_Paulo": ("2018-11-04 03:00", "2019-02-17 02:00"),
    "Europe/Dublin": ("2026-03-29 01:00", "2026-10-25 01:00"),
    "Africa/Casablanca": ("2026-02-15 02:00", "2026-03-22 02:00"),
    "Africa/Cairo": ("2026-04-23 22:00", "2026-10-29 21:00"),
    "Asia/Kolkata": ("2026-06-01 00:00",),
    "Asia/Kathmandu": ("1985-12-31 18:30",),
    "Australia/Lord_Howe": ("2026-04-04 15:00", "2026-10-03 15:30"),
    "Pacific/Chatham": ("2026-04-04 14:00", "2026-09-26 14:00"),
    "Pacific/Apia": ("2011-12-30 10:00", "2012-03-31 14:00"),
    "Pacific/Kwajalein": ("1993-08-21 12:00",),
    "UTC": ("2026-01-01 00:00",),
}
"""Zones, each with instants at which its clocks change or its day turns."""

people = st.sampled_from(PEOPLE)
minutes = st.sampled_from((0, 0, 0, 15, 30, 45, 59))
hours = st.integers(0, 23) | st.integers(0, 3)  # clocks mostly change in the small hours
times = st.builds(time, hours, minutes)
lengths = st.one_of(
    st.builds(Every, st.sampled_from((1, 6, 7, 12, 25)), st.just(Unit.HOUR)),
    st.builds(Every, st.integers(1, 3), st.sampled_from((Unit.DAY, Unit.WEEK, Unit.MONTH))),
)
restrictions = st.builds(
    Only, st.frozensets(st.integers(0, 6), min_size=1), times, times | st.just(time(0))
)


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """Draw a whole minute, mostly within days of a change of the zone's clocks."""
    if draw(st.integers(0, 4)) == 0:
        days = draw(st.integers(0, 45_000))
        return utc("1975-01-01 00:00") + timedelta(days=days, minutes=draw(st.integers(0, 1439)))
    change = utc(draw(st.sampled_from(CHANGES[zone])))
    return change + timedelta(minutes=draw(st.integers(-6000, 6000)))


@st.composite
def rotations(draw: st.DrawFn, near: datetime) -> Rotation:
    """Draw a rotation that starts up to two months before ``near``, or shortly after."""
    day = near.replace(tzinfo=None) + timedelta(days=draw(st.integers(-60, 3)))
    starts = datetime.combine(day, draw(times))
    ends = draw(st.none() | st.integers(1, 100))
    return Rotation(
        tier=draw(st.sampled_from(TIERS)),
        name=draw(st.sampled_from(("weeks", "days", "nights"))),
        starts=starts,
        every=draw(lengths),
        order=tuple(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4))),
        only=draw(st.none() | restrictions),
        ends=None if ends is None else starts + timedelta(days=ends, hours=3),
    )


@st.composite
def overrides(draw: st.DrawFn, near: datetime) -> Override:
    """Draw an override of any kind, of minutes to days around ``near``."""
    start, end = draw(spans(near))
    kind, staff = draw(st.sampled_from(OverrideKind)), draw(people)
    instead = None
    if kind is OverrideKind.REPLACE:
        instead = draw(st.none() | st.sampled_from([who for who in PEOPLE if who != staff]))
    return Override(
        tier=draw(st.sampled_from(TIERS)),
        start=start,
        end=end,
        staff=staff,
        reason=draw(st.sampled_from(("swap", "dentist", ""))),
        kind=kind,
        instead=instead,
    )


@st.composite
def spans(draw: st.DrawFn, near: datetime) -> tuple[datetime, datetime]:
    """Draw a stretch of minutes to two days around ``near``."""
    start = near + timedelta(minutes=draw(st.integers(-4000, 4000)))
    return start, start + timedelta(minutes=draw(st.integers(1, 3000)))


@st.composite
def temporary_schedules(draw: st.DrawFn, near: datetime) -> TemporarySchedule:
    """Draw a temporary schedule of a few stints around ``near``, with holes or without."""
    at = near + timedelta(minutes=draw(st.integers(-4000, 2000)))
    stints = []
    for hole, length, staff in draw(
        st.lists(
            st.tuples(st.sampled_from((0, 0, 1, 600)), st.integers(1, 2000), people),
            min_size=1,
            max_size=4,
        )
    ):
        start = at + timedelta(minutes=hole)
        at = start + timedelta(minutes=length)
        stints.append(Stint(start, at, staff))
    return TemporarySchedule(draw(st.sampled_from(TIERS)), "plan", tuple(stints))


def persons(near: datetime) -> st.SearchStrategy[Person]:
    """Draw somebody: mostly here and reachable, at times away."""
    mostly = st.sampled_from((True, True, True, False))
    return st.builds(
        Person,
        active=mostly,
        sms=mostly,
        voice=mostly,
        verified=mostly,
        discipline=st.sampled_from(("nurse", "peer", "")),
        time_off=st.lists(spans(near).map(lambda span: TimeOff(*span)), max_size=2).map(tuple),
    )


rules = st.builds(
    Rules,
    rest=st.sampled_from((0, 8, 11, 24)).map(lambda count: timedelta(hours=count)),
    requires=st.dictionaries(
        st.sampled_from(TIERS), st.sampled_from((frozenset({"nurse"}), frozenset())), max_size=2
    ),
)


@st.composite
def rotas(draw: st.DrawFn, most_layers: int = 4) -> tuple[Rota, datetime]:
    """Draw a rota and a whole minute near which things happen in it."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    near = draw(moments(zone))
    return Rota(
        team="north",
        timezone=ZoneInfo(zone),
        ladder=tuple(RungRule(tier, 20, 120) for tier in TIERS),
        rotations=tuple(draw(st.lists(rotations(near), max_size=most_layers))),
        overrides=tuple(draw(st.lists(overrides(near), max_size=6))),
        temporary=tuple(draw(st.lists(temporary_schedules(near), max_size=2))),
        people=draw(st.dictionaries(people, persons(near), max_size=4)),
        rules=draw(rules),
    ), near


@st.composite
def any_rotas(draw: st.DrawFn) -> Rota:
    """Draw any valid rota at all: any zone, any year, turns of any length, empty ladders."""
    zones = st.sampled_from(sorted(CHANGES)) | st.timezone_keys()
    walls = st.datetimes()
    widths = st.timedeltas(timedelta(microseconds=1), timedelta(days=4000))
    tier = st.sampled_from(TIERS)

    def rotation(start: datetime, span: timedelta | None) -> st.SearchStrategy[Rotation]:
        late = span is None or start > wall("9980-01-01 00:00")
        return st.builds(
            Rotation,
            tier=tier,
            name=st.text(max_size=3),
            starts=st.just(start),
            every=st.builds(
                Every, st.integers(1, 40) | st.integers(1, 10**12), st.sampled_from(Unit)
            ),
            order=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4).map(tuple),
            only=st.none()
            | st.builds(Only, st.frozensets(st.integers(0, 6), min_size=1), st.times(), st.times()),
            ends=st.none() if late or span is None else st.just(start + span),
        )

    def span(start: datetime, width: timedelta) -> tuple[datetime, datetime]:
        start = min(start, wall("9980-01-01 00:00")).replace(tzinfo=UTC)
        return start, start + width

    any_spans = st.builds(span, walls, widths)

    return Rota(
        team="north",
        timezone=ZoneInfo(draw(zones)),
        ladder=tuple(
            draw(
                st.lists(
                    st.builds(RungRule, tier, st.integers(5, 600), st.integers(5, 900)), max_size=4
                )
            )
        ),
        rotations=tuple(
            draw(
                st.lists(
                    st.tuples(walls, st.none() | widths).flatmap(lambda p: rotation(*p)), max_size=3
                )
            )
        ),
        overrides=tuple(
            Override(draw(tier), start, end, draw(people), kind=draw(st.sampled_from(OverrideKind)))
            for start, end in draw(st.lists(any_spans, max_size=3))
        ),
        temporary=tuple(
            TemporarySchedule(draw(tier), "plan", (Stint(start, end, draw(people)),))
            for start, end in draw(st.lists(any_spans, max_size=2))
        ),
        people={
            staff: Person(
                active=draw(st.booleans()),
                time_off=tuple(TimeOff(*off) for off in draw(st.lists(any_spans, max_size=2))),
            )
            for staff in draw(st.lists(people, max_size=3, unique=True))
        },
    )
