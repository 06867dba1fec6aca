"""Whatever breaks, the caller reaches a human or 988, and nothing that was accepted is lost."""

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from dispatch import adrift
from dispatch.api import deciding
from dispatch.commands import calls
from dispatch.crisis import State
from notifications.emulator import CallbackOrder
from notifications.sending import Result, Sending
from notifications.tables import OutboxRow
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.privacy import LOG
from tests.scenarios.test_the_call import TO_988
from tests.scenarios.webhooks import hand_over


def test_an_exception_in_the_first_handler(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug of ours: the team is rung from memory, and has the crisis all the same."""

    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(calls, "call_arrived", broken)
    night.ana.answers()
    call = night.call().wait_for("talking")
    assert call.bridged_with == [town.ANA]
    night.outside_hangs_up_after_a_talk(call)
    assert night.until_state("accepted").owner == "ana"
    assert night.kinds()[0] == "adrift"


def test_an_exception_in_the_middle_of_a_call(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(calls, "leg_ended", broken)
    night.ana.unreachable()
    night.ben.answers()
    call = night.call().wait_for("talking")
    assert call.bridged_with == [town.BEN]
    night.until_owned_by("ben")
    assert [e.who for e in night.timeline() if e.kind == "ringing"] == ["ana", "ben"]


def test_even_the_answers_from_memory_broken_the_caller_reaches_988(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(calls, "call_arrived", broken)
    monkeypatch.setattr(adrift, "arrived", broken)
    call = night.call().wait_for("talking")
    assert call.bridged_with == ["988"]
    assert call.last_heard == TO_988
    night.outside_hangs_up_after_a_talk(call)
    assert night.until_state("callback_needed").owner is None
    night.ana.expect_sms("CALL BACK NEEDED")


def test_a_log_that_cannot_be_written_costs_nobody_an_answer(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard error leads to a full disk just when something else goes wrong too."""

    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LOG, "write", full)
    monkeypatch.setattr(calls, "call_arrived", broken)
    night.ana.answers()
    call = night.call().wait_for("talking")
    assert call.bridged_with == [town.ANA]


