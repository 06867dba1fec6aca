"""Whatever is in a file, the answer is the agency or faults with places: never a traceback."""

import json
import random
from copy import deepcopy

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.agency_file import MAX_BYTES, AgencyFaults, Fault, read_agency_bytes

from .conftest import SAMPLE, faults_in

SAMPLE_TEXT = SAMPLE.read_text("utf-8")
SAMPLE_TREE = yaml.load(SAMPLE_TEXT, Loader=yaml.BaseLoader)
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
)


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("", 1, 1, "the file is empty"),
        ("\n# nothing yet\n", 1, 1, "the file is empty"),
        ("~", 1, 1, "a mapping belongs here"),
        ("- agency\n- staff", 1, 1, "a mapping belongs here"),
        ("just words", 1, 1, "a mapping belongs here"),
        ("agency: A\nstaff: [a\n", 3, 1, "begun on line 2"),
        ("agency: A\nstaff:\n\t- x", 3, 1, "this is not YAML"),
        ("agency: A\nteams: @x", 2, 8, "this is not YAML"),
        ("agency: A\n---\nagency: B", 2, 1, "a second document"),
        ("agency: A\nstaff: \x00", 2, 8, "U+0000"),
        ("agency: \ud800", 1, 9, "U+D800"),
        ("agency: A\nstaff: " + "[" * 100_000, 2, 19, "nested too deep"),
        ("agency: A\nstaff: " + "{a: " * 100_000, 2, 52, "nested too deep"),
        ("- " * 100_000, 1, 25, "nested too deep"),
        ("agency: &a A\nstaff: *a", 2, 8, "an alias"),
        ("- *a", 1, 3, "an alias"),
        (LAUGHS, 2, 8, "an alias"),
        ("agency: x\n" * 3, 2, 1, "stands on line 1 already"),
    ],
)
def test_a_file_that_is_no_agency_is_a_fault(text: str, line: int, column: int, says: str) -> None:
    """Broken, empty and malicious files are told apart in plain words."""
    faults = faults_in(text)

    assert (line, column) in {(f.line, f.column) for f in faults if says in f.problem}, faults


def bytes_fault(content: bytes) -> Fault:
    """The only fault of a file of these bytes."""
    with pytest.raises(AgencyFaults) as caught:
        read_agency_bytes(content, "agency.yaml")
    (fault,) = caught.value.faults
    return fault


def test_another_encoding_is_a_fault_at_its_first_strange_byte() -> None:
    """A file saved as Latin-1 is refused instead of misspelling a name."""
    fault = bytes_fault(SAMPLE_TEXT.replace("Cho Sample", "Zoë Sample").encode("latin-1"))

    assert (fault.line, fault.problem[-37:]) == (12, "save the file with the encoding UTF-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_a_fault(encoding: str) -> None:
    """What a Windows editor calls “Unicode” is refused."""
    assert bytes_fault(SAMPLE_TEXT.encode(encoding)).problem


def test_a_file_of_fifty_megabytes_is_refused_unread() -> None:
    """Nobody waits for a file that can't be an agency's."""
    assert f"longer than {MAX_BYTES:,}" in bytes_fault(b"agency: A\n" * 5_000_000).problem
    assert "longer than" in faults_in("#" * (MAX_BYTES + 1))[0].problem


def survives(content: bytes) -> None:
    """Reads ``content``; anything but an agency or placed faults fails the test."""
    faults: list[Fault] | None = None
    try:
        read_agency_bytes(content, "agency.yaml")
    except AgencyFaults as refused:
        faults = refused.faults
    lines = content.count(b"\n") + content.count(b"\r") + 1
    assert faults != []
    assert all(1 <= fault.line <= lines + 1 and fault.column >= 1 for fault in faults or ())


FRAGMENTS = st.one_of(
    st.text(max_size=3),
    st.sampled_from(
        ["[", "]", "{", "}", ":", " ", "\n", "*a", "&a ", "!!x ", '"', "~", "- ", "? "]
    ),
)


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0), st.integers(0, 4), FRAGMENTS), max_size=6))
def test_changed_characters_never_raise_anything_else(
    changes: list[tuple[int, int, str]],
) -> None:
    """Characters taken out and put in anywhere in the sample."""
    text = SAMPLE_TEXT
    for position, length, fragment in changes:
        start = position % len(text)
        text = text[:start] + fragment + text[start + length :]
    survives(text.encode("utf-8", "replace"))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_changed_bytes_never_raise_anything_else(seed: int) -> None:
    """Bytes overwritten at random, as a bad disk would."""
    dice = random.Random(seed)
    content = bytearray(SAMPLE.read_bytes())
    for _ in range(dice.randint(1, 5)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    survives(bytes(content))


JUNK = st.recursive(
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(["ana", "north", "primary", "9999-12-31T23:59", "+15035550101", "1 month"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "", "name", "tier", "order"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(target=st.integers(0), junk=JUNK)
def test_a_value_of_another_shape_never_raises_anything_else(target: int, junk: object) -> None:
    """Any value of the sample, at any depth, replaced by something else altogether."""
    tree = deepcopy(SAMPLE_TREE)
    places: list[tuple[dict[str, object] | list[object], object]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                waiting.append(node[key])
    holder, key = places[target % len(places)]
    holder[key] = junk  # type: ignore[call-overload, index]
    survives(json.dumps(tree, indent=1, ensure_ascii=False).encode())
