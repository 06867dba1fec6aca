"""The watch: what opens a gap or thins a rota anyway is told at once, and again as it nears."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dispatch.commands import agencies, rota_edits, watch
from dispatch.commands.acceptances import accept_standing_gaps, take_acceptance_back
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.rota_edits import By
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import Kind
from oncall.coverage import prove
from oncall.tables import RotaVersionRow, StaffRow
from tests.scenarios.ridge import URL, Ridge, ridge_agency, wall

PAGE = f" {URL}/teams/north/schedule"

BENS_NIGHT = "Fri Nov 27 17:00 to Sat Nov 28 08:00"

DEE = "      - {tier: backup, name: dee, starts: 2026-11-02T08:00, every: 1 week, order: [dee]}\n"

GUS_FOR_A_DAY = """      - tier: backup
        name: dee
        starts: 2026-11-02T08:00
        ends: 2026-12-01T08:00
        every: 1 week
        order: [dee]
      - {tier: backup, name: dee, starts: 2026-12-02T08:00, every: 1 week, order: [dee]}
      - tier: backup
        name: gus
        starts: 2026-12-01T08:00
        ends: 2026-12-02T08:00
        every: 1 day
        order: [gus]
"""

GUS_IS_GONE = (
    "nobody is backup of North ACT from Tue Dec 1 08:00 to Wed Dec 2 08:00 "
    "(Gus Sample can be reached neither by SMS nor by voice)."
)


@pytest.fixture
def with_gus(database_url: str) -> Iterator[Ridge]:
    """The ridge with Gus as the only backup on the first of December."""
    ridge = Ridge(database_url, ridge_agency(DEE, GUS_FOR_A_DAY))
    ridge.now()
    yield ridge
    ridge.texted()
    assert ridge.violations() == []
    ridge.close()


def about(texts: dict[str, list[str]], words: str, staff: str = "eli") -> list[str]:
    """What somebody was texted about something."""
    return [body for body in texts.get(staff, []) if words in body]


# Telling ────────────────────────────────────────────────────────────────────────────────────────


def test_a_rota_without_a_flaw_alarms_nobody(ridge: Ridge) -> None:
    texts = ridge.now()
    assert "eli" not in texts
    assert ridge.alarms() == []
    assert ridge.findings() == []


def test_an_opt_out_thins_the_rota_and_is_told_at_once_and_as_it_nears(ridge: Ridge) -> None:
    """Ben texts STOP: from now on he can only be rung."""
    ridge.now()
    ridge.says("ben", "STOP")
    texts = ridge.now()
    said = f"primary of North ACT is thin from {BENS_NIGHT}: Ben Sample can be reached in one way"
    assert texts["eli"] == [f"Vigil: {said} only. 44 more."]
    assert "fay" not in texts, "the team has a lead"
    assert ridge.alarms() == [], "it is more than a day ahead"
    told = [
        at
        for at in ("2026-11-26 16:59", "2026-11-26 17:00", "2026-11-27 12:59", "2026-11-27 13:00")
        if about(ridge.until(at), said)
    ]
    assert told == ["2026-11-26 17:00", "2026-11-27 13:00"]
    [alarm] = ridge.alarms_about("ben")
    assert alarm.kind == "thin"
    assert (
        alarm.text
        == f"primary is thin from {BENS_NIGHT}: Ben Sample can be reached in one way only"
    )
    ridge.says("ben", "START")
    ridge.tick()
    assert ridge.alarms_about("ben") == []


def test_a_dead_number_opens_a_gap_that_is_told_at_once_and_72_24_4_and_1_hours_before(
    with_gus: Ridge,
) -> None:
    with_gus.fails("gus", 21211)
    assert with_gus.now()["eli"] == [f"Vigil: {GUS_IS_GONE}"]
    [alarm] = with_gus.alarms("gap")
    assert alarm.text == (
        "Nobody is backup from Tue Dec 1 08:00 to Wed Dec 2 08:00 "
        "(Gus Sample can be reached neither by SMS nor by voice)"
    )
    assert about(with_gus.until("2026-11-28 07:50"), "backup") == []
    for at in ("2026-11-28 08:00", "2026-11-30 08:00", "2026-12-01 04:00", "2026-12-01 07:00"):
        assert about(with_gus.leap(at), "backup") == [f"Vigil: {GUS_IS_GONE}"], at
        later = wall(at) + timedelta(minutes=30)
        with_gus.clock.at = later
        assert about(with_gus.now(), "backup") == []
    assert about(with_gus.leap("2026-12-01 08:00"), "backup") == []
    assert with_gus.alarms("gap")[0].text.startswith("Nobody is backup until Wed Dec 2 08:00 (")
    assert about(with_gus.leap("2026-12-02 08:00"), "nobody") == [], "it has passed, unmended"
    assert about(with_gus.texted(), "mended") == []
    assert with_gus.alarms("gap") == []


def test_a_gap_that_grows_while_it_lasts_is_told_at_once(with_gus: Ridge) -> None:
    """The backup of the days after can't be reached either: there is no end to it any more."""
    with_gus.fails("gus", 21211)
    with_gus.now()
    with_gus.leap("2026-12-01 12:00")
    with_gus.fails("dee", 21211)
    [text] = about(with_gus.now(), "nobody is backup")
    assert text.startswith("Vigil: nobody is backup of North ACT from now on (")
    assert about(with_gus.until("2026-12-03 12:00"), "backup") == [], "it is told once"


