"""How two birth dates compare: the same, a slip apart, or clearly another."""

from datetime import date

from dispatch.hospitals.matching.name_likeness import Judged
from dispatch.hospitals.matching.slips import one_slip
from dispatch.hospitals.matching.verdicts import Verdict

DUMMIES = frozenset({date(1800, 1, 1), date(1900, 1, 1), date(1901, 1, 1)})
"""What registrars enter for somebody whose birth date they don't know."""


def told(born: date | None) -> date | None:
    """Return a birth date, or None for a dummy."""
    return None if born in DUMMIES else born


def compare_birth_dates(theirs: date | None, ours: date | None) -> Judged:
    """Return how two birth dates compare. Clearly another one is a conflict."""
    one, other = told(theirs), told(ours)
    if one is None or other is None:
        return Verdict.UNKNOWN, "no birth date"
    if one == other:
        return Verdict.SAME, ""
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return Verdict.NEAR, "day and month swapped"
    if (one.month, one.day) == (other.month, other.day):
        return Verdict.NEAR, "another year"
    if one_slip(one.isoformat(), other.isoformat()):
        return Verdict.NEAR, "one digit off"
    return Verdict.CONFLICT, "another birth date"
