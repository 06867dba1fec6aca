"""Warm handoff: somebody is brought into a talk, speaks, and the worker may leave.

Each party hangs up at each point; Twilio's REST API fails at each step.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.commands import rooms
from dispatch.crisis import State
from notifications.emulator import CallbackOrder, RestFault
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.room import BROKE, CUT_OFF, SPEED, Talk, quiet, rest
from tests.scenarios.test_when_things_break import outside, serving
from tests.scenarios.town import ANA, BEN, ELI


@pytest.fixture(scope="module")
def shared(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """One night for this module; every crisis of it is closed before the next one opens."""
    folder = Path(tmp_path_factory.mktemp("warm"))
    with Night(module_database_url, folder, speed=SPEED, agency=town.town_with_interpreter()) as it:
        yield it
        it.assert_promises_kept()


@pytest.fixture
def talk(shared: Night) -> Iterator[Talk]:
    """Ana talks with the caller."""
    yield Talk(shared)
    quiet(shared)


# The whole way ──────────────────────────────────────────────────────────────────────────────────


def test_the_backup_is_brought_in_speaks_and_takes_over(talk: Talk) -> None:
    talk.speaks()
    assert set(talk.call.together_with) == {ANA, BEN}
    assert talk.call.last_heard == "Good evening, this is Ben."
    assert talk.crisis.owner == "ana", "as long as Ana is there"
    assert talk.leave().status_code == 200
    talk.until(lambda: talk.call.together_with == [BEN], "Ana is off the line")
    talk.until_state(State.TALKING, "ben")
    talk.ana_is_told("Ben Sample has it")
    talk.has_lasted()
    talk.night.ben.hang_up()
    talk.until_state(State.ACCEPTED, "ben")
    talk.until(lambda: talk.call.last_heard == CUT_OFF, "the caller may come back")


def test_the_worker_may_leave_only_after_the_third_party_has_spoken(talk: Talk) -> None:
    assert talk.leave().json() == {
        "detail": "Nobody was brought into the call: hand it off instead."
    }
    talk.joins()
    refused = talk.leave()
    assert refused.status_code == 409
    assert refused.json() == {"detail": "The colleague has not spoken yet: stay on the line."}
    assert talk.page()["call"]["may_leave"] is False  # type: ignore[index]
    talk.night.ben.speak()
    talk.until(lambda: talk.presence == "spoken", "Ben has spoken")
    assert talk.page()["call"]["may_leave"] is True  # type: ignore[index]


def test_by_text_from_the_phone_that_is_on_the_call(talk: Talk) -> None:
    ana, ben = talk.night.ana, talk.night.ben
    ana.reply("add backup")
    ana.expect_sms("Backup is being brought in", 25)
    talk.until(lambda: ben.ringing, "Ben rings")
    ana.reply("LEAVE")
    ana.expect_sms("has not spoken yet", 25)
    ben.answer()
    talk.until(lambda: any(leg.gathering for leg in ben.legs), "Ben is asked")
    assert "Ana Sample asks you to join a crisis call" in str(ben.heard[-1])
    ben.press("1")
    talk.is_joined_by(BEN)
    ben.speak()
    talk.until(lambda: talk.presence == "spoken", "Ben has spoken")
    ana.reply("leave please")
    talk.until_state(State.TALKING, "ben")


def test_988_is_not_screened_and_the_crisis_stays_anas(talk: Talk) -> None:
    talk.rings("988", "988")
    talk.night.line_988.answer()
    talk.is_joined_by("988")
    talk.night.line_988.speak("You have reached the lifeline.")
    talk.until(lambda: talk.presence == "spoken", "988 has spoken")
    assert talk.leave().status_code == 200
    talk.until(lambda: talk.call.together_with == ["988"], "Ana is off the line")
    talk.until_kind("still_owns")
    assert talk.crisis.owner == "ana"
    talk.has_lasted()
    talk.night.line_988.hang_up()
    talk.until_state(State.ACCEPTED)
    talk.until(lambda: talk.call.last_heard == CUT_OFF, "the caller may come back")
    assert "talked_outside" in talk.kinds


def test_the_interpreter_helps_and_goes(talk: Talk) -> None:
    talk.rings("interpreter", town.INTERPRETER)
    talk.night.interpreter.answer()
    talk.is_joined_by(town.INTERPRETER)
    talk.night.interpreter.speak()
    talk.until(lambda: talk.presence == "spoken", "the interpreter has spoken")
    talk.night.interpreter.hang_up()
    talk.ana_is_told("The interpreter line has left the call")
    talk.is_still_a_talk()
    talk.rings("supervisor", ELI)
    assert talk.crisis.owner == "ana"


def test_whoever_took_over_may_bring_in_the_next_one(talk: Talk) -> None:
    talk.is_left()
    assert talk.bring_in("988").status_code == 200
    talk.until(lambda: talk.night.line_988.ringing, "988 rings")
    talk.night.line_988.answer()
    talk.until(lambda: set(talk.call.together_with) == {BEN, "988"}, "988 is there")
    talk.night.line_988.speak()
    talk.until(lambda: talk.presence == "spoken", "988 has spoken")
    assert talk.leave().status_code == 200
    talk.until(lambda: talk.call.together_with == ["988"], "Ben is off the line")
    talk.until_kind("still_owns")
    assert talk.crisis.owner == "ben"


@pytest.mark.parametrize("order", [CallbackOrder.DOUBLED, CallbackOrder.REORDERED])
def test_callbacks_twice_and_out_of_order(talk: Talk, order: CallbackOrder) -> None:
    talk.night.network.faults.callbacks = order
    talk.is_left()
    assert talk.kinds.count("joined") == 1
    assert talk.kinds.count("spoken") == 1


def test_every_webhook_twice(talk: Talk) -> None:
    talk.night.network.faults.webhook_repeats = 2
    talk.is_left()
    assert talk.kinds.count("conference") == 1


# What cannot be asked ───────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_asked_is_refused_with_the_reason(talk: Talk) -> None:
    assert talk.bring_in("primary").json()["detail"].startswith("They are on the phone")
    assert talk.bring_in("nobody").json()["detail"] == (
        "who: nobody in this team is called “nobody”."
    )
    talk.rings()
    assert talk.bring_in("backup").status_code == 200, "asking twice is asking once"
    assert talk.bring_in("988").json()["detail"] == (
        "A colleague is being brought in, or is there already."
    )
    with talk.night.web() as web:
        handed = web.post(f"/api/crises/{talk.ref}/hand-off", json={"to": "eli"})
    assert handed.json()["detail"] == "Somebody is being brought into the call: wait for that."
    assert len(talk.night.ben.legs) == 1


# Before the upgrade was carried out ─────────────────────────────────────────────────────────────


def test_the_caller_hangs_up_before_the_upgrade(talk: Talk) -> None:
    with rest(talk.night, RestFault(resource="Calls", hangs=True)):
        assert talk.bring_in("backup").status_code == 200
        talk.call.hang_up()
        talk.is_over_and_anas()


def test_the_worker_hangs_up_before_the_upgrade(talk: Talk) -> None:
    with rest(talk.night, RestFault(resource="Calls", hangs=True)):
        assert talk.bring_in("backup").status_code == 200
        talk.night.ana.hang_up()
        talk.is_rung_for_again()


# While the third party is rung, asked, there, or has spoken ─────────────────────────────────────

POINTS = ["rings", "hears_the_question", "joins", "speaks"]


@pytest.mark.parametrize("point", POINTS)
def test_the_caller_hangs_up(talk: Talk, point: str) -> None:
    getattr(talk, point)()
    talk.call.hang_up()
    talk.is_over_and_anas()
    talk.until(lambda: talk.night.ana.legs == [], "Ana's call ends too")


@pytest.mark.parametrize("point", ["rings", "hears_the_question", "joins"])
def test_the_worker_hangs_up_before_anybody_has_spoken(talk: Talk, point: str) -> None:
    getattr(talk, point)()
    talk.night.ana.hang_up()
    talk.is_rung_for_again()
    talk.nobody_else_is_on_it()


def test_the_worker_simply_hangs_up_after_the_third_party_has_spoken(talk: Talk) -> None:
    talk.speaks()
    ana = talk.night.ana.legs[0]
    room = ana.room
    assert room is not None
    talk.until(lambda: not room.of(ana).ends, "the room goes on without Ana")  # type: ignore[union-attr]
    talk.night.ana.hang_up()
    talk.until_state(State.TALKING, "ben")
    assert talk.call.together_with == [BEN]


@pytest.mark.parametrize("how", ["declines", "busy", "presses 2"])
def test_the_third_party_does_not_come(talk: Talk, how: str) -> None:
    if how == "presses 2":
        talk.hears_the_question()
        talk.night.ben.press("2")
    else:
        getattr(talk.night.ben, how)()
        assert talk.bring_in("backup").status_code == 200
    talk.ana_is_told("Ben Sample has not joined")
    talk.is_still_a_talk()
    assert talk.presence is None


@pytest.mark.parametrize("point", ["hears_the_question", "joins", "speaks"])
def test_the_third_party_hangs_up(talk: Talk, point: str) -> None:
    getattr(talk, point)()
    talk.night.ben.hang_up()
    talk.until(lambda: talk.presence is None, "it is known that Ben is gone")
    talk.is_still_a_talk()
    talk.ana_is_told("Ben Sample has")
    assert talk.leave().status_code == 409


def test_the_third_party_passes_by_text(talk: Talk) -> None:
    talk.rings()
    talk.night.ben.expect_sms("you are asked into a crisis call", 25)
    talk.night.ben.reply("2")
    talk.until(lambda: talk.night.ben.legs == [], "Ben's phone is quiet")
    talk.ana_is_told("Ben Sample has not joined")
    talk.is_still_a_talk()


# After the worker has left ──────────────────────────────────────────────────────────────────────


def test_the_caller_hangs_up_after_the_worker_has_left(talk: Talk) -> None:
    talk.is_left()
    talk.call.hang_up()
    talk.until_state(State.ACCEPTED, "ben")
    talk.nobody_else_is_on_it()


def test_the_third_party_hangs_up_at_once_after_the_worker_has_left(talk: Talk) -> None:
    """A talk of a few seconds has broken: the caller is rung for again."""
    talk.is_left()
    talk.night.ben.hang_up()
    talk.until(lambda: talk.call.last_heard in (BROKE, CUT_OFF), "the caller is not left alone")


# When Twilio's REST API fails ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [400, 500])
def test_the_upgrade_is_refused_and_the_bridge_is_untouched(talk: Talk, status: int) -> None:
    fault = RestFault(status, 21220 if status == 400 else 20500, resource="Calls", times=1)
    with rest(talk.night, fault):
        assert talk.bring_in("backup").status_code == 200
        talk.ana_is_told("nobody could be brought in")
    talk.is_still_a_talk()
    assert talk.crisis.conference is None
    talk.rings()


def test_no_answer_to_the_upgrade_that_was_done(talk: Talk) -> None:
    """Nobody asks twice: a second move would end the conference."""
    with rest(talk.night, RestFault(resource="Calls", hangs=True, after_doing=True, times=1)):
        talk.joins()
    assert talk.kinds.count("conference") == 1


def test_no_answer_to_the_upgrade_that_was_not_done(talk: Talk) -> None:
    with rest(talk.night, RestFault(resource="Calls", hangs=True, times=1)):
        assert talk.bring_in("backup").status_code == 200
        talk.ana_is_told("nobody could be brought in")
    talk.is_still_a_talk()


def test_an_outside_line_that_is_refused(talk: Talk) -> None:
    with rest(talk.night, RestFault(400, 21211, resource="Participants", times=1)):
        assert talk.bring_in("988").status_code == 200
        talk.ana_is_told("988 has not joined")
    talk.is_still_a_talk()


def test_a_colleague_who_cannot_be_rung(talk: Talk) -> None:
    """The first request moves Ana; the second one, for Ben, is refused."""
    with rest(talk.night, Second(500, 20500, resource="Calls", times=1)):
        assert talk.bring_in("backup").status_code == 200
        talk.ana_is_told("Ben Sample has not joined")
    talk.is_still_a_talk()


class Second(RestFault):
    """Strikes at the second request."""

    seen = 0

    def strikes(self, resource: str) -> bool:
        """Let the first one pass."""
        self.seen += resource == self.resource
        return self.seen > 1 and super().strikes(resource)


def test_leaving_waits_until_the_api_is_back(talk: Talk) -> None:
    talk.speaks()
    with rest(talk.night, RestFault(500, 20500, resource="Calls", times=1)):
        assert talk.leave().status_code == 200
        talk.until_state(State.TALKING, "ben")


def test_a_caller_whom_everybody_has_left_is_fetched(talk: Talk) -> None:
    """It could not be said that the room ends with Ben: so the caller is taken out of it."""
    talk.speaks()
    ana = talk.night.ana.legs[0]
    room = ana.room
    assert room is not None
    talk.until(lambda: not room.of(ana).ends, "the room goes on without Ana")  # type: ignore[union-attr]
    with rest(talk.night, RestFault(resource="Participants")):
        talk.night.ana.hang_up()
        talk.until_state(State.TALKING, "ben")
        talk.night.ben.hang_up()
        talk.until(lambda: talk.call.last_heard in (BROKE, CUT_OFF), "the caller is back")
    assert not talk.call.leg.ended


# When we fail ourselves ─────────────────────────────────────────────────────────────────────────


def test_killed_while_the_third_party_is_rung(database_url: str, tmp_path: Path) -> None:
    """The call goes on in Twilio's room, and a new process knows how far it has come."""
    with outside(Night(database_url, tmp_path, speed=1)) as night:
        with serving(night) as first:
            night.prepare()
            talk = Talk(night)
            talk.rings()
            first.send_signal(signal.SIGKILL)
            first.wait()
        assert talk.call.together_with == [ANA]
        with serving(night):
            night.ben.answer()
            talk.until(lambda: any(leg.gathering for leg in night.ben.legs), "Ben is asked")
            night.ben.press("1")
            talk.is_joined_by(BEN)
            night.ben.speak()
            talk.until(lambda: talk.presence == "spoken", "Ben has spoken")
            assert talk.leave().status_code == 200
            talk.until_state(State.TALKING, "ben")
            talk.call.hang_up()
            talk.until_state(State.ACCEPTED, "ben")


def test_nothing_can_be_decided_while_the_caller_waits_for_the_room(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is moved and the caller is at our door, where nothing works: the ladder rings."""

    def broken(*_: object) -> str:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rooms, "room_event", broken)
    monkeypatch.setattr(rooms, "waits", broken)
    talk.night.ben.answers(press="1")
    assert talk.bring_in("988").status_code == 200
    talk.until(lambda: talk.call.together_with == [BEN], "the caller is with the backup")
    talk.night.ana.hang_up()


def test_without_one_word_about_the_room_nobody_is_lost(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who speaks is never known then: so nobody may leave, and hanging up rings again."""
    monkeypatch.setattr(rooms, "room_event", lambda *_: None)
    talk.hears_the_question()
    talk.night.ben.press("1")
    talk.until(lambda: set(talk.call.together_with) == {ANA, BEN}, "three are together")
    talk.night.ben.speak()
    assert talk.leave().status_code == 409
    talk.night.ana.hang_up()
    talk.is_rung_for_again()
