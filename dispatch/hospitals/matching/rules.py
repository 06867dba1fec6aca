"""The policy by which a notice is linked to a client, as data that reads as it is spoken.

Source of the rules: the shared facts on hospitals, matching. Each rule is a list of needs, all of
which must hold; each need is met by any one of its fields.
"""

from dataclasses import dataclass

from dispatch.hospitals.matching.likeness import Likeness
from dispatch.hospitals.matching.verdicts import Field, Verdict


@dataclass(frozen=True, slots=True)
class Need:
    """That at least one of some fields has one of some verdicts. `words` say so."""

    words: str
    fields: tuple[Field, ...]
    verdicts: frozenset[Verdict]

    def holds(self, likeness: Likeness) -> bool:
        """Say whether it does for one client."""
        return any(likeness.verdict(field) in self.verdicts for field in self.fields)


@dataclass(frozen=True, slots=True)
class Rule:
    """That all of some needs hold. `words` tell a person why a client was found."""

    words: str
    needs: tuple[Need, ...]

    def holds(self, likeness: Likeness) -> bool:
        """Say whether it does for one client."""
        return all(need.holds(likeness) for need in self.needs)


@dataclass(frozen=True, slots=True)
class Policy:
    """When a client is linked without a human, when shown to one, and what forbids a link.

    A client is certain by a rule of `certain` if no bar holds, possible by a rule of `possible`.
    Another client who is possible is a rival, and forbids the link too, if a need of
    `always_rivals` holds, or else no bar and no need of `never_rivals` does.
    """

    certain: tuple[Rule, ...]
    possible: tuple[Rule, ...]
    bars: tuple[Need, ...]
    always_rivals: tuple[Need, ...]
    never_rivals: tuple[Need, ...]


STRENGTH = {
    Verdict.SAME: 5,
    Verdict.LIKE: 4,
    Verdict.NEAR: 3,
    Verdict.UNKNOWN: 0,
    Verdict.DIFFERENT: -1,
    Verdict.CONFLICT: -4,
}
"""How much a verdict counts in the order in which a human sees the possible clients."""

SAME, LIKE, NEAR = Verdict.SAME, Verdict.LIKE, Verdict.NEAR
UNKNOWN, DIFFERENT, CONFLICT = Verdict.UNKNOWN, Verdict.DIFFERENT, Verdict.CONFLICT


def _need(words: str, *parts: Field | Verdict) -> Need:
    fields = tuple(part for part in parts if isinstance(part, Field))
    return Need(words, fields, frozenset(part for part in parts if isinstance(part, Verdict)))


BORN = _need("the same birth date", Field.BIRTH_DATE, SAME)
BORN_ABOUT = _need("nearly the same birth date", Field.BIRTH_DATE, SAME, NEAR)
BORN_UNTOLD = _need("no other birth date", Field.BIRTH_DATE, UNKNOWN, NEAR)

GIVEN_SAME = _need("the same given name", Field.GIVEN, SAME)
GIVEN = _need("the given name", Field.GIVEN, SAME, LIKE)
GIVEN_ABOUT = _need("about the given name", Field.GIVEN, SAME, LIKE, NEAR)
GIVEN_NOT_OTHER = _need("no other given name", Field.GIVEN, SAME, LIKE, NEAR, UNKNOWN)
FAMILY = _need("the family name", Field.FAMILY, SAME, LIKE)
FAMILY_ABOUT = _need("about the family name", Field.FAMILY, SAME, LIKE, NEAR)
FAMILY_NOT_OTHER = _need("no other family name", Field.FAMILY, SAME, LIKE, NEAR, UNKNOWN)
A_NAME = _need("one of the names", Field.GIVEN, Field.FAMILY, SAME, LIKE)
GENERATION_CLEAR = _need("the suffix on both sides or none", Field.GENERATION, SAME, UNKNOWN)
SAME_SEX = _need("the same sex", Field.SEX, SAME)
NO_OTHER_SEX = _need("no other sex", Field.SEX, SAME, UNKNOWN)

OUR_NUMBER = _need("an identifier that we hold", Field.RECORD, Field.MEDICAID, SAME)
SOCIAL_SECURITY = _need("the whole social security number", Field.SOCIAL_SECURITY, SAME)
ANY_NUMBER = _need(
    "an identifier", Field.RECORD, Field.MEDICAID, Field.SOCIAL_SECURITY, Field.OTHER_NUMBER, SAME
)
NUMBER_ABOUT = _need(
    "nearly an identifier, or its last four digits",
    *(Field.RECORD, Field.MEDICAID, Field.SOCIAL_SECURITY),
    *(LIKE, NEAR),
)

