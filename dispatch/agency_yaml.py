"""Reads YAML so that every value remembers its line, and nothing is guessed about what it means.

YAML 1.1 turns an unquoted ``17:00`` into 1020 and ``no`` into False. Here a value stays the text
that somebody typed; what it means is decided by the field it stands in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import yaml

if TYPE_CHECKING:
    from yaml._yaml import Mark as CMark

Path = tuple[str | int, ...]
"""The way to a value from the top of the file: ``("teams", 0, "rotations", 1, "order", 2)``."""

MAX_CHARACTERS = 5_000_000
"""The longest file that is read: some twenty thousand clients."""

_MAX_DEPTH = 12
_NULLS = frozenset({"", "~", "null"})
_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_NAMED_BY = {
    "staff": "id",
    "teams": "id",
    "clients": "id",
    "crisis_lines": "id",
    "hospitals": "id",
    "networks": "id",
    "ladder": "tier",
    "rotations": "name",
}
_CLIENT_KEY = re.compile(r"[a-z_]{1,20}")
_Loader = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


class Place(NamedTuple):
    """A line and a column of the file, both counted from 1."""

    line: int
    column: int


_TOP = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in an agency's file: where it stands, what it is, how to mend it.

    ``line`` and ``column`` count from 1. ``where`` is the path (``teams[0].rotations[1].order[2]``)
    and ``near`` the same in words that a person finds again (``teams[0] north, …``). A client's
    name, birth date and phone number are never quoted: these sentences end up in logs.
    """

    line: int
    column: int
    where: str
    problem: str
    source: str
    near: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: {self.near}: {self.problem}"


class AgencyFaults(Exception):  # noqa: N818 - it holds faults, and reads as what it is
    """The file cannot be taken: ``faults`` lists everything wrong in it, in the file's order."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.line, fault.column))
        super().__init__("\n".join(map(str, self.faults)))


def quoted(text: str) -> str:
    """``text`` in quotes, shortened and harmless to a terminal, for use in a fault."""
    short = text if len(text) <= 40 else text[:39] + "…"
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short) + '"'


def is_client_key(step: str | int) -> bool:
    """Whether ``step`` looks like a key of ours and not like a client's name gone astray."""
    return isinstance(step, str) and _CLIENT_KEY.fullmatch(step) is not None


@dataclass(slots=True)
class Document:
    """A YAML file as plain dicts, lists and strings, with the place of each value and key.

    A key without a value (or with ``null``) is left out, as if it were not there, and listed in
    ``empty``. ``faults`` are those found while reading; ``broken`` are the paths whose values could
    not be kept.
    """

    source: str
    data: object = None
    faults: list[Fault] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)
    empty: list[Path] = field(default_factory=list)
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def fault(self, path: Path, problem: str, *, at_key: bool = False) -> Fault:
        """A fault at ``path``: at its value, at its key, or at whatever encloses it."""
        enclosing = (self.values.get(path[:n]) for n in range(len(path), -1, -1))
        place = next((place for place in enclosing if place), _TOP)
        place = self.keys.get(path, place) if at_key else place
        return self.fault_at(place, path, problem)

    def fault_at(self, place: Place, path: Path, problem: str) -> Fault:
        """A fault at ``path`` whose place in the file is known better by the caller."""
        if path[:1] == ("clients",) and len(path) > 2 and not is_client_key(path[2]):
            path = path[:2]
        return Fault(*place, _written(path), problem, self.source, self._in_words(path))

    def line(self, path: Path) -> int:
        """The line, from 1, on which the value at ``path`` stands."""
        return self.values[path].line

    def at(self, path: Path) -> object:
        """The value at ``path``, or None if there is none, whatever stands on the way to it."""
        value = self.data
        for step in path:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def text(self, path: Path) -> str | None:
        """The text at ``path``, or None if there is no text there."""
        value = self.at(path)
        return value if isinstance(value, str) else None

    def each(self, *pattern: str | int) -> Iterator[tuple[Path, str]]:
        """Every text whose path fits ``pattern``, in which ``"*"`` stands for each list item."""
        for path in self.paths(*pattern):
            text = self.text(path)
            if text is not None:
                yield path, text

    def paths(self, *pattern: str | int) -> Iterator[Path]:
        """Every path that fits ``pattern``; its last key need not exist."""
        found: list[Path] = [()]
        for step in pattern:
            found = list(chain.from_iterable(self._steps(path, step) for path in found))
        yield from found

    def _steps(self, path: Path, step: str | int) -> Iterator[Path]:
        if step != "*":
            yield (*path, step)
            return
        items = self.at(path)
        yield from ((*path, n) for n in range(len(items) if isinstance(items, list) else 0))

    def _in_words(self, path: Path) -> str:
        parts: list[str] = []
        for n, step in enumerate(path):
            if isinstance(step, int):
                parts.append(f"{parts.pop() if n else ''}[{step}]{self._called(path[: n + 1])}")
            else:
                parts.append(step if _PLAIN_ID.fullmatch(step) else quoted(step))
        return ", ".join(parts) or "the file"

    def _called(self, item: Path) -> str:
        section = str(item[-2]) if len(item) > 1 else ""
        name = self.text((*item, _NAMED_BY[section])) if section in _NAMED_BY else None
        if name is None or not (section == "rotations" or _PLAIN_ID.fullmatch(name)):
            return ""
        return " " + (quoted(name) if section == "rotations" else name)


