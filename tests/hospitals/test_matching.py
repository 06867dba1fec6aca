"""Whom a notice is about: no wrong client is ever linked, and the right one is never lost."""

import pytest

from dispatch.hospitals.matching.likeness import Known, Likeness, compare
from dispatch.hospitals.matching.match import Match, Outcome, match
from dispatch.hospitals.matching.verdicts import Field, Verdict
from dispatch.hospitals.notice import Person, PersonName
from tests.hospitals.people import BORN, HOME, PHONE, client, somebody

ANA = client(1, somebody("Sample, Ana, Lee", born=BORN, sex="f", home=HOME, phone=PHONE))
SENIOR = client(
    1, somebody("Sample, Alan, , Sr", born="1951-11-02", sex="m", home=HOME, phone=PHONE)
)
JUNIOR = client(2, somebody("Sample, Alan, , Jr", born=BORN, sex="m", home=HOME, phone=PHONE))


def certain(found: Match) -> int | None:
    """The key of the client who is linked without a human, if one is."""
    return found.found[0].key if found.outcome is Outcome.CERTAIN else None


def possible(found: Match) -> list[int]:
    """The keys of those whom a human is shown, in order."""
    return [one.key for one in found.found] if found.outcome is Outcome.POSSIBLE else []


# Certain ────────────────────────────────────────────────────────────────────────────────────────


def test_name_and_birth_date_and_the_zip_are_enough() -> None:
    told = somebody("Sample, Ana", born=BORN, home="Homeless, Fernville, 97301-1234")
    assert certain(match(told, [ANA])) == 1


def test_name_and_birth_date_and_the_phone_are_enough() -> None:
    told = somebody("SAMPLE, ANA", born=BORN, phone="+1 (503) 555-0123")
    assert certain(match(told, [ANA])) == 1


def test_a_record_number_of_that_hospital_and_the_name_are_enough() -> None:
    known = client(1, somebody("Sample, Ana", born=BORN, numbers="mrn Ridge 0044711"))
    assert certain(match(somebody("Sample, Ana", numbers="mrn RIDGE 44711"), [known])) == 1


def test_a_medicaid_id_and_the_birth_date_find_somebody_who_has_married() -> None:
    known = client(1, somebody("Maidenname, Ana", born=BORN, numbers="medicaid - XK20417"))
    told = somebody("Wedded, Ana", born=BORN, numbers="medicaid OHP XK20417")
    assert certain(match(told, [known])) == 1


def test_a_former_name_that_we_know_of_is_as_good() -> None:
    known = client(1, somebody("Wedded, Ana", "Maidenname, Ana", born=BORN, home=HOME))
    assert certain(match(somebody("Maidenname, Ana", born=BORN, home=HOME), [known])) == 1


# Relatives ──────────────────────────────────────────────────────────────────────────────────────


def test_junior_and_senior_at_one_address_are_told_apart() -> None:
    both = [SENIOR, JUNIOR]
    told = somebody("Sample, Alan, , Jr", born=BORN, home=HOME)
    assert certain(match(told, both)) == 2


@pytest.mark.parametrize(
    "told",
    [
        somebody("Sample, Alan", home=HOME, phone=PHONE),
        somebody("Sample, Alan, , Jr", home=HOME, phone=PHONE),
        somebody("Sample, Alan, , Jr", born="1951-11-02", home=HOME),
        somebody("Sample, Alan", born="1951-04-23", home=HOME),
    ],
    ids=["no suffix nor birth date", "no birth date", "the other's birth date", "a bit of each"],
)
def test_father_and_son_are_for_a_human_where_the_notice_leaves_it_open(told: Person) -> None:
    for known in ([SENIOR], [JUNIOR], [SENIOR, JUNIOR]):
        assert match(told, known).outcome is Outcome.POSSIBLE


def test_a_son_who_is_no_client_is_not_linked_to_his_father() -> None:
    told = somebody("Sample, Alan, , Jr", born=BORN, sex="m", home=HOME, phone=PHONE)
    assert certain(match(told, [SENIOR])) is None


@pytest.mark.parametrize("given", ["Peter", "Allen", "A", "Alana"])
def test_a_twin_is_never_linked(given: str) -> None:
    twin = somebody(f"Sample, {given}", born=BORN, home=HOME, phone=PHONE)
    known = client(1, somebody("Sample, Alan", born=BORN, home=HOME, phone=PHONE))
    assert possible(match(twin, [known])) == [1]


