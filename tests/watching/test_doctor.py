"""`vigil doctor` on a whole service: all is well, or it names what is wrong, and the cure."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from dispatch import cli, database
from dispatch.clock import SystemClock
from dispatch.doctor import context as doctor_context
from dispatch.doctor import database_checks, disk_checks
from dispatch.doctor.checks import CHECKS, examine
from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, Verdict
from dispatch.doctor.visit import visit, visit_with
from dispatch.hospital_tables import HospitalRow
from dispatch.settings import Settings
from dispatch.stage import ACCOUNT
from dispatch.troubles import About
from notifications.emulator import RestFault
from notifications.emulator.records import Line, Registration
from tests.scenarios.night import SECRET_KEY
from tests.scenarios.town import NORTH_LINE
from tests.watching.conftest import WatchedNight
from tests.watching.web import Answer, Asked, Web

FALLBACK = (
    "<Response><Say>Please stay on the line.</Say><Dial timeout='20'>+15035550101</Dial>"
    "<Dial><Number>988</Number></Dial><Dial>+18002738255</Dial></Response>"
)


def documents(answer: Answer) -> Callable[[Asked], Answer]:
    """A web space with one document; anything else there is well, too."""
    return lambda asked: answer if asked.path == "/fallback" else Answer()


@pytest.fixture(autouse=True)
def well(night: WatchedNight, outside: Web) -> None:
    """What the stage itself leaves to whoever runs it: where the fallback is, and the key."""
    outside.answer = documents(Answer(body=FALLBACK))
    for line in night.network.exchange.lines.values():
        line.voice_fallback_url = f"{outside.url}/fallback"


@pytest.fixture
def settings(night: WatchedNight) -> Settings:
    """Settings of an installation where all is well."""
    settings = night.settings(night.emulator.base_url)
    return settings.model_copy(update={"secret_key": SECRET_KEY})


def bad(settings: Settings, about: str = "", **changes: object) -> list[Finding]:
    """What is wrong with other settings than these: of all, or of what some checks are about."""
    group = {"line": "lines registration", "texts": "registration"}.get(about[:5].strip(), about)
    checks = [one for one in CHECKS if not about or one[0] in group]
    found = visit_with(settings.model_copy(update=changes), checks)
    return [one for one in found if one.verdict is Verdict.WRONG and about in one.about]


def only(findings: list[Finding]) -> Finding:
    """The one finding that there must be. It says how to mend it."""
    assert len(findings) == 1, findings
    assert findings[0].cure.endswith((".", "!"))
    return findings[0]


def about(findings: list[Finding], word: str) -> Finding:
    """The one finding about this."""
    return only([one for one in findings if word in one.about])


@pytest.fixture
def line(night: WatchedNight) -> Iterator[Line]:
    """North's line at the local Twilio, which is put right again afterwards."""
    line = night.network.number(NORTH_LINE)
    before = dict(vars(line))
    yield line
    vars(line).update(before)


# All well ───────────────────────────────────────────────────────────────────────────────────────


def test_where_all_is_well_nothing_is_wrong_and_everything_was_looked_at(
    settings: Settings,
) -> None:
    found = list(visit_with(settings))
    assert [one for one in found if one.verdict is Verdict.WRONG] == []
    assert [one.text for one in found if one.verdict is Verdict.DOUBTFUL] == [
        "VIGIL_TWILIO_API_URL is set: this is a drill, and no real phone rings.",
        "Vigil publishes nothing: a document of your own does not know tonight's rota.",
    ]
    told = {one.about.partition(" ")[0] for one in found}
    assert {"public", "node", "Twilio", "line", "texts", "fallback", "agency", "phones"} < told
    assert {"settings", "database", "clock", "coverage", "disk", "heartbeat"} < told
    said = json.dumps([one.text + one.cure for one in found])
    assert ACCOUNT.auth_token not in said
    assert SECRET_KEY not in said


