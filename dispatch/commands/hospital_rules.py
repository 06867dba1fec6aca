"""How hospitals are understood: read for a screen, and changed there."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from dispatch.commands.logins import audit
from dispatch.hospital_tables import HospitalRow
from dispatch.unit_of_work import UnitOfWork

HL7_RULES = (
    "classes",
    "legal_status_at",
    "involuntary",
    "voluntary",
    "processing",
    "refuse_with",
    "certificates",
)
"""What of a hospital's rules is about its HL7 v2; all of them may be left out."""

FROM_FILE = "from_file"
"""Which of them the agency's file said last: it may take those back."""


def active(session: Session) -> Sequence[HospitalRow]:
    """The hospitals that are in the agency's file, by name."""
    query = select(HospitalRow).where(col(HospitalRow.active))
    return session.exec(query.order_by(col(HospitalRow.name), col(HospitalRow.id))).all()


def change(
    work: UnitOfWork, row: HospitalRow, timezone: str, said: Mapping[str, Any], by: str
) -> None:
    """Understand a hospital so from now on; what was read before stays as it was read.

    Which units are psychiatric counts for the past too. Raises ValueError where another hospital
    goes by the same name, or the two lists of codes overlap.
    """
    _not_anothers(work.session, row, said)
    both = set(said.get("voluntary", ())) & set(said.get("involuntary", ()))
    if both:
        raise ValueError(f"involuntary: {', '.join(sorted(both))} stands under voluntary too")
    row.timezone = timezone
    row.rules = {**said, FROM_FILE: row.rules.get(FROM_FILE, [])}
    work.session.add(row)
    audit(work.session, work.now, by, "hospital_rules_changed", row.id)


def _not_anothers(session: Session, row: HospitalRow, said: Mapping[str, Any]) -> None:
    """Each name, and each certificate, tells one hospital from all others."""
    for other in active(session):
        if other.id == row.id:
            continue
        for key in ("known_as", "certificates"):
            theirs = {str(one).casefold() for one in other.rules.get(key, ())}
            same = [one for one in said.get(key, ()) if one.casefold() in theirs]
            if same:
                raise ValueError(f"{key}: {same[0]} belongs to {other.name} already")
