"""Failures seen in other schedulers and hotlines, each shown not to be ours.

What a rota alone can show is tested here, one test a failure, named after it. The others need
calls, pages or the database; ELSEWHERE says which test shows each of them, and that it is there.
"""

import ast
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dispatch.events import RingLastResort
from oncall.coverage import Cause, CauseKind, Gap, opened, prove, reason
from oncall.ladder import DEFAULT_LAST_RESORT, ladder
from oncall.model import Person, Rota
from oncall.schedule import final_schedule, on_call
from tests.core.build import Story
from tests.oncall.build import (
    EVERY_DAY,
    FRIDAY,
    LOS_ANGELES,
    away,
    local,
    only,
    override,
    rota,
    rotation,
    utc,
)

NEW_YORK = ZoneInfo("America/New_York")
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
NOBODY = Cause(None, CauseKind.NOBODY)
WEEKLY = rotation("2026-01-05 09:00", "1 week", "ana", "ben", "cho")
START = local("2026-01-05 09:00")
YEAR = START + 364 * DAY


def primary(*layers: object, **more: object) -> Rota:
    return rota(*layers, tiers=("primary",), **more)  # type: ignore[arg-type]


# Grafana OnCall


def test_an_empty_schedule_reported_no_gaps() -> None:
    coverage = prove(primary(), START, YEAR)
    assert coverage.gaps == (Gap("primary", START, YEAR, (NOBODY,)),)
    assert not coverage.covered


def test_a_hole_of_30_hours_in_a_year_scored_100_percent() -> None:
    off = away(("2026-05-02 03:00", "2026-05-03 09:00"))
    team = primary(WEEKLY, people=dict.fromkeys(WEEKLY.order, off))
    [gap] = prove(team, START, YEAR).gaps
    assert (gap.start, gap.end) == (local("2026-05-02 03:00"), local("2026-05-03 09:00"))
    assert gap.end - gap.start == 30 * HOUR


def test_two_people_on_the_same_12_hours_hid_30_daily_gaps() -> None:
    days = rotation("2026-06-01 07:00", "1 day", "ana", only=only(EVERY_DAY, "07:00", "19:00"))
    also = replace(days, name="also days", order=("ben",))
    start = local("2026-06-01 07:00")
    gaps = prove(primary(days, also), start, start + 30 * DAY).gaps
    assert len(gaps) == 30
    assert all(gap.end - gap.start == 12 * HOUR for gap in gaps)
    assert {gap.start.astimezone(LOS_ANGELES).hour for gap in gaps} == {19}


def test_a_handoff_at_nine_in_new_york_became_eight_after_the_clock_change() -> None:
    team = primary(WEEKLY, zone=NEW_YORK)
    start = local("2026-01-05 09:00", NEW_YORK)
    shifts = final_schedule(team, "primary", start, start + 364 * DAY)
    assert {f"{shift.start.astimezone(NEW_YORK):%a %H:%M}" for shift in shifts} == {"Mon 09:00"}
    assert {shift.end - shift.start for shift in shifts} == {167 * HOUR, 168 * HOUR, 169 * HOUR}


# LinkedIn oncall


def test_two_primaries_stood_at_the_handoff_second() -> None:
    handoff = local("2026-01-12 09:00")
    for at, expected in ((handoff - SECOND, "ana"), (handoff, "ben"), (handoff + SECOND, "ben")):
        shifts = final_schedule(primary(WEEKLY), "primary", START, YEAR)
        assert [one.staff for one in shifts if one.start <= at < one.end] == [expected]


def test_when_everybody_was_busy_the_gap_was_silent() -> None:
    off = away(("2026-03-07 00:00", "2026-03-07 12:00"))
    team = primary(WEEKLY, people=dict.fromkeys(WEEKLY.order, off))
    [gap] = prove(team, START, YEAR).gaps
    assert reason(gap, {"cho": "Cho Sample"}) == "Cho Sample is away"
    assert on_call(team, "primary", local("2026-03-07 06:00")) is None
    assert opened(prove(primary(WEEKLY), START, YEAR), prove(team, START, YEAR), ()) == (gap,)


