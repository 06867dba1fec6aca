"""Plays nights and judges them; a night that breaks a promise is told with its story."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.calls import BadDocument
from tests.simulation.database import Database
from tests.simulation.laws import broken, morning
from tests.simulation.night import Broken, Night
from tests.simulation.plan import Harsh, plan


class NightFailed(AssertionError):  # noqa: N818  it reads as what happened
    """A night broke a promise; the text is its story."""

    def __init__(self, seed: int, found: str, story: str) -> None:
        super().__init__(
            f"{story}\n\nnight {seed} broke a promise: {found}\n"
            f"replay with: make simulate SEED={seed}"
        )
        self.seed = seed
        self.found = found


@dataclass(frozen=True, slots=True)
class Told:
    """What a night came to."""

    seed: int
    steps: int
    calls: int
    story: str = ""


def play(
    database: Database,
    seed: int,
    *,
    storm: int = 0,
    harsh: Harsh | None = None,
    told: bool = False,
) -> Told:
    """Play the night of a seed. Raises NightFailed with the story."""
    folder = tempfile.TemporaryDirectory(prefix="vigil-night-")
    night = Night(database, plan(seed, storm=storm, harsh=harsh), Path(folder.name))
    try:
        with folder:
            night.play()
        night.check_invariants()
        with database.looking.reading() as work:
            found = broken(night, morning(work))
        if found:
            raise Broken("; ".join(found))
    except (Broken, BadDocument) as error:
        raise NightFailed(seed, str(error), night.teller.story(database.looking)) from error
    story = night.teller.story(database.looking) if told else ""
    return Told(seed, night.steps, len(night.calls.made), story)
