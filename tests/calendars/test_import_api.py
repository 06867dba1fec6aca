"""A calendar file becomes time off: brought up to date, never doubled, nothing else of it kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import col, select

from dispatch.access import Role
from dispatch.api import time_off
from dispatch.api.guards import MAX_BODY_BYTES
from oncall.calendar_text import MOST_BYTES
from oncall.store import mark_changed
from oncall.tables import TeamRow, TimeOffRow
from tests.api.edge import EdgeNight
from tests.calendars.test_reading import calendar, event, sample
from tests.clocks import HeldClock
from tests.scenarios.night import NIGHT

ANA = "/api/staff/ana/time-off"
ELI = "/api/staff/eli/time-off"


def send(client: httpx.Client, content: bytes, path: str = ANA, **params: object) -> httpx.Response:
    """Send a calendar file."""
    return client.post(
        f"{path}/import", content=content, headers={"Content-Type": "text/calendar"}, params=params
    )


def counts(answer: httpx.Response) -> tuple[int, int, int]:
    """How many were added, removed, kept."""
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return told["added"], told["removed"], told["kept"]


def listed(client: httpx.Client, path: str = ANA) -> list[tuple[str, str, bool]]:
    """From when until when somebody is away, and whether a file says so."""
    return [(one["start"], one["end"], one["imported"]) for one in client.get(path).json()]


def day(number: int, uid: str = "") -> str:
    """A day off in March 2026."""
    return event(f"DTSTART;VALUE=DATE:202603{number}", uid=uid or f"{number}@example.org")


HOME = "X-WR-CALNAME:Home"
WORK = "X-WR-CALNAME:Work"


def test_google_s_export_becomes_time_off(ana: httpx.Client) -> None:
    answer = send(ana, sample("google"))
    assert counts(answer) == (5, 0, 0)
    assert answer.json()["coverage"]["covered"] is True
    assert [one["reason"] for one in answer.json()["left_out"]] == [
        "it is cancelled",
        "the calendar shows it as free: show it as busy to be away",
    ]
    assert listed(ana) == [
        ("2026-03-05T17:30:00-08:00", "2026-03-05T19:00:00-08:00", True),
        ("2026-03-07T00:00:00-08:00", "2026-03-10T00:00:00-07:00", True),
        ("2026-03-12T17:30:00-07:00", "2026-03-12T19:00:00-07:00", True),
        ("2026-03-27T18:00:00-07:00", "2026-03-27T19:30:00-07:00", True),
        ("2026-04-02T17:30:00-07:00", "2026-04-02T19:00:00-07:00", True),
    ]


@pytest.mark.parametrize("name", ["google", "outlook", "apple"])
def test_reading_the_same_file_again_changes_nothing(
    night: EdgeNight, ana: httpx.Client, name: str
) -> None:
    added, _, _ = counts(send(ana, sample(name)))
    before = night.contents()
    assert counts(send(ana, sample(name))) == (0, 0, added)
    after = night.contents()
    assert after["time_off"] == before["time_off"]
    assert after["rota_change"] == before["rota_change"]


def test_nothing_of_a_file_is_kept_but_when(night: EdgeNight, ana: httpx.Client) -> None:
    for name in ("google", "outlook", "apple"):
        send(ana, sample(name))
    for table, rows in night.contents().items():
        for word in ("Choir", "Long weekend", "PTO", "Night class", "google.com", "040000008200E"):
            assert not any(word in row for row in rows), f"{word} in {table}"


def test_a_newer_export_brings_it_up_to_date(ana: httpx.Client) -> None:
    """One is gone, one is longer, one is new."""
    send(ana, calendar(day(10), day(12), day(14), head=HOME))
    longer = event("DTSTART;VALUE=DATE:20260312", "DURATION:P2D", uid="12@example.org")
    newer = calendar(longer, day(14), day(16), head=HOME)
    assert counts(send(ana, newer)) == (2, 2, 1)
    assert [start[:10] for start, _, _ in listed(ana)] == ["2026-03-12", "2026-03-14", "2026-03-16"]
    assert listed(ana)[0][1] == "2026-03-14T00:00:00-07:00"


def test_other_calendars_and_what_was_written_by_hand_stay(ana: httpx.Client) -> None:
    ana.post(ANA, json={"first_day": "2026-03-20", "last_day": "2026-03-20"})
    send(ana, calendar(day(10), head=HOME))
    assert counts(send(ana, calendar(day(12), head=WORK))) == (1, 0, 0)
    assert counts(send(ana, calendar(head=WORK))) == (0, 1, 0)
    assert [(start[:10], imported) for start, _, imported in listed(ana)] == [
        ("2026-03-10", True),
        ("2026-03-20", False),
    ]


def test_two_calendars_may_hold_the_same_event(ana: httpx.Client) -> None:
    send(ana, calendar(day(10), head=HOME))
    assert counts(send(ana, calendar(day(10), head=WORK))) == (1, 0, 0)
    assert counts(send(ana, calendar(head=HOME))) == (0, 1, 0)
    assert len(listed(ana)) == 1


def test_a_calendar_without_a_name_takes_nothing_of_another_back(ana: httpx.Client) -> None:
    send(ana, calendar(day(10)))
    assert counts(send(ana, calendar(day(12), day(14)))) == (2, 0, 0)
    assert counts(send(ana, calendar(day(10)))) == (0, 0, 1)
    assert [start[:10] for start, _, _ in listed(ana)] == ["2026-03-10", "2026-03-12", "2026-03-14"]


def test_a_calendar_without_a_name_still_changes_what_it_has_brought(ana: httpx.Client) -> None:
    send(ana, calendar(day(10), day(12)))
    longer = event("DTSTART;VALUE=DATE:20260310", "DURATION:P2D", uid="10@example.org")
    assert counts(send(ana, calendar(longer))) == (1, 1, 0)
    assert [(start[:10], end[:10]) for start, end, _ in listed(ana)] == [
        ("2026-03-10", "2026-03-12"),
        ("2026-03-12", "2026-03-13"),
    ]


def test_an_invitation_takes_nothing_back(ana: httpx.Client) -> None:
    send(ana, calendar(day(10), head=HOME))
    invitation = f"{HOME}\r\nMETHOD:REQUEST"
    assert counts(send(ana, calendar(day(12), head=invitation))) == (1, 0, 0)
    assert len(listed(ana)) == 2


def test_another_person_s_time_off_stays(ana: httpx.Client, ben: httpx.Client) -> None:
    send(ben, calendar(day(20), head=HOME), "/api/staff/ben/time-off")
    send(ana, calendar(day(10), head=HOME))
    assert counts(send(ana, calendar(head=HOME))) == (0, 1, 0)
    assert len(listed(ben, "/api/staff/ben/time-off")) == 1


def test_what_has_begun_stays_unless_it_ends_otherwise(night: EdgeNight, ana: httpx.Client) -> None:
    running = night.clock
    night.clock = clock = HeldClock(running.now())
    try:
        began = f"{clock.now() - timedelta(hours=2):%Y%m%dT%H%M%SZ}"

        def until(hours: int) -> str:
            ends = f"{clock.now() + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"
            return event(f"DTSTART:{began}", f"DTEND:{ends}")

        assert counts(send(ana, calendar(until(20), head=HOME))) == (1, 0, 0)
        assert counts(send(ana, calendar(head=HOME))) == (0, 0, 0)
        assert len(listed(ana)) == 1
        assert counts(send(ana, calendar(until(5), head=HOME))) == (1, 1, 0)
        [(_, ends, _)] = listed(ana)
        left = datetime.fromisoformat(ends) - clock.now()
        assert timedelta(hours=4) < left <= timedelta(hours=5)
    finally:
        night.clock = running


def test_what_is_over_is_not_written_into_the_past(ana: httpx.Client) -> None:
    gone = event("DTSTART;VALUE=DATE:20260210")
    assert counts(send(ana, calendar(gone))) == (0, 0, 0)


# Gaps ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_calendar_that_opens_a_gap_is_refused_as_a_whole(
    night: EdgeNight, eli: httpx.Client
) -> None:
    before = night.contents()
    answer = send(eli, calendar(day(10), day(12)), ELI)
    assert answer.status_code == 409
    gaps = [one for one in answer.json()["opened"] if one["tier"] == "supervisor"]
    assert [gap["start"] for gap in gaps] == [
        "2026-03-10T00:00:00-07:00",
        "2026-03-12T00:00:00-07:00",
    ]
    assert night.contents()["time_off"] == before["time_off"]
    accepted = send(eli, calendar(day(10), day(12)), ELI, accept_gaps="the county stands in")
    assert counts(accepted) == (2, 0, 0)


def test_a_preview_counts_and_judges_and_saves_nothing(
    ana: httpx.Client, eli: httpx.Client
) -> None:
    tried = send(ana, sample("google"), preview=True)
    assert counts(tried) == (5, 0, 0)
    assert tried.json()["covered"] is True
    assert len(tried.json()["left_out"]) == 2
    risky = send(eli, calendar(day(10)), ELI, preview=True)
    assert counts(risky) == (1, 0, 0)
    assert risky.json()["covered"] is False
    assert {gap["tier"] for gap in risky.json()["opened"]} == {"supervisor"}
    assert listed(ana) == listed(eli, ELI) == []


def test_who_leads_nobody_may_not_accept_a_gap(ana: httpx.Client) -> None:
    answer = send(ana, calendar(day(10)), accept_gaps="it will be fine")
    assert answer.status_code == 403


# What is no calendar ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"\x00\xff\xfe", "line 1: not a calendar file"),
        (b"PK\x03\x04", "ZIP archive"),
        (sample("google")[:900], "it was cut off"),
        (
            calendar(event("DTSTART:20260310T000000Z", "RRULE:FREQ=SECONDLY")),
            "line 6: an event repeats by the hour or faster (“FREQ=SECONDLY”)",
        ),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_can_t_be_read_is_refused_with_what_and_where(
    night: EdgeNight, ana: httpx.Client, content: bytes, words: str
) -> None:
    before = night.contents()
    answer = send(ana, content)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert night.contents()["time_off"] == before["time_off"]


def test_events_that_are_not_understood_are_told_and_the_rest_is_taken(ana: httpx.Client) -> None:
    odd = event("DTSTART;TZID=Moon/Base:20260310T090000", "DURATION:PT1H", uid="odd")
    answer = send(ana, calendar(odd, day(12)))
    assert counts(answer) == (1, 0, 0)
    assert answer.json()["left_out"] == [
        {"line": 3, "reason": "its time zone “Moon/Base” is not known"}
    ]


def test_a_long_list_of_what_was_left_out_is_cut(ana: httpx.Client) -> None:
    free = [event("DTSTART:20260310", "TRANSP:TRANSPARENT", uid=str(n)) for n in range(105)]
    left_out = send(ana, calendar(*free)).json()["left_out"]
    assert len(left_out) == 101
    assert left_out[-1] == {"line": None, "reason": "and 5 more"}


def test_calendars_may_be_longer_than_other_bodies_and_only_here(
    night: EdgeNight, ana: httpx.Client
) -> None:
    filler = "DESCRIPTION:" + "x" * 2 * MAX_BODY_BYTES
    long = calendar(event("DTSTART;VALUE=DATE:20260310", filler))
    assert counts(send(ana, long)) == (1, 0, 0)
    too_long = send(ana, b"x" * (MOST_BYTES + 1))
    assert too_long.status_code == 413
    assert str(MOST_BYTES) in too_long.json()["detail"]
    for path in (ANA, f"{ANA}/import/x", "/api/session", "/twilio/sms"):
        assert ana.post(path, content=long).status_code == 413


def test_one_file_is_read_at_a_time(ana: httpx.Client) -> None:
    """Reading takes the processor that a caller may need."""
    with time_off._one_at_a_time():
        assert send(ana, calendar()).status_code == 429
    assert send(ana, calendar()).status_code == 200


def test_more_than_anybody_is_away_is_refused_in_words(
    ana: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.commands.time_off.MOST_AHEAD", 2)
    assert send(ana, sample("google")).status_code == 422
    assert listed(ana) == []


def test_rows_from_a_file_carry_names_that_say_nothing(night: EdgeNight, ana: httpx.Client) -> None:
    send(ana, sample("outlook"))
    with night.vigil.unit_of_work.reading() as work:
        query = select(TimeOffRow.uid).where(col(TimeOffRow.made_at) >= NIGHT)
        names = list(work.session.exec(query))
    assert len(set(names)) == len(names) == 9
    assert all(name and set(name) <= set("0123456789abcdef:") for name in names)


# Public holidays ────────────────────────────────────────────────────────────────────────────────

HOLIDAYS = "/api/teams/north/holidays"


def holidays(client: httpx.Client, year: int) -> dict[str, tuple[str, bool]]:
    """A year's public holidays."""
    answer = client.get(HOLIDAYS, params={"year": year})
    assert answer.status_code == 200
    return {one["day"]: (one["name"], one["imported"]) for one in answer.json()}


