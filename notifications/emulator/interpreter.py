"""Runs TwiML on a leg: fetches documents, performs verbs, falls back when a webhook fails."""

from typing import assert_never
from urllib.parse import urljoin

from notifications.emulator.dialing import Dialing
from notifications.emulator.exchange import Exchange
from notifications.emulator.legs import (
    CallStatus,
    Direction,
    Fetch,
    Happening,
    Leg,
    LegOver,
    Redirected,
    Source,
)
from notifications.emulator.records import Level
from notifications.emulator.twiml import UNKNOWN_MARKUP, BadMarkup, parse
from notifications.emulator.verbs import (
    Dial,
    Document,
    Gather,
    Hangup,
    Message,
    Pause,
    Play,
    Prompt,
    Redirect,
    Reject,
    Say,
    Verb,
)
from notifications.emulator.webhooks import WebhookFailed

DIAL_FROM_DIAL = 13201
BAD_CONTENT_TYPE = 12300
APPLICATION_ERROR = "We are sorry. An application error has occurred. Goodbye."
_MARKUP_TYPES = ("text/xml", "application/xml", "text/html")
# A calm voice says about this many characters in a second; a sound file is taken to last 5 s.
_CHARACTERS_PER_SECOND = 15.0
_SOUND_SECONDS = 5.0


