"""However the wire is cut, whole messages come out whole, and nothing of the rest is lost."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.hl7.framing import Event, Framed, Framing, Stray, TooLong, Unfinished

ONE, TWO = b"MSH|^~\\&|ONE\rPID|1\r", b"MSH|^~\\&|TWO\r"


def heard(pieces: Iterable[bytes], limit: int = 1000) -> list[Event]:
    """Return what comes out of pieces, and when the line breaks then."""
    framing = Framing(limit)
    return [event for piece in pieces for event in framing.feed(piece)] + framing.close()


@pytest.mark.parametrize("end", [b"\x1c\r", b"\x1c", b"\x1c\r\n", b"\x1c\n \r"])
def test_a_message_ends_with_or_without_the_carriage_return(end: bytes) -> None:
    wire = b"".join(b"\x0b" + one + end for one in (ONE, TWO, ONE))
    assert heard([wire]) == [Framed(ONE), Framed(TWO), Framed(ONE)]


def test_nothing_comes_out_before_the_end() -> None:
    framing = Framing()
    assert framing.feed(b"\x0b" + ONE) == []
    assert framing.feed(b"\x1c") == [Framed(ONE)]
    assert framing.close() == []


def test_a_message_without_an_end_is_unfinished_when_the_next_begins() -> None:
    assert heard([b"\x0b" + ONE + b"\x0b" + TWO + b"\x1c\r"]) == [Unfinished(ONE), Framed(TWO)]


def test_a_message_is_unfinished_when_the_line_breaks() -> None:
    assert heard([b"\x0b" + ONE]) == [Unfinished(ONE)]


def test_a_vertical_tab_in_a_text_begins_no_message() -> None:
    """Word processors write 0x0B for a line end, and people paste it into notes."""
    note = ONE + b"NTE|1||first\x0bsecond\x0b\r"
    assert heard([b"\x0b" + note + b"\x1c\r"]) == [Framed(note)]


@pytest.mark.parametrize("header", [b"MSH|", b"msh|", b"BHS|", b"FHS|"])
def test_only_a_header_after_it_begins_a_message_within_one(header: bytes) -> None:
    assert heard([b"\x0b" + ONE + b"\x0b" + header + b"\x1c"]) == [Unfinished(ONE), Framed(header)]


def test_what_stands_between_frames_is_given_out_as_stray() -> None:
    wire = b"hello\x0b" + ONE + b"\x1c\r\n" + TWO + b"\x1c\rbye"
    assert heard([wire]) == [Stray(b"hello"), Framed(ONE), Stray(b"\r\n" + TWO), Stray(b"\rbye")]


def test_an_empty_frame_is_a_message_to_be_answered() -> None:
    assert heard([b"\x0b\x1c\r"]) == [Framed(b"")]


def test_a_message_that_is_too_long_is_told_at_once_and_the_next_is_whole() -> None:
    framing = Framing(limit=100)
    assert framing.feed(b"\x0b" + b"M" * 200) == [TooLong(b"M" * 100)]
    assert framing.feed(b"M" * 200) == []
    assert framing.feed(b"M\x1c\r\x0b" + TWO + b"\x1c\r") == [Framed(TWO)]


def test_a_message_that_is_too_long_and_has_no_end_is_skipped_until_the_next() -> None:
    wire = b"\x0b" + b"M" * 200 + b"\x0b" + TWO + b"\x1c"
    assert heard([wire], limit=100) == [TooLong(b"M" * 100), Framed(TWO)]


def test_so_are_stray_bytes() -> None:
    assert heard([b"GET /" * 100, b"\x0b" + TWO + b"\x1c"], limit=20) == [
        TooLong(b"GET /GET /GET /GET /"),
        Framed(TWO),
    ]


def test_no_more_than_the_limit_is_kept_however_much_comes() -> None:
    framing = Framing(limit=1000)
    framing.feed(b"\x0b")
    for _ in range(1000):
        framing.feed(b"x" * 1000)
        assert len(framing._kept) <= 1003


def test_a_large_message_byte_by_byte_is_looked_at_once() -> None:
    """Were it looked at anew with each byte, this would take hours."""
    framing, raw = Framing(), b"MSH|" + b"x" * 400_000
    events = [event for byte in b"\x0b" + raw + b"\x1c" for event in framing.feed(bytes((byte,)))]
    assert events == [Framed(raw)]


PIECES = st.lists(
    st.sampled_from([b"\x0b", b"\x1c", b"\r", b"MSH", b"MS", b"H", b"msh|", b"FHS", b"x" * 9])
    | st.binary(max_size=3)
)


@given(PIECES, st.lists(st.integers(0, 60)), st.integers(0, 40))
def test_however_the_bytes_are_cut_the_same_comes_out(
    pieces: list[bytes], cuts: list[int], limit: int
) -> None:
    wire = b"".join(pieces)
    whole = heard([wire], limit)
    edges = sorted({0, len(wire), *(cut for cut in cuts if cut < len(wire))})
    cut = [wire[start:end] for start, end in pairwise(edges)]
    assert heard(cut, limit) == whole
    assert heard((bytes((byte,)) for byte in wire), limit) == whole


@given(PIECES)
def test_every_byte_comes_out_but_frames_and_blanks(pieces: list[bytes]) -> None:
    wire = b"".join(pieces)
    out = b"".join(event.raw for event in heard([wire]) if not isinstance(event, TooLong))
    frames = b"\x0b\x1c"
    assert out.translate(None, frames + b" \t\r\n\x0c") == wire.translate(
        None, frames + b" \t\r\n\x0c"
    )


@given(st.lists(st.binary(min_size=1).filter(lambda raw: not {0x0B, 0x1C} & set(raw))))
def test_messages_in_frames_come_out_as_they_went_in(messages: list[bytes]) -> None:
    wire = b"".join(b"\x0b" + raw + b"\x1c\r" for raw in messages)
    assert heard([wire]) == [Framed(raw) for raw in messages]