def test_the_command_says_it_line_by_line_and_ends_well(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "VIGIL_DATABASE_URL": settings.database_url,
        "VIGIL_DATA_DIR": settings.data_dir,
        "VIGIL_PUBLIC_URL": settings.public_url,
        "VIGIL_TWILIO_API_URL": settings.twilio_api_url,
        "VIGIL_SECRET_KEY": settings.secret_key,
        "VIGIL_DRILL_CLOCK": settings.drill_clock,
        "VIGIL_HEARTBEAT_URL": settings.heartbeat_url,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
    }.items():
        monkeypatch.setenv(name, str(value))
    with pytest.raises(SystemExit) as ended:
        cli.app(["doctor"])
    assert ended.value.code == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"✓", "!"}
    assert last == "All is well, 2 doubtful."
    with pytest.raises(SystemExit) as ended:
        cli.app(["doctor", "--strict"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "0 wrong, 2 doubtful.\n"
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "of-another-account")
    with pytest.raises(SystemExit) as ended:
        cli.app(["doctor", "--json"])
    assert ended.value.code == 1
    said = json.loads(capsys.readouterr().out)
    assert said["well"] is False
    assert {"verdict", "about", "text", "cure"} == set(said["findings"][0])


def test_a_terminal_without_signs_is_told_in_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIGIL_PUBLIC_URL", "vigil.example.org")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    with pytest.raises(SystemExit) as ended:
        cli.app(["doctor"])
    assert ended.value.code == 1
    terminal.seek(0)
    assert terminal.read().startswith("X  settings: VIGIL_PUBLIC_URL must be a web address")


# Settings ───────────────────────────────────────────────────────────────────────────────────────


def test_every_setting_that_stops_the_start_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIGIL_PUBLIC_URL", "vigil.example.org")
    monkeypatch.setenv("VIGIL_DATABASE_URL", "mysql://x")
    monkeypatch.setenv("VIGIL_HEARTBEAT_URL", "hc-ping")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "hello")
    found = list(visit())
    assert {one.verdict for one in found} == {Verdict.WRONG}
    assert {one.text.partition(" ")[0] for one in found} == {
        "VIGIL_PUBLIC_URL",
        "VIGIL_DATABASE_URL",
        "VIGIL_HEARTBEAT_URL",
        "TWILIO_ACCOUNT_SID",
    }


@pytest.mark.parametrize(
    ("changes", "words", "cure"),
    [
        ({"public_url": "http://127.0.0.1:8000"}, "Twilio can't reach", "https address"),
        ({"public_url": "https://10.0.0.7"}, "Twilio can't reach", "https address"),
        ({"public_url": "http://vigil.example.org"}, "unprotected", "certificate"),
        ({"secret_key": "a" * 32}, "easy to guess", "openssl rand -hex 32"),
        ({"twilio_auth_token": None}, "TWILIO_AUTH_TOKEN is not set", "console"),
        ({"twilio_account_sid": None}, "TWILIO_ACCOUNT_SID is not set", "console"),
        ({"twilio_api_url": None}, "VIGIL_DRILL_CLOCK is set", "Unset it"),
    ],
    ids=["loopback", "private", "http", "weak key", "no token", "no account", "drill clock"],
)
def test_a_wrong_setting_is_named(
    settings: Settings, changes: dict[str, Any], words: str, cure: str
) -> None:
    live = {"public_url": "https://vigil.example.org", "twilio_api_url": None, "drill_clock": None}
    if changes == {"twilio_api_url": None}:
        live.pop("drill_clock")
    context = Context(settings.model_copy(update={**live, **changes}), None)
    checks = [one for one in CHECKS if one[0] == "settings"]
    found = only([one for one in examine(context, checks) if one.verdict is Verdict.WRONG])
    assert words in found.text
    assert cure in found.cure


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"secret_key": None}, "VIGIL_SECRET_KEY"), ({"heartbeat_url": None}, "VIGIL_HEARTBEAT_URL")],
    ids=["no key", "no heartbeat"],
)
def test_what_would_better_be_set_is_doubtful(
    settings: Settings, changes: dict[str, object], words: str
) -> None:
    found = visit_with(settings.model_copy(update=changes))
    doubts = [one for one in found if one.verdict is Verdict.DOUBTFUL and words in one.text]
    assert doubts[0].cure


# The database and the clocks ────────────────────────────────────────────────────────────────────


