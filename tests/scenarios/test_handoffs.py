"""Handoffs: who is told of a coming shift and when, who says OK, and who learns that nobody has."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from dispatch.commands import handoff_notices, people, rota_edits
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.handoffs import confirm, unconfirmed
from notifications.outbox import claim, put_words
from oncall.handoffs import handoff_at
from oncall.tables import TimeOffRow
from tests.databases import until_somebody_waits
from tests.scenarios.ridge import PHONES, RIDGE_LINE, Ridge, ridge_agency, wall

BEN = "North ACT (primary) from Fri Nov 27 17:00 to Sat Nov 28 08:00"

NOTICE = f"Vigil: you are on call for {BEN}."


def test_the_day_before_an_hour_before_and_at_the_start(ridge: Ridge) -> None:
    assert "ben" not in ridge.until("2026-11-26 16:59")
    assert ridge.until("2026-11-26 17:00")["ben"] == [f"{NOTICE} Reply OK"]
    assert "ben" not in ridge.until("2026-11-27 15:59")
    assert ridge.until("2026-11-27 16:00")["ben"] == [f"{NOTICE} Reply OK"]
    assert "ben" not in ridge.until("2026-11-27 16:59")
    assert ridge.until("2026-11-27 17:00")["ben"] == [f"{NOTICE} Reply OK"]
    assert NOTICE not in str(ridge.until("2026-11-28 08:00"))


def test_who_simply_goes_on_is_told_nothing(ridge: Ridge) -> None:
    """Dee has the backup week after week."""
    assert "dee" not in ridge.until("2026-12-01 00:00")


def test_nobody_is_told_of_a_shift_they_stood_in_before_vigil_knew_of_it(ridge: Ridge) -> None:
    """Ana's day began at 08:00; at 16:00 Vigil begins."""
    assert "16:00" not in str(ridge.now().get("ana"))
    assert "dee" not in ridge.texted()


def test_an_ok_confirms_and_is_not_asked_for_again(ridge: Ridge) -> None:
    ridge.until("2026-11-26 17:00")
    assert ridge.says("ben", "OK") == f"Vigil: thank you. You are on call for {BEN}."
    texts = ridge.until("2026-11-27 17:30")
    assert texts["ben"] == [NOTICE, NOTICE]
    assert ridge.handoff("ben").confirmed_how == "sms"
    assert "Ben Sample" not in str(texts), "nobody is told that an OK is missing"


def test_an_ok_of_somebody_for_whom_nothing_waits_means_nothing_here(ridge: Ridge) -> None:
    ridge.now()
    assert ridge.says("dee", "OK") == "Vigil: nothing is open for you right now."


def test_without_an_ok_half_an_hour_before_the_outgoing_person_and_the_leads_know(
    ridge: Ridge,
) -> None:
    ridge.until("2026-11-26 17:00")
    ridge.until("2026-11-27 16:29")
    assert not ridge.alarms_about("ben")
    texts = ridge.until("2026-11-27 16:30")
    assert texts == {
        "ana": [f"Vigil: Ben Sample, who follows you for {BEN}, has not said OK. The leads know."],
        "eli": [f"Vigil: Ben Sample has not said OK to being on call for {BEN}."],
    }
    [alarm] = ridge.alarms_about("ben")
    assert alarm.kind == "thin"
    assert alarm.text == (
        "primary is thin from Fri Nov 27 17:00 to Sat Nov 28 08:00: "
        "Ben Sample has not confirmed the shift"
    )
    assert ridge.until("2026-11-27 16:59") == {}, "it is said once, and the watch repeats nothing"
    assert list(ridge.until("2026-11-27 17:30")) == ["ben", "cho"]


