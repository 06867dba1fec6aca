"""What holds for any two people: no order, no loss of agreement, no conflict makes a link."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as some

from dispatch.hospitals.matching.likeness import Known, compare
from dispatch.hospitals.matching.lookup_keys import keys_of, keys_of_known
from dispatch.hospitals.matching.match import Outcome, match
from dispatch.hospitals.matching.verdicts import Field, Verdict
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    Person,
    PersonName,
    Sex,
)
from tests.hospitals.people import client

RISING = [Outcome.NONE, Outcome.POSSIBLE, Outcome.CERTAIN]
GIVEN = ["Ana", "Anna", "Alan", "Al", "A", "Peter", "Bill", "William", "Baby Boy", ""]
FAMILY = ["Sample", "Sampel", "Garcia Lopez", "Lopez-Garcia", "Garcia", "Unknown", ""]
MIDDLE = ["", "Lee", "L", "Ana"]
SUFFIXES = ["", "", "Jr", "Sr", "III"]
DATES = [date(1981, 4, 7), date(1981, 7, 4), date(1951, 4, 7), date(1990, 12, 30)]
NUMBERS = ["44711", "44717", "90210", "0000"]
LINES = ["12 Oak Street", "12 Oak St Apt 4", "13 Oak St", "9 Far Road", "Homeless"]
ZIPS = ["97301", "97301-1234", "97310", "97850", ""]

names = some.builds(
    PersonName,
    family=some.sampled_from(FAMILY),
    given=some.sampled_from(GIVEN),
    middle=some.sampled_from(MIDDLE),
    suffix=some.sampled_from(SUFFIXES),
)
identifiers = some.builds(
    Identifier,
    kind=some.sampled_from(list(IdentifierKind)),
    value=some.sampled_from(NUMBERS),
    authority=some.sampled_from(["", "Ridge", "Valley"]),
)
addresses = some.builds(
    Address,
    line=some.sampled_from(LINES),
    city=some.sampled_from(["Fernville", "Eastmoor", ""]),
    postal_code=some.sampled_from(ZIPS),
)
people = some.builds(
    Person,
    names=some.lists(names, max_size=2).map(tuple),
    birth_date=some.none() | some.sampled_from(DATES),
    sex=some.none() | some.sampled_from(list(Sex)),
    identifiers=some.lists(identifiers, max_size=2).map(tuple),
    addresses=some.lists(addresses, max_size=1).map(tuple),
    phones=some.lists(some.sampled_from(["503-555-0123", "503-555-0124"]), max_size=1).map(tuple),
)
clients = some.lists(people, max_size=4).map(
    lambda found: [client(key, person) for key, person in enumerate(found)]
)


def likely(person: Person) -> some.SearchStrategy[Person]:
    """People who are much like one: each part is theirs, or somebody else's."""
    return some.builds(
        lambda other, kept: replace(other, **{part: getattr(person, part) for part in kept}),
        people,
        some.sets(some.sampled_from(list(REMOVALS)), min_size=2),
    )


REMOVALS: dict[str, tuple[Any, tuple[Field, ...]]] = {
    "names": ((), (Field.GIVEN, Field.FAMILY, Field.GENERATION)),
    "birth_date": (None, (Field.BIRTH_DATE,)),
    "sex": (None, (Field.SEX,)),
    "identifiers": (
        (),
        (Field.RECORD, Field.MEDICAID, Field.SOCIAL_SECURITY, Field.OTHER_NUMBER),
    ),
    "addresses": ((), (Field.ADDRESS, Field.ZIP)),
    "phones": ((), (Field.PHONE,)),
}
"""What can be left out of a notice, and the fields in which that shows."""

pairs = people.flatmap(lambda person: some.tuples(some.just(person), likely(person)))


def outcome(person: Person, known: Known) -> int:
    return RISING.index(match(person, [known]).outcome)


@given(pairs)
def test_it_does_not_matter_who_tells_of_whom(pair: tuple[Person, Person]) -> None:
    one, other = pair
    there, back = compare(one, client(1, other)), compare(other, client(1, one))
    assert [row.verdict for row in there.rows] == [row.verdict for row in back.rows]
    assert outcome(one, client(1, other)) == outcome(other, client(1, one))


@given(pairs, some.sampled_from(["Jr", "Sr", "III"]), some.sampled_from(["Jr", "Sr", "III"]))
def test_a_conflicting_suffix_never_raises_the_outcome(
    pair: tuple[Person, Person], theirs: str, ours: str
) -> None:
    assume(theirs != ours)
    one, known = pair[0], client(1, pair[1])
    before = outcome(
        replace(one, names=_with_suffix(one, "")),
        replace(known, names=_with_suffix(known, "")),
    )
    after = outcome(
        replace(one, names=_with_suffix(one, theirs)),
        replace(known, names=_with_suffix(known, ours)),
    )
    assert after <= before
    if all(any(name.given and name.family for name in side.names) for side in (one, known)):
        assert after < RISING.index(Outcome.CERTAIN)


def _with_suffix(one: Person | Known, suffix: str) -> tuple[PersonName, ...]:
    return tuple(replace(name, suffix=suffix) for name in one.names)


@given(people, clients, some.randoms())
def test_the_order_of_candidates_does_not_matter(
    person: Person, known: list[Known], dice: Random
) -> None:
    shuffled = list(known)
    dice.shuffle(shuffled)
    assert match(person, shuffled) == match(person, known)


@given(pairs, some.sampled_from(list(REMOVALS)))
def test_leaving_out_what_does_not_contradict_never_makes_a_link(
    pair: tuple[Person, Person], part: str
) -> None:
    person, known = pair[0], client(1, pair[1])
    nothing, fields = REMOVALS[part]
    rows = compare(person, known)
    assume(all(rows.verdict(field) not in CONTRARY.get(field, AGAINST) for field in fields))
    less = replace(person, **{part: nothing})
    assert outcome(less, known) <= outcome(person, known) or not _is_certain(less, known)


def _is_certain(person: Person, known: Known) -> bool:
    return match(person, [known]).outcome is Outcome.CERTAIN


AGAINST = frozenset({Verdict.CONFLICT, Verdict.DIFFERENT})
CONTRARY = dict.fromkeys(
    (Field.RECORD, Field.MEDICAID, Field.SOCIAL_SECURITY), AGAINST | {Verdict.NEAR}
)
"""What speaks against a link. A number with a slip does: it may be a brother's."""


@given(people, clients)
def test_another_client_never_makes_a_link_to_one_who_was_none(
    person: Person, known: list[Known]
) -> None:
    assume(known)
    found = match(person, known)
    if found.outcome is Outcome.CERTAIN:
        alone = [one for one in known if one.key == found.found[0].key]
        assert match(person, alone).outcome is Outcome.CERTAIN


@given(people, clients)
def test_whoever_is_linked_has_nothing_against_them(person: Person, known: list[Known]) -> None:
    found = match(person, known)
    if found.outcome is Outcome.CERTAIN:
        (one,) = found.found
        assert not one.against
        verdicts = {row.verdict for row in one.likeness.rows if row.what is not Field.OTHER_NUMBER}
        assert Verdict.CONFLICT not in verdicts


@given(pairs)
def test_whoever_would_be_linked_is_found_by_a_key(pair: tuple[Person, Person]) -> None:
    person, known = pair[0], client(1, pair[1])
    if _is_certain(person, known):
        assert keys_of(person) & keys_of_known(known)
