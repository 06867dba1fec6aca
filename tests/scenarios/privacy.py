"""Looks through everything that left Vigil in a night for what must never leave it."""

import io
import re
from collections.abc import Iterable

from dispatch.agency_file import Agency
from dispatch.logs import set_up_logs
from notifications.emulator import PhoneNetwork

TO_BE_RUNG = re.compile(r"(?<=>)\+?[0-9]+(?=</Number>)")
"""The number that a document asks the phone network to ring: it must be told that much."""

LOG = io.StringIO()
"""Every log line of this test process, as production would write it."""


def tap_logs() -> None:
    """Log as in production, but to where the scan can read it."""
    set_up_logs("INFO", LOG)


def details(agency: Agency, extra: Iterable[str] = ()) -> dict[str, re.Pattern[str]]:
    """What must not leave, by what it is: clients' names, birth dates and phone numbers."""
    found: dict[str, re.Pattern[str]] = {}
    for client in agency.clients:
        for part in client.name.split():
            if part not in ("Test", "Person"):
                found[f"name of {client.id}"] = re.compile(rf"Person {re.escape(part)}\b", re.I)
        found[f"birth date of {client.id}"] = _date(client.birth_date.isoformat())
        for phone in client.phones:
            found[f"phone of {client.id}"] = _phone(phone)
    for phone in extra:
        found[f"caller {phone[-4:]}"] = _phone(phone)
    return found


def _date(iso: str) -> re.Pattern[str]:
    year, month, day = iso.split("-")
    return re.compile(rf"{year}\D?{month}\D?{day}|{month}\D{day}\D{year}")


def _phone(number: str) -> re.Pattern[str]:
    digits = number.lstrip("+").removeprefix("1")
    return re.compile(r"\D*".join(digits))


def leaks(
    agency: Agency, network: PhoneNetwork, extra: Iterable[str] = (), *, logged_since: int = 0
) -> list[str]:
    """Every place where a client's detail left: an SMS, an address, a document, a log line.

    Of the log what is written from a position on: of thousands of nights each looks at its own.
    """
    texts = {
        "SMS": [sms.body for sms in network.messages if sms.direction.startswith("outbound")],
        "URL": [request.url for request in network.requests],
        "document": [TO_BE_RUNG.sub("", request.body or "") for request in network.requests],
        "log": LOG.getvalue()[logged_since:].splitlines(),
    }
    return [
        f"{where}: {what}: {text}"
        for what, pattern in details(agency, extra).items()
        for where, lines in texts.items()
        for text in lines
        if pattern.search(text)
    ]
