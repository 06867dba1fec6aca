"""What a hospital's message says is read as it was written, whatever liberties its sender took."""

import re
from pathlib import Path

import hl7
import pytest

from dispatch.hospitals.hl7.delimiters import NULL, unescaped
from dispatch.hospitals.hl7.er7 import Field, Message, Segment, read
from dispatch.hospitals.notice import Unreadable
from tests.hospitals import hl7_samples as samples

HEADER = "MSH|^~\\&|ADT|HOSP|VIGIL|ACT|20260115120000||ADT^A01^ADT_A01|77|P|2.5.1"
PID = "PID|1||1234^^^HOSP^MR~99^^^STATE^MA||Person&von^Test^Q||19700101|F"
PV1 = "PV1|1|I|4 East^12^A^HOSP"


def names(raw: bytes) -> tuple[str, ...]:
    return read(raw).names


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\r", "\r\r\n"])
def test_any_end_of_line_ends_a_segment(end: str) -> None:
    assert names(end.join((HEADER, PID, PV1, "")).encode()) == ("MSH", "PID", "PV1")


def test_ends_of_lines_may_be_mixed() -> None:
    assert names(f"{HEADER}\n{PID}\r\n{PV1}\rZZZ|1".encode()) == ("MSH", "PID", "PV1", "ZZZ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"\xef\xbb\xbf", b""),
        (b"\x0b", b"\x1c\r"),
        (b"\x0b\xef\xbb\xbf", b"\r\x1c"),
        (b" \r\n\t", b"\n \n"),
    ],
)
def test_what_stands_around_a_message_does_not_count(before: bytes, after: bytes) -> None:
    message = read(before + f"{HEADER}\r{PID}".encode() + after)
    assert message.names == ("MSH", "PID")
    assert message.first("PID").field(8).component(1) == "F"
    assert message.oddities == ()


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_a_byte_order_mark_and_without(codec: str) -> None:
    message = read(f"{HEADER}\r\nPID|||||Persön^Test".encode(codec))
    assert message.first("PID").field(5).component(1) == "Persön"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("", "utf-8"),
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "iso8859-1"),
        ("ISO-8859-1", "cp1252"),
        ("WINDOWS-1252", "cp1252"),
        ("8859/2", "iso8859-2"),
        ("", "cp1252"),
        ("ISO IR 999", "cp1252"),
        ("8859/1", "utf-8"),
    ],
)
def test_a_name_is_spelled_right_in_whatever_it_was_written(declared: str, codec: str) -> None:
    raw = f"{HEADER}||||||{declared}\rPID|||||Perßön^Test".encode(codec)
    assert read(raw).first("PID").field(5).component(1) == "Perßön"


def test_bytes_that_no_character_set_explains_are_read_all_the_same() -> None:
    raw = f"{HEADER}||||||UTF-8\r".encode() + b"PID|||||Pers\xff\x81n^Test"
    message = read(raw)
    assert message.first("PID").field(5).component(2) == "Test"
    assert message.oddities


def test_a_sender_chooses_the_delimiters() -> None:
    message = read(b"MSH#!@%*#ADT#HOSP#####ADT!A03#7#P\rPID###1!!!H*9!MR@2#")
    assert message.first("MSH").field(9).component(2) == "A03"
    first, second = message.first("PID").field(3).repetitions
    assert (first.parts(4), first.component(5), second.component(1)) == (("H", "9"), "MR", "2")


@pytest.mark.parametrize("encoding", ["", "^", "^~", "^~\\", "^~\\&", "^~\\&#"])
def test_delimiters_left_out_are_the_usual_ones(encoding: str) -> None:
    message = read(f"MSH|{encoding}|ADT|||||||1\rPID|||1^^^H&9~2\\T\\3".encode())
    one, two = message.first("PID").field(3).repetitions
    assert (one.component(4, 2), two.component(1)) == ("9", "2&3")


def test_a_delimiter_told_twice_means_what_it_means_first() -> None:
    message = read(b"MSH|^^^^|ADT|||||||1\rPID|||1^2~3")
    one, two = message.first("PID").field(3).repetitions
    assert (one.component(2), two.component(1)) == ("2", "3")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"one\.br\two", "one\ntwo"),
        (r"\X48C3A9\!", "Hé!"),
        (r"\H\loud\N\ ", "loud"),
        (r"\Z99\ \Xnothing\ \X4\ C:\ \ ", r"\Z99\ \Xnothing\ \X4\ C:\ \ "),
        (r"\E\F\E\ ", "\\F\\ "),
    ],
)
def test_escapes_mean_what_the_standard_says_and_others_stay(written: str, meant: str) -> None:
    message = read(f"{HEADER}\rNTE|1||{written}|".encode())
    assert message.first("NTE").field(3).component(1).rstrip() == meant.rstrip()


def test_the_truncation_character_of_newer_versions_can_be_written() -> None:
    message = read(b"MSH|^~\\&#|ADT|||||||1\rNTE|1||cut\\P\\|")
    assert message.first("NTE").field(3).component(1) == "cut#"


