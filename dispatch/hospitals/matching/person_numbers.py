"""The numbers that people go by: whose they are, which are dummies, and how two sets compare."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import assert_never

from dispatch.hospitals.matching.name_likeness import Judged
from dispatch.hospitals.matching.names import fold
from dispatch.hospitals.matching.slips import one_slip
from dispatch.hospitals.matching.verdicts import Verdict
from dispatch.hospitals.notice import Identifier, IdentifierKind

SHORTEST = 4
"""A shorter number is a slip or a dummy, and would fit many. The last four of an SSN are four."""

WHOLE_SSN = 9
DUMMIES = frozenset({"123456789", "987654321", "078051120", "219099999"})
"""Never anybody's: counting, and two social security numbers printed in advertisements."""


@dataclass(frozen=True, slots=True)
class Number:
    """The normal form of an identifier. `authority` is empty where nobody said whose it is."""

    kind: IdentifierKind
    value: str
    authority: str


@lru_cache(maxsize=65536)
def number(identifier: Identifier) -> Number | None:
    """Return the normal form of an identifier, or None for a dummy such as 0000 or "none".

    Case, marks and leading zeros don't count: systems pad and strip them as they like.
    """
    value = "".join(fold(identifier.value))
    if identifier.kind is not IdentifierKind.SOCIAL_SECURITY:
        value = value.lstrip("0")
    dummy = len(set(value)) <= 1 or value in DUMMIES
    if dummy or len(value) < SHORTEST or not any(mark.isdigit() for mark in value):
        return None
    return Number(identifier.kind, value, "".join(fold(identifier.authority)))


def numbers(identifiers: Iterable[Identifier], kind: IdentifierKind) -> tuple[Number, ...]:
    """Return those of one kind, in normal form, dummies left out."""
    found = (number(identifier) for identifier in identifiers if identifier.kind is kind)
    return tuple(one for one in found if one is not None)


def compare_numbers(
    kind: IdentifierKind, theirs: Iterable[Identifier], ours: Iterable[Identifier]
) -> Judged:
    """Return how two people's numbers of one kind compare. One in common is enough.

    Record numbers are compared within one hospital only. Two Medicaid IDs of different agencies
    don't contradict each other. Social security numbers may be their last four digits.
    """
    pairs = list(product(numbers(theirs, kind), numbers(ours, kind)))
    judged = [_judge(kind)(one, other) for one, other in pairs]
    return min(judged, key=_ORDER.index, default=_NOT_TOLD)


def _judge(kind: IdentifierKind) -> Callable[[Number, Number], Judged]:
    match kind:
        case IdentifierKind.RECORD:
            return _records
        case IdentifierKind.MEDICAID:
            return _medicaid
        case IdentifierKind.SOCIAL_SECURITY:
            return _social_security
        case IdentifierKind.OTHER:
            return _others
        case _:
            assert_never(kind)


_SAME: Judged = (Verdict.SAME, "")
_LAST_FOUR: Judged = (Verdict.LIKE, "the last four digits")
_SLIP: Judged = (Verdict.NEAR, "one digit off")
_CONFLICT: Judged = (Verdict.CONFLICT, "")
_DIFFERENT: Judged = (Verdict.DIFFERENT, "")
_ELSEWHERE: Judged = (Verdict.UNKNOWN, "given by somebody else")
_NOT_TOLD: Judged = (Verdict.UNKNOWN, "no such number")
_ORDER = [_SAME, _LAST_FOUR, _SLIP, _CONFLICT, _DIFFERENT, _ELSEWHERE, _NOT_TOLD]


def _other_than(one: str, other: str) -> Judged:
    return _SLIP if one_slip(one, other) else _CONFLICT


def _records(one: Number, other: Number) -> Judged:
    if not one.authority or one.authority != other.authority:
        return _ELSEWHERE
    return _SAME if one.value == other.value else _other_than(one.value, other.value)


def _medicaid(one: Number, other: Number) -> Judged:
    if one.value == other.value:
        return _SAME
    if one.authority and other.authority and one.authority != other.authority:
        return _ELSEWHERE
    return _other_than(one.value, other.value)


def _social_security(one: Number, other: Number) -> Judged:
    if one.value == other.value and len(one.value) == WHOLE_SSN:
        return _SAME
    if SHORTEST in (len(one.value), len(other.value)):
        return _LAST_FOUR if one.value[-SHORTEST:] == other.value[-SHORTEST:] else _CONFLICT
    return _other_than(one.value, other.value)


def _others(one: Number, other: Number) -> Judged:
    if not one.authority or one.authority != other.authority:
        return _ELSEWHERE
    return _SAME if one.value == other.value else _DIFFERENT
