"""References are short, different, and can be spoken at night."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dispatch.references import SHORTEST, capacity, reference, request_reference


@pytest.mark.parametrize("length", [SHORTEST, SHORTEST + 1])
def test_every_number_has_a_reference_of_its_own(length: int) -> None:
    written = {reference(number, length) for number in range(capacity(length))}
    assert len(written) == capacity(length)
    assert {len(ref) for ref in written} == {length}


def test_the_shortest_are_enough_for_years_of_one_agency() -> None:
    assert capacity(SHORTEST) > 2000


@given(st.integers(0), st.integers(SHORTEST, 8))
def test_a_reference_holds_nothing_that_ear_or_eye_mix_up(number: int, length: int) -> None:
    ref = reference(number, length)
    assert not set(ref) & set("AEIOUBSZ01")
    assert all(char.isalpha() == (place % 2 == 0) for place, char in enumerate(ref))


@given(st.integers(0))
def test_numbers_beyond_the_capacity_go_round(number: int) -> None:
    assert reference(number) == reference(number % capacity(SHORTEST))


def test_requests_about_shifts_have_references_of_their_own() -> None:
    written = {request_reference(number) for number in range(capacity(SHORTEST))}
    assert {ref[0] for ref in written} == {"U"}
    assert {ref[1:] for ref in written} == {
        reference(number)[1:] for number in range(capacity(SHORTEST))
    }