def test_a_lead_who_hands_over_one_of_two_tiers_is_told_of_the_other_too(ridge: Ridge) -> None:
    """Eli hands the primary over to Ben, and Dee the backup."""
    ridge.put_on("eli", "2026-11-27 08:00", "2026-11-27 17:00")
    ridge.put_on("ben", "2026-11-27 17:00", "2026-11-28 08:00", tier="backup")
    ridge.until("2026-11-27 16:29")
    texts = ridge.until("2026-11-27 16:30")
    both = "North ACT (primary) and North ACT (backup) from Fri Nov 27 17:00 to Sat Nov 28 08:00"
    assert sorted(texts["eli"]) == [
        f"Vigil: Ben Sample has not said OK to being on call for {both}.",
        f"Vigil: Ben Sample, who follows you for {BEN}, has not said OK. The leads know.",
    ]
    assert len(texts["dee"]) == 1


def test_a_lead_who_hands_over_all_of_it_is_told_once(ridge: Ridge) -> None:
    ridge.put_on("eli", "2026-11-27 08:00", "2026-11-27 17:00")
    ridge.until("2026-11-27 16:29")
    texts = ridge.until("2026-11-27 16:30")
    assert texts["eli"] == [
        f"Vigil: Ben Sample, who follows you for {BEN}, has not said OK. The leads know."
    ]


def test_a_late_ok_clears_it_and_the_outgoing_person_hears_of_it(ridge: Ridge) -> None:
    ridge.until("2026-11-27 16:40")
    assert ridge.alarms_about("ben")
    ridge.says("ben", "ok")
    assert ridge.now() == {"ana": [f"Vigil: Ben Sample has said OK now and follows you for {BEN}."]}
    assert not ridge.alarms_about("ben")
    with ridge.work.reading() as work:
        assert "ben" not in {staff for _, _, staff in unconfirmed(work, "north")}


def test_an_ok_after_the_start_still_clears_it(ridge: Ridge) -> None:
    ridge.until("2026-11-27 18:00")
    assert ridge.alarms_about("ben")[0].text.startswith("primary is thin until Sat Nov 28 08:00")
    ridge.says("ben", "ok")
    ridge.tick()
    assert not ridge.alarms_about("ben")


def test_times_that_were_missed_are_caught_up_by_one_text(ridge: Ridge) -> None:
    """Vigil was away from Thursday until ten minutes before the start."""
    texts = ridge.leap("2026-11-27 16:50")
    assert texts["ben"] == [f"{NOTICE} Reply OK"]
    assert ridge.handoff("ben").told == ["day", "hour"]
    assert "Ben Sample" not in str(texts["ana"]), "nobody had told him: he has until the start"
    texts = ridge.until("2026-11-27 17:00")
    assert texts["ben"] == [f"{NOTICE} Reply OK"]
    assert "Ben Sample, who follows you" in texts["ana"][0]


def test_a_shift_that_began_while_vigil_was_away_is_told_and_then_waited_for(ridge: Ridge) -> None:
    texts = ridge.leap("2026-11-27 17:20")
    assert texts["ben"] == [f"{NOTICE} Reply OK"]
    assert "eli" not in ridge.until("2026-11-27 17:34", timedelta(minutes=5))
    assert "Ben Sample has not said OK" in ridge.until("2026-11-27 17:35")["eli"][0]


def test_what_begins_at_the_same_time_is_one_text(ridge: Ridge) -> None:
    ridge.put_on("ben", "2026-11-27 17:00", "2026-11-28 08:00", tier="backup")
    both = "North ACT (primary) and North ACT (backup) from Fri Nov 27 17:00 to Sat Nov 28 08:00"
    assert ridge.until("2026-11-26 17:00")["ben"] == [
        f"Vigil: you are on call for {both}. Reply OK"
    ]
    assert ridge.says("ben", "OK") == f"Vigil: thank you. You are on call for {both}."
    with ridge.work.reading() as work:
        assert "ben" not in {staff for _, _, staff in unconfirmed(work, "north")}


