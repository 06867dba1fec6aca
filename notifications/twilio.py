"""Our one door to Twilio: the real SDK, with short patience, and the signature of its webhooks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

REST_TIMEOUT_SECONDS = 5
"""The SDK's own default is to wait for ever."""

RING_SECONDS = 40
"""How long a phone rings for a call that says a code, or for one that was asked for."""


_PROGRESS = ["initiated", "ringing", "answered", "completed"]
PAGE_RING_SECONDS = 25
"""How long a phone rings for a page: most voicemails pick up later."""

FINAL_OF_SMS = frozenset({"delivered", "undelivered", "failed", "unreported"})
FINAL_OF_CALLS = frozenset({"completed", "busy", "no-answer", "failed", "canceled", "unreported"})
"""Twilio's words for the end of an SMS and of a call, and ours where it never said one."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a sending: Twilio's word for it, and its error code, if there was an error."""

    status: str
    code: int | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self.status in FINAL_OF_SMS | FINAL_OF_CALLS


class SendFailed(Exception):  # noqa: N818  it reads as what happened
    """Twilio did not take it. `code` is Twilio's; both are None when the network was silent."""

    def __init__(self, text: str, code: int | None = None, http_status: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.http_status = http_status


class Twilio:
    """Sends, hangs up, and checks signatures for one account."""

    def __init__(
        self, account_sid: str, auth_tokens: Sequence[str], api_url: str | None = None
    ) -> None:
        self._client = Client(
            account_sid,
            auth_tokens[0],
            http_client=TwilioHttpClient(timeout=REST_TIMEOUT_SECONDS),
            environment={},  # else it would silently read TWILIO_REGION and TWILIO_EDGE
        )
        if api_url is not None:
            self._client.api.base_url = api_url
            self._client.studio.base_url = api_url
        self._validators = [RequestValidator(token) for token in auth_tokens]

    @property
    def client(self) -> Client:
        """The SDK's client, with our short patience: for what no caller waits for."""
        return self._client

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        """Send an SMS and return Twilio's name for it. Raises SendFailed.

        Twilio may hold it in its queue for `validity` seconds, 1 to 14,400, and then drops it.
        """
        message = self._do(
            lambda: self._client.messages.create(
                to=to,
                from_=from_,
                body=body,
                status_callback=status_callback,
                validity_period=validity,
            )
        )
        return str(message.sid)

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        """Ring a phone, read a document out, and return the call's name. Raises SendFailed."""
        call = self._do(
            lambda: self._client.calls.create(to=to, from_=from_, twiml=twiml, timeout=RING_SECONDS)
        )
        return str(call.sid)

    def page_by_voice(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        """Ring a phone for a page, ask `url` for what it hears; the call's name. Raises SendFailed.

        `status_callback` hears how it ended.
        """
        call = self._do(
            lambda: self._client.calls.create(
                to=to,
                from_=from_,
                url=url,
                timeout=PAGE_RING_SECONDS,
                status_callback=status_callback,
                status_callback_event=["completed"],
            )
        )
        return str(call.sid)

    def ring_back(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        """Ring a phone, ask `url` what it is to hear, and return the call's name.

        Every step of the call is told to `status_callback`. Raises SendFailed.
        """
        call = self._do(
            lambda: self._client.calls.create(
                to=to,
                from_=from_,
                url=url,
                timeout=RING_SECONDS,
                status_callback=status_callback,
                status_callback_event=["initiated", "ringing", "answered", "completed"],
            )
        )
        return str(call.sid)

    def fate_of_sms(self, sid: str) -> Fate:
        """What became of an SMS. Raises SendFailed."""
        message = self._do(lambda: self._client.messages(sid).fetch())
        return Fate(str(message.status), message.error_code or None)

    def fate_of_call(self, sid: str) -> Fate:
        """What became of a call. Raises SendFailed."""
        call = self._do(lambda: self._client.calls(sid).fetch())
        return Fate(str(call.status))

    def hang_up(self, call_sid: str) -> None:
        """End one leg of a call. Raises SendFailed; a leg that is over already is no failure."""
        try:
            self._do(lambda: self._client.calls(call_sid).update(status="completed"))
        except SendFailed as failed:
            if failed.http_status not in (400, 404):
                raise

    def redirect(self, call_sid: str, twiml: str) -> None:
        """Give a running leg another document. Raises SendFailed."""
        self._do(lambda: self._client.calls(call_sid).update(twiml=twiml))

    def call_with_progress(
        self, *, to: str, from_: str, twiml: str, status_callback: str, timeout: int
    ) -> str:
        """Ring a phone for `timeout` seconds, hear how it goes, and run a document when answered.

        Returns the call's name. Raises SendFailed.
        """
        call = self._do(
            lambda: self._client.calls.create(
                to=to,
                from_=from_,
                twiml=twiml,
                status_callback=status_callback,
                status_callback_event=_PROGRESS,
                timeout=timeout,
            )
        )
        return str(call.sid)

    def add_to_room(
        self, *, room: str, to: str, from_: str, label: str, status_callback: str, timeout: int
    ) -> str:
        """Ring a phone into a conference, by the conference's own name. Raises SendFailed.

        Nobody in the room hears the ringing: a voice before the answer is nobody's yet.
        """
        one = self._do(
            lambda: self._client.conferences(room).participants.create(
                to=to,
                from_=from_,
                label=label,
                early_media=False,
                beep="false",
                end_conference_on_exit=False,
                status_callback=status_callback,
                status_callback_event=_PROGRESS,
                timeout=timeout,
            )
        )
        return str(one.call_sid)

    def ends_with(self, *, room_sid: str, call_sid: str, ends: bool) -> None:
        """Say whether a conference ends when this leg leaves it. Raises SendFailed.

        Whoever has left already can't end it any more (404): that is news, not least to those who
        wait for the room's end. Where it is only to go on without them, it is no failure.
        """
        try:
            people = self._client.conferences(room_sid).participants(call_sid)
            self._do(lambda: people.update(end_conference_on_exit=ends))
        except SendFailed as failed:
            if ends or failed.http_status not in (400, 404):
                raise

    def _do(self, ask: Callable[[], Any]) -> Any:
        """What Twilio answers. Raises SendFailed, whatever the SDK or the network raises."""
        try:
            return ask()
        except (TwilioException, requests.RequestException) as error:
            raise _failed(error) from error

    def is_signed(self, url: str, form: object, signature: str | None) -> bool:
        """Whether a request to `url` with these form values bears Twilio's signature.

        Both the primary and the secondary token count, so that they can be renewed while calls
        run. The SDK raises on a missing header: that is an unsigned request.
        """
        if not signature:
            return False
        return any(_validates(one, url, form, signature) for one in self._validators)


def _validates(validator: RequestValidator, url: str, form: object, signature: str) -> bool:
    try:
        return bool(validator.validate(url, form, signature))
    except (TypeError, ValueError, AttributeError, KeyError):
        return False


def _failed(error: Exception) -> SendFailed:
    """The failure without Twilio's own words: they may repeat a phone number."""
    if isinstance(error, TwilioRestException):
        return SendFailed(
            f"Twilio answered {error.status} with code {error.code}", error.code, error.status
        )
    return SendFailed(f"Twilio could not be reached ({type(error).__name__})")


def form_values(items: Iterable[tuple[str, object]]) -> Mapping[str, str]:
    """The plain text values of a form; the first one where a name comes twice, no files.

    Without NUL characters: PostgreSQL can't hold them, and a text must not be lost for one.
    """
    values: dict[str, str] = {}
    for name, value in items:
        if isinstance(value, str):
            values.setdefault(name, value.replace("\x00", ""))
    return values
