"""Cover requests and swaps over HTTP: who may ask, answer, take back, agree, and what is told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, update

from dispatch.access import Role
from dispatch.commands import logins
from oncall.duty_tables import ShiftRequestRow
from tests.scenarios.harbor import HarborNight

PASSWORD = "correct horse battery"

TURN = {"start": "2026-01-08T17:00:00-08:00", "end": "2026-01-09T17:00:00-08:00"}
"""Ben's turn."""

CHOS = {"other_start": "2026-01-09T17:00:00-08:00", "other_end": "2026-01-10T17:00:00-08:00"}
"""Cho's."""

COVER = {"tier": "primary", **TURN}
SWAP = {"tier": "primary", **TURN, "other_tier": "primary", **CHOS}


@pytest.fixture(scope="module")
def night(
    module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HarborNight]:
    """Noon at the harbor, where a lead must agree to swaps."""
    folder = Path(tmp_path_factory.mktemp("harbor"))
    with HarborNight(module_database_url, folder, swaps_need_lead=True) as night:
        yield night
        night.assert_promises_kept()


class People:
    """Everybody of the harbor, logged in in a browser of their own."""

    def __init__(self, night: HarborNight) -> None:
        self._night = night
        self._browsers: dict[str, httpx.Client] = {}

    def __getitem__(self, staff: str) -> httpx.Client:
        """The browser of somebody on the staff."""
        if staff not in self._browsers:
            self._browsers[staff] = self._log_in(staff)
        return self._browsers[staff]

    def log_out(self) -> None:
        """Close every browser."""
        for browser in self._browsers.values():
            browser.close()

    def _log_in(self, staff: str) -> httpx.Client:
        role = Role.LEAD if staff == "eli" else Role.CLINICIAN
        email = f"{staff}@harbor.example"
        with self._night.vigil.unit_of_work() as work:
            logins.add_user(
                work, email=email, name=staff, role=role, password=PASSWORD, staff=staff
            )
        browser = httpx.Client(base_url=self._night.base_url, timeout=30)
        answer = browser.post("/api/session", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return browser


@pytest.fixture(scope="module")
def people(night: HarborNight) -> Iterator[People]:
    """Whoever is needed, logged in."""
    people = People(night)
    yield people
    people.log_out()


@pytest.fixture(autouse=True)
def nothing_left_open(night: HarborNight, people: People) -> Iterator[None]:
    """Every test ends with the rota and the requests as they were."""
    yield
    lead = people["eli"]
    for request in lead.get("/api/teams/harbor/requests").json():
        assert lead.post(f"/api/requests/{request['ref']}/withdraw").status_code == 200
    for override in lead.get("/api/teams/harbor/rota").json()["overrides"]:
        gone = lead.delete(f"/api/teams/harbor/overrides/{override['id']}")
        assert gone.status_code == 200, gone.text
    assert night.on_call("2026-01-08 17:00")["primary"] == "ben"
    with night.vigil.unit_of_work() as work:  # nobody asks too often here
        made_at = col(ShiftRequestRow.made_at)
        work.session.execute(update(ShiftRequestRow).values(made_at=made_at - timedelta(hours=1)))


def ask(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """Ask for cover of Ben's turn."""
    made = client.post("/api/teams/harbor/covers", json={**COVER, **body})
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


def swap(client: httpx.Client, **body: Any) -> httpx.Response:
    """Offer Ben's turn for Cho's."""
    return client.post("/api/teams/harbor/swaps", json={**SWAP, **body})


# Asking for cover ───────────────────────────────────────────────────────────────────────────────


def test_a_request_is_told_in_full(people: People) -> None:
    made = ask(people["ben"], note="I can be reached until six")
    ref = made.pop("ref")
    assert ref.startswith("U")
    made.pop("made_at")
    assert made == {
        "kind": "cover",
        "team": "harbor",
        "tier": "primary",
        **TURN,
        "staff": {"id": "ben", "name": "Ben Sample"},
        "note": "I can be reached until six",
        "mode": "all",
        "state": "open",
        "taken_by": None,
        "other": None,
        "asked": [
            {
                "staff": {"id": staff, "name": f"{staff.title()} Sample"},
                "wave": 1,
                "answer": None,
                "by_text": True,
            }
            for staff in ("cho", "dee")
        ],
        "you": {
            "asked": False,
            "answer": None,
            "may_answer": False,
            "may_withdraw": True,
            "may_approve": False,
        },
    }
    [theirs] = people["cho"].get("/api/requests/mine").json()
    assert theirs["ref"] == ref
    assert theirs["you"] == {
        "asked": True,
        "answer": None,
        "may_answer": True,
        "may_withdraw": False,
        "may_approve": False,
    }
    [seen] = people["fay"].get("/api/teams/harbor/requests").json()
    assert seen["you"]["may_answer"], "any colleague may offer to take it"


def test_a_clinician_asks_for_their_own_shift_and_a_lead_for_anybody_s(people: People) -> None:
    refused = people["cho"].post("/api/teams/harbor/covers", json={**COVER, "staff": "ben"})
    assert refused.status_code == 403
    assert ask(people["eli"], staff="ben")["staff"]["id"] == "ben"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"tier": "primry"}, "tier: the team's ladder has no “primry”; it has primary, backup"),
        ({"end": TURN["start"]}, "end: must lie ahead, and after the start."),
        ({"start": "2026-01-07T18:00:00-08:00", "end": "2026-01-07T19:00:00-08:00"}, "end: must"),
        ({"end": "2026-01-09T17:00:01-08:00"}, "Ben Sample does not stand on primary all the time"),
        ({"end": "2028-01-09T17:00:00-08:00"}, "end: must lie within 400 days of the start."),
        (
            {"end": "2026-01-08T17:29:00-08:00"},
            "30 minutes is the shortest part of a shift to ask for. Ask for more of it, or call "
            "the lead, Eli Sample.",
        ),
        ({"tier": "backup"}, "Ben Sample does not stand on backup all the time"),
        ({"start": "2026-01-08T17:00:00"}, "start:"),
        ({"mode": "some"}, "mode:"),
        ({"note": "x" * 501}, "note:"),
        ({"reason": "ill"}, "reason:"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_by_name(
    people: People, body: dict[str, str], words: str
) -> None:
    refused = people["ben"].post("/api/teams/harbor/covers", json={**COVER, **body})
    assert refused.status_code == 422
    assert words in refused.json()["detail"]
    assert people["ben"].get("/api/teams/harbor/requests").json() == []


def test_what_is_past_of_a_shift_is_left_out(people: People, night: HarborNight) -> None:
    """At noon Dee's turn has five hours left."""
    made = ask(people["dee"], start="2026-01-07T17:00:00-08:00", end="2026-01-08T17:00:00-08:00")
    assert made["start"] == made["made_at"]
    assert made["start"] <= night.clock.now().isoformat()
    assert {one["staff"]["id"] for one in made["asked"]} == {"ben", "cho"}


def test_the_same_shift_is_asked_for_once(people: People) -> None:
    ref = ask(people["ben"])["ref"]
    again = people["ben"].post("/api/teams/harbor/covers", json=COVER)
    assert again.status_code == 409
    assert again.json()["detail"] == f"{ref} asks for this already: withdraw it first."


def test_candidates_come_with_their_hours_and_what_speaks_against_them(people: People) -> None:
    answer = people["ben"].get("/api/teams/harbor/covers/candidates", params=COVER)
    assert answer.status_code == 200
    found = answer.json()
    assert [(one["staff"]["id"], one["obstacles"]) for one in found] == [
        ("dee", []),
        ("cho", []),
        ("fay", ["not of a discipline that the tier requires"]),
    ]
    dee, cho, fay = (one["hours"] for one in found)
    assert 200 < dee < cho < 300, "in the thirty days before and after now"
    assert fay == 0


# Answering ──────────────────────────────────────────────────────────────────────────────────────


def test_the_first_yes_has_it_and_the_second_hears_who(people: People, night: HarborNight) -> None:
    ref = ask(people["ben"])["ref"]
    taken = people["dee"].post(f"/api/requests/{ref}/yes")
    assert taken.status_code == 200
    assert taken.json()["state"] == "done"
    assert taken.json()["taken_by"] == {"id": "dee", "name": "Dee Sample"}
    assert night.on_call("2026-01-08 17:00")["primary"] == "dee"
    late = people["cho"].post(f"/api/requests/{ref}/yes")
    assert (late.status_code, late.json()["detail"]) == (409, "Dee Sample has it already.")
    [override] = people["eli"].get("/api/teams/harbor/rota").json()["overrides"]
    assert (override["origin"], override["ref"]) == ("cover", ref)
    assert override["instead"] == {"id": "ben", "name": "Ben Sample"}


def test_a_lead_enters_what_somebody_told_them(people: People, night: HarborNight) -> None:
    ref = ask(people["ben"])["ref"]
    as_cho = people["dee"].post(f"/api/requests/{ref}/yes", json={"staff": "cho"})
    assert as_cho.status_code == 403
    taken = people["eli"].post(f"/api/requests/{ref}/yes", json={"staff": "cho"})
    assert taken.json()["taken_by"]["id"] == "cho"
    night.expect("cho", f"{ref}: thank you, it is yours. You are primary of Harbor ACT")


def test_a_no_is_kept_and_may_become_a_yes(people: People) -> None:
    ref = ask(people["ben"])["ref"]
    said = people["cho"].post(f"/api/requests/{ref}/no").json()
    assert (said["you"]["answer"], said["state"]) == ("no", "open")
    assert people["cho"].post(f"/api/requests/{ref}/yes").json()["state"] == "done"


def test_nobody_covers_for_themselves(people: People) -> None:
    ref = ask(people["ben"])["ref"]
    assert people["ben"].post(f"/api/requests/{ref}/yes").status_code == 409
    assert people["ben"].post(f"/api/requests/{ref}/no").status_code == 409


def test_only_whoever_asked_and_leads_withdraw(people: People) -> None:
    ref = ask(people["ben"])["ref"]
    assert people["cho"].post(f"/api/requests/{ref}/withdraw").status_code == 403
    gone = people["ben"].post(f"/api/requests/{ref}/withdraw")
    assert gone.json()["state"] == "withdrawn"
    assert people["ben"].post(f"/api/requests/{ref}/withdraw").status_code == 409
    late = people["cho"].post(f"/api/requests/{ref}/yes")
    assert late.json()["detail"] == "This is closed. Nothing more for you to do."
    states = people["ben"].get("/api/teams/harbor/requests", params={"state": "all"}).json()
    assert states[0]["state"] == "withdrawn"


# Swaps ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_swap_takes_both_and_the_lead(people: People, night: HarborNight) -> None:
    made = swap(people["ben"])
    assert made.status_code == 201, made.text
    ref = made.json()["ref"]
    assert made.json()["other"] == {
        "tier": "primary",
        "start": CHOS["other_start"],
        "end": CHOS["other_end"],
        "staff": {"id": "cho", "name": "Cho Sample"},
    }
    assert people["dee"].post(f"/api/requests/{ref}/yes").status_code == 409
    early = people["eli"].post(f"/api/requests/{ref}/approve")
    assert (early.status_code, early.json()["detail"]) == (409, "This does not wait for a lead.")
    assert people["cho"].post(f"/api/requests/{ref}/yes").json()["state"] == "lead"
    assert people["ben"].post(f"/api/requests/{ref}/approve").status_code == 403
    assert night.on_call("2026-01-08 17:00")["primary"] == "ben"
    [waiting] = people["eli"].get("/api/teams/harbor/requests").json()
    assert waiting["you"]["may_approve"]
    done = people["eli"].post(f"/api/requests/{ref}/approve")
    assert done.json()["state"] == "done"
    assert night.on_call("2026-01-08 17:00")["primary"] == "cho"
    assert night.on_call("2026-01-09 17:00")["primary"] == "ben"


def test_a_lead_says_no_to_a_swap(people: People, night: HarborNight) -> None:
    ref = swap(people["ben"]).json()["ref"]
    people["cho"].post(f"/api/requests/{ref}/yes")
    assert people["eli"].post(f"/api/requests/{ref}/refuse").json()["state"] == "declined"
    assert night.on_call("2026-01-08 17:00")["primary"] == "ben"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"other_end": CHOS["other_start"]}, 422, "end: must lie ahead, and after the start."),
        ({"other_end": "2026-01-11T17:00:00-08:00"}, 422, "other_start: nobody stands there all"),
        (
            {
                "other_start": "2026-01-11T17:00:00-08:00",
                "other_end": "2026-01-12T17:00:00-08:00",
            },
            422,
            "other_start: this shift is theirs too.",
        ),
        (
            {
                "other_start": "2026-01-08T08:00:00-08:00",
                "other_end": "2026-01-08T17:00:00-08:00",
            },
            422,
            "start: has passed. Swap what lies ahead, or ask for cover.",
        ),
        ({"other_tier": "backup"}, 409, "Gus Sample is on backup at that time"),
    ],
    ids=str,
)
def test_swaps_that_cannot_be_are_refused(
    people: People, body: dict[str, str], status: int, words: str
) -> None:
    refused = swap(people["ben"], **body)
    assert refused.status_code == status
    assert words in refused.json()["detail"]


