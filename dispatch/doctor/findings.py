"""What the doctor finds: how bad it is, about what, what is so, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    WRONG = "wrong"
    """Somebody will not be reached, or nobody would notice: to be mended now."""
    DOUBTFUL = "doubtful"
    """It works, but not as it should, or it could not be told whether it does."""
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's. ``cure`` says how to mend it; empty where nothing is to be done."""

    verdict: Verdict
    about: str
    text: str
    cure: str = ""


def wrong(about: str, text: str, cure: str) -> Finding:
    """Something that must be mended now."""
    return Finding(Verdict.WRONG, about, text, cure)


def doubtful(about: str, text: str, cure: str) -> Finding:
    """Something that should be better, or that could not be told."""
    return Finding(Verdict.DOUBTFUL, about, text, cure)


def right(about: str, text: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Verdict.RIGHT, about, text)
