"""References of crises and of requests about shifts: short, opaque, never a word of a reply."""

LETTERS = "CDFGHJKLMNPQRTVWXY"
DIGITS = "23456789"
"""Without vowels, and without what the ear or the eye mixes up (B, S, Z, 0, 1)."""

REQUEST = "U"
"""What every reference of a cover request or a swap begins with, and no crisis's does."""

SHORTEST = 3
LONGEST = 20


def is_reference(text: str) -> bool:
    """Whether a text could be one at all: nothing else need be looked for."""
    return text.isascii() and text.isalnum() and SHORTEST <= len(text) <= LONGEST


def capacity(length: int) -> int:
    """How many references of this length there are."""
    size = 1
    for place in range(length):
        size *= len(LETTERS if place % 2 == 0 else DIGITS)
    return size


def reference(number: int, length: int = SHORTEST) -> str:
    """The reference with this number (taken modulo the capacity): K7Q, K7Q4, …"""
    chars = []
    for place in range(length):
        alphabet = LETTERS if place % 2 == 0 else DIGITS
        number, rest = divmod(number, len(alphabet))
        chars.append(alphabet[rest])
    return "".join(chars)


def request_reference(number: int, length: int = SHORTEST) -> str:
    """The reference of a request about a shift with this number: U7Q, U7Q4, …"""
    return REQUEST + reference(number * len(LETTERS), length)[1:]


def is_request(ref: str) -> bool:
    """Whether a reference is one of a cover request or a swap."""
    return ref.upper().startswith(REQUEST)
