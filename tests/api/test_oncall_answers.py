"""Who is on call, answered from memory: the same words as by the database, for the same people."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dispatch.access import Role, Viewer
from dispatch.agency_file import read_agency
from dispatch.api import oncall
from dispatch.api.context import require_team
from dispatch.api.recent_viewers import MOST_KEPT, RECENT_SECONDS, RecentViewers, Shown
from dispatch.clock import steady_seconds
from dispatch.commands import agencies
from tests.api.conftest import Logs
from tests.api.edge import EdgeNight
from tests.clocks import HeldClock
from tests.scenarios.town import TOWN

ASK = "/api/teams/north/oncall"

HANDOFF = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
"""Monday, 09:00 in Portland, on the first morning of daylight saving time."""

TURNS = TOWN.replace("order: [ana]", "order: [ana, ben, eli]").replace(
    "name: nights, starts: 2026-01-05T09:00, every: 1 week, order: [gus]",
    "name: nights, starts: 2026-01-05T09:00, every: 7 hours, order: [gus, hal]",
)
"""The town with turns; on the primary tier of the south somebody else stands every seven hours."""


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: where time matters, the test holds the clock."""
    return 1.0


@pytest.fixture(scope="module", autouse=True)
def turns(night: EdgeNight) -> None:
    """People take turns here."""
    with night.vigil.unit_of_work() as work:
        agencies.load(work, read_agency(TURNS, "town.yaml"))


@pytest.fixture(scope="module")
def admin(night: EdgeNight) -> Iterator[httpx.Client]:
    """A program that may see every team."""
    with night.web() as client:
        yield client


@pytest.fixture
def clock(night: EdgeNight) -> Iterator[HeldClock]:
    """The night's clock, stopped, to be moved by hand."""
    running = night.clock
    night.clock = held = HeldClock(running.now())
    yield held
    night.clock = running


Ask = Callable[..., httpx.Response]


@pytest.fixture
def from_memory(night: EdgeNight, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks until the answer has come without the route, which would ask the database."""
    through_the_route: list[str] = []

    def noted(viewer: Viewer, team: str, known: bool) -> None:
        through_the_route.append(team)
        require_team(viewer, team, known)

    monkeypatch.setattr(oncall, "require_team", noted)

    def ask(client: httpx.Client, path: str = ASK) -> httpx.Response:
        answers: list[httpx.Response] = []

        def answered() -> bool:
            through_the_route.clear()
            answers.append(client.get(path))
            return not through_the_route and answers[-1].status_code == 200

        night.until(answered, f"{path} from memory")
        return answers[-1]

    return ask


def from_database(client: httpx.Client, at: datetime, team: str = "north") -> httpx.Response:
    """The route's answer: a question with an instant is never answered from memory."""
    return client.get(f"/api/teams/{team}/oncall", params={"at": at.isoformat()})


def primary(answer: httpx.Response) -> str | None:
    """Who stands on the first rung."""
    staff = answer.json()["rungs"][0]["staff"]
    return staff and str(staff["id"])


def test_memory_and_database_answer_alike_byte_by_byte(
    admin: httpx.Client, clock: HeldClock, from_memory: Ask
) -> None:
    for hours in range(-60, 60, 7):
        clock.at = HANDOFF + timedelta(hours=hours, minutes=hours, microseconds=hours % 2)
        for team in ("north", "south"):
            kept = from_memory(admin, f"/api/teams/{team}/oncall")
            asked = from_database(admin, clock.at, team)
            assert kept.content == asked.content
            dated = {"date"}
            assert {*kept.headers.items()} == {
                (name, value if name not in dated else kept.headers[name])
                for name, value in asked.headers.items()
            }


def test_the_answer_changes_at_the_second_of_the_handoff_though_nothing_was_written(
    night: EdgeNight, admin: httpx.Client, clock: HeldClock, from_memory: Ask
) -> None:
    version = night.vigil.unit_of_work.directory.latest.version
    clock.at = HANDOFF - timedelta(seconds=30)
    assert primary(from_memory(admin)) == "eli"
    clock.at = HANDOFF - timedelta(microseconds=1)
    before = from_memory(admin)
    assert primary(before) == "eli"
    assert before.json()["rungs"][0]["until"] == "2026-03-09T09:00:00-07:00"
    clock.at = HANDOFF
    after = from_memory(admin)
    assert primary(after) == "ana"
    assert after.json()["at"] == "2026-03-09T09:00:00-07:00"
    assert night.vigil.unit_of_work.directory.latest.version == version


def test_somebody_who_begins_after_an_empty_stretch_stands_from_their_first_second(
    admin: httpx.Client, clock: HeldClock, from_memory: Ask
) -> None:
    begins = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)
    clock.at = begins - timedelta(seconds=1)
    assert primary(from_memory(admin)) is None
    clock.at = begins
    assert primary(from_memory(admin)) == "ana"


