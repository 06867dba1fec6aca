"""Which open crisis a further contact belongs to: a crisis is one episode with many contacts."""

from datetime import timedelta

from sqlmodel import select

from dispatch.crisis import Crisis
from dispatch.store import crises
from dispatch.tables import CrisisLineRow
from dispatch.unit_of_work import UnitOfWork

JOIN_WITHIN = timedelta(hours=12)
"""A contact within this time of an open crisis's last one belongs to that crisis."""


def crisis_to_join(work: UnitOfWork, phone: str | None) -> Crisis | None:
    """The open crisis that a contact from this number belongs to, locked; None for a new one.

    A crisis line's own number says nothing about who is calling: it forwards many people.
    """
    if phone is None:
        return None
    forwarding = select(CrisisLineRow.id).where(CrisisLineRow.callback == phone)
    if work.session.exec(forwarding).first() is not None:
        return None
    return crises.joinable(work.session, phone, work.now - JOIN_WITHIN)