def test_a_shift_that_is_planned_at_the_last_minute_is_told_at_once(ridge: Ridge) -> None:
    ridge.until("2026-11-27 16:45")
    ridge.put_on("dee", "2026-11-27 17:00", "2026-11-28 08:00")
    texts = ridge.now()
    assert texts["dee"] == [f"{NOTICE} Reply OK"]
    assert texts["ben"] == [f"Vigil: no longer yours: {BEN}."]
    assert ridge.until("2026-11-27 16:59") == {}
    assert "Dee Sample has not said OK" in ridge.until("2026-11-27 17:00")["eli"][0]


def test_a_shift_that_is_planned_into_the_present_is_told_at_once(ridge: Ridge) -> None:
    """At 20:00 a lead writes Dee down from 17:00 on, when the night began."""
    ridge.until("2026-11-27 20:00")
    ridge.put_on("dee", "2026-11-27 17:00", "2026-11-28 08:00")
    texts = ridge.now()
    assert texts["dee"] == [f"{NOTICE} Reply OK"]
    assert texts["ben"] == [f"Vigil: no longer yours: {BEN}."]
    assert "eli" not in ridge.until("2026-11-27 20:14", timedelta(minutes=5))
    assert "Dee Sample has not said OK" in ridge.until("2026-11-27 20:15")["eli"][0]


def test_a_change_that_leaves_a_shift_as_it_was_tells_nobody(ridge: Ridge) -> None:
    ridge.until("2026-11-27 12:00")
    ridge.put_on("ben", "2026-11-27 17:00", "2026-11-28 08:00")
    assert ridge.now() == {}
    ridge.put_on("dee", "2026-12-10 17:00", "2026-12-11 08:00")
    assert ridge.now() == {}


def test_whose_shift_becomes_anothers_hears_of_it_once(ridge: Ridge) -> None:
    ridge.until("2026-11-26 18:00")
    ridge.put_on("cho", "2026-11-27 17:00", "2026-11-28 08:00")
    texts = ridge.now()
    assert texts["ben"] == [f"Vigil: no longer yours: {BEN}."]
    assert texts["cho"] == [f"{NOTICE} Reply OK"]
    assert "ben" not in ridge.until("2026-11-28 09:00")
    assert ridge.says("ben", "OK") == "Vigil: nothing is open for you right now."


def test_who_had_not_been_told_yet_hears_nothing_of_a_change(ridge: Ridge) -> None:
    ridge.now()
    ridge.put_on("cho", "2026-11-27 17:00", "2026-11-28 08:00")
    assert "ben" not in ridge.now()


def test_a_shift_that_begins_at_another_time_is_told_anew(ridge: Ridge) -> None:
    ridge.until("2026-11-26 18:00")
    ridge.says("ben", "OK")
    ridge.put_on("ana", "2026-11-27 17:00", "2026-11-27 19:00")
    later = "North ACT (primary) from Fri Nov 27 19:00 to Sat Nov 28 08:00"
    assert ridge.until("2026-11-26 19:00")["ben"] == [
        f"Vigil: you are on call for {later}. Reply OK"
    ]
    assert ridge.handoff("ben").confirmed_at is None


def test_a_shift_that_ends_earlier_is_the_same_shift(ridge: Ridge) -> None:
    ridge.until("2026-11-26 18:00")
    ridge.says("ben", "OK")
    ridge.put_on("dee", "2026-11-28 06:00", "2026-11-28 08:00")
    assert "ben" not in ridge.now()
    assert ridge.until("2026-11-27 16:00")["ben"] == [
        "Vigil: you are on call for North ACT (primary) from Fri Nov 27 17:00 to Sat Nov 28 06:00."
    ]


def test_who_has_left_is_told_nothing_more(ridge: Ridge) -> None:
    ridge.until("2026-11-26 18:00")
    ridge.edit(lambda work, by: people.change_staff(work, "ben", accepting(by), active=False))
    assert "ben" not in ridge.until("2026-11-28 09:00")


