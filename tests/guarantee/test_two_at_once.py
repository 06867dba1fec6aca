"""Two changes at the same moment that only together open a gap don't both pass."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import text

from dispatch.commands import rota_edits
from dispatch.commands.guarantee import GapsOpened
from dispatch.commands.rota_edits import By
from oncall.model import Override, OverrideKind
from tests.guarantee.office import Office, at, office_agency

START, END = at("2026-03-03 22:00"), at("2026-03-04 06:00")

TWO_LAYERS = """    rotations:
      - {tier: primary, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ana]}
      - {tier: primary, name: reserve, starts: 2026-01-05T09:00, every: 1 week, order: [cho]}
      - {tier: backup, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ben]}
"""


def _take_off(office: Office, staff: str, ready: threading.Barrier) -> bool:
    """Take somebody off in a transaction of one's own, begun when the other has begun too."""
    override = Override("primary", START, END, staff, kind=OverrideKind.REMOVE)
    try:
        with office.work() as work:
            assert work.directory.teams["north"].rota.overrides == ()  # both see the same rota
            ready.wait(10)
            rota_edits.add_override(work, "north", override, By("Eli Sample"))
    except GapsOpened:
        return False
    return True


def test_only_one_of_two_that_together_open_a_gap_passes(office: Office) -> None:
    """Ana and Cho both stand for the same hours; either may go, not both."""
    office.open(office_agency(rotations=TWO_LAYERS))
    ready = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        both: list[Future[bool]] = [
            pool.submit(_take_off, office, staff, ready) for staff in ("ana", "cho")
        ]
        passed = [one.result(30) for one in both]
    assert sorted(passed) == [False, True]
    assert office.coverage().covered
    with office.look() as work:
        assert len(work.directory.teams["north"].rota.overrides) == 1


def test_the_second_waits_for_the_first_and_judges_what_it_has_written(office: Office) -> None:
    """The same, step by step: the second is seen waiting for the lock, then refused."""
    office.open(office_agency(rotations=TWO_LAYERS))
    off_ana = Override("primary", START, END, "ana", kind=OverrideKind.REMOVE)
    off_cho = Override("primary", START, END, "cho", kind=OverrideKind.REMOVE)
    refused: list[bool] = []

    def second() -> None:
        try:
            with office.work() as work:
                rota_edits.add_override(work, "north", off_cho, By("Eli Sample"))
        except GapsOpened:
            refused.append(True)

    with office.work() as work:
        rota_edits.add_override(work, "north", off_ana, By("Eli Sample"))
        other = threading.Thread(target=second)
        other.start()
        _until_somebody_waits(office)
        assert other.is_alive()
    other.join(30)
    assert refused == [True]
    assert office.coverage().covered


def _until_somebody_waits(office: Office) -> None:
    """Watch PostgreSQL's own list of who waits for a lock."""
    waiting = text("select count(*) from pg_locks where not granted")
    pause = threading.Event()
    for _ in range(500):
        with office.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        pause.wait(0.01)
    raise AssertionError("nobody waits for the rotas")
