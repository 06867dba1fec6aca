"""Rosters for networks: what they hold, when they were given out, and until when they are good."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from dispatch.commands.logins import audit
from dispatch.feed_tables import NetworkRow, RosterRow
from dispatch.hospitals.roster import Listed, table
from dispatch.store import clients, identities, networks
from dispatch.tables import ClientPhoneRow, EnrolmentRow
from dispatch.unit_of_work import UnitOfWork
from oncall.tables import TeamRow


class UnknownNetwork(LookupError):  # noqa: N818
    """No network has this id."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A roster that was just exported: its text (CSV), and what was written down about it."""

    text: str
    row: RosterRow


def export(work: UnitOfWork, network: str, *, by: str, login: str) -> Roster:
    """The roster of everybody who is enrolled now, recorded and audited. Raises UnknownNetwork.

    `by` is the name that is shown, `login` what the audit tells them by.
    """
    found = work.session.get(NetworkRow, network)
    if found is None or not found.active:
        raise UnknownNetwork(f"No network is called “{network}”.")
    listed = _listed(work)
    row = RosterRow(
        network_id=found.id,
        at=work.now,
        by=by,
        clients=len(listed),
        expires_at=work.now + timedelta(days=found.valid_days),
    )
    work.session.add(row)
    audit(work.session, work.now, login, "roster_exported", found.id, f"{len(listed)} clients")
    return Roster(table(listed), row)


def _listed(work: UnitOfWork) -> list[Listed]:
    team_of = {one.client_number: one.team_id for one in clients.enrolled(work.session, work.now)}
    names = {row.id: row.name for row in work.session.exec(select(TeamRow))}
    phones: dict[int, list[str]] = {}
    enrolled = select(EnrolmentRow.client_number).where(col(EnrolmentRow.during).contains(work.now))
    query = select(ClientPhoneRow).where(col(ClientPhoneRow.client_number).in_(enrolled))
    for phone in work.session.exec(query.order_by(col(ClientPhoneRow.phone))):
        phones.setdefault(phone.client_number, []).append(phone.phone)
    return [
        Listed(
            row.id,
            names[team_of[row.number]],
            identities.known(row, phones.get(row.number, ())),
        )
        for row in clients.by_numbers(work.session, list(team_of))
        if row.number is not None
    ]


def rosters(work: UnitOfWork) -> list[dict[str, Any]]:
    """Every network with its last roster, and for how many whole days that is still good."""
    last = networks.last_rosters(work.session)
    return [_answer(work, row, last.get(row.id)) for row in networks.active(work.session)]


def _answer(work: UnitOfWork, network: NetworkRow, last: RosterRow | None) -> dict[str, Any]:
    left = None if last is None else last.expires_at - work.now
    return {
        "id": network.id,
        "name": network.name,
        "valid_days": network.valid_days,
        "last": None
        if last is None
        else {
            "at": last.at.isoformat(),
            "by": last.by,
            "clients": last.clients,
            "expires_at": last.expires_at.isoformat(),
        },
        "expires_in_days": None if left is None else max(left, timedelta()).days,
        "expired": left is not None and left <= timedelta(),
    }
