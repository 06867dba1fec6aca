"""Relatives for the people of a data set: the fathers and twins who are taken for them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from random import Random

from dispatch.hospitals.notice import Identifier, IdentifierKind, Person

A_GENERATION = range(18, 40)
"""By how many years a father is older."""


def father(child: Person, dice: Random) -> Person:
    """Their father: the same name, address and phone; a suffix and a birth date if told."""
    names = tuple(replace(name, suffix=dice.choice(["Sr", "Sr", ""])) for name in child.names)
    born = None if child.birth_date is None else _earlier(child.birth_date, dice)
    told = dice.random() < 0.75
    return replace(
        child, names=names, birth_date=born if told else None, identifiers=_own(child, dice)
    )


def _earlier(born: date, dice: Random) -> date:
    year = max(1, born.year - dice.choice(A_GENERATION))
    return date(year, dice.randint(1, 12), dice.randint(1, 28))


def twin(one: Person, own: str, given_names: list[str], dice: Random) -> Person:
    """Their twin: another given name than their `own`, often of the same initial."""
    others = [given for given in given_names if given and given != own]
    alike = [given for given in others if given[:1] == own[:1]]
    given = dice.choice(alike if alike and dice.random() < 0.5 else others)
    if dice.random() < 0.1:
        given = given[:1]
    names = tuple(replace(name, given=given) for name in one.names)
    return replace(one, names=names, identifiers=_own(one, dice))


def _own(one: Person, dice: Random) -> tuple[Identifier, ...]:
    """A number of their own, if those whom they resemble have one."""
    return tuple(
        Identifier(IdentifierKind.MEDICAID, str(dice.randint(10**6, 10**7 - 1)))
        for _ in one.identifiers
    )


def relatives(people: Iterable[tuple[str, Person]], seed: int) -> Iterator[Person]:
    """Yield a father for each second person, and a twin for the others.

    With each comes the given name which they really have: in a notice it may be misspelled.
    """
    known = list(people)
    dice = Random(seed)
    given_names = sorted({own for own, _ in known})
    for number, (own, person) in enumerate(known):
        if number % 2:
            yield twin(person, own, given_names, dice)
        else:
            yield father(person, dice)
