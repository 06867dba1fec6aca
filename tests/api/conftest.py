"""Starts one night for each module: most tests of the edge only knock and look what changed."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from dispatch.logs import set_up_logs
from tests.api.edge import EdgeNight


@pytest.fixture(scope="module")
def speed() -> float:
    """How fast the module's night runs; a module whose crises stay untouched asks for slowly."""
    return 20.0


@pytest.fixture(scope="module")
def night(
    module_town_url: str, tmp_path_factory: pytest.TempPathFactory, speed: float
) -> Iterator[EdgeNight]:
    """One night for a whole module. Every promise must hold when it is over."""
    folder = Path(tmp_path_factory.mktemp("edge"))
    with EdgeNight(module_town_url, folder, speed=speed) as night:
        yield night
        night.assert_promises_kept()


class Logs:
    """What the service wrote to standard error, as it does in production."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        """All of it."""
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The structured lines."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def named(self, event: str) -> list[dict[str, Any]]:
        """The lines that tell of one kind of event."""
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logs]:
    """Logs set up as `vigil serve` does, for one test."""
    stream, root, before = io.StringIO(), logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    root.handlers.clear()  # so that setting up closes nobody's
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        set_up_logs()
    yield Logs(stream)
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)
