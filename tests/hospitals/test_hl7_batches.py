"""One message, several or a file of batches: each is found, and what is odd is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.hl7.envelope import split_batch
from dispatch.hospitals.hl7.er7 import read
from tests.hospitals import hl7_samples as samples


def a_message(number: int) -> str:
    return f"MSH|^~\\&|ADT|HOSP|||20260115||ADT^A01|{number}|P|2.5\rPID|1||{number}"


def numbers(raw: bytes) -> list[str]:
    return [read(one).first("PID").field(3).raw for one in split_batch(raw).messages]


def complaints(text: str) -> tuple[str, ...]:
    return split_batch(text.encode()).complaints


def test_one_message_is_itself() -> None:
    raw = a_message(1).encode()
    batch = split_batch(b"\x0b" + raw + b"\r\x1c\r")
    assert (batch.messages, batch.header, batch.complaints) == ((raw,), "", ())


def test_messages_in_a_row_are_told_apart() -> None:
    assert numbers("\n".join(map(a_message, range(5))).encode()) == list("01234")


def test_messages_left_in_their_frames_are_told_apart() -> None:
    assert numbers("".join(f"\x0b{a_message(one)}\r\x1c\r" for one in range(3)).encode()) == list(
        "012"
    )


def test_files_put_together_keep_their_byte_order_marks_and_are_told_apart() -> None:
    raw = b"\r\n".join(b"\xef\xbb\xbf" + a_message(one).encode() for one in range(3))
    assert numbers(raw) == list("012")


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_batch_in_utf_16_is_split_into_messages_that_can_be_read(codec: str) -> None:
    text = "\r".join(("BHS|^~\\&|ADT", a_message(1), a_message(2) + "é", "BTS|2"))
    batch = split_batch(text.encode(codec))
    assert [read(one).first("PID").field(3).raw for one in batch.messages] == ["1", "2é"]
    assert batch.complaints == ()


def test_each_message_has_its_own_character_set() -> None:
    raw = b"\r".join(
        f"MSH|^~\\&|A||||||ADT^A01|1|P|2.5||||||{declared}\rPID|||é".encode(codec)
        for declared, codec in (("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"))
    )
    assert numbers(raw) == ["é", "é"]


def test_a_file_of_batches_is_split_and_counted() -> None:
    batch = f"BHS|^~\\&|ADT|HOSP\r{a_message(1)}\r{a_message(2)}\rBTS|2"
    text = f"FHS|^~\\&|FILE\r{batch}\r{batch}\rFTS|2\r"
    found = split_batch(text.encode())
    assert len(found.messages) == 4
    assert (found.header, found.complaints) == ("FHS|^~\\&|FILE", ())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"BHS|^~\\&\r{a_message(1)}\rBTS|3|secret", "A batch declares 3 messages (BTS-1), but"),
        (f"BHS|^~\\&\r{a_message(1)}", "A batch has no trailer (BTS)"),
        (f"{a_message(1)}\rBTS|1", "A batch ends (BTS) that had not begun."),
        (f"FHS|^~\\&\r{a_message(1)}\rFTS|1", "The file declares 1 batches (FTS-1), but has 0."),
        (f"FHS|^~\\&\r{a_message(1)}", "The file has no trailer (FTS)"),
        (f"secret\r{a_message(1)}", "There is text outside a message, after 0 of them."),
        (f"BHS|^~\\&\r{a_message(1)}\rBTS|1\rsecret", "text outside a message, after 1 of them."),
    ],
)
def test_what_is_odd_about_a_batch_is_told_without_its_content(text: str, complaint: str) -> None:
    told = complaints(text)
    assert len(told) == 1
    assert complaint in told[0]
    assert "secret" not in told[0]


@pytest.mark.parametrize("trailer", ["BTS", "BTS|", "BTS|many", "BTS|2", "bts|2|", "BTS|2^3"])
def test_a_trailer_that_counts_right_or_not_at_all_is_no_complaint(trailer: str) -> None:
    assert complaints(f"BHS|^~\\&\r{a_message(1)}\r{a_message(2)}\r{trailer}\r\n") == ()


def test_a_message_cut_off_in_its_header_does_not_hide_the_others() -> None:
    raw = "\r".join((a_message(1), "MSH|^~", a_message(2))).encode()
    assert [samples.ok(one) for one in split_batch(raw).messages] == [True, False, True]


def test_what_has_no_header_is_one_message_for_a_person_to_look_at() -> None:
    assert split_batch(b"PID|1||2").messages == (b"PID|1||2",)
    assert split_batch(b"BHS|^~\\&\rPID|1||2\rBTS|1").messages == (b"BHS|^~\\&\rPID|1||2\rBTS|1",)


@pytest.mark.parametrize("raw", [b"", b" \r\n\x00\x1c", b"FHS|^~\\&\rBHS|^~\\&\rBTS|0\rFTS|1\r"])
def test_nothing_and_an_empty_batch_are_no_message_and_no_complaint(raw: bytes) -> None:
    batch = split_batch(raw)
    assert (batch.messages, batch.complaints) == ((), ())


def test_the_samples_count_what_they_say_but_one() -> None:
    told = {
        samples.name(path): found
        for path in samples.FILES
        if (found := split_batch(path.read_bytes()).complaints)
    }
    expected = ("A batch declares 3 messages (BTS-1), but has 2.",)
    if samples.FILES:
        assert told == {"cosyte-hl7/batch_count-mismatch": expected}


@given(st.lists(st.sampled_from([*map(a_message, range(3)), "BHS|^~\\&", "BTS|1", "FHS|", "x"])))
def test_every_header_begins_a_message_and_nothing_else_does(lines: list[str]) -> None:
    found = split_batch("\r".join(lines).encode()).messages
    wanted = sum(line.startswith("MSH") for line in lines)
    assert len(found) == (wanted or "x" in lines)
