"""Every document a call can get: Twilio can read it, and no caller is left in silence by it."""

import inspect
import itertools
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from dispatch import callscript, prompts
from dispatch.callscript import Script
from dispatch.course import UNKNOWN, Course
from dispatch.events import EndCall, Farewell, Preface, Ring, RingLastResort
from dispatch.prompts import Language
from notifications.emulator.twiml import MESSAGE_VERBS, parse

PUBLIC_URL = "https://vigil.example.org"
NUMBERS = ("988", "+18002738255")

TWILIO = {
    # element: (attributes, elements it may hold), from https://www.twilio.com/docs/voice/twiml
    "Response": (set(), {"Say", "Gather", "Dial", "Redirect", "Hangup", "Message"}),
    "Say": ({"voice", "language", "loop"}, set()),
    "Gather": ({"action", "method", "numDigits", "timeout", "input", "finishOnKey"}, {"Say"}),
    "Dial": ({"action", "method", "timeout", "callerId", "answerOnBridge"}, {"Number"}),
    "Number": ({"url", "method", "statusCallback", "statusCallbackEvent"}, set()),
    "Redirect": ({"method"}, set()),
    "Hangup": (set(), set()),
    "Message": (set(), set()),
}

ON_ITS_WAY = Course("north", ("ana", "ben_2-x"), "ben_2-x", leg=2, round=3)

# A team's name and a made-up call name that would break markup or an address if not escaped.
SCRIPTS = [
    Script(PUBLIC_URL, ref, team, language, line, call_sid, course)
    for (ref, team, line, call_sid, course), language in itertools.product(
        [
            ("K7Q", "North ACT", "+15035550100", None, UNKNOWN),
            ("K7Q4", 'Ñandú & "Sons" <ACT>', None, "unnamed-a&b=c", ON_ITS_WAY),
            ("", "", None, None, UNKNOWN),
        ],
        Language,
    )
]


def to_the_caller() -> Iterator[tuple[str, str]]:
    """Every document for a caller, with a name for the case."""
    for number, script in enumerate(SCRIPTS):
        for preface in Preface:
            ring = Ring("ana", "primary", 20, 3, preface)
            yield f"{number} ring {preface}", callscript.answer(script, ring, "+15035550101")
            for index, dialled in enumerate(NUMBERS):
                outside = RingLastResort(dialled, index, 7, preface)
                yield f"{number} outside {preface} {index}", callscript.answer(script, outside)
        for farewell in Farewell:
            yield f"{number} end {farewell}", callscript.answer(script, EndCall(farewell, 2))
        yield f"{number} menu", callscript.ask_team(script, ["North ACT", "South & East ACT"])
        yield f"{number} long menu", callscript.ask_team(script, [f"Team {n}" for n in range(12)])


def to_the_worker() -> Iterator[tuple[str, str]]:
    """Every document for a worker's phone, but the empty one that bridges."""
    for number, script in enumerate(SCRIPTS):
        yield f"{number} screen", callscript.screen(script, 3, "ana")
    words = [getattr(prompts, name) for name in vars(prompts) if name.startswith("SCREEN")]
    for said in ["", *words]:
        yield (
            f"hang up {said[:20]}",
            callscript.hang_up(said.format(name="A & B", ref="K 7", team="N")),
        )


CALLER, WORKER = list(to_the_caller()), list(to_the_worker())


def tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def addresses(text: str) -> list[str]:
    """Every address of ours in a document."""
    root = tree(text)
    found = [
        element.attrib[name]
        for element in root.iter()
        for name in ("action", "url", "statusCallback")
        if name in element.attrib
    ]
    return found + [element.text or "" for element in root.iter("Redirect")]


