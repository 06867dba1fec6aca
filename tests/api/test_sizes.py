"""A body that is longer than any of ours can need is refused before it is kept anywhere."""

from collections.abc import Iterator

import httpx
import pytest

from dispatch.api.guards import MAX_BODY_BYTES
from tests.api.conftest import Logs
from tests.api.edge import EdgeNight, call_form, dialled, document
from tests.scenarios.town import ANA, STRANGER

DOORS = {
    "/twilio/voice": "application/x-www-form-urlencoded",
    "/twilio/voice/step": "application/x-www-form-urlencoded",
    "/twilio/sms": "application/x-www-form-urlencoded",
    "/webhooks/crisis-lines/county-988": "application/json",
    "/api/session": "application/json",
    "/api/crises/K7Q/note": "application/json",
}

TOO_LONG = b"a=" + b"x" * MAX_BODY_BYTES


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: nothing comes due meanwhile."""
    return 1.0


@pytest.fixture(scope="module")
def browser(night: EdgeNight) -> Iterator[httpx.Client]:
    """Somebody who may do anything: only the size stands in the way."""
    with night.web() as client:
        night.until_settled()
        yield client


def in_pieces(body: bytes) -> Iterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, len(body), 4096):
        yield body[start : start + 4096]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_body_that_is_too_long_is_refused_and_changes_nothing(
    night: EdgeNight, browser: httpx.Client, path: str, announced: bool
) -> None:
    before = night.contents()
    answer = browser.post(
        path,
        content=TOO_LONG if announced else in_pieces(TOO_LONG),
        headers={"Content-Type": DOORS[path]},
    )
    assert answer.status_code == 413
    assert str(MAX_BODY_BYTES) in answer.json()["detail"]
    assert night.contents() == before


def test_a_body_that_just_fits_is_read(night: EdgeNight) -> None:
    form = call_form(From=STRANGER)
    room = MAX_BODY_BYTES - len(str(httpx.QueryParams(form))) - len("&Padding=")
    full = {**form, "Padding": "x" * room}
    assert len(str(httpx.QueryParams(full))) == MAX_BODY_BYTES
    assert dialled(document(night.twilio("/twilio/voice", full))) == [ANA]


def test_an_oversized_body_is_logged_without_its_content(
    night: EdgeNight, browser: httpx.Client, logs: Logs
) -> None:
    secret = b"Test Person One " * 5000
    assert night.http.post("/twilio/sms", content=secret).status_code == 413
    [line] = logs.named("body_too_large")
    assert line["path"] == "/twilio/sms"
    assert "Test Person" not in logs.text
