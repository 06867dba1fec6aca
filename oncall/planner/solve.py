"""Finds a rota with OR-Tools CP-SAT: any at first, then the most even one within the time."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from threading import Lock

from ortools.sat.python.cp_model import (
    CpSolver,
    CpSolverSolutionCallback,
    CpSolverStatus,
    IntVar,
    LinearExpr,
    LinearExprT,
)

from oncall.fairness import joined, shares, spread
from oncall.model import Shift, StaffId, Stint, Tier
from oncall.planner.balance import Scale, equals, scales, wish, with_the_past
from oncall.planner.counting import counted_out
from oncall.planner.explain import explain
from oncall.planner.guess import guess
from oncall.planner.model import Draft, Impossible, NothingFound, PlanAsked, Progress
from oncall.planner.roster import Known, Roster
from oncall.planner.rules import rules
from oncall.planner.slots import Slot

WORKERS = 2
"""A crisis service runs beside the search: it gets two threads, and the worker a low priority."""

CLOSE_ENOUGH = 0.01
"""At this distance from the best the search ends before its time."""

_POINT = 1000
"""The solver counts in whole numbers: this many are one point."""

_NEAR = 100
"""Within so many steps of somebody's share their load is weighed exactly."""

_HIGHEST = 10**12
_FIRST_PART = 0.5
"""The part of the time within which any rota at all is looked for."""


def plan(
    asked: PlanAsked, tell: Callable[[Progress], None], elapsed: Callable[[], float]
) -> Draft | Impossible:
    """Propose a rota, or say which rules collide.

    ``tell`` hears of every better rota on the way, and at last of the one that is proposed.
    ``elapsed`` says how many seconds have passed since it was asked. Raises NothingFound when the
    time is up before either is known.
    """
    if collisions := counted_out(asked):
        return Impossible(collisions)
    watcher = _Watcher(tell, elapsed)
    found = _search(asked, watcher, elapsed)
    if isinstance(found, Draft):
        watcher.end(found)
    return found


def _search(
    asked: PlanAsked, watcher: "_Watcher", elapsed: Callable[[], float]
) -> Draft | Impossible:
    roster = Roster(asked, rules(asked))
    first = _any_at_all(roster)
    if first is None:
        return Impossible(explain(asked, elapsed))
    _ask_for_even(roster, first)
    solver = _solver(asked, asked.seconds - elapsed())
    solver.best_bound_callback = watcher.on_bound
    status = solver.solve(roster.model, watcher)
    if status == CpSolverStatus.INFEASIBLE:
        return Impossible(explain(asked, elapsed))
    if status in (CpSolverStatus.OPTIMAL, CpSolverStatus.FEASIBLE):
        points, bound = solver.objective_value / _POINT, solver.best_objective_bound / _POINT
        return _draft(roster, _holders(roster, solver), points, bound, elapsed())
    if _is_complete(roster, first):
        return _draft(roster, first, *_points_by_hand(roster, first), elapsed())
    raise NothingFound(
        f"No rota was found within {asked.seconds:.0f} seconds, and none was ruled out: "
        "allow more time, plan fewer weeks, or loosen a limit."
    )


def _any_at_all(roster: Roster) -> Mapping[Slot, StaffId] | None:
    """A rota to begin with, as far as one was found in time; None when there is none at all."""
    chosen = guess(roster)
    if _is_complete(roster, chosen):
        return chosen
    roster.hint(chosen)
    solver = _solver(roster.asked, roster.asked.seconds * _FIRST_PART)
    match solver.solve(roster.model):
        case CpSolverStatus.INFEASIBLE:
            return None
        case CpSolverStatus.OPTIMAL | CpSolverStatus.FEASIBLE:
            return _holders(roster, solver)
        case _:
            return chosen


def _is_complete(roster: Roster, chosen: Mapping[Slot, StaffId]) -> bool:
    return all(slot.holder is not None or slot in chosen for slot in roster.planned)


def _holders(roster: Roster, solver: CpSolver) -> dict[Slot, StaffId]:
    """Who has each shift in what the search has found."""
    return {
        slot: staff
        for staff, theirs in roster.stands.items()
        for slot, literal in theirs.items()
        if slot.planned and solver.boolean_value(literal)
    }


def _ask_for_even(roster: Roster, first: Mapping[Slot, StaffId]) -> None:
    """Make the search look for the most even rota, beginning with the first."""
    known = roster.hint(first)
    terms: list[LinearExprT] = []
    for scale in scales(roster.asked, roster.planned):
        terms += [_points(roster, scale, staff, known) for staff in roster.stands]
    for person in roster.asked.people:
        for slot, literal in roster.stands[person.staff].items():
            if slot.holder is None and (points := wish(roster.asked, person, slot)):
                terms.append(round(_POINT * points) * literal)
    roster.model.minimize(LinearExpr.sum(terms))


