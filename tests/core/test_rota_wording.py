"""What leaves by SMS about shifts: one segment, no reason of an absence, no word that opts out."""

import inspect
import re
from collections.abc import Callable

import pytest

from notifications import rota_wording
from notifications.replies import OPT_OUT_WORDS, Answer, read_reply
from notifications.shared_words import SEGMENT
from tests.core.test_wording import GSM

REF = "U7Q4"
WHEN = "Fri Nov 27 17:00 to Sat Nov 28 08:00"
VALUES: dict[str, object] = {
    "ref": REF,
    "tier": "supervisor",
    "other_tier": "backup",
    "tiers": ("supervisor", "backup"),
    "team": "North County ACT 24h",
    "when": WHEN,
    "other_when": "Sun Nov 29 17:00 to 08:00",
    "name": "Sasha Fernandez",
    "names": ("Sasha Fernandez", "Robin Longstreet"),
    "asked": ["Sasha Fernandez", "Robin Longstreet", "Kim Sample", "Lou Sample"],
    "until": "Thu Nov 26 20:30",
    "left": "Time left: 13 h 45 min",
    "url": "https://vigil.county-health.example/me/shifts",
    "why": "Sasha Fernandez is on supervisor of South County ACT at that time.",
    "refs": ["U7Q4", "U3K", "U2D8", "U9X", "U4L", "U5M", "U6N"],
    "crises": ["K7Q", "C2D"],
    "questions": ["U7Q4", "U3K"],
    "shifts": [f"primary of North ACT, {WHEN}"],
    "part": " 20:00-23:00",
    "days": 14,
    "begins": "20:00",
    "ends": "23:00",
    "leads_know": False,
    "answer": "Vigil: thank you. You are confirmed for Fri Nov 27 17:00.",
}
"""As long as in life, or longer."""

SENTENCES = {
    name: function
    for name, function in vars(rota_wording).items()
    if inspect.isfunction(function) and function.__module__ == rota_wording.__name__
    if not name.startswith("_")
}


def written(function: Callable[..., str], **other: object) -> str:
    values = {**VALUES, **other}
    return function(**{name: values[name] for name in inspect.signature(function).parameters})


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_every_sms_is_one_segment(name: str) -> None:
    text = written(SENTENCES[name])
    assert set(text) <= GSM
    assert len(text) <= SEGMENT, f"{len(text)} characters: {text}"


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_no_sms_is_given_a_reason_or_anything_about_a_client(name: str) -> None:
    """What a sentence is never handed it cannot tell. `why` is why something can't be done."""
    assert set(inspect.signature(SENTENCES[name]).parameters) <= set(VALUES)


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_no_sms_holds_a_word_that_stops_the_service(name: str) -> None:
    """Who answers by such a word could never be texted again."""
    assert not set(re.findall(r"[a-z]+", written(SENTENCES[name]).lower())) & OPT_OUT_WORDS


@pytest.mark.parametrize("name", ["cover_asked", "swap_asked", "swap_needs_lead"])
def test_every_question_says_what_to_reply(name: str) -> None:
    text = written(SENTENCES[name])
    assert text.startswith(f"Vigil {REF}: ")
    told = re.findall(rf"(YES|NO) {REF}", text)
    assert [read_reply(f"{word} {REF}").answer for word in told] == [Answer.ACCEPT, Answer.DECLINE]


def test_what_to_text_is_read_as_it_is_meant() -> None:
    assert read_reply(f"WITHDRAW {REF}").answer is Answer.WITHDRAW
    help_text = rota_wording.reply_cover_help("https://vigil.example/me/shifts")
    assert "COVER 20:00-23:00" in help_text
    assert read_reply("COVER 20:00-23:00").answer is Answer.COVER


@pytest.mark.parametrize(
    ("asked", "people"),
    [
        (["Ana Sample"], "Ana Sample"),
        (["Ana Sample", "Cho Sample"], "Ana Sample and Cho Sample"),
        (["Ana Sample", "Cho Sample", "Dee Sample"], "Ana Sample, Cho Sample and 1 more"),
        (["Maximiliana Fernandez-Oliveira the Third"] * 3, "3 people"),
    ],
)
def test_the_people_who_are_asked_are_named_as_far_as_a_segment_goes(
    asked: list[str], people: str
) -> None:
    text = written(rota_wording.cover_begun, tier="primary", asked=asked)
    assert f"asking {people} for primary" in text
    assert "Yours until one says yes." in text
    assert len(text) <= SEGMENT


@pytest.mark.parametrize(
    ("until", "know", "said"),
    [
        ("Thu Nov 26 20:30", False, "; the leads at Thu Nov 26 20:30."),
        (None, True, "; the leads know."),
        (None, False, "; no lead could be texted: call one."),
    ],
)
def test_who_asks_for_cover_hears_what_the_leads_know(
    until: str | None, know: bool, said: str
) -> None:
    text = written(rota_wording.cover_begun, until=until, leads_know=know)
    assert said in text
    assert len(text) <= SEGMENT


@pytest.mark.parametrize("name", ["cover_without_takers", "told_no_cover_yet"])
def test_the_leads_are_said_to_know_only_where_they_do(name: str) -> None:
    assert " The leads know. " in written(SENTENCES[name], leads_know=True)
    assert " No lead could be texted: call one. " in written(SENTENCES[name])


def test_an_address_is_left_out_where_there_is_no_room() -> None:
    far = "https://a-very-long-name-of-a-server.county-health.example/teams/north/schedule"
    text = written(rota_wording.told_leads_of_no_cover, url=far)
    assert far not in text
    near = written(rota_wording.told_leads_of_no_cover, team="N", tier="t", url="https://v.test")
    assert near.endswith("https://v.test")
