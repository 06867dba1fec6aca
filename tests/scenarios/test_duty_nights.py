"""Nights at the ridge with a phone network: what fails, who hears of it, and whose phone rings."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from dispatch.access import Role
from dispatch.clock import DrillClock
from dispatch.commands import boards, people
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.rota_edits import By
from notifications.emulator import Phone, RestFault
from oncall.tables import TimeOffRow
from tests.scenarios.harbor import LeapingClock
from tests.scenarios.night import SPEED, Night
from tests.scenarios.ridge import PHONES, RIDGE_LINE, ZONE, ridge_agency, wall
from tests.scenarios.town import STRANGER

TEN_PAST_THREE = datetime(2026, 11, 27, 3, 10, tzinfo=ZONE)
"""In the night of Thursday, which is Cho's; Dee is the backup."""


class RidgeNight(Night):
    """Ten past three at the ridge."""

    def __init__(self, database_url: str, data_dir: Path) -> None:
        beginning = DrillClock.beginning(TEN_PAST_THREE, SPEED)
        self.clock = LeapingClock(beginning.start, beginning.epoch, beginning.speed)
        super().__init__(database_url, data_dir, agency=ridge_agency(), clock=self.clock)

    def leap_to(self, text: str) -> None:
        """Set the clock forward to a time on the wall."""
        self.clock.leaps.append(wall(text) - self.clock.now())

    def of(self, staff: str) -> Phone:
        """Somebody's phone."""
        return self.phone(PHONES[staff])

    def alarms(self) -> list[str]:
        """What the board shows of the team."""
        with self.vigil.unit_of_work.reading() as work:
            [card] = boards.board(work, None)[1].teams
        return [alarm.text for alarm in card.alarms]

    def lose_cho(self, how: str) -> None:
        """Cho, who has the night, is no longer there."""
        with self.vigil.unit_of_work() as work:
            if how == "left":
                people.change_staff(work, "cho", By("Eli Sample", "she has left"), active=False)
                return
            with coverage_kept(work, who="Cho Sample", accept="for the test"):
                off = TimeOffRow(
                    staff_id="cho",
                    starts=work.now,
                    ends=wall("2026-11-28 08:00"),
                    made_at=work.now,
                    made_by="cho",
                )
                work.session.add(off)


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[RidgeNight]:
    """Ten past three. Every promise must hold when the night is over."""
    with RidgeNight(database_url, tmp_path) as night:
        yield night
        night.assert_promises_kept()


def test_a_dead_number_is_a_gap_that_the_lead_hears_of_and_no_caller_waits_for(
    night: RidgeNight,
) -> None:
    """The page of a text in crisis is refused with 21211: Cho's number does not exist."""
    night.network.faults.sms_errors = {PHONES["cho"]: 21211}
    night.web(Role.LEAD, "north").post(
        "/api/staff/cho/phone/verify", json={"how": "sms"}
    ).raise_for_status()
    told = night.of("eli").expect_sms("nobody is primary of North ACT").body
    assert "until Fri Nov 27 08:00 (Cho Sample can be reached neither by SMS nor by voice)" in told
    night.until(lambda: any("Nobody is primary" in text for text in night.alarms()), "an alarm")
    no_delay(night)


@pytest.mark.parametrize("how", ["left", "away"])
def test_no_caller_waits_for_somebody_who_is_not_there(night: RidgeNight, how: str) -> None:
    night.lose_cho(how)
    no_delay(night)


def no_delay(night: RidgeNight) -> None:
    """A caller's first ringing phone is the backup's."""
    night.of("cho").answers()
    night.of("dee").answers(after=3)
    call = night.call(STRANGER, RIDGE_LINE).wait_for("talking")
    assert call.bridged_with == [PHONES["dee"]]
    rung = [leg.to for leg in night.network.calls if leg.from_ == RIDGE_LINE]
    assert rung == [PHONES["dee"]], "no rung was waited out: only Dee's phone has rung"


def test_stop_by_text_is_told_to_the_lead_at_once_and_cho_is_still_rung(night: RidgeNight) -> None:
    night.network.text(PHONES["cho"], RIDGE_LINE, "STOP")
    told = night.of("eli").expect_sms("primary of North ACT is thin until Fri Nov 27 08:00").body
    assert "Cho Sample can be reached in one way only" in told
    night.until(lambda: len(night.alarms()) == 1, "an alarm")
    night.of("cho").answers()
    call = night.call(STRANGER, RIDGE_LINE).wait_for("talking")
    assert call.bridged_with == [PHONES["cho"]]
    night.network.text(PHONES["cho"], RIDGE_LINE, "START")
    night.until(lambda: night.alarms() == [], "the alarm ends")


