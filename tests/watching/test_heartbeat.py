"""The outside watch hears every minute that a node can page, and nothing once it can't."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from dispatch import heartbeat
from dispatch.heartbeat import Heartbeat, unwell
from dispatch.pulse import Pulse
from dispatch.troubles import About, Troubles
from tests.watching.web import Answer, Web

NOW = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats many times a second, and little patience."""
    monkeypatch.setattr(heartbeat, "FIRST_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "PATIENCE_SECONDS", 0.5)


class Node:
    """A node that beats, with what keeps it from beating if anything does."""

    def __init__(self) -> None:
        self.sick: str | None = None
        self.troubles = Troubles()
        self.asked = 0

    def unwell(self) -> str | None:
        self.asked += 1
        return self.sick

    def run(self, url: str, story: Callable[[Heartbeat], object]) -> None:
        """Let it beat while the story goes on in another thread."""

        async def play() -> None:
            beats = Heartbeat(url, self.unwell, self.troubles, lambda: NOW)
            await beats.start()
            await asyncio.to_thread(story, beats)
            await beats.stop()

        asyncio.run(play())

    def until(self, met: Callable[[], bool]) -> None:
        waiting = asyncio.new_event_loop()
        for _ in range(1000):
            if met():
                break
            waiting.run_until_complete(asyncio.sleep(0.01))
        waiting.close()
        assert met(), self.troubles.now()

    @property
    def told(self) -> list[str]:
        """What the troubles say of the heartbeat."""
        return [one.text for one in self.troubles.now() if one.about is About.HEARTBEAT]


def test_a_well_node_is_heard_again_and_again(outside: Web) -> None:
    node, before = Node(), len(outside.asked)
    node.run(f"{outside.url}/ping/uuid?x=1", lambda _: outside.wait_until_asked(before + 3))
    assert set(outside.asked[before:]) == {"GET /ping/uuid?x=1"}
    assert node.told == []


def test_a_node_that_cannot_page_is_silent_and_asks_itself_again(outside: Web) -> None:
    node = Node()
    node.sick = "the database is away"
    before = len(outside.asked)

    def story(_: Heartbeat) -> None:
        node.until(lambda: node.asked >= 3)
        assert len(outside.asked) == before
        node.sick = None
        outside.wait_until_asked(before + 1)

    node.run(f"{outside.url}/beat", story)
    assert node.told == [], "silence is the alarm: the address itself was never wrong"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404), "answered 404"),
        (Answer(302, headers={"Location": "/login"}), "answered 302"),
        (Answer(wait=True), "could not be reached"),
    ],
    ids=["gone", "moved", "silent"],
)
def test_a_watch_that_does_not_take_the_beat_is_told_and_ends_when_it_does(
    answer: Answer, words: str
) -> None:
    node = Node()
    with Web(lambda _: answer) as web:

        def story(beats: Heartbeat) -> None:
            node.until(lambda: bool(node.told))
            [text] = node.told
            assert words in text
            assert "Calls and pages go on" in text
            assert web.url not in text, "whoever knows the address can beat for us"
            web.answer = lambda _: Answer()
            node.until(lambda: node.told == [])
            assert beats.heard.is_within(5)

        node.run(f"{web.url}/beat", story)


def test_a_watch_that_is_not_there_at_all_stops_nothing() -> None:
    node = Node()
    node.run("http://127.0.0.1:1/beat", lambda _: node.until(lambda: bool(node.told)))
    assert "could not be reached" in node.told[0]


def test_every_part_without_which_nobody_is_paged_must_have_worked_lately(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pulses(*names: str) -> dict[str, Pulse]:
        made = {name: Pulse() for name in ("tick", "sender", "checked")}
        for name in names:
            made[name].beat()
        return made

    everybody = ("tick", "sender", "checked")
    assert unwell(database_away=False, **pulses(*everybody)) is None
    assert unwell(database_away=True, **pulses(*everybody)) == "the database is away"
    for missing in everybody:
        alive = [name for name in everybody if name != missing]
        assert unwell(database_away=False, **pulses(*alive)) is not None, missing
    stopped = pulses(*everybody)
    monkeypatch.setattr(heartbeat, "LATELY_SECONDS", -1.0)
    assert "deadline" in (unwell(database_away=False, **stopped) or "")
