"""A caller reaches a human: what they heard last, and who owns the crisis."""

from tests.scenarios import town
from tests.scenarios.night import Night

CONNECTING = "This is North ACT. Stay on the line, we are connecting you now."
NEXT = "Please stay on the line, we are calling the next person."
TO_988 = "We are connecting you to the 988 crisis line. Please stay on the line."
AFTER_988 = "Your team knows that you called. Goodbye."


def test_primary_accepts(night: Night) -> None:
    night.ana.answers(press="1")
    call = night.call().wait_for("talking")
    crisis = night.until_owned_by("ana")
    assert call.bridged_with == [town.ANA]
    assert call.last_heard == CONNECTING
    assert crisis.state == "talking"
    night.ana.expect_sms(f"{crisis.ref}: crisis call for North ACT")
    assert "Crisis call for North ACT, reference" in night.ana.heard[0]
    assert not night.ben.inbox


def test_primary_voicemail_answers_and_backup_accepts(night: Night) -> None:
    night.ana.voicemail()
    night.ben.answers()
    call = night.call().wait_for("talking")
    night.until_owned_by("ben")
    assert call.bridged_with == [town.BEN]
    assert call.last_heard == NEXT
    night.ana.expect_sms("Ben Sample has it")


def test_primary_declines_on_the_phone(night: Night) -> None:
    night.ana.answers(press="2")
    night.ben.answers()
    call = night.call().wait_for("talking")
    night.until_owned_by("ben")
    assert call.bridged_with == [town.BEN]
    assert call.last_heard == NEXT
    assert "declined" in night.kinds()


def test_primary_declines_by_sms_and_the_ladder_climbs_at_once(night: Night) -> None:
    night.ana.ignores().replies_to_sms("2", after=4)
    night.ben.answers(after=2)
    call = night.call().wait_for("talking")
    night.until_owned_by("ben")
    assert call.bridged_with == [town.BEN]
    assert call.last_heard == NEXT
    rung, declined = night.timeline()[0], night.timeline()[1]
    assert (rung.kind, declined.kind) == ("ringing", "declined")
    climbed = next(entry for entry in night.timeline() if entry.kind == "not_reached")
    assert (climbed.at - declined.at).total_seconds() < 12, "did not wait for the ring to end"


def test_busy_and_refused_phones_are_passed(night: Night) -> None:
    night.ana.busy()
    night.ben.declines()
    night.eli.answers()
    call = night.call().wait_for("talking")
    night.until_owned_by("eli")
    assert call.bridged_with == [town.ELI]
    assert call.last_heard == NEXT


def test_nobody_answers_and_988_does(night: Night) -> None:
    night.ana.ignores()
    night.ben.voicemail()
    night.eli.unreachable()
    call = night.call().wait_for("talking", 20)
    assert call.bridged_with == ["988"]
    assert call.last_heard == TO_988
    crisis = night.until_state("last_resort")
    assert crisis.owner is None
    assert crisis.alarm == "Nobody on the ladder has taken it"
    night.ana.expect_sms("caller passed to 988. Reply 1 to follow up")
    night.ana.reply("1")
    night.until_owned_by("ana")
    assert call.state == "talking", "the caller goes on talking with 988"


def test_988_hangs_up_after_the_talk_and_the_team_must_call_back(night: Night) -> None:
    for phone in (night.ana, night.ben, night.eli):
        phone.unreachable()
    night.line_988.answers(press=None, talk_for=30)
    call = night.call().wait_ended(20)
    assert call.last_heard == AFTER_988
    assert call.bridged_with == ["988"], "not passed on to the next number after a good talk"
    assert night.until_state("callback_needed").owner is None


def test_988_fails_and_the_next_number_answers(night: Night) -> None:
    for phone in (night.ana, night.ben, night.eli, night.line_988):
        phone.unreachable()
    call = night.call().wait_for("talking", 20)
    assert call.bridged_with == ["+18002738255"]
    assert call.last_heard == TO_988
    assert night.crisis().owner is None