class Interpreter:
    """Runs documents on legs; ``screening`` is for the document that a Dial's callee hears."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def run(self, leg: Leg, source: Source | None, *, screening: bool = False) -> None:
        """Run from ``source`` until the last document has nothing left to do.

        Raises LegOver when the leg ends meanwhile. A REST redirect is followed, but a screening
        document is left with Redirected, because the leg then leaves its Dial.
        """
        while source is not None:
            try:
                document = await self._document(leg, source)
                source = await self._perform_all(leg, document, screening=screening)
            except Redirected:
                if screening:
                    raise
                source, leg.redirect = leg.redirect, None
                leg.note(Happening.REDIRECTED)

    async def request(self, leg: Leg, fetch: Fetch) -> Document:
        """Ask for a document, then the fallback with what went wrong.

        Raises WebhookFailed when neither gives a usable one.
        """
        try:
            return await self._ask(leg, fetch)
        except WebhookFailed as failure:
            if leg.fallback is None:
                raise
            said = {"ErrorCode": str(failure.code), "ErrorUrl": failure.url}
            fallback = leg.fallback
            return await self._ask(leg, Fetch(fallback.url, fallback.method, fetch.extra | said))

    async def _document(self, leg: Leg, source: Source) -> Document:
        if isinstance(source, Document):
            return source
        try:
            document = await self.request(leg, source)
        except WebhookFailed:
            leg.check()
            leg.hear(APPLICATION_ERROR)
            leg.end(CallStatus.FAILED if leg.answered_at is None else CallStatus.COMPLETED)
            raise LegOver from None
        leg.check()
        return document

    async def _ask(self, leg: Leg, fetch: Fetch) -> Document:
        leg.note(Happening.ASKS, fetch.url)
        parameters = leg.parameters() | fetch.extra
        try:
            answer = await self._exchange.webhooks.ask(
                fetch.url, fetch.method, parameters, repeats=self._exchange.faults.webhook_repeats
            )
            kind = answer.content_type.partition(";")[0].strip().lower()
            if answer.body and kind not in _MARKUP_TYPES:
                raise WebhookFailed(
                    BAD_CONTENT_TYPE, fetch.url, f"Invalid Content-Type: {kind or 'none'}"
                )
            document = parse(answer.body, answer.url)
        except BadMarkup as error:
            failure = WebhookFailed(error.code, answer.url, str(error))
            self._failed(leg, failure)
            raise failure from error
        except WebhookFailed as failure:
            self._failed(leg, failure)
            raise
        for warning in document.warnings:
            self._exchange.notice(UNKNOWN_MARKUP, Level.WARNING, leg.sid, warning, answer.url)
        return document

    def _failed(self, leg: Leg, failure: WebhookFailed) -> None:
        self._exchange.webhook_failed(failure, leg.sid)
        leg.note(Happening.ERROR, f"{failure.code}: {failure}")

    async def _perform_all(self, leg: Leg, document: Document, *, screening: bool) -> Fetch | None:
        for verb in document.verbs:
            leg.check()
            onward = await self._perform(leg, verb, document.url, screening=screening)
            if onward is not None:
                return onward
        leg.check()
        return None

    async def _perform(self, leg: Leg, verb: Verb, base: str, *, screening: bool) -> Fetch | None:
        """Perform one verb; the document to go on with, or None for the next verb."""
        match verb:
            case Say() | Play():
                leg.answer()
                await self._prompt(leg, verb)
            case Pause():
                # As a first verb it delays answering, so it does not answer.
                await self._prompt(leg, verb)
            case Gather():
                leg.answer()
                return await self._gather(leg, verb, base)
            case Dial():
                if screening:
                    self._exchange.notice(
                        DIAL_FROM_DIAL, Level.ERROR, leg.sid, "Dial: cannot Dial out from a Dial"
                    )
                    leg.end(why="a screening document may not Dial")
                    raise LegOver
                return await Dialing(self._exchange, self, leg, verb, base).run()
            case Redirect():
                return Fetch(urljoin(base, verb.url), verb.method)
            case Hangup():
                leg.end(why="the document hung up")
                raise LegOver
            case Reject():
                leg.note(Happening.REJECTED, verb.reason)
                refused = leg.direction is Direction.INBOUND and leg.answered_at is None
                busy = CallStatus.BUSY if verb.reason == "busy" else CallStatus.NO_ANSWER
                leg.end(busy if refused else CallStatus.COMPLETED)
                raise LegOver
            case Message():
                return None
            case _:
                assert_never(verb)
        return None

    async def _prompt(self, leg: Leg, prompt: Prompt) -> None:
        """Let the leg hear it, or be silent, until it is over or a key ends it."""
        match prompt:
            case Say():
                leg.hear(prompt.text, prompt.language)
                leg.note(Happening.SAYS, prompt.text)
                once = max(1.0, len(prompt.text) / _CHARACTERS_PER_SECOND)
                seconds: float | None = once * prompt.loop if prompt.loop else None
            case Play():
                leg.hear(f"[plays {prompt.url}]")
                leg.note(Happening.PLAYS, prompt.url)
                seconds = _SOUND_SECONDS * prompt.loop if prompt.loop else None
            case Pause():
                leg.note(Happening.PAUSES, f"{prompt.length:g} s")
                seconds = prompt.length
            case _:
                assert_never(prompt)
        await leg.wait(seconds, lambda: leg.gathering and leg.keys != "")

    async def _gather(self, leg: Leg, verb: Gather, base: str) -> Fetch | None:
        leg.keys = ""
        leg.gathering = True
        leg.gathers += 1
        leg.note(Happening.GATHERS)
        try:
            for prompt in verb.prompts:
                await self._prompt(leg, prompt)
                if leg.keys:
                    break
            digits = await self._collect(leg, verb)
        finally:
            leg.gathering = False
        if not digits and not verb.action_on_empty:
            return None
        return Fetch(urljoin(base, verb.action), verb.method, {"Digits": digits})

    async def _collect(self, leg: Leg, verb: Gather) -> str:
        """The keys, once there are enough of them, the finish key came, or time ran out."""
        while True:
            digits, finished = leg.keys, False
            if verb.finish_on_key:
                digits, end, _ = leg.keys.partition(verb.finish_on_key)
                finished = end != ""
            if verb.num_digits and len(digits) >= verb.num_digits:
                return digits[: verb.num_digits]
            if finished or not await _another_key(leg, verb.timeout):
                return digits


async def _another_key(leg: Leg, seconds: float) -> bool:
    count = len(leg.keys)
    return await leg.wait(seconds, lambda: len(leg.keys) > count)
