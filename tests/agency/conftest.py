"""The sample agency, and what is found wrong in it after it was changed in one place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch.agency_file import AgencyFaults, Fault, read_agency

SAMPLE = Path(__file__).parents[2] / "dispatch" / "sample_agency.yaml"

FaultsAfter = Callable[..., list[Fault]]


@pytest.fixture(scope="session")
def sample() -> str:
    """The text of the sample agency."""
    return SAMPLE.read_text("utf-8")


def faults_in(text: str) -> list[Fault]:
    """All faults of ``text``, which must have some."""
    with pytest.raises(AgencyFaults) as caught:
        read_agency(text, "agency.yaml")
    return caught.value.faults


def place_of(text: str, marker: str) -> tuple[int, int]:
    """The line and column, from 1, at which ``marker`` begins; it must stand there only once."""
    assert text.count(marker) == 1, f"{marker!r} stands {text.count(marker)} times in the file"
    before = text[: text.index(marker)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.fixture
def faults_after(sample: str) -> FaultsAfter:
    """Replaces the first ``old`` in the sample by ``new`` and gives the faults that follow."""

    def after(old: str, new: str) -> list[Fault]:
        assert old in sample
        return faults_in(sample.replace(old, new, 1))

    return after
