"""What staff text back in the middle of the night is read right, or not at all."""

import re
from dataclasses import replace
from datetime import time
from itertools import combinations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dispatch.references import SHORTEST, capacity, is_request, reference, request_reference
from notifications.replies import (
    ACCEPT_WORDS,
    CALL,
    CALL_FILLERS,
    COVER,
    DECLINE_WORDS,
    FILLER_WORDS,
    HELP_WORDS,
    OK_WORDS,
    OPT_IN_WORDS,
    OPT_OUT_WORDS,
    WITHDRAW_WORDS,
    Answer,
    Part,
    Reply,
    read_reply,
)

ACCEPTED, DECLINED = Reply(Answer.ACCEPT), Reply(Answer.DECLINE)
OPT_OUT, UNCLEAR = Reply(Answer.OPT_OUT), Reply(Answer.UNCLEAR)


TAKE_IT = (
    "1| 1 |1.|1!!|\n1\r\n|(1)|'1'|\uff11|1\ufe0f\u20e3|One|YES|yes.|y|Yep|ok|OK!|Okay"
    "|accept|Accepted|yes please|Yes, please!|1 yes|mine|I'll take it|I\u2019ll take the call"
    "|I can take it|I will take it|s\u00ed|SI|Acepto"
)
PASS_IT_ON = "2|2.|No|NO!|nope|n|no 2|decline|Declined|pass|Dos|\uff12"
UNCLEAR_TEXTS = (
    "| |?|👍|👎|🙏🏽|3|11|12|1 2|1/2|½|yes no|no yes|ok no|not now|not me|can't take it"
    "|can\u2019t take it|can`t take it|I won't take it|yes but later|who is it?|call me|maybe|1st|0"
    "|-|K7Q1 now|yes stop|1 help|是|да|\x00"
)


@pytest.mark.parametrize("text", TAKE_IT.split("|"))
def test_these_take_it(text: str) -> None:
    assert replace(read_reply(text), ok=False) == ACCEPTED


@pytest.mark.parametrize("text", ["ok", "OK!", " Okay. ", "ok please", "okay okay"])
def test_an_ok_alone_may_also_confirm(text: str) -> None:
    assert read_reply(text) == Reply(Answer.ACCEPT, ok=True)


@pytest.mark.parametrize("text", ["yes", "1", "ok yes", "1 ok"])
def test_another_yes_is_no_mere_ok(text: str) -> None:
    assert read_reply(text) == ACCEPTED


@pytest.mark.parametrize("text", PASS_IT_ON.split("|"))
def test_these_pass_it_on(text: str) -> None:
    assert read_reply(text) == DECLINED


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("1 K7Q", Reply(Answer.ACCEPT, "K7Q")),
        ("K7Q 1", Reply(Answer.ACCEPT, "K7Q")),
        ("k7q: yes please", Reply(Answer.ACCEPT, "K7Q")),
        ("1,k7q4", Reply(Answer.ACCEPT, "K7Q4")),
        ("1 K7Q K7Q", Reply(Answer.ACCEPT, "K7Q")),
        ("no, ref K7Q", Reply(Answer.DECLINE, "K7Q")),
        ("2-k7q", Reply(Answer.DECLINE, "K7Q")),
        ("1K7Q", Reply(Answer.ACCEPT, "K7Q")),  # with one thumb the blank is easily missed
        ("2k7q4", Reply(Answer.DECLINE, "K7Q4")),
        ("K7Q", Reply(Answer.UNCLEAR, "K7Q")),
        ("1 K7Q C2D", UNCLEAR),
    ],
)
def test_a_reference_says_which_crisis_is_meant(text: str, reply: Reply) -> None:
    assert read_reply(text) == reply


@pytest.mark.parametrize("text", [*UNCLEAR_TEXTS.split("|"), "x" * 5000, "1" * 5000])
def test_what_is_not_clear_takes_nothing(text: str) -> None:
    assert read_reply(text).answer is Answer.UNCLEAR


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (OPT_OUT_WORDS, Answer.OPT_OUT),
        (OPT_IN_WORDS, Answer.OPT_IN),
        (HELP_WORDS, Answer.HELP),
    ],
)
def test_the_words_that_twilio_answers_are_left_to_twilio(
    words: frozenset[str], answer: Answer
) -> None:
    for word in words:
        assert read_reply(f" {word.upper()}. ") == Reply(answer)


def test_a_long_text_is_read_to_its_end_or_not_at_all() -> None:
    """A text of several segments must not lose its "not" to a limit of ours."""
    assert read_reply("yes" + " " * 600 + "but not me").answer is Answer.UNCLEAR


