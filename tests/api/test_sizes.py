"""What is longer than any request of ours can need is refused before it is kept anywhere."""

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from dispatch.api.guards import MAX_BODY_BYTES
from dispatch.bounded_http import MAX_BYTES_BESIDES_BODY
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


REQUEST = b"POST /healthz HTTP/1.1\r\nHost: vigil.example.org\r\n"
HEADERS = b"X-Many: x\r\n" * 400

ENDLESS = {
    "the path": (b"POST /healthz", b"/path" * 800),
    "one header": (REQUEST + b"X-Long: ", b"x" * 4096),
    "many headers": (REQUEST, HEADERS),
    "trailers": (REQUEST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", HEADERS),
}
"""How a request begins that goes on for ever, and the piece that is repeated."""

PATIENCE_BYTES = 300 * MAX_BYTES_BESIDES_BODY
"""What may be on its way before a stranger notices that nobody listens any more."""


def taken_before_the_hang_up(base_url: str, start: bytes, piece: bytes) -> int:
    """How many bytes a stranger can send, at most PATIENCE_BYTES."""
    address, sent = urlsplit(base_url), 0
    with (
        socket.create_connection((address.hostname or "", address.port or 0), 20) as stranger,
        contextlib.suppress(ConnectionError),
    ):
        stranger.sendall(start)
        while sent < PATIENCE_BYTES:
            sent += stranger.send(piece)
    return sent


@pytest.mark.parametrize("where", ENDLESS)
def test_a_request_that_does_not_end_is_cut_off(night: EdgeNight, where: str) -> None:
    """Each piece is harmless; a server without a bound keeps them all."""
    assert taken_before_the_hang_up(night.base_url, *ENDLESS[where]) < PATIENCE_BYTES
    assert night.http.get("/healthz").status_code == 200, "everybody else is served"


def test_a_head_that_just_fits_is_read(night: EdgeNight) -> None:
    padding = {f"X-Padding-{number}": "x" * 6000 for number in range(10)}
    assert night.http.get("/healthz", headers=padding).status_code == 200


def test_an_oversized_body_is_logged_without_its_content(
    night: EdgeNight, browser: httpx.Client, logs: Logs
) -> None:
    secret = b"Test Person One " * 5000
    assert night.http.post("/twilio/sms", content=secret).status_code == 413
    [line] = logs.named("body_too_large")
    assert line["path"] == "/twilio/sms"
    assert "Test Person" not in logs.text
