"""Two changes at the same moment that only together open a gap don't both pass."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch.commands import agencies, rota_edits
from dispatch.commands.guarantee import GapsOpened
from dispatch.commands.rota_edits import By
from dispatch.commands.time_off import add_time_off
from dispatch.unit_of_work import UnitOfWork
from oncall.model import Override, OverrideKind, TimeOff
from tests.databases import until_somebody_waits
from tests.guarantee.office import Office, at, office_agency

START, END = at("2026-03-03 22:00"), at("2026-03-04 06:00")

RESERVE = "{tier: primary, name: reserve, starts: 2026-01-05T09:00, every: 1 week, order: [cho]}"

TWO_LAYERS = f"""    rotations:
      - {{tier: primary, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ana]}}
      - {RESERVE}
      - {{tier: backup, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ben]}}
"""

WITHOUT_RESERVE = TWO_LAYERS.replace(f"      - {RESERVE}\n", "")

LEAD = By("Eli Sample")


Edit = Callable[[UnitOfWork], object]


def off(staff: str) -> Edit:
    """A lead takes somebody off."""
    override = Override("primary", START, END, staff, kind=OverrideKind.REMOVE)
    return lambda work: rota_edits.add_override(work, "north", override, LEAD)


def away(staff: str) -> Edit:
    """Somebody is away."""
    return lambda work: add_time_off(work, staff, TimeOff(START, END), LEAD)


def load_without_reserve(work: UnitOfWork) -> None:
    """The file is loaded again without Cho's layer."""
    agencies.load(work, office_agency(rotations=WITHOUT_RESERVE))


def _passes(office: Office, edit: Edit, ready: threading.Barrier) -> bool:
    """Make a change in a transaction of its own, begun when the other has begun too."""
    try:
        with office.work() as work:
            assert work.directory.teams["north"].rota.overrides == ()  # both see the same rota
            ready.wait(10)
            edit(work)
    except GapsOpened:
        return False
    return True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (off("ana"), off("cho")),
        (away("ana"), away("cho")),
        (off("ana"), away("cho")),
        (away("ana"), load_without_reserve),
    ],
    ids=["override and override", "away and away", "override and away", "away and load"],
)
def test_only_one_of_two_that_together_open_a_gap_passes(
    office: Office, one: Edit, other: Edit
) -> None:
    """Ana and Cho both stand for the same hours; either may go, not both."""
    office.open(office_agency(rotations=TWO_LAYERS))
    ready = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(_passes, office, edit, ready) for edit in (one, other)]
        passed = [one.result(30) for one in both]
    assert sorted(passed) == [False, True]
    assert office.coverage().covered


def test_the_second_waits_for_the_first_and_judges_what_it_has_written(office: Office) -> None:
    """The same, step by step: the second is seen waiting for the lock, then refused."""
    office.open(office_agency(rotations=TWO_LAYERS))
    refused: list[bool] = []

    def second() -> None:
        try:
            with office.work() as work:
                off("cho")(work)
        except GapsOpened:
            refused.append(True)

    with office.work() as work:
        off("ana")(work)
        other = threading.Thread(target=second)
        other.start()
        until_somebody_waits(office.engine)
        assert other.is_alive()
    other.join(30)
    assert refused == [True]
    assert office.coverage().covered