def test_no_word_means_two_things() -> None:
    kinds = [ACCEPT_WORDS, DECLINE_WORDS, FILLER_WORDS, {COVER, "withdraw"}]
    kinds += [OPT_OUT_WORDS, OPT_IN_WORDS, HELP_WORDS]
    for one, other in combinations(kinds, 2):
        assert not one & other
    assert OK_WORDS <= ACCEPT_WORDS


# Codes ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "123456",
        " 123456. ",
        "123 456",
        "123-456",
        "Code 123456",
        "code: 123456",
        "\uff11\uff12\uff13456",
    ],
)
def test_a_code_alone_is_a_code(text: str) -> None:
    assert read_reply(text) == Reply(Answer.CODE, code="123456")


@pytest.mark.parametrize("text", ["123", "123456789", "1234 5678", "yes 123456", "my code 1234"])
def test_other_digits_are_no_code(text: str) -> None:
    assert read_reply(text).answer is Answer.UNCLEAR


# Call back ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("CALL", None),
        (" call. ", None),
        ("Call back", None),
        ("callback please", None),
        ("CALL K7Q", "K7Q"),
        ("k7q4: call", "K7Q4"),
        ("call back ref K7Q", "K7Q"),
    ],
)
def test_call_alone_asks_to_be_connected(text: str, ref: str | None) -> None:
    assert read_reply(text) == Reply(Answer.CALL, ref)


@pytest.mark.parametrize(
    "text",
    ["call me", "I'll call", "will call back", "call off", "don't call", "call K7Q C2D", "call 2?"],
)
def test_what_may_mean_something_else_rings_nobody(text: str) -> None:
    assert read_reply(text).answer is not Answer.CALL


def test_an_answer_with_a_call_in_it_is_still_an_answer() -> None:
    assert read_reply("I'll take the call") == ACCEPTED
    assert read_reply("1 call") == ACCEPTED


def test_call_is_none_of_the_words_that_twilio_answers() -> None:
    asked = CALL_FILLERS | {CALL, "callback"}
    assert not asked & (OPT_OUT_WORDS | OPT_IN_WORDS | HELP_WORDS)


# Cover ──────────────────────────────────────────────────────────────────────────────────────────

EVENING = Part(time(20), time(23))


@pytest.mark.parametrize(
    "text", ["COVER", " cover. ", "Cover!", "Please cover me", "cover my shift please", "cóver"]
)
def test_cover_asks_for_the_whole_shift(text: str) -> None:
    assert read_reply(text) == Reply(Answer.COVER, about_shift=True)


@pytest.mark.parametrize(
    "text",
    [
        "COVER 20:00-23:00",
        "cover 20-23",
        "cover 2000-2300",
        "Cover 20.00 \u2013 23.00",
        "cover from 20:00 to 23:00",
        "cover 8pm-11pm",
        "cover 8:00 pm until 11:00 PM.",
        "please cover me between 8pm and 11pm",
        "COVER 20:00\u201423:00",
    ],
)
def test_cover_with_times_asks_for_a_part(text: str) -> None:
    assert read_reply(text) == Reply(Answer.COVER, about_shift=True, part=EVENING)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("cover 22-6", Part(time(22), time(6))),
        ("cover 20:30-24:00", Part(time(20, 30), time(0))),
        ("cover 12am-12pm", Part(time(0), time(12))),
        ("cover 800-1215", Part(time(8), time(12, 15))),
    ],
)
def test_the_times_are_the_wall_s(text: str, part: Part) -> None:
    assert read_reply(text).part == part


@pytest.mark.parametrize(
    ("text", "number", "part"),
    [("COVER 2", 2, None), ("cover 1 20:00-23:00", 1, EVENING), ("Cover 2, please", 2, None)],
)
def test_a_number_says_which_of_several_shifts(text: str, number: int, part: Part | None) -> None:
    assert read_reply(text) == Reply(Answer.COVER, about_shift=True, number=number, part=part)


@pytest.mark.parametrize(
    "text",
    [
        "COVER WEB",
        "cover tomorrow",
        "cover 8-11pm",
        "cover 25:00-26:00",
        "cover 20:70-21:00",
        "cover 20:00-20:00",
        "cover 13pm-14pm",
        "cover 20:00",
        "cover 1 2",
        "cover for ana",
        "cover u7q",
        "cover stop",
        "cover yes",
        "cover 1 yes",
        "1 cover",
        "ok cover",
        "no cover",
        "can't cover",
        "I can't cover",
        "I can cover it",
        "don't cover",
    ],
)
def test_what_is_said_of_cover_unclearly_gets_help_and_does_nothing(text: str) -> None:
    reply = read_reply(text)
    assert (reply.answer, reply.about_shift) == (Answer.UNCLEAR, True)


