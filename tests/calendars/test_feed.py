"""A feed shows exactly the final schedule, in calendar programs that are not ours."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.calendar import Days, Entry, days_shown, feed, person_entries, team_entries
from oncall.calendar_events import read_calendar
from oncall.model import Override, OverrideKind, Rota, Shift
from oncall.schedule import final_schedule
from oncall.wallclock import to_wall
from tests.calendars.follower import FOLLOWERS, Read, by_names, by_rules
from tests.oncall.build import LOS_ANGELES, local, override, rota, rotation, utc
from tests.oncall.rotas import CHANGES, rotas

NAMES = {"ana": "Ana Sample", "ben": "Ben Sample"}
NOW = utc("2026-02-20 12:00")
WEEKS = rotation("2026-01-05 09:00", "1 week", "ana", "ben")


def team_feed(rota: Rota, now: datetime, names: dict[str, str] | None = None) -> list[Entry]:
    """What a team's feed shows."""
    days = days_shown(rota.timezone, now)
    return team_entries(rota.team, schedule(rota, days), days, names or {})


def person_feed(rota: Rota, now: datetime, staff: str) -> list[Entry]:
    """What somebody's feed shows."""
    days = days_shown(rota.timezone, now)
    return person_entries(rota.team, schedule(rota, days), days, "North ACT", staff)


def schedule(rota: Rota, days: Days) -> dict[str, list[Shift]]:
    """Who stands, as long as a feed may show."""
    return {tier: final_schedule(rota, tier, days.since, days.until) for tier in rota.tiers}


def feed_of_days(rota: Rota, now: datetime, first: datetime, last: datetime) -> bytes:
    """A team's feed with the shifts of some days alone: other programs read long ones slowly."""
    entries = team_feed(rota, now)
    some = [entry for entry in entries if first < entry.end and entry.start < last]
    return feed("x", some, rota.timezone, now)


def clipped(events: list[Read], first: datetime, last: datetime) -> list[tuple[object, ...]]:
    """Who stands where, as far as it lies in [first, last)."""
    return sorted(
        (event.summary, max(event.start, first), min(event.end, last))
        for event in events
        if max(event.start, first) < min(event.end, last)
    )


def expected(rota: Rota, first: datetime, last: datetime) -> list[tuple[object, ...]]:
    """The same, from the final schedule."""
    return sorted(
        (f"{tier}: {shift.staff}", shift.start, shift.end)
        for tier in rota.tiers
        for shift in final_schedule(rota, tier, first, last)
    )


def test_a_team_s_feed_names_tier_and_person() -> None:
    content = feed("North ACT on call", team_feed(rota(WEEKS), NOW, NAMES), LOS_ANGELES, NOW)
    first, second, *_ = by_names(content)
    assert first.summary == "primary: Ana Sample"
    assert (first.start, first.end) == (local("2026-01-19 09:00"), local("2026-01-26 09:00"))
    assert second.summary == "primary: Ben Sample"
    assert first.description == "rotation weeks"


def test_a_person_s_feed_names_tier_and_team_and_shows_nobody_else() -> None:
    content = feed("x", person_feed(rota(WEEKS), NOW, "ben"), LOS_ANGELES, NOW)
    shown = by_names(content)
    assert {event.summary for event in shown} == {"On call: primary, North ACT"}
    weeks_of_ben = [local("2026-01-26 09:00") + timedelta(days=14 * n) for n in range(3)]
    assert [event.start for event in shown[:3]] == weeks_of_ben
    assert b"Ana" not in content


@pytest.mark.parametrize("follower", FOLLOWERS)
@pytest.mark.parametrize(
    ("zone", "change"), [(zone, change) for zone in CHANGES for change in CHANGES[zone]]
)
def test_shifts_across_a_clock_change_are_read_as_they_are(
    zone: str, change: str, follower: Callable[[bytes], list[Read]]
) -> None:
    """Handoffs every hour around the change, so also in the hour that comes twice."""
    at = utc(change)
    wall = to_wall(at - timedelta(days=2), ZoneInfo(zone))
    hours = rotation(f"{wall:%Y-%m-%d %H:%M}", "1 hour", "ana", "ben")
    there = rota(hours, zone=ZoneInfo(zone), tiers=("primary",))
    second_time = Override("primary", at + timedelta(minutes=10), at + timedelta(hours=3), "cho")
    there = replace(there, overrides=(second_time,))
    first, last = at - timedelta(days=2), at + timedelta(days=2)
    content = feed_of_days(there, at, first, last)
    assert clipped(follower(content), first, last) == expected(there, first, last)