def test_nothing_any_more_is_not_the_same_as_nothing_said() -> None:
    pid = samples.message('PID|1||""^^^H~5|""||x^""').first("PID")
    assert [pid.field(number).is_null for number in (4, 5, 6, 40)] == [True, False, False, False]
    assert pid.field(4).component(1) == ""
    assert not pid.field(3).is_null
    assert [pid.field(number).component(2) for number in (4, 6)] == ["", ""]
    assert pid.field(5).repetitions == ()


def test_lower_case_names_of_segments_are_names() -> None:
    assert names(f"{HEADER}\r{PID.replace('PID', 'pid')}".encode()) == ("MSH", "PID")


def test_a_line_that_is_no_segment_continues_the_one_before() -> None:
    message = read(f"{HEADER}\nPID|1||1^^^H||Person^Test\nMiddle^Q||1970\n\n0101|F\n{PV1}".encode())
    assert message.names == ("MSH", "PID", "PV1")
    assert message.first("PID").field(5).component(2) == "Test\nMiddle"
    assert message.first("PID").field(8).component(1) == "F"


def test_a_whole_header_is_not_continued_by_a_line_with_a_mistyped_name() -> None:
    message = read(f"{HEADER}\rPIDX|1||1|AL|AL\r{PV1}".encode())
    assert message.names == ("MSH", "", "PV1")
    assert message.first("MSH").field(13).raw == ""
    assert message.oddities == ("A line after the header (MSH) isn't a segment.",)


def test_a_header_that_was_wrapped_is_put_together() -> None:
    message = read(f"MSH|^~\\&|ADT|GOOD\nHOSPITAL|{HEADER.split('|', 4)[4]}\n{PID}".encode())
    assert message.first("MSH").field(10).raw == "77"


def test_only_the_first_of_several_messages_is_read_and_the_rest_is_told() -> None:
    message = read(f"garbage\r{HEADER}\r{PID}\r{HEADER}\r{PV1}".encode())
    assert message.names == ("MSH", "PID")
    assert len(message.oddities) == 2


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"\x0b\x1c\r", "empty"),
        (b"PID|1||secret", "No line begins with MSH"),
        (b"MSH", "No line begins with MSH"),
        (b"MSHA^~\\&|secret", "No line begins with MSH"),
        (b"MSH|^~\\&amp;|secret", "No line begins with MSH"),
        (b"MSH|^~\\&|secret|secret", "neither what kind"),
        (b"\xff\xfe\x00", "No line begins with MSH"),
    ],
)
def test_without_a_usable_header_it_says_what_is_wrong_and_nothing_of_it(
    raw: bytes, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason) as refused:
        read(raw)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("path", samples.FILES, ids=samples.name)
def test_every_sample_is_read_or_refused_in_words(path: Path) -> None:
    for raw in samples.split_batch(path.read_bytes()).messages:
        message = samples.reading(raw)
        if isinstance(message, Unreadable):
            assert str(message).endswith(".")
            continue
        assert message.names[0] == "MSH"
        assert "\ufffd" not in "".join(message.lines)


def test_most_samples_are_read() -> None:
    """What isn't read is known: an empty file, two without a header, three cut off in it."""
    if not samples.FILES:
        pytest.skip("the samples aren't here")
    all_messages = [
        raw for path in samples.FILES for raw in samples.split_batch(path.read_bytes()).messages
    ]
    assert (len(all_messages), len(samples.readable())) == (170, 165)


_ONLY_SEGMENTS = re.compile(r"(?:[A-Z][A-Z0-9]{2}[^\w\s][^\r]*\r*)+")


Parts = list[list[list[str]]]


def theirs(field: hl7.Field, message: Message) -> Parts:
    """Return the parts of a field as the `hl7` package has them, in three levels, as meant."""

    def meant(raw: object) -> str:
        text = str(raw)
        return "" if text == NULL else unescaped(text, message.delimiters, message.codec).strip()

    values = [one if isinstance(one, hl7.Repetition) else [one] for one in field]
    return [
        [[meant(part)] if isinstance(part, str) else [meant(sub) for sub in part] for part in value]
        for value in values
    ]


def ours(field: Field) -> Parts:
    return [
        [[part.strip() for part in value.parts(number)] for number in range(1, value.count + 1)]
        for value in field.repetitions
    ] or [[[""]]]


def all_segments(message: Message) -> list[Segment]:
    order = {name: iter(message.segments(name)) for name in set(message.names)}
    return [next(order[name]) for name in message.names]


def test_the_hl7_package_reads_the_same_wherever_it_can_read() -> None:
    compared = 0
    for raw in samples.readable():
        message = read(raw)
        text = re.sub(r"[\r\n]+", "\r", raw.decode(message.codec)).strip()
        if not _ONLY_SEGMENTS.fullmatch(text):
            continue
        neighbour = hl7.parse(text)
        assert len(neighbour) == len(message.lines)
        for segment, other in zip(all_segments(message), neighbour, strict=True):
            for number in range(1, len(other)):
                mine = segment.field(number)
                if segment.name == "MSH" and number <= 2:
                    assert mine.raw == str(other[number])
                    continue
                assert ours(mine) == theirs(other[number], message), (segment.name, number)
                compared += 1
    if samples.FILES:
        assert compared > 10_000
