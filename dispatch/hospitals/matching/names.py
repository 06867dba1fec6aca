"""Names as they are compared: without accents, titles and marks, and with the generation apart.

Nothing here judges whom a name belongs to. A normal form is for comparing only, never for showing.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from dispatch.hospitals.notice import PersonName


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list that is written as a text, for the tables of words here."""
    return frozenset(text.split())


GENERATIONS = {
    "sr": 1,
    "snr": 1,
    "senior": 1,
    "1st": 1,
    "jr": 2,
    "jnr": 2,
    "junior": 2,
    "ii": 2,
    "2nd": 2,
    "iii": 3,
    "3rd": 3,
    "iv": 4,
    "4th": 4,
}
"""Suffixes, and which bearer of the name they mean. Junior and II are both the second.

A lone I or V is left out: it is an initial more often.
"""

TITLES = words_of("mr mrs ms miss mx dr rev prof sra srta esq md phd dds")
"""Words of courtesy and degrees. Sr before a given name is the Spanish one."""

PARTICLES = words_of("de del la las los el y da das do dos di van von der den ter ten le")
"""Small words in family names, which some write and others leave out."""

NOBODY = words_of("unknown unk unidentified unnamed anonymous confidential trauma zztest")
"""Words which, anywhere in a name, say that it is nobody's."""

TRIALS = words_of("test patient dummy")
"""What whoever tries something out writes. A name of these alone is nobody's: Test may be one."""

CHILDREN = words_of("baby babyboy babygirl newborn infant boy girl bb bg")
"""What stands for the given name of a child that has none yet."""

SEXES = words_of("male female man woman")
DOES = words_of("doe roe")
DOE_GIVEN = words_of("john jane johnny janie jon jack jim richard mary") | SEXES

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"}
    | dict.fromkeys("'`\u2018\u2019\u02bc\u00b4\u2032", "")
)


@dataclass(frozen=True, slots=True)
class Name:
    """The normal form of a name. `given` has the middle names after the given ones."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    generation: int | None = None
    """1 is a senior, 2 a junior, and so on."""


@lru_cache(maxsize=65536)
def fold(text: str) -> tuple[str, ...]:
    """Return the words of a text without case, accents, apostrophes and other marks."""
    # Apostrophes go first: some of them decompose into a space.
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    plain = plain.casefold().translate(_LETTERS)
    return tuple("".join(mark if mark.isalnum() else " " for mark in plain).split())


@lru_cache(maxsize=65536)
def normal(name: PersonName) -> Name:
    """Return the normal form of a name, wherever its suffix and its parts were written.

    A whole name in one field is taken apart at its comma: "Garcia, Ana".
    """
    family, given = _apart(name)
    suffix = fold(name.suffix)
    if len(given) > 1 and given[0] == "sr":
        given = given[1:]
    generation = next((GENERATIONS[word] for word in _generations(suffix, family, given)), None)
    return Name(_names(given), _names(family), generation)


def _apart(name: PersonName) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of the family name, and those of the given and middle names."""
    family, given = fold(name.family), fold(name.given)
    middle = fold(name.middle)
    before, comma, after = (name.family or name.given).partition(",")
    if comma and not (family and given) and not _only_generation(fold(after)):
        return fold(before), fold(after) + middle
    return family, given + middle


def _only_generation(words: tuple[str, ...]) -> bool:
    return all(word in GENERATIONS or word in TITLES for word in words)


def _generations(suffix: tuple[str, ...], *fields: tuple[str, ...]) -> Iterable[str]:
    """Yield the words that tell the generation; a field with nothing else is a name."""
    yield from (word for word in suffix if word in GENERATIONS)
    for words in fields:
        if not _only_generation(words):
            yield from (word for word in words if word in GENERATIONS)


def _names(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a field that are names; all of them, where none is."""
    kept = tuple(word for word in words if word not in GENERATIONS and word not in TITLES)
    return kept or words


def core(family: tuple[str, ...]) -> tuple[str, ...]:
    """Return a family name without its particles, unless it has nothing else."""
    return tuple(word for word in family if word not in PARTICLES) or family


@lru_cache(maxsize=65536)
def is_placeholder(name: PersonName) -> bool:
    """Say whether a name is nobody's: John Doe, Baby Girl, Unknown Male 3, Trauma Alpha."""
    form = normal(name)
    words = {word.rstrip("0123456789") for word in (*form.given, *form.family)} - {""}
    if words & NOBODY or ("test" in words and words <= TRIALS):
        return True
    given = {word.rstrip("0123456789") for word in form.given if len(word) > 1} - {""}
    family = {word.rstrip("0123456789") for word in form.family} - {""}
    if given and given <= CHILDREN | SEXES | {"of"}:
        return True
    if form.given and form.given[0] in CHILDREN and len(form.given) > 1:
        return True
    return bool(family & DOES) and given <= DOE_GIVEN | CHILDREN
