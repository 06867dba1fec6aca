"""A small web server that answers as a test tells it to, and remembers what it was asked."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass
class Answer:
    """What the server answers; `wait` holds it back until the server is closed."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    wait: bool = False


@dataclass(frozen=True)
class Asked:
    """What somebody asked of the server."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Web:
    """The server; `answer` may be put in place of another at any time."""

    def __init__(self, answer: Callable[[Asked], Answer] | None = None) -> None:
        self.answer = answer or (lambda _: Answer())
        self.asked: list[str] = []
        self._closing = threading.Event()
        self._news = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def wait_until_asked(self, times: int, seconds: float = 20) -> None:
        """Wait until so many requests have come altogether."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.asked) >= times, seconds), self.asked

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with web._news:
                    web.asked.append(f"{self.command} {self.path}")
                    web._news.notify_all()
                said = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = web.answer(Asked(self.command, self.path, headers, said))
                if answer.wait:
                    web._closing.wait()
                    return
                body = answer.body.encode()
                self.send_response_only(answer.status)
                for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815  the library's name

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
