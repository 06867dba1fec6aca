"""How people are paged, over HTTP: their own rule, that of the people they lead, nobody else's."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dispatch.access import Role
from tests.api.edge import EdgeNight

USUAL = {"ring_after": 60}
NIGHTS = {"from": "22:00", "to": "07:00", "ring_after": 0}
CAREFUL = {"ring_after": 45, "nights": NIGHTS}


@pytest.fixture(scope="module")
def ben(night: EdgeNight) -> Iterator[httpx.Client]:
    """Ben in his browser: the backup of North ACT."""
    browser = night.login("ben@example.org", Role.CLINICIAN, "ben")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def eli(night: EdgeNight) -> Iterator[httpx.Client]:
    """Eli, who leads North ACT."""
    browser = night.login("eli@example.org", Role.LEAD, "eli")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def ivy(night: EdgeNight) -> Iterator[httpx.Client]:
    """Ivy, who leads South ACT."""
    browser = night.login("ivy@example.org", Role.LEAD, "ivy")
    yield browser
    browser.close()


def told(answer: httpx.Response) -> Any:
    """What is answered."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_sets_ones_own_rule_sees_it_and_goes_back_to_the_usual(ben: httpx.Client) -> None:
    as_usual = {"rule": None, "usual": USUAL}
    assert told(ben.get("/api/me/paging")) == as_usual
    assert told(ben.put("/api/me/paging", json=CAREFUL)) == {"rule": CAREFUL, "usual": USUAL}
    assert told(ben.get("/api/me/paging")) == {"rule": CAREFUL, "usual": USUAL}
    assert ben.get("/api/me/shifts").json()["paging"]["rule"] == CAREFUL
    assert told(ben.put("/api/me/paging", json={"ring_after": None, "nights": None})) == {
        "rule": {"ring_after": None},
        "usual": USUAL,
    }
    assert told(ben.delete("/api/me/paging")) == as_usual
    assert told(ben.delete("/api/me/paging")) == as_usual, "twice is once"
    assert told(ben.get("/api/me/paging")) == as_usual


def test_a_lead_sets_it_for_their_people_and_the_journal_tells(
    ben: httpx.Client, eli: httpx.Client
) -> None:
    assert told(eli.put("/api/staff/ben/paging", json=CAREFUL))["rule"] == CAREFUL
    assert told(ben.get("/api/me/paging"))["rule"] == CAREFUL
    assert told(eli.get("/api/staff/ben/paging"))["rule"] == CAREFUL
    assert told(ben.get("/api/staff/ben/paging"))["rule"] == CAREFUL, "by one's own name, too"
    assert told(eli.delete("/api/staff/ben/paging"))["rule"] is None
    usual, careful, *_ = told(eli.get("/api/teams/north/history"))
    assert (usual["who"], usual["what"], careful["who"]) == (
        "eli@example.org",
        "paging",
        "eli@example.org",
    )
    assert careful["text"] == (
        "Ben Sample is paged so: the phone rings 45 seconds after a text without an answer, "
        "from 22:00 to 07:00 together with the text"
    )
    assert usual["text"].startswith("Ben Sample is paged as usual")


def test_whose_paging_is_whose_business(
    night: EdgeNight, ben: httpx.Client, ivy: httpx.Client
) -> None:
    viewer = night.web(Role.VIEWER, "north")
    for method in ("GET", "PUT", "DELETE"):
        body = CAREFUL if method == "PUT" else None

        def status(browser: httpx.Client, path: str, how: str = method, sent: Any = body) -> int:
            return browser.request(how, f"/api/{path}/paging", json=sent).status_code

        assert status(ben, "staff/ana") == 403
        assert status(viewer, "staff/ana") == 403
        assert status(ivy, "staff/ana") == 404
        assert status(ivy, "staff/nobody") == 404
        assert status(viewer, "me") == 403, "not on the staff"
        assert status(night.http, "me") == 401
        assert status(night.http, "staff/ana") == 401
    assert told(night.web().get("/api/staff/ana/paging"))["rule"] is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "ring_after: Field required"),
        ({"ring_after": "60"}, "ring_after: Input should be a valid integer"),
        ({"ring_after": True}, "ring_after: Input should be a valid integer"),
        ({"ring_after": 601}, "ring_after must be whole seconds from 0 to 600, or null for never"),
        ({"ring_after": 60, "after": 60}, "after: Extra inputs are not permitted"),
        ({"ring_after": 60, "nights": {"from": "22:00"}}, "nights.to: Field required"),
        ({"ring_after": 60, "nights": {**NIGHTS, "from": "10pm"}}, 'such as "22:00"'),
        ({"ring_after": 60, "nights": {**NIGHTS, "to": "22:00"}}, "end at another time"),
        ({"ring_after": 60, "nights": {**NIGHTS, "ring_after": -1}}, "from 0 to 600"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(ben: httpx.Client, body: Any, problem: str) -> None:
    before = told(ben.get("/api/me/paging"))
    for path in ("me", "staff/ben"):
        refused = ben.put(f"/api/{path}/paging", json=body)
        assert refused.status_code == 422
        assert problem in refused.json()["detail"]
    assert told(ben.get("/api/me/paging")) == before
