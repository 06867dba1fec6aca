"""The fairness report: what everybody carried and will carry, and how often they were woken."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from dispatch.commands import rota_edits
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.commands.fairness import Load, fairness, shares_of_past
from dispatch.commands.rota_edits import By
from dispatch.crisis import Channel, Source
from dispatch.events import Accepted, CallArrived, Declined, Reported, ReportedAgain, TellKind
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import OutboxState
from notifications.tables import OutboxRow
from oncall.model import Every, Rotation, Unit
from oncall.store import lock_rotas, mark_changed
from oncall.tables import TeamRow
from tests.guarantee.office import MONDAY, Office, at

HOUR = timedelta(hours=1)
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)


def report(office: Office, first: date = FIRST, last: date = LAST) -> dict[str, Load]:
    with office.look() as work:
        return {load.staff: load for load in fairness(work, "north", first, last)}


def at_night(office: Office, text: str) -> None:
    office.clock.at = at(text)


def report_crisis(work: UnitOfWork) -> str:
    crisis = open_crisis(work, "north", Source.WEBHOOK)
    happen(work, crisis, Reported(), public_url="https://vigil.example.org", is_new=True)
    return crisis.ref


def send_all(office: Office) -> None:
    """Let everything in the outbox have been sent."""
    with office.work() as work:
        for row in work.session.exec(select(OutboxRow)):
            row.state = OutboxState.SENT.value
            work.session.add(row)


def test_a_week_ahead_is_counted_by_the_rota_as_it_is(office: Office) -> None:
    loads = report(office, date(2026, 3, 9), date(2026, 3, 15))
    # The week's handoff is on Monday at 09:00; Ben is primary then, Ana backup.
    assert loads["ben"].share.hours == loads["ana"].share.hours == 7 * 24 * HOUR
    assert loads["ben"].share.nights == 7 * 8 * HOUR
    assert loads["ben"].share.weekends == 48 * HOUR
    assert list(loads) == ["ana", "ben", "cho", "eli"], "everybody of the team, in its order"
    assert loads["cho"] == Load("cho", loads["cho"].share, 0, 0)
    assert loads["cho"].share.hours == timedelta()


def test_the_week_the_clocks_go_forward_is_an_hour_shorter(office: Office) -> None:
    office.clock.at = at("2026-03-02 09:00")
    loads = report(office, date(2026, 3, 3), date(2026, 3, 9))
    total = sum((one.share.hours for one in loads.values()), timedelta())
    assert total == 2 * (7 * 24 - 1) * HOUR


def test_what_has_passed_is_told_as_it_was_whatever_the_rota_says_now(office: Office) -> None:
    office.later(days=5)
    long_ago = datetime(2026, 1, 5, 9)  # noqa: DTZ001  on the wall
    with office.work() as work:
        cho = [
            Rotation(tier, "cho", long_ago, Every(1, Unit.WEEK), ("cho",))
            for tier in ("primary", "backup")
        ]
        rota_edits.set_rotations(work, "north", cho, By("Eli Sample"))
    loads = report(office)
    assert loads["ana"].share.hours == 5 * 24 * HOUR
    assert loads["cho"].share.hours > timedelta()
    with office.look() as work:
        assert shares_of_past(work, "north", MONDAY)["ana"].hours == 5 * 24 * HOUR
        assert "cho" not in shares_of_past(work, "north", MONDAY)


def test_before_anything_was_written_down_nobody_is_said_to_have_stood(office: Office) -> None:
    loads = report(office, date(2026, 1, 5), date(2026, 3, 1))
    assert {load.share.hours for load in loads.values()} == {timedelta()}


def test_public_holidays_are_those_of_the_teams_region(office: Office) -> None:
    with office.work() as work:
        lock_rotas(work.session)
        team = work.session.get_one(TeamRow, "north")
        team.rules = {"holidays": "US-OR"}
        work.session.add(team)
        mark_changed(work.session, work.now)
    loads = report(office, date(2026, 5, 25), date(2026, 5, 25))
    assert sum((one.share.holidays for one in loads.values()), timedelta()) == 2 * 24 * HOUR


def test_a_page_at_night_wakes_once_for_each_crisis(office: Office) -> None:
    at_night(office, "2026-03-03 23:10")
    with office.work() as work:
        report_crisis(work)
        report_crisis(work)
    at_night(office, "2026-03-04 12:00")
    with office.work() as work:
        report_crisis(work)
    send_all(office)
    loads = report(office)
    assert (loads["ana"].pages, loads["ana"].woken) == (3, 2)
    assert (loads["ben"].pages, loads["ben"].woken) == (0, 0)


def test_a_phone_that_rings_at_night_wakes_without_a_page(office: Office) -> None:
    at_night(office, "2026-03-04 03:10")
    with office.work() as work:
        crisis = open_crisis(work, "north", Source.CALL)
        happen(work, crisis, CallArrived("CA1"), public_url="https://v.example.org", is_new=True)
    loads = report(office)
    assert (loads["ana"].pages, loads["ana"].woken) == (0, 1)


def test_what_is_told_to_somebody_is_no_page(office: Office) -> None:
    at_night(office, "2026-03-04 03:10")
    with office.work() as work:
        ref = report_crisis(work)
    for event in (Declined("ana", Channel.SMS), Accepted("ben", Channel.SMS)):
        with office.work() as work:
            crisis = crises.lock(work.session, ref)
            assert crisis is not None
            happen(work, crisis, event, public_url="https://vigil.example.org")
    with office.work() as work:
        crisis = crises.lock(work.session, ref)
        assert crisis is not None
        happen(work, crisis, ReportedAgain(), public_url="https://vigil.example.org")
    send_all(office)
    with office.look() as work:
        kinds = [row.key.split("/")[3] for row in work.session.exec(select(OutboxRow))]
    assert TellKind.NEW_CONTACT.value in kinds, "Ben was told something"
    loads = report(office)
    assert loads["ana"].pages == loads["ben"].pages == 1


def test_a_page_that_never_left_is_not_counted(office: Office) -> None:
    at_night(office, "2026-03-04 03:10")
    with office.work() as work:
        report_crisis(work)
    assert report(office)["ana"].pages == 0


@pytest.mark.parametrize(
    ("hour", "woken"), [("21:59", 0), ("22:00", 1), ("05:59", 1), ("06:00", 0)]
)
def test_the_night_is_from_ten_to_six_on_the_wall(office: Office, hour: str, woken: int) -> None:
    at_night(office, f"2026-03-04 {hour}")
    with office.work() as work:
        report_crisis(work)
    send_all(office)
    assert report(office)["ana"].woken == woken
