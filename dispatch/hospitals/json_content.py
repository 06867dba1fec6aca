"""JSON that hospitals send, with nothing in its texts that PostgreSQL can't keep."""

import json
from typing import Any


def content(raw: bytes) -> Any:
    """Return what JSON says. NULs in its texts are left out; half a surrogate pair becomes "?".

    Raises ValueError, or RecursionError, where it isn't JSON, or is nested too deep.
    """
    return _kept(json.loads(raw))


def _kept(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\x00", "").encode(errors="replace").decode()
        case list():
            return [_kept(one) for one in value]
        case dict():
            return {name: _kept(one) for name, one in value.items()}
        case _:
            return value
