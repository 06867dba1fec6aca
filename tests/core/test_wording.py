"""What leaves by SMS: one segment, nothing about a client, no word that would end the service."""

import inspect
import re
from collections.abc import Callable

import pytest

from notifications import wording

# GSM 03.38, the basic set: one septet a character. Anything else halves or doubles the length.
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
SEGMENT = 160
OPT_OUT = {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel"}

REF = "K7Q4"
REFS = ["K7Q4", "C2D5", "F9G8", "H4J3", "L6M7", "N8P9"]
VALUES: dict[str, object] = {
    "team": "North County ACT 24h",
    "ref": REF,
    "refs": REFS,
    "name": "Maximiliana Fernandez-O",
    "url": "https://vigil.county-health.example/crises/" + REF[:2],
    "caller_waiting": True,
    "can_call": True,
    "reason": "You are on the phone with the caller: hand it off instead.",
}

SENTENCES = {
    name: function
    for name, function in vars(wording).items()
    if inspect.isfunction(function) and not name.startswith("_")
}


def written(function: Callable[..., str], **other: object) -> str:
    values = {**VALUES, **other}
    return function(**{name: values[name] for name in inspect.signature(function).parameters})


def test_the_examples_are_as_long_as_in_life() -> None:
    assert (len(str(VALUES["url"])), len(str(VALUES["team"])), len(REF)) == (45, 20, 4)
    assert len(SENTENCES) >= 20


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_every_sms_is_one_segment(name: str) -> None:
    text = written(SENTENCES[name])
    assert set(text) <= GSM
    assert len(text) <= SEGMENT, f"{len(text)} characters: {text}"


@pytest.mark.parametrize("can_call", [True, False])
def test_the_owner_is_offered_a_call_back_where_one_is_possible(can_call: bool) -> None:
    taken = written(wording.reply_accepted, caller_waiting=False, can_call=can_call)
    gone = written(wording.told_call_back, can_call=can_call)
    for text in (taken, gone):
        assert len(text) <= SEGMENT
        assert ("Reply CALL" in text) is can_call
        assert str(VALUES["url"]) in text
    assert ("no number is known" in gone) is not can_call


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_no_sms_is_given_anything_about_a_client(name: str) -> None:
    """What a sentence is never handed it cannot tell. `name` is a colleague's."""
    assert set(inspect.signature(SENTENCES[name]).parameters) <= set(VALUES)


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_no_sms_holds_a_word_that_stops_the_service(name: str) -> None:
    """Who answers by such a word could never be texted again."""
    assert not set(re.findall(r"[a-z]+", written(SENTENCES[name]).lower())) & OPT_OUT


@pytest.mark.parametrize("name", sorted(name for name in SENTENCES if name.startswith("page_")))
def test_every_page_says_which_crisis_whose_team_and_what_to_reply(name: str) -> None:
    text = written(SENTENCES[name])
    assert REF in text
    assert str(VALUES["team"]) in text
    assert str(VALUES["url"]) in text
    assert "Reply 1" in text
    assert "2 to pass" in text


def test_many_open_pages_are_named_as_far_as_a_segment_goes() -> None:
    refs = [f"K{number}Q4" for number in range(2, 9)] * 2
    for text in (wording.reply_which(refs), wording.reply_help(refs)):
        assert len(text) <= SEGMENT
        assert refs[0] in text


def test_a_reply_without_open_pages_still_helps() -> None:
    assert "Reply 1" in wording.reply_help([])


def test_strangers_learn_of_988_and_of_nobody() -> None:
    text = wording.to_the_public()
    assert "988" in text
    assert "Vigil" not in text
