"""An installation for each test of a command: a database, and perhaps an agency in it."""

from pathlib import Path

import pytest

from dispatch.agency_file import read_agency
from dispatch.clock import SystemClock
from dispatch.commands import agencies
from dispatch.database import make_engine
from dispatch.unit_of_work import UnitsOfWork
from tests.scenarios.town import TOWN


@pytest.fixture
def bare(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings of an installation without an agency."""
    return {"VIGIL_DATABASE_URL": database_url, "VIGIL_DATA_DIR": str(tmp_path)}


@pytest.fixture
def installation(bare: dict[str, str]) -> dict[str, str]:
    """Settings of an installation with the town in it."""
    load(bare)
    return bare


def load(settings: dict[str, str], text: str = TOWN) -> None:
    """What `vigil load` does, without the seconds that a process takes to start."""
    engine = make_engine(settings["VIGIL_DATABASE_URL"])
    with UnitsOfWork(engine, SystemClock(), lambda _: None)() as work:
        agencies.load(work, read_agency(text, "town.yaml"))
    engine.dispose()
