"""What a node knows without its database: two days of the final schedule, and more."""

from datetime import timedelta

from dispatch.commands import time_off
from dispatch.commands.rota_edits import By
from oncall.ladder import Ladder
from oncall.model import TimeOff
from tests.scenarios.ridge import Ridge, wall

HOURS = 48
"""How far ahead a node must know who is on call without asking anybody."""


def test_two_days_of_final_schedule_are_in_memory_with_overrides_and_time_off(
    ridge: Ridge,
) -> None:
    """Cho has Thursday's night and is away from midnight; Gus stands in for Ben's first hours."""
    ridge.put_on("gus", "2026-11-27 17:00", "2026-11-27 20:00")
    with ridge.work() as work:
        away = TimeOff(wall("2026-11-27 00:00"), wall("2026-11-27 08:00"))
        time_off.add_time_off(work, "cho", away, By("Eli Sample", "a test"))
    with ridge.work.reading():
        pass  # as any look does, this has brought the copy up to date
    begins = ridge.clock.at
    asked = [begins + timedelta(minutes=30 * n) for n in range(HOURS * 2 + 1)]
    with ridge.work.reading() as work:
        truth = [work.directory.ladder("north", at) for at in asked]
    ridge.engine.dispose()
    known = ridge.work.directory.latest

    def primary(ladder: Ladder) -> str | None:
        return ladder.rungs[0].staff

    assert [known.ladder("north", at) for at in asked] == truth
    on_call = {at: primary(known.ladder("north", at)) for at in asked}
    assert on_call[wall("2026-11-26 23:30")] == "cho"
    assert on_call[wall("2026-11-27 03:00")] is None, "time off is known: this rung is passed"
    assert on_call[wall("2026-11-27 12:00")] == "ana"
    assert on_call[wall("2026-11-27 18:00")] == "gus"
    assert on_call[wall("2026-11-27 22:00")] == "ben"
    assert {known.ladder("north", at).rungs[1].staff for at in asked} == {"dee"}
