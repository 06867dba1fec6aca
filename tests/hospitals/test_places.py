"""The same home and the same phone are known again, however they are written."""

import pytest

from dispatch.hospitals.matching.places import (
    compare_addresses,
    compare_phones,
    compare_zips,
    phone,
)
from dispatch.hospitals.matching.verdicts import Verdict
from dispatch.hospitals.notice import Address


def at(line: str, city: str = "Fernville", postal_code: str = "97301") -> list[Address]:
    return [Address(line, city, "OR", postal_code)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("12 n. oak street", Verdict.SAME),
        ("12 North Oak St", Verdict.SAME),
        ("12 N Oak St, Apt. 4", Verdict.SAME),
        ("12 N Oka St", Verdict.LIKE),
        ("13 N Oak St", Verdict.NEAR),
        ("N Oak St", Verdict.NEAR),
        ("4711 N Oak St", Verdict.DIFFERENT),
        ("12 Pine Road", Verdict.DIFFERENT),
        ("Homeless", Verdict.UNKNOWN),
        ("General Delivery", Verdict.UNKNOWN),
        ("", Verdict.UNKNOWN),
    ],
)
def test_a_street_address_is_known_again(line: str, expected: Verdict) -> None:
    assert expected == compare_addresses(at("12 N Oak Street"), at(line))[0]


def test_another_apartment_is_told() -> None:
    one, other = at("12 Oak St Apt #4"), at("12 Oak St Unit 6")
    assert compare_addresses(one, other) == (Verdict.LIKE, "another apartment")


def test_streets_with_numbers_are_not_slips_of_each_other() -> None:
    assert compare_addresses(at("12 NE 45th Ave"), at("12 NE 46th Ave"))[0] is Verdict.DIFFERENT


def test_a_street_named_like_an_apartment_is_a_street() -> None:
    assert compare_addresses(at("12 Flat Rock Rd"), at("12 Flat Rock Road"))[0] is Verdict.SAME


def test_the_same_street_in_another_town_is_another_place() -> None:
    there = at("12 Oak St", "Eastmoor", "97850")
    assert compare_addresses(at("12 Oak St"), there) == (Verdict.DIFFERENT, "in another town")


def test_one_address_in_common_is_enough() -> None:
    here = at("9 Far Road") + at("12 Oak St")
    assert compare_addresses(here, at("12 Oak Street"))[0] is Verdict.SAME


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("97301", "97301-1234", Verdict.SAME),
        ("973011234", "97301", Verdict.SAME),
        ("02139", "2139", Verdict.SAME),
        ("97301", "97310", Verdict.NEAR),
        ("97301", "97850", Verdict.DIFFERENT),
        ("00000", "00000", Verdict.UNKNOWN),
        ("", "97301", Verdict.UNKNOWN),
    ],
)
def test_a_zip_counts_by_its_first_five(one: str, other: str, expected: Verdict) -> None:
    assert expected == compare_zips(at("", "", one), at("", "", other))[0]


@pytest.mark.parametrize(
    "written", ["5035550123", "(503) 555-0123", "+1 503 555 0123", "1-503-555-0123", "503.555.0123"]
)
def test_a_phone_number_is_known_again(written: str) -> None:
    assert compare_phones([written], ["503-555-0123"]) == (Verdict.SAME, "")


@pytest.mark.parametrize("written", ["", "none", "555-0123", "000-000-0000", "9999999999"])
def test_what_is_no_whole_phone_number_says_nothing(written: str) -> None:
    assert phone(written) == ""
    assert compare_phones([written], [written])[0] is Verdict.UNKNOWN
