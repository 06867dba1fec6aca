"""Logging in and out: cookies that a page cannot steal, guesses that are slowed down."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from dispatch.access import Role
from dispatch.commands import logins
from dispatch.tables import UserRow
from tests.api.edge import EdgeNight
from tests.clocks import HeldClock

PASSWORD = "a long night's password"
EMAIL = "lead@example.org"


@pytest.fixture(scope="module")
def speed() -> float:
    """At a real clock's pace; where time matters, the test holds the clock."""
    return 1.0


@pytest.fixture(autouse=True)
def user(night: EdgeNight) -> None:
    """Somebody with a password, fresh for each test."""
    with night.vigil.unit_of_work() as work:
        logins.add_user(work, email=EMAIL, name="A Lead", role=Role.ADMIN, password=PASSWORD)


@pytest.fixture
def clock(night: EdgeNight) -> Iterator[HeldClock]:
    """The night's clock, stopped, to be moved by hand."""
    running = night.clock
    night.clock = held = HeldClock(running.now())
    yield held
    night.clock = running


@pytest.fixture
def browser(night: EdgeNight) -> Iterator[httpx.Client]:
    """A browser with its cookies."""
    with httpx.Client(base_url=night.base_url, timeout=30) as client:
        yield client


def log_in(browser: httpx.Client, password: str = PASSWORD, email: str = EMAIL) -> httpx.Response:
    """Fill in the form."""
    return browser.post("/api/session", json={"email": email, "password": password})


def test_logging_in_says_who_one_is_and_opens_the_rest(browser: httpx.Client) -> None:
    assert browser.get("/api/crises").status_code == 401
    assert browser.get("/api/session").status_code == 401
    answer = log_in(browser)
    assert answer.status_code == 200
    assert answer.json() == {
        "user": {
            "name": "A Lead",
            "email": EMAIL,
            "role": "admin",
            "staff": None,
            "teams": ["north", "south"],
        }
    }
    assert browser.get("/api/session").json() == answer.json()
    assert browser.get("/api/crises").status_code == 200


def test_the_e_mail_is_read_in_any_case(browser: httpx.Client) -> None:
    assert log_in(browser, email="  LEAD@Example.org ").status_code == 200


def cookie_flags(answer: httpx.Response) -> set[str]:
    """The attributes of the cookie, in lower case."""
    [cookie] = answer.headers.get_list("set-cookie")
    return {part.strip().casefold() for part in cookie.split(";")[1:]}


def test_the_cookie_is_out_of_reach_of_pages_and_other_sites(browser: httpx.Client) -> None:
    flags = cookie_flags(log_in(browser))
    assert {"httponly", "samesite=strict", "path=/"} <= flags
    assert "secure" not in flags, "over plain HTTP on the loopback it would never come back"


def test_the_cookie_of_a_public_service_travels_encrypted_only(
    night: EdgeNight, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night.vigil.settings, "public_url", "https://vigil.example.org")
    assert {"secure", "httponly", "samesite=strict"} <= cookie_flags(log_in(browser))


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        (EMAIL, ""),
        (EMAIL, PASSWORD.upper()),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("' or 1=1 --", "x"),
        ("a\x00b@example.org", "x"),
        (EMAIL, "a\x00b"),
    ],
)
def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(
    browser: httpx.Client, email: str, password: str
) -> None:
    answer = log_in(browser, password, email)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "E-mail or password is wrong."
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"email": EMAIL},
        {"email": EMAIL, "password": 5},
        {"email": "x" * 201, "password": ""},
        {"email": EMAIL, "password": PASSWORD, "role": "admin"},
    ],
    ids=str,
)
def test_a_form_that_is_none_is_refused_without_repeating_it(
    browser: httpx.Client, body: object
) -> None:
    answer = browser.post("/api/session", json=body)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_guesses_are_slowed_down_and_the_right_password_works_after_the_wait(
    browser: httpx.Client, clock: HeldClock
) -> None:
    for _ in range(logins.FREE_FAILURES):
        assert log_in(browser, "wrong").status_code == 401
    early = log_in(browser)
    assert early.status_code == 429, "even the right one is not looked at"
    assert "try again in" in early.json()["detail"]
    clock.skip(seconds=31)
    assert log_in(browser).status_code == 200
    assert log_in(browser, "wrong").status_code == 401
    assert log_in(browser).status_code == 200, "a success forgets the failures before it"


def test_the_wait_grows_but_never_becomes_a_lock_out(
    browser: httpx.Client, clock: HeldClock
) -> None:
    waits = []
    for _ in range(logins.FREE_FAILURES - 1):
        log_in(browser, "wrong")
    for _ in range(7):
        assert log_in(browser, "wrong").status_code == 401
        waits.append(int(log_in(browser).json()["detail"].split(" in ")[1].split(" ")[0]))
        clock.skip(seconds=waits[-1])
    assert waits[0] < waits[1] < waits[2]
    assert max(waits) <= logins.LONGEST_WAIT.total_seconds() + 1
    assert log_in(browser).status_code == 200


