"""The planner runs in a process of its own: asked once, heard out, stopped at will."""

import os
import sys
from contextlib import suppress

import psutil
import pytest
from hypothesis import given, settings

from oncall.planner import run as running
from oncall.planner.model import Draft, Impossible, NothingFound, PlanAsked, Progress
from oncall.planner.run import PlannerFailed, run
from oncall.planner.wire import as_line, asked_as_json, asked_from_json, from_line
from tests.planner.asks import TEN, THREE, answer, ask, broken, off, people, person, proof, tier
from tests.planner.test_plan_properties import questions

BIG = ask(*people(*TEN), tiers=[tier(name) for name in THREE], weeks=13, rest=11, seconds=60)


def workers() -> list[psutil.Process]:
    """The planner's processes that run now."""
    found = []
    for one in psutil.Process(os.getpid()).children():
        with suppress(psutil.NoSuchProcess):  # it may have ended meanwhile
            if "oncall.planner.worker" in one.cmdline():
                found.append(one)
    return found


def test_a_plan_comes_back_from_the_process() -> None:
    asked = ask(*people(*TEN[:5]), tiers=[tier(), tier("backup")], weeks=2, rest=11)
    heard: list[Progress] = []
    found = run(asked, heard.append)
    assert isinstance(found, Draft)
    assert broken(proof(asked, found)) == []
    assert heard[-1].solutions >= 1
    assert heard[-1].best == found.points
    assert [one.seconds for one in heard] == sorted(one.seconds for one in heard)


def test_reasons_come_back_from_the_process() -> None:
    asked = ask(person("ana", off("2026-09-29 00:00", "2026-09-30 00:00")))
    found = run(asked, lambda progress: None)
    assert isinstance(found, Impossible)
    assert found == answer(asked)


class StoppedError(Exception):
    """Somebody wants no plan any more."""


def test_it_runs_at_the_lowest_priority_and_stops_when_told() -> None:
    seen: list[int] = []

    def tell(progress: Progress) -> None:
        seen.extend(one.nice() for one in workers())
        raise StoppedError

    with pytest.raises(StoppedError):
        run(BIG, tell)
    assert seen == [19]
    assert workers() == []


def test_a_process_that_is_killed_is_told() -> None:
    def tell(progress: Progress) -> None:
        for one in workers():
            with suppress(psutil.NoSuchProcess):
                one.kill()

    with pytest.raises(PlannerFailed) as failed:
        run(BIG, tell)
    assert failed.value.last_words == "it was stopped"


def in_its_place(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(running, "WORKER", (sys.executable, "-c", program))


def test_a_process_that_breaks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    in_its_place(monkeypatch, "raise SystemExit('no memory is left')")
    with pytest.raises(PlannerFailed, match="ended without an answer") as failed:
        run(BIG, lambda progress: None)
    assert failed.value.last_words == "no memory is left"


def test_a_process_that_says_nothing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    in_its_place(monkeypatch, "import threading; threading.Event().wait()")
    monkeypatch.setattr(running, "PATIENCE", 0.3 - BIG.seconds)
    with pytest.raises(PlannerFailed) as failed:
        run(BIG, lambda progress: None)
    assert failed.value.last_words == "it was stopped"


def test_giving_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said = as_line("No rota was found within 60 seconds.")
    in_its_place(monkeypatch, f"import sys; sys.stdin.read(); print({said!r})")
    with pytest.raises(NothingFound, match="No rota was found within 60 seconds"):
        run(BIG, lambda progress: None)


@settings(max_examples=50)
@given(questions())
def test_a_question_reads_back_as_it_was_written(asked: PlanAsked) -> None:
    assert asked_from_json(asked_as_json(asked)) == asked


def test_what_is_said_reads_back_as_it_was_written() -> None:
    asked = ask(*people("ana", "ben"))
    impossible = answer(ask(person("ana", off("2026-09-29 00:00", "2026-09-30 00:00"))))
    for said in (Progress(1, None, 0.5, 2.25), answer(asked), impossible, "why not"):
        assert from_line(as_line(said)) == said


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"something": 1}', "means nothing here"),
        ("[]", "means nothing here"),
        ("not JSON", "Expecting value"),
        ('{"progress": {}}', "Field required"),
    ],
)
def test_a_line_that_means_nothing_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_line(line)