def test_a_clock_that_is_set_back_is_believed(
    admin: httpx.Client, clock: HeldClock, from_memory: Ask
) -> None:
    clock.at = HANDOFF + timedelta(seconds=5)
    assert primary(from_memory(admin)) == "ana"
    clock.at = HANDOFF - timedelta(seconds=5)
    assert primary(from_memory(admin)) == "eli"


def test_what_one_may_see_another_may_not(
    night: EdgeNight, admin: httpx.Client, from_memory: Ask
) -> None:
    south = night.web(Role.CLINICIAN, "south")
    hospital = night.web(Role.HOSPITAL)
    from_memory(south, "/api/teams/south/oncall")
    for _ in range(3):
        from_memory(admin)
        assert night.http.get(ASK).status_code == 401
        assert south.get(ASK).status_code == 404
        assert south.get("/api/teams/nowhere/oncall").status_code == 404
        assert hospital.get(ASK).status_code == 403
        assert admin.get("/api/teams/oncall").status_code == 404
        assert admin.get("/api/teams//oncall").status_code == 404
        assert admin.post(ASK).status_code == 405
        assert admin.get(ASK, params={"at": "yesterday"}).status_code == 422


def test_a_token_and_a_cookie_of_the_same_letters_are_two_things(
    night: EdgeNight, admin: httpx.Client, from_memory: Ask
) -> None:
    from_memory(admin)
    secret = admin.headers["authorization"].removeprefix("Bearer ")
    assert night.http.get(ASK, headers={"Cookie": f"vigil_session={secret}"}).status_code == 401
    cookie = {"Cookie": "vigil_session=x", "Authorization": f"bearer  {secret}"}
    assert night.http.get(ASK, headers=cookie).status_code == 200


def test_somebody_logged_in_is_answered_from_memory_too(night: EdgeNight, from_memory: Ask) -> None:
    browser = night.login("ana@example.org", Role.CLINICIAN, "ana")
    assert from_memory(browser).json()["team"] == "north"
    assert browser.get("/api/teams/south/oncall").status_code == 404


def test_an_answer_from_memory_is_guarded_and_logged_like_any_other(
    admin: httpx.Client, from_memory: Ask, logs: Logs
) -> None:
    answer = from_memory(admin)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    line = logs.named("request")[-1]
    assert (line["method"], line["path"], line["status"]) == ("GET", ASK, 200)


def test_a_viewer_is_remembered_for_a_second_and_no_longer() -> None:
    recent, shown = RecentViewers(), Shown("token", "vgl_of_a_test")
    viewer = Viewer("A Program", "token", Role.VIEWER, None, is_program=True)
    recent.keep(shown, viewer, steady_seconds() - RECENT_SECONDS / 2)
    assert recent.get(shown) is viewer
    assert recent.get(Shown("cookie", shown.secret)) is None
    recent.keep(shown, viewer, steady_seconds() - RECENT_SECONDS - 0.001)
    assert recent.get(shown) is None


def test_what_is_remembered_is_bounded_and_holds_no_secret() -> None:
    recent = RecentViewers()
    viewer = Viewer("A Program", "token", Role.VIEWER, None, is_program=True)
    shown = [Shown("token", f"vgl_secret_{number}") for number in range(MOST_KEPT + 50)]
    for one in shown:
        recent.keep(one, viewer, steady_seconds())
    assert len(recent._kept) == MOST_KEPT
    assert recent.get(shown[0]) is None, "who came first is forgotten first"
    assert recent.get(shown[-1]) is viewer
    assert "vgl_secret" not in str(recent._kept)