def test_a_new_schedule_covered_nobody_until_its_first_handoff() -> None:
    later = rotation("2026-01-07 09:00", "1 week", "ana", "ben")
    assert prove(primary(later), START, YEAR).gaps == (
        Gap("primary", START, local("2026-01-07 09:00"), (NOBODY,)),
    )
    shift = on_call(primary(later), "primary", local("2026-01-07 09:00"))
    assert shift is not None
    assert shift.staff == "ana"


# OneUptime


@pytest.mark.parametrize(
    "team",
    [
        primary(),
        primary(rotation("2027-01-04 09:00", "1 week", "ana")),
        primary(WEEKLY, active={"ana": False, "ben": False, "cho": False}),
        rota(tiers=()),
    ],
    ids=["no layer", "not yet", "all have left", "no tier"],
)
def test_the_gap_warning_was_hidden_exactly_when_nobody_was_assigned(team: Rota) -> None:
    [gap] = prove(team, START, START + DAY).gaps
    assert (gap.start, gap.end) == (START, START + DAY)


# Llámenos


def test_a_friday_night_shift_in_utc_was_off_on_saturday_at_two() -> None:
    friday = rotation("2026-01-01 00:00", "1 week", "ana", only=only({FRIDAY}, "22:00", "06:00"))
    shift = on_call(primary(friday), "primary", local("2026-05-02 02:00"))
    assert shift is not None
    assert (shift.start, shift.end) == (local("2026-05-01 22:00"), local("2026-05-02 06:00"))
    assert on_call(primary(friday), "primary", utc("2026-05-01 22:30")) is None


def first_rung(team: Rota, at: datetime) -> Story:
    """Let a caller call while ``team`` stands as it does."""
    story = Story()
    story.ladder = ladder(team, at, DEFAULT_LAST_RESORT)
    story.calls()
    return story


def test_with_nobody_on_shift_the_caller_held_for_90_seconds() -> None:
    backup = replace(WEEKLY, tier="backup", order=("ben",))
    story = first_rung(rota(backup), START)
    assert story.rung == "ben"


# Yap


def test_with_nobody_scheduled_it_rang_for_ever() -> None:
    story = first_rung(rota(), START)
    assert any(isinstance(effect, RingLastResort) for effect in story.last.effects)


# GoAlert


def test_an_empty_step_waited_out_its_delay() -> None:
    supervisor = replace(WEEKLY, tier="supervisor", order=("dee",))
    away_primary = {"ana": away(("2026-01-05 00:00", "2026-01-06 00:00"))}
    story = first_rung(rota(WEEKLY, supervisor, people=away_primary), START)
    assert story.rung == "dee"


def test_there_was_no_gap_report() -> None:
    stops = override("2026-01-06 00:00", "2026-01-07 00:00", "ana")
    assert [
        (gap.tier, gap.start, gap.end)
        for gap in prove(primary(overrides=(stops,)), START, START + 3 * DAY).gaps
    ] == [
        ("primary", START, local("2026-01-06 00:00")),
        ("primary", local("2026-01-07 00:00"), START + 3 * DAY),
    ]


# What people complain about


def test_the_person_on_call_had_no_working_phone_and_nobody_was_told() -> None:
    unreachable = {"ana": Person(sms=False, voice=False)}
    [gap] = prove(primary(WEEKLY, people=unreachable), START, START + 14 * DAY).gaps
    assert (gap.start, gap.end) == (START, START + 7 * DAY)
    assert reason(gap, {"ana": "Ana Sample"}) == (
        "Ana Sample can be reached neither by SMS nor by voice"
    )


