"""How the planner's process is asked and what it answers: JSON, one line for each thing it says."""

import json
from typing import Any

from pydantic import TypeAdapter

from oncall.planner.model import Draft, Impossible, PlanAsked, Progress

Said = Progress | Draft | Impossible | str
"""What the process says: how far it has come, then its last word; a text is why it gave up."""

_ASKED = TypeAdapter(PlanAsked)
_SAID: dict[str, tuple[type, TypeAdapter[Any]]] = {
    "progress": (Progress, TypeAdapter(Progress)),
    "result": (Draft, TypeAdapter(Draft)),
    "impossible": (Impossible, TypeAdapter(Impossible)),
    "error": (str, TypeAdapter(str)),
}


def asked_as_json(asked: PlanAsked) -> dict[str, Any]:
    """What a plan is asked for, as JSON holds it."""
    shape: dict[str, Any] = _ASKED.dump_python(asked, mode="json")
    return shape


def asked_from_json(shape: object) -> PlanAsked:
    """The same, read back; ValueError when it is not such a question."""
    return _ASKED.validate_python(shape)


def said_as_json(said: Said) -> dict[str, Any]:
    """What is said, as JSON holds it: an object with one name, which tells what it is."""
    what = next(what for what, (kind, _) in _SAID.items() if isinstance(said, kind))
    return {what: _SAID[what][1].dump_python(said, mode="json")}


def said_from_json(shape: object) -> Said:
    """The same, read back; ValueError when it is nothing that is said."""
    if not isinstance(shape, dict) or len(shape) != 1 or not shape.keys() <= _SAID.keys():
        raise ValueError(f"The planner's process said what means nothing here: {shape!s:.80}")
    ((what, content),) = shape.items()
    said: Said = _SAID[what][1].validate_python(content)
    return said


def as_line(said: Said) -> str:
    """One line of JSON for what is said, without the end of the line."""
    return json.dumps(said_as_json(said))


def from_line(line: str) -> Said:
    """What a line says; ValueError when it is none of ours."""
    return said_from_json(json.loads(line))
