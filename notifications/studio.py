"""Twilio's side of the fallback, by the real SDK: Studio flows, and where our numbers turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from notifications.published import NotPublished

MOST_FLOWS = 1000
"""How many flows of an account are looked through for one of ours."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PublishedFlow:
    """A flow as Twilio has it: `url` is what a number names to run it."""

    sid: str
    url: str
    definition: Mapping[str, Any]
    published: bool


@dataclass(frozen=True, slots=True)
class FallsBack:
    """What a number of ours does when our webhook fails."""

    sid: str
    url: str
    method: str


class Flows:
    """Creates, changes and reads Studio flows. Every method raises NotPublished."""

    def __init__(self, client: Client) -> None:
        self._flows = client.studio.v2.flows

    def find(self, name: str) -> str | None:
        """The flow of this name, if there is one: another node may have made it and died."""

        def look() -> str | None:
            found = self._flows.stream(limit=MOST_FLOWS)
            return next((str(flow.sid) for flow in found if flow.friendly_name == name), None)

        return _asked("Twilio Studio", look)

    def read(self, sid: str) -> PublishedFlow | None:
        """A flow as it is now; None when it is gone."""
        try:
            flow = _asked("Twilio Studio", lambda: self._flows(sid).fetch())
        except NotPublished as failure:
            if _status(failure) == 404:
                return None
            raise
        return _flow(flow)

    def create(self, name: str, definition: Mapping[str, Any]) -> PublishedFlow:
        """Publish a new flow."""
        return _flow(
            _asked(
                "Twilio Studio",
                lambda: self._flows.create(
                    friendly_name=name, status="published", definition=dict(definition)
                ),
            )
        )

    def change(self, sid: str, definition: Mapping[str, Any]) -> PublishedFlow:
        """Publish another definition of a flow."""
        return _flow(
            _asked(
                "Twilio Studio",
                lambda: self._flows(sid).update(status="published", definition=dict(definition)),
            )
        )


class Numbers:
    """Reads and sets what our numbers fall back to. Every method raises NotPublished."""

    def __init__(self, client: Client) -> None:
        self._numbers = client.incoming_phone_numbers

    def read(self, number: str) -> FallsBack:
        """What a number of ours falls back to now; an empty address where nothing is set."""
        found = _asked(
            "Twilio's list of our numbers",
            lambda: self._numbers.list(phone_number=number, limit=20),
        )
        for one in found:
            if one.phone_number == number:
                url, method = one.voice_fallback_url or "", one.voice_fallback_method or "POST"
                return FallsBack(str(one.sid), url, str(method))
        raise NotPublished("the number is not one of this Twilio account")

    def set(self, sid: str, url: str, method: str) -> None:
        """Let a number fall back to an address."""
        _asked(
            "Twilio's list of our numbers",
            lambda: self._numbers(sid).update(voice_fallback_url=url, voice_fallback_method=method),
        )


def _flow(flow: Any) -> PublishedFlow:
    return PublishedFlow(
        sid=str(flow.sid),
        url=str(flow.webhook_url),
        definition=flow.definition or {},
        published=str(flow.status) == "published",
    )


def _asked(where: str, ask: Callable[[], T]) -> T:
    """Ask Twilio. The failure is told without Twilio's own words: they may repeat a number."""
    try:
        return ask()
    except TwilioRestException as error:
        raise NotPublished(f"{where} answers {error.status} with code {error.code}") from error
    except TwilioException as error:  # so the SDK says that a list can't be had
        status = getattr(error.args[-1] if error.args else None, "status_code", "nothing usable")
        raise NotPublished(f"{where} answers {status}") from error
    except requests.RequestException as error:
        raise NotPublished(f"{where} can't be reached ({type(error).__name__})") from error


def _status(failure: NotPublished) -> int | None:
    cause = failure.__cause__
    return cause.status if isinstance(cause, TwilioRestException) else None
