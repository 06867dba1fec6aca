"""Who is let in where hospitals' notices, their people and their numbers are: every address."""

import json
from typing import Any

import pytest
from sqlmodel import col, select

from dispatch.access import Role
from dispatch.api import (
    admissions,
    episodes,
    feed_alarms,
    fidelity,
    hospitals,
    inbox,
    matching,
    rosters,
)
from dispatch.commands import letters
from dispatch.commands.letters import Hospital
from dispatch.episode_tables import NoticeRow
from dispatch.feed_tables import NetworkRow
from dispatch.hospital_tables import HospitalRow
from dispatch.store.inbox import Channel
from dispatch.tables import ClientPhoneRow, ClientRow
from tests.api.edge import EdgeNight
from tests.scenarios.town import CLIENT

ROUTERS = (admissions, episodes, feed_alarms, fidelity, hospitals, inbox, matching, rosters)

WHO = {
    "sender": (Role.HOSPITAL, None),
    "wall": (Role.VIEWER, "north"),
    "south": (Role.CLINICIAN, "south"),
    "south's lead": (Role.LEAD, "south"),
    "north": (Role.CLINICIAN, "north"),
    "north's lead": (Role.LEAD, "north"),
    "admin": (Role.ADMIN, None),
}
"""From the least trusted to the most, with regard to North's clients."""

NOBODY = {"client": 2**31 - 1}
WHY = {"why": "another birth place"}
RULES = {"timezone": "America/Los_Angeles"}
STEP = {"kind": "called_back", "at": "2026-01-01T00:00:00Z"}

TABLE: dict[tuple[str, str], tuple[Any, tuple[int, ...]]] = {
    ("GET", "/api/matching"): (None, (403, 403, 200, 200, 200, 200, 200)),
    ("POST", "/api/matching/{possible}/link"): (NOBODY, (403, 403, 404, 404, 422, 422, 422)),
    ("POST", "/api/matching/{linked}/unlink"): (WHY, (403, 403, 403, 404, 403, 204, 409)),
    ("POST", "/api/matching/{possible}/dismiss"): (WHY, (403, 403, 404, 404, 204, 409, 409)),
    ("GET", "/api/inbox"): (None, (403, 403, 403, 200, 403, 200, 200)),
    ("GET", "/api/inbox/1"): (None, (403, 403, 403, 200, 403, 200, 200)),
    ("POST", "/api/inbox/999/replay"): (None, (403, 403, 403, 404, 403, 404, 404)),
    ("GET", "/api/hospitals"): (None, (403, 403, 200, 200, 200, 200, 200)),
    ("PUT", "/api/hospitals/mercy/rules"): (RULES, (403, 403, 403, 403, 403, 403, 200)),
    ("GET", "/api/hospitals/mercy/form-links"): (None, (403, 403, 403, 200, 403, 200, 200)),
    ("POST", "/api/hospitals/mercy/form-links"): (
        {"unit": "ED", "days": 9},
        (403, 403, 403, 201, 403, 201, 201),
    ),
    ("DELETE", "/api/hospitals/mercy/form-links/none"): (
        None,
        (403, 403, 403, 404, 403, 404, 404),
    ),
    ("GET", "/api/admissions?team=north"): (None, (403, 200, 404, 404, 200, 200, 200)),
    ("GET", "/api/episodes/{episode}"): (None, (403, 200, 404, 404, 200, 200, 200)),
    ("POST", "/api/episodes/{episode}/steps"): (STEP, (403, 403, 404, 404, 422, 422, 422)),
    ("DELETE", "/api/episodes/{episode}/steps/9"): (None, (403, 403, 404, 404, 404, 404, 404)),
    ("GET", "/api/teams/north/fidelity"): (None, (403, 200, 404, 404, 200, 200, 200)),
    ("GET", "/api/teams/north/fidelity.csv"): (None, (403, 403, 404, 404, 403, 200, 200)),
    ("GET", "/api/rosters"): (None, (403, 403, 403, 200, 403, 200, 200)),
    ("POST", "/api/rosters/hie/export"): (None, (403, 403, 403, 403, 403, 403, 200)),
    ("GET", "/api/feed-alarms"): (None, (403, 403, 403, 200, 403, 200, 200)),
}


@pytest.fixture(scope="module")
def told(night: EdgeNight) -> dict[str, str]:
    """References of what a hospital told: of a client of North's, of one who may be another."""
    with night.vigil.unit_of_work() as work:
        work.session.add(NetworkRow(id="hie", name="Test Network", valid_days=30))
        mercy = Hospital.of(work.session.get_one(HospitalRow, "mercy"))
    people = {
        "linked": {"name": "Test Person One", "birth_date": "1984-03-02", "phone": CLIENT},
        "episode": {"name": "Test Person Four", "birth_date": "1975-01-30", "phone": "5035550114"},
        "possible": {"name": "Test Person Two", "birth_date": "1991-11-20"},
    }
    with night.vigil.unit_of_work() as work:
        four = work.session.exec(select(ClientRow).where(ClientRow.id == "C-1004")).one()
        query = select(ClientPhoneRow).where(ClientPhoneRow.client_number == four.number)
        people["episode"]["phone"] = work.session.exec(query).one().phone
    for name, person in people.items():
        worker = {"name": "Test Nurse", "callback": "(503) 555-0171"}
        raw = json.dumps({"worker": worker, "person": person, "happening": "admitted"}).encode()
        letters.take_form(night.vigil.unit_of_work, mercy, Channel.FORM, "a link", name, raw)

    def references() -> dict[str, str]:
        with night.vigil.unit_of_work.reading() as work:
            rows = work.session.exec(select(NoticeRow).order_by(col(NoticeRow.id))).all()
            assert {row.match for row in rows} <= {"linked", "possible"}
            return dict(zip(people, [row.reference for row in rows], strict=False))

    night.until(lambda: len(references()) == len(people), "the inbox is read")
    return references()


def test_every_address_is_in_the_table() -> None:
    there = {
        (method, route.path)
        for module in ROUTERS
        for route in module.router.routes
        for method in route.methods
    }
    assert len(there) == len(TABLE)


@pytest.mark.parametrize(("method", "path"), TABLE)
def test_each_is_let_in_where_they_may_and_nowhere_else(
    night: EdgeNight, told: dict[str, str], method: str, path: str
) -> None:
    body, expected = TABLE[method, path]
    address = path.format(**told)
    assert night.http.request(method, address, json=body).status_code == 401
    found = {}
    for name, (role, team) in WHO.items():
        with night.web(role, team) as browser:
            answer = browser.request(method, address, json=body)
        found[name] = answer.status_code
        if name in ("sender", "wall", "south", "south's lead") and "inbox" not in path:
            assert "Test Person" not in answer.text, name
    assert found == dict(zip(WHO, expected, strict=True))
