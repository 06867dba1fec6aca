"""Feeds over HTTP: made once, read by whoever has the address, gone when revoked, never logged."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from dispatch.access import Role
from dispatch.api.guards import MAX_BODY_BYTES, loggable
from dispatch.commands.logins import token_hash
from dispatch.tables import AuditRow, TokenRow, UserRow
from oncall.duty_tables import CalendarFeedRow
from oncall.store import mark_changed
from oncall.tables import MembershipRow, StaffRow, TeamRow
from tests.api.conftest import Logs
from tests.api.edge import EdgeNight
from tests.calendars.follower import by_names, by_rules
from tests.clocks import HeldClock
from tests.scenarios.night import NIGHT

FEEDS = "/api/calendar-feeds"

SECRET = "Zk3-v_0Qm8RrT5yWc1XbNa7LdEoPfGhIjUs2V4t6KqM"
"""As random as the end of a feed's address, and as long."""


@pytest.fixture(autouse=True)
def no_feeds(night: EdgeNight) -> Iterator[None]:
    """Each test begins without any feed."""
    yield
    with night.vigil.unit_of_work() as work:
        for row in work.session.exec(select(CalendarFeedRow)):
            work.session.delete(row)


def made(client: httpx.Client, **body: str) -> str:
    """The path of a new feed."""
    answer = client.post(FEEDS, json=body)
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"id", "url"}
    return httpx.URL(answer.json()["url"]).path


def gone(night: EdgeNight, path: str) -> bool:
    """Whether nothing can be read at a path; the answer is the same whatever the reason."""
    answer, unknown = night.http.get(path), night.http.get("/calendars/unknown.ics")
    assert unknown.status_code == 404
    return (answer.status_code, answer.json()) == (404, unknown.json())


# What it shows ──────────────────────────────────────────────────────────────────────────────────


def shifts(client: httpx.Client, staff: str | None = None) -> list[tuple[str, datetime, datetime]]:
    """What the schedule says of the days that a feed shows, clipped to them."""
    params = {"from": "2026-02-01T08:00:00Z", "to": "2026-08-01T07:00:00Z"}
    tiers: dict[str, Any] = client.get("/api/teams/north/schedule", params=params).json()["tiers"]
    return sorted(
        (tier, *(datetime.fromisoformat(one[at]).replace(microsecond=0) for at in ("start", "end")))
        for tier, stretches in tiers.items()
        for one in stretches
        if staff in (None, one["staff"]["id"])
    )


def read(content: bytes, follower: Any = by_names) -> list[tuple[str, datetime, datetime]]:
    """The same from a feed."""
    first, last = datetime(2026, 2, 1, 8, tzinfo=UTC), datetime(2026, 8, 1, 7, tzinfo=UTC)
    events = follower(content)
    return sorted(
        (
            one.summary.removeprefix("On call: ").partition(":")[0].partition(",")[0],
            max(one.start, first),
            min(one.end, last),
        )
        for one in events
        if one.start < last and first < one.end
    )


@pytest.mark.parametrize("follower", [by_names, by_rules])
def test_a_person_s_feed_is_their_schedule(
    night: EdgeNight, ana: httpx.Client, follower: Any
) -> None:
    """Over half a year with a change of the clocks in it."""
    content = night.http.get(made(ana)).content
    assert read(content, follower) == shifts(ana, "ana")
    assert {one.summary for one in follower(content)} == {
        "On call: primary, North ACT",
        "On call: backup, North ACT",
    }
    assert b"X-WR-CALNAME:Ana Sample\\, on call\r\n" in content
    assert b"Ben" not in content


def test_a_team_s_feed_is_everybody_s(night: EdgeNight, eli: httpx.Client) -> None:
    content = night.http.get(made(eli, team="north")).content
    assert read(content) == shifts(eli)
    assert "primary: Ana Sample" in {one.summary for one in by_names(content)}
    assert b"X-WR-CALNAME:North ACT on call\r\n" in content