def test_a_database_that_is_not_there_is_named_and_the_rest_is_looked_at(
    settings: Settings,
) -> None:
    found = list(
        visit_with(settings.model_copy(update={"database_url": "postgresql://x@127.0.0.1:1/x"}))
    )
    wrong = [one for one in found if one.verdict is Verdict.WRONG]
    assert "PostgreSQL can't be reached" in only(wrong).text
    assert any(one.about == "Twilio" and one.verdict is Verdict.RIGHT for one in found)
    assert any("Not checked: the database can't be used" in one.text for one in found)


def test_a_server_that_is_too_old_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MIN_SERVER_VERSION", 99)
    found = only(bad(settings, "database"))
    assert "is too old, 99 or newer is needed" in found.text
    assert "Upgrade the server" in found.cure


@pytest.mark.parametrize(
    ("revision", "words", "cure"),
    [
        ("0002", "has an older form (0002", "vigil migrate"),
        ("9999", "does not know", "Upgrade this program"),
        (None, "is empty", "vigil migrate"),
    ],
)
def test_a_database_without_every_migration_is_named(
    settings: Settings, revision: str | None, words: str, cure: str
) -> None:
    address = settings.database_url or ""
    with psycopg.connect(address, autocommit=True) as connection:
        [(newest,)] = connection.execute("select version_num from alembic_version").fetchall()
        if revision is None:
            connection.execute("alter table alembic_version rename to alembic_away")
        else:
            connection.execute("update alembic_version set version_num = %s", [revision])
        try:
            found = bad(settings, "database")
        finally:
            if revision is None:
                connection.execute("alter table alembic_away rename to alembic_version")
            connection.execute("update alembic_version set version_num = %s", [newest])
    assert words in only(found).text
    assert cure in found[0].cure


def test_a_database_far_away_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, "TOO_FAR_SECONDS", 0.0)
    assert "One question to the database takes" in only(bad(settings, "database")).text


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_clock_that_is_not_twilios_is_named(settings: Settings, seconds: int) -> None:
    date = format_datetime(SystemClock().now() + timedelta(seconds=seconds), usegmt=True)
    with Web(lambda _: Answer(headers={"Date": date})) as twilio:
        found = only(bad(settings, "clock", twilio_api_url=twilio.url))
    assert "and Twilio's are " in found.text
    assert "NTP" in found.cure


def test_where_twilio_can_not_be_reached_its_clock_is_not_compared(settings: Settings) -> None:
    away = settings.model_copy(update={"twilio_api_url": "http://127.0.0.1:1"})
    found = visit_with(away, [one for one in CHECKS if one[0] == "clock"])
    said = [one.text for one in found if one.verdict is Verdict.DOUBTFUL]
    assert said == ["Not checked: Twilio's API can't be reached (ConnectError)."]


def test_clocks_are_compared_as_well_as_they_can_be_read() -> None:
    before = SystemClock().now()
    after = before + timedelta(seconds=2)
    half = timedelta(seconds=0.5)
    for apart, verdict in ((0, Verdict.RIGHT), (4, Verdict.RIGHT), (6, Verdict.WRONG)):
        theirs = before + timedelta(seconds=apart)
        [found] = database_checks.compared("the database", theirs, before, after, half)
        assert found.verdict is verdict, apart


# The public address ─────────────────────────────────────────────────────────────────────────────


@contextmanager
def proxy(
    night: WatchedNight, monkeypatch: pytest.MonkeyPatch, change: Callable[[Asked], Asked]
) -> Iterator[str]:
    """A proxy before the service, under whose address it is public; it changes what it passes."""

    def pass_on(asked: Asked) -> Answer:
        other = change(asked)
        keep = ("x-twilio-signature", "content-type")
        headers = {name: value for name, value in other.headers.items() if name in keep}
        answer = httpx.request(
            other.method, night.base_url + other.path, headers=headers, content=other.body
        )
        return Answer(answer.status_code, answer.text)

    with Web(pass_on) as web, monkeypatch.context() as patch:
        patch.setattr(night.vigil.settings, "public_url", web.url)
        yield web.url


def same(asked: Asked) -> Asked:
    """A good proxy."""
    return asked