HOME = _need("the address or the phone", Field.ADDRESS, Field.PHONE, SAME, LIKE)
SOMEWHERE = _need("the address, ZIP or phone", Field.ADDRESS, Field.ZIP, Field.PHONE, SAME, LIKE)
ABOUT_SOMEWHERE = _need(
    "about the address or ZIP, or the phone",
    *(Field.ADDRESS, Field.ZIP, Field.PHONE),
    *(SAME, LIKE, NEAR),
)

CERTAIN = (
    Rule("an identifier that we hold, birth date and given name", (OUR_NUMBER, BORN, GIVEN)),
    Rule(
        "an identifier that we hold, birth date, and no other name",
        (OUR_NUMBER, BORN, GIVEN_NOT_OTHER, FAMILY_NOT_OTHER),
    ),
    Rule(
        "an identifier that we hold and the name",
        (OUR_NUMBER, GIVEN, FAMILY, BORN_UNTOLD, GENERATION_CLEAR),
    ),
    # A parent's or spouse's number is often given for a patient's: it takes the whole person.
    Rule(
        "social security number, birth date and name",
        (SOCIAL_SECURITY, BORN, GIVEN, FAMILY_ABOUT),
    ),
    Rule("name, birth date, and address, ZIP or phone", (GIVEN_SAME, FAMILY, BORN, SOMEWHERE)),
    Rule(
        "given name, nearly the family name, birth date, and address or phone",
        (GIVEN_SAME, FAMILY_ABOUT, BORN, HOME),
    ),
    # Chris may be Christina or her twin Christopher: it takes the sex to tell.
    Rule(
        "another form of the name, sex, birth date, and address, ZIP or phone",
        (GIVEN, FAMILY, SAME_SEX, BORN, SOMEWHERE),
    ),
)
"""When one client is linked without a human."""

POSSIBLE = (
    Rule("an identifier", (ANY_NUMBER,)),
    Rule("name and birth date", (GIVEN_ABOUT, FAMILY_ABOUT, BORN_ABOUT)),
    Rule("nearly an identifier, and birth date", (NUMBER_ABOUT, BORN_ABOUT)),
    Rule("nearly an identifier, and name", (NUMBER_ABOUT, GIVEN_ABOUT, FAMILY_ABOUT)),
    Rule("birth date and address or phone", (BORN, HOME, NO_OTHER_SEX)),
    Rule(
        "birth date, one of the names, and about the place", (BORN_ABOUT, A_NAME, ABOUT_SOMEWHERE)
    ),
    Rule("birth date and family name, no other given name", (BORN, FAMILY, GIVEN_NOT_OTHER)),
    Rule("birth date and given name, no other family name", (BORN, GIVEN, FAMILY_NOT_OTHER)),
    Rule("name and address or phone", (GIVEN_ABOUT, FAMILY_ABOUT, HOME)),
    Rule("name, and no birth date to tell by", (GIVEN, FAMILY, BORN_UNTOLD)),
    Rule(
        "about the name and the place, and no birth date to tell by",
        (GIVEN_ABOUT, FAMILY_ABOUT, BORN_UNTOLD, ABOUT_SOMEWHERE),
    ),
)
"""When a client is shown to a human. The first that holds is told."""

BARS = (
    _need("another generation: father and son?", Field.GENERATION, CONFLICT),
    _need("another sex", Field.SEX, CONFLICT),
    _need("another birth date", Field.BIRTH_DATE, CONFLICT),
    _need("another given name: twins?", Field.GIVEN, DIFFERENT),
    _need("another record number of the same hospital", Field.RECORD, CONFLICT, NEAR),
    _need("another Medicaid ID", Field.MEDICAID, CONFLICT, NEAR),
    _need("another social security number", Field.SOCIAL_SECURITY, CONFLICT, NEAR),
)
"""What forbids a link without a human, whatever else agrees."""

SOMEBODY_ELSE = Rule(
    "another family name, and no birth date that agrees",
    (
        _need("another family name", Field.FAMILY, DIFFERENT, CONFLICT),
        _need("not the same birth date", Field.BIRTH_DATE, UNKNOWN, NEAR, DIFFERENT, CONFLICT),
    ),
)
"""What forbids, beside the bars, to take a notice for somebody's by the number of its visit or
record alone: hospitals use such numbers again, and mistype them."""

POLICY = Policy(
    certain=CERTAIN,
    possible=POSSIBLE,
    bars=BARS,
    always_rivals=(ANY_NUMBER,),
    never_rivals=(_need("another family name", Field.FAMILY, DIFFERENT),),
)
