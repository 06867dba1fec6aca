"""What a hospital hears from us: that its message is kept, in its own manner, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.hl7.acknowledgement import (
    Outcome,
    acknowledgement,
    batch_acknowledgement,
    refusal,
)
from dispatch.hospitals.hl7.envelope import split_batch
from dispatch.hospitals.hl7.er7 import Message, read
from dispatch.hospitals.notice import Unreadable
from tests.hospitals import hl7_samples as samples

AT = datetime(2026, 1, 15, 20, 0, 5, tzinfo=UTC)
ACCEPTED, FAILED, REFUSED = Outcome.ACCEPTED, Outcome.FAILED, Outcome.REFUSED


def asking(accept: str = "", application: str = "", **fields: str) -> Message:
    """Return a message with what it asks for in MSH-15 and MSH-16."""
    told = {"event": "ADT^A01^ADT_A01", "version": "2.5.1", "charset": "", **fields}
    return read(
        f"MSH|^~\\&|ADT|HOSP|VIGIL|ACT|20260115120000||{told['event']}|77|P|{told['version']}|||"
        f"{accept}|{application}||{told['charset']}\rPID|1||secret".encode()
    )


def answer(message: Message, outcome: Outcome = ACCEPTED, text: str = "") -> Message:
    raw = acknowledgement(message, outcome, "9001", AT, text)
    assert raw is not None
    return read(raw)


def code(message: Message, outcome: Outcome) -> str | None:
    raw = acknowledgement(message, outcome, "9001", AT)
    return None if raw is None else read(raw).first("MSA").field(1).raw


def test_an_answer_goes_back_where_the_message_came_from() -> None:
    raw = acknowledgement(asking(), ACCEPTED, "9001", AT, "Received, reference 12.")
    assert raw == (
        b"MSH|^~\\&|VIGIL|ACT|ADT|HOSP|20260115200005+0000||ACK^A01^ACK|9001|P|2.5.1\r"
        b"MSA|AA|77|Received, reference 12.\r"
    )


@pytest.mark.parametrize(
    ("accept", "application", "codes"),
    [
        ("", "", ("AA", "AE", "AR")),
        ("AL", "", ("CA", "CE", "CR")),
        ("AL", "AL", ("CA", "CE", "CR")),
        ("AL", "NE", ("CA", "CE", "CR")),
        ("NE", "", (None, None, None)),
        ("NE", "NE", (None, None, None)),
        ("NE", "AL", ("AA", "AE", "AR")),
        ("", "AL", ("AA", "AE", "AR")),
        ("", "NE", (None, None, None)),
        ("ER", "NE", (None, "CE", "CR")),
        ("SU", "NE", ("CA", None, None)),
        ("", "ER", (None, "AE", "AR")),
        ("SU", "ER", ("CA", "AE", "AR")),
        ("Y", "", ("CA", "CE", "CR")),
    ],
)
def test_an_answer_is_of_the_kind_that_was_asked_for_or_is_none(
    accept: str, application: str, codes: tuple[str | None, ...]
) -> None:
    message = asking(accept, application)
    assert tuple(code(message, outcome) for outcome in (ACCEPTED, FAILED, REFUSED)) == codes


def test_an_answer_is_in_the_senders_own_delimiters() -> None:
    message = read(b"MSH#!@%*#ADT#A!B#VIGIL#ACT###ADT!A03#7@7#P\rPID#1")
    raw = acknowledgement(message, ACCEPTED, "9001", AT, "50% #1")
    assert raw == (
        b"MSH#!@%*#VIGIL#ACT#ADT#A!B#20260115200005+0000##ACK!A03#9001#P#2.5.1\r"
        b"MSA#AA#7@7#50%E% %F%1\r"
    )


def test_where_nothing_can_be_escaped_no_word_of_ours_divides() -> None:
    message = read(b"MSH\\^~\\ADT\\\\\\\\\\\\ADT^A01\\7")
    assert message.first("MSH").field(9).component(2) == "A01"
    assert answer(message, text="a^b~c\\d\ne").first("MSA").field(3).raw == "a b c d e"


@pytest.mark.parametrize(
    ("charset", "codec"), [("8859/1", "cp1252"), ("UNICODE UTF-8", "utf-8"), ("", "utf-8")]
)
def test_an_answer_is_in_the_senders_own_character_set(charset: str, codec: str) -> None:
    raw = f"MSH|^~\\&|É|HOSP|||||ADT^A01|7|P|2.5||||||{charset}".encode(codec)
    told = acknowledgement(read(raw), ACCEPTED, "9001", AT)
    assert told is not None
    assert "É" in told.decode(codec)
    assert read(told).first("MSH").field(18).raw == charset


def test_a_character_set_that_was_not_in_use_is_not_declared() -> None:
    message = read("MSH|^~\\&|É|||||||7||||||||ASCII".encode())
    assert answer(message).first("MSH").field(18).raw == ""


@pytest.mark.parametrize(
    ("event", "kind"),
    [("ADT^A01^ADT_A01", "ACK^A01^ACK"), ("ADT^A01", "ACK^A01"), ("ADT", "ACK"), ("", "ACK")],
)
def test_an_answer_is_named_as_the_senders_version_names_it(event: str, kind: str) -> None:
    assert answer(asking(event=event)).first("MSH").field(9).raw == kind


def test_an_answer_never_repeats_what_the_message_says_of_anybody() -> None:
    for raw in samples.readable():
        message = read(raw)
        told = acknowledgement(message, FAILED, "9001", AT, "It was kept.")
        if told is not None:
            header, rest = told.split(b"\r", 1)
            control = message.first("MSH").field(10).raw.encode(message.codec)
            assert rest.startswith(b"MSA")
            assert rest.count(b"\r") == 1
            assert header.count(b"\r") == 0
            parts = rest.rstrip(b"\r").split(message.delimiters.field.encode())
            assert parts[2] == control.strip()
            assert parts[3:] == [b"It was kept."]


def test_every_answer_can_be_read_and_names_its_message() -> None:
    for raw in samples.readable():
        message = read(raw)
        told = acknowledgement(message, ACCEPTED, "9001", AT, "Kept: no. 1 | ~ ^ & \\ #\nok")
        if told is None:
            continue
        back, header = read(told), message.first("MSH")
        assert back.delimiters == message.delimiters
        assert back.oddities == ()
        assert back.first("MSA").field(2).raw == header.field(10).raw.strip()
        assert back.first("MSA").field(3).component(1) == "Kept: no. 1 | ~ ^ & \\ #\nok"
        mine = [back.first("MSH").field(number).raw for number in (3, 4, 5, 6, 10)]
        yours = [header.field(number).raw.strip() for number in (5, 6, 3, 4)]
        assert mine == [*yours, "9001"]


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=50))
def test_whatever_we_say_is_read_as_we_said_it(text: str) -> None:
    for message in (
        asking(),
        read(b"MSH#!@%*#ADT#######ADT!A03#7#P"),
        read("MSH|^~\\&|Ü|||||||1".encode()),
    ):
        assert answer(message, text=text).first("MSA").field(3).component(1) == (
            "" if text == '""' else text
        )


def test_what_has_no_usable_header_is_refused_without_a_control_id() -> None:
    why = Unreadable("No line begins with MSH and the delimiters (such as MSH|^~\\&|).")
    raw = refusal(why, "9001", AT)
    told = read(raw)
    assert raw.startswith(b"MSH|^~\\&|||||20260115200005+0000||ACK|9001|P|2.5.1\rMSA|AR||No line")
    assert told.first("MSA").field(2).raw == ""
    assert told.first("MSA").field(3).component(1) == str(why)


def test_a_batch_is_answered_by_one_batch() -> None:
    header = "BHS|^~\\&|ADT|HOSP|VIGIL|ACT|20260115||||B5"
    answers = [acknowledgement(asking(), ACCEPTED, str(number), AT) or b"" for number in (1, 2)]
    raw = batch_acknowledgement(header, answers, "9002", AT)
    begins = b"BHS|^~\\&|VIGIL|ACT|ADT|HOSP|20260115200005+0000||||9002|B5\r"
    assert raw == begins + b"".join(answers) + b"BTS|2\r"
    back = split_batch(raw)
    assert back.complaints == ()
    assert [read(one).first("MSH").field(10).raw for one in back.messages] == ["1", "2"]


def test_messages_in_a_row_are_answered_by_one_batch_too() -> None:
    raw = batch_acknowledgement("", [b"MSH|^~\\&|A|||||||1\r"], "9002", AT)
    assert raw.startswith(b"BHS|^~\\&|||||20260115200005+0000||||9002\rMSH|")


def test_the_time_of_an_answer_is_in_utc_and_must_be_an_instant() -> None:
    pacific = timezone(timedelta(hours=-8))
    raw = acknowledgement(asking(), ACCEPTED, "9001", AT.astimezone(pacific))
    assert raw is not None
    assert b"|20260115200005+0000|" in raw
    with pytest.raises(ValueError, match="time zone"):
        acknowledgement(asking(), ACCEPTED, "9001", AT.replace(tzinfo=None))
