"""Publishes the fallback of every line outside of our host, and sees that it is still there.

Every node does this at its beat; a row per line lets one of them do it at a time. A look at a line:
1. work out what must be there now;
2. put it there, unless it is what was put there last;
3. read all of it back as Twilio would, and put it there again where it is not what it should be;
4. see that the number names it;
5. write down what came of it. A failure is tried again with growing pauses, and told as a trouble.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from dispatch.commands import fallbacks
from dispatch.commands.fallbacks import Job, Outcome
from dispatch.fallback import Fallback
from dispatch.fallback_flow import flow, flow_name, turn_documents
from dispatch.fallback_twiml import LADDER, Place, documents
from dispatch.settings import Settings
from dispatch.troubles import About, Troubles
from dispatch.unit_of_work import UnitsOfWork
from notifications.published import NotPublished
from notifications.studio import FallsBack, Flows, Numbers, PublishedFlow
from notifications.twilio import Twilio
from notifications.web_space import WebSpace

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


def targets_of(settings: Settings, twilio: Twilio) -> Targets | None:
    """Where this installation publishes; None where nothing is set."""
    if settings.fallback_put_url is None and not settings.fallback_studio:
        return None
    space = None
    if settings.fallback_put_url is not None:
        space = WebSpace(
            settings.fallback_put_url,
            public_url=settings.fallback_public_url,
            token=settings.fallback_put_token,
            headers=settings.fallback_put_headers,
            method=settings.fallback_method,
        )
    return Targets(
        numbers=Numbers(twilio.client),
        space=space,
        studio=Flows(twilio.client) if settings.fallback_studio else None,
        set_numbers=settings.fallback_set_numbers,
    )


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


class Publisher:
    """One node's share of publishing. `key` is the installation's: paths are made of it."""

    def __init__(
        self, unit_of_work: UnitsOfWork, targets: Targets, key: str, troubles: Troubles
    ) -> None:
        self._unit_of_work = unit_of_work
        self._targets = targets
        self._key = key
        self._troubles = troubles
        self._kept: int | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Begin no further line."""
        self._stopping.set()

    def beat(self) -> None:
        """See to every line whose turn has come, and tell what is wrong with any."""
        try:
            while not self._stopping.is_set() and self._see_to_one():
                pass
        except SQLAlchemyError as error:  # the database is away: the next beat tries again
            log.warning("fallback_not_looked_at", error=type(error).__name__)

    def _see_to_one(self) -> bool:
        with self._unit_of_work() as work:
            if self._kept != work.directory.version:
                fallbacks.keep_lines(work)
            job = fallbacks.take_one(work)
            told = fallbacks.trouble(work) if job is None else None
        self._kept = work.directory.version
        if job is None:
            if told is None:
                self._troubles.end(About.FALLBACK)
            else:
                self._troubles.begin(About.FALLBACK, *told)
            return False
        outcome = Visit(job, self._targets, self._key).outcome()
        if outcome.problem is not None:
            log.warning("fallback_wrong", where=job.fallback.line, error=outcome.problem)
        with self._unit_of_work() as work:
            fallbacks.settle(work, job, outcome)
        return True


class Visit:
    """One look at one line, outside of any transaction."""

    def __init__(self, job: Job, targets: Targets, key: str) -> None:
        self._job = job
        self._targets = targets
        self._published = job.published
        self._flow_sid = job.flow_sid
        folder = folder_of(job.fallback.line, key)
        space = targets.space
        self._place = None if space is None else Place(space.url(folder), space.method)
        self._wanted = wanted(job.fallback, folder, self._place, flows=targets.studio is not None)

    def outcome(self) -> Outcome:
        """Publish, check, mend; says what came of it."""
        problem: str | None = None
        try:
            self._publish_and_check()
        except NotPublished as failure:
            problem = str(failure)
        except Exception as error:  # noqa: BLE001  a bug here must not leave the line unwatched
            log.error("fallback_failed", where=self._job.fallback.line, error=type(error).__name__)
            problem = f"it could not be published ({type(error).__name__})"
        return Outcome(self._published, self._flow_sid, problem)

    def _publish_and_check(self) -> None:
        fresh = self._published != self._wanted.digest
        if fresh:
            self._publish()
        wrong = self._what_is_wrong()
        if wrong is not None and not fresh:
            log.warning("fallback_put_right", where=self._job.fallback.line, error=wrong)
            self._publish()
            wrong = self._what_is_wrong()
        if wrong is not None:
            raise NotPublished(wrong)

    def _publish(self) -> None:
        """Put everything there; the documents first, since the flow and the number name them."""
        for path, text in self._wanted.documents.items():
            if self._targets.space is not None:
                self._targets.space.put(path, text)
        if self._targets.studio is not None and self._wanted.flow is not None:
            self._publish_flow(self._targets.studio, self._wanted.flow)
        self._published = self._wanted.digest

    def _publish_flow(self, studio: Studio, definition: Json) -> None:
        sid = self._flow_sid
        if sid is None or studio.read(sid) is None:
            sid = studio.find(self._wanted.name)
        if sid is None:
            self._flow_sid = studio.create(self._wanted.name, definition).sid
        else:
            self._flow_sid = studio.change(sid, definition).sid

    def _what_is_wrong(self) -> str | None:
        """What is not as it should be; the number is set on the way, where that is allowed."""
        space, studio = self._targets.space, self._targets.studio
        if space is not None and (wrong := self._wrong_document(space)) is not None:
            return wrong
        url, method = self._address(), self._place.method if self._place else "POST"
        if studio is not None and self._wanted.flow is not None:
            found = None if self._flow_sid is None else studio.read(self._flow_sid)
            if found is None:
                return "the Studio flow is gone"
            if not found.published or not is_as_written(self._wanted.flow, found.definition):
                return "the Studio flow is not the one that was published"
            url, method = found.url, "POST"
        return self._number(url, method)

    def _wrong_document(self, space: Space) -> str | None:
        """What is wrong with any document. One that can't be read may only have to be put again."""
        for path, text in self._wanted.documents.items():
            try:
                if space.read(path).strip() != text.strip():
                    return "a document in the web space is not the one that was put there"
            except NotPublished as failure:
                return str(failure)
        return None

    def _address(self) -> str:
        return f"{self._place.url}/{LADDER}" if self._place else ""

    def _number(self, url: str, method: str) -> str | None:
        """See that the number falls back to an address."""
        line, numbers = self._job.fallback.line, self._targets.numbers
        now = numbers.read(line)
        if (now.url, now.method) == (url, method):
            return None
        if not self._targets.set_numbers:
            return "the number's fallback address is another one: set it, or let Vigil set it"
        numbers.set(now.sid, url, method)
        return None


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
