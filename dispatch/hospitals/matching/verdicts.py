"""The words in which two people are compared: what was compared, and what came of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Field(StrEnum):
    """What is compared, in the order in which a person would read it."""

    GIVEN = "given name"
    FAMILY = "family name"
    GENERATION = "generation"
    """Senior, junior, the third: what tells a father from his son."""
    BIRTH_DATE = "birth date"
    SEX = "sex"
    RECORD = "record number"
    MEDICAID = "Medicaid ID"
    SOCIAL_SECURITY = "social security number"
    OTHER_NUMBER = "other number"
    ADDRESS = "address"
    ZIP = "ZIP"
    PHONE = "phone"


class Verdict(StrEnum):
    """What came of comparing a field, from what speaks most for one person to the contrary."""

    SAME = "same"
    LIKE = "like"
    """The same said in another way: a nickname, one of two family names, another flat."""
    NEAR = "near"
    """Perhaps a slip of the pen, perhaps a twin or a neighbour."""
    UNKNOWN = "unknown"
    """One side doesn't tell, or what it tells can't be compared."""
    DIFFERENT = "different"
    """Other, as it may well be with one and the same person: people move and marry."""
    CONFLICT = "conflict"
    """Other, as it hardly ever is with one and the same person."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a review screen: what they say, what we have, and how that compares.

    The two sides are kept out of the representation, so that no log or trace shows them.
    """

    what: Field
    theirs: str = field(repr=False)
    ours: str = field(repr=False)
    verdict: Verdict
    why: str = ""