def test_nobody_anywhere_answers_and_the_ladder_starts_again(night: Night) -> None:
    for phone in (night.ana, night.ben, night.eli, night.line_988, night.line_1800):
        phone.unreachable()
    call = night.call()
    night.until(lambda: "round_again" in [e.kind for e in night.timeline()], "a second round", 20)
    night.ben.answers()
    call.wait_for("talking", 20)
    assert call.bridged_with == [town.BEN]
    night.until_owned_by("ben")


def test_when_really_nobody_answers_the_caller_is_told_what_to_do(night: Night) -> None:
    for phone in (night.ana, night.ben, night.eli, night.line_988, night.line_1800):
        phone.unreachable()
    call = night.call().wait_ended(30)
    assert "Please hang up and dial 9 8 8" in call.last_heard
    assert "will call you back" in call.last_heard
    assert night.until_state("callback_needed").owner is None


def test_caller_hangs_up_in_the_first_ring(night: Night) -> None:
    night.ana.ignores()
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    call.hang_up()
    crisis = night.until_state("callback_needed")
    assert call.last_heard == CONNECTING
    assert crisis.owner is None
    night.ana.expect_sms("caller gone, CALL BACK NEEDED")
    night.ana.reply("yes")
    night.until_owned_by("ana")


def test_caller_hangs_up_during_the_screening(night: Night) -> None:
    night.ana.answers(press=None)
    call = night.call()
    night.until(lambda: night.ana.on_call, "Ana listens")
    call.hang_up()
    assert night.until_state("callback_needed").owner is None
    assert call.last_heard == CONNECTING
    night.until(lambda: not night.ana.on_call, "Ana's phone is free again")
    assert call.bridged_with == []


def test_caller_hangs_up_during_the_second_rung(night: Night) -> None:
    night.ana.unreachable()
    night.ben.ignores()
    call = night.call()
    night.until(lambda: night.ben.ringing, "Ben's phone rings")
    call.hang_up()
    night.until_state("callback_needed")
    assert call.last_heard == NEXT
    night.ben.reply("1")
    night.until_owned_by("ben")


def test_the_workers_phone_dies_after_five_seconds(night: Night) -> None:
    night.ana.dies_after(5)
    night.ben.answers()
    call = night.call()
    call.wait_for(lambda c: town.BEN in c.bridged_with)
    night.until_owned_by("ben")
    assert call.bridged_with == [town.ANA, town.BEN]
    assert "The connection broke. Stay on the line" in call.last_heard
    assert {"broken", "lapsed"} <= set(night.kinds())


def test_a_caller_who_was_cut_off_after_a_long_talk_can_come_back(unhurried: Night) -> None:
    unhurried.ana.answers(talk_for=60)
    call = unhurried.call()
    call.wait_for("talking")
    call.wait_for("gathering", 20)
    assert "If you were cut off, press 1" in call.last_heard
    call.press("1")
    call.wait_for(lambda c: c.bridged_with == [town.ANA, town.ANA])
    assert unhurried.crisis().owner == "ana"


def test_a_call_that_ran_ends_when_the_worker_hangs_up(night: Night) -> None:
    night.ana.answers(talk_for=60)
    call = night.call().wait_ended(20)
    assert call.last_heard == "If you were cut off, press 1 to be connected again."
    crisis = night.until_state("accepted")
    assert crisis.owner == "ana"


def test_a_caller_who_calls_again_is_taken_to_the_owner_first(night: Night) -> None:
    night.ana.unreachable()
    night.ben.answers(talk_for=60)
    night.call().wait_ended(20)
    night.until_state("accepted")
    night.ana.answers()
    night.ben.answers()
    again = night.call().wait_for("talking")
    assert again.bridged_with == [town.BEN]
    assert night.crisis().owner == "ben", "one crisis with two contacts"