def test_a_feed_changes_with_the_rota(night: EdgeNight, ana: httpx.Client) -> None:
    path = made(ana)
    away = {"first_day": "2026-03-17", "last_day": "2026-03-18"}
    assert ana.post("/api/staff/ana/time-off", json=away).status_code == 201
    starts = {one.start for one in by_names(night.http.get(path).content)}
    assert datetime(2026, 3, 19, 7, tzinfo=UTC) in starts
    assert read(night.http.get(path).content) == shifts(ana, "ana")


def test_what_has_been_stays_as_it_was(
    night: EdgeNight, admin: httpx.Client, eli: httpx.Client
) -> None:
    """Whoever changes a rota changes what will be, not what was."""
    running = night.clock
    night.clock = clock = HeldClock(running.now())

    def primary(at: datetime) -> list[str]:
        events = by_names(night.http.get(path).content)
        return [
            one.summary
            for one in events
            if one.summary.startswith("primary") and one.start <= at < one.end
        ]

    try:
        path = made(eli, team="north")
        earlier = clock.now() + timedelta(minutes=30)
        clock.skip(hours=1)
        before = admin.get("/api/teams/north/rota").json()["rotations"]
        for_ever = {**before[0], "name": "for ever"}
        body = {"rotations": [*before, for_ever]}
        assert admin.put("/api/teams/north/rotations", json=body).status_code == 200
        assert primary(earlier) == ["primary: Ana Sample"]
        assert primary(clock.now() + timedelta(minutes=30)) == ["primary: Eli Sample"]
        body = {"rotations": before}
        assert admin.put("/api/teams/north/rotations", json=body).status_code == 200
    finally:
        night.clock = running


# How it is read ─────────────────────────────────────────────────────────────────────────────────


def test_the_answer_is_a_calendar_that_a_program_may_keep(
    night: EdgeNight, ana: httpx.Client
) -> None:
    path = made(ana)
    answer = night.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=300"
    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = night.http.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert night.http.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    head = night.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == tag


def test_a_change_changes_the_tag(night: EdgeNight, ana: httpx.Client) -> None:
    path = made(ana)
    tag = night.http.get(path).headers["etag"]
    away = {"first_day": "2026-03-17", "last_day": "2026-03-18"}
    ana.post("/api/staff/ana/time-off", json=away)
    assert night.http.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_it_is_noted_when_a_feed_was_last_read(night: EdgeNight, ana: httpx.Client) -> None:
    path = made(ana)
    assert [one["read_at"] for one in ana.get(FEEDS).json()] == [None]
    night.http.get(path)
    [first] = [one["read_at"] for one in ana.get(FEEDS).json()]
    assert datetime.fromisoformat(first) >= NIGHT
    night.http.get(path)
    assert [one["read_at"] for one in ana.get(FEEDS).json()] == [first], "not at every reading"


# The secret ─────────────────────────────────────────────────────────────────────────────────────


def test_the_address_is_told_once_and_only_its_digest_is_kept(
    night: EdgeNight, ana: httpx.Client
) -> None:
    path = made(ana)
    secret = path.removeprefix("/calendars/").removesuffix(".ics")
    assert len(secret) == 43, "32 random bytes"
    assert secret not in ana.get(FEEDS).text
    for table, rows in night.contents().items():
        assert not any(secret in row for row in rows), table
    assert made(ana) != path


def test_unknown_revoked_and_malformed_addresses_answer_alike(
    night: EdgeNight, ana: httpx.Client
) -> None:
    path = made(ana)
    secret = path.removesuffix(".ics")
    for other in (
        secret,
        f"{path}x",
        f"{path}/x",
        f"{secret.lower()}.ics",
        "/calendars/",
        "/calendars/.ics",
        "/calendars/%00.ics",
        "/calendars/%ff%fe.ics",
        "/calendars/" + "x" * 3000 + ".ics",
    ):
        assert gone(night, other), other
    [feed] = ana.get(FEEDS).json()
    assert ana.delete(f"{FEEDS}/{feed['id']}").status_code == 204
    assert gone(night, path)
    assert ana.get(FEEDS).json() == []
    assert ana.delete(f"{FEEDS}/{feed['id']}").status_code == 404