def compose(text: str, source: str) -> Document:
    """Read ``text``, keeping every value as text and every place.

    Raises AgencyFaults when the file is too long, empty, or no YAML at all, for then nothing else
    in it can be judged. Repeated keys, aliases and tags are listed in the document's ``faults``.
    """
    document = Document(source)
    _refuse_unreadable(text, document)
    try:
        _Composer(document, text).compose()
    except yaml.MarkedYAMLError as error:
        _stop(document, _unparsed(error), _place(error.problem_mark or error.context_mark))
    except yaml.YAMLError as error:
        _stop(document, f"this is not YAML: {str(error).splitlines()[0]}")
    return document


def _unparsed(error: yaml.MarkedYAMLError) -> str:
    began = f" {error.context}, begun on line {_place(error.context_mark).line}"
    where = began if error.context and error.context_mark else ""
    return f"this is not YAML: {error.problem}{where}; look at the blanks, quotes and brackets"


def _refuse_unreadable(text: str, document: Document) -> None:
    if len(text) > MAX_CHARACTERS:
        _stop(document, f"the file is longer than {MAX_CHARACTERS:,} characters: is it the right?")
    if odd := _UNREADABLE.search(text):
        before = text[: odd.start()]
        place = Place(before.count("\n") + 1, odd.start() - before.rfind("\n"))
        problem = f"the character U+{ord(odd[0]):04X} cannot stand in a text file: delete it"
        _stop(document, problem, place)


def _stop(document: Document, problem: str, place: Place = _TOP) -> NoReturn:
    raise AgencyFaults([*document.faults, document.fault_at(place, (), problem)])


def _place(mark: "yaml.Mark | CMark | None") -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else _TOP


def _written(path: Path) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


class _Composer:
    """Builds the document from YAML's events, as deep as a file of ours can be and no deeper."""

    def __init__(self, document: Document, text: str) -> None:
        self._document = document
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_Loader)

    def compose(self) -> None:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            _stop(self._document, "the file is empty: it begins with “agency:” and its name")
        self._document.data = self._value(next(self._events), ())
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            problem = "a second document begins here: one file holds one agency"
            _stop(self._document, problem, _place(after.start_mark))

    def _value(self, event: yaml.Event, path: Path) -> object:
        self._document.values[path] = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self._break(path, "an alias (*) stands here: write the value out")
            return None
        if getattr(event, "tag", None) is not None:
            self._break(path, "a tag (!) stands here: delete it, values need none")
        if isinstance(event, yaml.ScalarEvent):
            return None if not event.style and event.value in _NULLS else event.value
        if len(path) >= _MAX_DEPTH:
            problem = "lists and mappings are nested too deep here: is a bracket open?"
            _stop(self._document, problem, _place(event.start_mark))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[object]:
        items = self._until(yaml.SequenceEndEvent)
        return [self._value(event, (*path, n)) for n, event in enumerate(items)]

    def _mapping(self, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_event in self._until(yaml.MappingEndEvent):
            key = self._key(key_event, path)
            if key is None:
                self._skip(next(self._events))
                continue
            value = self._value(next(self._events), (*path, key))
            if value is None:
                self._document.empty.append((*path, key))
            else:
                found[key] = value
        return found

    def _key(self, event: yaml.Event, path: Path) -> str | None:
        """The key's text, with its place noted, or None if its value is to be passed over."""
        document, place = self._document, _place(event.start_mark)
        if not isinstance(event, yaml.ScalarEvent):
            self._skip(event)
            problem = "a key here is no plain word: look at the brackets"
            document.faults.append(document.fault_at(place, path, problem))
            return None
        key = (*path, event.value)
        if first := document.keys.get(key):
            problem = f"this key stands on line {first.line} already: keep one of the two"
            document.faults.append(document.fault_at(place, key, problem))
            return None
        document.keys[key] = place
        return str(event.value)

    def _break(self, path: Path, problem: str) -> None:
        self._document.broken.add(path)
        self._document.faults.append(self._document.fault(path, problem))

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _skip(self, event: yaml.Event) -> None:
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if not depth:
                return
            event = next(self._events)
