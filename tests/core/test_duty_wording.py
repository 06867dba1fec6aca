"""What leaves by SMS about handoffs, phones and coverage: as short and as discreet as the rest."""

import inspect
import re
from collections.abc import Callable

import pytest

from notifications import duty_wording
from notifications.replies import OPT_OUT_WORDS, Answer, read_reply
from notifications.shared_words import SEGMENT
from tests.core.test_wording import GSM

PLACE = "North County ACT 24h (supervisor)"
WHEN = "Fri Nov 27 17:00 to Sat Nov 28 08:00"
URL = "https://vigil.county-health.example/teams/north/schedule"
VALUES: dict[str, object] = {
    "duty": f"{PLACE} from {WHEN}",
    "confirmed": False,
    "leads_know": False,
    "name": "Sasha Fernandez",
    "days": 7,
    "code": "123456",
    "minutes": 10,
    "tries_left": 4,
    "tier": "supervisor",
    "team": "North County ACT 24h",
    "when": f"from {WHEN}",
    "reason": "Sasha Fernandez can be reached neither by SMS nor by voice",
    "first": f"supervisor of North County ACT 24h is thin from {WHEN}: "
    "Sasha Fernandez has had too little rest after a night.",
    "shorter": f"supervisor of North County ACT 24h is thin from {WHEN}.",
    "body": "Vigil: primary of North County ACT 24h is thin. https://vigil.example/teams/north",
    "others": 188,
    "url": URL,
}
"""As long as in life, or longer."""

PIECES = {"gap_ahead", "gap_accepted", "thin_ahead", "gap_mended"}
"""What `told_leads` is made of."""

SPOKEN = {"phone_code_document", "spoken"}
"""What a call says."""

SENTENCES = {
    name: function
    for name, function in vars(duty_wording).items()
    if inspect.isfunction(function) and function.__module__ == duty_wording.__name__
}
TEXTS = sorted(set(SENTENCES) - PIECES - SPOKEN)


def written(function: Callable[..., str], **other: object) -> str:
    values = {**VALUES, **other}
    return function(**{name: values[name] for name in inspect.signature(function).parameters})


@pytest.mark.parametrize("name", TEXTS)
def test_every_sms_is_one_segment(name: str) -> None:
    text = written(SENTENCES[name])
    assert text.startswith("Vigil")
    assert set(text) <= GSM
    assert len(text) <= SEGMENT, f"{len(text)} characters: {text}"


@pytest.mark.parametrize("name", ["on_call_notice", "reply_confirmed", "told_no_longer_yours"])
def test_what_begins_at_once_on_two_tiers_takes_two_at_most(name: str) -> None:
    both = f"{PLACE} and {PLACE} from {WHEN}"
    assert len(written(SENTENCES[name], duty=both)) <= 2 * 153, "two that the phone puts together"


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_no_sms_is_given_anything_about_a_client_or_why_somebody_is_away(name: str) -> None:
    """What a sentence is never handed it cannot tell. `reason` is why a tier is empty or thin."""
    assert set(inspect.signature(SENTENCES[name]).parameters) <= set(VALUES) - {"note", "why"}


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_no_sms_holds_a_word_that_stops_the_service(name: str) -> None:
    """Who answers by such a word could never be texted again."""
    assert not set(re.findall(r"[a-z]+", written(SENTENCES[name]).lower())) & OPT_OUT_WORDS


@pytest.mark.parametrize("text", [written(duty_wording.on_call_notice), duty_wording.test_page()])
def test_what_to_reply_is_read_as_it_is_meant(text: str) -> None:
    [word] = re.findall(r"reply (\w+)$", text, re.IGNORECASE)
    reply = read_reply(word)
    assert (reply.answer, reply.ok) == (Answer.ACCEPT, True)


def test_who_has_said_ok_is_asked_for_none() -> None:
    assert "OK" not in written(duty_wording.on_call_notice, confirmed=True)


def test_the_one_before_hears_whether_the_leads_know() -> None:
    short = "North ACT (primary) from Fri Nov 27 17:00 to 23:00"
    for duty in (short, str(VALUES["duty"])):
        known = written(duty_wording.told_not_confirmed_to_outgoing, duty=duty, leads_know=True)
        assert known.endswith(f"for {duty}, has not said OK. The leads know.")
        unknown = written(duty_wording.told_not_confirmed_to_outgoing, duty=duty)
        assert unknown.endswith(" No lead could be texted: call one.")
        assert "The leads know" not in unknown
        assert len(unknown) <= SEGMENT


def test_of_a_gap_that_was_accepted_only_by_whom_is_said() -> None:
    assert list(inspect.signature(duty_wording.gap_accepted).parameters) == [
        "tier",
        "team",
        "when",
        "name",
    ]
    text = written(duty_wording.gap_accepted)
    told = written(
        duty_wording.told_leads, first=text, shorter=text, others=0, url="https://v.test"
    )
    assert told == f"Vigil: {text} https://v.test"


@pytest.mark.parametrize(
    ("team", "url", "expected"),
    [
        (
            "N",
            "https://v.test",
            "nobody is s of N on Friday (Sasha is away). 2 more. https://v.test",
        ),
        ("N", URL + URL, "nobody is s of N on Friday (Sasha is away). 2 more."),
        (
            "N" * 104,
            "https://v.test",
            f"nobody is s of {'N' * 104} on Friday. 2 more. https://v.test",
        ),
        ("N" * 104, URL + URL, f"nobody is s of {'N' * 104} on Friday. 2 more."),
    ],
)
def test_what_has_no_room_is_left_out_the_address_before_the_cause(
    team: str, url: str, expected: str
) -> None:
    full = duty_wording.gap_ahead("s", team, "on Friday", "Sasha is away")
    short = duty_wording.gap_ahead("s", team, "on Friday")
    assert duty_wording.told_leads(full, short, 2, url) == f"Vigil: {expected}"
