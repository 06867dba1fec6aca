"""What a person reads when their request failed: whose fault it was, and what to do next."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dispatch.api.guards import Guards

RULES = """
    CREATE TEMPORARY TABLE shift (
        id integer PRIMARY KEY,
        staff text NOT NULL CHECK (staff <> ''),
        during int4range,
        covers integer REFERENCES shift,
        EXCLUDE USING gist (during WITH &&)
    );
    INSERT INTO shift VALUES (1, 'ana', '[1,5)')
"""

AT_ONCE = {
    "unique": "INSERT INTO shift VALUES (1, 'ben')",
    "exclusion": "INSERT INTO shift VALUES (2, 'ben', '[4,9)')",
}
"""What two people do at the same moment."""

OUR_FAULT = {
    "missing": "INSERT INTO shift VALUES (2, NULL)",
    "forbidden": "INSERT INTO shift VALUES (2, '')",
    "points nowhere": "INSERT INTO shift VALUES (2, 'ben', NULL, 7)",
    "nonsense": "no statement at all",
}
"""What no second person is needed for."""


@pytest.fixture(scope="module")
def connection(module_database_url: str) -> Iterator[Connection]:
    """A connection with a table that has a rule of each kind."""
    engine = create_engine(module_database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(RULES))
        yield connection
    engine.dispose()


def answered(connection: Connection, statement: str) -> tuple[int, str]:
    """How a request is answered that fails in the database: the status, and the words."""

    def endpoint(_: Request) -> Response:
        connection.execute(text(statement))
        return Response()

    app = Starlette(routes=[Route("/", endpoint)])
    app.add_middleware(Guards, public_url="https://vigil.example.org")
    answer = TestClient(app).get("/")
    return answer.status_code, answer.json()["detail"]


@pytest.mark.parametrize("how", AT_ONCE)
def test_two_who_change_the_same_are_told_to_look_again(connection: Connection, how: str) -> None:
    status, detail = answered(connection, AT_ONCE[how])
    assert status == 409
    assert "at the same moment" in detail


@pytest.mark.parametrize("how", OUR_FAULT)
def test_a_fault_of_ours_is_never_called_somebody_elses(connection: Connection, how: str) -> None:
    status, detail = answered(connection, OUR_FAULT[how])
    assert status == 500
    assert "Somebody else" not in detail
    assert "shift" not in detail, "what the database says may repeat a client's details"


def test_odd_characters_are_named(connection: Connection) -> None:
    status, detail = answered(connection, "INSERT INTO shift VALUES (99999999999, 'ben')")
    assert status == 422
    assert "odd characters" in detail
