"""Finds out why no rota keeps every rule: which of them collide, and where at first."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ortools.sat.python.cp_model import INFEASIBLE, CpSolver

from oncall.planner.model import Collision, PlanAsked
from oncall.planner.roster import Roster
from oncall.planner.rules import Rule, RuleKind, rules
from oncall.planner.slots import Slot, slots
from oncall.planner.words import not_every_rule

_EACH = 4.0
_ALTOGETHER = 20.0
"""Seconds for one search, and for all that is done: what isn't shown by then counts as possible."""

_DROPPED_FIRST = (
    RuleKind.STANDS,
    RuleKind.NIGHTS,
    RuleKind.HOURS_A_WEEK,
    RuleKind.MOST_NIGHTS,
    RuleKind.MOST_DAYS,
    RuleKind.REST,
    RuleKind.NOT_ON,
    RuleKind.DISTINCT,
    RuleKind.AWAY,
    RuleKind.REQUIRES,
)
"""Which rules are given up first where several would do: what is left is what people look for."""


def explain(asked: PlanAsked, elapsed: Callable[[], float]) -> tuple[Collision, ...]:
    """The first place at which rules collide, with a set of them of which none can be left out.

    For a plan that is known to be impossible. ``elapsed`` says how many seconds have passed since
    it was asked.
    """
    judge = _Judge(asked, elapsed)
    tiers = {tier.tier for tier in asked.tiers}
    window = judge.earliest([slot for slot in slots(asked) if slot.tier in tiers])
    for tier in asked.tiers:
        others = [slot for slot in window if slot.tier != tier.tier]
        if others and judge.impossible(others):
            window = others
    judge.fewest(window)
    return (not_every_rule(asked, judge.rules, window),)


class _Judge:
    """Tells whether some of the shifts can be given out under some of the rules.

    What people stand anyway is minded wherever it lies.
    """

    def __init__(self, asked: PlanAsked, elapsed: Callable[[], float]) -> None:
        self.rules: tuple[Rule, ...] = rules(asked)
        self._asked = asked
        self._held = [slot for slot in slots(asked) if slot.holder is not None]
        self._elapsed = elapsed
        self._until = elapsed() + _ALTOGETHER

    def impossible(self, window: Sequence[Slot], kept: Iterable[Rule] | None = None) -> bool:
        """Whether it is certain that no rota of these shifts keeps these rules, or all."""
        if self._elapsed() >= self._until:
            return False
        begun = {(slot.tier, slot.start) for slot in window}
        held = [
            replace(slot, planned=False)
            for slot in self._held
            if (slot.tier, slot.start) not in begun
        ]
        kept = self.rules if kept is None else tuple(kept)
        roster = Roster(self._asked, kept, [*window, *held])
        left = max(self._until - self._elapsed(), 0.0)  # the model takes its time too
        solver = CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self._asked.seed
        solver.parameters.max_time_in_seconds = min(left, _EACH)
        return solver.solve(roster.model) == INFEASIBLE

    def earliest(self, planned: Sequence[Slot]) -> list[Slot]:
        """The shortest run of shifts that can't be given out, of those the one that ends first."""
        starts = sorted({slot.start for slot in planned})

        def within(first: int, last: int) -> list[Slot]:
            return [slot for slot in planned if starts[first] <= slot.start <= starts[last]]

        # What is impossible stays so with more shifts: so both ends are found by halving.
        last = bisect_left(
            range(len(starts) - 1), True, key=lambda last: self.impossible(within(0, last))
        )
        possible = bisect_left(
            range(last + 1), True, key=lambda first: not self.impossible(within(first, last))
        )
        return within(max(possible - 1, 0), last)

    def fewest(self, window: Sequence[Slot]) -> None:
        """Keep only rules of which each is needed for the collision in these shifts."""
        for kind in _DROPPED_FIRST:
            some = [rule for rule in self.rules if rule.kind is kind]
            if some and not self._drop(window, some):
                for rule in some:
                    self._drop(window, [rule])

    def _drop(self, window: Sequence[Slot], some: Sequence[Rule]) -> bool:
        kept = tuple(rule for rule in self.rules if rule not in some)
        if self.impossible(window, kept):
            self.rules = kept
            return True
        return False
