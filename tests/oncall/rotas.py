"""Random rotas and instants: many zones, layers, restrictions, overrides, people who are away."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from oncall.model import Every, Only, Override, Person, Rota, Rotation, RungRule, Unit
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
    """Draw an override of minutes to days around ``near``."""
    start = near + timedelta(minutes=draw(st.integers(-4000, 4000)))
    end = start + timedelta(minutes=draw(st.integers(1, 3000)))
    staff, reason = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(("swap", "dentist")))
    return Override(draw(st.sampled_from(TIERS)), start, end, staff, reason)


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
        overrides=tuple(draw(st.lists(overrides(near), max_size=4))),
        people=draw(st.dictionaries(st.sampled_from(PEOPLE), st.builds(Person, active=st.booleans()), max_size=3)),
    ), near


@st.composite
def any_rotas(draw: st.DrawFn) -> Rota:
    """Draw any valid rota at all: any zone, any year, turns of any length, empty ladders."""
    zones = st.sampled_from(sorted(CHANGES)) | st.timezone_keys()
    walls = st.datetimes()
    spans = st.timedeltas(timedelta(microseconds=1), timedelta(days=4000))
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

    def override(start: datetime, span: timedelta) -> st.SearchStrategy[Override]:
        start = min(start, wall("9980-01-01 00:00")).replace(tzinfo=UTC)
        return st.builds(
            Override, tier, st.just(start), st.just(start + span), st.sampled_from(PEOPLE)
        )

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
                    st.tuples(walls, st.none() | spans).flatmap(lambda p: rotation(*p)), max_size=3
                )
            )
        ),
        overrides=tuple(
            draw(st.lists(st.tuples(walls, spans).flatmap(lambda p: override(*p)), max_size=3))
        ),
        people=draw(st.dictionaries(st.sampled_from(PEOPLE), st.builds(Person, active=st.booleans()))),
    )
