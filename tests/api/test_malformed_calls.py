"""Whatever a signed request lacks or garbles, the caller on the line is connected all the same."""

import json
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from dispatch.tables import ContactRow
from notifications.emulator import twiml
from notifications.emulator.verbs import Dial, Gather, Hangup, Message
from tests.api.edge import VOICE_PATHS, EdgeNight, Form, call_form, dialled, document, text_form
from tests.scenarios.town import (
    ANA,
    CLIENT,
    GUS,
    NORTH_LINE,
    SHARED_LINE,
    SOUTH_CLIENT,
    SOUTH_LINE,
    STRANGER,
)

LAST_RESORT = "988"


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: nothing comes due while odd requests come in."""
    return 1.0


def a_call(night: EdgeNight, **fields: str | None) -> list[str]:
    """Whose phone rings first for a call that came in like this."""
    form = call_form(**fields)
    return night.first_rung(night.twilio("/twilio/voice", form), form)


# The first request of a call ────────────────────────────────────────────────────────────────────


def test_a_call_without_a_name_is_routed_and_goes_on_under_a_name_of_ours(night: EdgeNight) -> None:
    form = call_form(CallSid=None, From=SOUTH_CLIENT)
    [dial] = [
        verb
        for verb in document(night.twilio("/twilio/voice", form)).verbs
        if isinstance(verb, Dial)
    ]
    assert [number.number for number in dial.numbers] == [GUS]
    assert dial.action is not None
    step = night.twilio(
        dial.action.partition("#")[0], {"CallStatus": "in-progress", "DialCallStatus": "no-answer"}
    )
    assert dialled(document(step)) == ["+15035550108"], "the ladder of the same call climbs on"


def test_a_call_without_a_caller_goes_to_the_team_of_the_line(night: EdgeNight) -> None:
    assert a_call(night, From=None, To=SOUTH_LINE) == [GUS]


def test_a_client_who_dials_nothing_known_reaches_their_own_team(night: EdgeNight) -> None:
    assert a_call(night, To=None, From=SOUTH_CLIENT) == [GUS]
    assert a_call(night, To="+15035550100", From="+15035550124") == [ANA]
    assert a_call(night, To="nonsense", From="+15035550122") == [ANA]


@pytest.mark.parametrize("line", [None, "", "+15035550100", "junk", "+1" * 100, SHARED_LINE])
def test_a_stranger_on_no_known_line_is_asked_and_then_taken_to_the_first_team(
    night: EdgeNight, line: str | None
) -> None:
    form = call_form(To=line, From=None)
    answer = night.twilio("/twilio/voice", form)
    [gather] = [verb for verb in document(answer).verbs if isinstance(verb, Gather)]
    assert "North ACT" in str(gather.prompts)
    assert night.first_rung(answer, form) == [ANA]


@pytest.mark.parametrize(
    "caller",
    [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "unavailable",
        "restricted",
        "+266696687",
        "+7378742833",
        "+86282452253",
        "+2562533",
        "+8656696",
        "sip:somebody@example.org",
        "client:browser",
        "+",
        "0",
        "+1503555012",
        "+15035550121; drop table crisis",
        "<Dial>+15035550166</Dial>",
        "٠١٢٣٤٥٦٧٨٩",
        "\U0001f198",
        "1" * 60_000,
    ],
)
def test_a_caller_who_is_nobody_reaches_the_team_of_the_line(night: EdgeNight, caller: str) -> None:
    assert a_call(night, From=caller, To=SOUTH_LINE) == [GUS]


def test_a_withheld_number_is_never_kept_as_somebodys_number(night: EdgeNight) -> None:
    sid = "CA-withheld"
    a_call(night, CallSid=sid, From="+266696687")
    [contact] = [row for row in night.contents()["contact"] if sid in row]
    assert "266696687" not in contact


@pytest.mark.parametrize("field", ["CallSid", "From", "To"])
@pytest.mark.parametrize(
    "junk",
    ["\x00", "a\x00b", "\U0001f198\U0001f198", "'\"<>&;--", "x" * 50_000, "%00", "\ufffe\u202e"],
    ids=["nul", "nul inside", "emoji", "markup", "huge", "escaped", "odd letters"],
)
def test_junk_in_any_field_still_rings_somebody(night: EdgeNight, field: str, junk: str) -> None:
    [number] = a_call(night, **{field: junk})
    assert number in (ANA, LAST_RESORT)


def test_a_nul_in_the_callers_number_does_not_cost_them_their_team(night: EdgeNight) -> None:
    """PostgreSQL keeps no NUL in a text; that must not send a caller past their own people."""
    assert a_call(night, From="\x00", To=SOUTH_LINE) == [GUS]
    assert a_call(night, From=SOUTH_CLIENT, To="\x00") == [GUS]
    assert a_call(night, From=SOUTH_CLIENT, CallerName="A\x00B") == [GUS]


def test_hundreds_of_fields_do_not_get_in_a_callers_way(night: EdgeNight) -> None:
    many = {f"Field{number}": "x" for number in range(190)}
    assert a_call(night, From=None, To=SOUTH_LINE, **many) == [GUS]
    more = {f"Field{number}": "x" for number in range(400)}
    assert a_call(night, From=None, To=SOUTH_LINE, **more) == [GUS]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps({"From": SOUTH_CLIENT, "To": SOUTH_LINE}).encode()),
        ("text/plain", b"hello"),
        ("application/octet-stream", bytes(range(256))),
        ("multipart/form-data", b"no boundary was given"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.txt"\r\n\r\nhi\r\n--x--',
        ),
        ("", b""),
    ],
    ids=["json", "text", "bytes", "no boundary", "broken parts", "a file", "nothing"],
)
def test_what_is_no_form_counts_as_an_empty_one(
    night: EdgeNight, content_type: str, body: bytes
) -> None:
    signed = night.signature(f"{night.base_url}/twilio/voice", {})
    headers = {"X-Twilio-Signature": signed} | (
        {"Content-Type": content_type} if content_type else {}
    )
    answer = night.http.post("/twilio/voice", content=body, headers=headers)
    assert night.first_rung(answer, {}) in ([ANA], [LAST_RESORT])


# The later requests of a call ───────────────────────────────────────────────────────────────────


@pytest.fixture
def ringing(night: EdgeNight) -> Form:
    """A stranger's call for which Ana's phone rings."""
    form = call_form(From=None)
    assert dialled(document(night.twilio("/twilio/voice", form))) == [ANA]
    return form


NOT_REACHED = {"CallStatus": "in-progress", "DialCallStatus": "no-answer"}

BEN_IS_NEXT = "+15035550102"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"DialCallStatus": "something new"},
        {"DialCallStatus": ""},
        {"DialCallDuration": "-5"},
        {"DialCallDuration": "1e9"},
        {"DialCallDuration": "9" * 500},
        {"DialCallDuration": "٣"},
        {"DialBridged": "yes"},
        {"DialBridged": "TRUE", "DialCallDuration": "300"},
        {"CallStatus": "nonsense"},
    ],
    ids=str,
)
def test_a_step_that_is_garbled_climbs_on(
    night: EdgeNight, ringing: Form, fields: dict[str, str]
) -> None:
    answer = night.twilio("/twilio/voice/step?leg=1", {**ringing, **NOT_REACHED, **fields})
    assert dialled(document(answer)) == [BEN_IS_NEXT]


@pytest.mark.parametrize(
    "query",
    ["", "leg=abc", "leg=-1", "leg=1.5", "leg=", f"leg={'9' * 400}", "ref=%00", "ref=ZZZ&leg=7"],
)
def test_a_step_that_has_lost_its_address_rings_somebody(
    night: EdgeNight, ringing: Form, query: str
) -> None:
    path = "/twilio/voice/step" + (f"?{query}" if query else "")
    answer = night.twilio(path, {**ringing, **NOT_REACHED})
    assert dialled(document(answer)) in ([BEN_IS_NEXT], [LAST_RESORT])


def test_a_step_of_a_call_and_a_crisis_that_nobody_knows_is_answered_from_memory(
    night: EdgeNight,
) -> None:
    """Another node may know it: the ladder goes on by what the address says, and it is entered."""
    form = {**call_form(), **NOT_REACHED}
    answer = night.twilio("/twilio/voice/step?ref=NONE&leg=1&team=north&tried=ana&staff=ana", form)
    assert dialled(document(answer)) == [BEN_IS_NEXT]
    night.until(lambda: night.vigil.adrift.journal.pending() == [], "it is entered")


def test_a_negative_duration_is_no_talk(night: EdgeNight, ringing: Form) -> None:
    """A bridge of unknown length may have broken: the caller is connected again."""
    accept = {"CallSid": "CA-ana", "Digits": "1"}
    ref = night.crises()[-1].ref
    night.twilio(f"/twilio/voice/accept?ref={ref}&leg=1&staff=ana", accept)
    ended = {"CallStatus": "in-progress", "DialCallStatus": "completed", "DialBridged": "true"}
    answer = night.twilio(
        f"/twilio/voice/step?ref={ref}&leg=1", {**ringing, **ended, "DialCallDuration": "-30"}
    )
    assert dialled(document(answer)) != []


@pytest.mark.parametrize("digits", [None, "", "0", "9", "12345", "*", "#", "-1", "½", "9" * 5000])
def test_a_key_that_is_not_on_the_menu_means_the_first_team(
    night: EdgeNight, digits: str | None
) -> None:
    form = call_form(To=SHARED_LINE, From=None)
    answer = night.twilio("/twilio/voice", form)
    [gather] = [verb for verb in document(answer).verbs if isinstance(verb, Gather)]
    pressed = {**form, "Digits": digits} if digits is not None else form
    chosen = night.twilio(gather.action.partition("#")[0], pressed)
    assert dialled(document(chosen)) in ([ANA], [LAST_RESORT])


@pytest.mark.parametrize("digits", [None, "", "0", "11", "1 ", "one", "*", "\x00", "\u0661"])
def test_a_worker_who_does_not_press_1_is_not_bridged(
    night: EdgeNight, ringing: Form, digits: str | None
) -> None:
    form = {"CallSid": "CA-worker"} | ({"Digits": digits} if digits is not None else {})
    ref = max(night.crises(), key=lambda crisis: crisis.opened_at).ref
    answer = night.twilio(f"/twilio/voice/accept?ref={ref}&leg=1&staff=ana", form)
    assert isinstance(document(answer).verbs[-1], Hangup)


@pytest.mark.parametrize("query", ["", "ref=NONE&leg=abc&staff=nobody", "ref=%00&staff=%00"])
def test_a_screen_that_nobody_knows_hangs_up_on_whoever_picked_up(
    night: EdgeNight, query: str
) -> None:
    """An empty document would bridge a voicemail to a person in crisis."""
    path = "/twilio/voice/screen" + (f"?{query}" if query else "")
    answer = night.twilio(path, {"CallSid": "CA-somebody"})
    assert isinstance(document(answer).verbs[-1], Hangup)


# Texts ──────────────────────────────────────────────────────────────────────────────────────────


def words_of(answer: httpx.Response) -> str:
    """What is texted back."""
    assert answer.status_code == 200, answer.text
    page = twiml.parse(answer.text, verbs=twiml.MESSAGE_VERBS)
    return " ".join(verb.body for verb in page.verbs if isinstance(verb, Message))


def texts_kept(night: EdgeNight) -> int:
    """How many texts of clients became contacts of a crisis."""
    with night.vigil.unit_of_work.reading() as work:
        return len(work.session.exec(select(ContactRow).where(ContactRow.source == "text")).all())


@pytest.mark.parametrize(
    "body",
    ["Help me \U0001f198", "a\x00b", "\x00", "x" * 50_000, ""],
    ids=["emoji", "nul inside", "nul", "huge", "empty"],
)
def test_a_clients_text_reaches_the_team_whatever_is_in_it(night: EdgeNight, body: str) -> None:
    before = texts_kept(night)
    words = words_of(night.twilio("/twilio/sms", text_form(body, From=CLIENT)))
    assert texts_kept(night) == before + 1
    assert "could not" not in words


@pytest.mark.parametrize("sender", [None, "", "anonymous", "\x00", "\U0001f198", "1" * 50_000])
def test_a_text_from_nobody_is_answered_by_silence(night: EdgeNight, sender: str | None) -> None:
    assert words_of(night.twilio("/twilio/sms", text_form("1", From=sender))) == ""


@pytest.mark.parametrize("body", ["\x00", "1\x00", "\U0001f44d", "¿?", "x" * 50_000])
def test_a_reply_that_cannot_be_read_gets_one_helpful_answer(night: EdgeNight, body: str) -> None:
    assert "Vigil" in words_of(night.twilio("/twilio/sms", text_form(body, From=ANA)))


@pytest.mark.parametrize(
    "fields",
    [{}, {"MessageSid": "SM-unknown"}, {"MessageSid": "\x00", "MessageStatus": "sent"}],
    ids=["empty", "no status", "nul"],
)
def test_a_delivery_report_that_says_nothing_is_passed_over(
    night: EdgeNight, fields: dict[str, str]
) -> None:
    assert night.twilio("/twilio/sms/status", fields).status_code == 204


# Anything at all ────────────────────────────────────────────────────────────────────────────────

VALUES = st.one_of(
    st.sampled_from(
        [
            *(CLIENT, STRANGER, ANA, NORTH_LINE, SHARED_LINE, "anonymous", "1", "2", "true"),
            *("completed", "in-progress", "no-answer", "canceled", "busy", "0", "-1", "90", "\x00"),
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)
FIELDS = ["CallSid", "From", "To", "Digits", "CallStatus", "DialCallStatus", "DialBridged"]
NAMES = st.sampled_from([*FIELDS, "DialCallDuration", "ParentCallSid", "SequenceNumber"])
FORMS = st.dictionaries(st.one_of(NAMES, st.text(max_size=8).map(ascii)), VALUES, max_size=8)
QUERIES = st.dictionaries(
    st.sampled_from(["ref", "leg", "staff", "index", "loop", "sid"]), VALUES, max_size=6
)
REPORTS = {"/twilio/voice/leg", "/twilio/voice/status"}
"""Twilio only tells us something there: what we answer reaches nobody."""

WORKERS = {"/twilio/voice/screen", "/twilio/voice/accept"}
"""Documents for the phone of a worker, who may be hung up on."""


@pytest.mark.parametrize("path", VOICE_PATHS)
@settings(max_examples=15)
@given(form=FORMS, query=QUERIES)
@example(form={}, query={})
@example(form={"CallSid": "CA-x", "DialCallStatus": "no-answer"}, query={"ref": "\x00", "leg": "1"})
def test_no_request_at_all_leaves_a_caller_without_an_answer(
    night: EdgeNight, path: str, form: dict[str, str], query: dict[str, str]
) -> None:
    answer = night.twilio(f"{path}?{urlencode(query)}" if query else path, form)
    if path in REPORTS and answer.status_code == 204:
        return
    page = document(answer)
    over = form.get("CallStatus") in ("completed", "busy", "failed", "no-answer", "canceled")
    if path in REPORTS | WORKERS or over:
        return
    leads_on = dialled(page) or any(isinstance(verb, Gather | Hangup) for verb in page.verbs)
    assert leads_on, answer.text