@pytest.mark.parametrize("text", [text for _, text in CALLER + WORKER] + [callscript.bridge()])
def test_twilio_knows_every_verb_and_attribute(text: str) -> None:
    """Twilio only warns of a typo and ignores it, so nobody would notice."""
    assert parse(text).warnings == ()
    for element in tree(text).iter():
        attributes, children = TWILIO[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children


@pytest.mark.parametrize(("case", "text"), CALLER)
def test_no_document_for_a_caller_ends_in_silence(case: str, text: str) -> None:
    """It ends in a dial or a question whose answer comes back to us, or in a hang-up."""
    verbs = list(tree(text))
    last, before = verbs[-1], verbs[-2] if len(verbs) > 1 else None
    match last.tag:
        case "Dial":
            assert last.get("action")
            assert [number.tag for number in last] == ["Number"]  # several: the first pickup wins
            assert last.get("answerOnBridge") == "true"
            assert 5 <= int(last.get("timeout", "")) <= 600
        case "Redirect":
            assert before is not None
            assert before.tag == "Gather"
        case other:
            assert other == "Hangup"


@pytest.mark.parametrize(("case", "text"), WORKER)
def test_every_document_for_a_worker_ends_in_a_hang_up(case: str, text: str) -> None:
    """An empty end would bridge a voicemail to a person in crisis."""
    verbs = [element.tag for element in tree(text)]
    assert verbs[-1] == "Hangup"
    assert "Dial" not in verbs  # Twilio's error 13201 in a screening


def test_only_the_bridge_is_an_empty_document() -> None:
    assert list(tree(callscript.bridge())) == []
    assert all(list(tree(text)) for _, text in CALLER + WORKER)


def test_the_worker_needs_one_key_and_hears_team_and_reference() -> None:
    gather = tree(callscript.screen(SCRIPTS[0], 3, "ana")).find("Gather")
    assert gather is not None
    assert gather.get("numDigits") == "1"
    words = gather.findtext("Say") or ""
    assert "North ACT" in words
    assert "K 7 Q" in words
    assert "Press 1" in words


def test_the_team_is_screened_and_the_last_resort_never() -> None:
    ring = tree(callscript.answer(SCRIPTS[0], Ring("ana", "primary", 20, 3, Preface.NONE), "+1"))
    assert all(number.get("url") for number in ring.iter("Number"))
    outside = [text for case, text in CALLER if "outside" in case]
    dialled = [number for text in outside for number in tree(text).iter("Number")]
    assert {number.text for number in dialled} == set(NUMBERS)
    assert {number.get("url") for number in dialled} == {None}


def test_every_address_carries_the_state_of_the_call_and_no_phone_number() -> None:
    for number, script in enumerate(SCRIPTS):
        mine = [text for case, text in CALLER if case.startswith(f"{number} ")]
        for address in [one for text in mine for one in addresses(text)]:
            parts = urlsplit(address)
            query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
            assert f"{parts.scheme}://{parts.netloc}" == PUBLIC_URL
            assert parts.path.startswith("/twilio/voice/")
            assert query["ref"] == [script.ref]
            assert query.get("sid") == ([script.call_sid] if script.call_sid else None)
            assert "5035550101" not in address


def test_leg_and_person_can_be_read_back_from_the_addresses() -> None:
    ring = Ring("o'hara & co", "primary", 20, 3, Preface.GREETING)
    found = {
        urlsplit(address).path.rsplit("/", 1)[-1]: parse_qs(urlsplit(address).query)
        for address in addresses(callscript.answer(SCRIPTS[0], ring, "+15035550101"))
    }
    assert found == {
        "step": {"ref": ["K7Q"], "leg": ["3"], "staff": ["o'hara & co"]},
        "screen": {"ref": ["K7Q"], "leg": ["3"], "staff": ["o'hara & co"]},
        "leg": {"ref": ["K7Q"], "leg": ["3"]},
    }


def test_a_call_goes_on_from_where_it_was_by_what_its_addresses_carry() -> None:
    ring = Ring("cleo", "supervisor", 20, 3, Preface.NEXT)
    script = Script(PUBLIC_URL, "K7Q", course=replace(ON_ITS_WAY, tried=("ana", "ben_2-x", "cleo")))
    for address in addresses(callscript.answer(script, ring, "+15035550101")):
        query = {name: one for name, [one] in parse_qs(urlsplit(address).query).items()}
        found = Course.of(query)
        assert (found.team, found.tried) == ("north", ("ana", "ben_2-x", "cleo"))
        assert (found.leg, found.round) == (3, 3)


@pytest.mark.parametrize(
    "query", [{}, {"leg": "x", "round": "²", "tried": ".."}, {"leg": "9" * 30, "team": ""}]
)
def test_an_address_of_an_older_version_or_nonsense_in_it_is_a_course_unknown(
    query: dict[str, str],
) -> None:
    assert Course.of(query) == UNKNOWN


@pytest.mark.parametrize("language", list(Language))
def test_the_caller_is_spoken_to_in_their_language(language: Language) -> None:
    scripts = [number for number, script in enumerate(SCRIPTS) if script.language is language]
    mine = [text for case, text in CALLER if int(case.split()[0]) in scripts]
    spoken = {say.get("language") for text in mine for say in tree(text).iter("Say")}
    assert spoken == {language.spoken}


def test_nothing_is_left_unsaid_in_any_language() -> None:
    """Whatever is said is filled in, and every language has words for it."""
    for _, text in CALLER + WORKER:
        assert all((say.text or "").strip() for say in tree(text).iter("Say"))
        assert "{" not in "".join(tree(text).itertext())


def test_more_teams_than_keys_are_not_offered() -> None:
    words = "".join(tree(callscript.ask_team(SCRIPTS[0], [f"T{n}" for n in range(12)])).itertext())
    assert "Press 9 for T8." in words
    assert "T9" not in words


def test_no_document_can_say_who_the_client_is() -> None:
    """What is never handed to the script cannot be spoken or written into an address."""
    asked = {
        name
        for function in vars(callscript).values()
        if inspect.isfunction(function) and function.__module__ == callscript.__name__
        for name in inspect.signature(function).parameters
    } | set(inspect.signature(Script).parameters)
    assert not {name for name in asked if "client" in name or "caller" in name or "name" in name}


@pytest.mark.parametrize("words", ["Vigil K7Q is yours.", "a < b & c", None, ""])
def test_the_answer_to_a_text_is_a_message_or_nothing(words: str | None) -> None:
    text = callscript.message(words)
    document = parse(text, verbs=MESSAGE_VERBS)
    assert document.warnings == ()
    assert [element.text for element in tree(text)] == ([words] if words else [])
