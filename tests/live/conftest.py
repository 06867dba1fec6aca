"""The same nights as the scenarios, for tests that watch them on the board's socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch import live
from tests.scenarios.night import Night


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat several times a second. Ask for it before the night begins."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.3)


@pytest.fixture
def night(town_url: str, tmp_path: Path) -> Iterator[Night]:
    """03:10 in the town, twenty times as fast. Every promise must hold when the night is over."""
    with Night(town_url, tmp_path) as night:
        yield night
        night.assert_promises_kept()
