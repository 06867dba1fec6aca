"""What one person holds of a rota in the making, and what they may take besides."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from oncall.model import Tier
from oncall.planner.balance import Scale, wish
from oncall.planner.model import PersonAsked, PlanAsked
from oncall.planner.rules import most_days, most_nights
from oncall.planner.slots import Slot

_HOUR = timedelta(hours=1)


class Hand:
    """One person's shifts. ``able`` are those that they may take by themselves."""

    def __init__(
        self,
        asked: PlanAsked,
        person: PersonAsked,
        stands: Collection[Slot],
        scales: Sequence[Scale],
    ) -> None:
        self.staff = person.staff
        self.able = frozenset(stands)
        self._asked = asked
        self._person = person
        self._scales = scales
        self._loads = [0 for _ in scales]
        self._slots: set[Slot] = set()
        self._begins: dict[tuple[Tier, datetime], Slot] = {}
        self._ends: dict[tuple[Tier, datetime], Slot] = {}
        self._days: Counter[int] = Counter()
        self._nights: Counter[int] = Counter()
        self._wishes: dict[Slot, float] = {}
        for slot in stands:
            if slot.holder is not None:
                self.take(slot)

    def take(self, slot: Slot) -> None:
        """Have a shift from now on."""
        self._slots.add(slot)
        self._begins[slot.tier, slot.start] = self._ends[slot.tier, slot.end] = slot
        self._days.update(slot.days)
        self._nights.update(slot.nights)
        self._weigh(slot, 1)

    def give_back(self, slot: Slot) -> None:
        """Have a shift no longer."""
        self._slots.remove(slot)
        del self._begins[slot.tier, slot.start], self._ends[slot.tier, slot.end]
        self._days -= Counter(slot.days)
        self._nights -= Counter(slot.nights)
        self._weigh(slot, -1)

    def _weigh(self, slot: Slot, times: int) -> None:
        if slot.planned:
            for number, scale in enumerate(self._scales):
                self._loads[number] += times * scale.sizes[slot]

    def price(self, *taken: Slot, given: Sequence[Slot] = ()) -> float:
        """By how many points the rota is worse when they take some shifts and give others back."""
        points = sum(map(self._wish, taken)) - sum(map(self._wish, given))
        for load, scale in zip(self._loads, self._scales, strict=True):
            change = sum(scale.sizes[one] for one in taken)
            change -= sum(scale.sizes[one] for one in given)
            if change:
                points += scale.points(self.staff, load + change) - scale.points(self.staff, load)
        return points

    def _wish(self, slot: Slot) -> float:
        if not self._person.preferences:
            return 0.0
        if slot not in self._wishes:
            self._wishes[slot] = wish(self._asked, self._person, slot)
        return self._wishes[slot]

    def may(self, slot: Slot) -> bool:
        """Whether every rule lets them have a shift besides what they have."""
        return (
            slot in self.able
            and self._one_at_a_time_with_rest(slot)
            and _in_a_row(slot.days, self._days, most_days(self._asked, self._person))
            and _in_a_row(slot.nights, self._nights, most_nights(self._asked, self._person))
            and self._within_limits(slot)
        )

    def can_spare(self, slot: Slot) -> bool:
        """Whether the rest of their shifts goes together without one that they have.

        Without the day between two nights, what was one stint is two with too little rest.
        """
        before = self._ends.get((slot.tier, slot.start))
        if before is None or (slot.tier, slot.end) not in self._begins:
            return True
        return slot.end - slot.start >= self._asked.rest or not self._is_tired_after(before)

    def _one_at_a_time_with_rest(self, slot: Slot) -> bool:
        stint = [*self._before(slot), slot, *self._after(slot)]
        begins, ends = stint[0].start, stint[-1].end
        rest = self._asked.rest
        tired = any(one.nights for one in stint)
        for other in self._slots:
            if other.start >= ends + rest or other.end <= begins - rest or other in stint:
                continue
            if other.start < slot.end and slot.start < other.end:
                return False
            if other.start >= ends:
                if tired:
                    return False
            elif other.end <= begins and self._is_tired_after(other):
                return False
        return True

    def _before(self, slot: Slot) -> list[Slot]:
        found: list[Slot] = []
        while before := self._ends.get((slot.tier, slot.start)):
            found.insert(0, before)
            slot = before
        return found

    def _after(self, slot: Slot) -> list[Slot]:
        found: list[Slot] = []
        while after := self._begins.get((slot.tier, slot.end)):
            found.append(after)
            slot = after
        return found

    def _is_tired_after(self, slot: Slot) -> bool:
        return any(one.nights for one in (slot, *self._before(slot)))

    def _within_limits(self, slot: Slot) -> bool:
        limits, asked = self._person.limits, self._asked
        if limits.nights is not None:
            within = {night for night in self._nights if 0 <= night < asked.days}
            if len(within.union(slot.nights)) > limits.nights:
                return False
        if limits.hours_a_week is None:
            return True
        most = limits.hours_a_week * _HOUR
        return all(
            sum((other.within(begins, ends) for other in (*self._slots, slot)), timedelta()) <= most
            for begins, ends in asked.calendar_weeks
            if slot.within(begins, ends)
        )


def _in_a_row(new: range, had: Mapping[int, int], most: int | None) -> bool:
    if most is None or not new:
        return True
    first, last = new[0], new[-1]
    while first - 1 in had:
        first -= 1
    while last + 1 in had:
        last += 1
    return last - first < most or (first, last) == (new[0], new[-1])