def accepting(by: rota_edits.By) -> rota_edits.By:
    """The same lead, who accepts what gaps there are."""
    return rota_edits.By(by.who, "for the test")


def test_a_notice_across_the_change_of_the_clocks(ridge: Ridge) -> None:
    """On March 14, 2027, the night is an hour shorter, and the day before it 23 hours away."""
    night = "North ACT (primary) from Sat Mar 13 17:00 to Sun Mar 14 08:00"
    after = "North ACT (primary) from Sun Mar 14 17:00 to Mon Mar 15 08:00"
    ridge.leap("2027-03-12 16:50")
    assert f"on call for {night}." in str(ridge.leap("2027-03-12 17:00")["ben"])
    ridge.until("2027-03-13 15:59")
    assert after not in str(ridge.texted())
    assert f"on call for {after}." in str(ridge.until("2027-03-13 16:00")["cho"]), "24 hours before"
    ridge.until("2027-03-14 07:00")
    with ridge.work.reading() as work:
        shift = handoff_at(work.directory.teams["north"].rota, "primary", work.now)
    assert shift is not None
    assert shift.end == wall("2027-03-14 08:00")
    assert shift.last - shift.start == timedelta(hours=14)


def test_several_nodes_at_the_same_instant_send_each_text_once(ridge: Ridge) -> None:
    nodes = [ridge.node() for _ in range(4)]
    ridge.clock.at = wall("2026-11-26 17:00")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda node: node.tend_rotas(), nodes))
    assert ridge.texted()["ben"] == [f"{NOTICE} Reply OK"]
    for node in nodes:
        node.tend_rotas()
    assert "ben" not in ridge.texted()


def test_whom_no_text_reaches_is_missed_in_time(ridge: Ridge) -> None:
    """Ben has opted out of texts; on the web he could confirm."""
    ridge.says("ben", "STOP")
    ridge.until("2026-11-27 16:29")
    texts = ridge.until("2026-11-27 16:30")
    assert "ben" not in texts
    assert "Ben Sample has not said OK" in texts["eli"][0]


def test_it_can_be_confirmed_on_the_web_before_anybody_was_told(ridge: Ridge) -> None:
    with ridge.work() as work:
        assert confirm(work, "north", "primary", wall("2026-11-29 18:00"), "ben")
        assert not confirm(work, "north", "primary", wall("2026-11-29 18:00"), "cho")
        assert not confirm(work, "north", "backup", wall("2026-11-29 18:00"), "ben")
        assert not confirm(work, "north", "attic", wall("2026-11-29 18:00"), "ben")
    notice = "Vigil: you are on call for North ACT (primary) from Sun Nov 29 17:00 to Mon Nov 30"
    [text] = ridge.until("2026-11-28 17:00")["ben"][-1:]
    assert text == f"{notice} 08:00."


def test_it_can_be_confirmed_at_the_moment_in_which_somebody_is_told(ridge: Ridge) -> None:
    """Whoever writes the row second waits for the first, and nothing breaks for either."""
    ridge.clock.at = wall("2026-11-26 17:00")
    shift = ("north", "primary", wall("2026-11-27 17:00"), "ben")
    with ThreadPoolExecutor(1) as pool:
        with ridge.work() as work:
            handoff_notices.work_off_handoffs(work)
            work.session.flush()
            with_ok = pool.submit(_confirms, ridge, shift)
            until_somebody_waits(ridge.engine)
        assert with_ok.result(30)
    assert ridge.handoff("ben").confirmed_how == "web"
    assert ridge.texted()["ben"] == [f"{NOTICE} Reply OK"]


