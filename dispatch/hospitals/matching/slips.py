"""One slip of the pen in a number: a digit wrong, missing, one too many, or two changed about."""

import jellyfish


def one_slip(one: str, other: str) -> bool:
    """Say whether two different numbers are one slip apart."""
    return one != other and jellyfish.damerau_levenshtein_distance(one, other) == 1
