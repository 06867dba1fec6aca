"""Twilio's REST API, as much of it as the real SDK needs from us: who may ask, and what fails."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notifications.emulator import (
    rest_account,
    rest_calls,
    rest_flows,
    rest_messages,
    rest_numbers,
)
from notifications.emulator.exchange import Exchange
from notifications.emulator.faults import RestFault
from notifications.emulator.legs import API_VERSION
from notifications.emulator.messages import Refused
from notifications.emulator.resources import error

_ROOT = f"/{API_VERSION}/Accounts/{{account}}"
# How long a request hangs at most, in real seconds: longer than any sane client waits.
_HANGING = 60.0
Action = Callable[[Exchange, Request, FormData], JSONResponse]

_TABLE: list[tuple[str, str, str, Action]] = [
    ("Messages", "", "POST", rest_messages.create),
    ("Messages", "", "GET", rest_messages.find),
    ("Messages", "/{sid}", "GET", rest_messages.fetch),
    ("Calls", "", "POST", rest_calls.create),
    ("Calls", "", "GET", rest_calls.find),
    ("Calls", "/{sid}", "GET", rest_calls.fetch),
    ("Calls", "/{sid}", "POST", rest_calls.update),
    ("IncomingPhoneNumbers", "", "POST", rest_numbers.create),
    ("IncomingPhoneNumbers", "", "GET", rest_numbers.find),
    ("IncomingPhoneNumbers", "/{sid}", "GET", rest_numbers.fetch),
    ("IncomingPhoneNumbers", "/{sid}", "POST", rest_numbers.update),
]

_STUDIO: list[tuple[str, str, Action]] = [
    ("", "POST", rest_flows.create),
    ("", "GET", rest_flows.find),
    ("/{sid}", "GET", rest_flows.fetch),
    ("/{sid}", "POST", rest_flows.update),
]
"""Studio has a host of its own at Twilio, and paths without the account."""

_READING: list[tuple[str, str, Action]] = [
    ("Accounts", f"{_ROOT}.json", rest_account.fetch),
    ("Services", "/v1/Services", rest_account.services),
    ("Services", "/v1/Services/{sid}/PhoneNumbers", rest_account.senders),
    ("Services", "/v1/Services/{sid}/Compliance/Usa2p", rest_account.campaigns),
    ("Verifications", "/v1/Tollfree/Verifications", rest_account.verifications),
]
"""What is only read. Messaging has a host of its own at Twilio, and paths without the account."""


class Rest:
    """The API of one account, over HTTP basic authentication."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[Route]:
        """The routes, in Twilio's own paths."""
        routes = [
            Route(f"{_ROOT}/{name}{rest}.json", self._guard(name, action), methods=[method])
            for name, rest, method, action in _TABLE
        ] + [
            Route(path, self._guard(name, action), methods=["GET"])
            for name, path, action in _READING
        ]
        return routes + [
            Route(f"/v2/Flows{rest}", self._guard("Flows", action), methods=[method])
            for rest, method, action in _STUDIO
        ]

    def _guard(self, name: str, action: Action) -> Callable[[Request], Awaitable[Response]]:
        """Authentication first, then the faults that were asked for, then the action."""

        async def handle(request: Request) -> Response:
            if not is_ours(self._exchange, request):
                return error(401, 20003, "Authenticate")
            form = await request.form()
            fault = self._exchange.faults.rest_fault(name)
            if fault is not None and not fault.after_doing:
                return await self._fail(fault)
            try:
                response = action(self._exchange, request, form)
            except Refused as refused:
                response = error(refused.status, refused.code, str(refused))
            return response if fault is None else await self._fail(fault)

        return handle

    async def _fail(self, fault: RestFault) -> Response:
        if fault.hangs:
            clock = self._exchange.clock
            await clock.until(lambda: self._exchange.stopping, _HANGING * clock.speed)
        return error(fault.status, fault.code, fault.message)


def is_ours(exchange: Exchange, request: Request) -> bool:
    """Whether a request bears the account's credentials, and its path names no other account."""
    account = exchange.account
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True)
    except binascii.Error:
        return False
    expected = f"{account.sid}:{account.auth_token}".encode()
    ours = request.path_params.get("account", account.sid) == account.sid
    return scheme.lower() == "basic" and ours and hmac.compare_digest(given, expected)
