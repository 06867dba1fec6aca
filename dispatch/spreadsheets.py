"""What a cell of a table for spreadsheets may hold: nothing that one would take for a formula."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a formula begins with."""


def plain(text: str) -> str:
    """The text, behind an apostrophe where it would be taken for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