ELSEWHERE = {
    "OneUptime: no warning when nobody was assigned; complaints: no working phone, nobody told": [
        "scenarios/test_watch.py::test_when_nobody_at_all_is_left_the_leads_are_told_at_once",
        "scenarios/test_watch.py::"
        "test_a_dead_number_opens_a_gap_that_is_told_at_once_and_72_24_4_and_1_hours_before",
    ],
    "LinkedIn: when everyone is busy it moves on and never retries": [
        "scenarios/test_pages.py::"
        "test_pages_climb_the_ladder_and_start_again_until_somebody_accepts",
        "scenarios/test_the_call.py::test_nobody_anywhere_answers_and_the_ladder_starts_again",
    ],
    "OneUptime: personal voicemail counts as answered": [
        "scenarios/test_the_call.py::test_primary_voicemail_answers_and_backup_accepts",
    ],
    "Yap: one bad number breaks everyone": [
        "scenarios/test_the_call.py::test_busy_and_refused_phones_are_passed",
        "scenarios/test_pages.py::test_a_page_that_can_never_arrive_lets_the_ladder_climb_at_once",
        "scenarios/test_pages.py::test_one_answer_nobody_foresaw_does_not_end_all_paging",
    ],
    "Yap: two people can accept the same call": [
        "scenarios/test_pages.py::test_two_people_press_1_at_the_same_instant_and_one_owns_it",
        "scenarios/test_pages.py::test_of_everybody_who_accepts_at_the_same_instant_one_owns_it",
    ],
    "Yap: the caller is dropped when the worker's phone dies": [
        "scenarios/test_the_call.py::test_the_workers_phone_dies_after_five_seconds",
    ],
    "VictorOps: if the schedule service errs, the call ends": [
        "scenarios/test_when_things_break.py::test_an_exception_in_the_first_handler",
        "scenarios/test_adrift.py::test_away_while_a_phone_rings_the_ladder_is_climbed_from_there",
        "scenarios/test_adrift.py::test_it_hangs_and_no_caller_waits_for_it_twice",
    ],
    "VictorOps: tests for 'completed' only": [
        "core/test_escalation.py::test_pressing_1_without_ever_being_joined_is_not_a_talk",
        "core/test_escalation.py::test_a_talk_that_broke_after_five_seconds_climbs_on",
    ],
    "GoAlert: 'undelivered' counts as sent": [
        "scenarios/test_pages.py::test_an_undelivered_page_lets_the_ladder_climb_too",
    ],
    "GoAlert: a crash while sending is not retried; healthchecks: marked done before it is sent": [
        "sending/test_nodes.py::test_what_a_node_sent_and_did_not_write_down_is_sent_again",
        "scenarios/test_when_things_break.py::test_pages_go_on_after_a_restart",
    ],
    "Concrn: any text without 'no' accepts": [
        "core/test_replies.py::test_what_is_not_clear_takes_nothing",
        "core/test_replies.py::test_only_known_words_ever_accept",
    ],
    "complaints: no notice of the next shift": [
        "scenarios/test_handoffs.py::test_the_day_before_an_hour_before_and_at_the_start",
        "scenarios/test_handoffs.py::"
        "test_without_an_ok_half_an_hour_before_the_outgoing_person_and_the_leads_know",
    ],
    "complaints: swaps go through a manager by hand": [
        "scenarios/test_covering.py::test_a_swap_needs_both",
        "scenarios/test_covering.py::test_a_swap_waits_for_the_lead_where_the_team_says_so",
        "scenarios/test_covering.py::test_ben_texts_cover_and_dee_s_yes_wins",
    ],
    "complaints: SMS silently not delivered": [
        "scenarios/test_pages.py::test_an_account_that_cannot_send_raises_the_alarm",
        "scenarios/test_when_things_break.py::"
        "test_twilio_refuses_every_sms_and_the_call_goes_through",
    ],
}
"""Failures that take more than a rota to show, and the tests that show that they aren't ours."""


@pytest.mark.parametrize("failure", ELSEWHERE)
def test_the_other_failures_are_shown_elsewhere(failure: str) -> None:
    for place in ELSEWHERE[failure]:
        file, name = place.split("::")
        text = (Path(__file__).parent.parent / file).read_text(encoding="utf-8")
        tests = {node.name for node in ast.walk(ast.parse(text)) if hasattr(node, "name")}
        assert name in tests, f"{failure}: {place} is gone"
