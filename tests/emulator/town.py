"""A tiny product with webhooks, and a line, a caller and staff, for the emulator's own tests."""

import socket
import threading
from collections.abc import Callable, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from notifications.emulator import Account, CallHandle, Phone, PhoneNetwork

Form = Mapping[str, str]
Answer = str | Response | Callable[[Form], str | Response]

LINE = "+15035550160"
CALLER = "+15035550161"
ANA = "+15035550171"
BEN = "+15035550172"


class Product:
    """Answers webhooks from a table of TwiML and remembers every request, signed or not."""

    def __init__(self, account: Account) -> None:
        self.forget()
        self._validator = RequestValidator(account.auth_token)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        app = Starlette(routes=[Route("/{path:path}", self._handle, methods=["GET", "POST"])])
        self._server = uvicorn.Server(
            uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],), daemon=True
        )

    def forget(self) -> None:
        self.table: dict[str, Answer] = {}
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.tokens: list[str] = []
        self.unsigned: list[str] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)

    def on(self, path: str, answer: Answer) -> None:
        self.table[path] = answer

    def seen(self, path: str) -> list[dict[str, str]]:
        return [form for at, form in list(self.forms) if at == path]

    async def _handle(self, request: Request) -> Response:
        posted = await request.form()
        sent = posted if request.method == "POST" else request.query_params
        form = {name: str(value) for name, value in sent.items()}
        path = request.url.path
        signature = request.headers.get("X-Twilio-Signature", "")
        query = f"?{request.url.query}" if request.url.query else ""
        if not self._validator.validate(f"{self.url}{path}{query}", posted, signature):
            self.unsigned.append(path)
        self.forms.append((path, form))
        self.tokens.append(request.headers.get("I-Twilio-Idempotency-Token", ""))
        answer = self.table.get(path, "")
        if callable(answer) and not isinstance(answer, Response):
            answer = await run_in_threadpool(answer, form)
        return answer if isinstance(answer, Response) else twiml(answer)


def twiml(inside: str) -> Response:
    return Response(f"<Response>{inside}</Response>", media_type="application/xml")


class Town:
    """A line, a caller and two of the staff."""

    line, caller = LINE, CALLER

    def __init__(self, network: PhoneNetwork, product: Product, base_url: str) -> None:
        self.network = network
        self.product = product
        self.base_url = base_url
        self.twilio = network.number(
            LINE, voice_url=f"{product.url}/voice", sms_url=f"{product.url}/sms"
        )
        self.ana: Phone = network.phone(ANA, owner="Test Staff Ana")
        self.ben: Phone = network.phone(BEN, owner="Test Staff Ben")
        self.call: CallHandle

    def wait(self, met: Callable[[], bool], seconds: float = 8) -> None:
        assert self.network.exchange.clock.wait_in_thread(met, seconds), "waited in vain"

    def codes(self) -> list[int]:
        return [notice.code for notice in self.network.errors]