def send_holidays(client: httpx.Client, content: bytes) -> httpx.Response:
    """Send a calendar of public holidays."""
    return client.post(f"{HOLIDAYS}/import", content=content)


def test_whole_days_of_a_file_are_public_holidays_also_when_shown_as_free(
    eli: httpx.Client,
) -> None:
    answer = send_holidays(eli, sample("holidays"))
    assert counts(answer) == (3, 0, 0)
    assert [one["reason"] for one in answer.json()["left_out"]] == [
        "it lasts hours, not whole days"
    ]
    assert holidays(eli, 2026) == {
        "2026-02-10": ("County Founders' Day", True),
        "2026-12-24": ("Winter closing, both days", True),
        "2026-12-25": ("Winter closing, both days", True),
    }
    assert holidays(eli, 2027) == {}
    assert counts(send_holidays(eli, sample("holidays"))) == (0, 0, 3)


def test_a_newer_file_replaces_the_years_that_it_names(eli: httpx.Client) -> None:
    def festive(day: str, name: str) -> str:
        return event(f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{name}", uid=name)

    send_holidays(eli, calendar(festive("20260704", "Old"), festive("20270704", "Next")))
    newer = calendar(festive("20260705", "New\\nname"), festive("20260705", "Both"))
    assert send_holidays(eli, newer).status_code == 200
    assert holidays(eli, 2026) == {"2026-07-05": ("New name, Both", True)}
    assert holidays(eli, 2027) == {"2027-07-04": ("Next", True)}


def test_holidays_that_come_every_year_and_are_long(eli: httpx.Client) -> None:
    yearly = event("DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=YEARLY", "SUMMARY:New Year", uid="1")
    endless = event("DTSTART;VALUE=DATE:20260401", "DURATION:P15D", "SUMMARY:Term", uid="2")
    answer = send_holidays(eli, calendar(yearly, endless))
    assert [one["reason"] for one in answer.json()["left_out"]] == ["it lasts longer than 14 days"]
    assert [list(holidays(eli, year)) for year in (2025, 2026, 2027, 2028)] == [
        [f"{year}-01-01"] for year in (2025, 2026, 2027, 2028)
    ]


@contextmanager
def region(night: EdgeNight, name: str) -> Iterator[None]:
    """North's public holidays are those of a region, for a while."""
    for rules in ({"holidays": name}, {}):
        with night.vigil.unit_of_work() as work:
            row = work.session.get_one(TeamRow, "north")
            row.rules = rules
            work.session.add(row)
            mark_changed(work.session, work.now)
        if rules:
            yield


def test_the_region_s_holidays_are_there_without_any_file(
    night: EdgeNight, eli: httpx.Client
) -> None:
    with region(night, "US-OR"):
        found = holidays(eli, 2026)
    assert found["2026-07-04"] == ("Independence Day", False)
    assert all(day.startswith("2026") for day in found)


def test_only_leads_may_say_which_days_are_holidays(
    night: EdgeNight, ana: httpx.Client, ivy: httpx.Client
) -> None:
    assert send_holidays(ana, sample("holidays")).status_code == 403
    assert send_holidays(ivy, sample("holidays")).status_code == 404
    assert send_holidays(night.web(Role.VIEWER), sample("holidays")).status_code == 403
    assert send_holidays(night.http, sample("holidays")).status_code == 401
    assert ana.get(HOLIDAYS).status_code == 200
    assert ivy.get(HOLIDAYS).status_code == 404


def test_what_is_no_calendar_of_holidays_is_refused(eli: httpx.Client) -> None:
    assert send_holidays(eli, b"2026-07-04 Independence Day").status_code == 422
    assert eli.get(HOLIDAYS, params={"year": 10_000}).status_code == 422
