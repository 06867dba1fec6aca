"""One public address in front of several nodes, as a load balancer gives them in production."""

import asyncio
import socket
import threading
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


class Balancer:
    """Passes connections on to its nodes in turn; one that does not answer is left out."""

    def __init__(self, port: int) -> None:
        self.nodes: list[int] = []
        """The ports of the nodes; may be changed while it runs."""
        self._listener = socket.create_server((HOST, port))
        self._turn = count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="balancer", daemon=True)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut every connection and stop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._pass_on, sock=self._listener)
        )
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _pass_on(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        nodes, first = list(self.nodes), next(self._turn)
        for step in range(len(nodes)):
            with suppress(OSError):
                node, to_node = await asyncio.open_connection(
                    HOST, nodes[(first + step) % len(nodes)]
                )
                await asyncio.gather(_pump(client, to_node), _pump(node, to_client))
                return
        to_client.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Whoever stops, or dies, ends the connection for both."""
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
