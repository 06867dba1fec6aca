"""What clients are compared by when a hospital tells of somebody, and the keys that find them."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from dispatch.hospital_tables import ClientKeyRow
from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.lookup_keys import keys_of_known
from dispatch.hospitals.notice import Address, Identifier, PersonName, Sex
from dispatch.tables import ClientPhoneRow, ClientRow, EnrolmentRow

_ALIASES = TypeAdapter(tuple[PersonName, ...])
_IDENTIFIERS = TypeAdapter(tuple[Identifier, ...])
_ADDRESSES = TypeAdapter(tuple[Address, ...])

LEARNED = "learned"
"""Where a client's row keeps the numbers that were learned from notices."""


def identity(
    aliases: Iterable[PersonName],
    sex: Sex | None,
    addresses: Iterable[Address],
    identifiers: Iterable[Identifier],
) -> dict[str, object]:
    """What a client's row keeps beside their name, birth date and phones."""
    return {
        "aliases": _ALIASES.dump_python(tuple(aliases), mode="json"),
        "sex": None if sex is None else sex.value,
        "addresses": _ADDRESSES.dump_python(tuple(addresses), mode="json"),
        "identifiers": _IDENTIFIERS.dump_python(tuple(identifiers), mode="json"),
    }


def known(row: ClientRow, phones: Iterable[str]) -> Known:
    """A client as the matching knows them."""
    if row.number is None:
        raise ValueError("a client without a number was never written")
    kept = row.identity
    return Known(
        key=row.number,
        names=(PersonName.written(row.name), *_ALIASES.validate_python(kept.get("aliases", []))),
        birth_date=row.birth_date,
        sex=Sex(kept["sex"]) if kept.get("sex") else None,
        identifiers=_IDENTIFIERS.validate_python(
            [*kept.get("identifiers", []), *kept.get(LEARNED, [])]
        ),
        addresses=_ADDRESSES.validate_python(kept.get("addresses", [])),
        phones=tuple(phones),
    )


def write_keys(session: Session, row: ClientRow, phones: Iterable[str]) -> None:
    """Write anew by what a client is found; the transaction holds what it is made of.

    Where that has changed, notices of nobody known are compared with them again.
    """
    person = known(row, phones)
    digest = hashlib.sha256(repr(person).encode(errors="replace")).hexdigest()
    if digest == row.keyed:
        return
    session.execute(delete(ClientKeyRow).where(col(ClientKeyRow.client_number) == person.key))
    rows = [{"client_number": person.key, "key": key} for key in sorted(keys_of_known(person))]
    if rows:
        session.execute(insert(ClientKeyRow), rows)
    row.keyed = digest
    session.add(row)
    session.flush()
    compare_again(session, person.key)


def compare_again(session: Session, client: int) -> None:
    """Let notices of nobody known be compared with a client: one who is new, or told anew."""
    once_more = update(ClientRow).where(col(ClientRow.number) == client)
    session.execute(once_more.values(rematch=ClientRow.rematch + 1))


def learned(row: ClientRow | None) -> dict[str, object]:
    """The part of a client's identity that the agency's file doesn't know of."""
    kept = {} if row is None else row.identity
    return {LEARNED: kept[LEARNED]} if LEARNED in kept else {}


def learn(session: Session, row: ClientRow, numbers: Iterable[Identifier]) -> None:
    """Add to the numbers by which a client is known: a person has said, or a hospital, that they
    are theirs. The agency's file doesn't take them back."""
    if row.number is None:
        raise ValueError("a client without a number was never written")
    learned = _IDENTIFIERS.validate_python(row.identity.get(LEARNED, []))
    more = tuple(dict.fromkeys((*learned, *numbers)))
    _learned(session, row, more)


def unlearn(session: Session, row: ClientRow, numbers: Iterable[Identifier]) -> None:
    """Take numbers of a client back that were learned by mistake."""
    wrong = set(numbers)
    learned = _IDENTIFIERS.validate_python(row.identity.get(LEARNED, []))
    _learned(session, row, tuple(one for one in learned if one not in wrong))


def _learned(session: Session, row: ClientRow, numbers: tuple[Identifier, ...]) -> None:
    kept = _IDENTIFIERS.dump_python(numbers, mode="json")
    if kept == row.identity.get(LEARNED, []):
        return
    row.identity = {**row.identity, LEARNED: kept}
    session.add(row)
    session.flush()
    write_keys(session, row, _phones(session, [row.number or 0]).get(row.number or 0, ()))


def keys(session: Session, client: int) -> frozenset[str]:
    """By what a client is found."""
    query = select(ClientKeyRow.key).where(ClientKeyRow.client_number == client)
    return frozenset(session.exec(query))


def are_waiting(session: Session) -> bool:
    """Whether any client is without keys, or to be compared with notices of nobody known."""
    unkeyed, told_anew = col(ClientRow.keyed).is_(None), col(ClientRow.rematch) > 0
    query = select(ClientRow.number).where(or_(unkeyed, told_anew))
    return session.exec(query.limit(1)).first() is not None


def write_missing_keys(session: Session, limit: int = 500) -> int:
    """Write the keys of some clients who have none, of before there were any; says how many."""
    query = select(ClientRow).where(col(ClientRow.keyed).is_(None)).limit(limit)
    rows = session.exec(query.with_for_update(skip_locked=True)).all()
    phones = _phones(session, [row.number for row in rows if row.number is not None])
    for row in rows:
        write_keys(session, row, phones.get(row.number or 0, ()))
    return len(rows)


def candidates(session: Session, keys: Iterable[str], now: datetime) -> list[Known]:
    """The clients enrolled at `now` who share at least one of these keys."""
    sharing = select(ClientKeyRow.client_number).where(col(ClientKeyRow.key).in_(sorted(keys)))
    enrolled = select(EnrolmentRow.client_number).where(col(EnrolmentRow.during).contains(now))
    query = select(ClientRow).where(
        col(ClientRow.number).in_(sharing), col(ClientRow.number).in_(enrolled)
    )
    rows = session.exec(query.order_by(col(ClientRow.number))).all()
    phones = _phones(session, [row.number for row in rows if row.number is not None])
    return [known(row, phones.get(row.number or 0, ())) for row in rows]


def numbered(session: Session, numbers: Sequence[int]) -> list[Known]:
    """These clients, by our own numbers, enrolled or not, in the order of the numbers given."""
    rows = session.exec(select(ClientRow).where(col(ClientRow.number).in_(numbers))).all()
    phones = _phones(session, numbers)
    found = {row.number: known(row, phones.get(row.number or 0, ())) for row in rows}
    return [found[number] for number in numbers if number in found]


def _phones(session: Session, numbers: Sequence[int]) -> dict[int, list[str]]:
    query = select(ClientPhoneRow).where(col(ClientPhoneRow.client_number).in_(numbers))
    found: dict[int, list[str]] = {}
    for row in session.exec(query.order_by(col(ClientPhoneRow.phone))):
        found.setdefault(row.client_number, []).append(row.phone)
    return found