def test_a_proxy_that_passes_everything_on_as_it_comes_is_right(
    night: WatchedNight, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(night, monkeypatch, same) as url:
        assert bad(settings, "public address", public_url=url) == []


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda path: path.partition("?")[0],
        lambda path: path.replace("%20", "+"),
        lambda path: path.replace("%C3%A9", "%c3%a9"),
        lambda path: path.replace("%2F", "/"),
        lambda path: path.replace("/twilio/doctor", "//twilio/doctor").replace("//", "/", 1) + "&x",
    ],
    ids=["query dropped", "blank rewritten", "case of escapes", "slash decoded", "query added"],
)
def test_a_proxy_that_writes_addresses_anew_is_named(
    night: WatchedNight,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    rewrite: Callable[[str], str],
) -> None:
    def change(asked: Asked) -> Asked:
        return Asked(asked.method, rewrite(asked.path), asked.headers, asked.body)

    with proxy(night, monkeypatch, change) as url:
        found = only(bad(settings, "public address", public_url=url))
    assert "A proxy writes addresses anew" in found.text
    assert "no rewriting" in found.cure


def test_a_proxy_that_changes_forms_is_named(
    night: WatchedNight, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(asked: Asked) -> Asked:
        return Asked(asked.method, asked.path, asked.headers, asked.body + b"&tracking=1")

    with proxy(night, monkeypatch, change) as url:
        found = only(bad(settings, "public address", public_url=url))
    assert "let no proxy change bodies" in found.cure


def test_a_node_that_signs_for_another_address_is_named(settings: Settings) -> None:
    other = settings.public_url.replace("127.0.0.1", "localhost")
    found = only(bad(settings, "public address", public_url=other))
    assert found.text == f"The node signs for {settings.public_url}, but is reached as {other}."
    assert "same VIGIL_PUBLIC_URL on every node" in found.cure


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404, "not here"), "answered 404, and not by Vigil"),
        (Answer(200, "<html>Welcome</html>"), "answered 200, and not by Vigil"),
        (Answer(301, headers={"Location": "https://other.example.org/"}), "redirects to https://"),
        (Answer(502), "answered 502"),
    ],
    ids=["not passed on", "somebody else", "redirect", "bad gateway"],
)
def test_an_address_that_leads_elsewhere_is_named(
    settings: Settings, answer: Answer, words: str
) -> None:
    with Web(lambda _: answer) as web:
        assert words in only(bad(settings, "public address", public_url=web.url)).text


def test_whatever_takes_unsigned_requests_in_our_place_is_named(settings: Settings) -> None:
    def echo(asked: Asked) -> Answer:
        nonce = asked.body.partition(b"Doctor=")[2].partition(b"&")[0].decode()
        return Answer(body=json.dumps({"doctor": nonce}))

    with Web(echo) as web:
        found = only(bad(settings, "public address", public_url=web.url))
    assert "wrong signature is answered 200, not 403" in found.text


def test_an_address_at_which_nothing_answers_is_named(settings: Settings) -> None:
    found = only(bad(settings, "public address", public_url="http://127.0.0.1:1"))
    assert found.text == "Nothing answers at 127.0.0.1:1."
    assert "vigil serve" in found.cure


def test_an_unsigned_visit_is_refused_and_changes_nothing(night: WatchedNight) -> None:
    answer = httpx.post(f"{night.base_url}/twilio/doctor?a=%20", data={"Doctor": "x"})
    assert answer.status_code == 403
    assert answer.json() == {
        "detail": "The signature is missing or wrong.",
        "public_url": night.base_url,
        "asked": "/twilio/doctor?a=%20",
    }


def test_what_the_node_itself_says_is_passed_on(night: WatchedNight, settings: Settings) -> None:
    night.vigil.troubles.begin(About.JOURNAL, "The journal is full.", SystemClock().now())
    try:
        found = only(bad(settings, "node"))
    finally:
        night.vigil.troubles.end(About.JOURNAL)
    assert found.text == "The node says: The journal is full."


