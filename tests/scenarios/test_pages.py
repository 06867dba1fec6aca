"""Pages: who is texted, what they reply, and who has it in the end."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch.access import Role
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.webhooks import hand_over


def test_two_people_press_1_at_the_same_instant_and_one_owns_it(unhurried: Night) -> None:
    """Ana's SMS comes while Ben listens to the screening: Ben's key comes too late."""
    unhurried.ana.ignores()
    unhurried.ben.by_hand()
    call = unhurried.call()
    unhurried.until(lambda: unhurried.ben.ringing, "Ben's phone rings")
    unhurried.ben.answer()
    unhurried.until(lambda: unhurried.ben.heard, "Ben hears what it is about")
    unhurried.ana.answers()
    unhurried.ana.reply("1")
    unhurried.ben.press("1")
    call.wait_for("talking")
    owner = unhurried.crisis().owner
    assert owner in ("ana", "ben")
    assert [{"ana": town.ANA, "ben": town.BEN}[owner]] == call.bridged_with
    if owner == "ana":
        unhurried.ana.expect_sms("is yours. The caller waits: your phone rings, press 1")
    else:
        unhurried.ana.expect_sms("Ben Sample has it already")


def test_a_1_that_comes_after_a_colleague_took_it_hears_who_has_it(night: Night) -> None:
    night.ana.ignores()
    night.ben.answers()
    night.call()
    night.until_owned_by("ben")
    night.ana.expect_sms("Ben Sample has it. Nothing more")
    night.ana.reply("1")
    night.ana.expect_sms("Ben Sample has it already")


def test_the_second_to_press_1_hears_who_has_it(unhurried: Night) -> None:
    unhurried.ana.ignores()
    unhurried.ben.by_hand()
    call = unhurried.call()
    unhurried.until(lambda: unhurried.ben.ringing, "Ben's phone rings")
    unhurried.ana.by_hand()
    unhurried.ben.answer()
    unhurried.until(lambda: bool(unhurried.ben.heard), "Ben hears the screening")
    with unhurried.network_without_hang_ups():
        unhurried.ana.reply("1")
        unhurried.until_owned_by("ana")
        unhurried.ben.press("1")
        unhurried.until(
            lambda: "Ana Sample has taken it" in unhurried.ben.heard[-1], "Ben hears who"
        )
    unhurried.until(lambda: unhurried.ana.ringing, "Ana is the next one dialled")
    unhurried.ana.answer()
    unhurried.until(lambda: bool(unhurried.ana.heard), "Ana hears the screening")
    unhurried.ana.press("1")
    call.wait_for("talking")
    assert call.bridged_with == [town.ANA]
    assert unhurried.crisis().owner == "ana"


def test_an_accept_by_sms_makes_that_person_the_next_one_dialled(night: Night) -> None:
    night.ana.ignores()
    night.ben.ignores()
    call = night.call()
    night.until(lambda: night.ben.ringing, "Ben's phone rings")
    night.ana.answers()
    night.ana.reply(" Yes! ")
    call.wait_for("talking")
    assert call.bridged_with == [town.ANA]
    assert night.crisis().owner == "ana"
    night.ana.expect_sms("is yours. The caller waits")
    night.ben.expect_sms("Ana Sample has it. Nothing more for you to do.")
    assert not night.eli.inbox


def test_an_owner_by_sms_whose_phone_does_not_answer_loses_it_to_the_next(night: Night) -> None:
    night.ana.ignores()
    night.ben.ignores()
    night.eli.answers()
    call = night.call()
    night.until(lambda: night.ben.ringing, "Ben's phone rings")
    night.ana.reply("1")
    call.wait_for("talking", 20)
    assert call.bridged_with == [town.ELI]
    assert night.crisis().owner == "eli"
    night.ana.expect_sms("you could not be connected with the caller")


@pytest.mark.parametrize("reply", ["1", "YES", " ok. ", "Accept!", "1 {ref}", "{ref} 1", "1{ref}"])
def test_ways_to_accept(night: Night, reply: str) -> None:
    crisis = hand_over(night, caller=town.CLIENT).json()
    night.ana.expect_sms("crisis reported for North ACT")
    night.ana.reply(reply.format(ref=crisis["ref"].lower()))
    night.until_owned_by("ana")
    night.ana.expect_sms(f"{crisis['ref']} is yours")


def test_with_several_open_vigil_asks_which(night: Night) -> None:
    first = hand_over(night, message="one", caller=town.CLIENT).json()["ref"]
    second = hand_over(night, message="two", caller=town.SPANISH_CLIENT).json()["ref"]
    night.ana.expect_sms(first)
    night.ana.expect_sms(second)
    night.ana.reply("1")
    night.ana.expect_sms(f"2 are open for you: {first}, {second}. Say which, like: 1 {first}")
    assert [crisis.owner for crisis in night.crises()] == [None, None]
    night.ana.reply(f"1 {second}")
    night.ana.expect_sms(f"{second} is yours")
    assert [crisis.owner for crisis in night.crises()] == [None, "ana"]
    night.ana.reply("1")
    night.ana.expect_sms(f"{first} is yours")


def test_what_cannot_be_read_gets_one_helpful_answer(night: Night) -> None:
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    night.ana.expect_sms(ref)
    night.ana.reply("who is this, I am not sure I can, maybe 1 later")
    night.ana.expect_sms("could not read that. Reply 1 to take a crisis, 2 to pass it on.")
    assert night.ana.inbox[-1].body.endswith(f"Open for you: {ref}.")
    assert night.crisis().owner is None


def test_unknown_senders_change_nothing_and_learn_nothing(night: Night) -> None:
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    stranger = night.phone(town.STRANGER)
    night.network.text(town.STRANGER, town.NORTH_LINE, f"1 {ref}")
    answer = stranger.expect_sms("This line answers calls around the clock")
    assert ref not in answer.body
    assert night.crisis().owner is None
    night.network.text(town.STRANGER, town.NORTH_LINE, "hello?")
    night.network.wait_until_quiet()
    assert [answer] == stranger.inbox, "one answer in an hour, so that machines don't talk for ever"


def test_a_colleague_of_another_team_cannot_take_it_by_its_reference(night: Night) -> None:
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    night.network.text(town.GUS, town.SOUTH_LINE, f"1 {ref}")
    night.gus.expect_sms(f"nothing with the reference {ref} is open for you")
    assert night.crisis().owner is None


def test_a_reply_after_closing_and_without_anything_open(night: Night) -> None:
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    night.ana.expect_sms(ref)
    closed = night.web().post(f"/api/crises/{ref}/close", json={"disposition": "not_a_crisis"})
    assert closed.status_code == 200
    night.ana.expect_sms(f"{ref}: closed")
    night.ana.reply(f"1 {ref}")
    night.ana.expect_sms(f"{ref} is closed")
    night.ana.reply("1")
    night.ana.expect_sms("nothing is open for you")


def test_pages_climb_the_ladder_and_start_again_until_somebody_accepts(night: Night) -> None:
    hand_over(night, caller=town.CLIENT)
    night.ana.expect_sms("crisis reported")
    night.ben.expect_sms("crisis reported", 20)
    night.eli.expect_sms("crisis reported", 20)
    night.ana.expect_sms("crisis reported", 25)
    assert night.crisis().alarm == "Nobody on the ladder has taken it"
    night.ben.reply("1")
    crisis = night.until_owned_by("ben")
    assert crisis.alarm is None
    assert crisis.due_at is None
    night.eli.expect_sms("Ben Sample has it")


def test_a_decline_pages_the_next_at_once(night: Night) -> None:
    hand_over(night, caller=town.CLIENT)
    night.ana.expect_sms("crisis reported")
    night.ana.reply("2")
    night.ana.expect_sms("passed on. Thank you")
    night.ben.expect_sms("crisis reported", 3)
    paged = [entry for entry in night.timeline() if entry.kind == "paged"]
    assert [entry.who for entry in paged] == ["ana", "ben"]
    assert (paged[1].at - paged[0].at).total_seconds() < 60, "without waiting for the 120 s"


def test_callback_needed_is_paged_until_somebody_takes_it(night: Night) -> None:
    night.ana.ignores()
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    call.hang_up()
    night.ana.expect_sms("CALL BACK NEEDED")
    night.ben.expect_sms("CALL BACK NEEDED", 20)
    night.ben.reply("1")
    night.until_owned_by("ben")
    night.ana.expect_sms("Ben Sample has it")


def test_a_hand_off_stays_with_its_owner_until_it_is_taken(night: Night) -> None:
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    night.ana.expect_sms(ref)
    night.ana.reply("1")
    night.until_owned_by("ana")
    web = night.web(Role.LEAD, "north")
    assert web.post(f"/api/crises/{ref}/hand-off", json={"to": "ben"}).status_code == 200
    night.ben.expect_sms("you are asked to take this over")
    assert night.crisis().owner == "ana"
    night.ben.reply("1")
    night.until_owned_by("ben")
    night.ana.expect_sms("Ben Sample has taken it over")


def test_a_hand_off_that_nobody_answers_comes_back(night: Night) -> None:
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    night.ana.expect_sms(ref)
    night.ana.reply("1")
    night.until_owned_by("ana")
    night.web(Role.LEAD, "north").post(f"/api/crises/{ref}/hand-off", json={"to": "ben"})
    night.ana.expect_sms("Ben Sample has not taken it over. It is still yours.", 20)
    assert night.crisis().owner == "ana"


def test_a_clients_text_opens_a_crisis_and_confirms_nothing(night: Night) -> None:
    night.network.text(town.CLIENT, town.NORTH_LINE, "please somebody, I can't stay alone tonight")
    night.ana.expect_sms("crisis reported for North ACT")
    known = night.phone(town.CLIENT).expect_sms().body
    night.network.text(town.STRANGER, town.NORTH_LINE, "hi")
    assert known == night.phone(town.STRANGER).expect_sms().body
    assert night.crisis().source == "text"


def test_a_page_that_can_never_arrive_lets_the_ladder_climb_at_once(night: Night) -> None:
    """Ana has opted out: nobody waits two minutes for a reply that cannot come."""
    night.network.faults.sms_errors = {town.ANA: 21610}
    hand_over(night, caller=town.CLIENT)
    night.ben.expect_sms("crisis reported", 3)
    failed = next(entry for entry in night.timeline() if entry.kind == "page_failed")
    assert (failed.who, failed.text) == ("ana", "SMS could not be delivered (Twilio: code 21610)")
    assert night.crisis().alarm is None


def test_an_undelivered_page_lets_the_ladder_climb_too(night: Night) -> None:
    night.network.faults.sms_errors = {town.ANA: 30005}
    hand_over(night, caller=town.CLIENT)
    night.ben.expect_sms("crisis reported", 4)
    assert "page_failed" in night.kinds()


def test_an_account_that_cannot_send_raises_the_alarm(night: Night) -> None:
    night.network.faults.sms_errors = dict.fromkeys((town.ANA, town.BEN, town.ELI), 21606)
    hand_over(night, caller=town.CLIENT)
    night.until(lambda: "all_asked" in night.kinds(), "nobody is left to ask")
    assert night.crisis().alarm == "Twilio refuses our messages: nobody can be paged by SMS"


def test_one_answer_nobody_foresaw_does_not_end_all_paging(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = night.vigil.twilio.send_sms
    broken = iter([ValueError("not JSON")])

    def once_broken(**message: str) -> str:
        for error in broken:
            raise error
        return sent(**message)

    monkeypatch.setattr(night.vigil.twilio, "send_sms", once_broken)
    hand_over(night, message="one", caller=town.CLIENT)
    hand_over(night, message="two", caller=town.SOUTH_CLIENT)
    night.ana.expect_sms("crisis reported")
    night.gus.expect_sms("crisis reported")


def test_contacts_at_one_instant_make_one_crisis(night: Night) -> None:
    with ThreadPoolExecutor(4) as pool:
        for text in range(4):
            pool.submit(night.network.text, town.CLIENT, town.NORTH_LINE, f"text {text}")
    night.network.wait_until_quiet()
    night.until(lambda: night.kinds().count("reported_again") == 3, "four contacts")
    assert len(night.crises()) == 1


def test_a_further_contact_that_its_owner_leaves_unanswered_starts_the_pages_again(
    night: Night,
) -> None:
    hand_over(night, message="one", caller=town.CLIENT)
    night.ana.expect_sms("crisis reported")
    night.ana.reply("1")
    night.until_owned_by("ana")
    hand_over(night, message="two", caller=town.CLIENT)
    night.ana.expect_sms("a further contact has come in")
    night.ana.expect_sms("crisis reported", 20)
    assert night.crisis().owner is None


def test_people_forwarded_from_a_crisis_lines_own_number_are_not_one_person(night: Night) -> None:
    night.ana.answers(talk_for=40)
    for _ in range(2):
        night.call("+15035550199").wait_ended(20)
    assert len(night.crises()) == 2


def test_of_everybody_who_accepts_at_the_same_instant_one_owns_it(night: Night) -> None:
    """All three replies are sent at once; nobody is told it is theirs wrongly."""
    people = {"ana": night.ana, "ben": night.ben, "eli": night.eli}
    ref = hand_over(night, caller=town.CLIENT).json()["ref"]
    for phone in people.values():
        phone.expect_sms("crisis reported", 25)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda phone: phone.reply(f"1 {ref}"), people.values()))
    night.until(lambda: night.crisis().owner is not None, "an owner")
    owner = night.crisis().owner
    assert owner is not None
    people.pop(owner).expect_sms(f"{ref} is yours")
    name = {"ana": "Ana", "ben": "Ben", "eli": "Eli"}[owner]
    for phone in people.values():
        phone.expect_sms(f"{ref}: {name} Sample has it already")
    assert night.kinds().count("accepted") == 1


def test_a_contact_for_another_teams_client_does_not_join_on_the_number(night: Night) -> None:
    """A phone in one house: its own client's crisis is open when South's client is reported."""
    hand_over(night, message="one", caller=town.CLIENT)
    night.ana.expect_sms("crisis reported for North ACT")
    told = hand_over(night, message="two", caller=town.CLIENT, client_id="C-2001").json()
    assert told["team"] == "south"
    night.gus.expect_sms("crisis reported for South ACT")
    assert [crisis.team for crisis in night.crises()] == ["north", "south"]
