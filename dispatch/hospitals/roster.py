"""The roster of our clients as networks want it: one line each, by which they know them.

No network's own layout is public: these are the columns that they ask for, under a header that says
what each is, and whoever uploads it maps them once.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.hospitals.matching.likeness import Known
from dispatch.hospitals.matching.names import GENERATIONS, fold
from dispatch.hospitals.notice import Address, IdentifierKind, PersonName, Sex
from dispatch.spreadsheets import plain

COLUMNS = (
    "client_id",
    "family_name",
    "given_name",
    "middle_name",
    "suffix",
    "birth_date",
    "sex",
    "address",
    "city",
    "state",
    "zip",
    "phone",
    "other_phone",
    "medicaid_id",
    "team",
)
"""The header. Birth dates are year-month-day, sexes F and M, phones their digits alone."""

_SEXES = {Sex.FEMALE: "F", Sex.MALE: "M", None: ""}


@dataclass(frozen=True, slots=True)
class Listed:
    """A client on a roster: the agency's id for them, their team's name, and what is known."""

    id: str
    team: str
    known: Known


def table(clients: Iterable[Listed]) -> str:
    """The roster as comma-separated values (RFC 4180), the header first."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for client in clients:
        lines.writerow(map(plain, _line(client)))
    return out.getvalue()


def _line(client: Listed) -> tuple[str, ...]:
    known = client.known
    name = apart(known.names[0]) if known.names else PersonName()
    home = next(iter(known.addresses), Address())
    phone, other, *_ = [*map(digits, known.phones), "", ""]
    medicaid = (one.value for one in known.identifiers if one.kind is IdentifierKind.MEDICAID)
    return (
        client.id,
        name.family,
        name.given,
        name.middle,
        name.suffix,
        known.birth_date.isoformat() if known.birth_date else "",
        _SEXES[known.sex],
        home.line,
        home.city,
        home.state,
        home.postal_code,
        phone,
        other,
        next(medicaid, ""),
        client.team,
    )


def apart(name: PersonName) -> PersonName:
    """The name with its suffix in a place of its own: a junior must not become the senior."""
    if name.suffix:
        return name
    family, middle = name.family.split(), name.middle.split()
    if family and _is_suffix(family[-1]):
        suffix = family.pop()
        if not family and middle:  # "Given Middle Family Jr." was read with Jr. as the family
            family = [middle.pop()]
    elif middle and _is_suffix(middle[-1]):
        suffix = middle.pop()
    else:
        return name
    if not family:
        return name
    return PersonName(" ".join(family).rstrip(","), name.given, " ".join(middle), suffix)


def _is_suffix(word: str) -> bool:
    return any(part in GENERATIONS for part in fold(word))


def digits(phone: str) -> str:
    """A phone number as networks write it: ten digits in North America, else all of them."""
    only = "".join(mark for mark in phone if mark.isdecimal())
    return only[1:] if len(only) == 11 and only.startswith("1") else only
