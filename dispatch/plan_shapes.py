"""What somebody may ask of a plan, as the API and the command line take it."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.agency_values import TimeOfDay, Weekday, Words
from oncall.planner.model import MOST_WEEKS, Handoff, Limits, Preference
from oncall.planner.patterns import handoffs, pattern

SECONDS = 20.0
MOST_SECONDS = 60.0
"""How long a search may take: the first is enough for a quarter of ten people."""

MOST_NIGHTS = 7 * MOST_WEEKS
"""As many nights as a plan has at most."""

MOST_WISHES = 50
"""More preferences than anybody has; it keeps one request from filling the search."""

LONGEST_RUN = 31
"""More days in a row than a month has are no limit."""

InARow = Annotated[int, Field(ge=1, le=LONGEST_RUN)]


def problems(error: ValidationError) -> list[str]:
    """What is wrong with a question, each with its place, without repeating what was given."""
    return [
        f"{'.'.join(map(str, one['loc'])) or 'all'}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors()
    ]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Handoffs(_Shape):
    """A pattern of one's own: ``08:00`` for every day, ``fri 17:00`` for one."""

    handoffs: tuple[Annotated[str, Field(max_length=20)], ...] = Field(min_length=1, max_length=70)


class LimitsShape(_Shape):
    """What one person may be given at most, and the part of a full share that is theirs."""

    hours_a_week: Annotated[float, Field(gt=0, le=168)] | None = None
    nights: Annotated[int, Field(ge=0, le=MOST_NIGHTS)] | None = None
    most_days: InARow | None = None
    most_nights: InARow | None = None
    not_on: tuple[Words, ...] = ()
    share: Annotated[float, Field(ge=0, le=2)] = 1.0

    @property
    def limits(self) -> Limits:
        """The same, for the planner."""
        return Limits(
            hours_a_week=self.hours_a_week,
            nights=self.nights,
            most_days=self.most_days,
            most_nights=self.most_nights,
            not_on=frozenset(self.not_on),
        )


class PreferenceShape(_Shape):
    """Time that somebody would like to stand, or rather not, by the clock on the wall."""

    wants: bool
    days: tuple[Weekday, ...] = ()
    start: TimeOfDay = Field(default=time(0), alias="from")
    end: TimeOfDay = Field(default=time(0), alias="to")
    tier: Words | None = None
    first: date | None = None
    last: date | None = None

    @property
    def preference(self) -> Preference:
        """The same, for the planner; without days it means every day."""
        return Preference(
            wants=self.wants,
            weekdays=frozenset(self.days or range(7)),
            start=self.start,
            end=self.end,
            tier=self.tier,
            first=self.first,
            last=self.last,
        )


Wishes = Annotated[tuple[PreferenceShape, ...], Field(max_length=MOST_WISHES)]


class PlanWanted(_Shape):
    """What a plan is wanted for.

    Without `first_day` it begins on the first Monday that is a week away or more, so that people
    have notice; without `tiers` it plans all of the team's; a tier that `pattern` leaves out hands
    off as its rotations do, or at 08:00 and 20:00 where those have no plain week.
    """

    first_day: date | None = None
    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] = MOST_WEEKS
    tiers: tuple[Words, ...] | None = Field(default=None, min_length=1)
    pattern: dict[Words, Literal["12h", "day_night", "week"] | Handoffs] = Field(
        default_factory=dict
    )
    most_days: InARow | None = None
    most_nights: InARow | None = None
    seconds: Annotated[float, Field(ge=1, le=MOST_SECONDS)] = SECONDS
    limits: dict[Words, LimitsShape] = Field(default_factory=dict)
    preferences: dict[Words, Wishes] = Field(default_factory=dict)

    def handoffs_of(self, tier: str, first_weekday: int) -> tuple[Handoff, ...] | None:
        """When a tier is to hand off, if that is said; ValueError when it can't be read."""
        match self.pattern.get(tier):
            case None:
                return None
            case Handoffs() as own:
                return handoffs(own.handoffs)
            case str(name):
                return pattern(name, first_weekday)
