"""Whether the service is alive and ready, and what every answer wears."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from dispatch.app import create_app
from dispatch.settings import Settings
from tests.api.edge import EdgeNight

DOORS = ["/healthz", "/readyz", "/api/crises", "/api/session", "/nowhere", "/twilio/voice"]


def test_the_process_says_that_it_is_alive(night: EdgeNight) -> None:
    answer = night.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_a_node_with_an_agency_is_ready(night: EdgeNight) -> None:
    answer = night.http.get("/readyz")
    expected = {"ready": True, "problems": [], "troubles": []}
    assert (answer.status_code, answer.json()) == (200, expected)


def test_a_node_without_an_agency_is_alive_but_not_ready_and_says_why(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="a-token-for-tests-only",
    )
    with TestClient(create_app(settings)) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["ready"] is False
        [problem] = answer.json()["problems"]
        assert "vigil load" in problem


def test_a_broken_promise_is_told_without_anything_about_a_client(night: EdgeNight) -> None:
    def put(state: str) -> None:
        with night.vigil.unit_of_work.engine.begin() as connection:
            connection.execute(
                text(
                    "insert into crisis (ref, team_id, source, state, since, opened_at, round,"
                    " pursuit) values ('Q9Q', 'north', 'call', :state, :now, :now, 1, :pursuit)"
                    " on conflict (ref) do update set state = excluded.state"
                ),
                {
                    "state": state,
                    "now": night.clock.now(),
                    "pursuit": '{"reaching": null, "line": null, "rung": null, "tried": [],'
                    ' "paged": [], "pages": 0, "handing_to": null}',
                },
            )

    put("paging")
    answer = night.http.get("/readyz")
    put("closed")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["crisis Q9Q: has neither an owner nor a deadline"]
    assert night.http.get("/readyz").status_code == 200


@pytest.mark.parametrize("path", DOORS)
def test_every_answer_tells_browsers_to_be_careful(night: EdgeNight, path: str) -> None:
    headers = night.http.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer", "a reference is in the page's address"


def test_what_the_api_says_is_kept_by_no_cache(night: EdgeNight) -> None:
    with night.web() as browser:
        for path in ("/api/crises", "/api/teams", "/api/nowhere"):
            assert browser.get(path).headers["cache-control"] == "no-store"


def test_the_api_describes_itself(night: EdgeNight) -> None:
    assert "Vigil API" in night.http.get("/api/docs").text
    described = night.http.get("/api/openapi.json").json()
    assert "/api/crises/{ref}/hand-off" in described["paths"]
    assert not [path for path in described["paths"] if path.startswith("/twilio")]


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/api/crises/", "/twilio", "/%00"])
def test_an_unknown_address_is_not_found_in_json(night: EdgeNight, path: str) -> None:
    answer = night.http.get(path, follow_redirects=True)
    assert answer.status_code in (401, 404)
    assert set(answer.json()) == {"detail"}


def test_a_door_knows_its_own_method(night: EdgeNight) -> None:
    answer = night.http.get("/twilio/voice")
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})


@pytest.mark.parametrize(
    "path", ["/assets/../app.py", "/assets/..%2f..%2fapp.py", "/assets/%2e%2e/%2e%2e/settings.py"]
)
def test_no_file_beside_the_pages_can_be_read(night: EdgeNight, path: str) -> None:
    answer = night.http.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text