def test_notices_go_out_and_an_ok_comes_back(night: RidgeNight) -> None:
    night.leap_to("2026-11-27 15:59:50")
    duty = "North ACT (primary) from Fri Nov 27 17:00 to Sat Nov 28 08:00"
    for _ in ("the day before, which Vigil missed", "an hour before"):
        night.of("ben").expect_sms(f"you are on call for {duty}. Reply OK")
    night.leap_to("2026-11-27 16:29:50")
    night.of("eli").expect_sms(f"Ben Sample has not said OK to being on call for {duty}")
    night.of("ana").expect_sms(f"Ben Sample, who follows you for {duty}, has not said OK")
    late = "primary is thin from Fri Nov 27 17:00 to Sat Nov 28 08:00: Ben Sample has not confirmed"
    night.until(lambda: any(late in text for text in night.alarms()), "a thin stretch")
    night.of("ben").reply("ok")
    night.of("ben").expect_sms(f"thank you. You are on call for {duty}.")
    night.of("ana").expect_sms(f"Ben Sample has said OK now and follows you for {duty}")
    night.until(lambda: not any("Ben" in text for text in night.alarms()), "it is confirmed")
    night.leap_to("2026-11-27 16:59:50")
    start = night.of("ben").expect_sms(f"you are on call for {duty}")
    assert "Reply OK" not in start.body


def test_a_phone_is_verified_by_a_text_that_is_answered(night: RidgeNight) -> None:
    new = renewed(night)
    lead = night.web(Role.LEAD, "north")
    assert verify(lead, "sms").status_code == 202
    body = new.expect_sms("your code is").body
    [code] = re.findall(r"\b\d{6}\b", body)
    assert not phone_of_ben(night)["verified"]
    new.reply(code)
    new.expect_sms("This phone is verified")
    assert phone_of_ben(night)["verified"]
    with night.vigil.unit_of_work.reading() as work:
        bodies = work.session.connection().exec_driver_sql("select body from outbox").scalars()
        assert code not in str(bodies.all()), "a code is not kept once it is sent"


def test_a_phone_is_verified_by_a_call_that_says_the_code(night: RidgeNight) -> None:
    new = renewed(night).answers(press=None)
    lead = night.web(Role.LEAD, "north")
    assert verify(lead, "call").status_code == 202
    night.until(lambda: any("Goodbye" in heard for heard in new.heard), "Ben hears the code")
    codes = re.findall(r"\d, \d, \d, \d, \d, \d", new.heard[-1])
    assert len(codes) == 2
    assert codes[0] == codes[1]
    answer = lead.post("/api/staff/ben/phone/code", json={"code": codes[0]})
    assert (answer.status_code, answer.json()) == (200, {"verified": True})
    assert phone_of_ben(night)["verified"]


def renewed(night: RidgeNight) -> Phone:
    """Ben's new phone."""
    number = "+15035550159"
    phone = night.network.phone(number, owner="Ben Sample")
    with night.vigil.unit_of_work() as work:
        people.change_staff(work, "ben", By("Eli Sample"), phone=number)
    return phone


def verify(web: httpx.Client, how: str) -> httpx.Response:
    """Ask for a code for Ben's phone."""
    return web.post("/api/staff/ben/phone/verify", json={"how": how})


def phone_of_ben(night: RidgeNight) -> dict[str, object]:
    """What the rota says of Ben."""
    rota = night.web(Role.LEAD, "north").get("/api/teams/north/rota").json()
    [ben] = [person for person in rota["people"] if person["id"] == "ben"]
    return dict(ben)


def test_a_text_that_waits_out_an_outage_is_sent_after_it(night: RidgeNight) -> None:
    """A notice is no page: it may come twenty minutes late."""
    fault = RestFault(status=503, resource="Messages")
    night.network.faults.rest.append(fault)
    night.leap_to("2026-11-27 15:59:50")
    night.until(lambda: waiting(night) == ["ben"], "the notice is written")
    night.leap_to("2026-11-27 16:20:00")
    night.network.faults.rest.remove(fault)
    night.of("ben").expect_sms("you are on call for North ACT", 20)
    night.until(lambda: night.violations() == [], "whatever else has waited is sent too", 30)


def waiting(night: RidgeNight) -> list[str]:
    """To whom a text has been tried and not sent."""
    with night.vigil.unit_of_work.reading() as work:
        rows = work.session.connection().exec_driver_sql(
            "select staff_id from outbox where state = 'waiting' and attempts > 0 "
            "and body like '%%Fri Nov 27 17:00%%'"
        )
        return list(rows.scalars())