def test_the_address_is_never_logged(night: EdgeNight, ana: httpx.Client, logs: Logs) -> None:
    path = made(ana)
    secret = path.removeprefix("/calendars/").removesuffix(".ics")
    night.http.get(path)
    night.http.head(path)
    night.http.post(path, content=b"x" * (MAX_BODY_BYTES + 1))
    night.http.get(f"{path}/more/{secret}")
    for mistyped in (f"/{path}", f"/x{path}", path.replace("c", "C", 1), f"/{secret}"):
        night.http.get(httpx.URL(night.base_url).copy_with(raw_path=mistyped.encode()))
    assert secret not in logs.text
    shown = [line["path"] for line in logs.named("request")][1:]
    assert shown == [*["/calendars"] * 3, "//calendars", "/x/calendars", "/Calendars", "/…"]
    assert [line["path"] for line in logs.named("body_too_large")] == ["/calendars"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/calendars/secret.ics", "/calendars"),
        ("/calendars/a/b/secret.ics", "/calendars"),
        ("/calendars", "/calendars"),
        ("//calendars/secret.ics", "//calendars"),
        ("/Calendars/secret.ics", "/Calendars"),
        ("/x/CALENDARS//secret.ics", "/x/CALENDARS"),
        ("/calendars/a/calendars/secret.ics", "/calendars"),
        ("/x\n/calendars/secret.ics", "/x\n/calendars"),
        ("/handovers/N42/secret", "/handovers"),
        ("//Handovers/N42/secret", "//Handovers"),
        ("/hospital/cut-off", "/hospital"),
        ("/api/hospitals/mercy/rules", "/api/hospitals/mercy/rules"),
        (f"/calendar/{SECRET}.ics", "/calendar/…"),
        (f"/calendars.{SECRET}.ics", "/…"),
        (f"/x/{SECRET},/y", "/x/…,/y"),
        (f"/{SECRET[:32]}", "/…"),
        (f"/{SECRET[:31]}", f"/{SECRET[:31]}"),
        ("/api/calendar-feeds/3", "/api/calendar-feeds/3"),
        ("/api/teams/north/holidays/import", "/api/teams/north/holidays/import"),
    ],
)
def test_a_path_is_logged_without_its_secret(path: str, shown: str) -> None:
    assert loggable(path) == shown


def test_access_is_written_into_the_audit(night: EdgeNight, ana: httpx.Client) -> None:
    made(ana)
    [feed] = ana.get(FEEDS).json()
    ana.delete(f"{FEEDS}/{feed['id']}")
    with night.vigil.unit_of_work.reading() as work:
        query = select(AuditRow).where(col(AuditRow.about) == f"feed {feed['id']} of staff ana")
        rows = work.session.exec(query.order_by(col(AuditRow.id))).all()
    assert [(row.who, row.what) for row in rows] == [
        ("ana@example.org", "calendar_feed_made"),
        ("ana@example.org", "calendar_feed_revoked"),
    ]


