"""The planner's own process: asked on its input, it says on its output what it has found.

It runs at the lowest priority, so that a search never keeps a caller waiting.
"""

import json
import os
import sys
from time import perf_counter

from oncall.planner.model import NothingFound
from oncall.planner.solve import plan
from oncall.planner.wire import Said, as_line, asked_from_json

LOWEST_PRIORITY = 19


def main() -> None:
    """Answer the one question on standard input."""
    begun = perf_counter()
    os.nice(LOWEST_PRIORITY)
    asked = asked_from_json(json.load(sys.stdin))
    try:
        _say(plan(asked, _say, lambda: perf_counter() - begun))
    except NothingFound as reason:
        _say(str(reason))


def _say(said: Said) -> None:
    sys.stdout.write(as_line(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
