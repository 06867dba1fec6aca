"""How the load of a rota is shared: hours, nights, weekends and public holidays per person."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holidays import country_holidays

from oncall.model import Shift, StaffId, Tier
from oncall.rest import NIGHT
from oncall.wallclock import to_wall

SATURDAY = 5

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Share:
    """What one person carries: true lengths of time, and how many shifts it is made of.

    ``nights`` is the time between 22:00 and 06:00, ``weekends`` the time on Saturdays and Sundays,
    ``holidays`` the time on public holidays, each by the clock on the team's wall; an hour may
    count as several of them. Touching stretches of one person on one tier are one shift.
    ``night_shifts`` are the shifts that include any night hours.
    """

    hours: timedelta = timedelta()
    nights: timedelta = timedelta()
    weekends: timedelta = timedelta()
    holidays: timedelta = timedelta()
    shifts: int = 0
    night_shifts: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(
            hours=self.hours + other.hours,
            nights=self.nights + other.nights,
            weekends=self.weekends + other.weekends,
            holidays=self.holidays + other.holidays,
            shifts=self.shifts + other.shifts,
            night_shifts=self.night_shifts + other.night_shifts,
        )

    def times(self, factor: float) -> "Share":
        """A part of it, or a multiple; shifts are rounded to whole ones."""
        return Share(
            hours=self.hours * factor,
            nights=self.nights * factor,
            weekends=self.weekends * factor,
            holidays=self.holidays * factor,
            shifts=round(self.shifts * factor),
            night_shifts=round(self.night_shifts * factor),
        )


def shares(
    schedule: Mapping[Tier, Iterable[Shift]], zone: ZoneInfo, holidays: Collection[date]
) -> dict[StaffId, Share]:
    """What everybody who stands in ``schedule`` carries, over all of its tiers.

    Somebody who stands on two tiers at once carries both.
    """
    found: dict[StaffId, Share] = {}
    for tier in shares_by_tier(schedule, zone, holidays).values():
        for staff, share in tier.items():
            found[staff] = found.get(staff, Share()) + share
    return found


def shares_by_tier(
    schedule: Mapping[Tier, Iterable[Shift]], zone: ZoneInfo, holidays: Collection[date]
) -> dict[Tier, dict[StaffId, Share]]:
    """What everybody carries on each tier."""
    found: dict[Tier, dict[StaffId, Share]] = {}
    for tier, shifts in schedule.items():
        people = found[tier] = {}
        for shift in joined(shifts):
            share = measure(shift.start, shift.end, zone, holidays)
            people[shift.staff] = people.get(shift.staff, Share()) + share
    return found


def spread(shares: Mapping[StaffId, Share], equals: Iterable[Collection[StaffId]]) -> Share:
    """How far apart equals are at most: for every measure, the most less the least of a group.

    Somebody whom ``shares`` doesn't name carries nothing.
    """
    widest = [getattr(Share(), f.name) for f in fields(Share)]
    for group in equals:
        carried = [shares.get(staff, Share()) for staff in group] or [Share()]
        for place, field in enumerate(fields(Share)):
            values = [getattr(share, field.name) for share in carried]
            widest[place] = max(widest[place], max(values) - min(values))
    return Share(*widest)


def joined(shifts: Iterable[Shift]) -> Iterator[Shift]:
    """Touching shifts of one person on one tier as one shift, whatever each was held for."""
    last: Shift | None = None
    for shift in sorted(shifts, key=lambda one: one.start):
        if last and last.staff == shift.staff and last.end == shift.start:
            last = Shift(last.start, shift.end, last.staff, last.why)
            continue
        if last:
            yield last
        last = shift
    if last:
        yield last


def measure(start: datetime, end: datetime, zone: ZoneInfo, holidays: Collection[date]) -> Share:
    """What one shift [start, end) weighs."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    nights = weekends = festive = timedelta()
    for begins, ends in _by_the_wall(start, end, zone):
        nights += _at_night(begins, ends)
        for day, length in _by_day(begins, ends):
            weekends += length if day.weekday() >= SATURDAY else timedelta()
            festive += length if day in holidays else timedelta()
    return Share(end - start, nights, weekends, festive, 1, 1 if nights else 0)


def public_holidays(
    region: str, years: Iterable[int], extra: Collection[date] = ()
) -> frozenset[date]:
    """The public holidays of a region in some years, with the ``extra`` days.

    ``region`` is a country, or a country and its part, as the ``holidays`` package writes them:
    ``US``, ``US-OR``; empty for none. ValueError when there is no such region.
    """
    return frozenset(holiday_names(region, years)) | frozenset(extra)


def holiday_names(region: str, years: Iterable[int]) -> dict[date, str]:
    """The public holidays of a region with their names; as :func:`public_holidays` otherwise."""
    if not region:
        return {}
    country, _, part = region.partition("-")
    try:
        return dict(country_holidays(country, subdiv=part or None, years=years))
    except NotImplementedError:
        raise ValueError(
            f'No public holidays are known for "{region}": give a country such as US, or a '
            "country and its part such as US-OR."
        ) from None


def _by_the_wall(
    start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Yield [start, end) as the wall shows it, in pieces within which the clocks don't change."""
    while start < end:
        until = _clocks_change(start, min(start + _DAY, end), zone)
        begins = to_wall(start, zone)
        yield begins, begins + (until - start)
        start = until


def _clocks_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant after ``start`` at which the clocks change, or else ``end``.

    ``end`` is a day away at most: no zone changes its clocks there and back within a day.
    """
    offset = start.astimezone(zone).utcoffset()
    if (end - datetime.resolution).astimezone(zone).utcoffset() == offset:
        return end
    low = start.replace(microsecond=0)
    seconds = range((end - low) // _SECOND + 1)
    changed = bisect_left(
        seconds,
        True,
        key=lambda second: (low + _SECOND * second).astimezone(zone).utcoffset() != offset,
    )
    return low + _SECOND * changed


def _at_night(begins: datetime, ends: datetime) -> timedelta:
    """Return how much of [begins, ends), as the wall shows it, lies between 22:00 and 06:00."""
    found = timedelta()
    day = begins.date() - _DAY
    while day <= ends.date():
        falls = datetime.combine(day, NIGHT.start)
        breaks = datetime.combine(day + _DAY, NIGHT.end)
        found += max(min(ends, breaks) - max(begins, falls), timedelta())
        day += _DAY
    return found


def _by_day(begins: datetime, ends: datetime) -> Iterator[tuple[date, timedelta]]:
    """Yield the days that [begins, ends) touches, and how much of each."""
    while begins < ends:
        midnight = datetime.combine(begins.date() + _DAY, _MIDNIGHT)
        yield begins.date(), min(midnight, ends) - begins
        begins = midnight
