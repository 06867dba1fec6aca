"""A hospital's interface at its end of the line, and a listener of ours in a thread of its own."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dispatch.mllp import Mllp
from dispatch.mllp_port import Port
from dispatch.unit_of_work import UnitsOfWork

CERTIFICATES = Path(__file__).parent / "certificates"
OURS = CERTIFICATES / "vigil.pem"

PORT = Port("127.0.0.1", 0, most=600, idle_seconds=60, message_seconds=60)


class Line:
    """An open line to an MLLP port; also a context manager."""

    def __init__(
        self, port: int, *, trusts: Path | None = None, certificate: Path | None = None
    ) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        if trusts is not None:
            context = ssl.create_default_context(cafile=trusts)
            if certificate is not None:
                context.load_cert_chain(certificate)
            self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
        self._come = b""

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def send(self, raw: bytes) -> None:
        """Send a message in its frame."""
        self.put(b"\x0b" + raw + b"\x1c\r")

    def answer(self) -> bytes | None:
        """The next answer, without its frame; None where the line was closed instead."""
        while b"\x1c\r" not in self._come:
            try:
                data = self._socket.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._come += data
        one, _, self._come = self._come.partition(b"\x1c\r")
        return one.removeprefix(b"\x0b")

    def ask(self, raw: bytes) -> bytes | None:
        """Send a message, and return its answer."""
        self.send(raw)
        return self.answer()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


@contextmanager
def listening(units: UnitsOfWork, **port: object) -> Iterator[int]:
    """A listener of ours; its port."""
    loop = asyncio.new_event_loop()
    mllp = Mllp(replace(PORT, **port), units)  # type: ignore[arg-type]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(mllp.start(), loop).result(20)
        yield mllp.port
    finally:
        asyncio.run_coroutine_threadsafe(mllp.stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()
