"""A hospital at the town's edge that tells the same by every channel there is."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from standardwebhooks.webhooks import Webhook

from dispatch.access import Role
from dispatch.agency_file import Agency, read_agency
from dispatch.commands import form_links, logins
from dispatch.hospital_tables import HospitalRow
from dispatch.settings import Settings
from tests.hospitals.line import Line
from tests.processes.cluster import free_port
from tests.scenarios.night import Night
from tests.scenarios.town import TOWN

MERCY_NURSE = "+15035550171"
ZONE = ZoneInfo("America/Los_Angeles")

EDGE = TOWN.replace(
    "crisis_lines:",
    """  - {id: C-1006, name: Test Person Six, birth_date: 1966-06-06, team: north,
     phones: ["+15035550126"]}
  - {id: C-1007, name: Test Person Seven, birth_date: 1977-07-17, team: north,
     phones: ["+15035550127"]}
hospitals:
  - {id: mercy, name: Mercy Test Hospital, timezone: America/Los_Angeles, psychiatric: yes,
     phone: "+15035550171", known_as: [MERCY]}
crisis_lines:""",
)


def town_with_a_hospital() -> Agency:
    """The town with two more clients, and Mercy, all of whose units are psychiatric."""
    return read_agency(EDGE, "town.yaml")


class HospitalNight(Night):
    """A night in which Mercy may tell us something, also over a line."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__(database_url, folder, agency=town_with_a_hospital())
        self.mllp_port = free_port()

    def settings(self, twilio_api_url: str) -> Settings:
        """The town's, with a port for MLLP."""
        return super().settings(twilio_api_url).model_copy(update={"mllp_port": self.mllp_port})

    def start(self) -> None:
        """Start, with a phone in the nurse's hand."""
        super().start()
        self.nurse = self.network.phone(MERCY_NURSE, owner="Mercy's nurse")


@dataclass(frozen=True)
class Who:
    """Somebody a hospital tells of."""

    given: str
    middle: str
    family: str
    born: str
    phone: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.middle} {self.family}"


ONE = Who("Test", "Person", "One", "1984-03-02", "+15035550121")
TWO = Who("Test", "Person", "Two", "1991-11-20", "+15035550122")
THREE = Who("Test", "Person", "Three", "1972-07-15", "+15035550124")
FOUR = Who("Test", "Person", "Four", "1975-01-30", "+15035550124")
SIX = Who("Test", "Person", "Six", "1966-06-06", "+15035550126")
SEVEN = Who("Test", "Person", "Seven", "1977-07-17", "+15035550127")

HL7_EVENTS = {"ed": ("A04", "E"), "admitted": ("A01", "I"), "discharged": ("A03", "I")}
FORM_WORDS = {"ed": "in_ed", "admitted": "admitted", "discharged": "discharged"}
FHIR_EVENTS = {
    "ed": ("notification-admit", "EMER", "in-progress"),
    "admitted": ("notification-transfer", "IMP", "in-progress"),
    "discharged": ("notification-discharge", "IMP", "finished"),
}

Tell = Callable[[HospitalNight, Who, str, datetime], Any]
"""What happened to whom at what time is told; what is answered."""


def hl7(who: Who, what: str, at: datetime) -> bytes:
    """A message of Mercy's interface."""
    event, care = HL7_EVENTS[what]
    when = at.astimezone(ZONE).strftime("%Y%m%d%H%M%S")
    born = who.born.replace("-", "")
    return "\r".join(
        (
            f"MSH|^~\\&|ADT|MERCY|VIGIL|ACT|{when}||ADT^{event}|{uuid.uuid4().hex[:20]}|P|2.5.1",
            f"EVN|{event}|{when}",
            f"PID|1||||{who.family}^{who.given}^{who.middle}||{born}|||||||{who.phone}",
            f"PV1|1|{care}|BHU^1{'|' * 16}V-{who.family}",
        )
    ).encode()


def over_mllp(night: HospitalNight, who: Who, what: str, at: datetime) -> Any:
    with Line(night.mllp_port) as line:
        answer = line.ask(hl7(who, what, at))
    assert answer is not None
    assert b"MSA|AA|" in answer
    return None


def over_https(night: HospitalNight, who: Who, what: str, at: datetime) -> Any:
    headers = {"Authorization": f"Bearer {token(night)}"}
    answer = httpx.post(f"{night.base_url}/hl7", content=hl7(who, what, at), headers=headers)
    assert answer.status_code == 200
    assert b"MSA|AA|" in answer.content
    return None


def over_fhir(night: HospitalNight, who: Who, what: str, at: datetime) -> Any:
    headers = {"Authorization": f"Bearer {token(night)}"}
    url = f"{night.base_url}/fhir/$process-message"
    answer = httpx.post(url, content=json.dumps(bundle(who, what, at)), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["issue"][0]["details"]["text"]


def bundle(who: Who, what: str, at: datetime) -> Mapping[str, Any]:
    """A Da Vinci notification."""
    event, care, status = FHIR_EVENTS[what]
    encounter, patient = f"urn:uuid:{uuid.uuid4()}", f"urn:uuid:{uuid.uuid4()}"
    period = {"start": at.isoformat()} if what != "discharged" else {"end": at.isoformat()}
    return {
        "resourceType": "Bundle",
        "type": "message",
        "id": str(uuid.uuid4()),
        "timestamp": at.isoformat(),
        "entry": [
            {
                "resource": {
                    "resourceType": "MessageHeader",
                    "id": str(uuid.uuid4()),
                    "eventCoding": {
                        "system": "http://hl7.org/fhir/us/davinci-alerts/CodeSystem/"
                        "notification-event",
                        "code": event,
                    },
                    "focus": [{"reference": encounter}],
                }
            },
            {
                "fullUrl": encounter,
                "resource": {
                    "resourceType": "Encounter",
                    "identifier": [{"value": f"V-{who.family}"}],
                    "meta": {"lastUpdated": at.isoformat()},
                    "status": status,
                    "class": {"code": care},
                    "subject": {"reference": patient},
                    "period": period,
                },
            },
            {
                "fullUrl": patient,
                "resource": {
                    "resourceType": "Patient",
                    "name": [{"family": who.family, "given": [who.given, who.middle]}],
                    "birthDate": who.born,
                    "telecom": [{"system": "phone", "value": who.phone}],
                },
            },
        ],
    }


def form(who: Who, what: str, at: datetime) -> dict[str, Any]:
    """What a nurse fills in."""
    return {
        "worker": {"name": "Test Nurse", "callback": MERCY_NURSE, "unit": "BHU"},
        "person": {"name": who.name, "birth_date": who.born, "phone": who.phone},
        "happening": FORM_WORDS[what],
        "at": at.isoformat(),
        "visit_number": f"V-{who.family}",
    }


def over_webhook(night: HospitalNight, who: Who, what: str, at: datetime) -> Any:
    with night.vigil.unit_of_work.reading() as work:
        secret = logins.partner_secrets(
            night.vigil.key, work.session.get_one(HospitalRow, "mercy")
        )[0]
    body, now, name = json.dumps(form(who, what, at)), datetime.now(UTC), uuid.uuid4().hex
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, now, body),
    }
    answer = httpx.post(f"{night.base_url}/webhooks/hospitals/mercy", content=body, headers=headers)
    return said(answer)


def over_form(night: HospitalNight, who: Who, what: str, at: datetime) -> Any:
    with night.vigil.unit_of_work() as work:
        secret = form_links.make(work, "mercy", "BHU", 30, "a lead")[0]
    url = f"{night.base_url}/api/hospital-forms/{secret}"
    return said(httpx.post(url, json=form(who, what, at)))


def over_the_phone(night: HospitalNight, who: Who, what: str, at: datetime) -> Any:
    url = "/api/hospitals/mercy/phone-notices"
    return said(night.web(Role.CLINICIAN).post(url, json=form(who, what, at)))


def said(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    words: str = answer.json()["says"]
    return words


def token(night: HospitalNight) -> str:
    with night.vigil.unit_of_work() as work:
        return logins.create_token(
            work, name="an interface", role=Role.HOSPITAL, team=None, hospital="mercy"
        )