# Twilio ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_token_is_named_where_it_matters_and_once_for_each(settings: Settings) -> None:
    found = bad(settings, twilio_auth_token="of-another-account")
    assert "TWILIO_AUTH_TOKEN anew" in about(found, "Twilio").cure
    assert "token of this account on every node" in about(found, "public address").cure
    assert len(found) == 2, "lines are not blamed for it"


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_may_not_work_is_named(
    night: WatchedNight, settings: Settings, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(night.network.faults, "account_status", status)
    found = only(bad(settings, "Twilio"))
    assert f"account is {status}" in found.text
    assert "Settle it with Twilio" in found.cure


@pytest.mark.parametrize(
    "fault", [RestFault(status=503), RestFault(hangs=True)], ids=["refuses", "black hole"]
)
def test_an_api_that_is_away_is_named_and_does_not_hold_the_doctor_up(
    night: WatchedNight, settings: Settings, monkeypatch: pytest.MonkeyPatch, fault: RestFault
) -> None:
    fault.resource = "Accounts"
    monkeypatch.setattr(doctor_context, "PATIENCE_SECONDS", 0.5)
    night.network.faults.rest.append(fault)
    try:
        found = only(bad(settings, "Twilio"))
    finally:
        night.network.faults.rest.remove(fault)
    assert found.text.startswith("Twilio's API: it ")


AWAY = "https://fallback.example.org/north"


@pytest.mark.parametrize(
    ("setting", "value", "words", "cure"),
    [
        ("voice_url", "", "voice webhook is not set", "/twilio/voice, by POST"),
        (
            "voice_url",
            "https://old.example.org/twilio/voice",
            "voice webhook is https://old",
            "Set",
        ),
        ("voice_method", "GET", "voice webhook is asked by GET", "POST"),
        ("sms_url", "https://demo.twilio.com/welcome", "messaging webhook is https://demo", "/sms"),
        ("sms_method", "GET", "messaging webhook is asked by GET", "POST"),
        ("status_callback", "", "call status webhook is not set", "/twilio/voice/status"),
        ("voice_fallback_url", "", "no voice fallback", "away from our host"),
        ("voice_application_sid", "AP1", "go to an application", "by webhook"),
        ("trunk_sid", "TK1", "go to an application or trunk", "by webhook"),
        ("sms_application_sid", "AP1", "texts go to an application", "by webhook"),
        ("sms_capable", False, "can't text", "with SMS"),
        ("registration", Registration.NONE, "no registered campaign", "A2P 10DLC"),
        ("registration", Registration.PENDING, "is IN_PROGRESS", "A2P 10DLC"),
    ],
)
def test_a_line_that_is_set_up_wrongly_is_named(
    settings: Settings, line: Line, setting: str, value: object, words: str, cure: str
) -> None:
    setattr(line, setting, value)
    found = only(bad(settings, f"line {NORTH_LINE}"))
    assert words in found.text
    assert cure in found.cure


def test_a_fallback_on_our_own_host_is_named(settings: Settings, line: Line) -> None:
    line.voice_fallback_url = f"{settings.public_url}/fallback"
    assert "on our own host" in only(bad(settings, f"line {NORTH_LINE}")).text


def test_a_line_that_is_not_in_the_account_is_named(
    night: WatchedNight, settings: Settings
) -> None:
    lines = night.network.exchange.lines
    away = lines.pop(NORTH_LINE)
    try:
        found = only(bad(settings, f"line {NORTH_LINE}"))
    finally:
        lines[NORTH_LINE] = away
    assert found.text == "The line of North ACT is no number of this Twilio account."


@pytest.mark.parametrize(
    ("registration", "words"),
    [
        (Registration.DONE, None),
        (Registration.PENDING, "IN_REVIEW"),
        (Registration.NONE, "without a verification"),
    ],
)
def test_a_toll_free_line_needs_its_verification(
    night: WatchedNight, settings: Settings, registration: Registration, words: str | None
) -> None:
    free = "+18775550160"
    night.network.number(free).registration = registration
    context = Context(settings, None)
    context.lines = {free: ["North ACT"]}
    checks = [one for one in CHECKS if one[1].__name__ == "registration"]
    [found] = examine(context, checks)
    del night.network.exchange.lines[free]
    if words is None:
        assert found.verdict is Verdict.RIGHT
    else:
        assert words in found.text
        assert "toll-free verification" in found.cure


def test_texts_that_carriers_dropped_are_evidence(night: WatchedNight, settings: Settings) -> None:
    def do(statement: str) -> None:
        with night.vigil.unit_of_work.engine.begin() as connection:
            connection.execute(text(statement), {"now": night.vigil.unit_of_work.clock.now()})

    do(
        "insert into outbox (id, key, kind, created_at, due_at, expires_at, attempts, state)"
        " values (900000, 'dropped', 'sms', :now, :now, :now, 1, 'sent')"
    )
    do(
        "insert into attempt (outbox_id, kind, at, outcome, code)"
        " values (900000, 'sms', :now, 'undelivered', 30034)"
    )
    try:
        found = only(bad(settings, "texts"))
    finally:
        do("delete from attempt where outbox_id = 900000 and :now is not null")
        do("delete from outbox where id = 900000 and :now is not null")
    assert "code 30034" in found.text
    assert "registration" in found.cure


# The fallback document ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(500), "answered 500"),
        (Answer(body="<html>"), "no TwiML"),
        (Answer(body="<Response><Say>Closed.</Say></Response>"), "dials nobody"),
        (Answer(body="<Response><Dial>+15035550101</Dial></Response>"), "not end at 988"),
        (Answer(body="<Response><Dial action='/x'>988</Dial></Response>"), "fall through"),
        (Answer(body="<Response>" + "<Pause/>" * 10_000 + "</Response>"), "longer than Twilio"),
    ],
    ids=["error", "no TwiML", "dials nobody", "no 988", "needs us", "too long"],
)
def test_a_fallback_that_would_not_save_the_caller_is_named(
    settings: Settings, outside: Web, answer: Answer, words: str
) -> None:
    outside.answer = documents(answer)
    found = only(bad(settings, "fallback"))
    assert words in found.text
    assert "Publish the fallback document anew" in found.cure


