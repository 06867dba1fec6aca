"""Names are compared as people use them, not as systems store them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dispatch.hospitals.matching.name_likeness import compare_forms, compare_names
from dispatch.hospitals.matching.names import fold, is_placeholder, normal
from dispatch.hospitals.matching.verdicts import Verdict
from dispatch.hospitals.notice import PersonName
from tests.hospitals.people import named

SAME, LIKE, NEAR = Verdict.SAME, Verdict.LIKE, Verdict.NEAR
UNKNOWN, DIFFERENT = Verdict.UNKNOWN, Verdict.DIFFERENT

WORDS = "ana maria mary bob robert rob james j jose lopez garcia garcía de la o'neil smith jr iii"
PARTS = some.lists(some.sampled_from(WORDS.split()), max_size=3).map(" ".join) | some.text(
    max_size=8
)
NAMES = some.builds(PersonName, family=PARTS, given=PARTS, middle=PARTS, suffix=PARTS)


def judged(one: str, other: str) -> tuple[Verdict, Verdict]:
    pair = compare_names([named(one)], [named(other)])
    return pair.given[0], pair.family[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GARCIA, ANA", "García, Ána"),
        ("O'Neil, Ana-Luz", "ONEIL, Ana Luz"),
        ("O\u2019Neil, Ana", "O Neil, Ana"),
        ("Garcia-Lopez, Ana", "Garcia Lopez, Ana"),
        ("de la Cruz, Ana", "Delacruz, Ana"),
        ("van Sample, Ana", "Sample, Ana"),
        ("Sample, Mr. Alan", "Sample, Alan"),
        ("Sample, Mary Ann", "Sample, Maryann"),
        ("Sample, Ana, Lee", "Sample, Ana"),
        ("Sample, Ana, L", "Sample, Ana, Lee"),
        ("Bjørnsøn, Ana", "Bjornson, Ana"),
    ],
)
def test_marks_and_manners_make_no_other_name(one: str, other: str) -> None:
    assert judged(one, other) == (SAME, SAME)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Sample, William", "Sample, Bill", (LIKE, SAME)),
        ("Sample, Guadalupe", "Sample, Lupita", (LIKE, SAME)),
        ("Sample, Bill", "Sample, Will", (NEAR, SAME)),
        ("Sample, Robert, James", "Sample, James", (LIKE, SAME)),
        ("Sample, James", "James, Sample", (LIKE, LIKE)),
        ("Garcia Lopez, Ana", "Lopez-Garcia, Ana", (SAME, LIKE)),
        ("Garcia Lopez, Ana", "Garcia, Ana", (SAME, LIKE)),
        ("Garcia Lopez, Ana", "Lopez, Ana", (SAME, LIKE)),
        ("Garcia Lopez, Ana", "Garcia Perez, Ana", (SAME, NEAR)),
        ("Garcia, Ana", "Lopez, Ana, Garcia", (SAME, NEAR)),
        ("Sample Alan", "Sample, Alan", (LIKE, LIKE)),
        ("Sample, A", "Sample, Alan", (NEAR, SAME)),
        ("Sample, Jayden", "Sample, Jaylen", (NEAR, SAME)),
        ("Sample, Maria, Elena", "Sample, Maria, Jose", (NEAR, SAME)),
        ("Johnson, Alan", "Johnsen, Alan", (SAME, NEAR)),
    ],
)
def test_other_ways_of_saying_a_name_are_told_apart_from_slips(
    one: str, other: str, expected: tuple[Verdict, Verdict]
) -> None:
    assert expected == judged(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Sample, Alan", "Sample, Peter", (DIFFERENT, SAME)),
        ("Sample, Christina", "Sample, Christopher", (DIFFERENT, SAME)),
        ("Sample, Alan", "Otherwise, Alan", (SAME, DIFFERENT)),
        ("de la Cruz, Ana", "de la Rosa, Ana", (SAME, DIFFERENT)),
        ("Sample, Alan", "Sample", (UNKNOWN, SAME)),
        ("Sample, Alan", "", (UNKNOWN, UNKNOWN)),
        ("Garcia Lopez", "Garcia Lopez, Ana", (UNKNOWN, SAME)),
    ],
)
def test_other_names_are_other_names(
    one: str, other: str, expected: tuple[Verdict, Verdict]
) -> None:
    assert expected == judged(one, other)


def test_a_former_name_is_as_good_as_the_present_one() -> None:
    pair = compare_names(
        [named("Maidenname, Ana")], [named("Wedded, Ana"), named("Maidenname, Ana")]
    )
    assert (pair.given[0], pair.family[0]) == (SAME, SAME)
    assert pair.ours == named("Maidenname, Ana")


@pytest.mark.parametrize(
    ("name", "generation"),
    [
        ("Sample, Alan, , Jr", 2),
        ("Sample Jr., Alan", 2),
        ("Sample, Alan Jr", 2),
        ("Sample, Alan, II", 2),
        ("Sample III, Alan", 3),
        ("Sample, Alan, IV", 4),
        ("Sample, Alan, , SENIOR", 1),
        ("Sample, Sr. Alan", None),
        ("Sample, Junior", None),
        ("Sample, Alan, I", None),
    ],
)
def test_the_generation_is_heard_wherever_it_stands(name: str, generation: int | None) -> None:
    assert generation == normal(named(name)).generation


def test_a_suffix_leaves_no_trace_in_the_name() -> None:
    assert normal(named("Sample Jr, Alan")).family == ("sample",)


@pytest.mark.parametrize(
    "name",
    [
        "Doe, John",
        "DOE, JANE 3",
        "Doe, Jane A",
        "Smith, Baby Boy",
        "Smith, Babygirl",
        "Smith, Girl A",
        "Unknown, Unknown",
        "Unknown, Male 3",
        "Trauma, Alpha",
        "Alpha, Trauma12",
        "Confidential, Patient",
        "Test, Patient",
        "Anonymous",
    ],
)
def test_a_placeholder_is_nobody_s_name(name: str) -> None:
    assert is_placeholder(named(name))
    assert judged(name, name) == (DIFFERENT, DIFFERENT)


@pytest.mark.parametrize(
    "name",
    [
        "Doe, Marisol",
        "Test, Ana",
        "Babbington, Ana",
        "Mann, Ana",
        "Testa, Ana",
        "Boyd, Ana",
        "Male, Ana",
    ],
)
def test_a_person_whose_name_reminds_of_a_placeholder_is_somebody(name: str) -> None:
    assert not is_placeholder(named(name))


@given(NAMES, NAMES)
def test_it_does_not_matter_which_of_two_names_is_ours(one: PersonName, other: PersonName) -> None:
    assert compare_forms(normal(one), normal(other)) == compare_forms(normal(other), normal(one))


@given(NAMES)
def test_a_name_is_the_same_as_itself(name: PersonName) -> None:
    pair = compare_names([name], [name])
    expected = {DIFFERENT} if is_placeholder(name) else {SAME, UNKNOWN}
    assert {pair.given[0], pair.family[0]} <= expected


@given(some.text())
def test_what_is_folded_once_stays_as_it_is(text: str) -> None:
    assert fold(" ".join(fold(text))) == fold(text)