# Who may see what ───────────────────────────────────────────────────────────────────────────────


def test_other_teams_requests_do_not_exist(people: People) -> None:
    ref = ask(people["ben"])["ref"]
    for path in (f"/api/requests/{ref}/yes", "/api/requests/U9X9/yes", "/api/requests/%00/yes"):
        answer = people["hal"].post(path)
        assert answer.status_code == 404
    assert people["hal"].get("/api/teams/harbor/requests").status_code == 404
    assert people["hal"].post("/api/teams/harbor/covers", json=COVER).status_code == 404
    assert people["hal"].get("/api/requests/mine").json() == []


def test_who_only_looks_may_look_and_reads_no_note(people: People, night: HarborNight) -> None:
    ref = ask(people["ben"], note="call me first")["ref"]
    viewer = night.web(Role.VIEWER, "harbor")
    [shown] = viewer.get("/api/teams/harbor/requests").json()
    assert (shown["ref"], shown["note"]) == (ref, "")
    assert not any(shown["you"].values())
    assert (
        viewer.post("/api/teams/harbor/covers", json={**COVER, "staff": "ben"}).status_code == 403
    )
    assert viewer.post(f"/api/requests/{ref}/yes", json={"staff": "cho"}).status_code == 403


def test_without_a_login_nothing_is_told(night: HarborNight) -> None:
    stranger = httpx.Client(base_url=night.base_url)
    for path in ("/api/requests/mine", "/api/teams/harbor/requests"):
        assert stranger.get(path).status_code == 401
    assert stranger.post("/api/teams/harbor/covers", json=COVER).status_code == 401


def test_the_note_never_leaves_by_sms(people: People, night: HarborNight) -> None:
    ask(people["ben"], note="a very particular note")
    night.network.wait_until_quiet()
    assert not [sms for sms in night.network.messages if "particular" in sms.body]