@pytest.mark.parametrize("text", ["Yes I can cover", "yes, I'll cover it", "OK I will cover"])
def test_an_offer_to_cover_is_a_yes_about_a_shift(text: str) -> None:
    assert read_reply(text) == Reply(Answer.ACCEPT, about_shift=True)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("WITHDRAW", None),
        ("cover cancel", None),
        ("Cancel cover please", None),
        ("withdraw u7q", "U7Q"),
        ("CANCEL U7Q", "U7Q"),
        ("cover cancel U7Q4", "U7Q4"),
    ],
)
def test_a_request_is_taken_back(text: str, ref: str | None) -> None:
    assert read_reply(text) == Reply(Answer.WITHDRAW, ref, about_shift=True)


@pytest.mark.parametrize("text", ["cancel", "Cancel.", "CANCEL please"])
def test_a_bare_cancel_opts_out(text: str) -> None:
    assert read_reply(text) == OPT_OUT


@pytest.mark.parametrize(
    "text", ["cancel everything", "withdraw u7q u3k", "yes withdraw", "cancel no"]
)
def test_nothing_is_taken_back_in_doubt(text: str) -> None:
    assert read_reply(text).answer is Answer.UNCLEAR


# Any text ───────────────────────────────────────────────────────────────────────────────────────


@st.composite
def _references(draw: st.DrawFn) -> str:
    length = draw(st.integers(SHORTEST, 8))
    return reference(draw(st.integers(0, capacity(length) - 1)), length)


references = _references()
request_references = st.builds(request_reference, st.integers(0), st.integers(SHORTEST, 8))
ALL_WORDS = ACCEPT_WORDS | DECLINE_WORDS | FILLER_WORDS | WITHDRAW_WORDS | {COVER}
ALL_WORDS |= OPT_OUT_WORDS | OPT_IN_WORDS | HELP_WORDS
known = st.sampled_from(sorted(ALL_WORDS))
clock = st.sampled_from(["20:00-23:00", "8pm to 11pm", "20-23", "2", "123456"])
words = st.one_of(known, clock, references, st.text("abcdefgh0123456789", min_size=1, max_size=6))
gaps = st.sampled_from([" ", "  ", ", ", ". ", "\n", " - ", "! "])


@given(st.lists(st.tuples(words, gaps), max_size=8))
def test_only_known_words_ever_accept(pieces: list[tuple[str, str]]) -> None:
    reply = read_reply("".join(word + gap for word, gap in pieces))
    said = {word for word, _ in pieces}
    if reply.answer is Answer.ACCEPT:
        glued = {word for word in said if re.fullmatch("[12]?[a-z][0-9][a-z0-9]+", word, re.I)}
        assert said & ACCEPT_WORDS or any(word[0] == "1" for word in glued)
        assert said <= ACCEPT_WORDS | FILLER_WORDS | glued | {COVER}


@given(st.lists(st.tuples(words, gaps), max_size=6))
def test_no_text_means_two_things(pieces: list[tuple[str, str]]) -> None:
    """Whoever speaks of cover never answers for a crisis, and an answer never asks for cover."""
    said = {word for word, _ in pieces}
    reply = read_reply("".join(word + gap for word, gap in pieces))
    match reply.answer:
        case Answer.ACCEPT | Answer.DECLINE:
            assert reply.about_shift == (COVER in said)
            assert not said & (WITHDRAW_WORDS | OPT_OUT_WORDS)
        case Answer.COVER:
            assert COVER in said
            assert not said & (DECLINE_WORDS | WITHDRAW_WORDS | ACCEPT_WORDS) - {"1", "2"}
        case Answer.WITHDRAW:
            assert said & WITHDRAW_WORDS
            assert not said & (ACCEPT_WORDS | DECLINE_WORDS)
        case Answer.CODE:
            assert said == {"123456"}
    assert (reply.part is not None or reply.number is not None) <= (reply.answer is Answer.COVER)
    assert (reply.code is not None) == (reply.answer is Answer.CODE)


@given(st.text())
def test_any_text_at_all_can_be_read(text: str) -> None:
    assert read_reply(text).answer in Answer


@given(
    references | request_references,
    st.sampled_from(["1", "yes", "2", "no"]),
    st.booleans(),
    st.booleans(),
)
def test_every_reference_is_read_back(ref: str, word: str, first: bool, small: bool) -> None:
    written = ref.lower() if small else ref
    reply = read_reply(f"{written} {word}" if first else f"{word} {written}")
    assert reply == Reply(Answer.ACCEPT if word in ACCEPT_WORDS else Answer.DECLINE, ref)


@given(references)
def test_no_reference_is_a_word_of_a_reply(ref: str) -> None:
    assert ref.lower() not in ALL_WORDS


@given(references, request_references)
def test_no_request_has_the_reference_of_a_crisis(crisis: str, request: str) -> None:
    assert (is_request(crisis), is_request(request)) == (False, True)
