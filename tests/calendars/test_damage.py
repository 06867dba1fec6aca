"""Files from outside: cut off, damaged, hostile. A clear refusal or a result, and soon."""

import random
import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.calendar_events import MOST_EVENTS, CalendarFile, read_calendar
from oncall.calendar_rules import read_rule
from oncall.calendar_text import MOST_BYTES, Odd, Unreadable
from tests.calendars.test_reading import NOW, SOON, calendar, event, read, sample
from tests.oncall.build import LOS_ANGELES

BYTES = b"0123456789TZ;:=,-\r\n PEX\x00\xff"
SAMPLES = [sample(name) for name in ("google", "outlook", "apple", "holidays")]


def read_or_refuse(content: bytes) -> CalendarFile | str:
    """What a file says, or the words with which it is refused; nothing else may come out."""
    try:
        return read(content, also_free=True)
    except Unreadable as refused:
        return str(refused)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a real export in which bytes, lines and stretches are changed, lost or doubled."""
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        end = min(at + draw(st.integers(0, 80)), len(content))
        match draw(st.sampled_from(("put", "drop", "double", "swap"))):
            case "put":
                content[at:at] = draw(st.binary(max_size=12))
            case "drop":
                del content[at:end]
            case "double":
                content[end:end] = content[at:end]
            case "swap":
                lines = content.split(b"\r\n")
                one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
                lines[one], lines[other] = lines[other], lines[one]
                content = bytearray(b"\r\n".join(lines))
    return bytes(content)


VALUES = (
    "20260310T090000",
    "20260310T090000Z",
    "20260310",
    "99991231T235959Z",
    "15830101",
    "FREQ=DAILY;COUNT=3",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=WEEKLY;UNTIL=23991231T235959Z;BYDAY=MO",
    "P9999D",
    "PT1S",
    "-P1D",
    "",
    "é☃",
)


@st.composite
def strange(draw: st.DrawFn) -> bytes:
    """Draw a well-formed file whose events make little sense."""
    names = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
    name = st.sampled_from((*names, "SEQUENCE", "UID", "STATUS", "TRANSP"))
    parameters = st.sampled_from(
        ("", ";VALUE=DATE", ";TZID=Asia/Kolkata", ";TZID=Nowhere", ";RANGE=THISANDFUTURE")
    )
    line = st.builds(lambda n, p, v: f"{n}{p}:{v}", name, parameters, st.sampled_from(VALUES))
    events = [
        event("DTSTART:20260310T090000", *draw(st.lists(line, max_size=6)), uid="one")
        for _ in range(draw(st.integers(1, 4)))
    ]
    return calendar(*events)


@given(damaged() | strange() | st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused_in_words(content: bytes) -> None:
    outcome = read_or_refuse(content)
    if isinstance(outcome, str):
        assert outcome.endswith(".")
        assert outcome.isprintable()
        assert len(outcome) < 300
    else:
        assert all(one.start < one.end for one in outcome.happenings)
        assert all(one.reason.isprintable() for one in outcome.left_out)


def test_many_more_damaged_files_are_read_or_refused() -> None:
    """As above, thousands of times: bytes exchanged at random."""
    chance = random.Random(20260303)
    for _ in range(3000):
        content = bytearray(chance.choice(SAMPLES))
        for _ in range(chance.randint(1, 30)):
            content[chance.randrange(len(content))] = chance.choice(
                b"0123456789TZ;:=,-\r\n PEX\x00\xff"
            )
        read_or_refuse(bytes(content))


@given(st.sampled_from(SAMPLES), st.data())
def test_a_file_that_was_cut_off_is_refused(content: bytes, data: st.DataObject) -> None:
    """Half a file would take back the days off that the other half holds."""
    end = data.draw(st.integers(0, len(content.rstrip()) - 1))
    outcome = read_or_refuse(content[:end])
    assert isinstance(outcome, str)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty: an .ics file begins with BEGIN:VCALENDAR."),
        (b"PK\x03\x04rest", "This is a ZIP archive: unpack it"),
        (b"<!DOCTYPE html>\n<html>", "line 1: not a calendar file"),
        (b"\n\nBEGIN:VEVENT\nEND:VEVENT\n", "line 3: not a calendar file"),
        (b"BEGIN:VCARD\nEND:VCARD\n", "line 1: not a calendar file"),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n",
            "line 3: END:VCALENDAR within VEVENT: the file is damaged.",
        ),
        (
            b"BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR\n",
            "line 3: END:VCALENDAR outside of everything",
        ),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x",
            "The file ends within the VEVENT that begins in line 2: it was cut off.",
        ),
        (b"x" * (MOST_BYTES + 1), "The file is longer than 1024 KiB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_calendar_file_is_refused_with_what_and_where(
    content: bytes, words: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert str(refused.value).startswith(words)


def test_line_ends_byte_order_marks_and_broken_descriptions_are_put_up_with() -> None:
    text = calendar(event("DTSTART;VALUE=DATE:20260310", "DESCRIPTION:one\r\ntwo three\r\n", "X"))
    for content in (text, text.replace(b"\r\n", b"\n"), text.replace(b"\r\n", b"\r")):
        assert len(read(b"\xef\xbb\xbf" + content).happenings) == 1


# Work without end ───────────────────────────────────────────────────────────────────────────────

LONGEST = 3.0
"""Seconds of the processor that no file may take; the worst take one or so."""


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=HOURLY;COUNT=2",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYSECOND=0,1,2",
        "freq=secondly",
    ],
)
def test_a_rule_that_repeats_within_a_day_is_refused_with_its_line(rule: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(calendar(event("DTSTART:19700101T000000Z", "DURATION:PT1S", f"RRULE:{rule}")))
    assert str(refused.value).startswith("line 7: an event repeats by the hour or faster")
    assert rule.upper() in str(refused.value).upper()


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=20",
        "FREQ=YEARLY;BYDAY=53MO",
        "FREQ=DAILY;INTERVAL=7;BYDAY=SU",
        "FREQ=YEARLY;INTERVAL=3;BYDAY=MO;BYMONTHDAY=29;BYMONTH=2",
        "FREQ=YEARLY;BYMONTH=2",  # on the 31st, since the event begins on one
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=YEARLY;BYWEEKNO=53",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=1000000000",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;WKST=XX",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "INTERVAL=2",
        "",
    ],
)
def test_a_rule_that_may_never_come_again_is_left_out_at_once(rule: str) -> None:
    with pytest.raises(Odd):
        read_rule(rule, 1, date(2026, 1, 31))


def test_a_rule_s_cost_says_how_much_work_it_is() -> None:
    start, end = date(2016, 3, 3), date(2027, 4, 7)
    daily, weekly, rare, ended = (
        read_rule(rule, 1, start).cost(start, end)
        for rule in (
            "FREQ=DAILY",
            "FREQ=WEEKLY",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "FREQ=DAILY;UNTIL=20160401",
        )
    )
    assert ended < weekly < rare < daily


FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = st.one_of(
    st.sampled_from((1, 2, 7, 12, 28, 400, 997)).map("INTERVAL={}".format),
    st.sampled_from(("COUNT=3", "COUNT=99999", "UNTIL=20300101", "UNTIL=20200601T000000Z")),
    st.sampled_from(("MO", "5MO", "-5FR", "-1SU,2TU", "MO,TU,WE,TH,FR", "53MO")).map(
        "BYDAY={}".format
    ),
    st.sampled_from(("2", "1,4", "12")).map("BYMONTH={}".format),
    st.sampled_from(("30", "-31", "1,2", "29", "31")).map("BYMONTHDAY={}".format),
    st.sampled_from(("-1", "4", "20")).map("BYSETPOS={}".format),
)


@given(
    st.sampled_from(FREQUENCIES),
    st.lists(PARTS, max_size=4),
    st.sampled_from(("20160229", "20260131", "16040229", "20260331")),
)
def test_no_rule_that_is_taken_takes_long(frequency: str, parts: list[str], start: str) -> None:
    rule = ";".join((f"FREQ={frequency}", *parts))
    began = time.thread_time()
    read_or_refuse(calendar(event(f"DTSTART;VALUE=DATE:{start}", f"RRULE:{rule}")))
    assert time.thread_time() - began < LONGEST


RDATES = [f"RDATE:{NOW + timedelta(minutes=n):%Y%m%dT%H%M%SZ}" for n in range(30_000)]


def many(count: int, *lines: str) -> bytes:
    """A file of many events alike."""
    return calendar(*(event(*lines, uid=str(number)) for number in range(count)))


MANY_THAT_HARDLY_REPEAT = (
    many(11_037, "DTSTART:20200401", "RRULE:FREQ=WEEKLY;UNTIL=20200401"),
    many(12_482, "DTSTART:20200401", "RDATE:20200401"),
)


@pytest.mark.parametrize(
    "content",
    [
        many(1900, "DTSTART:20000101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"),
        many(1900, "DTSTART;VALUE=DATE:16040229", "RRULE:FREQ=YEARLY"),
        many(9000, "DTSTART:20260401T000000Z", "RRULE:FREQ=DAILY"),
        many(5000, "DTSTART:20260401", "RRULE:FREQ=YEARLY;BYDAY=MO;BYMONTHDAY=29;BYMONTH=2"),
        *MANY_THAT_HARDLY_REPEAT,
        calendar(event("DTSTART:20260401T000000Z", "DURATION:PT1M", *RDATES)),
        calendar(
            event("DTSTART:20260401T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"),
            *(
                event(
                    f"RECURRENCE-ID;RANGE=THISANDFUTURE:{NOW + timedelta(days=n):%Y%m%d}T000000Z",
                    "DTSTART:20260401T000000Z",
                    "DURATION:PT1H",
                )
                for n in range(MOST_EVENTS - 1)
            ),
        ),
        b"BEGIN:VCALENDAR\n" + b"\n" * 1_000_000 + b"END:VCALENDAR",
        b"BEGIN:VCALENDAR\n" + b" \n" * 500_000 + b"END:VCALENDAR",
        b'BEGIN:VCALENDAR\nA;B="' + b'"' * 1_000_000 + b"\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\nA" + b';B="x"' * 150_000 + b"\nEND:VCALENDAR",
        b"BEGIN:X\n" * 100_000,
        b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 100_000,
    ],
    ids=lambda content: f"{content[:40]!r}"[18:40] + str(len(content)),
)
def test_no_file_however_hostile_takes_long(content: bytes) -> None:
    assert len(content) <= MOST_BYTES
    began = time.thread_time()
    read_or_refuse(content)
    assert time.thread_time() - began < LONGEST


@pytest.mark.parametrize("content", MANY_THAT_HARDLY_REPEAT, ids=["rules", "dates"])
def test_to_begin_with_an_event_that_repeats_is_work_too(content: bytes) -> None:
    assert "too many events repeat for too long" in str(read_or_refuse(content))


def test_as_many_events_that_repeat_as_a_calendar_holds_are_read() -> None:
    weekly = many(220, "DTSTART:20160401", "RRULE:FREQ=WEEKLY;UNTIL=20260101")
    short = many(1500, "DTSTART:20250401", "RRULE:FREQ=WEEKLY;UNTIL=20250630")
    for content in (weekly, short):
        assert isinstance(read_or_refuse(content), CalendarFile)


def test_the_same_file_is_always_read_the_same() -> None:
    for content in SAMPLES:
        assert read_calendar(content, LOS_ANGELES, NOW, SOON) == read(content)