def test_an_acceptance_does_not_speak_for_a_gap_that_opens_after_it_was_mended(
    with_gus: Ridge,
) -> None:
    day = ("2026-12-01 08:00", "2026-12-02 08:00")
    with_gus.fails("gus", 21211)
    with_gus.now()
    with_gus.edit(
        lambda work, by: accept_standing_gaps(
            work, "north", "backup", wall(day[0]), wall(day[1]), "Dee is ill", by
        )
    )
    assert [alarm.kind for alarm in with_gus.alarms()] == ["accepted_gap"]
    with_gus.says("gus", "START")
    with_gus.now()
    with_gus.fails("gus", 21211)
    assert about(with_gus.now(), "backup") == [f"Vigil: {GUS_IS_GONE}"]
    assert [alarm.kind for alarm in with_gus.alarms()] == ["gap"]


def test_reminders_that_were_missed_are_one_text(with_gus: Ridge) -> None:
    with_gus.fails("gus", 21211)
    with_gus.now()
    assert about(with_gus.leap("2026-12-01 05:00"), "backup") == [f"Vigil: {GUS_IS_GONE}"]


def test_what_appears_late_is_told_at_once_and_then_only_as_it_nears_further(
    with_gus: Ridge,
) -> None:
    with_gus.leap("2026-12-01 03:00")
    with_gus.fails("gus", 21211)
    assert about(with_gus.now(), "backup") == [f"Vigil: {GUS_IS_GONE}"]
    assert about(with_gus.leap("2026-12-01 03:30"), "backup") == []
    assert about(with_gus.leap("2026-12-01 04:00"), "backup") == [f"Vigil: {GUS_IS_GONE}"]


def test_a_mended_gap_is_told_once_to_who_knew_of_it(with_gus: Ridge) -> None:
    with_gus.fails("gus", 21211)
    with_gus.now()
    with_gus.put_on("dee", "2026-12-01 08:00", "2026-12-02 08:00", tier="backup")
    mended = "mended: somebody is backup of North ACT from Tue Dec 1 08:00 to Wed Dec 2 08:00."
    assert about(with_gus.now(), "backup") == [f"Vigil: {mended}{PAGE}"]
    assert with_gus.alarms() == []
    assert about(with_gus.until("2026-12-01 09:00", timedelta(hours=2)), "backup") == []