def test_somebody_can_be_told_at_the_moment_in_which_they_confirm(ridge: Ridge) -> None:
    ridge.clock.at = wall("2026-11-26 17:00")
    with ThreadPoolExecutor(1) as pool:
        with ridge.work() as work:
            assert confirm(work, "north", "primary", wall("2026-11-27 17:00"), "ben")
            told = pool.submit(ridge.timers.work_off_handoffs)
            until_somebody_waits(ridge.engine)
        told.result(30)
    assert ridge.handoff("ben").confirmed_how == "web"
    assert ridge.texted()["ben"] == [f"{NOTICE}"]


def _confirms(ridge: Ridge, shift: tuple[str, str, datetime, str]) -> bool:
    with ridge.work() as work:
        return confirm(work, *shift)


def test_a_team_that_wants_no_notices_gets_none(database_url: str) -> None:
    office = Ridge(
        database_url,
        ridge_agency("    ladder:", "    rules: {handoff_notices: false}\n    ladder:"),
    )
    assert office.until("2026-11-28 09:00") == {}
    assert office.alarms() == []
    office.close()


def test_who_takes_a_shift_at_a_colleagues_request_has_said_ok_to_it(ridge: Ridge) -> None:
    ridge.until("2026-11-27 12:00")
    ridge.says("ben", "COVER")
    [asked] = [body for body in ridge.texted()["cho"] if "can you be" in body]
    ref = asked.removeprefix("Vigil ").partition(":")[0]
    ridge.says("cho", f"YES {ref}")
    texts = ridge.until("2026-11-27 12:30")
    assert "no longer yours" not in str(texts), "Ben has given it away himself"
    assert "Reply OK" not in str(texts)
    assert ridge.until("2026-11-27 16:00")["cho"] == [NOTICE]
    assert "Cho Sample has not said OK" not in str(ridge.until("2026-11-27 17:30"))


@pytest.mark.parametrize("back", ["2026-11-27 20:00", "2026-11-27 21:30"])
def test_who_stands_in_for_a_while_hands_back_to_the_one_before(ridge: Ridge, back: str) -> None:
    """A cover in the middle of a night: Ben is told when his own part goes on."""
    ridge.until("2026-11-27 18:30")
    ridge.says("ben", "OK")
    ridge.put_on("dee", "2026-11-27 19:00", back)
    texts = ridge.until(back)
    assert any(f"from Fri Nov 27 {back[-5:]} to Sat Nov 28 08:00" in body for body in texts["ben"])
    assert not any("no longer yours" in body for body in texts["ben"])


def test_time_off_lets_the_one_below_come_on(ridge: Ridge) -> None:
    """Whoever now stands is told, whatever made it so."""
    ridge.put_on("dee", "2026-11-27 17:00", "2026-11-28 08:00")
    ridge.until("2026-11-27 12:00")
    away = TimeOffRow(
        staff_id="dee",
        starts=wall("2026-11-27 00:00"),
        ends=wall("2026-11-29 00:00"),
        made_at=ridge.clock.now(),
        made_by="test",
    )
    with ridge.work() as work, coverage_kept(work, who="Eli Sample", accept="for the test"):
        work.session.add(away)
    texts = ridge.now()
    assert texts["ben"] == [f"{NOTICE} Reply OK"]
    assert texts["dee"] == [f"Vigil: no longer yours: {BEN}."]


def test_a_page_goes_out_before_every_notice(ridge: Ridge) -> None:
    """A hundred notices that wait make nobody in a crisis wait."""
    ridge.clock.at = wall("2026-11-26 17:00")
    ridge.tick()
    with ridge.work() as work:
        put_words(
            work.session,
            key="K7Q/1/dee/reported/sms/1",
            now=work.now + timedelta(seconds=1),
            to_phone=PHONES["dee"],
            from_phone=RIDGE_LINE,
            body="a page",
            crisis_ref="K7Q",
            staff_id="dee",
        )
        claimed = claim(work.session, work.now + timedelta(seconds=2), limit=2, node="a")
        assert [row.crisis_ref for row in claimed] == ["K7Q", None]
