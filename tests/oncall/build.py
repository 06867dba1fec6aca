"""Short ways to write rotas and times in tests; all people are invented."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

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

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
KOLKATA = ZoneInfo("Asia/Kolkata")
EVERY_DAY = frozenset(range(7))
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


def utc(text: str) -> datetime:
    """Read an instant such as ``2026-03-08 10:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    """Read a wall-clock time such as ``2026-03-08 02:00``."""
    return datetime.fromisoformat(text)


def local(text: str, zone: ZoneInfo = LOS_ANGELES) -> datetime:
    """Read an unambiguous wall-clock time as an instant."""
    return wall(text).replace(tzinfo=zone).astimezone(UTC)


def rotation(
    starts: str,
    every: str,
    *order: str,
    tier: str = "primary",
    name: str = "weeks",
    only: Only | None = None,
    ends: str | None = None,
) -> Rotation:
    """Write a rotation: ``rotation("2026-01-05 09:00", "1 week", "ana", "ben")``."""
    count, unit = every.split()
    return Rotation(
        tier=tier,
        name=name,
        starts=wall(starts),
        every=Every(int(count), Unit(unit.removesuffix("s"))),
        order=order,
        only=only,
        ends=wall(ends) if ends else None,
    )


def only(days: set[int] | frozenset[int], start: str, end: str) -> Only:
    """Write a restriction: ``only({FRIDAY}, "22:00", "06:00")``."""
    return Only(frozenset(days), time.fromisoformat(start), time.fromisoformat(end))


def override(
    start: str,
    end: str,
    staff: str,
    reason: str = "",
    tier: str = "primary",
    kind: OverrideKind = OverrideKind.REPLACE,
    instead: str | None = None,
) -> Override:
    """Write an override between two wall-clock times in Los Angeles."""
    return Override(tier, local(start), local(end), staff, reason, kind, instead)


def temporary(*stints: tuple[str, str, str], tier: str = "primary") -> TemporarySchedule:
    """Write a temporary schedule of (start, end, staff) by the wall in Los Angeles."""
    return TemporarySchedule(
        tier, "plan", tuple(Stint(local(start), local(end), staff) for start, end, staff in stints)
    )


def away(*spans: tuple[str, str]) -> Person:
    """Write somebody who is away between wall-clock times in Los Angeles."""
    return Person(time_off=tuple(TimeOff(local(start), local(end)) for start, end in spans))


def rota(
    *rotations: Rotation,
    overrides: tuple[Override, ...] = (),
    active: dict[str, bool] | None = None,
    zone: ZoneInfo = LOS_ANGELES,
    tiers: tuple[str, ...] = ("primary", "backup", "supervisor"),
    temporary: tuple[TemporarySchedule, ...] = (),
    people: dict[str, Person] | None = None,
    rules: Rules | None = None,
) -> Rota:
    """Write the rota of one team whose ladder has the given tiers.

    ``active`` is short for people of whom nothing else is told.
    """
    ladder = tuple(RungRule(tier, ring_seconds=20, page_seconds=120) for tier in tiers)
    everybody = {staff: Person(active=here) for staff, here in (active or {}).items()}
    return Rota(
        team="north",
        timezone=zone,
        ladder=ladder,
        rotations=rotations,
        overrides=overrides,
        temporary=temporary,
        people=everybody | (people or {}),
        rules=rules or Rules(),
    )
