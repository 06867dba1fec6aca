"""One look at the fallback of one line: put there what must be there, read it back, put it right.

What must be there is worked out first; see `dispatch.publisher` for when and by whom.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from dispatch.commands.fallbacks import Job, Outcome
from dispatch.fallback import Fallback
from dispatch.fallback_flow import flow, flow_name, turn_documents
from dispatch.fallback_twiml import LADDER, Place, documents
from notifications.published import NotPublished
from notifications.studio import FallsBack, PublishedFlow

log = structlog.get_logger()

Json = Mapping[str, Any]


class Space(Protocol):
    """What is needed of a web space."""

    method: str

    def url(self, path: str) -> str:
        """Where Twilio reads a document."""

    def put(self, path: str, text: str) -> None:
        """Put a document there."""

    def read(self, path: str) -> str:
        """Read it as Twilio would."""


class Studio(Protocol):
    """What is needed of Twilio Studio."""

    def find(self, name: str) -> str | None:
        """The flow of this name."""

    def read(self, sid: str) -> PublishedFlow | None:
        """A flow as it is."""

    def create(self, name: str, definition: Json) -> PublishedFlow:
        """Publish a new flow."""

    def change(self, sid: str, definition: Json) -> PublishedFlow:
        """Publish another definition."""


class OurNumbers(Protocol):
    """What is needed of the settings of our numbers."""

    def read(self, number: str) -> FallsBack:
        """What a number falls back to."""

    def set(self, sid: str, url: str, method: str) -> None:
        """Let it fall back to an address."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the fallback is published: a web space, Studio, or both; None: not there.

    `numbers` is how our numbers are set, if `set_numbers` allows it; else they are only looked at.
    """

    numbers: OurNumbers
    space: Space | None = None
    studio: Studio | None = None
    set_numbers: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that must be out there for one line: documents by path, and the flow."""

    name: str
    documents: Mapping[str, str]
    flow: Json | None

    @property
    def digest(self) -> str:
        """Tells whether it is what was published last."""
        whole = json.dumps([self.documents, self.flow], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()


class Visit:
    """One look at one line, outside of any transaction."""

    def __init__(self, job: Job, targets: Targets, key: str) -> None:
        self._line = job.fallback.line
        self._targets = targets
        self._flow_sid = job.flow_sid
        self._flow_url: str | None = None
        folder = folder_of(self._line, key)
        space = targets.space
        self._place = None if space is None else Place(space.url(folder), space.method)
        self._wanted = wanted(job.fallback, folder, self._place, flows=targets.studio is not None)
        self._published = job.published
        self.is_new = job.published != self._wanted.digest
        """Whether it is not what was published last."""

    def outcome(self) -> Outcome:
        """Publish, check, mend; says what came of it."""
        try:
            problems = self._problems()
        except Exception as error:  # noqa: BLE001  a bug here must not leave the line unwatched
            log.error("fallback_failed", where=self._line, error=type(error).__name__)
            problems = [f"it could not be published ({type(error).__name__})"]
        if problems:
            return Outcome(self._published, self._flow_sid, "; ".join(problems))
        return Outcome(self._wanted.digest, self._flow_sid)

    def _problems(self) -> list[str]:
        """See to each target by itself: one that fails holds up no other.

        The documents come first, since the flow names them, then the flow, which the number names.
        """
        problems = []
        for see_to in (self._see_to_documents, self._see_to_flow, self._see_to_number):
            try:
                see_to()
            except NotPublished as failure:
                problems.append(str(failure))
        return problems

    def _see_to_documents(self) -> None:
        if (space := self._targets.space) is not None:
            self._see_to(lambda: self._put_documents(space), lambda: self._what_is_wrong_in(space))

    def _see_to_flow(self) -> None:
        studio, definition = self._targets.studio, self._wanted.flow
        if studio is not None and definition is not None:
            self._see_to(
                lambda: self._put_flow(studio, definition),
                lambda: self._what_is_wrong_with_flow(studio, definition),
            )

    def _see_to(self, put: Callable[[], None], what_is_wrong: Callable[[], str | None]) -> None:
        """Put it there if it is new, look at it, and put it there again if it is not as it was."""
        if self.is_new:
            put()
        wrong = what_is_wrong()
        if wrong is not None and not self.is_new:
            log.warning("fallback_put_right", where=self._line, error=wrong)
            put()
            wrong = what_is_wrong()
        if wrong is not None:
            raise NotPublished(wrong)

    def _put_documents(self, space: Space) -> None:
        for path, text in self._wanted.documents.items():
            space.put(path, text)

    def _what_is_wrong_in(self, space: Space) -> str | None:
        """What is wrong with any document. One that can't be read may only have to be put again."""
        for path, text in self._wanted.documents.items():
            try:
                if space.read(path).strip() != text.strip():
                    return "a document in the web space is not the one that was put there"
            except NotPublished as failure:
                return str(failure)
        return None

    def _put_flow(self, studio: Studio, definition: Json) -> None:
        sid = self._flow_sid
        if sid is None or studio.read(sid) is None:
            sid = studio.find(self._wanted.name)  # somebody may have made it and died
        if sid is None:
            self._flow_sid = studio.create(self._wanted.name, definition).sid
        else:
            self._flow_sid = studio.change(sid, definition).sid

    def _what_is_wrong_with_flow(self, studio: Studio, definition: Json) -> str | None:
        found = None if self._flow_sid is None else studio.read(self._flow_sid)
        if found is None:
            return "the Studio flow is gone"
        self._flow_url = found.url
        if not found.published or not is_as_written(definition, found.definition):
            return "the Studio flow is not the one that was published"
        return None

    def _see_to_number(self) -> None:
        """See that the number names the flow, or else the document."""
        now = self._targets.numbers.read(self._line)
        url, method = self._address(now)
        if (now.url, now.method) == (url, method):
            return
        if not self._targets.set_numbers:
            raise NotPublished(
                "the number's fallback address is another one: set it, or let Vigil set it"
            )
        self._targets.numbers.set(now.sid, url, method)

    def _address(self, now: FallsBack) -> tuple[str, str]:
        """What the number must name; where the flow can't be had, anything is better than nothing.

        A number that names something already is then left as it is.
        """
        if self._flow_url is not None:
            return self._flow_url, "POST"
        if self._place is None or (self._wanted.flow is not None and now.url):
            return now.url, now.method
        return f"{self._place.url}/{LADDER}", self._place.method


def _by_name(things: list[Any]) -> list[Any]:
    """Widgets in the order of their names; anything else as it is."""
    named = all(isinstance(one, Mapping) and "name" in one for one in things)
    return sorted(things, key=lambda one: str(one["name"])) if named else things


def folder_of(line: str, key: str) -> str:
    """The folder of a line in the web space: nobody can guess it, for it names people's phones."""
    return hmac.new(key.encode(), f"fallback/{line}".encode(), hashlib.sha256).hexdigest()[:32]


def wanted(fallback: Fallback, folder: str, place: Place | None, *, flows: bool) -> Wanted:
    """Everything that must be out there for a line."""
    named: dict[str, str] = {}
    if place is not None:
        named = documents(fallback, place)
        if flows:
            named = turn_documents(fallback, place) | named
    return Wanted(
        name=flow_name(fallback.line),
        documents={f"{folder}/{name}": text for name, text in named.items()},
        flow=flow(fallback, place) if flows else None,
    )


def is_as_written(written: object, found: object) -> bool:
    """Whether what Twilio has of a flow says all that was written, and nothing else of weight.

    It may have added values of its own, ordered the widgets anew, or made a number a text.
    """
    match written, found:
        case Mapping(), Mapping():
            return all(
                key in found and is_as_written(one, found[key]) for key, one in written.items()
            )
        case list(), list():
            pairs = zip(_by_name(written), _by_name(found), strict=False)
            return len(written) == len(found) and all(is_as_written(*pair) for pair in pairs)
        case _:
            return str(written) == str(found)
