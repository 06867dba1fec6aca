"""What real calendars export is understood: zones, days, rules, changes, what is free."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream

from oncall.calendar_events import (
    MOST_EVENTS,
    CalendarFile,
    Happening,
    read_calendar,
)
from oncall.calendar_text import Unreadable
from tests.oncall.build import KOLKATA, LOS_ANGELES, local, utc

SAMPLES = Path(__file__).parent / "samples"
NOW = utc("2026-03-03 11:10")
SOON = NOW + timedelta(days=400)


def sample(name: str) -> bytes:
    """A file as a calendar program exports it."""
    return (SAMPLES / f"{name}.ics").read_bytes()


def read(content: bytes, zone: ZoneInfo = LOS_ANGELES, *, also_free: bool = False) -> CalendarFile:
    """Read a file as of NOW."""
    return read_calendar(content, zone, NOW, SOON, also_free=also_free)


def event(*lines: str, uid: str = "a@example.org") -> str:
    """One event."""
    return "\r\n".join(("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))


def calendar(*events: str, head: str = "VERSION:2.0") -> bytes:
    """A file with some events."""
    return "\r\n".join(("BEGIN:VCALENDAR", head, *events, "END:VCALENDAR", "")).encode()


def spans(read: CalendarFile) -> list[tuple[datetime, datetime]]:
    """From when until when each thing happens."""
    return [(one.start, one.end) for one in read.happenings]


def day(text: str) -> tuple[datetime, datetime]:
    """A whole day in Los Angeles."""
    first = local(f"{text} 00:00")
    after = (first.astimezone(LOS_ANGELES) + timedelta(days=1)).astimezone(UTC)
    return first, after


# Google, Outlook, Apple ─────────────────────────────────────────────────────────────────────────


def test_google_s_calendar() -> None:
    found = read(sample("google"))
    assert spans(found) == [
        (local("2026-03-05 17:30"), local("2026-03-05 19:00")),
        (local("2026-03-07 00:00"), local("2026-03-10 00:00")),  # 71 hours: the clocks go forward
        (local("2026-03-12 17:30"), local("2026-03-12 19:00")),
        # the 19th is an exception; the 26th was moved to the 27th; the rule ends on April 2nd
        (local("2026-03-27 18:00"), local("2026-03-27 19:30")),
        (local("2026-04-02 17:30"), local("2026-04-02 19:00")),
    ]
    assert found.happenings[1].end - found.happenings[1].start == timedelta(hours=71)
    assert found.happenings[1].days == (date(2026, 3, 7), date(2026, 3, 10))
    reasons = {one.line: one.reason for one in found.left_out}
    assert list(reasons.values()) == [
        "it is cancelled",
        "the calendar shows it as free: show it as busy to be away",
    ]
    lines = sample("google").decode().splitlines()
    assert [lines[line - 1] for line in reasons] == ["BEGIN:VEVENT", "BEGIN:VEVENT"]


def test_outlook_s_calendar_with_windows_names_of_zones() -> None:
    found = read(sample("outlook"))
    assert spans(found) == [
        (local("2026-03-04 08:00"), local("2026-03-04 12:00")),
        (local("2026-03-11 08:00"), local("2026-03-11 12:00")),
        (local("2026-03-16 00:00"), local("2026-03-21 00:00")),
        (local("2026-03-18 08:00"), local("2026-03-18 12:00")),
        (local("2026-03-25 13:00"), local("2026-03-25 16:00")),
        (local("2026-04-15 08:00"), local("2026-04-15 12:00")),
        (local("2026-04-22 08:00"), local("2026-04-22 12:00")),
        (local("2026-04-29 08:00"), local("2026-04-29 12:00")),
        day("2026-11-26"),
    ]
    [free] = found.left_out
    assert "free" in free.reason


def test_apple_s_calendar_with_other_zones_and_times_without_any() -> None:
    found = read(sample("apple"))
    assert spans(found) == [
        (local("2026-03-07 22:00"), local("2026-03-07 23:30")),
        (local("2026-03-08 22:00"), local("2026-03-08 23:30")),
        (local("2026-03-09 22:00"), local("2026-03-09 23:30")),
        (utc("2026-03-14 09:00"), utc("2026-03-15 06:30")),
        (local("2026-03-20 09:00"), local("2026-03-20 11:00")),
        (local("2026-04-03 00:00"), local("2026-04-06 00:00")),
    ]
    assert found.left_out == ()


def test_times_without_a_zone_and_whole_days_are_those_of_the_team() -> None:
    found = read(sample("apple"), KOLKATA)
    there = [one for one in found.happenings if one.days or one.name == "Wherever I am"]
    assert [(one.start, one.end) for one in there] == [
        (local("2026-03-20 09:00", KOLKATA), local("2026-03-20 11:00", KOLKATA)),
        (local("2026-04-03 00:00", KOLKATA), local("2026-04-06 00:00", KOLKATA)),
    ]


# Names ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_event_keeps_its_name_and_no_two_share_one() -> None:
    for name in ("google", "outlook", "apple"):
        once, later = (
            read_calendar(sample(name), LOS_ANGELES, at, at + timedelta(days=400)).happenings
            for at in (NOW, NOW + timedelta(days=10))
        )
        names = [one.uid for one in once]
        assert len(set(names)) == len(names)
        assert {one.uid for one in later if one.start < SOON} <= set(names)


def test_names_say_nothing_about_what_they_name() -> None:
    content = calendar(event("DTSTART;VALUE=DATE:20260310", uid="oncologist-visit@example.org"))
    [found] = read(content).happenings
    assert "oncologist" not in found.uid
    assert len(found.uid) < 40


def test_calendars_are_told_apart_by_their_names_whatever_is_in_them() -> None:
    one = event("DTSTART;VALUE=DATE:20260310")
    work, home = (calendar(one, head=f"X-WR-CALNAME:{name}") for name in ("Work", "Home"))
    assert read(work).calendar != read(home).calendar
    assert read(work).calendar == read(calendar(head="X-WR-CALNAME:Work")).calendar
    assert "Work" not in read(work).calendar


@pytest.mark.parametrize(
    ("head", "whole"),
    [
        ("X-WR-CALNAME:Home", True),
        ("X-WR-RELCALID:{00000012-3456}", True),
        ("NAME:Home\r\nMETHOD:PUBLISH", True),
        ("NAME:Home\r\nMETHOD:REQUEST", False),
        ("METHOD:PUBLISH", False),
        ("X-WR-CALNAME: ", False),
        ("VERSION:2.0", False),
    ],
)
def test_an_invitation_and_a_file_without_a_name_are_no_calendar(head: str, whole: bool) -> None:
    assert read(calendar(head=head)).whole is whole


def test_several_calendars_are_known_again_only_if_each_has_a_name() -> None:
    named, nameless = calendar(head="NAME:Home"), calendar()
    assert read(named + named).whole
    assert not read(named + nameless).whole


# What is in the time asked about ────────────────────────────────────────────────────────────────


def test_only_what_is_still_to_come_is_read_and_whole() -> None:
    under_way = event("DTSTART:20260301T000000Z", "DTEND:20260304T000000Z", uid="1")
    over = event("DTSTART:20260301T000000Z", f"DTEND:{NOW:%Y%m%dT%H%M%SZ}", uid="2")
    too_far = event(f"DTSTART:{SOON:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", uid="3")
    long = event(f"DTSTART:{SOON - timedelta(days=1):%Y%m%dT%H%M%SZ}", "DURATION:P900D", uid="4")
    found = read(calendar(under_way, over, too_far, long))
    assert spans(found) == [
        (utc("2026-03-01 00:00"), utc("2026-03-04 00:00")),
        (SOON - timedelta(days=1), SOON + timedelta(days=899)),
    ]


def test_old_cancelled_and_free_events_are_not_even_mentioned() -> None:
    old = [
        event("DTSTART;VALUE=DATE:20200310", "STATUS:CANCELLED", uid="1"),
        event("DTSTART;VALUE=DATE:20200310", "TRANSP:TRANSPARENT", uid="2"),
    ]
    assert read(calendar(*old)).left_out == ()


def test_free_days_count_where_they_are_asked_for() -> None:
    free = event("DTSTART;VALUE=DATE:20260310", "TRANSP:TRANSPARENT", "SUMMARY:Founders\\, Day")
    assert read(calendar(free)).happenings == ()
    [found] = read(calendar(free), also_free=True).happenings
    assert (found.days, found.name) == ((date(2026, 3, 10), date(2026, 3, 11)), "Founders, Day")


# Lengths ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20260310",),
        ("DTSTART:20260310",),
        ("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260310"),
        ("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260311"),
        ("DTSTART;VALUE=DATE:20260310", "DURATION:P1D"),
        ("dtstart;value=date:20260310",),
    ],
    ids=str,
)
def test_a_day_is_a_whole_day_however_it_is_written(lines: tuple[str, ...]) -> None:
    assert spans(read(calendar(event(*lines)))) == [day("2026-03-10")]


def test_a_length_in_days_keeps_the_hour_and_one_in_hours_is_true_time() -> None:
    """Over the night of March 8th, which has 23 hours."""
    start = "DTSTART;TZID=America/Los_Angeles:20260307T120000"
    days, hours = (read(calendar(event(start, f"DURATION:{one}"))) for one in ("P1D", "PT24H"))
    assert spans(days) == [(local("2026-03-07 12:00"), local("2026-03-08 12:00"))]
    assert spans(hours) == [(local("2026-03-07 12:00"), local("2026-03-08 13:00"))]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("DTSTART:20260310T090000Z",), "no length"),
        (("DTSTART:20260310T090000Z", "DTEND:20260310T090000Z"), "no length"),
        (("DTSTART:20260310T090000Z", "DTEND:20260310T080000Z"), "ends before"),
        (("DTSTART:20260310T090000Z", "DURATION:-PT1H"), "ends before"),
        (("DTSTART:20260310T090000Z", "DTEND;VALUE=DATE:20260311"), "begins on a day"),
        (("DTSTART:20260310T090000Z", "DURATION:an hour"), "“an hour” is no length"),
        (("DTSTART:20260230T090000Z",), "“20260230T090000Z” is no date"),
        (("DTSTART:tomorrow",), "“tomorrow” is no date"),
        (("DTSTART:00010101T000000Z",), "out of reach"),
        (("SUMMARY:Someday",), "no DTSTART"),
        (("DTSTART;TZID=Moon/Base:20260310T090000",), "“Moon/Base” is not known"),
        (("DTSTART;VALUE=DATE:20260310", "RDATE;VALUE=PERIOD:20260310T09Z/PT1H"), "is no date"),
        (("DTSTART;VALUE=DATE:20260310", "DURATION:P500D", "RRULE:FREQ=YEARLY"), "longer than"),
    ],
    ids=str,
)
def test_an_event_that_is_none_is_left_out_with_line_and_reason(
    lines: tuple[str, ...], reason: str
) -> None:
    good = event("DTSTART;VALUE=DATE:20260312", uid="good")
    found = read(calendar(event(*lines), good))
    assert spans(found) == [day("2026-03-12")]
    [left_out] = found.left_out
    assert left_out.line == 3
    assert reason in left_out.reason


# Recurring events ───────────────────────────────────────────────────────────────────────────────


def test_a_rule_keeps_its_hour_when_the_clocks_change() -> None:
    rule = "RRULE:FREQ=DAILY;COUNT=4"
    found = read(
        calendar(event("DTSTART;TZID=America/Los_Angeles:20260306T090000", "DURATION:PT1H", rule))
    )
    assert [start.astimezone(LOS_ANGELES).hour for start, _ in spans(found)] == [9, 9, 9, 9]
    assert spans(found)[-1][0] - spans(found)[0][0] == timedelta(hours=71)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;UNTIL=20260324", ["03-10", "03-17", "03-24"]),
        ("FREQ=WEEKLY;UNTIL=20260324T000000Z", ["03-10", "03-17", "03-24"]),
        ("FREQ=WEEKLY;UNTIL=20260325T065959Z", ["03-10", "03-17", "03-24"]),
        ("FREQ=WEEKLY;UNTIL=20260323", ["03-10", "03-17"]),
        ("FREQ=WEEKLY;COUNT=2", ["03-10", "03-17"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4", ["03-10", "03-12", "03-24", "03-26"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["03-31", "04-30"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["03-31", "04-30"]),
        ("FREQ=MONTHLY;BYDAY=2TU;COUNT=2", ["03-10", "04-14"]),
        ("FREQ=MONTHLY;BYDAY=5TU;COUNT=2", ["03-31", "06-30"]),
        ("FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4", ["07-04"]),
        ("FREQ=DAILY;BYDAY=SA,SU;COUNT=2", ["03-14", "03-15"]),
    ],
)
def test_rules_as_calendars_write_them(rule: str, days: list[str]) -> None:
    found = read(calendar(event("DTSTART;VALUE=DATE:20260310", f"RRULE:{rule}")))
    expected = [date.fromisoformat(f"2026-{one}") for one in days]
    told = [one.days[0] for one in found.happenings if one.days]
    # Where the event's own day does not fit its rule, it happens on that day all the same.
    assert [one for one in told if one in expected or one != date(2026, 3, 10)] == expected


def test_a_date_as_the_end_of_a_rule_means_the_end_of_that_day() -> None:
    found = read(
        calendar(
            event("DTSTART:20260310T220000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20260311")
        )
    )
    assert spans(found)[-1][0] == local("2026-03-11 22:00")
    assert len(spans(found)) == 2


def test_a_changed_occurrence_may_be_cancelled_free_or_moved() -> None:
    rule = event("DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5")
    changes = [
        event("RECURRENCE-ID:20260311T090000", "DTSTART:20260311T090000", "STATUS:CANCELLED"),
        event("RECURRENCE-ID:20260312T160000Z", "DTSTART:20260312T090000", "TRANSP:TRANSPARENT"),
        event("RECURRENCE-ID:20260313T090000", "DTSTART:20260320T120000", "DURATION:PT3H"),
    ]
    found = read(calendar(*changes, rule))
    assert spans(found) == [
        (local("2026-03-10 09:00"), local("2026-03-10 10:00")),
        (local("2026-03-14 09:00"), local("2026-03-14 10:00")),
        (local("2026-03-20 12:00"), local("2026-03-20 15:00")),
    ]


def test_a_change_of_one_and_all_that_follow() -> None:
    rule = event("DTSTART:20260310T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    change = event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T090000",
        "DTSTART:20260311T110000",
        "DURATION:PT2H",
    )
    assert spans(read(calendar(rule, change))) == [
        (local("2026-03-10 09:00"), local("2026-03-10 10:00")),
        (local("2026-03-11 11:00"), local("2026-03-11 13:00")),
        (local("2026-03-12 11:00"), local("2026-03-12 13:00")),
    ]


def test_what_changed_of_a_free_event_may_still_be_an_absence() -> None:
    free = event("DTSTART:20260310T090000", "RRULE:FREQ=DAILY", "TRANSP:TRANSPARENT")
    change = event("RECURRENCE-ID:20260312T090000", "DTSTART:20260312T090000", "DURATION:PT4H")
    found = read(calendar(free, change))
    assert spans(found) == [(local("2026-03-12 09:00"), local("2026-03-12 13:00"))]


def test_dates_that_are_listed_are_added() -> None:
    found = read(
        calendar(
            event(
                "DTSTART;VALUE=DATE:20260310",
                "RDATE;VALUE=DATE:20260312,20260314",
                "EXDATE;VALUE=DATE:20260312",
            )
        )
    )
    assert spans(found) == [day("2026-03-10"), day("2026-03-14")]


def test_an_exception_in_another_zone_is_the_same_instant() -> None:
    found = read(
        calendar(
            event(
                "DTSTART;TZID=America/Los_Angeles:20260310T090000",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;COUNT=3",
                "EXDATE:20260311T160000Z",
            )
        )
    )
    assert [start for start, _ in spans(found)] == [
        local("2026-03-10 09:00"),
        local("2026-03-12 09:00"),
    ]


def test_a_newer_version_of_an_event_replaces_the_older() -> None:
    older = event("DTSTART;VALUE=DATE:20260310", "SEQUENCE:1")
    newer = event("DTSTART;VALUE=DATE:20260311", "SEQUENCE:2")
    assert spans(read(calendar(newer, older))) == [day("2026-03-11")]


def test_single_events_under_one_name_are_all_taken() -> None:
    """Some programs write a recurring event out, one by one, all with its name."""
    days = [event(f"DTSTART;VALUE=DATE:202603{one}") for one in (10, 11, 12)]
    assert len(read(calendar(*days)).happenings) == 3


def test_events_without_a_name_are_told_apart() -> None:
    nameless = event("DTSTART:20260310T090000Z", "DURATION:PT1H").replace(
        "UID:a@example.org\r\n", ""
    )
    found = read(calendar(nameless, nameless))
    assert len(found.happenings) == 2


simple_rules = st.builds(
    lambda frequency, interval, count, days: ";".join(
        filter(None, (f"FREQ={frequency}", f"INTERVAL={interval}", f"COUNT={count}", days))
    ),
    st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")),
    st.integers(1, 5),
    st.integers(1, 40),
    st.sampled_from(("", "", "WKST=SU")),
) | st.builds(
    lambda interval, count, days: (
        f"FREQ=WEEKLY;INTERVAL={interval};COUNT={count};BYDAY={','.join(sorted(days))}"
    ),
    st.integers(1, 3),
    st.integers(1, 40),
    st.sets(st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU")), min_size=1),
)


@given(
    simple_rules,
    st.dates(date(2026, 2, 1), date(2026, 12, 28)),
    st.integers(0, 23),
    st.sampled_from(("America/Los_Angeles", "Asia/Kolkata", "Australia/Lord_Howe")),
)
def test_another_program_reads_the_same_occurrences(
    rule: str, first: date, hour: int, zone: str
) -> None:
    start = f"DTSTART;TZID={zone}:{first:%Y%m%d}T{hour:02}4500"
    head = event("DTSTAMP:20260101T000000Z", start, "DURATION:PT15M", f"RRULE:{rule}")
    content = calendar(head, head="PRODID:-//Example//EN\r\nVERSION:2.0")
    other = IcsCalendarStream.calendar_from_ics(content.decode()).timeline_tz(UTC)
    expected = {
        one.start_datetime.astimezone(UTC)
        for one in other.overlapping(NOW, SOON)
        if one.start_datetime > NOW
    }
    found = {start for start, _ in spans(read(content)) if start > NOW}
    # An event's own day counts even if it doesn't fit the rule; there programs differ. And some of
    # them leave out a time that a clock change skips, where RFC 5545 (3.3.5) says what it means.
    own = datetime(first.year, first.month, first.day, hour, 45, tzinfo=ZoneInfo(zone))
    differ = {own.astimezone(UTC)}
    differ |= {at for at in found if at.astimezone(ZoneInfo(zone)).hour != hour}
    assert found - differ == expected - differ


# Too much ───────────────────────────────────────────────────────────────────────────────────────


def test_a_file_with_more_events_than_anybody_has_is_refused() -> None:
    many = [
        event(f"DTSTART:20260310T{hour:02}{minute:02}{second:02}Z", "DURATION:PT1H", uid=f"{hour}")
        for hour in range(24)
        for minute in range(60)
        for second in range(2)
    ]
    assert len(read(calendar(*many[:MOST_EVENTS])).happenings) == MOST_EVENTS
    with pytest.raises(Unreadable, match="more than 2000 events"):
        read(calendar(*many[: MOST_EVENTS + 1]))


def test_a_happening_says_when_as_instants() -> None:
    [one] = read(calendar(event("DTSTART:20260310T090000Z", "DURATION:PT1H"))).happenings
    assert one == Happening(
        one.uid, utc("2026-03-10 09:00"), utc("2026-03-10 10:00"), days=None, name="", line=3
    )
