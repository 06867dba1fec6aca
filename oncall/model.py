"""The words of a rota: rotations, restrictions, overrides, shifts. Plain and without a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

StaffId = str
"""The short public name of a person on the staff, such as ``ana``."""

TeamId = str
"""The short public name of a team, such as ``north``."""

Tier = str
"""The name of a tier: ``primary``, ``backup``, ``supervisor``, or one of the team's own."""


_WEEK = frozenset(range(7))


class Unit(StrEnum):
    """What a rotation's length is counted in, always on the wall clock."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Every:
    """How long one person's turn lasts: ``Every(1, Unit.WEEK)``."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(
                f"A turn of {self.count} {self.unit}s has no length: give a count of 1 or more."
            )


@dataclass(frozen=True, slots=True)
class Only:
    """The part of the week in which a rotation holds.

    ``days`` are ISO weekdays minus one (Monday 0 … Sunday 6), the days on which the stretch
    *begins*. ``start`` and ``end`` are wall-clock times in the team's zone, half-open; an ``end``
    at or before ``start`` is on the following day, so 17:00-08:00 on a Friday lasts until Saturday
    morning, and 00:00-00:00 is the whole day.
    """

    days: frozenset[int]
    start: time = time(0)
    end: time = time(0)

    def __post_init__(self) -> None:
        if not self.days or not self.days <= _WEEK:
            raise ValueError(
                f"A restriction names at least one weekday from 0 (Monday) to 6 (Sunday), "
                f"not {sorted(self.days)}."
            )
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("A restriction's times are wall-clock: give them without a time zone.")

    @property
    def always(self) -> bool:
        """Whether the stretches leave no hour of the week out."""
        return self.days == _WEEK and self.start == self.end


@dataclass(frozen=True, slots=True)
class Rotation:
    """One layer of a tier: people who take turns of equal wall-clock length.

    ``starts`` and ``ends`` are naive wall-clock times in the team's zone. Nobody is on before
    ``starts`` or from ``ends`` on. A person may stand in ``order`` more than once.
    """

    tier: Tier
    name: str
    starts: datetime
    every: Every
    order: tuple[StaffId, ...]
    only: Only | None = None
    ends: datetime | None = None

    def __post_init__(self) -> None:
        if not self.order:
            raise ValueError(f'Rotation "{self.name}" has nobody in its order: name someone.')
        if self.starts.tzinfo or (self.ends and self.ends.tzinfo):
            raise ValueError(
                f'Rotation "{self.name}" starts and ends by the clock on the team\'s wall: '
                "give the times without a time zone."
            )
        if self.ends is not None and self.ends <= self.starts:
            raise ValueError(
                f'Rotation "{self.name}" ends at {self.ends} but starts at {self.starts}: '
                "the end must be later."
            )


@dataclass(frozen=True, slots=True)
class Override:
    """One person instead of whoever the rotations name, from ``start`` until before ``end``.

    Both are given with any time zone and kept in UTC.
    """

    tier: Tier
    start: datetime
    end: datetime
    staff: StaffId
    reason: str = ""

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(
                f"The override for {self.staff} from {self.start} to {self.end} lacks a time zone: "
                "say which instants are meant."
            )
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(
                f"The override for {self.staff} ends at {self.end} but starts at {self.start}: "
                "the end must be later."
            )


@dataclass(frozen=True, slots=True)
class RungRule:
    """How the ladder treats one tier: for how long a phone rings, and when a page climbs on.

    ``ring_seconds`` is what Twilio's ``<Dial timeout>`` takes, 5 to 600.
    """

    tier: Tier
    ring_seconds: int
    page_seconds: int

    def __post_init__(self) -> None:
        if not 5 <= self.ring_seconds <= 600:
            raise ValueError(
                f'The rung "{self.tier}" rings for {self.ring_seconds} seconds: '
                "a phone can ring for 5 to 600."
            )
        if self.page_seconds < 5:
            raise ValueError(
                f'The rung "{self.tier}" climbs on after {self.page_seconds} seconds: '
                "leave a person at least 5 to answer a page."
            )


@dataclass(frozen=True, slots=True)
class Rota:
    """Everything that decides who is on call for one team, in the order of the agency's file.

    Later rotations of a tier win over earlier ones; overrides win over rotations, and a later
    override over an earlier one.
    """

    team: TeamId
    timezone: ZoneInfo
    ladder: tuple[RungRule, ...]
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    active: Mapping[StaffId, bool] = field(default_factory=dict)
    """Who may be on call at all; a person who is missing here counts as active."""
    memo: dict[Tier, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What :mod:`oncall.schedule` works out once per rota; no part of the rota's meaning."""

    def __post_init__(self) -> None:
        # A copy: a change in the caller's dict must not overtake what the memo holds.
        object.__setattr__(self, "active", dict(self.active))


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch in which one person holds a tier: [start, end), in UTC, with the reason why."""

    start: datetime
    end: datetime
    staff: StaffId
    why: str
