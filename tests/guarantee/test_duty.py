"""Who stood is written down as it passes: a rota may change later, the past may not."""

from datetime import timedelta

from dispatch.commands import rota_edits
from dispatch.commands.duty import duty, schedule_of, write_down
from dispatch.commands.rota_edits import By
from oncall.model import Every, Rotation, Unit
from oncall.schedule import final_schedule
from oncall.store import lock_rotas
from tests.guarantee.office import MONDAY, Office

WEEK = timedelta(weeks=1)
LONG_AGO = MONDAY.replace(tzinfo=None, hour=9) - timedelta(days=56)


def _let_cho_do_everything(office: Office) -> None:
    rotations = [
        Rotation(tier, "cho", LONG_AGO, Every(1, Unit.WEEK), ("cho",))
        for tier in ("primary", "backup")
    ]
    with office.work() as work:
        rota_edits.set_rotations(work, "north", rotations, By("Eli Sample"))


def test_a_changed_rotation_does_not_change_who_stood(office: Office) -> None:
    office.later(days=10)
    _let_cho_do_everything(office)
    with office.look() as work:
        stood = schedule_of(work, "north", MONDAY, work.now + WEEK)["primary"]
    assert [shift.staff for shift in stood] == ["ana", "ben", "cho"]
    assert stood[0].start == MONDAY
    assert stood[1].end == stood[2].start == MONDAY + timedelta(days=10)


def test_writing_down_piece_by_piece_is_the_same_as_at_once(office: Office) -> None:
    for _ in range(40):
        office.later(hours=7, minutes=13)
        with office.work() as work:
            lock_rotas(work.session)
            write_down(work)
    with office.look() as work:
        pieces = duty(work, "north", MONDAY, work.now)
        rota = work.directory.teams["north"].rota
        for tier in rota.tiers:
            assert pieces[tier] == final_schedule(rota, tier, MONDAY, work.now)


def test_before_the_first_load_nothing_is_claimed(office: Office) -> None:
    office.later(days=1)
    with office.work() as work:
        lock_rotas(work.session)
        write_down(work)
        assert duty(work, "north", MONDAY - WEEK, MONDAY) == {}


def test_what_is_not_written_down_yet_comes_from_the_rota(office: Office) -> None:
    office.later(days=3)
    with office.look() as work:
        shifts = schedule_of(work, "north", MONDAY, work.now)["primary"]
    assert [(shift.staff, shift.start) for shift in shifts] == [("ana", MONDAY)]
