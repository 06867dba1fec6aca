"""Scores from 1 to 5 of the fidelity scale: the cuts are data, in force from a date on."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from importlib.resources import files
from itertools import pairwise

SCORES = 5

_CUT = re.compile(r"(?P<sign><=|>=|<|>)(?P<bound>\d+)|(?P<low>\d+)-(?P<high>\d+)")


class BadCuts(ValueError):  # noqa: N818  it reads as what it says
    """Thresholds can't be used; the words say which, and what is wrong with them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The percentages that earn one score. A bound that is None is open."""

    low: int | None
    high: int | None
    low_included: bool = True
    high_included: bool = True

    @classmethod
    def parse(cls, text: str) -> "Cut":
        """Read "<5", "<=5", "5-34", ">90" or ">=95". Raises BadCuts."""
        found = _CUT.fullmatch(text)
        if found is None:
            raise BadCuts(f'"{text}" is no cut: write it as "<5", "5-34" or ">=95".')
        match found["sign"]:
            case "<" | "<=":
                return cls(None, int(found["bound"]), high_included=found["sign"] == "<=")
            case ">" | ">=":
                return cls(int(found["bound"]), None, low_included=found["sign"] == ">=")
            case _:
                low, high = int(found["low"]), int(found["high"])
        if low > high:
            raise BadCuts(f'"{text}" ends before it begins.')
        return cls(low, high)

    def holds(self, percent: Fraction) -> bool:
        """Whether a percentage lies in it."""
        above = (
            self.low is None or percent > self.low or (self.low_included and percent == self.low)
        )
        below = (
            self.high is None
            or percent < self.high
            or (self.high_included and percent == self.high)
        )
        return above and below

    def meets(self, following: "Cut") -> bool:
        """Whether no whole number lies between the two, and none in both."""
        if self.high is None or following.low is None:
            return False
        last = self.high if self.high_included else self.high - 1
        return last + 1 == (following.low if following.low_included else following.low + 1)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the scale: its cuts from score 1 to score 5, and how sure we are of them."""

    name: str
    metric: str
    cuts: tuple[Cut, ...]
    sure: str

    def score(self, percent: Fraction) -> int:
        """Return the score that a percentage (0 to 100) earns.

        Cuts are written in whole numbers. What lies between two of them, such as 34.5 between
        "5-34" and "35-64", earns the lower score: the higher one has not been reached. Nothing is
        ever rounded in the team's favour. This is our rule: the scale says nothing of it.
        """
        for number, cut in enumerate(self.cuts, 1):
            if cut.holds(percent):
                return number
        return next(
            number
            for number, (one, other) in enumerate(pairwise(self.cuts), 1)
            if _between(percent, one, other) or _between(percent, other, one)
        )


def _between(percent: Fraction, lower: Cut, upper: Cut) -> bool:
    if lower.high is None or upper.low is None:
        return False
    return lower.high <= percent <= upper.low


@dataclass(frozen=True, slots=True)
class Scale:
    """An edition of the scale, in force from `effective` until the next one is."""

    name: str
    effective: date
    source: str
    items: Mapping[str, Item]


def read_scale(text: str) -> Scale:
    """Read an edition from JSON. Raises BadCuts with the item and what is wrong with it."""
    try:
        told = json.loads(text)
        items = {name: _item(name, item) for name, item in told["items"].items()}
        effective = date.fromisoformat(told["effective"])
        return Scale(str(told["scale"]), effective, str(told["source"]), items)
    except KeyError as missing:
        raise BadCuts(f"The thresholds lack {missing}.") from missing
    except (TypeError, AttributeError) as wrong:
        raise BadCuts("The thresholds are not laid out as an object with items.") from wrong
    except BadCuts:
        raise
    except ValueError as wrong:
        raise BadCuts(f"The thresholds can't be read: {wrong}.") from wrong


def _item(name: str, told: Mapping[str, object]) -> Item:
    texts = told["cuts"]
    if not isinstance(texts, list) or len(texts) != SCORES:
        raise BadCuts(f"{name}: there must be {SCORES} cuts, from score 1 to score {SCORES}.")
    try:
        cuts = tuple(Cut.parse(str(text)) for text in texts)
    except BadCuts as wrong:
        raise BadCuts(f"{name}: {wrong}") from wrong
    rising = cuts if cuts[0].low is None else cuts[::-1]
    whole = rising[0].low is None and rising[-1].high is None
    if not whole or not all(one.meets(other) for one, other in pairwise(rising)):
        raise BadCuts(f"{name}: the cuts leave out some number, or hold one twice.")
    return Item(name, str(told["metric"]), cuts, str(told["sure"]))


def in_force(scales: Iterable[Scale], on: date) -> Scale:
    """Return the edition in force on a day: the latest that had begun. Raises BadCuts for none."""
    begun = [scale for scale in scales if scale.effective <= on]
    if not begun:
        raise BadCuts(f"No thresholds are in force on {on.isoformat()}.")
    return max(begun, key=lambda scale: scale.effective)


def packaged() -> tuple[Scale, ...]:
    """Read the editions that come with the program, from its own files."""
    folder = files("dispatch.hospitals.counting") / "thresholds"
    texts = (one for one in folder.iterdir() if one.name.startswith("dacts-"))
    return tuple(read_scale(one.read_text("utf-8")) for one in texts)
