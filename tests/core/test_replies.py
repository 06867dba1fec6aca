"""What staff text back in the middle of the night is read right, or not at all."""

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dispatch.references import SHORTEST, capacity, reference
from notifications.replies import (
    ACCEPT_WORDS,
    DECLINE_WORDS,
    FILLER_WORDS,
    OPT_OUT_WORDS,
    Answer,
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


@pytest.mark.parametrize("word", sorted(OPT_OUT_WORDS))
def test_the_words_that_twilio_answers_are_left_to_twilio(word: str) -> None:
    assert read_reply(f" {word.upper()}. ") == OPT_OUT


def test_a_long_text_is_read_to_its_end_or_not_at_all() -> None:
    """A text of several segments must not lose its "not" to a limit of ours."""
    assert read_reply("yes" + " " * 600 + "but not me").answer is Answer.UNCLEAR


def test_no_word_means_two_things() -> None:
    for one, other in [
        (ACCEPT_WORDS, DECLINE_WORDS),
        (ACCEPT_WORDS, OPT_OUT_WORDS),
        (DECLINE_WORDS, OPT_OUT_WORDS),
        (FILLER_WORDS, ACCEPT_WORDS | DECLINE_WORDS | OPT_OUT_WORDS),
    ]:
        assert not one & other


@st.composite
def _references(draw: st.DrawFn) -> str:
    length = draw(st.integers(SHORTEST, 8))
    return reference(draw(st.integers(0, capacity(length) - 1)), length)


references = _references()
known = st.sampled_from(sorted(ACCEPT_WORDS | DECLINE_WORDS | OPT_OUT_WORDS | FILLER_WORDS))
words = st.one_of(known, references, st.text("abcdefgh0123456789", min_size=1, max_size=6))
gaps = st.sampled_from([" ", "  ", ", ", ". ", "\n", " - ", "! "])


@given(st.lists(st.tuples(words, gaps), max_size=8))
def test_only_known_words_ever_accept(pieces: list[tuple[str, str]]) -> None:
    reply = read_reply("".join(word + gap for word, gap in pieces))
    said = {word for word, _ in pieces}
    if reply.answer is Answer.ACCEPT:
        glued = {word for word in said if re.fullmatch("[12]?[a-z][0-9][a-z0-9]+", word, re.I)}
        assert said & ACCEPT_WORDS or any(word[0] == "1" for word in glued)
        assert said <= ACCEPT_WORDS | FILLER_WORDS | glued


@given(st.text())
def test_any_text_at_all_can_be_read(text: str) -> None:
    assert read_reply(text).answer in Answer


@given(references, st.sampled_from(["1", "yes", "2", "no"]), st.booleans(), st.booleans())
def test_every_reference_is_read_back(ref: str, word: str, first: bool, small: bool) -> None:
    written = ref.lower() if small else ref
    reply = read_reply(f"{written} {word}" if first else f"{word} {written}")
    assert reply == Reply(Answer.ACCEPT if word in ACCEPT_WORDS else Answer.DECLINE, ref)


@given(references)
def test_no_reference_is_a_word_of_a_reply(ref: str) -> None:
    assert ref.lower() not in ACCEPT_WORDS | DECLINE_WORDS | OPT_OUT_WORDS | FILLER_WORDS
