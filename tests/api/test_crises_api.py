"""Crises over HTTP: who may look, who may act, and what each answer says."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dispatch.access import Role
from tests.api.edge import EdgeNight, call_form
from tests.live.watcher import add_user, log_in
from tests.scenarios.town import CLIENT, SOUTH_CLIENT, STRANGER

ACTIONS = {
    "accept": {"staff": "ana"},
    "decline": {"staff": "ana"},
    "hand-off": {"to": "ben"},
    "note": {"text": "a note"},
    "close": {"disposition": "resolved_by_phone"},
    "call-back": {},
}


@pytest.fixture(scope="module")
def speed() -> float:
    """Slowly: deadlines do not come while somebody looks."""
    return 1.0


@pytest.fixture(scope="module")
def admin(night: EdgeNight) -> Iterator[httpx.Client]:
    """A program that may do anything."""
    with night.web() as client:
        yield client


def report(night: EdgeNight, caller: str = CLIENT) -> str:
    """A crisis whose caller has hung up already: its reference."""
    form = call_form(From=caller)
    night.twilio("/twilio/voice", form)
    night.twilio("/twilio/voice/status", {**form, "CallStatus": "completed"})
    return max(night.crises(), key=lambda crisis: crisis.opened_at).ref


@pytest.fixture
def ref(night: EdgeNight, admin: httpx.Client) -> Iterator[str]:
    """An open crisis of North ACT, closed when the test is over."""
    ref = report(night)
    yield ref
    admin.post(f"/api/crises/{ref}/close", json={"disposition": "not_a_crisis"})


def act(
    client: httpx.Client, ref: str, action: str, body: object = None, **more: str
) -> httpx.Response:
    """Post one of the actions."""
    content = ACTIONS[action] if body is None else body
    return client.post(f"/api/crises/{ref}/{action}", json=content, **more)  # type: ignore[arg-type]


# Reading ────────────────────────────────────────────────────────────────────────────────────────


def test_a_crisis_is_read_with_its_caller_and_its_timeline(ref: str, admin: httpx.Client) -> None:
    read = admin.get(f"/api/crises/{ref}").json()
    assert (read["ref"], read["team"], read["source"]) == (ref, "north", "call")
    assert (read["state"], read["owner"], read["closed_at"]) == ("callback_needed", None, None)
    assert read["caller"]["number"] == CLIENT
    assert [one["name"] for one in read["caller"]["clients"]] == ["Test Person One"]
    assert read["opened_at"].startswith("2026-03-03T11:")
    assert {"at", "kind", "who", "by", "text"} == set(read["timeline"][0])
    assert read["timeline"][0]["kind"] == "ringing"
    assert read["timeline"][0]["who"] == {"id": "ana", "name": "Ana Sample"}
    assert admin.get(f"/api/crises/{ref.lower()}").json()["ref"] == ref


def test_the_list_is_newest_first_and_filters(night: EdgeNight, admin: httpx.Client) -> None:
    refs = [report(night), report(night, SOUTH_CLIENT), report(night, STRANGER)]
    act(admin, refs[1], "accept", {"staff": "gus"})
    act(admin, refs[2], "close")

    def listed(**params: object) -> list[str]:
        answer = admin.get("/api/crises", params=params)  # type: ignore[arg-type]
        assert answer.status_code == 200
        return [one["ref"] for one in answer.json()]

    assert listed()[:3] == refs[::-1]
    assert listed(limit=1) == refs[-1:]
    assert listed(state="accepted") == [refs[1]]
    assert refs[2] in listed(state="closed")
    assert listed(state=["accepted", "callback_needed"])[:2] == [refs[1], refs[0]]
    for one in admin.get("/api/crises").json():
        assert "caller" not in one
        assert "timeline" not in one
    for ref in refs[:2]:
        act(admin, ref, "close")


@pytest.mark.parametrize(
    "query", ["state=sleeping", "limit=0", "limit=501", "limit=many", "state=%00"]
)
def test_a_list_that_cannot_be_asked_for_names_what_is_wrong(
    admin: httpx.Client, query: str
) -> None:
    answer = admin.get(f"/api/crises?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize("unknown", ["ZZZZ", "x" * 500, "%00", "K7Q%00", "..", "%F0%9F%86%98"])
def test_an_unknown_reference_is_not_found_whatever_it_looks_like(
    admin: httpx.Client, unknown: str
) -> None:
    assert admin.get(f"/api/crises/{unknown}").status_code == 404
    for action in ACTIONS:
        assert act(admin, unknown, action).status_code == 404


# Acting ─────────────────────────────────────────────────────────────────────────────────────────


def test_accept_hand_off_note_and_close(night: EdgeNight, ref: str, admin: httpx.Client) -> None:
    accepted = act(admin, ref, "accept")
    assert accepted.status_code == 200
    assert accepted.json()["owner"] == {"id": "ana", "name": "Ana Sample"}
    assert accepted.json()["state"] == "accepted"

    asked = act(admin, ref, "hand-off")
    assert asked.json()["owner"]["id"] == "ana", "it stays hers until Ben has accepted"
    assert night.ben.expect_sms("take this over")
    taken = act(admin, ref, "accept", {"staff": "ben"}).json()
    assert taken["owner"]["id"] == "ben"
    assert night.ana.expect_sms("has taken it over")

    noted = act(admin, ref, "note", {"text": "  Sees the doctor tomorrow.  "}).json()
    assert noted["timeline"][-1]["text"] == "Sees the doctor tomorrow."
    assert noted["timeline"][-1]["by"] == "token test-admin"

    closed = act(admin, ref, "close", {"disposition": "mobile_visit", "note": "All well."}).json()
    assert (closed["state"], closed["disposition"]) == ("closed", "mobile_visit")
    assert closed["closed_at"] is not None
    assert [one["text"] for one in closed["timeline"]][-1] == "All well."

    late = act(admin, ref, "note", {"text": "Written the morning after."})
    assert late.status_code == 200, "a record may be completed after the end"


def test_a_decline_moves_the_pages_on(night: EdgeNight, ref: str, admin: httpx.Client) -> None:
    assert act(admin, ref, "decline").status_code == 200
    assert night.ben.expect_sms(ref)


def test_what_is_taken_cannot_be_taken_again(ref: str, admin: httpx.Client) -> None:
    act(admin, ref, "accept")
    again = act(admin, ref, "accept")
    assert again.status_code == 200, "said twice by the same person"
    late = act(admin, ref, "accept", {"staff": "ben"})
    assert (late.status_code, late.json()["detail"]) == (409, "Ana Sample has it already.")


def test_a_closed_crisis_can_neither_be_taken_nor_passed_on_nor_closed(
    ref: str, admin: httpx.Client
) -> None:
    act(admin, ref, "close")
    for action in ("accept", "decline", "hand-off", "close"):
        answer = act(admin, ref, action)
        assert answer.status_code == 409, action
        assert "closed" in answer.json()["detail"]


def test_nobody_can_hand_off_what_nobody_has(ref: str, admin: httpx.Client) -> None:
    assert act(admin, ref, "hand-off").status_code == 409


def test_a_crisis_is_not_closed_over_the_head_of_a_caller_on_the_line(
    night: EdgeNight, admin: httpx.Client
) -> None:
    form = call_form(From=STRANGER)
    night.twilio("/twilio/voice", form)
    [ref] = [one.ref for one in night.crises() if one.line is not None]
    assert act(admin, ref, "close").status_code == 409
    night.twilio("/twilio/voice/status", {**form, "CallStatus": "completed"})
    assert act(admin, ref, "close").status_code == 200


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("accept", {}, "staff"),
        ("accept", {"staff": "nobody"}, "staff"),
        ("accept", {"staff": "gus"}, "staff"),
        ("accept", {"staff": "\x00"}, "staff"),
        ("accept", {"staff": 5}, "staff"),
        ("accept", {"staff": "ana", "more": 1}, "more"),
        ("decline", {"staff": "nobody"}, "staff"),
        ("hand-off", {}, "to"),
        ("hand-off", {"to": "gus"}, "to"),
        ("hand-off", {"to": "nobody"}, "to"),
        ("note", {}, "text"),
        ("note", {"text": "   "}, "text"),
        ("note", {"text": "x" * 10_001}, "text"),
        ("close", {}, "disposition"),
        ("close", {"disposition": "went_home"}, "disposition"),
        ("close", {"disposition": "resolved_by_phone", "note": ""}, "note"),
        ("close", [], "body"),
    ],
    ids=str,
)
def test_what_is_wrong_in_an_action_is_named_and_changes_nothing(
    night: EdgeNight, ref: str, admin: httpx.Client, action: str, body: object, named: str
) -> None:
    if action == "hand-off":
        act(admin, ref, "accept")
    night.until_settled()
    before = night.contents()
    answer = act(admin, ref, action, body)
    assert answer.status_code == 422
    assert named in answer.json()["detail"]
    assert night.contents() == before


def test_handing_it_to_its_owner_is_refused(ref: str, admin: httpx.Client) -> None:
    act(admin, ref, "accept")
    assert act(admin, ref, "hand-off", {"to": "ana"}).status_code == 422


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("note", {"text": "a\x00b"}),
        ("close", {"disposition": "not_a_crisis", "note": "a\x00b"}),
    ],
    ids=["note", "close"],
)
def test_a_letter_that_the_database_cannot_keep_is_no_outage(
    ref: str, admin: httpx.Client, action: str, body: dict[str, str]
) -> None:
    assert act(admin, ref, action, body).status_code in (200, 422)


# Roles ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("action", ACTIONS)
def test_who_has_no_token_learns_and_changes_nothing(
    night: EdgeNight, ref: str, action: str
) -> None:
    before = night.contents()
    for headers in ({}, {"Authorization": "Bearer vgl_guessed"}, {"Authorization": "Basic YTpi"}):
        for answer in (
            night.http.post(f"/api/crises/{ref}/{action}", json=ACTIONS[action], headers=headers),
            night.http.get(f"/api/crises/{ref}", headers=headers),
            night.http.get("/api/crises", headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert ref not in answer.text
    assert night.contents() == before


def test_a_revoked_token_is_no_token(night: EdgeNight, ref: str) -> None:
    client = night.web(Role.LEAD)
    assert client.get(f"/api/crises/{ref}").status_code == 200
    with night.vigil.unit_of_work.engine.begin() as connection:
        connection.execute(
            text("update api_token set revoked_at = :now where role = 'lead'"),
            {"now": night.clock.now()},
        )
    assert client.get(f"/api/crises/{ref}").status_code == 401


def test_a_viewer_sees_that_it_happens_but_neither_who_nor_what_was_said(
    night: EdgeNight, ref: str, admin: httpx.Client
) -> None:
    act(admin, ref, "note", {"text": "Test Person One wants to go home."})
    viewer = night.web(Role.VIEWER)
    read = viewer.get(f"/api/crises/{ref}")
    assert read.status_code == 200
    assert (read.json()["caller"], read.json()["contacts"]) == (None, [])
    assert "Test Person" not in read.text
    assert CLIENT not in read.text
    assert "note" in [one["kind"] for one in read.json()["timeline"]]
    for action in ACTIONS:
        assert act(viewer, ref, action).status_code == 403


def test_another_team_s_crisis_does_not_exist_for_a_clinician(night: EdgeNight, ref: str) -> None:
    south = night.web(Role.CLINICIAN, "south")
    there, nowhere = south.get(f"/api/crises/{ref}"), south.get("/api/crises/ZZZZ")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.json()["detail"].replace(ref, "ZZZZ") == nowhere.json()["detail"]
    for action in ACTIONS:
        assert act(south, ref, action).status_code == 404
    assert ref not in [one["ref"] for one in south.get("/api/crises").json()]
    north = night.web(Role.CLINICIAN, "north")
    assert ref in [one["ref"] for one in north.get("/api/crises").json()]


def test_a_hospital_s_token_opens_nothing_here(night: EdgeNight, ref: str) -> None:
    hospital = night.web(Role.HOSPITAL)
    assert hospital.get("/api/crises").status_code == 403
    assert hospital.get(f"/api/crises/{ref}").status_code == 403
    assert hospital.get("/api/teams").status_code == 403
    for action in ACTIONS:
        assert act(hospital, ref, action).status_code == 403


def test_a_clinician_acts_for_themselves_and_a_lead_for_others(night: EdgeNight, ref: str) -> None:
    ana = night.login("ana@example.org", Role.CLINICIAN, "ana")
    eli = night.login("eli@example.org", Role.LEAD, "eli")
    assert act(ana, ref, "accept", {"staff": "ben"}).status_code == 403
    assert act(ana, ref, "decline", {"staff": "ben"}).status_code == 403
    mine = ana.post(f"/api/crises/{ref}/accept")
    assert mine.json()["owner"]["id"] == "ana", "no body: in one's own name"
    assert act(ana, ref, "decline", {}).json()["owner"] is None, "given back"
    entered = act(eli, ref, "accept", {"staff": "ben"}).json()
    assert entered["owner"]["id"] == "ben"
    assert [one for one in entered["timeline"] if one["by"] == "eli@example.org"]


def test_somebody_who_is_not_on_the_team_cannot_take_it_for_themselves(
    night: EdgeNight, ref: str
) -> None:
    gus = night.login("gus@example.org", Role.ADMIN, "gus")
    assert gus.post(f"/api/crises/{ref}/accept").status_code == 422


# The record ─────────────────────────────────────────────────────────────────────────────────────


def test_only_the_owner_is_rung_to_call_back(night: EdgeNight, ref: str) -> None:
    ana = log_in(night, add_user(night, "Ana Sample", Role.CLINICIAN, staff="ana"))
    lead = log_in(night, add_user(night, "Eli Sample", Role.LEAD, staff="eli"))
    nobody = act(ana, ref, "call-back")
    assert (nobody.status_code, nobody.json()["detail"]) == (
        409,
        "Nobody has taken it yet: accept it first.",
    )
    act(ana, ref, "accept", {})
    theirs = act(lead, ref, "call-back")
    assert (theirs.status_code, theirs.json()["detail"]) == (409, "Ana Sample has it already.")
    program = act(night.web(), ref, "call-back")
    assert (program.status_code, "log in as yourself" in program.json()["detail"]) == (422, True)
    rung = act(ana, ref, "call-back")
    assert (rung.status_code, rung.json()["state"]) == (200, "accepted")
    asked = rung.json()["timeline"][-1]
    assert (asked["kind"], asked["who"]["id"]) == ("call_back_asked", "ana")
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    again = act(ana, ref, "call-back")
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)
    night.ana.decline()
    night.until(lambda: "call_back_ended" in night.kinds(ref), "it is over")


def audited(night: EdgeNight) -> list[tuple[str, str, str]]:
    """Who looked at what, in order."""
    with night.vigil.unit_of_work.engine.connect() as connection:
        rows = connection.execute(text("select who, what, about from audit order by id"))
        return [(row.who, row.what, row.about) for row in rows]


def test_every_look_at_a_caller_is_written_down(
    night: EdgeNight, ref: str, admin: httpx.Client
) -> None:
    before = len(audited(night))
    admin.get(f"/api/crises/{ref}")
    admin.get(f"/api/crises/{ref}")
    act(admin, ref, "note")
    looks = audited(night)[before:]
    assert [look[1:] for look in looks] == [("crisis_read", f"{ref} C-1001")] * 3
    assert {look[0].rsplit(" ", 1)[0] for look in looks} == {"token test-admin"}
    admin.get("/api/crises")
    assert len(audited(night)) == before + 3, "a list names nobody"
    night.web(Role.VIEWER).get(f"/api/crises/{ref}")
    assert audited(night)[-1][1] == "token_created", "who sees nobody looks at nobody"


@pytest.mark.parametrize("table", ["timeline", "audit"])
@pytest.mark.parametrize(
    "statement",
    ["update {} set id = id", "delete from {}", "truncate {}", "delete from {} where false"],
)
def test_the_database_itself_refuses_to_change_the_record(
    night: EdgeNight, ref: str, table: str, statement: str
) -> None:
    assert night.kinds(ref)
    before = night.contents()[table]
    with (
        pytest.raises(DBAPIError, match="can only be added to"),
        night.vigil.unit_of_work.engine.begin() as connection,
    ):
        connection.execute(text(statement.format(table)))
    assert night.contents()[table] == before
