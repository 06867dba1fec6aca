"""What the phone bank page talks to: the state of every phone, and what its owner can do."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from notifications.emulator.calls import dial_in
from notifications.emulator.exchange import Exchange
from notifications.emulator.legs import Direction, Leg, LegState
from notifications.emulator.messages import receive
from notifications.emulator.phones import Phone, PhoneBusy, PhoneKind

Json = dict[str, Any]
WITHHELD = "anonymous"
# A person reads a few captions and the newest calls; the rest is in the network's own lists.
_CAPTIONS = 6
_CALLS_SHOWN = 30
_MESSAGES_SHOWN = 30
# Several changes at once make one push, at most twenty pushes in a real second.
_PUSH_EVERY = 0.05


class Bank:
    """The phone bank's API over one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[Route | WebSocketRoute]:
        """The state, its live push, and the commands."""
        return [
            Route("/bank/state", self._show, methods=["GET"]),
            Route("/bank/phones/{number}/{command}", self._command, methods=["POST"]),
            WebSocketRoute("/bank/ws", self._push),
        ]

    def state(self) -> Json:
        """Everything the page shows."""
        exchange = self._exchange
        recent = list(exchange.legs)[-_CALLS_SHOWN:]
        return {
            "phones": [self._phone(phone) for phone in list(exchange.phones.values())],
            "calls": [self._call(leg) for leg in recent],
        }

    def _phone(self, phone: Phone) -> Json:
        legs = phone.legs
        leg = legs[-1] if legs else None
        state, ringing_from, talking_with = _what_it_does(leg)
        return {
            "number": phone.number,
            "owner": phone.owner,
            "kind": phone.kind.value,
            "state": state,
            "ringing_from": ringing_from,
            "talking_with": talking_with,
            "hears": [] if leg is None else [str(text) for text in leg.heard[-_CAPTIONS:]],
            "mode": phone.mode,
            "inbox": [
                {"from": sms.from_, "to": sms.to, "body": sms.body, "at": sms.at}
                for sms in phone.inbox[-_MESSAGES_SHOWN:]
            ],
        }

    def _call(self, leg: Leg) -> Json:
        return {
            "sid": leg.sid,
            "parent": None if leg.parent is None else leg.parent.sid,
            "from": leg.from_,
            "to": leg.to,
            "direction": leg.direction.value,
            "status": leg.status.value,
            "state": leg.state.value,
            "bridged_with": leg.bridged_with,
            "transcript": [
                {"at": round(moment.at, 1), "what": moment.what.value, "detail": moment.detail}
                for moment in leg.transcript
            ],
        }

    async def _show(self, _: Request) -> JSONResponse:
        return JSONResponse(self.state())

    async def _command(self, request: Request) -> JSONResponse:
        number, command = request.path_params["number"], request.path_params["command"]
        phone = self._exchange.phones.get(number)
        if phone is None:
            return _refuse(404, f"There is no phone {number}.")
        if command not in _COMMANDS:
            known = ", ".join(sorted(_COMMANDS))
            return _refuse(422, f"A phone cannot {command}; it can {known}.")
        try:
            self._commands(phone, _object(await request.body()))[command]()
        except PhoneBusy as busy:
            return _refuse(409, str(busy))
        except ValueError as wrong:
            return _refuse(422, str(wrong))
        return JSONResponse(self._phone(phone))

    def _commands(self, phone: Phone, body: dict[str, object]) -> dict[str, Callable[[], object]]:
        exchange = self._exchange

        def call() -> None:
            if phone.legs:
                raise PhoneBusy(f"{phone.label} is on a call already.")
            if phone.kind is PhoneKind.LINE:
                raise PhoneBusy(f"{phone.label} is a line; it does not call by itself.")
            shown_as = WITHHELD if body.get("withheld") is True else ""
            dial_in(exchange, phone.number, _text(body, "to"), shown_as)

        return {
            "call": call,
            "answer": phone.answer,
            "decline": phone.decline,
            "voicemail": phone.to_voicemail,
            "speak": lambda: phone.speak(_text(body, "words") if "words" in body else "Hello."),
            "hang-up": phone.hang_up,
            "press": lambda: phone.press(_keys(body)),
            "text": lambda: receive(exchange, phone.number, _text(body, "to"), _text(body, "body")),
        }

    async def _push(self, socket: WebSocket) -> None:
        """Send the whole state at once and after every change, until either side leaves."""
        await socket.accept()
        tasks = {
            asyncio.ensure_future(self._send_changes(socket)),
            asyncio.ensure_future(_until_gone(socket)),
        }
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_changes(self, socket: WebSocket) -> None:
        exchange = self._exchange
        clock = exchange.clock
        while not exchange.stopping:
            shown = clock.version
            await socket.send_json(self.state())
            await clock.until(lambda: exchange.stopping, _PUSH_EVERY * clock.speed)
            await self._change_after(shown)
        await socket.close()

    async def _change_after(self, shown: int) -> None:
        exchange = self._exchange
        await exchange.clock.until(lambda: exchange.stopping or exchange.clock.version != shown)


_COMMANDS = frozenset(
    {"call", "answer", "decline", "voicemail", "hang-up", "press", "speak", "text"}
)


async def _until_gone(socket: WebSocket) -> None:
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return


def _what_it_does(leg: Leg | None) -> tuple[str, str | None, str | None]:
    """The phone's state, who rings it, and whom its owner talks with."""
    if leg is None:
        return "idle", None, None
    if leg.state is LegState.RINGING and leg.direction is not Direction.INBOUND:
        return "ringing", leg.from_, None
    if others := leg.together_with:
        return "talking", None, ", ".join(others)
    return "answered", None, None


def _object(raw: bytes) -> dict[str, object]:
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise ValueError("Send a JSON object.") from error
    if not isinstance(body, dict):
        raise ValueError("Send a JSON object.")
    return body


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name!r} must be a text that is not empty.")
    return value


def _keys(body: dict[str, object]) -> str:
    digits = _text(body, "digits")
    if set(digits) - set("0123456789*#"):
        raise ValueError("'digits' may hold 0 to 9, * and #.")
    return digits


def _refuse(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status)
