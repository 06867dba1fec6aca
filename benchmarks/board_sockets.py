"""One change to a thousand open boards, beside a bare WebSocket broadcast of the same bytes.

    python benchmarks/board_sockets.py [--boards 1000] [--changes 10] [--compressed]

`vigil serve` with its own PostgreSQL and as many open boards. A crisis is reported; the clock
starts when its transaction begins to commit, and stops for each board when the change has arrived
there. Beside it, a bare `websockets` server tells the same bytes to as many connections by
`broadcast()`; there the clock starts when it is told to. The client that listens is the same, in a
process of its own: it reads sockets and nothing else. `--compressed` asks for compression, as
browsers do.
"""

import argparse
import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from several_nodes import HOST, InstantTwilio, Service, free_port, p99, service
from webhook_latency import wait_for

from dispatch.access import Role

AT_ONCE = 20
"""Boards that are being opened at the same time."""

SETTLED_SECONDS = 1.0
"""How long nothing is asked for after all boards are open."""

LONGEST_SECONDS = 30
"""How long a change is listened for at most."""

CHANGE = b'"type":"change"'
"""What tells a change from a heartbeat, unless they are compressed."""

BARE = """
import asyncio, sys
from websockets.asyncio.server import broadcast, serve
compression = "deflate" if sys.argv[3] == "compressed" else None
async def main():
    everybody, words = set(), open(sys.argv[2]).read()
    async def one(socket):
        if socket.request.path == "/tell":
            async for _ in socket:
                broadcast(everybody, words)
            return
        everybody.add(socket)
        await socket.wait_closed()
    async with serve(one, "127.0.0.1", int(sys.argv[1]), compression=compression, max_queue=None,
                     ping_interval=None):
        await asyncio.Future()
asyncio.run(main())
"""


PING, PONG, MASKED = 0x89, 0x8A, 0x80
"""The first byte of these frames, and the bit of the second that every frame of a client sets."""


class Board(asyncio.Protocol):
    """An open board that only notes when something arrives."""

    def __init__(self, request: bytes, wanted: bytes, *, snapshot: bool) -> None:
        self._request, self._wanted, self._snapshot = request, wanted, snapshot
        self._upgraded = False
        self.open = asyncio.get_running_loop().create_future()
        self.arrived: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Something has come: the answer to the upgrade, a ping, a snapshot, a change."""
        if self._upgraded and data[0] == PING:
            length = data[1]
            payload, data = data[2 : 2 + length], data[2 + length :]
            self.transport.write(bytes([PONG, MASKED | length, 0, 0, 0, 0]) + payload)
            if not data:
                return
        if not self._upgraded:
            if not data.startswith(b"HTTP/1.1 101"):
                raise SystemExit(f"no board was opened: {data[:60]!r}")
            self._upgraded = True
            if not self._snapshot:
                self.open.set_result(None)
        elif not self.open.done():
            self.open.set_result(None)
        elif self._wanted in data:
            self.arrived.append(time.perf_counter())

    def after(self, since: float) -> float | None:
        """Seconds from then until the next arrival."""
        return next((at - since for at in self.arrived if at >= since), None)

    def connection_lost(self, _: Exception | None) -> None:
        """The server has closed it: no benchmark goes on then."""
        if not self.open.done():
            self.open.set_exception(ConnectionError("cut off"))


def request(path: str, token: str, *, compressed: bool) -> bytes:
    """What a browser sends to open a socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {HOST}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Authorization: Bearer {token}",
    ]
    if compressed:
        lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
    return "\r\n".join([*lines, "", ""]).encode()


async def open_boards(
    port: int, wanted: int, asking: bytes, news: bytes, *, snapshot: bool
) -> list[Board]:
    """Open so many boards, some at a time; each is open once it has its snapshot."""
    gate, loop = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop()

    async def one() -> Board:
        async with gate:
            _, board = await loop.create_connection(
                lambda: Board(asking, news, snapshot=snapshot), HOST, port
            )
            await board.open
            return board

    return list(await asyncio.gather(*(one() for _ in range(wanted))))


