"""How many days after a discharge something must be done or is looked for: data, by date."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

from dispatch.hospitals.counting.fidelity import BadCuts


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows in force from `effective` until the next are, and how sure we are of them.

    `follow_up_days` is by when somebody is seen in person; `reminders` are how long before the end
    of the last day to remind of it. `readmission_days` is how long a readmission is looked for.
    """

    effective: date
    follow_up_days: int
    readmission_days: int
    reminders: tuple[timedelta, ...]
    sure: str


def read_windows(text: str) -> Windows:
    """Read windows from JSON. Raises BadCuts with what is wrong."""
    try:
        told = json.loads(text)
        return Windows(
            effective=date.fromisoformat(told["effective"]),
            follow_up_days=_whole(told["follow_up_days"]),
            readmission_days=_whole(told["readmission_days"]),
            reminders=tuple(timedelta(hours=_whole(hours)) for hours in told["reminder_hours"]),
            sure=str(told["sure"]),
        )
    except KeyError as missing:
        raise BadCuts(f"The windows after a discharge lack {missing}.") from missing
    except (TypeError, ValueError) as wrong:
        raise BadCuts(f"The windows after a discharge can't be read: {wrong}.") from wrong


def _whole(told: object) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or told < 1:
        raise ValueError(f"{told} is not a whole number of 1 or more")
    return told


def windows_in_force(windows: Iterable[Windows], on: date) -> Windows:
    """Return the windows in force on a day: the latest that had begun. Raises BadCuts for none."""
    begun = [one for one in windows if one.effective <= on]
    if not begun:
        raise BadCuts(f"No windows after a discharge are in force on {on.isoformat()}.")
    return max(begun, key=lambda one: one.effective)


def packaged_windows() -> tuple[Windows, ...]:
    """Read the windows that come with the program, from its own files."""
    folder = files("dispatch.hospitals.counting") / "thresholds"
    texts = (one for one in folder.iterdir() if one.name.startswith("after-discharge-"))
    return tuple(read_windows(one.read_text("utf-8")) for one in texts)