def test_a_gap_of_which_a_part_is_filled_is_no_news(with_gus: Ridge) -> None:
    with_gus.fails("gus", 21211)
    with_gus.now()
    with_gus.put_on("dee", "2026-12-01 12:00", "2026-12-01 14:00", tier="backup")
    assert about(with_gus.now(), "backup") == []
    assert [alarm.text.partition(" (")[0] for alarm in with_gus.alarms("gap")] == [
        "Nobody is backup from Tue Dec 1 08:00 to 12:00",
        "Nobody is backup from Tue Dec 1 14:00 to Wed Dec 2 08:00",
    ]


def test_a_gap_that_comes_into_sight_is_told_once(database_url: str) -> None:
    """Gus has a day in March that is more than 90 days away."""
    text = GUS_FOR_A_DAY.replace("2026-12-01", "2027-03-01").replace("2026-12-02", "2027-03-02")
    ridge = Ridge(database_url, ridge_agency(DEE, text))
    ridge.fails("gus", 21211)
    assert about(ridge.now(), "Gus") == []
    ridge.leap("2026-12-01 07:50")
    [told] = about(ridge.leap("2026-12-01 08:10"), "Gus")
    assert told.startswith("Vigil: nobody is backup of North ACT from Mon Mar 1 08:00 on (Gus")
    assert about(ridge.until("2026-12-02 12:00", timedelta(hours=1)), "Gus") == []
    [alarm] = ridge.alarms("gap")
    assert "from Mon Mar 1 08:00 to Tue Mar 2 08:00" in alarm.text
    ridge.close()


def test_of_many_findings_the_first_is_said_and_how_many_there_are(ridge: Ridge) -> None:
    """All who stand lose their phones: one text, and eight alarms."""
    ridge.now()
    for staff in ("ana", "ben", "cho", "dee"):
        ridge.fails(staff, 21614)
    [text] = about(ridge.now(), "one way")
    assert text.startswith("Vigil: ")
    assert text.count("thin") == 1
    assert " more." in text
    ridge.leap("2026-11-27 09:00")
    assert len(ridge.alarms()) <= 9


def test_when_nobody_at_all_is_left_the_leads_are_told_at_once(ridge: Ridge) -> None:
    """Others hid the warning exactly then. All who stand lose their numbers in one night."""
    ridge.now()
    for staff in ("ana", "ben", "cho", "dee"):
        ridge.fails(staff, 21211)
    [text] = about(ridge.now(), "nobody is primary")
    assert text.startswith("Vigil: nobody is primary of North ACT from now on")
    assert [alarm.text.partition(" (")[0] for alarm in ridge.alarms("gap")] == [
        "Nobody is primary from now on",
        "Nobody is backup from now on",
    ]


def test_more_than_eight_alarms_are_counted(ridge: Ridge) -> None:
    for hour in range(8, 17):
        start, end = f"2026-11-27 {hour:02d}:00", f"2026-11-27 {hour:02d}:30"
        ridge.take_off("ana", start, end, accept="for the test")
        ridge.put_on("ben", f"2026-11-27 {hour:02d}:10", f"2026-11-27 {hour:02d}:20")
    ridge.tick()
    *shown, more = ridge.alarms()
    assert len(shown) == 8
    assert (more.kind, more.text) == ("more", "and 10 more")


def test_where_no_lead_takes_texts_the_administrators_are_told(ridge: Ridge) -> None:
    ridge.now()
    ridge.says("eli", "STOP")
    ridge.says("ben", "STOP")
    texts = ridge.now()
    assert about(texts, "Ben Sample can be reached", "fay")
    assert "eli" not in texts


@pytest.mark.parametrize("code", [30005, 30003, None])
def test_an_alarm_that_does_not_arrive_goes_to_the_next(with_gus: Ridge, code: int | None) -> None:
    """Written into the outbox is not told: Eli's phone is off, or takes no texts at all."""
    with_gus.fails("gus", 21211)
    assert about(with_gus.now(), "backup") == [f"Vigil: {GUS_IS_GONE}"]
    with_gus.report("eli", "undelivered", code)
    assert about(with_gus.texted(), "backup", "fay") == [f"Vigil: {GUS_IS_GONE}"]
    with_gus.report("fay", "undelivered", code)
    rung = with_gus.texted()
    assert set(rung) == {"eli", "fay"}
    assert "is backup of North ACT" in rung["eli"][0]
    assert with_gus.rows()[-1].kind == Kind.SPOKEN


