"""How like two names are: nicknames, slips of the pen, and family names in any order.

All of it is symmetric: it doesn't matter which of two names is ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import jellyfish

from dispatch.hospitals.matching.names import Name, core, is_placeholder, normal
from dispatch.hospitals.matching.nicknames import Kinship, kinship
from dispatch.hospitals.matching.verdicts import Verdict
from dispatch.hospitals.notice import PersonName

JARO_WINKLER = 0.9
"""From here on two words may be one, mistyped. Measured on FEBRL set 4 (benchmarks/matching.py)."""

Judged = tuple[Verdict, str]
"""A verdict, and why in a few words."""

_RANK = {
    Verdict.SAME: 5,
    Verdict.LIKE: 4,
    Verdict.NEAR: 3,
    Verdict.UNKNOWN: 1,
    Verdict.DIFFERENT: 0,
    Verdict.CONFLICT: 0,
}
_AGREE = frozenset({Verdict.SAME, Verdict.LIKE, Verdict.NEAR})
_SURE = frozenset({Verdict.SAME, Verdict.LIKE})


@dataclass(frozen=True, slots=True)
class NamesCompared:
    """The two names, of all that both sides have, which are most like each other."""

    given: Judged
    family: Judged
    theirs: PersonName | None = None
    ours: PersonName | None = None


def compare_names(theirs: Iterable[PersonName], ours: Iterable[PersonName]) -> NamesCompared:
    """Return how the most alike of their names and of ours compare.

    Placeholders are nobody's: where one side has nothing else, both parts are different.
    """
    sides = [[name for name in names if _told(name)] for names in (theirs, ours)]
    if not all(sides):
        unknown = (Verdict.UNKNOWN, "no name")
        return NamesCompared(unknown, unknown)
    real = [[name for name in side if not is_placeholder(name)] for side in sides]
    if not all(real):
        nobody = (Verdict.DIFFERENT, "a placeholder, nobody's name")
        return NamesCompared(nobody, nobody, sides[0][0], sides[1][0])
    pairs = (
        NamesCompared(*compare_forms(normal(one), normal(other)), one, other)
        for one, other in product(*real)
    )
    return max(pairs, key=_how_alike)


def _told(name: PersonName) -> bool:
    form = normal(name)
    return bool(form.given or form.family)


def _how_alike(pair: NamesCompared) -> tuple[int, int]:
    given, family = _RANK[pair.given[0]], _RANK[pair.family[0]]
    return given + family, given


@lru_cache(maxsize=65536)
def compare_forms(one: Name, other: Name) -> tuple[Judged, Judged]:
    """Return how the given and the family names of two normal forms compare."""
    given = compare_given(one.given, other.given)
    family = compare_family(one.family, other.family)
    if given[0] in _AGREE and family[0] in _AGREE:
        return given, family
    return (
        _swapped(one, other)
        or _in_one_field(one, other)
        or _family_among_given(one, other, given)
        or (given, family)
    )


def _swapped(one: Name, other: Name) -> tuple[Judged, Judged] | None:
    crossed = [compare_family(one.given, other.family), compare_family(one.family, other.given)]
    if not all(verdict in _AGREE for verdict, _ in crossed):
        return None
    sure = all(verdict in _SURE for verdict, _ in crossed)
    judged = (Verdict.LIKE if sure else Verdict.NEAR, "given and family name swapped")
    return judged, judged


def _in_one_field(one: Name, other: Name) -> tuple[Judged, Judged] | None:
    """One side wrote its whole name into the given or the family field."""
    for whole, lone in ((one, other), (other, one)):
        if whole.given and whole.family and not (lone.given and lone.family):
            words = {*lone.given, *core(lone.family)}
            if whole.given[0] in words and set(core(whole.family)) & (words - {whole.given[0]}):
                judged = (Verdict.LIKE, "the whole name in one field")
                return judged, judged
    return None


def _family_among_given(one: Name, other: Name, given: Judged) -> tuple[Judged, Judged] | None:
    """A maiden name, or the first of two family names, stands as a middle name."""
    if given[0] not in _AGREE:
        return None
    for here, there in ((one, other), (other, one)):
        if here.family and set(core(here.family)) <= set(there.given[1:]):
            return given, (Verdict.NEAR, "the family name stands as a middle name")
    return None


def compare_given(one: tuple[str, ...], other: tuple[str, ...]) -> Judged:
    """Return how two given names, each with its middle names, compare."""
    if not one or not other:
        return Verdict.UNKNOWN, "no given name"
    if one == other or "".join(one) == "".join(other):
        return Verdict.SAME, ""
    if one[0] == other[0]:
        if _middle_names_differ(one[1:], other[1:]):
            return Verdict.NEAR, "another middle name"
        return Verdict.SAME, ""
    first = _compare_first(one, other)
    if first[0] is Verdict.LIKE and _middle_names_differ(one[1:], other[1:]):
        return Verdict.NEAR, f"{first[1]}, another middle name"
    return first


def _compare_first(one: tuple[str, ...], other: tuple[str, ...]) -> Judged:
    here, there = one[0], other[0]
    kin = kinship(here, there)
    if kin is Kinship.NICKNAME:
        return Verdict.LIKE, "a nickname"
    if _is_middle_of(here, other) or _is_middle_of(there, one):
        return Verdict.LIKE, "a middle name used as the first"
    if kin is Kinship.COUSINS:
        return Verdict.NEAR, "two nicknames of one name"
    if here[0] == there[0] and 1 in (len(here), len(there)):
        return Verdict.NEAR, "an initial"
    if mistyped(here, there) or mistyped("".join(one), "".join(other)):
        return Verdict.NEAR, "spelled a little otherwise"
    return Verdict.DIFFERENT, ""


def _is_middle_of(word: str, given: tuple[str, ...]) -> bool:
    return len(word) > 1 and word in given[1:]


def _middle_names_differ(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Both have middle names, and no two of these could be the same."""
    if not one or not other:
        return False
    return not any(_could_be_one(here, there) for here, there in product(one, other))


