"""The secret addresses of the forms that hospitals' units fill in: made, looked up, ended."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from dispatch.commands.logins import audit, token_hash
from dispatch.hospital_tables import FormLinkRow, HospitalRow
from dispatch.unit_of_work import UnitOfWork

LONGEST_LIFE_DAYS = 400
"""A link on a wall is replaced once a year at the latest."""


class UnknownHospital(LookupError):  # noqa: N818
    """No such hospital is in the agency's file."""


def make(work: UnitOfWork, hospital: str, unit: str, days: int, by: str) -> tuple[str, FormLinkRow]:
    """A new address for a unit's form: its secret, which only now is known, and its row.

    Raises UnknownHospital, and ValueError for a life of no day or of more than 400.
    """
    row = work.session.get(HospitalRow, hospital)
    if row is None or not row.active:
        raise UnknownHospital(hospital)
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise ValueError(f"days: a link lives for 1 to {LONGEST_LIFE_DAYS} days")
    secret = secrets.token_urlsafe(32)
    link = FormLinkRow(
        token_hash=token_hash(secret),
        hospital_id=hospital,
        unit=unit,
        created_at=work.now,
        created_by=by,
        expires_at=work.now + timedelta(days=days),
    )
    work.session.add(link)
    audit(work.session, work.now, by, "form_link_made", f"{hospital}/{unit}")
    return secret, link


def find(session: Session, secret: str, now: datetime) -> tuple[FormLinkRow, HospitalRow] | None:
    """The form behind an address, while it lives."""
    link = session.get(FormLinkRow, token_hash(secret))
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        return None
    hospital = session.get(HospitalRow, link.hospital_id)
    return None if hospital is None or not hospital.active else (link, hospital)


def revoke(work: UnitOfWork, token: str, by: str) -> bool:
    """End an address at once, by its hash; says whether there was one that lived."""
    link = work.session.get(FormLinkRow, token, with_for_update=True)
    if link is None or link.revoked_at is not None:
        return False
    link.revoked_at = work.now
    work.session.add(link)
    audit(work.session, work.now, by, "form_link_revoked", f"{link.hospital_id}/{link.unit}")
    return True


def listed(session: Session, hospital: str) -> Sequence[FormLinkRow]:
    """Every address of a hospital's forms, the newest first."""
    query = select(FormLinkRow).where(FormLinkRow.hospital_id == hospital)
    return session.exec(query.order_by(col(FormLinkRow.created_at).desc())).all()
