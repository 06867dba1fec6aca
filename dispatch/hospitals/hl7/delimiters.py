"""The characters that divide a message, and how a text says them without meaning them."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest

NULL = '""'
"""How a sender says that something is nothing any more; an empty field says nothing at all."""

_FORMATTING = re.compile(r"\.(?:br|ce|sp[+-]?[0-9]{0,4})")
_LINE_ENDS = re.compile(r"\r\n|[\r\n]")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters that divide a message. One that a sender has no use for is empty."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""

    @property
    def encoding(self) -> str:
        """What MSH-2 says: all of them but the first."""
        told = (self.component, self.repetition, self.escape, self.subcomponent, self.truncation)
        return "".join(told)


UNDIVIDED = Delimiters("", "", "", "", "")
"""For a text in which no character divides, such as the delimiters themselves."""


@lru_cache(maxsize=256)
def told(field: str, encoding: str) -> Delimiters:
    """Return the delimiters which a header tells: MSH-1, and what of MSH-2 there is.

    What MSH-2 leaves out is as usual. A character that already means something else isn't used
    twice: the usual one takes its place, or none where that is taken as well.
    """
    used = [field]
    for character, usual in zip_longest(encoding[:5], "^~\\&", fillvalue=""):
        free = [one for one in (character, usual) if one and one not in used]
        used.append(free[0] if free else "")
    return Delimiters(*used)


def split(raw: str, delimiter: str) -> list[str]:
    """Return the parts of a text; the whole as one where there is no such delimiter."""
    return raw.split(delimiter) if delimiter else [raw]


def unescaped(raw: str, delimiters: Delimiters, codec: str) -> str:
    r"""Return the text that a raw one means (HL7 v2.5.1, 2.7).

    ``\X..\`` are bytes in the message's character set, ``codec``; ``\.br\``, ``\.sp\`` and
    ``\.ce\`` are ends of lines, and the marks of highlighting nothing. What isn't known, or isn't
    closed, stays as it is.
    """
    if not delimiters.escape or delimiters.escape not in raw:
        return raw

    def meant(found: re.Match[str]) -> str:
        name = found[1]
        match name[0]:
            case "F":
                return delimiters.field
            case "S":
                return delimiters.component
            case "R":
                return delimiters.repetition
            case "T":
                return delimiters.subcomponent
            case "E":
                return delimiters.escape
            case "P":
                return delimiters.truncation or found[0]
            case "X":
                return bytes.fromhex(name[1:]).decode(codec, "replace")
            case ".":
                return "\n"
            case _:
                return ""

    return _escapes(delimiters.escape).sub(meant, raw)


def escaped(text: str, delimiters: Delimiters) -> str:
    """Return how to write a text so that it is read as it is. Ends of lines are kept as such.

    Where the sender left no character to escape with, what would divide it becomes a space.
    """
    if not delimiters.escape:
        dividing = "\r\n" + delimiters.field + delimiters.encoding
        return "".join(" " if one in dividing else one for one in text)
    names = {
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.repetition: "R",
        delimiters.escape: "E",
        delimiters.subcomponent: "T",
    }
    names.pop("", None)
    mark = delimiters.escape
    table = {ord(one): f"{mark}{name}{mark}" for one, name in names.items()}
    return f"{mark}.br{mark}".join(part.translate(table) for part in _LINE_ENDS.split(text))


@lru_cache(maxsize=64)
def _escapes(mark: str) -> re.Pattern[str]:
    known = rf"[FSTREPHN]|X(?:[0-9A-Fa-f]{{2}})+|{_FORMATTING.pattern}"
    return re.compile(rf"{re.escape(mark)}({known}){re.escape(mark)}")