# Who may ────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_make_which_feed(
    night: EdgeNight, ana: httpx.Client, eli: httpx.Client, admin: httpx.Client
) -> None:
    program = night.web(Role.LEAD, "north")
    wall, clinic = night.web(Role.VIEWER), night.web(Role.CLINICIAN, "north")
    expected: list[tuple[httpx.Client, dict[str, str], int]] = [
        (ana, {}, 201),
        (ana, {"staff": "ana"}, 201),
        (ana, {"staff": "ben"}, 403),
        (ana, {"staff": "gus"}, 404),
        (ana, {"team": "north"}, 403),
        (ana, {"team": "south"}, 404),
        (eli, {"staff": "ben"}, 201),
        (eli, {"staff": "gus"}, 404),
        (eli, {"team": "north"}, 201),
        (eli, {"team": "south"}, 404),
        (admin, {"staff": "gus"}, 201),
        (admin, {"team": "south"}, 201),
        (admin, {"team": "nowhere"}, 404),
        (admin, {"staff": "nobody"}, 404),
        (admin, {}, 422),
        (admin, {"staff": "ana", "team": "north"}, 422),
        (admin, {"person": "ana"}, 422),
        (program, {"team": "north"}, 201),
        (program, {"staff": "ana"}, 201),
        (program, {"staff": "gus"}, 404),
        (clinic, {"team": "north"}, 403),
        (wall, {"team": "north"}, 403),
        (wall, {"staff": "ana"}, 403),
        (night.web(Role.HOSPITAL), {"team": "north"}, 403),
        (night.http, {"team": "north"}, 401),
    ]
    for client, body, status in expected:
        assert client.post(FEEDS, json=body).status_code == status, body


def test_people_see_and_revoke_their_own_and_leads_their_teams(
    night: EdgeNight, ana: httpx.Client, ben: httpx.Client, eli: httpx.Client, ivy: httpx.Client
) -> None:
    made(ana)
    made(eli, team="north")
    made(ivy, team="south")
    seen = {
        client: [(one["staff"] or {}).get("id") or one["team"] for one in client.get(FEEDS).json()]
        for client in (ana, ben, eli, ivy, night.web(), night.web(Role.VIEWER))
    }
    assert list(seen.values()) == [
        ["ana"],
        [],
        ["ana", "north"],
        ["south"],
        ["ana", "north", "south"],
        [],
    ]
    [mine, *_] = ana.get(FEEDS).json()
    assert mine["staff"] == {"id": "ana", "name": "Ana Sample"}
    for client, status in ((ben, 404), (ivy, 404), (night.http, 401), (eli, 204), (ana, 404)):
        assert client.delete(f"{FEEDS}/{mine['id']}").status_code == status


# Who is gone ────────────────────────────────────────────────────────────────────────────────────


def set_row(night: EdgeNight, table: Any, key: str, **values: object) -> None:
    """Change a row as though by a load of the agency's file."""
    with night.vigil.unit_of_work() as work:
        row = work.session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)
        work.session.add(row)
        mark_changed(work.session, work.now)


def test_the_feed_of_somebody_who_left_is_gone_until_they_are_back(
    night: EdgeNight, admin: httpx.Client
) -> None:
    path = made(admin, staff="ben")
    set_row(night, StaffRow, "ben", active=False)
    assert gone(night, path)
    set_row(night, StaffRow, "ben", active=True)
    assert night.http.get(path).status_code == 200


def test_the_feed_of_a_team_that_is_gone_is_gone(night: EdgeNight, admin: httpx.Client) -> None:
    path = made(admin, team="south")
    set_row(night, TeamRow, "south", active=False)
    try:
        assert gone(night, path)
    finally:
        set_row(night, TeamRow, "south", active=True)
    assert night.http.get(path).status_code == 200


def test_who_can_no_longer_log_in_no_longer_reads_by_an_address_of_theirs(
    night: EdgeNight, admin: httpx.Client
) -> None:
    with closing(night.login("hal@example.org", Role.LEAD, "hal")) as hal:
        path = made(hal, team="south")
    for table, key in ((UserRow, "hal@example.org"), (StaffRow, "hal")):
        set_row(night, table, key, active=False)
        assert gone(night, path)
        set_row(night, table, key, active=True)
        assert night.http.get(path).status_code == 200


# Whose rights are gone ──────────────────────────────────────────────────────────────────────────


