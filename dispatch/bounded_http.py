"""How HTTP is read: by httptools, which sets no bound of its own to what is not body."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_BYTES_BESIDES_BODY = 64 * 1024
"""What a request may have besides its body: its line, headers, trailers, the sizes of chunks."""


class BoundedHttp(HttpToolsProtocol):
    """Cuts off whoever sends headers without end. Bodies are bounded by `dispatch.api.guards`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count."""
        self._besides_body = 0
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Read what has come, or hang up when it is too much."""
        self._besides_body += len(data)
        super().data_received(data)
        if self._besides_body > MAX_BYTES_BESIDES_BODY and not self.transport.is_closing():
            self.send_400_response(f"More than {MAX_BYTES_BESIDES_BODY} bytes besides the body.")

    def on_message_begin(self) -> None:
        """Begin to count anew."""
        self._besides_body = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Leave the body out of the count."""
        self._besides_body = max(0, self._besides_body - len(body))
        super().on_body(body)