def test_of_two_twins_who_are_clients_each_is_found_by_the_given_name() -> None:
    twins = [
        client(key, somebody(f"Sample, {given}", born=BORN, home=HOME))
        for key, given in ((1, "Alan"), (2, "Peter"))
    ]
    assert certain(match(somebody("Sample, Peter", born=BORN, home=HOME), twins)) == 2
    assert possible(match(somebody("Sample, P", born=BORN, home=HOME), twins)) == [2, 1]


def test_a_nickname_that_both_twins_may_have_waits_for_their_sex() -> None:
    known = client(1, somebody("Sample, Christina", born=BORN, sex="f", home=HOME))
    told = somebody("Sample, Chris", born=BORN, home=HOME)
    assert possible(match(told, [known])) == [1]
    told = somebody("Sample, Chris", born=BORN, sex="f", home=HOME)
    assert certain(match(told, [known])) == 1
    told = somebody("Sample, Chris", born=BORN, sex="m", home=HOME)
    assert possible(match(told, [known])) == [1]


def test_mother_and_daughter_of_one_name_are_not_mixed_up() -> None:
    mother = client(1, somebody("Sample, Ana", born="1955-02-19", sex="f", home=HOME))
    daughter = somebody("Sample, Ana", born=BORN, sex="f", home=HOME)
    assert possible(match(daughter, [mother])) == [1]
    assert certain(match(daughter, [mother, client(2, daughter)])) == 2


# Numbers ────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_digits_at_another_hospital_are_somebody_else() -> None:
    known = client(1, somebody("Otherwise, Bela", born="1970-01-30", numbers="mrn Ridge 44711"))
    told = somebody("Sample, Ana", born=BORN, numbers="mrn Valley 44711")
    assert match(told, [known]).outcome is Outcome.NONE


def test_a_record_number_without_a_hospital_says_nothing() -> None:
    known = client(1, somebody("Otherwise, Bela", numbers="mrn - 44711"))
    assert match(somebody(numbers="mrn - 44711"), [known]).outcome is Outcome.NONE


def test_a_reused_record_number_is_never_enough() -> None:
    known = client(1, somebody("Otherwise, Bela", born="1970-01-30", numbers="mrn Ridge 44711"))
    told = somebody("Sample, Ana", born=BORN, numbers="mrn Ridge 44711")
    found = match(told, [known])
    assert possible(found) == [1]
    assert "another birth date" in found.found[0].against


def test_a_medicaid_id_with_a_slip_is_for_a_human() -> None:
    known = client(1, somebody("Sample, Ana", born=BORN, home=HOME, numbers="medicaid - XK20417"))
    told = somebody("Sample, Ana", born=BORN, home=HOME, numbers="medicaid - XK20471")
    assert possible(match(told, [known])) == [1]


def test_another_medicaid_id_forbids_what_all_the_rest_would_allow() -> None:
    known = client(1, somebody("Sample, Ana", born=BORN, home=HOME, numbers="medicaid - XK20417"))
    told = somebody("Sample, Ana", born=BORN, home=HOME, numbers="medicaid - BD99382")
    assert possible(match(told, [known])) == [1]


def test_two_clients_with_the_same_number_are_for_a_human() -> None:
    told = somebody("Sample, Ana", born=BORN, numbers="medicaid - XK20417")
    retired = somebody("Otherwise, Bela", born="1970-01-30", numbers="medicaid - XK20417")
    assert possible(match(told, [client(1, told), client(2, retired)])) == [1, 2]


def test_a_parent_s_social_security_number_does_not_make_a_son_his_father() -> None:
    known = client(1, somebody("Sample, Alan", born="1951-11-02", numbers="ssn - 512345678"))
    assert possible(match(somebody("Sample, Alan", numbers="ssn - 512-34-5678"), [known])) == [1]


def test_the_last_four_digits_only_support() -> None:
    known = client(1, somebody("Sample, Ana", born=BORN, numbers="ssn - 512345678"))
    told = somebody("Otherwise, Bela", born=BORN, numbers="ssn - 5678")
    assert possible(match(told, [known])) == [1]


@pytest.mark.parametrize("dummy", ["0000000", "none", "999999999", "123456789"])
def test_a_dummy_number_is_nobody_s(dummy: str) -> None:
    known = client(1, somebody("Otherwise, Bela", numbers=f"medicaid - {dummy}"))
    assert match(somebody(numbers=f"medicaid - {dummy}"), [known]).outcome is Outcome.NONE


# Names and dates ────────────────────────────────────────────────────────────────────────────────


def test_the_same_name_and_birth_date_in_two_places_is_for_a_human() -> None:
    told = somebody("Sample, Ana", born=BORN, home="9 Far Road, Eastmoor, 97850")
    assert possible(match(told, [ANA])) == [1]


