"""Somebody who looks at the board over a real socket, and checks each message as it comes."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Annotated, Any, Self

import httpx
from pydantic import Field, TypeAdapter
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from dispatch.access import Role
from dispatch.board import Board, Change, CrisisCard, apply
from dispatch.commands import logins
from tests.scenarios.night import Night

PASSWORD = "nothing but a test"
_CHANGE: TypeAdapter[Change] = TypeAdapter(Annotated[Change, Field(discriminator="kind")])

Message = dict[str, Any]


def add_user(
    night: Night,
    name: str,
    role: Role,
    *,
    staff: str | None = None,
    teams: tuple[str, ...] = (),
) -> str:
    """Somebody who may log in; gives their e-mail address. The password is always PASSWORD."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    with night.vigil.unit_of_work() as work:
        logins.add_user(
            work, email=email, name=name, role=role, password=PASSWORD, staff=staff, teams=teams
        )
    return email


def log_in(night: Night, email: str) -> httpx.Client:
    """A browser, so to speak, in which this person has logged in."""
    said = {"email": email, "password": PASSWORD}
    answer = httpx.post(f"{night.base_url}/api/session", json=said, timeout=20)
    assert answer.status_code == 200, answer.text
    return httpx.Client(base_url=night.base_url, cookies=answer.cookies, timeout=20)


def cookie_of(client: httpx.Client) -> str:
    """The session cookie as a browser would send it."""
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


class Watcher:
    """One open board. It trusts nothing: a number that is not the next one fails the test."""

    def __init__(
        self, night: Night, cookie: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        headers = dict(headers or {})
        if cookie is not None:
            headers["Cookie"] = cookie
        address = night.base_url.replace("http://", "ws://") + "/ws/board"
        self._stack = ExitStack()
        self._socket: ClientConnection = self._stack.enter_context(
            connect(address, additional_headers=headers)
        )
        self.messages: list[Message] = []
        self.changes: list[Change] = []
        self.board: Board | None = None
        self.number = -1

    @classmethod
    def logged_in(cls, night: Night, email: str) -> "Watcher":
        """The board of somebody who has just logged in, with its first snapshot read."""
        with log_in(night, email) as client:
            watcher = cls(night, cookie_of(client))
        watcher.read_snapshot()
        return watcher

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave."""
        self._stack.close()

    def say(self, text: str) -> None:
        """Send whatever."""
        self._socket.send(text)

    def read(self, seconds: float = 15) -> Message:
        """The next message, whatever it is, applied to the board."""
        message: Message = json.loads(self._socket.recv(seconds))
        self.messages.append(message)
        match message["type"]:
            case "snapshot":
                self.board, self.number = Board.model_validate(message["board"]), message["number"]
            case "change":
                assert message["number"] == self.number + 1, self.messages[-5:]
                self.number += 1
                self.changes.append(_CHANGE.validate_python(message["change"]))
                assert self.board is not None, "a change came before the first snapshot"
                self.board = apply(self.board, self.changes[-1])
            case "heartbeat":
                assert message["number"] >= self.number
        return message

    def read_snapshot(self) -> Board:
        """Read on until a snapshot comes."""
        while self.read()["type"] != "snapshot":
            pass
        assert self.board is not None
        return self.board

    def fresh_snapshot(self) -> Board:
        """Ask for a snapshot, as a page does that missed a number."""
        self.say(json.dumps({"type": "snapshot"}))
        return self.read_snapshot()

    def read_until(self, met: Callable[[Board], bool], what: str, seconds: float = 20) -> Board:
        """Read on until the board is so."""
        deadline = time.monotonic() + seconds
        while self.board is None or not met(self.board):
            left = deadline - time.monotonic()
            try:
                self.read(max(left, 0.01))
            except TimeoutError:
                raise AssertionError(f"never saw {what}; the board is {self.board}") from None
        return self.board

    def read_to(self, number: int) -> Board:
        """Read on until this number has come."""
        return self.read_until(lambda _: self.number >= number, f"number {number}")

    def read_until_shown(self, **facts: Any) -> CrisisCard:
        """Read on until the only crisis on the board is so, as in `state="talking"`."""

        def shown(board: Board) -> bool:
            return len(board.crises) == 1 and all(
                getattr(board.crises[0], name) == value for name, value in facts.items()
            )

        return self.read_until(shown, f"one crisis with {facts}").crises[0]

    def code_at_the_end(self, seconds: float = 15) -> int:
        """Read on until the service closes the socket; with which code it does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.read(max(deadline - time.monotonic(), 0.01))
            except ConnectionClosed as closed:
                return 1006 if closed.rcvd is None else closed.rcvd.code
            except TimeoutError:
                break
        raise AssertionError("the service did not close the socket")

    def names(self) -> set[str]:
        """Every person that this viewer's screen could ever have shown."""
        return _names(self.messages)


def _names(value: object) -> set[str]:
    match value:
        case dict():
            own = {value["name"]} if {"id", "name"} == set(value) else set()
            return own.union(*(_names(part) for part in value.values()))
        case list():
            return set().union(*(_names(part) for part in value))
        case _:
            return set()