# The rest ───────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_that_cannot_be_written_or_is_full_is_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    found = only(bad(settings, "disk", data_dir=file / "folder"))
    assert "can't be written" in found.text
    assert "VIGIL_DATA_DIR" in found.cure
    monkeypatch.setattr(disk_checks, "LEAST_BYTES", 1 << 62)
    assert "Make room" in only(bad(settings, "disk")).cure


def test_a_heartbeat_address_that_is_not_there_is_named(settings: Settings) -> None:
    found = only(bad(settings, "heartbeat", heartbeat_url="http://127.0.0.1:1/uuid"))
    assert "can't be reached" in found.text
    assert "VIGIL_HEARTBEAT_URL" in found.cure


def test_a_check_that_breaks_or_hangs_stops_no_other(settings: Settings) -> None:
    def breaks(_: Context) -> list[Finding]:
        raise RuntimeError("+15035550121 is a client's number")

    with Web(lambda _: Answer(wait=True)) as silent:

        def hangs(context: Context) -> list[Finding]:
            context.http.get(silent.url)
            return []

        def is_well(_: Context) -> list[Finding]:
            return [Finding(Verdict.RIGHT, "x", "Well.")]

        checks = [("first", breaks), ("second", hangs), ("third", is_well)]
        found = list(examine(Context(settings, None), checks, longest=0.2))
    assert [one.verdict for one in found] == [*[Verdict.DOUBTFUL] * 2, Verdict.RIGHT]
    assert found[0].text == "Not checked: the check broke (RuntimeError)."
    assert found[1].text.startswith("Not checked: the check took more than")


def test_hospitals_lines_that_cannot_work_are_told(night: WatchedNight, settings: Settings) -> None:
    assert not bad(settings, "HL7")
    missing = only(bad(settings, "HL7", mllp_port=2575, mllp_certificate=Path("/none.pem")))
    assert "VIGIL_MLLP_CERTIFICATE and VIGIL_MLLP_KEY: the file can't be read" in missing.text
    with night.vigil.unit_of_work() as work:
        rules = {"certificates": ["cn=adt.example.org"]}
        work.session.add(HospitalRow(id="mercy", name="Test Mercy", timezone="UTC", rules=rules))
    assert "can show none: [mercy]" in only(bad(settings, "HL7", mllp_port=2575)).text
    open_to_all = settings.model_copy(update={"mllp_port": 2575, "mllp_host": "0.0.0.0"})
    checks = [one for one in CHECKS if one[0] == "HL7"]
    found = [one for one in visit_with(open_to_all, checks) if one.verdict is Verdict.DOUBTFUL]
    assert "without TLS" in only(found).text
