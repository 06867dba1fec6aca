"""Who sends us HL7 v2, and how each of them is understood: what hospitals' rows say of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from dispatch.hospital_settings import REFUSALS, read_place
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.hl7.er7 import Message
from dispatch.hospitals.hl7.hearing import plain
from dispatch.hospitals.hl7.senders import SenderRules
from dispatch.hospitals.notice import Setting

UNKNOWN = SenderRules(ZoneInfo("UTC"))
"""How somebody is understood whom we don't know: in the usual way."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The client certificate that somebody has shown: SHA-256 in small hexadecimal digits, and its
    subject's common name, "" where it has none. Its chain has been verified."""

    fingerprint: str
    common_name: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """As a hospital's settings may name it (dispatch.hospital_settings.read_certificate)."""
        return self.fingerprint, f"cn={self.common_name.lower()}"


@dataclass(frozen=True, slots=True)
class Sender:
    """A hospital, as far as its messages are concerned."""

    id: str
    rules: SenderRules


class Senders:
    """All hospitals that may send, by what tells one from the others."""

    def __init__(self, hospitals: tuple[tuple[str, str, str], ...]) -> None:
        self._by_id: dict[str, Sender] = {}
        self._by_name: dict[str, Sender] = {}
        self._by_certificate: dict[str, set[str]] = {}
        for name, timezone, said in hospitals:
            rules = json.loads(said)
            sender = Sender(name, read_rules(timezone, rules))
            self._by_id[name] = sender
            certificates = rules.get("certificates", ())
            for certificate in certificates:
                self._by_certificate.setdefault(certificate, set()).add(name)
            if not certificates:
                self._by_name |= {_folded(one): sender for one in rules.get("known_as", ())}

    def called(self, hospital: str) -> Sender | None:
        """The hospital of this id."""
        return self._by_id.get(hospital)

    def bound_to(self, certificate: Certificate) -> Sender | None:
        """Whose certificate this is; nobody's where it would be two hospitals'."""
        found: set[str] = set()
        for name in certificate.names:
            found |= self._by_certificate.get(name, set())
        return self._by_id[found.pop()] if len(found) == 1 else None

    def named_in(self, message: Message) -> Sender | None:
        """Who a message says that it is from, by the first of its names that is known.

        Never a hospital to which a certificate is bound: it isn't believed without. A message that
        came before its hospital was known can be asked again so.
        """
        known = (self._by_name.get(_folded(name)) for name in names_in(message) if name)
        return next((sender for sender in known if sender is not None), None)


def names_in(message: Message) -> tuple[str, ...]:
    """What its sender calls themselves, what tells most first: the facility, then the program.

    Each by its name and by its number: MSH-4.1, MSH-4.2, MSH-3.1, MSH-3.2; "" where there is none.
    """
    header = message.first("MSH")
    return tuple(
        plain(header.field(number).component(component))
        for number in (4, 3)
        for component in (1, 2)
    )


_ACTIVE = (
    select(col(HospitalRow.id), col(HospitalRow.timezone), cast(col(HospitalRow.rules), Text))
    .where(col(HospitalRow.active))
    .order_by(col(HospitalRow.id))
)


def senders(session: Session) -> Senders:
    """All hospitals that may send, as they are now."""
    rows = session.connection().execute(_ACTIVE)
    return _senders(tuple((name, timezone, rules) for name, timezone, rules in rows))


_senders = lru_cache(maxsize=2)(Senders)
"""Settings change seldom, and messages come by the hundred a second."""


def rules_of(row: HospitalRow) -> SenderRules:
    """How a hospital's messages are understood."""
    return read_rules(row.timezone, row.rules)


def read_rules(timezone: str, rules: Mapping[str, Any]) -> SenderRules:
    """How messages are understood, by what a hospital's row says; as usual where it says nothing.

    Raises ValueError for what dispatch.hospital_settings would not have let in.
    """
    told: dict[str, Any] = {
        name: frozenset(str(one).upper() for one in rules[name])
        for name in ("involuntary", "voluntary", "processing")
        if name in rules
    }
    if "classes" in rules:
        told["classes"] = {
            code.upper(): None if meaning is None else Setting(meaning)
            for code, meaning in rules["classes"].items()
        }
    if "legal_status_at" in rules:
        told["legal_status_at"] = read_place(rules["legal_status_at"])
    if "refuse_with" in rules:
        told["refusal"] = REFUSALS[rules["refuse_with"]]
    return SenderRules(ZoneInfo(timezone), **told)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
