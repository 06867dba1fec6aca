"""Loading an agency's file: everything or nothing, twice is once, and nobody is lost on the way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from dispatch.agency_file import AgencyFaults, read_agency
from dispatch.commands import agencies
from dispatch.commands.agencies import LoadRefused
from tests.api.edge import EdgeNight, call_form, dialled, document
from tests.clocks import HeldClock
from tests.scenarios.town import (
    ANA,
    BEN,
    CLIENT,
    GUS,
    NORTH_LINE,
    SHARED_LINE,
    SOUTH_CLIENT,
    STRANGER,
    TOWN,
    town,
)


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[EdgeNight]:
    """A night of each test's own, since they rebuild the town."""
    with EdgeNight(database_url, tmp_path, speed=1.0) as night:
        night.until_settled()
        yield night


def load(night: EdgeNight, content: str) -> None:
    """What `vigil load` does with a file."""
    agency = read_agency(content, "changed.yaml")
    with night.vigil.unit_of_work() as work:
        agencies.load(work, agency)


def changed(*changes: tuple[str, str]) -> str:
    """The town's file with some words replaced."""
    content = TOWN
    for old, new in changes:
        assert old in content, old
        content = content.replace(old, new)
    return content


def edited(edit: Callable[[Any], object]) -> str:
    """The town's file after somebody has edited what it holds."""
    held = yaml.safe_load(TOWN)
    edit(held)
    return str(yaml.safe_dump(held, sort_keys=False))