@given(rotas(), st.integers(-40, 40))
def test_whatever_the_rota_the_feed_is_its_final_schedule(
    drawn: tuple[Rota, datetime], later: int
) -> None:
    there, near = drawn
    now = near + timedelta(days=later)
    days = days_shown(there.timezone, now)
    first, last = days.first, days.last
    entries = team_feed(there, now)
    told = [(entry.summary, max(entry.start, first), min(entry.end, last)) for entry in entries]
    assert sorted(told) == expected(there, first, last)


@given(rotas())
def test_whatever_the_rota_calendar_programs_read_what_it_says(
    drawn: tuple[Rota, datetime],
) -> None:
    there, near = drawn
    first, last = near - timedelta(days=5), near + timedelta(days=5)
    content = feed_of_days(there, near, first, last)
    assert clipped(by_names(content), first, last) == expected(there, first, last)
    assert clipped(by_rules(content), first, last) == expected(there, first, last)


@given(rotas())
def test_a_person_s_feeds_together_are_the_team_s(drawn: tuple[Rota, datetime]) -> None:
    there, near = drawn
    of_team = team_feed(there, near)
    standing = {shift.summary.rpartition(" ")[2] for shift in of_team}
    of_people = [entry for staff in standing for entry in person_feed(there, near, staff)]
    assert {entry.uid for entry in of_people} == {entry.uid for entry in of_team}
    assert len({entry.uid for entry in of_team}) == len(of_team)


def test_a_shift_that_reaches_beyond_the_days_shown_is_shown_whole() -> None:
    entries = team_feed(rota(WEEKS), NOW, NAMES)
    days = days_shown(LOS_ANGELES, NOW)
    first, last = days.first, days.last
    assert entries[0].start < first < entries[0].end
    assert entries[-1].start < last < entries[-1].end
    week = timedelta(days=7)
    assert entries[0].end - entries[0].start == entries[-1].end - entries[-1].start == week


def test_the_days_shown_are_whole_days_by_the_team_s_clock() -> None:
    """31 days back and 180 ahead of the day that it is there: the clocks change between."""
    days = days_shown(LOS_ANGELES, utc("2026-02-21 07:59"))
    assert days.first == local("2026-01-20 00:00")
    assert days.last == local("2026-08-20 00:00")
    assert (days.last - days.first) == timedelta(days=212) - timedelta(hours=1)
    assert days_shown(LOS_ANGELES, utc("2026-02-21 08:00")).first == local("2026-01-21 00:00")


def test_a_shift_without_an_end_ends_at_a_midnight_far_away() -> None:
    """Whoever stands for ever does not change the feed with every second."""
    for_ever = rota(rotation("2026-01-05 09:00", "1 week", "eli"))
    [morning] = team_feed(for_ever, NOW)
    [evening] = team_feed(for_ever, NOW + timedelta(hours=10))
    assert morning == evening
    assert morning.start == local("2026-01-05 09:00")
    assert to_wall(morning.end, LOS_ANGELES).time() == time()
    assert morning.end > NOW + timedelta(days=240)


def test_a_shift_keeps_its_name_as_time_passes_and_a_changed_one_gets_another() -> None:
    weeks = team_feed(rota(WEEKS), NOW, NAMES)
    a_day_later = team_feed(rota(WEEKS), NOW + timedelta(days=1), NAMES)
    assert [entry.uid for entry in a_day_later[:20]] == [entry.uid for entry in weeks[:20]]
    cover = override("2026-03-02 09:00", "2026-03-04 09:00", "cho")
    changed = team_feed(rota(WEEKS, overrides=(cover,)), NOW)
    gone = {entry.uid for entry in weeks} - {entry.uid for entry in changed}
    assert gone == {entry.uid for entry in weeks if entry.start == local("2026-03-02 09:00")}