def test_where_nobody_takes_texts_those_who_answer_for_the_team_are_rung(with_gus: Ridge) -> None:
    for staff in ("eli", "fay"):
        with_gus.says(staff, "STOP")
    with_gus.now()
    with_gus.fails("gus", 21211)
    rung = with_gus.now()
    assert set(rung) == {"eli", "fay"}
    document = rung["eli"][0]
    assert document.count(f"<Say>Vigil: {GUS_IS_GONE}</Say>") == 2, "read out twice"
    assert "http" not in document
    assert [row.kind for row in with_gus.rows()[-2:]] == [Kind.SPOKEN] * 2
    assert "eli" not in with_gus.now(), "once"


def test_whoever_is_told_by_one_of_two_texts_is_told(with_gus: Ridge) -> None:
    """Two leads: one text arrives, so nobody else is disturbed."""
    with_gus.edit(lambda work, _: _leads_too(work, "dee"))
    with_gus.fails("gus", 21211)
    told = with_gus.now()
    assert {"eli", "dee"} <= set(told)
    with_gus.report("eli", "undelivered", 30005)
    assert with_gus.texted() == {}
    with_gus.report("dee", "undelivered", 30005)
    assert set(with_gus.texted()) == {"fay"}


def _leads_too(work: UnitOfWork, staff: str) -> None:
    with coverage_kept(work, who="test"):
        row = work.session.get_one(StaffRow, staff)
        row.role = "lead"
        work.session.add(row)


def test_several_nodes_at_the_same_instant_tell_once(with_gus: Ridge) -> None:
    nodes = [with_gus.node() for _ in range(4)]
    with_gus.fails("gus", 21211)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda node: node.tend_rotas(), nodes))
    for node in nodes:
        node.tend_rotas()
    assert len(about(with_gus.texted(), "backup")) == 1


def test_a_leaving_that_a_lead_accepted_is_not_repeated_to_them_at_once(ridge: Ridge) -> None:
    """What whoever writes is shown is no news; the gap is shown and told again as it nears."""
    ridge.now()
    ridge.take_off("ben", "2026-11-27 20:00", "2026-11-27 22:00", accept="Ana stays within reach")
    assert about(ridge.now(), "nobody") == []
    [alarm] = ridge.alarms("accepted_gap")
    stretch = "from Fri Nov 27 20:00 to 22:00"
    why = "Ben Sample is taken off by an override"
    by = "accepted by Eli Sample: Ana stays within reach"
    assert alarm.text == f"Nobody is primary {stretch} ({why}); {by}"
    for at in ("2026-11-26 20:00", "2026-11-27 16:00", "2026-11-27 19:00"):
        assert about(ridge.until(at), "nobody is primary") == [
            f"Vigil: nobody is primary of North ACT {stretch}; accepted by Eli Sample.{PAGE}"
        ], "why they did is for the board"


def test_an_accepted_gap_is_shown_from_a_week_before(ridge: Ridge) -> None:
    ridge.take_off("ben", "2026-12-05 20:00", "2026-12-05 22:00", accept="for the test")
    ridge.tick()
    assert ridge.alarms() == []
    ridge.leap("2026-11-28 20:00")
    assert [alarm.kind for alarm in ridge.alarms("accepted_gap")] == ["accepted_gap"]


def test_an_acceptance_that_is_taken_back_alarms(ridge: Ridge) -> None:
    ridge.take_off("ben", "2026-12-05 20:00", "2026-12-05 22:00", accept="for the test")
    ridge.tick()
    assert ridge.alarms("gap") == []
    ridge.edit(lambda work, by: take_acceptance_back(work, "north", 1, by))
    ridge.tick()
    assert "Nobody is primary from Sat Dec 5 20:00 to 22:00" in ridge.alarms("gap")[0].text