def _could_be_one(here: str, there: str) -> bool:
    if 1 in (len(here), len(there)):
        return here[0] == there[0]
    return here == there or kinship(here, there) is not None or mistyped(here, there)


def compare_family(one: tuple[str, ...], other: tuple[str, ...]) -> Judged:
    """Return how two family names compare; each may be two names, in either order."""
    if not one or not other:
        return Verdict.UNKNOWN, "no family name"
    here, there = core(one), core(other)
    if "".join(one) == "".join(other) or here == there:
        return Verdict.SAME, ""
    if sorted(here) == sorted(there):
        return Verdict.LIKE, "family names in another order"
    if _one_of_two(here, there) or _one_of_two(there, here):
        return Verdict.LIKE, "one of two family names"
    if len(here) > 1 and len(there) > 1 and set(here) & set(there):
        return Verdict.NEAR, "one of two family names is another"
    if mistyped("".join(one), "".join(other)) or _all_mistyped(here, there):
        return Verdict.NEAR, "spelled a little otherwise"
    return Verdict.DIFFERENT, ""


def _one_of_two(few: tuple[str, ...], many: tuple[str, ...]) -> bool:
    """Each word of `few`, which are no initials, is in `many`."""
    return all(len(word) > 1 for word in few) and set(few) <= set(many)


def _all_mistyped(here: tuple[str, ...], there: tuple[str, ...]) -> bool:
    few, many = sorted((here, there), key=len)
    return all(any(word == found or mistyped(word, found) for found in many) for word in few)


@lru_cache(maxsize=65536)
def _mistyped(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 3:
        return False
    if jellyfish.jaro_winkler_similarity(one, other) >= JARO_WINKLER:
        return True
    slips = jellyfish.damerau_levenshtein_distance(one, other)
    return slips <= (2 if min(len(one), len(other)) >= 6 else 1)


def mistyped(one: str, other: str) -> bool:
    """Say whether two words could be one, written with a slip of the pen.

    Jaro-Winkler, or one slip in a short word and two in one of six letters or more.
    """
    # Jaro-Winkler depends on the order in a few odd cases: the order is fixed here.
    return _mistyped(min(one, other), max(one, other))
