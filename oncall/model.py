"""The words of a rota: rotations, restrictions, overrides, shifts. Plain and without a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
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


class OverrideKind(StrEnum):
    """What an override does to what lies below it: rotations, and overrides written earlier."""

    REPLACE = "replace"
    """The person takes the turns of ``instead``, also while that one could not stand themselves;
    or stands instead of anybody where that is left out."""
    ADD = "add"
    """The person stands where nobody would."""
    REMOVE = "remove"
    """The person does not stand on this tier: what lies below their turn shows through."""


@dataclass(frozen=True, slots=True)
class Override:
    """A change of one tier from ``start`` until before ``end``, both kept in UTC."""

    tier: Tier
    start: datetime
    end: datetime
    staff: StaffId
    reason: str = ""
    kind: OverrideKind = OverrideKind.REPLACE
    instead: StaffId | None = None

    def __post_init__(self) -> None:
        _keep_in_utc(self, f"The override for {self.staff}")
        if self.instead is None:
            return
        if self.kind is not OverrideKind.REPLACE:
            raise ValueError(
                f'An override of kind "{self.kind}" is instead of nobody: leave "instead" out.'
            )
        if self.instead == self.staff:
            raise ValueError(f"{self.staff} can't stand instead of themselves: name somebody else.")


@dataclass(frozen=True, slots=True)
class Stint:
    """One person from ``start`` until before ``end``, both kept in UTC."""

    start: datetime
    end: datetime
    staff: StaffId

    def __post_init__(self) -> None:
        _keep_in_utc(self, f"The stint of {self.staff}")


@dataclass(frozen=True, slots=True)
class TemporarySchedule:
    """Who stands on a tier for a while, stint by stint: an applied plan, a holiday schedule.

    It lies above the rotations and below the overrides. Where it names nobody, or names somebody
    who is away, the rotations show through: a hole in a plan is never a hole in the night.
    """

    tier: Tier
    name: str
    stints: tuple[Stint, ...]

    def __post_init__(self) -> None:
        if not self.stints:
            raise ValueError(f'The temporary schedule "{self.name}" has no stint: name one.')
        ordered = tuple(sorted(self.stints, key=lambda stint: stint.start))
        object.__setattr__(self, "stints", ordered)
        for one, following in pairwise(ordered):
            if following.start < one.end:
                raise ValueError(
                    f'The temporary schedule "{self.name}" has {one.staff} and {following.staff} '
                    f"on {self.tier} at {following.start}: one person stands at a time."
                )


@dataclass(frozen=True, slots=True)
class TimeOff:
    """When a person stands on no tier of any team: from ``start`` until before ``end``, in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        _keep_in_utc(self, "The time off")


def _keep_in_utc(span: Override | Stint | TimeOff, what: str) -> None:
    if span.start.tzinfo is None or span.end.tzinfo is None:
        raise ValueError(
            f"{what} from {span.start} to {span.end} lacks a time zone: "
            "say which instants are meant."
        )
    if span.end <= span.start:
        raise ValueError(
            f"{what} ends at {span.end} but starts at {span.start}: the end must be later."
        )
    object.__setattr__(span, "start", span.start.astimezone(UTC))
    object.__setattr__(span, "end", span.end.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the staff as far as the rota concerns them.

    ``sms`` and ``voice`` say whether their phone can be reached in that way: not after an opt-out,
    nor once the phone network has refused the number for good. ``verified`` says that they have
    shown the phone to be theirs. ``discipline`` is a word of the agency's file.
    """

    active: bool = True
    sms: bool = True
    voice: bool = True
    verified: bool = True
    discipline: str = ""
    time_off: tuple[TimeOff, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether they may stand at all, time off aside: here, and reached in at least one way."""
        return self.active and (self.sms or self.voice)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a team asks of its rota beyond coverage. Set by the team; nothing is presumed.

    ``rest`` is the least time between the end of a shift that includes night hours and the same
    person's next shift on any tier. ``requires`` names, for a tier, the disciplines of which its
    holder must be one. ``holidays`` is a country, or a country and its part, as the ``holidays``
    package writes them: ``US``, ``US-OR``.
    """

    rest: timedelta = timedelta()
    requires: Mapping[Tier, frozenset[str]] = field(default_factory=dict)
    swaps_need_lead: bool = False
    handoff_notices: bool = True
    holidays: str = ""


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
    """Everything that decides who is on call for one team, in the order in which it was written.

    Later rotations of a tier win over earlier ones; temporary schedules win over rotations,
    overrides over both, and what was written later over what was written earlier. Whoever is away
    or can't be reached stands nowhere: what lies below their turn shows through.
    """

    team: TeamId
    timezone: ZoneInfo
    ladder: tuple[RungRule, ...]
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    temporary: tuple[TemporarySchedule, ...] = ()
    people: Mapping[StaffId, Person] = field(default_factory=dict)
    """Everybody; a person who is missing here counts as reachable and never away."""
    rules: Rules = Rules()
    memo: dict[Tier, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What :mod:`oncall.schedule` works out once per rota; no part of the rota's meaning."""

    def __post_init__(self) -> None:
        # A copy: a change in the caller's dict must not overtake what the memo holds.
        object.__setattr__(self, "people", dict(self.people))

    def person(self, staff: StaffId) -> Person:
        """What is known of somebody."""
        return self.people.get(staff, ANYBODY)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the ladder, from the foot."""
        return tuple(rule.tier for rule in self.ladder)


ANYBODY = Person()
"""Somebody of whom nothing is known that keeps them from standing."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch in which one person holds a tier: [start, end), in UTC, with the reason why."""

    start: datetime
    end: datetime
    staff: StaffId
    why: str
