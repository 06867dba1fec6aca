"""How hard property tests look: `VIGIL_EFFORT=10 make test` draws ten times as many examples."""

import os

EFFORT = float(os.environ.get("VIGIL_EFFORT", "1"))


def examples(number: int) -> int:
    """So many examples, or more where somebody takes the time."""
    return max(1, round(number * EFFORT))
