"""Who takes which shift, as a model of CP-SAT that holds the rules of a plan."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

from oncall.model import StaffId, Tier
from oncall.planner.model import PersonAsked, PlanAsked
from oncall.planner.rules import Rule, RuleKind, may_take, most_days, most_nights
from oncall.planner.slots import Slot, fixed_slots, slots

Literal = IntVar | int
"""Whether somebody takes a shift: for the search to say, or known."""

Known = Callable[[Literal], bool]
"""What a literal says in a rota at hand."""

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


class Roster:
    """A model of who takes which shift, under the rules given.

    ``stands[staff]`` holds, for every shift that a person may take by those rules, the literal that
    says whether they do, in order of time; a shift that is theirs anyway has the literal 1.
    """

    def __init__(
        self, asked: PlanAsked, rules: Collection[Rule], planned: Sequence[Slot] | None = None
    ) -> None:
        self.asked = asked
        self.model = CpModel()
        self.stands: dict[StaffId, dict[Slot, Literal]] = {}
        self._follows: list[tuple[IntVar, Callable[[Known], bool]]] = []
        self._rules = frozenset(rules)
        self.planned = list(self._as_they_stand(slots(asked) if planned is None else planned))
        around = self._as_they_stand(fixed_slots(asked))
        self._all = sorted([*around, *self.planned], key=lambda slot: (slot.start, slot.end))
        for person in asked.people:
            self.stands[person.staff] = dict(self._literals(person))
        self._somebody_on_every_shift()
        for person in asked.people:
            self._keep_rules_of(person)

    def hint(self, chosen: Mapping[Slot, StaffId]) -> Known:
        """Let the search begin with these holders; what follows from them is hinted too."""
        values: dict[int, bool] = {}

        def known(literal: Literal) -> bool:
            return values[literal.index] if isinstance(literal, IntVar) else bool(literal)

        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for staff, theirs in self.stands.items():
            for slot, literal in theirs.items():
                if isinstance(literal, IntVar):
                    values[literal.index] = chosen.get(slot) == staff
                    self.model.add_hint(literal, values[literal.index])
        for literal, follows in self._follows:
            values[literal.index] = follows(known)
            self.model.add_hint(literal, values[literal.index])
        return known

    def _has(self, kind: RuleKind, staff: StaffId | None = None) -> bool:
        return Rule(kind, staff) in self._rules

    def _as_they_stand(self, some: Iterable[Slot]) -> Iterator[Slot]:
        """Yield shifts, without those of people whose fixed shifts are no rule here.

        On a tier that is planned such a shift is for somebody all the same.
        """
        people = {person.staff for person in self.asked.people}
        tiers = {tier.tier for tier in self.asked.tiers}
        for slot in some:
            if slot.holder not in people or self._has(RuleKind.STANDS, slot.holder):
                yield slot
            elif slot.planned and slot.tier in tiers:
                yield replace(slot, holder=None)

    def _literals(self, person: PersonAsked) -> Iterator[tuple[Slot, Literal]]:
        for slot in self._all:
            if slot.holder is not None:
                if slot.holder == person.staff:
                    yield slot, 1
            elif may_take(self.asked, person, slot, self._rules):
                yield slot, self.model.new_bool_var("")

    def _somebody_on_every_shift(self) -> None:
        takers: dict[Slot, list[Literal]] = {slot: [] for slot in self.planned}
        for theirs in self.stands.values():
            for slot, literal in theirs.items():
                if slot in takers:
                    takers[slot].append(literal)
        for slot, literals in takers.items():
            if slot.holder is None:
                self.model.add_exactly_one(literals)

    def _keep_rules_of(self, person: PersonAsked) -> None:
        staff, limits = person.staff, person.limits
        theirs = self.stands[staff]
        if self._has(RuleKind.DISTINCT):
            self._one_tier_at_a_time(theirs)
        if self._has(RuleKind.REST):
            self._rest(theirs)
        if self._has(RuleKind.MOST_DAYS, staff):
            self._in_a_row(theirs, "days", most_days(self.asked, person) or 1)
        if self._has(RuleKind.MOST_NIGHTS, staff):
            self._in_a_row(theirs, "nights", most_nights(self.asked, person) or 1)
        if self._has(RuleKind.HOURS_A_WEEK, staff) and limits.hours_a_week is not None:
            self._hours_a_week(theirs, limits.hours_a_week * _HOUR)
        if self._has(RuleKind.NIGHTS, staff) and limits.nights is not None:
            touched = self._touched(theirs, "nights")
            within = [touched[n] for n in touched if 0 <= n < self.asked.days]
            self._at_most(within, limits.nights)

    def _one_tier_at_a_time(self, theirs: dict[Slot, Literal]) -> None:
        # Shifts that all overlap one another share the instant at which the last of them starts.
        now: list[Slot] = []
        for start, some in groupby(theirs, key=lambda slot: slot.start):
            now = [slot for slot in now if slot.end > start] + list(some)
            free = [theirs[slot] for slot in now if slot.holder is None]
            if len(free) < len(now):
                for literal in free:
                    self.model.add(literal == 0)
            elif len(free) > 1:
                self.model.add_at_most_one(free)

    def _rest(self, theirs: dict[Slot, Literal]) -> None:
        """Keep whoever stood at night off every tier for a while after their stint ends.

        Touching shifts of one person on one tier are one stint, so a stint that began at night
        asks for rest at its end, even when that is in the evening of the following day.
        """
        tired: dict[tuple[Tier, datetime], Literal] = {}
        begins = {(slot.tier, slot.start): slot for slot in theirs}
        order = list(theirs)
        starts = [slot.start for slot in order]
        for place, slot in enumerate(order):
            literal = self._tired_after(slot, theirs[slot], tired.get((slot.tier, slot.start)))
            if literal is None:
                continue
            tired[slot.tier, slot.end] = literal
            goes_on = begins.get((slot.tier, slot.end))
            first = bisect_left(starts, slot.end, place)
            last = bisect_left(starts, slot.end + self.asked.rest, first)
            after = (o for o in order[first:last] if (o.tier, o.start) != (slot.tier, slot.end))
            for start, others in groupby(after, key=lambda other: other.start):
                soon = [theirs[other] for other in others]
                if goes_on is None or (start < goes_on.end and self._has(RuleKind.DISTINCT)):
                    self._not_both(literal, soon, 0)
                else:
                    self._not_both(literal, soon, theirs[goes_on])

    def _not_both(self, tired: Literal, soon: Sequence[Literal], goes_on: Literal) -> None:
        """Forbid to stand soon after a tiring stint, unless the stint itself goes on.

        Where both are theirs anyway, that is no fault of the plan's, and none that it could mend.
        """
        free = [literal for literal in soon if isinstance(literal, IntVar)]
        if len(free) < len(soon) and isinstance(tired, IntVar):
            self.model.add(LinearExpr.sum([tired]) <= goes_on)
        if isinstance(goes_on, IntVar):
            self.model.add(LinearExpr.sum([tired, *free]) <= 1 + goes_on)
        elif not goes_on:
            self.model.add_at_most_one([tired, *free])

    def _tired_after(
        self, slot: Slot, stands: Literal, tired_before: Literal | None
    ) -> Literal | None:
        if slot.nights:
            return stands
        if tired_before is None:
            return None
        if not isinstance(stands, IntVar):
            return tired_before
        if not isinstance(tired_before, IntVar):
            return stands
        literal = self.model.new_bool_var("")
        self.model.add(LinearExpr.sum([stands, tired_before]) <= 1 + literal)
        self._follows.append((literal, lambda known: known(stands) and known(tired_before)))
        return literal

    def _in_a_row(self, theirs: dict[Slot, Literal], what: str, most: int) -> None:
        touched = self._touched(theirs, what)
        for first in range(-most, self.asked.days):
            window = range(first, first + most + 1)
            if not all(number in touched for number in window):
                continue
            whole = [
                literal
                for slot, literal in theirs.items()
                if (got := getattr(slot, what)) and got[0] <= first and got[-1] >= window[-1]
            ]
            self._at_most([touched[number] for number in window], most, whole)

    def _touched(self, theirs: dict[Slot, Literal], what: str) -> dict[int, Literal]:
        """Literals that are true when the person stands on a day, or in a night, at all."""
        found: dict[int, Literal] = {}
        by_number: dict[int, list[Slot]] = defaultdict(list)
        for slot in theirs:
            for number in getattr(slot, what):
                by_number[number].append(slot)
        for number, some in by_number.items():
            if any(slot.holder is not None for slot in some):
                found[number] = 1
                continue
            found[number] = stands = self._stands_on_any([theirs[slot] for slot in some])
            for _, together in groupby(some, key=lambda slot: slot.start):
                literals = [theirs[slot] for slot in together]
                if self._has(RuleKind.DISTINCT):
                    self.model.add_at_most_one([*literals, ~stands])
                    continue
                for literal in literals:
                    self.model.add_implication(literal, stands)
        return found

    def _stands_on_any(self, literals: Sequence[Literal]) -> IntVar:
        found = self.model.new_bool_var("")
        self._follows.append((found, lambda known: any(map(known, literals))))
        return found

    def _hours_a_week(self, theirs: dict[Slot, Literal], most: timedelta) -> None:
        for begins, ends in self.asked.calendar_weeks:
            left, terms = most, []
            for slot, literal in theirs.items():
                length = slot.within(begins, ends)
                if slot.holder is None:
                    terms.append(length // _SECOND * literal)
                else:
                    left -= length
            self.model.add(LinearExpr.sum(terms) <= max(left // _SECOND, 0))

    def _at_most(
        self, literals: Sequence[Literal], most: int, besides: Sequence[Literal] = ()
    ) -> None:
        if any(isinstance(literal, IntVar) for literal in literals):
            self.model.add(LinearExpr.sum(literals) <= most + LinearExpr.sum(besides))