def test_988_down_too_while_nothing_can_be_decided(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    for name in ("call_arrived", "leg_ended", "last_resort_ended"):
        monkeypatch.setattr(calls, name, broken)
    for phone in (night.ana, night.ben, night.eli):
        phone.unreachable()
    night.line_988.busy()
    call = night.call().wait_for("talking")
    assert call.bridged_with == ["+18002738255"]
    assert call.last_heard == TO_988


def test_the_same_webhook_three_times(night: Night) -> None:
    night.network.faults.webhook_repeats = 3
    night.ana.ignores()
    night.ben.answers()
    call = night.call().wait_for("talking")
    night.until_owned_by("ben")
    assert call.bridged_with == [town.BEN]
    assert [e.who for e in night.timeline() if e.kind == "ringing"] == ["ana", "ben"]
    night.ana.expect_sms("crisis call")
    night.ana.expect_sms("Ben Sample has it")
    assert len(night.ana.inbox) == 2, "nobody is paged twice"
    asked = [r for r in night.network.requests if r.url.endswith("/twilio/voice")]
    assert len(asked) == 3
    assert len({r.body for r in asked}) == 1, "a repeated request gets the same answer"


@pytest.mark.parametrize(
    "order", [CallbackOrder.REORDERED, CallbackOrder.DOUBLED, CallbackOrder.LATE]
)
def test_callbacks_out_of_order(night: Night, order: CallbackOrder) -> None:
    night.network.faults.callbacks = order
    night.ana.ignores().replies_to_sms("2", after=6)
    night.ben.answers(talk_for=60)
    call = night.call().wait_ended(20)
    assert call.bridged_with == [town.BEN]
    assert night.until_state("accepted").owner == "ben"
    assert "If you were cut off" in call.last_heard


def test_twilio_refuses_every_sms_and_the_call_goes_through(night: Night) -> None:
    night.network.faults.sms_errors = {town.ANA: 21610, town.BEN: 30005}
    night.ana.ignores()
    night.ben.answers()
    call = night.call().wait_for("talking")
    assert call.bridged_with == [town.BEN]
    night.until_owned_by("ben")
    night.until(lambda: "page_failed" in night.kinds(), "the failed page is told")


def test_a_sender_that_dies_before_it_could_write_down_what_it_sent_learns_it_from_twilio(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio's report names the row. Without one it would be sent again (tests/sending)."""
    settle = Sending.settle
    deaths = iter([OSError("the node died")])

    def dying_once(self: Sending, row: OutboxRow, result: Result) -> None:
        for death in deaths:
            raise death
        settle(self, row, result)

    monkeypatch.setattr(Sending, "settle", dying_once)
    hand_over(night, caller=town.CLIENT)
    night.ana.expect_sms("crisis reported")
    night.until(lambda: page_to_ana(night).state == "sent", "the report is written down")
    assert page_to_ana(night).attempts == 1


def page_to_ana(night: Night) -> OutboxRow:
    with night.vigil.unit_of_work.reading() as work:
        pages = work.session.exec(select(OutboxRow).where(OutboxRow.to_phone == town.ANA)).all()
        return min(pages, key=lambda page: page.id or 0)


def test_a_frozen_database_does_not_hold_up_the_caller(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are locked by somebody who never comes back."""
    night.ana.ignores()
    night.ben.answers()
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    monkeypatch.setattr(deciding, "DEADLINE_SECONDS", 0.5)
    with night.vigil.unit_of_work.engine.connect() as blocker:
        blocker.exec_driver_sql("begin; lock table crisis in access exclusive mode")
        call.wait_for("talking", 20)
        blocker.rollback()
    assert call.bridged_with == [town.BEN]
    night.until_owned_by("ben")


def test_killed_and_started_again_between_two_rungs(database_url: str, tmp_path: Path) -> None:
    """SIGKILL while Ana's phone rings; a new process goes on with Ben.

    At the speed of life, so that the new process has all of the ring's time to start.
    """
    with outside(Night(database_url, tmp_path, speed=1)) as night:
        with serving(night) as first:
            night.prepare()
            night.ana.ignores()
            night.ben.answers()
            call = night.call()
            night.until(lambda: night.ana.ringing, "Ana's phone rings")
            first.send_signal(signal.SIGKILL)
            first.wait()
        with serving(night):
            call.wait_for("talking", 60)
            crisis = night.until_owned_by("ben")
            assert call.bridged_with == [town.BEN]
            assert "calling the next person" in call.last_heard
            assert State.TALKING is crisis.state
            night.ben.expect_sms(f"{crisis.ref}: crisis call")
            night.ana.expect_sms("Ben Sample has it")


def test_pages_go_on_after_a_restart(database_url: str, tmp_path: Path) -> None:
    """A deadline is a row: it comes even when the process that set it is gone."""
    with outside(Night(database_url, tmp_path)) as night:
        with serving(night) as first:
            night.prepare()
            hand_over(night, caller=town.CLIENT)
            night.ana.expect_sms("crisis reported")
            first.send_signal(signal.SIGKILL)
            first.wait()
        with serving(night):
            night.ben.expect_sms("crisis reported", 20)
            assert "ben" in [entry.who for entry in night.timeline() if entry.kind == "paged"]


@contextmanager
def outside(night: Night) -> Iterator[Night]:
    """A night whose service runs in processes of its own."""
    night.start_without_service()
    try:
        yield night
        night.assert_promises_kept()
    finally:
        night.stop_without_service()


@contextmanager
def serving(night: Night) -> Iterator[subprocess.Popen[bytes]]:
    """The real command on the night's port; what it logs is scanned like everything else."""
    port = int(night.base_url.rsplit(":", 1)[1])
    with tempfile.TemporaryFile("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "dispatch", "serve", "--port", str(port)],
            env={**os.environ, **night.environment()},
            stderr=log,
        )
        try:
            wait_until_it_listens(process, port)
            yield process
        finally:
            process.terminate()
            process.wait(20)
            log.seek(0)
            LOG.write(log.read().decode())


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait for the service to start."""
    deadline = time.monotonic() + 80
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the service ended at its start"
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.05)
        else:
            return