async def listen(port: int, boards: int, token: str, compressed: bool) -> None:
    """Be the client: open boards, say so, then say after each line when the next news arrived.

    Of what is compressed, the first that arrives counts, even if it were a heartbeat.
    """
    path = "/ws/board" if token else "/"
    began = time.perf_counter()
    asking, news = request(path, token, compressed=compressed), b"" if compressed else CHANGE
    all_ = await open_boards(port, boards, asking, news, snapshot=bool(token))
    await asyncio.sleep(SETTLED_SECONDS)
    print(json.dumps(time.perf_counter() - began - SETTLED_SECONDS), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.strip() == "begin":
            for board in all_:
                board.arrived.clear()
            print("null", flush=True)
            continue
        since = float(line)
        while time.perf_counter() - since < LONGEST_SECONDS:
            await asyncio.sleep(0.2)
            times = [board.after(since) for board in all_]
            if None not in times:
                break
        print(json.dumps([late for late in times if late is not None]), flush=True)


@contextmanager
def listening(
    port: int, boards: int, token: str, *, compressed: bool
) -> Iterator[tuple[subprocess.Popen[str], float]]:
    """The client in a process of its own, and how many seconds it took to open all boards."""
    command = [sys.executable, "-W", "ignore", __file__, "--listen", str(port)]
    command += ["--boards", str(boards), "--token", token, *["--compressed"] * compressed]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert client.stdout is not None
        yield client, json.loads(client.stdout.readline())
    finally:
        client.kill()
        client.wait()


def ask(client: subprocess.Popen[str], line: str) -> list[float] | None:
    """Tell the client something and have its answer."""
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(f"{line}\n")
    client.stdin.flush()
    answer: list[float] | None = json.loads(client.stdout.readline())
    return answer


def one_change(client: subprocess.Popen[str], boards: int, since: float) -> list[float]:
    """Milliseconds until each board had it."""
    times = ask(client, repr(since)) or []
    if len(times) != boards:
        raise SystemExit(f"{boards - len(times)} boards did not see it: the figures mean nothing")
    return [one * 1000 for one in times]


def of_vigil(running: Service, boards: int, changes: int, compressed: bool) -> list[list[float]]:
    """So many changes to so many boards."""
    [node] = running.start()
    port, token = int(node.url.rsplit(":", 1)[1]), running.token(Role.VIEWER)
    idle = node.rss()
    with listening(port, boards, token, compressed=compressed) as (client, seconds):
        grew = node.rss() - idle
        print(f"opened {boards} boards in {seconds:.1f} s; the node grew by {grew:.0f} MB")
        runs = []
        for _ in range(changes):
            ask(client, "begin")
            running.report_crises(1)
            runs.append(one_change(client, boards, running.committing_at))
            running.rest()
    return runs


def of_bare_broadcast(
    folder: Path, words: str, boards: int, changes: int, compressed: bool
) -> list[list[float]]:
    """The same bytes to as many connections by nothing but `broadcast()`."""
    from websockets.sync.client import connect

    (folder / "bare.py").write_text(BARE)
    (folder / "words").write_text(words)
    port = free_port()
    mode = "compressed" if compressed else "plain"
    command = [sys.executable, str(folder / "bare.py"), str(port), str(folder / "words"), mode]
    server = subprocess.Popen(command)
    try:
        wait_for(port, server)
        with (
            listening(port, boards, "", compressed=compressed) as (client, _),
            connect(f"ws://{HOST}:{port}/tell") as teller,
        ):
            runs = []
            for _ in range(changes):
                ask(client, "begin")
                since = time.perf_counter()
                teller.send("now")
                runs.append(one_change(client, boards, since))
    finally:
        server.terminate()
        server.wait()
    return runs


def told(running: Service) -> str:
    """The last change of a crisis as boards are told it."""
    [(number, at, change)] = running.execute(
        "select number, at, change from board_change where change->>'kind' = 'crisis'"
        " order by number desc limit 1"
    )
    message = {"type": "change", "number": number, "at": str(at), "change": change}
    return json.dumps(message, separators=(",", ":"))


def row(what: str, runs: Sequence[Sequence[float]]) -> str:
    """Medians over the changes."""
    figures = [statistics.median(of(run) for run in runs) for of in (statistics.median, p99, max)]
    return f"{what:<16}" + "".join(f"{figure:>10.0f}" for figure in figures)


async def measure(wanted: argparse.Namespace, folder: Path) -> None:
    """Measure both and print the table."""
    arguments = (wanted.boards, wanted.changes, wanted.compressed)
    async with InstantTwilio() as twilio:
        with service(folder, twilio.url) as running:
            ours = await asyncio.to_thread(of_vigil, running, *arguments)
            words = await asyncio.to_thread(told, running)
    bare = of_bare_broadcast(folder, words, *arguments)
    how = "compressed" if wanted.compressed else "not compressed"
    print(f"{os.cpu_count()} cores, {wanted.boards} boards, {wanted.changes} changes, {how}")
    print(f"{'ms':<16}{'p50':>10}{'p99':>10}{'last':>10}")
    print(row("Vigil", ours))
    print(row("bare broadcast", bare))


def main() -> None:
    """Measure, or be the client."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--boards", type=int, default=1000)
    options.add_argument("--changes", type=int, default=10)
    options.add_argument("--compressed", action="store_true", help="as browsers ask for it")
    options.add_argument("--listen", type=int, help=argparse.SUPPRESS)
    options.add_argument("--token", default="", help=argparse.SUPPRESS)
    wanted = options.parse_args()
    if wanted.listen:
        asyncio.run(listen(wanted.listen, wanted.boards, wanted.token, wanted.compressed))
        return
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(wanted, Path(name)))


if __name__ == "__main__":
    main()
