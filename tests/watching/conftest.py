"""One started service for each module that watches it, and an outside watch that it can tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch import heartbeat
from dispatch.settings import Settings
from tests.scenarios.night import Night
from tests.watching.web import Web

METRICS_TOKEN = "what-only-prometheus-knows"


@pytest.fixture(scope="module")
def outside() -> Iterator[Web]:
    """A web server outside of Vigil, such as that of a dead man's switch."""
    with Web() as web:
        yield web


class WatchedNight(Night):
    """A night whose service tells an outside watch that it is well, and guards its metrics."""

    outside_url: str

    def settings(self, twilio_api_url: str) -> Settings:
        """As everywhere, plus what concerns watching."""
        more = {"heartbeat_url": self.outside_url, "metrics_token": METRICS_TOKEN}
        return super().settings(twilio_api_url).model_copy(update=more)


@pytest.fixture(scope="module")
def night(
    module_town_url: str, tmp_path_factory: pytest.TempPathFactory, outside: Web
) -> Iterator[WatchedNight]:
    """One night for a whole module, twice as fast as life: nothing happens in it by itself.

    Only its heart beats every second.
    """
    night = WatchedNight(module_town_url, Path(tmp_path_factory.mktemp("watching")), speed=2)
    night.outside_url = f"{outside.url}/beat"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heartbeat, "FIRST_AFTER_SECONDS", 1.0)
        patch.setattr(heartbeat, "EVERY_SECONDS", 1.0)
        with night:
            yield night
            night.assert_promises_kept()
