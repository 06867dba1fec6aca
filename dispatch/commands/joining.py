"""Who may be calling, and which open crisis they belong to: one episode has many contacts."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import select

from dispatch.crisis import Crisis
from dispatch.store import clients, crises
from dispatch.store.clients import Candidate
from dispatch.tables import CrisisLineRow
from dispatch.unit_of_work import UnitOfWork

JOIN_WITHIN = timedelta(hours=12)
"""A contact within this time of an open crisis's last one belongs to that crisis."""


def who_may_be_calling(work: UnitOfWork, phone: str | None) -> list[Candidate]:
    """The clients of our teams who share this number; nobody for a withheld one."""
    found = [] if phone is None else clients.candidates(work.session, phone, work.now)
    return [one for one in found if one.team in work.directory.teams]


def crisis_to_join(
    work: UnitOfWork, phone: str | None, found: Sequence[Candidate]
) -> Crisis | None:
    """The open crisis that a contact from this number belongs to, locked; None for a new one.

    `found` are the clients it may be: their own teams answer, so another team's crisis on the same
    number is not theirs. A crisis line's own number says nothing about who is calling: it forwards
    many people.
    """
    if phone is None:
        return None
    forwarding = select(CrisisLineRow.id).where(CrisisLineRow.callback == phone)
    if work.session.exec(forwarding).first() is not None:
        return None
    crisis = crises.joinable(work.session, phone, work.now - JOIN_WITHIN)
    if crisis is not None and found and crisis.team not in {one.team for one in found}:
        return None
    return crisis
