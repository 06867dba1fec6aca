"""Whatever bytes arrive are understood, or refused in words; nothing breaks, nothing is slow."""

import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.hl7.acknowledgement import Outcome, acknowledgement, refusal
from dispatch.hospitals.hl7.adt import understand, why_not_meant
from dispatch.hospitals.hl7.envelope import split_batch
from dispatch.hospitals.hl7.er7 import read
from dispatch.hospitals.notice import Unreadable
from tests.hospitals import hl7_samples as samples

AT = datetime(2026, 1, 15, 20, tzinfo=UTC)
HEADER = b"MSH|^~\\&|ADT|HOSP|||20260115||ADT^A40|1|P|2.5\r"
PIECES = [b"|", b"^", b"~", b"&", b"\\", b"\\F\\", b"\\X", b'""', b"\r", b"\n", b"MSH|", b"PID|"]
PIECES += [b"\x00", b"\xff", b"\x0b", b"\x1c", b"BTS|9", b"MRG|1", b"20260230", b"\xef\xbb\xbf"]


def handled(raw: bytes) -> None:
    """Do with some bytes all that is done with what arrives."""
    for one in split_batch(raw).messages:
        message = samples.reading(one)
        if isinstance(message, Unreadable):
            assert str(message).endswith(".")
            assert read(refusal(message, "9", AT)).first("MSA").field(1).raw == "AR"
            continue
        why_not_meant(message, samples.RULES)
        for notice in understand(message, samples.RULES):
            times = notice.happened_at, notice.sent_at, notice.visit.admitted_at
            assert all(at is None or at.tzinfo is UTC for at in times)
            assert all(text.endswith(".") for text in notice.doubts)
        for outcome in Outcome:
            answer = acknowledgement(message, outcome, "9", AT)
            assert answer is None or read(answer).first("MSA").field(1).raw.endswith(outcome)
        for name in set(message.names):
            for segment in message.segments(name):
                for number in range(len(segment.raw_fields)):
                    for value in segment.field(number + 1).repetitions:
                        assert value.parts(value.count)


@given(st.binary(max_size=200), st.sampled_from([b"", HEADER, HEADER + b"PID|1||"]))
def test_any_bytes_are_handled(raw: bytes, before: bytes) -> None:
    handled(before + raw)


@given(st.lists(st.sampled_from([*PIECES, HEADER]) | st.binary(max_size=4), max_size=40))
def test_any_mixture_of_delimiters_and_headers_is_handled(pieces: list[bytes]) -> None:
    handled(b"".join(pieces))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a sample with some cuts, swaps, doublings and pieces put in."""
    raw = draw(st.sampled_from([one for one in samples.readable() if len(one) < 3000]))
    for _ in range(draw(st.integers(1, 6))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
        match draw(st.sampled_from(["cut", "end", "swap", "double", "put"])):
            case "cut":
                raw = raw[:start] + raw[min(end, start + 40) :]
            case "end":
                raw = raw[: max(end, 1)]
            case "swap":
                raw = raw[end:] + raw[start:end] + raw[:start]
            case "double":
                raw = raw[:end] + raw[start : min(end, start + 500)] + raw[end:]
            case _:
                raw = raw[:start] + draw(st.sampled_from(PIECES)) + raw[start:]
    return raw


@pytest.mark.skipif(not samples.FILES, reason="the samples aren't here")
@given(st.data())
def test_samples_that_were_damaged_are_handled(data: st.DataObject) -> None:
    handled(data.draw(mutated()))


@pytest.mark.parametrize("path", samples.FILES, ids=samples.name)
def test_samples_are_handled(path: Path) -> None:
    handled(path.read_bytes())


@given(st.binary(max_size=80))
def test_what_is_refused_or_doubted_repeats_nothing(raw: bytes) -> None:
    secret = b"Zqxjkv"
    for one in (secret + raw, HEADER + b"PID|1||" + secret + raw + b"|" * 4 + secret):
        batch = split_batch(one)
        told = list(batch.complaints)
        for each in batch.messages:
            message = samples.reading(each)
            if isinstance(message, Unreadable):
                told.append(str(message))
                continue
            for notice in understand(message, samples.RULES):
                told += notice.doubts
        assert not [words for words in told if secret.decode() in words]


REPEATED: dict[str, Callable[[int], bytes]] = {
    "segments": lambda number: HEADER + b"PID|1||1^^^H^MR||Person^Test\r" * number,
    "merges": lambda number: HEADER + b"ZZZ|1\r" * number + b"PID|1||1\rMRG|2\r" * number,
    "messages": lambda number: HEADER * number,
    "batches": lambda number: (b"FHS|^~\\&\rBHS|^~\\&\r" + HEADER + b"BTS|1\r") * number,
    "fields": lambda number: HEADER + b"PID" + b"|1" * number,
    "values": lambda number: HEADER + b"PID|1||" + b"1^2&3~" * number,
    "components": lambda number: HEADER + b"PID|1||||" + b"1^" * number,
    "escapes": lambda number: HEADER + b"PID|1||" + b"\\T\\" * number,
    "open escapes": lambda number: HEADER + b"PID|1||" + b"\\X41" * number,
    "one long escape": lambda number: HEADER + b"PID|1||\\X" + b"41" * number,
    "line ends": lambda number: HEADER + b"\r\n" * number + b"PID|1",
    "blanks": lambda number: b" \r" * number + HEADER + b" " * number + b"\t" * number,
    "continuations": lambda number: HEADER + b"PID|1||1\r" + b"more\r" * number,
    "no header": lambda number: b"MSH" * number,
    "delimiters": lambda number: b"MSH|" + b"!" * number + b"x|",
    "many delimiters": lambda number: b"MSH|!\r" * number,
    "digits": lambda number: HEADER + b"EVN|A01|" + b"2" * number,
    "zeros": lambda number: b"\x00" * number + HEADER,
}


def work(raw: bytes) -> int:
    """Return how many calls, of our own functions and of Python's, handling some bytes takes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        for one in split_batch(raw).messages:
            with suppress(Unreadable):
                understand(read(one), samples.RULES)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("shape", REPEATED)
def test_twice_the_size_is_at_most_twice_the_work(shape: str) -> None:
    build = REPEATED[shape]
    assert work(build(400)) <= 2 * work(build(200)) + 50


@pytest.mark.parametrize("shape", REPEATED)
def test_a_megabyte_of_anything_is_handled_in_little_memory(shape: str) -> None:
    """Were any of it quadratic, this would take hours and the test would time out."""
    build = REPEATED[shape]
    raw = build(1_000_000 // len(build(101)) * 100)
    tracemalloc.start()
    try:
        for one in split_batch(raw).messages[:1000]:
            with suppress(Unreadable):
                understand(read(one), samples.RULES)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 * len(raw)