def one(entries: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """The entry of a list in the file with this id."""
    return next(entry for entry in entries if entry["id"] == wanted)


def rung(night: EdgeNight, caller: str, line: str = NORTH_LINE) -> list[str]:
    """Whose phone rings when somebody calls; their call is then over, its crisis closed."""
    form = call_form(From=caller, To=line)
    numbers = dialled(document(night.twilio("/twilio/voice", form)))
    night.twilio("/twilio/voice/status", {**form, "CallStatus": "completed"})
    with night.web() as browser:
        for crisis in night.crises():
            browser.post(f"/api/crises/{crisis.ref}/close", json={"disposition": "not_a_crisis"})
    return numbers


def ids(night: EdgeNight) -> dict[str, list[str]]:
    """What names the people and the clients, and since when clients belong where."""
    contents = night.contents()
    kept = ("agency", "staff", "team", "client", "client_phone", "enrolment", "crisis_line")
    return {table: contents[table] for table in (*kept, "team_line", "membership", "rung")}


def count(night: EdgeNight, table: str) -> int:
    """How many rows a table has."""
    return len(night.contents()[table])


def test_the_same_file_twice_is_the_same_as_once(night: EdgeNight) -> None:
    before, rows = ids(night), {name: len(rows) for name, rows in night.contents().items()}
    load(night, TOWN)
    load(night, TOWN)
    assert ids(night) == before
    after = {name: len(rows) for name, rows in night.contents().items()}
    # Open boards are told to read again, and the journal tells of each load.
    for moving in ("board_change", "team_card", "rota_change"):
        after.pop(moving)
        rows.pop(moving)
    assert after == rows
    assert rung(night, CLIENT) == [ANA]


def test_a_client_who_moves_has_a_history_and_one_team_at_any_instant(night: EdgeNight) -> None:
    night.clock = clock = HeldClock(night.clock.now())
    clock.skip(hours=1)
    load(night, edited(lambda held: one(held["clients"], "C-1001").update(team="south")))
    assert rung(night, CLIENT) == [GUS], "at once, on whatever line"
    clock.skip(hours=1)
    load(night, TOWN)
    assert rung(night, CLIENT) == [ANA]
    with night.vigil.unit_of_work.engine.connect() as connection:
        spells = connection.execute(
            text(
                "select team_id, lower(during) as start, upper(during) as stop from enrolment"
                " join client on client.number = client_number"
                " where client.id = 'C-1001' order by lower(during)"
            )
        ).all()
    assert [spell.team_id for spell in spells] == ["north", "south", "north"]
    assert [spell.stop for spell in spells] == [spells[1].start, spells[2].start, None]
    assert (spells[2].start - spells[1].start).total_seconds() == 3600


def test_the_database_itself_refuses_two_teams_at_once(night: EdgeNight) -> None:
    for during in ("[2026-03-03,)", "(,)", "[2030-01-01,2030-01-02)"):
        with (
            pytest.raises(IntegrityError, match="enrolment_one_team_at_a_time"),
            night.vigil.unit_of_work.engine.begin() as connection,
        ):
            connection.execute(
                text(
                    "insert into enrolment (client_number, team_id, during)"
                    " select number, 'south', cast(:during as tstzrange)"
                    " from client where id = 'C-1001'"
                ),
                {"during": during},
            )


def test_a_client_who_is_no_longer_named_is_a_stranger_and_can_come_back(night: EdgeNight) -> None:
    night.clock = clock = HeldClock(night.clock.now())
    clock.skip(hours=1)
    load(night, edited(lambda held: held["clients"].remove(one(held["clients"], "C-2001"))))
    assert rung(night, SOUTH_CLIENT) == [ANA], "the team of the line"
    assert count(night, "client") == 5, "the record names them still"
    clock.skip(hours=1)
    load(night, TOWN)
    assert rung(night, SOUTH_CLIENT) == [GUS]


def ana_leaves(held: Any) -> None:
    """Ana is gone, and Ben has her shifts."""
    held["staff"].remove(one(held["staff"], "ana"))
    north = one(held["teams"], "north")
    north["members"].remove("ana")
    north["rotations"][0]["order"] = ["ben"]


def test_people_who_left_are_kept_in_the_record_and_rung_no_more(night: EdgeNight) -> None:
    load(night, edited(ana_leaves))
    assert rung(night, CLIENT) == [BEN]
    with night.web() as browser:
        members = browser.get("/api/teams/north/members").json()
        assert [one["id"] for one in members] == ["ben", "eli"]
    [row] = [row for row in night.contents()["staff"] if row.startswith("(ana,")]
    assert row.endswith(",f)"), "inactive"
    load(night, TOWN)
    assert rung(night, CLIENT) == [ANA], "and back"


def test_the_phone_of_who_left_may_be_given_to_somebody_new(night: EdgeNight) -> None:
    new = changed(("id: ana, name: Ana Sample", "id: amy, name: Amy Sample"), ("[ana", "[amy"))
    load(night, new)
    assert rung(night, CLIENT) == [ANA], "the same phone"
    with night.web() as browser:
        first = browser.get("/api/teams/north/oncall").json()["rungs"][0]
    assert first["staff"] == {"id": "amy", "name": "Amy Sample"}


def test_two_people_may_swap_their_phones(night: EdgeNight) -> None:
    swapped = changed((ANA, "+15035550100"), (BEN, ANA), ("+15035550100", BEN))
    load(night, swapped)
    assert rung(night, CLIENT) == [BEN], "Ana, on what was Ben's phone"


def test_a_line_may_move_from_one_team_to_the_other(night: EdgeNight) -> None:
    load(night, edited(lambda held: one(held["teams"], "north").update(lines=[NORTH_LINE])))
    assert rung(night, STRANGER, SHARED_LINE) == [GUS], "nobody is asked any more"


def south_closes(held: Any) -> None:
    """North takes over what was South's."""
    held["teams"].remove(one(held["teams"], "south"))
    one(held["clients"], "C-2001")["team"] = "north"


def test_a_team_with_an_open_crisis_cannot_be_removed_and_nothing_changes(
    night: EdgeNight,
) -> None:
    form = call_form(From=SOUTH_CLIENT)
    night.twilio("/twilio/voice", form)
    ref = night.crisis().ref
    night.until_sent()
    before = night.contents()
    with pytest.raises(LoadRefused, match=f"south.*{ref}.*close it first"):
        load(night, edited(south_closes))
    assert night.contents() == before
    night.twilio("/twilio/voice/status", {**form, "CallStatus": "completed"})
    with night.web() as browser:
        browser.post(f"/api/crises/{ref}/close", json={"disposition": "not_a_crisis"})
    load(night, edited(south_closes))
    assert rung(night, SOUTH_CLIENT) == [ANA]
    with night.web() as browser:
        assert [team["id"] for team in browser.get("/api/teams").json()] == ["north"]
        assert browser.get(f"/api/crises/{ref}").json()["team"] == "south", "the record stays"


def test_who_owns_an_open_crisis_cannot_be_removed(night: EdgeNight) -> None:
    form = call_form()
    night.twilio("/twilio/voice", form)
    night.twilio("/twilio/voice/status", {**form, "CallStatus": "completed"})
    ref = night.crisis().ref
    with night.web() as browser:
        browser.post(f"/api/crises/{ref}/accept", json={"staff": "ana"})
        before = ids(night)
        with pytest.raises(LoadRefused, match=f"ana.*{ref}.*hand it off"):
            load(night, edited(ana_leaves))
        assert ids(night) == before


FAULTS = [
    ("team: south", "team: nowhere"),
    (GUS, "12"),
    ("order: [hal]", "order: [nobody]"),
    ("America/Los_Angeles", "America/Nowhere"),
    ("crisis_lines:", "crisis_lines: {"),
]


def test_a_wrong_file_changes_nothing_even_where_it_is_right(night: EdgeNight) -> None:
    before = night.contents()
    for fault in FAULTS:
        with pytest.raises(AgencyFaults):
            load(night, changed(("Ana Sample", "Ann Sample"), fault))
    assert night.contents() == before
    assert rung(night, CLIENT) == [ANA]


def test_what_the_database_refuses_at_the_very_end_changes_nothing(night: EdgeNight) -> None:
    """The file's checks are the first fence; this is what stands behind them."""
    agency = town()
    twice = replace(
        agency,
        name="Renamed",
        staff=tuple(replace(member, phone=ANA) for member in agency.staff),
    )
    before = night.contents()
    with (
        pytest.raises(DBAPIError, match="staff_one_phone_each"),
        night.vigil.unit_of_work() as work,
    ):
        agencies.load(work, twice)
    assert night.contents() == before
    assert rung(night, CLIENT) == [ANA]