def test_a_thin_stretch_that_its_writer_was_shown_is_only_shown(ridge: Ridge) -> None:
    """Dee, who has the backup, also takes a night of Ben's."""
    ridge.now()
    ridge.put_on("dee", "2026-11-27 17:00", "2026-11-28 08:00")
    assert about(ridge.until("2026-11-27 16:20"), "thin") == []
    assert ridge.alarms_about("dee")[0].text == (
        f"backup is thin from {BENS_NIGHT}: Dee Sample stands on primary too"
    )


def test_a_gap_without_an_end_that_was_accepted_stays_accepted(ridge: Ridge) -> None:
    """Nobody is asked anew every ten minutes because the horizon moves on."""
    by = By("Eli Sample", "hiring until spring")
    weeks = [one for one in ridge_agency().teams[0].rotations if one.tier == "primary"]
    ridge.edit(lambda work, _: rota_edits.set_rotations(work, "north", weeks, by))
    assert about(ridge.now(), "nobody") == []
    ridge.until("2026-11-28 12:00", timedelta(hours=6))
    [alarm] = ridge.alarms("accepted_gap")
    assert alarm.text.startswith("Nobody is backup from now on (nobody is named); accepted by Eli")
    assert ridge.alarms("gap") == []


# Looking ────────────────────────────────────────────────────────────────────────────────────────


def test_a_team_is_looked_at_only_when_something_may_have_changed(
    ridge: Ridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    ridge.now()
    looks = []
    monkeypatch.setattr(watch, "prove", lambda *args: looks.append(args) or prove(*args))
    ridge.tick()
    assert len(looks) == 0, "nothing has happened"
    with ridge.work() as work, coverage_kept(work, who="test"):
        row = work.session.get_one(StaffRow, "fay")
        row.email = "fay@example.org"
        work.session.add(row)
    ridge.tick()
    assert len(looks) == 0, "the version is another, the rota is the same"
    ridge.put_on("dee", "2026-12-10 17:00", "2026-12-11 08:00")
    ridge.tick()
    assert len(looks) == 1
    ridge.leap("2026-11-26 16:10")
    assert len(looks) == 2, "ten minutes have passed"


def test_a_team_whose_look_fails_holds_up_nothing_else(
    with_gus: Ridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bool:
        raise RuntimeError("a bug")

    monkeypatch.setattr(watch, "look_at", broken)
    with_gus.leap("2026-11-26 17:00")
    assert with_gus.handoff("ben").told == ["day"]
    monkeypatch.undo()
    with_gus.fails("gus", 21211)
    assert about(with_gus.now(), "backup") == [f"Vigil: {GUS_IS_GONE}"]


def test_a_gap_of_the_next_hour_that_nobody_watches_is_a_broken_promise(ridge: Ridge) -> None:
    ridge.now()
    ridge.fails("dee", 21211)
    with ridge.work() as work:
        row = work.session.get_one(RotaVersionRow, 1)
        row.changed_at = work.now - timedelta(minutes=1)
        work.session.add(row)
    assert ridge.violations() == ["team north: nobody watches that nobody is backup"]
    ridge.now()
    assert ridge.violations() == []


def test_a_team_that_is_no_more_has_no_findings(with_gus: Ridge) -> None:
    with_gus.fails("gus", 21211)
    with_gus.now()
    text = "    name: North ACT\n"
    gone = ridge_agency(
        "  - id: north\n" + text, "  - id: south\n" + text.replace("North", "South")
    )
    with with_gus.work() as work:
        agencies.load(work, gone)
    with_gus.leap("2026-11-28 08:00")
    assert with_gus.findings() == []


def test_the_phone_of_somebody_who_stands_nowhere_opens_nothing(ridge: Ridge) -> None:
    ridge.fails("gus", 21211)
    ridge.now()
    assert ridge.findings() == []