def test_one_person_s_failures_do_not_slow_down_another(
    night: EdgeNight, browser: httpx.Client, clock: HeldClock
) -> None:
    for _ in range(logins.FREE_FAILURES + 1):
        log_in(browser, "wrong", "nobody@example.org")
        log_in(browser, "wrong")
    with night.vigil.unit_of_work() as work:
        logins.add_user(
            work, email="other@example.org", name="Other", role=Role.ADMIN, password=PASSWORD
        )
    assert log_in(browser, email="other@example.org").status_code == 200


def test_a_log_in_ends_when_one_logs_out_even_for_who_kept_the_cookie(
    night: EdgeNight, browser: httpx.Client
) -> None:
    log_in(browser)
    kept = dict(browser.cookies)
    assert browser.delete("/api/session").status_code == 204
    assert not browser.cookies
    thief = httpx.Client(base_url=night.base_url, cookies=kept)
    assert thief.get("/api/crises").status_code == 401
    assert browser.delete("/api/session").status_code == 204, "twice is harmless"


def test_a_log_in_ends_by_itself_after_the_shift(browser: httpx.Client, clock: HeldClock) -> None:
    log_in(browser)
    clock.skip(hours=15)
    assert browser.get("/api/crises").status_code == 200
    clock.skip(hours=2)
    assert browser.get("/api/crises").status_code == 401


def test_a_new_password_ends_every_log_in(night: EdgeNight, browser: httpx.Client) -> None:
    log_in(browser)
    with night.vigil.unit_of_work() as work:
        logins.add_user(
            work, email=EMAIL, name="A Lead", role=Role.ADMIN, password="another long password"
        )
    assert browser.get("/api/crises").status_code == 401
    assert log_in(browser).status_code == 401
    assert log_in(browser, "another long password").status_code == 200


def test_who_has_left_can_neither_log_in_nor_stay(night: EdgeNight, browser: httpx.Client) -> None:
    log_in(browser)
    with night.vigil.unit_of_work() as work:
        row = work.session.get(UserRow, EMAIL)
        assert row is not None
        row.active = False
        work.session.add(row)
    assert browser.get("/api/crises").status_code == 401
    assert log_in(browser).status_code == 401


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.org", "null", "http://127.0.0.1.evil.example.org", "http://127.0.0.1:1"],
)
def test_another_site_s_page_can_neither_log_in_nor_act_nor_log_out(
    browser: httpx.Client, origin: str
) -> None:
    other = {"Origin": origin}
    credentials = {"email": EMAIL, "password": PASSWORD}
    answer = browser.post("/api/session", json=credentials, headers=other)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    log_in(browser)
    note = {"text": "planted"}
    assert browser.post("/api/crises/K7Q/note", json=note, headers=other).status_code == 403
    assert browser.delete("/api/session", headers=other).status_code == 403
    assert browser.get("/api/session").status_code == 200, "still logged in"


def test_one_s_own_pages_may_act(night: EdgeNight, browser: httpx.Client) -> None:
    log_in(browser)
    own = {"Origin": night.base_url}
    answer = browser.post("/api/crises/ZZZ/note", json={"text": "a note"}, headers=own)
    assert answer.status_code == 404, "not refused for where it comes from"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"password": "short"}, "12 characters"),
        ({"password": ""}, "12 characters"),
        ({"email": "no address"}, "no e-mail address"),
        ({"role": Role.HOSPITAL}, "token"),
        ({"staff": "nobody"}, "nobody"),
        ({"teams": ("nowhere",)}, "nowhere"),
    ],
    ids=str,
)
def test_a_user_who_cannot_be_added_is_refused_in_words(
    night: EdgeNight, change: dict[str, object], problem: str
) -> None:
    fields = {"email": "new@example.org", "name": "New", "role": Role.ADMIN, "password": PASSWORD}
    before = night.contents()
    with pytest.raises(ValueError, match=problem), night.vigil.unit_of_work() as work:
        logins.add_user(work, **{**fields, **change})  # type: ignore[arg-type]
    assert night.contents() == before


def test_no_secret_is_kept_anywhere_in_the_database(
    night: EdgeNight, browser: httpx.Client
) -> None:
    log_in(browser)
    token = night.web().headers["authorization"].removeprefix("Bearer ")
    [cookie] = browser.cookies.values()
    kept = str(night.contents())
    for secret in (token, cookie, PASSWORD):
        assert secret not in kept
    with night.vigil.unit_of_work.engine.connect() as connection:
        for value in connection.scalars(text("select password_hash from user_account")):
            assert value.startswith("$argon2id$")
