"""Whom a notice is about: certainly one client, possibly some of them, or nobody whom we know.

Never link the wrong person, never lose the right one (shared facts on hospitals, matching). A
wrong link tells the wrong team about the wrong person, so a link without a human needs a rule that
allows it, nothing that speaks against it, and no second client who could be meant. Whatever is
less is for a human, who sees both sides and why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.hospitals.matching.likeness import Known, Likeness, compare
from dispatch.hospitals.matching.rules import POLICY, STRENGTH, Policy, Rule
from dispatch.hospitals.notice import Person


class Outcome(StrEnum):
    """What is known of whom a notice is about, from nothing to a link without a human."""

    NONE = "none"
    """No client of ours comes near. The notice is kept, and matched again at every intake."""
    POSSIBLE = "possible"
    """For a human, within minutes: possible client, please confirm."""
    CERTAIN = "certain"


@dataclass(frozen=True, slots=True)
class Found:
    """A client who may be meant: how alike they are, by which rule, and what speaks against it."""

    key: int
    likeness: Likeness
    why: str
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a notice is about. `found` is one client if certain, else the most alike first."""

    outcome: Outcome
    found: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A client as the policy sees them, before the others are looked at."""

    found: Found
    certain: bool
    rival: bool
    """Whether they could be meant instead of another, so that no other one is certain."""


def match(person: Person, candidates: Iterable[Known], policy: Policy = POLICY) -> Match:
    """Return whom of `candidates` a notice's person is; their order doesn't matter.

    Certain is one client whom a rule of the policy allows to be linked, whom nothing speaks
    against, and beside whom no other could be meant.
    """
    judged = [one for known in candidates if (one := _judge(known, compare(person, known), policy))]
    if not judged:
        return Match(Outcome.NONE)
    certain = [one for one in judged if one.certain]
    if len(certain) == 1 and not any(one.rival for one in judged if one is not certain[0]):
        return Match(Outcome.CERTAIN, (certain[0].found,))
    judged.sort(key=lambda one: (not one.certain, *_most_alike_first(one.found)))
    return Match(Outcome.POSSIBLE, tuple(one.found for one in judged))


def _judge(known: Known, likeness: Likeness, policy: Policy) -> _Judged | None:
    """Return how the policy sees a client, or None where it has no rule for them."""
    against = tuple(bar.words for bar in policy.bars if bar.holds(likeness))
    allowed = None if against else _first(policy.certain, likeness)
    rule = allowed or _first(policy.possible, likeness)
    if rule is None:
        return None
    rival = any(need.holds(likeness) for need in policy.always_rivals) or not (
        against or any(need.holds(likeness) for need in policy.never_rivals)
    )
    return _Judged(Found(known.key, likeness, rule.words, against), allowed is not None, rival)


def _first(rules: Iterable[Rule], likeness: Likeness) -> Rule | None:
    return next((rule for rule in rules if rule.holds(likeness)), None)


def _most_alike_first(found: Found) -> tuple[int, int]:
    strength = sum(STRENGTH[row.verdict] for row in found.likeness.rows)
    return -strength, found.key
