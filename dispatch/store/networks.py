"""Networks that tell us of admissions by a roster of our clients, and the rosters we gave them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispatch.agency_file import NetworkSpec
from dispatch.feed_tables import NetworkRow, RosterRow


def write(session: Session, specs: Iterable[NetworkSpec]) -> None:
    """Write what the agency's file says of them; one that it drops is kept, inactive."""
    specs = tuple(specs)
    named = {spec.id for spec in specs}
    for row in session.exec(select(NetworkRow)):
        row.active = row.id in named
        session.add(row)
    for spec in specs:
        session.merge(
            NetworkRow(
                id=spec.id,
                name=spec.name,
                valid_days=spec.valid_days,
                warn_days=spec.warn_days,
                in_charge_id=spec.in_charge,
                active=True,
            )
        )
    session.flush()


def active(session: Session) -> Sequence[NetworkRow]:
    """The networks that there are, by their names."""
    query = select(NetworkRow).where(col(NetworkRow.active))
    return session.exec(query.order_by(col(NetworkRow.name), col(NetworkRow.id))).all()


def last_rosters(session: Session) -> dict[str, RosterRow]:
    """The roster that each network was given last."""
    newest = select(func.max(RosterRow.id)).group_by(col(RosterRow.network_id))
    rows = session.exec(select(RosterRow).where(col(RosterRow.id).in_(newest)))
    return {row.network_id: row for row in rows}
