"""How far a call has come: what its callback addresses carry, so that it goes on with no database.

Twilio signs the addresses; they name teams and staff, never anything of a client.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from oncall.model import StaffId, TeamId

_BETWEEN = "."
"""Between the people of a list in an address: no id has it, and no address writes it otherwise."""


@dataclass(frozen=True, slots=True)
class Course:
    """Whom a call has rung so far.

    ``tried`` are the people rung in this ``round`` of the ladder, ``staff`` whose phone is rung
    now or who talked last. ``leg`` counts the phones rung for this caller.
    """

    team: TeamId = ""
    tried: tuple[StaffId, ...] = ()
    staff: StaffId | None = None
    leg: int = 0
    round: int = 1

    def query(self) -> dict[str, str | int]:
        """The parts of an address that say it; what is as at the beginning is left out."""
        parts: dict[str, str | int] = {}
        if self.team:
            parts["team"] = self.team
        if self.tried:
            parts["tried"] = _BETWEEN.join(self.tried)
        if self.staff:
            parts["staff"] = self.staff
        if self.leg:
            parts["leg"] = self.leg
        if self.round > 1:
            parts["round"] = self.round
        return parts

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Course":
        """Read an address of ours; what is missing, as in one of an older version, is unknown."""
        return cls(
            team=query.get("team", ""),
            tried=tuple(one for one in query.get("tried", "").split(_BETWEEN) if one),
            staff=query.get("staff") or None,
            leg=_number(query.get("leg", ""), 0),
            round=_number(query.get("round", ""), 1),
        )


UNKNOWN = Course()
"""The course of a call of which nothing is known yet."""


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise
