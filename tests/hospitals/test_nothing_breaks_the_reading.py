"""Whatever a hospital sends is kept and read, or set aside; no letter ever holds up another."""

import json
import random
from typing import Any

import pytest
from psycopg.errors import DeadlockDetected, ProgramLimitExceeded
from sqlalchemy.exc import OperationalError

from dispatch.commands import letters, settling
from dispatch.commands.letters import Hospital
from dispatch.episode_tables import NoticeRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.hl7.er7 import Message
from dispatch.unit_of_work import UnitOfWork
from tests.hospitals import hl7_samples as samples
from tests.hospitals.inlet import ADA, STRANGER, Inlet
from tests.hospitals.test_fhir import told

NOW = "2026-11-26T15:50"

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "name": [{"family": "Sample", "given": ["Ada"]}],
    "birthDate": "1984-03-02",
    "gender": "female",
    "address": [{"postalCode": "97301"}],
}


def bundle(event: str, person: dict[str, Any] | None = None, **visit: Any) -> dict[str, Any]:
    """A notification about Ada."""
    visit = {"class": {"code": "IMP"}, "subject": {"reference": "Patient/p1"}, **visit}
    message = told(f"notification-{event}", **visit)
    message["entry"].append({"resource": {**PATIENT, **(person or {})}})
    return message


def sends(inlet: Inlet, raw: bytes) -> int:
    with inlet.work.reading() as work:
        mercy = Hospital.of(work.session.get_one(HospitalRow, "mercy"))
    return letters.take_bundle(inlet.work, mercy, "an interface", raw).status


def fates(inlet: Inlet) -> set[str]:
    inlet.read()
    rows = inlet.letters()
    assert not [row.reason for row in rows if "fault of Vigil's" in row.reason]
    return {row.state for row in rows}


def test_a_number_as_long_as_a_book_holds_up_nobody(inlet: Inlet) -> None:
    book = "".join(random.Random(7).choices("ABCDEFGHJK0123456789", k=9_000))
    inlet.hl7("A01", NOW, ("Stranger^Mara", "19550505", "F", "", book), visit=f"V{book}")
    inlet.hl7("A03", NOW, (f"{book}^{book}", "19550505", "F", f"{book}^^^^{book}", ""))
    inlet.hl7("A01", NOW, (*ADA[:4], book), visit=f"W{book}")
    inlet.hl7("A01", NOW, visit="V3")
    assert fates(inlet) == {"read"}
    assert inlet.matches()[-1] == ("linked", "C-1")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (DeadlockDetected, "waiting"),
        (ProgramLimitExceeded, "quarantined"),
    ],
)
def test_a_letter_that_has_to_wait_holds_up_no_other(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch, error: type[Exception], state: str
) -> None:
    inlet.hl7("A01", NOW)
    inlet.hl7("A01", NOW, STRANGER, visit="V2")
    real = settling.settle

    def fails(work: UnitOfWork, row: NoticeRow, url: str) -> None:
        if row.inbox_id == 1:
            raise OperationalError("a statement", {}, error())
        real(work, row, url)

    with monkeypatch.context() as once:
        once.setattr("dispatch.commands.inbox_reading.settle", fails)
        inlet.read()
    assert [row.state for row in inlet.letters()] == [state, "read"]
    if state == "waiting":
        assert list(inlet.read()) == ["ana"], "at the next beat it is read"


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31"]
)
def test_no_date_is_too_far(inlet: Inlet, at: str) -> None:
    sends(inlet, json.dumps(bundle("admit", period={"start": at})).encode())
    sends(inlet, json.dumps(bundle("discharge", period={"start": at, "end": at})).encode())
    sends(inlet, json.dumps({**bundle("transfer"), "timestamp": at}).encode())
    person = {"name": "Ada Sample", "birth_date": "1984-03-02", "postal_code": "97301"}
    for happening in ("admitted", "discharged"):
        inlet.form(person, happening, at=at, decision_by=at, planning_meeting=at)
    inlet.form(person, "discharge_planned", discharge_on=at[:10])
    assert len(inlet.letters()) == 6, "each is kept"
    assert "waiting" not in fates(inlet)


@pytest.mark.parametrize("year", ["1850", "2299"])
def test_no_date_of_hl7_is_too_far(inlet: Inlet, year: str) -> None:
    end = f"{year}1231235959"
    for event in ("A04", "A01", "A05", "A21", "A22", "A16", "A03", "A13", "A08"):
        inlet.hl7(event, NOW, visit=f"V{event}", more=(f"PV2|||||||||{end}", "ZZZ"))
        raw = f"MSH|^~\\&|ADT|MERCY|||{end}||ADT^{event}|{event}{year}|P|2.5\rEVN||{end}-1400\r"
        pv1 = f"PV1|1|I|BHU{'|' * 16}{event}{'|' * 25}{end}|{year}0101+1400"
        inlet.send(f"{raw}PID|1||M-1001^^^MERCY^MR||Sample^Ada||19840302\r{pv1}".encode())
    assert fates(inlet) == {"read"}


def test_no_character_is_too_odd(inlet: Inlet) -> None:
    odd = [
        json.dumps(bundle("admit", {"name": [{"family": f"Sam{mark}ple"}]}, id=f"e{mark}1"))
        for mark in ("\x00", "\ud800", "\udfff", "\U0010ffff", "\\u0000", "\u202e")
    ]
    for one in odd:
        sends(inlet, one.encode())
        sends(inlet, one.encode("utf-16"))
        inlet.form({"name": "Ada Sample", "birth_date": "1984-03-02"}, reason=json.loads(one)["id"])
    assert len(inlet.letters()) == len(odd) * 3
    assert "waiting" not in fates(inlet)


def test_samples_that_were_damaged_on_the_way(inlet: Inlet) -> None:
    with inlet.work() as work:
        every = sorted({name for raw in samples.readable() for name in senders(raw)} - {""})
        work.session.get_one(HospitalRow, "mercy").rules = {"known_as": every}
    dice = random.Random(11)
    short = [raw for raw in samples.readable() if len(raw) < 3000]
    for raw in dice.sample(short, 40):
        inlet.send(damaged(raw, dice))
    whole = json.dumps(
        bundle("admit", period={"start": "2026-11-26"}, identifier=[{"value": "V1"}])
    )
    for _ in range(40):
        sends(inlet, damaged(whole.encode(), dice))
    assert "waiting" not in fates(inlet)


def senders(raw: bytes) -> set[str]:
    one = samples.reading(raw)
    assert isinstance(one, Message)
    return {one.first("MSH").field(number).component(1) for number in (3, 4)}


PIECES = [
    b"",
    b"0001",
    b"9999",
    b"-",
    b"|",
    b"^",
    b"null",
    b"[]",
    b"{}",
    b"\\u0000",
    b"\xff",
    b"1e999",
]


def damaged(raw: bytes, dice: random.Random) -> bytes:
    """The same with some pieces lost, doubled or replaced, but for its beginning."""
    for _ in range(dice.randint(1, 5)):
        start = dice.randrange(60, max(61, len(raw)))
        end = min(len(raw), start + dice.randint(0, 30))
        raw = raw[:start] + dice.choice([*PIECES, raw[start:end] * 2]) + raw[end:]
    return raw
