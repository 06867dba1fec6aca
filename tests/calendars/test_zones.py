"""Zones: what we write is true to the hour, and what others write is understood."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical

from oncall.calendar import Entry, feed
from oncall.calendar_text import Odd, read_components
from oncall.calendar_zones import Plain, ZonesOfFile, plain, zone_by_name
from tests.oncall.build import KOLKATA, LOS_ANGELES, utc

YEARS = (2025, 2027)
NAMES = sorted(available_timezones() - {"Factory", "localtime"})


def written(zone: ZoneInfo, at: datetime) -> str:
    """The feed of one shift at an instant."""
    return feed("x", [Entry("u", at, at + timedelta(hours=1), "x", "y")], zone, at).decode()


@pytest.mark.parametrize("part", range(10))
def test_every_zone_of_the_world_is_described_as_it_is(part: int) -> None:
    """Read by rules alone, every few days and around each change: all offsets are right."""
    for name in NAMES[part::10]:
        zone = ZoneInfo(name)
        if plain(zone, *YEARS) is None:
            assert "BEGIN:VTIMEZONE" not in written(zone, utc("2026-02-20 12:00"))
            continue
        described = tzical(io.StringIO(written(zone, utc("2026-02-20 12:00")))).get(name)
        for days in range(0, 500, 9):
            at = utc("2026-01-15 12:00") + timedelta(days=days)
            assert at.astimezone(described).utcoffset() == at.astimezone(zone).utcoffset(), name


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("America/Los_Angeles", ["2026-03-08 10:00", "2026-11-01 09:00"]),
        ("Australia/Lord_Howe", ["2026-04-04 15:00", "2026-10-03 15:30"]),
        ("Pacific/Chatham", ["2026-04-04 14:00", "2026-09-26 14:00"]),
        ("Europe/Dublin", ["2026-03-29 01:00", "2026-10-25 01:00"]),
        ("America/St_Johns", ["2026-03-08 05:30", "2026-11-01 04:30"]),
        ("Antarctica/Troll", ["2026-03-29 01:00", "2026-10-25 01:00"]),
        ("Africa/Cairo", ["2026-04-23 22:00", "2026-10-29 21:00"]),
    ],
)
def test_a_change_is_described_to_the_second(name: str, changes: list[str]) -> None:
    zone = ZoneInfo(name)
    described = tzical(io.StringIO(written(zone, utc("2026-02-20 12:00")))).get(name)
    for change in map(utc, changes):
        for seconds in (-1, 0, 1):
            at = (change + timedelta(seconds=seconds)).astimezone(zone)
            if at.fold:  # what rules mean by a time that comes twice is its first; we write UTC
                continue
            wall = at.replace(tzinfo=described)
            assert wall.utcoffset() == at.utcoffset(), f"{name} {at}"


def test_outlook_finds_all_that_it_understands_and_nothing_else() -> None:
    """One STANDARD, one DAYLIGHT, each by a yearly rule for one numbered weekday, no RDATE."""
    text = written(LOS_ANGELES, utc("2026-02-20 12:00"))
    assert text.count("BEGIN:STANDARD") == text.count("BEGIN:DAYLIGHT") == 1
    assert "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU" in text
    assert "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU" in text
    assert "RDATE" not in text
    assert "DTSTART;TZID=America/Los_Angeles:20260220T040000" in text


@pytest.mark.parametrize("name", ["Africa/Casablanca", "Asia/Gaza"])
def test_times_of_a_zone_that_no_rule_describes_are_written_in_utc(name: str) -> None:
    """Ramadan moves the clocks in Morocco and in Gaza: calendar programs get it wrong."""
    text = written(ZoneInfo(name), utc("2026-02-20 12:00"))
    assert "DTSTART:20260220T120000Z" in text


def test_times_in_years_whose_rules_changed_are_written_in_utc() -> None:
    assert "DTSTART:20070401T120000Z" in written(LOS_ANGELES, utc("2007-04-01 12:00"))
    assert plain(LOS_ANGELES, 2006, 2008) is None


def test_a_zone_whose_clocks_are_never_changed_has_one_distance_from_utc() -> None:
    assert plain(KOLKATA, *YEARS) == Plain(timedelta(hours=5, minutes=30))
    text = written(KOLKATA, utc("2026-02-20 12:00"))
    assert text.count("TZOFFSETFROM:+0530") == text.count("TZOFFSETTO:+0530") == 1
    assert "RRULE" not in text


def test_the_time_that_comes_twice_is_written_in_utc_the_second_time() -> None:
    assert "DTSTART;TZID=" in written(LOS_ANGELES, utc("2026-11-01 06:30"))
    assert "DTSTART:20261101T093000Z" in written(LOS_ANGELES, utc("2026-11-01 09:30"))


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("America/Los_Angeles", "America/Los_Angeles"),
        ('"America/Los_Angeles"', "America/Los_Angeles"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Calcutta"),
        ("/mozilla.org/20050126_1/America/Los_Angeles", "America/Los_Angeles"),
        ("/example.org/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_known_by_each_of_its_names(name: str, zone: str) -> None:
    assert zone_by_name(name) == ZoneInfo(zone)


@pytest.mark.parametrize(
    "name", ["", "/", "Nowhere/City", "../../etc/passwd", "America", "a\x00b", "x" * 5000]
)
def test_a_name_that_is_none_is_no_zone(name: str) -> None:
    assert zone_by_name(name) is None


OUTLOOK_CUSTOM = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE"""

FIXED = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
END:VTIMEZONE"""


def zones(described: str, usual: ZoneInfo = LOS_ANGELES) -> ZonesOfFile:
    """The zones of a file that describes one."""
    text = f"BEGIN:VCALENDAR\n{described}\nEND:VCALENDAR"
    [calendar] = read_components(text.encode())
    return ZonesOfFile(calendar, usual, 2026)


def test_a_zone_without_a_known_name_is_known_by_its_rules() -> None:
    found = zones(OUTLOOK_CUSTOM).named("Customized Time Zone")
    for month in range(1, 13):
        at = datetime(2026, month, 27, 12, tzinfo=UTC)
        berlin = at.astimezone(ZoneInfo("Europe/Berlin"))
        assert at.astimezone(found).utcoffset() == berlin.utcoffset()
    fixed = zones(FIXED).named("Customized Time Zone")
    assert utc("2026-07-01 12:00").astimezone(fixed).utcoffset() == timedelta(minutes=330)


def test_of_the_zones_with_the_same_rules_the_team_s_own_is_taken() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    assert zones(OUTLOOK_CUSTOM, oslo).named("Customized Time Zone") == oslo


def test_the_place_that_a_program_adds_is_believed() -> None:
    text = OUTLOOK_CUSTOM.replace("BEGIN:STANDARD", "X-LIC-LOCATION:Europe/Vienna\nBEGIN:STANDARD")
    assert zones(text).named("Customized Time Zone") == ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    "described",
    [
        "",
        OUTLOOK_CUSTOM.replace("BYMONTH=10", "BYMONTH=9"),
        OUTLOOK_CUSTOM.replace("+0200", "+0217"),
        OUTLOOK_CUSTOM.replace("+0200", "yes"),
        OUTLOOK_CUSTOM.replace("FREQ=YEARLY", "FREQ=SECONDLY"),
        OUTLOOK_CUSTOM.replace("DTSTART:1601", "DTSTART:9999"),
        "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nEND:VTIMEZONE",
    ],
)
def test_a_zone_that_no_clock_goes_by_is_not_guessed(described: str) -> None:
    with pytest.raises(Odd):
        zones(described).named("Customized Time Zone")
