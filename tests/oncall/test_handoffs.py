"""Handoffs: who comes onto a tier, when the notices go out, and until when an OK is in time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.handoffs import (
    GRACE,
    Handoff,
    Notice,
    confirm_by,
    due,
    handoff_at,
    handoffs,
    next_due,
)
from oncall.model import Rota
from oncall.schedule import final_schedule, on_call
from tests.oncall.build import local, override, rota, rotation
from tests.oncall.rotas import rotas

START = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def test_the_notices_of_a_shift_come_due_one_after_the_other() -> None:
    assert due(START, (), START - 24 * HOUR - INSTANT) == ()
    assert due(START, (), START - 24 * HOUR) == (Notice.DAY,)
    assert due(START, ["day"], START - HOUR) == (Notice.HOUR,)
    assert due(START, ["day", "hour"], START) == (Notice.START,)
    assert due(START, ["day", "hour", "start"], START + HOUR) == ()


def test_what_was_missed_is_due_together() -> None:
    assert due(START, (), START) == (Notice.DAY, Notice.HOUR, Notice.START)
    assert due(START, ["day"], START) == (Notice.HOUR, Notice.START)


@given(st.timedeltas(timedelta(days=-3), timedelta(days=3)), st.sets(st.sampled_from(Notice)))
def test_until_the_next_notice_nothing_comes_due(before: timedelta, told: set[Notice]) -> None:
    now = START - before
    told |= set(due(START, told, now))
    at = next_due(START, told, now)
    if at is None:
        assert due(START, told, START + 100 * HOUR) == ()
    else:
        assert at > now
        assert due(START, told, at - INSTANT) == ()
        assert len(due(START, told, at)) == 1


@pytest.mark.parametrize(
    ("known", "by"),
    [
        (-24 * HOUR, -HOUR / 2),
        (-HOUR / 2, -HOUR / 2),
        (-HOUR / 2 + INSTANT, timedelta()),
        (-INSTANT, timedelta()),
        (timedelta(), GRACE),
        (3 * HOUR, 3 * HOUR + GRACE),
    ],
)
def test_an_ok_is_in_time_until(known: timedelta, by: timedelta) -> None:
    """Both are told from the start of the shift."""
    assert confirm_by(START, START + known) == START + by


ROTATION = rotation("2026-01-05 09:00", "1 week", "ana", "ben")
"""Ana's week begins on March 2, Ben's on March 9."""


def test_a_handoff_is_from_one_person_to_the_next() -> None:
    handoff = handoff_at(rota(ROTATION), "primary", START)
    assert handoff == Handoff(
        "primary", local("2026-03-09 09:00"), local("2026-03-16 09:00"), "ben", "ana"
    )


def test_a_day_before_a_handoff_is_24_hours_before_it_whatever_the_clocks_do() -> None:
    """Ben's week begins on the morning after the night that lacks an hour."""
    sundays = rota(rotation("2026-01-04 09:00", "1 week", "ana", "ben"))
    handoff = handoff_at(sundays, "primary", local("2026-03-08 09:00"))
    assert handoff is not None
    assert (handoff.start, handoff.outgoing) == (local("2026-03-08 09:00"), "ana")
    assert handoff.last - handoff.start == 7 * 24 * HOUR
    before = handoff_at(sundays, "primary", handoff.start - INSTANT)
    assert before is not None
    assert before.last - before.start == 7 * 24 * HOUR - HOUR
    day_before = local("2026-03-07 08:00")  # on the wall 25 hours before, and really 24
    assert due(handoff.start, (), day_before - INSTANT) == ()
    assert due(handoff.start, (), day_before) == (Notice.DAY,)


def test_who_goes_on_for_another_reason_hands_nothing_off() -> None:
    """An override for the one who would stand anyway changes why, not who."""
    plain = rota(ROTATION)
    twice = rota(ROTATION, overrides=(override("2026-03-10 09:00", "2026-03-11 09:00", "ben"),))
    assert len(final_schedule(twice, "primary", START, START + 72 * HOUR)) == 3
    for day in (9, 10, 11, 15):
        at = local(f"2026-03-{day:02d} 12:00")
        assert handoff_at(twice, "primary", at) == handoff_at(plain, "primary", at)


def test_who_stands_alone_has_no_end_in_sight() -> None:
    handoff = handoff_at(rota(rotation("2026-01-05 09:00", "1 week", "ana")), "primary", START)
    assert handoff == Handoff("primary", local("2026-01-05 09:00"), None, "ana", None)
    assert handoff.last > START + 300 * 24 * HOUR


def test_where_nobody_stands_there_is_no_handoff() -> None:
    assert handoff_at(rota(), "primary", START) is None
    assert list(handoffs(rota(), "primary", START, START + HOUR)) == []


def test_the_handoffs_of_one_person_are_theirs_among_all() -> None:
    window = rota(ROTATION), "primary", START, START + 30 * 24 * HOUR
    everybodys = list(handoffs(*window))
    assert list(handoffs(*window, "ana")) == [one for one in everybodys if one.staff == "ana"] != []


@given(rotas(), st.integers(-20, 20), st.integers(1, 20))
def test_the_handoffs_of_a_window_are_what_its_instants_say(
    drawn: tuple[Rota, datetime], days: int, length: int
) -> None:
    """A stretch is one person's throughout; just before and after, another or nobody stands."""
    one, near = drawn
    start = near + timedelta(days=days)
    end = start + timedelta(days=length)
    for handoff in handoffs(one, "primary", start, end):
        assert handoff.start < end
        assert handoff.last > start
        holder = on_call(one, "primary", max(handoff.start, start))
        assert holder is not None
        assert holder.staff == handoff.staff
        before = on_call(one, "primary", handoff.start - INSTANT)
        assert (before.staff if before else None) == handoff.outgoing != handoff.staff
        if handoff.end is not None:
            after = on_call(one, "primary", handoff.end)
            assert after is None or after.staff != handoff.staff


@given(rotas(), st.integers(-20, 20))
def test_every_instant_of_a_stretch_tells_of_the_same_handoff(
    drawn: tuple[Rota, datetime], days: int
) -> None:
    one, near = drawn
    handoff = handoff_at(one, "primary", near + timedelta(days=days))
    if handoff is not None and handoff.end is not None:
        assert handoff_at(one, "primary", handoff.start) == handoff
        assert handoff_at(one, "primary", handoff.end - INSTANT) == handoff
