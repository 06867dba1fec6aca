"""Which given names are said for which others: Bill is William, Lupe is Guadalupe."""

from enum import StrEnum
from functools import cache
from importlib.resources import files


class Kinship(StrEnum):
    """How two given names belong together."""

    NICKNAME = "nickname"
    """One of them is a nickname of the other."""
    COUSINS = "cousins"
    """Both are nicknames of a third: Bill and Will."""


@cache
def _formal_names() -> dict[str, frozenset[str]]:
    """Return the formal names of every name in the table; a formal name has itself."""
    found: dict[str, set[str]] = {}
    table = (files("dispatch.hospitals.matching") / "nicknames.txt").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            formal, _, nicknames = line.partition(":")
            for name in (formal, *nicknames.split()):
                found.setdefault(name, set()).add(formal)
    return {name: frozenset(formals) for name, formals in found.items()}


def kinship(one: str, other: str) -> Kinship | None:
    """Return how two given names in normal form belong together, or None if they don't.

    That Chris may be Christina or Christopher makes no relatives of these two.
    """
    formals = _formal_names()
    theirs, ours = formals.get(one, frozenset()), formals.get(other, frozenset())
    if one in ours or other in theirs:
        return Kinship.NICKNAME
    return Kinship.COUSINS if theirs & ours else None