def test_the_same_schedule_is_the_same_bytes() -> None:
    once, again = (
        feed("x", team_feed(rota(WEEKS), NOW + later, NAMES), LOS_ANGELES, NOW)
        for later in (timedelta(), timedelta(hours=3))
    )
    assert once == again


def test_what_somebody_wrote_about_a_change_stays_in_the_house() -> None:
    """A reason may name a client or an illness; a feed is read by others' servers."""
    cover = override("2026-03-02 09:00", "2026-03-04 09:00", "cho", "home visit, Elm Street")
    swap = Override(
        "primary",
        local("2026-03-05 09:00"),
        local("2026-03-06 09:00"),
        "cho",
        "dentist: 9 am",
        OverrideKind.REPLACE,
        instead="ana",
    )
    entries = team_feed(rota(WEEKS, overrides=(cover, swap)), NOW)
    told = {entry.description for entry in entries}
    assert told == {"rotation weeks", "override", "override for ana"}
    content = feed("x", entries, LOS_ANGELES, NOW)
    assert b"Elm" not in content
    assert b"dentist" not in content


def test_being_on_call_is_no_appointment_and_is_never_imported_as_an_absence() -> None:
    content = feed("x", team_feed(rota(WEEKS), NOW, NAMES), LOS_ANGELES, NOW)
    assert all(event.transparent for event in by_names(content))
    again = read_calendar(content, LOS_ANGELES, NOW, NOW + timedelta(days=90))
    assert again.happenings == ()


WORDS = st.text(max_size=120) | st.sampled_from(
    (
        "Ана Примерова, дежурная",
        "例名 太郎;当番" * 9,
        "Ana\r\nEND:VEVENT",
        "back\\slash\\n",
        "é" * 200,
    )
)


@given(name=WORDS, summary=WORDS, description=WORDS)
def test_any_words_come_out_as_they_went_in_on_lines_of_75_octets(
    name: str, summary: str, description: str
) -> None:
    entry = Entry("u", NOW, NOW + timedelta(hours=1), f"a{summary}b", f"a{description}b")
    content = feed(f"a{name}b", [entry], LOS_ANGELES, NOW)
    assert content.endswith(b"\r\n")
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)
    for line in lines:
        line.decode()  # no character is cut in two
    [event] = by_names(content)
    assert event.summary == plain_words(f"a{summary}b")
    assert event.description == plain_words(f"a{description}b")


def plain_words(text: str) -> str:
    """A text without what readers take for the end of a line, or can't show."""
    return "".join(
        " " if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" else c for c in text
    )


def test_the_head_says_what_calendar_programs_ask_for() -> None:
    content = feed("Ana Sample, on call", [], LOS_ANGELES, NOW)
    lines = content.decode().split("\r\n")
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Vigil//On call//EN"]
    for line in (
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Ana Sample\\, on call",
        "X-WR-TIMEZONE:America/Los_Angeles",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ):
        assert line in lines


def test_an_instant_within_a_second_is_cut_to_it() -> None:
    odd = utc("2026-03-02 09:00").replace(microsecond=999_999)
    entries = [Entry("u", odd, odd + timedelta(hours=1), "x", "y")]
    [event] = by_rules(feed("x", entries, LOS_ANGELES, NOW))
    assert (event.start, event.end) == (utc("2026-03-02 09:00"), utc("2026-03-02 10:00"))


def test_shifts_are_listed_tier_by_tier_from_the_foot() -> None:
    both = rota(WEEKS, rotation("2026-01-05 09:00", "1 week", "eli", tier="supervisor"))
    tiers = [entry.summary.partition(":")[0] for entry in team_feed(both, NOW)]
    assert tiers == sorted(tiers, key=("primary", "supervisor").index)
    assert set(tiers) == {"primary", "supervisor"}


def test_the_stamp_is_written_in_utc() -> None:
    stamp = datetime(2026, 2, 20, 4, tzinfo=LOS_ANGELES)
    shift = Shift(NOW, NOW + timedelta(hours=1), "ana", "override")
    content = feed("x", [Entry("u", shift.start, shift.end, "x", "y")], LOS_ANGELES, stamp)
    assert b"DTSTAMP:20260220T120000Z" in content
    assert stamp.astimezone(UTC) == NOW
