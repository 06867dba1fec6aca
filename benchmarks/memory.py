"""The memory of one node: idle, and over thousands of calls and boards that come and go.

    python benchmarks/memory.py [--calls 1000] [--boards 100] [--minutes 3]
    python benchmarks/memory.py --calls 10000 --boards 1000 --minutes 25

`vigil serve` is called through signed webhooks, each call from its beginning to its end: it
arrives, the phone of whoever is on call rings, they hear what it is about, press 1, talk, hang up,
and the crisis is closed. Meanwhile boards are opened, read for a moment and left. Printed are the
resident memory of the node when idle, after the first tenth of the calls (the warm-up), and at the
end, and how it grew from then on, as megabytes for a thousand calls (the slope of a straight line
through all samples). It ends after so many minutes at the latest, and says how far it came.
"""

import argparse
import asyncio
import html
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

import httpx
from several_nodes import InstantTwilio, Node, post_signed, service
from webhook_latency import ACCOUNT
from websockets.asyncio.client import connect

from dispatch.access import Role

GOAL_MB = 200
CALLS_AT_ONCE = 4
IDLE_SECONDS = 5
SAMPLE_SECONDS = 1
WARM_UP = 0.1

_ACTION = re.compile(r'action="([^"]+)"')
_SCREEN = re.compile(r'<Number[^>]*\burl="([^"]+)"')
_REF = re.compile(r"ref=([A-Z0-9]+)")


class Soak:
    """Calls and boards on one node, and how much memory it had meanwhile."""

    def __init__(self, node: Node, token: str, wanted: argparse.Namespace) -> None:
        self._node, self._token, self._wanted = node, token, wanted
        self._numbers = iter(range(1, wanted.calls + 1))
        self._ends = time.perf_counter() + wanted.minutes * 60
        self.calls = self.boards = 0
        self.samples: list[tuple[int, float]] = []
        """How many calls were over, and megabytes."""

    @property
    def is_over(self) -> bool:
        """Whether its time has run out."""
        return time.perf_counter() > self._ends

    async def run(self) -> None:
        """All of it."""
        sampling = asyncio.create_task(self._sample())
        boards = asyncio.create_task(self._watch())
        limits = httpx.Limits(max_connections=CALLS_AT_ONCE)
        async with (
            httpx.AsyncClient(limits=limits, timeout=30, trust_env=False) as client,
            asyncio.TaskGroup() as calling,
        ):
            for _ in range(CALLS_AT_ONCE):
                calling.create_task(self._call_and_call(client))
        while not (boards.done() or self.is_over):  # they may be slower than the calls
            await asyncio.sleep(SAMPLE_SECONDS)
        for task in (boards, sampling):
            task.cancel()
        await asyncio.gather(boards, sampling, return_exceptions=True)
        self.samples.append((self.calls, self._node.rss()))

    async def _call_and_call(self, client: httpx.AsyncClient) -> None:
        for number in self._numbers:
            if self.is_over:
                return
            await self._one_call(client, number)
            self.calls += 1

    async def _one_call(self, client: httpx.AsyncClient, number: int) -> None:
        """From its arrival until the crisis is closed."""
        form = {
            "CallSid": f"CA{number:032x}",
            "AccountSid": ACCOUNT.sid,
            "From": f"+1{200 + number // 100 % 800}55501{number % 100:02d}",
            "To": f"+1{503 + number % 20}5550199",
            "CallStatus": "ringing",
        }
        leg = {**form, "CallSid": f"CA1{number:031x}", "CallStatus": "in-progress"}
        ringing = await self._ask(client, f"{self._node.url}/twilio/voice", form)
        ref = _found(_REF, ringing)
        screen = await self._ask(client, _found(_SCREEN, ringing), leg)
        await self._ask(client, _found(_ACTION, screen), {**leg, "Digits": "1"})
        over = {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "60"}
        step = {**form, **over, "CallStatus": "completed"}
        await self._ask(client, _found(_ACTION, ringing), step)
        closed = await client.post(
            f"{self._node.url}/api/crises/{ref}/close",
            json={"disposition": "resolved_by_phone"},
            headers={"Authorization": f"Bearer {self._token}"},
        )
        if closed.status_code != 200:
            raise SystemExit(
                f"a crisis was not closed ({closed.status_code}): figures mean nothing"
            )

    async def _ask(self, client: httpx.AsyncClient, url: str, form: dict[str, str]) -> str:
        answer = await post_signed(client, url, form)
        if answer.status_code != 200 or "988 crisis line" in answer.text:
            raise SystemExit("a call went astray: the figures mean nothing")
        return answer.text

    async def _watch(self) -> None:
        """Open boards in step with the calls, each for a moment."""
        address = self._node.url.replace("http", "ws", 1) + "/ws/board"
        headers = {"Authorization": f"Bearer {self._token}"}
        while self.boards < self._wanted.boards:
            async with connect(address, additional_headers=headers) as board:
                await board.recv()
                await board.recv()
            self.boards += 1
            while self.boards * self._wanted.calls > self.calls * self._wanted.boards:
                await asyncio.sleep(0.05)

    async def _sample(self) -> None:
        while True:
            self.samples.append((self.calls, self._node.rss()))
            await asyncio.sleep(SAMPLE_SECONDS)


def _found(pattern: re.Pattern[str], text: str) -> str:
    """What a document says, without the part of an address that is Twilio's own business."""
    found = pattern.search(text)
    if found is None:
        raise SystemExit(f"no {pattern.pattern} in a document: the figures mean nothing")
    return html.unescape(found[1]).split("#")[0]


async def measure(folder: Path, wanted: argparse.Namespace) -> tuple[float, Soak]:
    """Megabytes when idle, and the soak."""
    async with InstantTwilio() as twilio:
        with service(folder, twilio.url) as running:
            [node] = await asyncio.to_thread(running.start)
            await asyncio.sleep(IDLE_SECONDS)
            idle = node.rss()
            soak = Soak(node, await asyncio.to_thread(running.token, Role.ADMIN), wanted)
            await soak.run()
    return idle, soak


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=1000)
    options.add_argument("--boards", type=int, default=100)
    options.add_argument("--minutes", type=float, default=3)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        idle, soak = asyncio.run(measure(Path(name), wanted))
    warm = [sample for sample in soak.samples if sample[0] >= WARM_UP * soak.calls]
    slope = statistics.linear_regression(*zip(*warm, strict=True)).slope * 1000
    print(f"{os.cpu_count()} cores, {soak.calls} of {wanted.calls} calls, {soak.boards} boards")
    print(f"idle after {IDLE_SECONDS} s {idle:>9.0f} MB   goal: {GOAL_MB} MB")
    print(f"after the warm-up {warm[0][1]:>6.0f} MB")
    print(f"at the end {warm[-1][1]:>13.0f} MB")
    print(f"growth {slope:>17.2f} MB for a thousand calls")


if __name__ == "__main__":
    main()