def _points(roster: Roster, scale: Scale, staff: StaffId, known: Known) -> IntVar:
    """A variable for how bad somebody's load is, which the search pushes down to its least.

    The square is drawn as a chain of straight lines between whole steps of the load: exact there,
    and so tight that the best rota can be told from its bound.
    """
    model = roster.model
    theirs = [(slot, is_on) for slot, is_on in roster.stands[staff].items() if slot.planned]
    sizes = [scale.sizes[slot] for slot, _ in theirs]
    most = sum(sizes)
    load = model.new_int_var(0, most, "")
    model.add(load == LinearExpr.weighted_sum([is_on for _, is_on in theirs], sizes))
    points = model.new_int_var(0, _HIGHEST, "")
    lines = [_line(scale, staff, low, high) for low, high in pairwise(_steps(scale, staff, most))]
    for slope, height in lines:
        model.add(points >= slope * load + height)
    carried = sum(size for size, (_, is_on) in zip(sizes, theirs, strict=True) if known(is_on))
    model.add_hint(load, carried)
    model.add_hint(points, max(0, *(slope * carried + height for slope, height in lines)))
    return points


def _steps(scale: Scale, staff: StaffId, most: int) -> list[int]:
    """Loads from none to the most: every whole step near somebody's share, none far from it."""
    share = round(scale.owed[staff] * scale.typical / scale.grid)
    near = range(max(share - _NEAR, 1) * scale.grid, (share + _NEAR) * scale.grid, scale.grid)
    return [0, *(load for load in near if load < most), max(most, 1)]


def _line(scale: Scale, staff: StaffId, low: int, high: int) -> tuple[int, int]:
    """The slope and the height at zero of the line between the points of two loads."""
    at, to = _POINT * scale.points(staff, low), _POINT * scale.points(staff, high)
    slope = round((to - at) / (high - low))
    return slope, round(at) - slope * low


class _Watcher(CpSolverSolutionCallback):
    """Tells how the search is coming on, from whichever thread finds something."""

    def __init__(self, tell: Callable[[Progress], None], elapsed: Callable[[], float]) -> None:
        super().__init__()
        self._tell = tell
        self._elapsed = elapsed
        self._one_at_a_time = Lock()
        self._found = 0
        self._best: float | None = None
        self._bound = 0.0

    def on_solution_callback(self) -> None:
        """Tell of a better rota."""
        with self._one_at_a_time:
            self._found += 1
            self._best = self.objective_value / _POINT
            self._say()

    def on_bound(self, bound: float) -> None:
        """Tell of a better bound."""
        with self._one_at_a_time:
            self._bound = bound / _POINT
            self._say()

    def end(self, draft: Draft) -> None:
        """Tell of what is proposed: where no time was left to search, nothing was told before."""
        with self._one_at_a_time:
            self._found = max(self._found, 1)
            self._best, self._bound = draft.points, draft.bound
            self._say()

    def _say(self) -> None:
        self._tell(Progress(self._found, self._best, self._bound, self._elapsed()))


def _solver(asked: PlanAsked, seconds: float) -> CpSolver:
    solver = CpSolver()
    solver.parameters.num_workers = WORKERS
    solver.parameters.random_seed = asked.seed
    solver.parameters.max_time_in_seconds = max(seconds, 0.1)
    solver.parameters.relative_gap_limit = CLOSE_ENOUGH
    # Told apart by name alone, people are alike: but breaking the symmetry breaks the first rota.
    solver.parameters.symmetry_level = 0
    return solver


def _points_by_hand(roster: Roster, holders: Mapping[Slot, StaffId]) -> tuple[float, float]:
    """The points of a rota, and what none can be below, for want of a search."""
    points = bound = 0.0
    for scale in scales(roster.asked, roster.planned):
        for staff in roster.stands:
            theirs = (slot for slot in roster.planned if staff in (slot.holder, holders.get(slot)))
            points += scale.points(staff, sum(scale.sizes[slot] for slot in theirs))
    for person in roster.asked.people:
        for slot in roster.stands[person.staff]:
            if slot.holder is None:
                wished = wish(roster.asked, person, slot)
                points += wished if holders.get(slot) == person.staff else 0.0
                bound += min(wished, 0.0)
    return points, bound


def _draft(
    roster: Roster, holders: Mapping[Slot, StaffId], points: float, bound: float, seconds: float
) -> Draft:
    asked = roster.asked
    schedule: dict[Tier, list[Shift]] = {}
    for slot in roster.planned:
        holder = slot.holder or holders[slot]
        schedule.setdefault(slot.tier, []).append(Shift(slot.start, slot.end, holder, ""))
    carried = shares(schedule, asked.zone, asked.holidays)
    return Draft(
        tiers={
            tier.tier: tuple(
                Stint(shift.start, shift.end, shift.staff) for shift in joined(schedule[tier.tier])
            )
            for tier in asked.tiers
        },
        shares=carried,
        spread=spread(with_the_past(asked, carried), equals(asked)),
        points=points,
        bound=bound,
        seconds=seconds,
    )