@contextmanager
def changed(night: EdgeNight, table: Any, key: str, **values: object) -> Iterator[None]:
    """A row is otherwise for a while."""
    with night.vigil.unit_of_work.reading() as work:
        row = work.session.get_one(table, key)
        before = {name: getattr(row, name) for name in values}
    set_row(night, table, key, **values)
    try:
        yield
    finally:
        set_row(night, table, key, **before)


@contextmanager
def out_of_the_team(night: EdgeNight, staff: str) -> Iterator[None]:
    """Somebody is not a member of North for a while."""
    with night.vigil.unit_of_work() as work:
        row = work.session.get_one(MembershipRow, ("north", staff))
        before = row.model_dump()
        work.session.delete(row)
        mark_changed(work.session, work.now)
    try:
        yield
    finally:
        with night.vigil.unit_of_work() as work:
            work.session.add(MembershipRow(**before))
            mark_changed(work.session, work.now)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.VIEWER])
def test_who_is_no_lead_any_more_reads_by_their_address_only_their_own_shifts(
    night: EdgeNight, eli: httpx.Client, role: Role
) -> None:
    team, other, own = made(eli, team="north"), made(eli, staff="ben"), made(eli)
    with changed(night, UserRow, "eli@example.org", role=role.value):
        assert gone(night, team)
        assert gone(night, other)
        assert night.http.get(own).status_code == 200
    assert night.http.get(team).status_code == night.http.get(other).status_code == 200


def test_who_left_the_team_reads_by_their_address_no_more_of_it(
    night: EdgeNight, eli: httpx.Client
) -> None:
    team, other, own = made(eli, team="north"), made(eli, staff="ben"), made(eli)
    with out_of_the_team(night, "eli"):
        assert gone(night, team)
        assert gone(night, other)
        assert night.http.get(own).status_code == 200
    with out_of_the_team(night, "ben"):
        assert gone(night, other), "they have no lead in common any more"
        assert night.http.get(team).status_code == 200
    assert night.http.get(other).status_code == 200


def test_an_administrator_s_address_of_a_person_outlasts_their_teams(
    night: EdgeNight, admin: httpx.Client
) -> None:
    path = made(admin, staff="ben")
    with out_of_the_team(night, "ben"):
        assert night.http.get(path).status_code == 200


def test_an_address_that_somebody_s_login_made_is_gone_with_that_login(
    night: EdgeNight, eli: httpx.Client
) -> None:
    own = made(eli)
    with changed(night, UserRow, "eli@example.org", staff_id="hal"):
        assert gone(night, own)
    assert night.http.get(own).status_code == 200


def test_an_address_is_gone_with_the_token_of_the_program_that_made_it(
    night: EdgeNight, admin: httpx.Client
) -> None:
    program, other = night.web(Role.LEAD, "north"), night.web(Role.LEAD, "north")
    team, person, kept = (
        made(program, team="north"),
        made(program, staff="ana"),
        made(other, team="north"),
    )
    key = token_hash(program.headers["Authorization"].removeprefix("Bearer "))
    for values in (
        {"revoked_at": NIGHT},
        {"role": Role.CLINICIAN.value},
        {"team_id": "south"},
    ):
        with changed(night, TokenRow, key, **values):
            assert gone(night, team), values
            assert gone(night, person), values
            assert night.http.get(kept).status_code == 200, "another program's"
    assert night.http.get(team).status_code == night.http.get(person).status_code == 200


def test_somebody_in_no_team_has_an_empty_calendar(night: EdgeNight, admin: httpx.Client) -> None:
    with night.vigil.unit_of_work() as work:
        work.session.add(
            StaffRow(
                id="zoe",
                name="Zoe Sample",
                discipline="nurse",
                phone="+15035550166",
                role="clinician",
            )
        )
        mark_changed(work.session, work.now)
    answer = night.http.get(made(admin, staff="zoe"))
    assert answer.status_code == 200
    assert by_names(answer.content) == []
    set_row(night, StaffRow, "zoe", active=False)
