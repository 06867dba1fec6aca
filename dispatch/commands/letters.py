"""Takes in what hospitals send: kept before it is answered, and answered alike for everybody.

Nothing here looks at our clients: no answer, nor its time, can tell whether somebody is one.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals import form
from dispatch.hospitals.episodes import news
from dispatch.hospitals.fhir import bundle as fhir
from dispatch.hospitals.json_content import content
from dispatch.hospitals.notice import Unreadable
from dispatch.store import inbox
from dispatch.store.inbox import Channel, Letter
from dispatch.unit_of_work import UnitsOfWork

CALL_BACK_WITHIN = timedelta(minutes=30)
"""What a sender is promised: by then the team calls, if they serve this person. A decision about an
admission is often made within the hour."""

_REFERENCE_LENGTH = 7


@dataclass(frozen=True, slots=True)
class Hospital:
    """Who sends something, as far as answering needs it."""

    id: str
    name: str
    zone: ZoneInfo

    @classmethod
    def of(cls, row: HospitalRow) -> "Hospital":
        """From its row."""
        return cls(row.id, row.name, ZoneInfo(row.timezone))


@dataclass(frozen=True, slots=True)
class Answered:
    """What is answered: an HTTP status and a JSON body, the same for a repeat."""

    status: int
    body: dict[str, Any]


def take_bundle(units: UnitsOfWork, hospital: Hospital, sender: str, raw: bytes) -> Answered:
    """A FHIR notification. One that can't be read is kept too, and its sender told why.

    A call is promised for what the team is paged for, by what it tells and not by whom it is about.
    """
    name, status, answer, is_promised = "", 200, None, False
    try:
        message = fhir.read(raw, hospital.zone)
        name, told = message.id, message.notice
        is_promised = news.is_promised(told.kind, told.happened_at, units.clock.now())
    except Unreadable as why:
        status, answer = 422, fhir.outcome("structure", str(why))

    def written(reference: str, until: str) -> dict[str, Any]:
        words = _words(reference, until) if is_promised else f"Received, reference {reference}."
        return answer or fhir.received(words)

    return _keep(units, hospital, Channel.FHIR, sender, name, raw, status, written)


def take_form(
    units: UnitsOfWork, hospital: Hospital, channel: Channel, sender: str, name: str, raw: bytes
) -> Answered:
    """What somebody filled in, or a program sent as JSON. `name` tells a repeat from another.

    With mistakes in it, it is kept too (nothing that arrives is lost), and they are all told.
    """
    status, problem = 202, ""
    try:
        form.read(_json_object(raw), hospital.zone, units.clock.now())
    except Unreadable as why:
        status, problem = 422, str(why)

    def written(reference: str, until: str) -> dict[str, Any]:
        if problem:
            return {"detail": problem}
        return {"reference": reference, "call_by": until, "says": _words(reference, until)}

    return _keep(units, hospital, channel, sender, name, raw, status, written)


def _json_object(raw: bytes) -> dict[str, Any]:
    try:
        body = content(raw)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Unreadable("The body is no JSON object.")
    return body


def _words(reference: str, until: str) -> str:
    return (
        f"Received, reference {reference}. If we serve this person, the team calls you by {until}."
    )


def _keep(
    units: UnitsOfWork,
    hospital: Hospital,
    channel: Channel,
    sender: str,
    name: str,
    raw: bytes,
    status: int,
    written: Callable[[str, str], dict[str, Any]],
) -> Answered:
    until = call_back_by(units.clock.now()).astimezone(hospital.zone)
    letter = Letter(channel, hospital.id, sender, name, raw, b"")
    answer = written(reference_of(letter), until.strftime("%H:%M"))
    kept_answer = Letter(channel, hospital.id, sender, name, raw, json.dumps(answer).encode())
    with units.storing() as (session, now):
        kept = inbox.keep(session, kept_answer, now)
    return Answered(status, json.loads(kept.answer))


def call_back_by(now: datetime) -> datetime:
    """Until when a sender is promised a call, from when they told us: a whole minute."""
    return (now + CALL_BACK_WITHIN).replace(second=0, microsecond=0)


def reference_of(letter: Letter) -> str:
    """What a sender may name it by on the phone; the same for a repeat."""
    digest = hashlib.sha256(b"reference" + letter.digest).digest()
    return "N" + base64.b32encode(digest).decode()[:_REFERENCE_LENGTH]
