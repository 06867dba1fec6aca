"""One night for each module whose North team is covered by Eli wherever somebody is away."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from sqlalchemy import delete

from dispatch.access import Role
from oncall.store import mark_changed
from oncall.tables import AcceptedGapRow, TimeOffRow
from tests.api.conftest import logs, night
from tests.api.edge import EdgeNight

__all__ = ["logs", "night"]

WEEKS = [
    {"tier": "primary", "name": "eli", "order": ["eli"]},
    {"tier": "primary", "name": "weeks", "order": ["ana", "ben"]},
    {"tier": "backup", "name": "eli", "order": ["eli"]},
    {"tier": "backup", "name": "weeks", "order": ["ben", "ana"]},
    {"tier": "supervisor", "name": "eli", "order": ["eli"]},
]
"""Ana and Ben in turn from Mondays 09:00; below them Eli, who leads the team."""


@pytest.fixture(scope="module")
def speed() -> float:
    """At a real clock's pace; where time matters, the test holds the clock."""
    return 1.0


@pytest.fixture(scope="module")
def admin(night: EdgeNight) -> Iterator[httpx.Client]:
    """A program that may do anything, once North's rota is as above."""
    with night.web() as client:
        rotations = [{"starts": "2026-01-05T09:00", "every": "1 week", **one} for one in WEEKS]
        answer = client.put("/api/teams/north/rotations", json={"rotations": rotations})
        assert answer.status_code == 200, answer.text
        yield client


@pytest.fixture(autouse=True)
def nobody_is_away(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test that has a night begins with everybody there, and no gap accepted."""
    yield
    if "night" in request.fixturenames:
        with request.getfixturevalue("night").vigil.unit_of_work() as work:
            for table in (TimeOffRow, AcceptedGapRow):
                work.session.exec(delete(table))
            mark_changed(work.session, work.now)


@pytest.fixture(scope="module")
def ana(night: EdgeNight, admin: httpx.Client) -> Iterator[httpx.Client]:
    """Ana, a clinician of North, in her browser."""
    with closing(night.login("ana@example.org", Role.CLINICIAN, "ana")) as browser:
        yield browser


@pytest.fixture(scope="module")
def ben(night: EdgeNight, admin: httpx.Client) -> Iterator[httpx.Client]:
    """Ben, Ana's colleague."""
    with closing(night.login("ben@example.org", Role.CLINICIAN, "ben")) as browser:
        yield browser


@pytest.fixture(scope="module")
def eli(night: EdgeNight, admin: httpx.Client) -> Iterator[httpx.Client]:
    """Eli, who leads North."""
    with closing(night.login("eli@example.org", Role.LEAD, "eli")) as browser:
        yield browser


@pytest.fixture(scope="module")
def ivy(night: EdgeNight, admin: httpx.Client) -> Iterator[httpx.Client]:
    """Ivy, who leads South."""
    with closing(night.login("ivy@example.org", Role.LEAD, "ivy")) as browser:
        yield browser
