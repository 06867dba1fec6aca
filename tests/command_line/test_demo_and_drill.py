"""What a newcomer sees first: the demo's call, and the drill that says who was reached when."""

import json

import pytest

from dispatch import cli, drill
from dispatch.drill import Night
from notifications.emulator import NoAnswer, Unreachable
from tests.command_line.typed import vigil
from tests.scenarios.town import town


def test_the_demo_tells_the_call_and_ends_well() -> None:
    done = vigil("demo", "--no-stay", "--port", "0", "--bank-port", "0", "--speed", "10")
    assert done.returncode == 0, done.stderr
    told = done.stdout
    for words in (
        "“This is North ACT. Stay on the line, we are connecting you now.”",
        "answered, but nobody pressed 1",
        "phone is being rung (backup)",
        "accepted by phone",
        "and the caller are talking",
    ):
        assert words in told
    assert "Test Person" not in told


def test_the_drill_measures_how_long_each_caller_waited() -> None:
    nights = (Night("primary answers"), Night("primary does not answer", (NoAnswer(),)))
    told: list[str] = []
    results = drill.play(town(), speed=30, nights=nights, tell=told.append)
    assert 4 == len(results) == len(told)
    assert all(result.passed for result in results)
    first, second, *_ = results
    assert first.reached == ("Ana Sample",)
    assert second.reached == ("Ben Sample",)
    assert all(result.seconds is not None and result.seconds > 0 for result in results)


def test_a_drill_in_which_somebody_reached_nobody_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = (Unreachable(),) * 3
    night = Night("nobody anywhere", gone, (Unreachable(), Unreachable()))
    results = drill.play(town(), speed=40, nights=(night,))
    assert [result.passed for result in results] == [False, False]
    monkeypatch.setattr(drill, "play", lambda *_, **__: results)
    monkeypatch.setattr(cli, "set_up_logs", lambda *_: None)  # ours are scanned by other tests
    with pytest.raises(SystemExit) as ended:
        cli.app(["drill", "--json"])
    assert ended.value.code == 1
    assert [one["passed"] for one in json.loads(capsys.readouterr().out)] == [False, False]