def test_two_clients_of_one_name_and_birth_date_are_for_a_human() -> None:
    other = client(2, somebody("Sample, Ana", born=BORN))
    told = somebody("Sample, Ana", born=BORN, home=HOME)
    assert possible(match(told, [other, ANA])) == [1, 2]


@pytest.mark.parametrize("name", ["Lopez-Garcia, Ana", "Garcia Lopez, Ana", "Lopez, Ana"])
def test_hyphens_and_the_order_of_family_names_do_not_matter(name: str) -> None:
    known = client(1, somebody("García López, Ana", born=BORN, home=HOME))
    assert certain(match(somebody(name, born=BORN, home=HOME), [known])) == 1


@pytest.mark.parametrize(
    "born", ["1981-04-24", "1981-04-13", "1918-04-23", "1982-04-23", "1984-04-23"]
)
def test_a_birth_date_with_a_slip_is_for_a_human(born: str) -> None:
    assert possible(match(somebody("Sample, Ana", born=born, home=HOME), [ANA])) == [1]


def test_day_and_month_swapped_are_for_a_human() -> None:
    known = client(1, somebody("Sample, Ana", born="1981-04-07", home=HOME))
    assert possible(match(somebody("Sample, Ana", born="1981-07-04", home=HOME), [known])) == [1]


def test_somebody_who_has_married_without_our_knowing_is_not_lost() -> None:
    told = somebody("Wedded, Ana", born=BORN, phone=PHONE)
    assert possible(match(told, [ANA])) == [1]


def test_another_sex_is_for_a_human() -> None:
    assert possible(match(somebody("Sample, Ana", born=BORN, sex="m", home=HOME), [ANA])) == [1]


# Little or nothing to go by ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["Doe, John", "Unknown, Female 3", "Trauma, Alpha"])
def test_a_placeholder_matches_by_number_only_and_for_a_human(name: str) -> None:
    known = client(1, somebody(name, born=BORN, numbers="mrn Ridge 44711"))
    assert match(somebody(name), [known]).outcome is Outcome.NONE
    told = somebody(name, born=BORN, numbers="mrn Ridge 44711")
    assert possible(match(told, [known])) == [1]


def test_a_birth_date_alone_is_nobody() -> None:
    assert match(somebody(born=BORN), [ANA]).outcome is Outcome.NONE


def test_the_first_of_january_1900_is_no_birth_date() -> None:
    known = client(1, somebody("Sample, Ana", born="1900-01-01", home=HOME))
    told = somebody("Sample, Ana", born="1900-01-01", home=HOME)
    assert possible(match(told, [known])) == [1]


def test_a_notice_that_tells_nothing_is_about_nobody() -> None:
    assert Match(Outcome.NONE) == match(Person(), [ANA, SENIOR, Known(7)])
    assert Match(Outcome.NONE) == match(somebody("Sample, Ana"), [])


def test_a_name_alone_is_shown_to_a_human() -> None:
    assert possible(match(somebody("Sample, Ana"), [ANA])) == [1]


# What a human sees ──────────────────────────────────────────────────────────────────────────────


def test_both_sides_stand_beside_each_other_with_the_reason() -> None:
    told = somebody("Sampel, Ana", born="1981-04-13", home="12 Oak St Apt 4, Fernville, 97301")
    rows = {row.what: row for row in compare(told, ANA).rows}
    assert list(rows) == list(Field)
    family = rows[Field.FAMILY]
    assert (family.theirs, family.ours) == ("Sampel", "Sample")
    assert (family.verdict, family.why) == (Verdict.NEAR, "spelled a little otherwise")
    assert rows[Field.BIRTH_DATE].why == "one digit off"
    assert rows[Field.ADDRESS].verdict is Verdict.SAME
    assert rows[Field.PHONE].verdict is Verdict.UNKNOWN


def test_the_most_alike_comes_first() -> None:
    namesake = client(1, somebody("Sample, Ana", born="1981-04-24"))
    known = client(2, somebody("Sample, Anna", born=BORN, home=HOME, phone=PHONE))
    told = somebody("Sample, Ana", born=BORN, home=HOME, phone=PHONE)
    assert possible(match(told, [namesake, known])) == [2, 1]


def test_nothing_of_a_person_is_in_what_a_log_would_show() -> None:
    likeness = compare(somebody("Sample, Ana", born=BORN, home=HOME, phone=PHONE), ANA)
    assert isinstance(likeness, Likeness)
    for secret in ("Sample", "Ana", BORN, "Oak", "0123"):
        assert secret not in repr(likeness)


def test_a_name_in_one_field_is_still_found() -> None:
    told = Person(names=(PersonName(family="Sample, Ana"),), birth_date=ANA.birth_date)
    assert possible(match(told, [ANA])) == [1]
