"""Where somebody went from a hospital, read out of what the hospital wrote about it."""

import re
from collections.abc import Mapping
from enum import StrEnum


class Went(StrEnum):
    """Where somebody went when they were discharged."""

    TO_A_HOSPITAL = "to_a_hospital"
    ELSEWHERE = "elsewhere"
    """Home, to a home, to jail: anywhere but to another bed in a hospital."""
    AGAINST_ADVICE = "against_advice"
    DIED = "died"
    NOT_TOLD = "not_told"


def _codes(codes: str, went: Went) -> dict[str, Went]:
    return dict.fromkeys(codes.split(), went)


CODES: Mapping[str, Went] = {
    **_codes("2 5 9 43 62 63 65 66 82 85 88 90 91 93 94", Went.TO_A_HOSPITAL),
    **_codes("1 3 4 6 21 50 51 61 64 69 70 81 83 84 86 87 89 92 95", Went.ELSEWHERE),
    **_codes("7 ama", Went.AGAINST_ADVICE),
    **_codes("20 40 41 42", Went.DIED),
}
"""The patient discharge status codes of the NUBC, which PV1-36 (HL7 table 0112) and FHIR use too.
From memory: verify before release."""

WORDS: tuple[tuple[re.Pattern[str], Went], ...] = tuple(
    (re.compile(words, re.IGNORECASE), went)
    for words, went in (
        (r"\bama\b|against|eloped?\b|absconded|left without|walked out", Went.AGAINST_ADVICE),
        (r"\bexpired\b|\bdied\b|deceased|\bdeath\b", Went.DIED),
        (r"(state|psychiatric|acute|general|another) hospital|\bosh\b", Went.TO_A_HOSPITAL),
        (r"\bhome\b|self.?care|shelter|respite|jail|police|court|nursing|group", Went.ELSEWHERE),
        (r"transfer|hospital|inpatient|psychiatric unit", Went.TO_A_HOSPITAL),
    )
)
"""What is written out, in the order in which it is looked for."""


def went(disposition: str) -> Went:
    """Return where somebody went. What isn't understood counts as not told."""
    text = disposition.strip()
    code = text.lower().lstrip("0")
    if code in CODES:
        return CODES[code]
    return next((where for words, where in WORDS if words.search(text)), Went.NOT_TOLD)
