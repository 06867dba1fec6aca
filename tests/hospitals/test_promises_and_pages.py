"""Whoever was told that the team calls is called; nobody is paged twice, or told of others'."""

import json
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlmodel import col, select

from dispatch.commands import confirming, inbox_reading, letters, retention
from dispatch.commands.letters import Hospital
from dispatch.episode_tables import NoticeKeyRow, PromiseRow
from dispatch.hospital_tables import HospitalRow
from dispatch.store import inbox, notices
from dispatch.store.notices import Match
from dispatch.tables import ContactRow, TimelineRow
from dispatch.unit_of_work import UnitsOfWork
from tests.hospitals.inlet import STRANGER, Inlet
from tests.hospitals.test_nothing_breaks_the_reading import bundle
from tests.hospitals.test_notices import close
from tests.scenarios.ridge import URL

NOW = "2026-11-26T15:50"
LATER = "2026-11-26T15:55"
LEAD = "eli@example.org"
PERSON = {"name": "Ada Sample", "birth_date": "1984-03-02", "postal_code": "97301"}


def promised(inlet: Inlet) -> list[PromiseRow]:
    """The promises that are not kept."""
    with inlet.work.reading() as work:
        query = select(PromiseRow).where(col(PromiseRow.kept_at).is_(None))
        return list(work.session.exec(query))


def close_all(inlet: Inlet) -> None:
    for crisis in inlet.crises():
        if crisis.is_open:
            with inlet.work() as work:
                close(work, crisis.ref)
    inlet.texted()


def keep_all(inlet: Inlet) -> None:
    with inlet.work() as work:
        for row in work.session.exec(select(PromiseRow)):
            row.kept_at, row.kept_by = work.now, "ana"
            work.session.add(row)


@pytest.mark.parametrize(
    ("happening", "before"),
    [
        ("correction", "nothing"),
        ("correction", "open"),
        ("correction", "closed"),
        ("transferred", "open"),
        ("admitted", "closed"),
        ("discharged", "nothing"),
    ],
)
def test_a_worker_who_was_promised_a_call_is_called(
    inlet: Inlet, happening: str, before: str
) -> None:
    if before != "nothing":
        inlet.tells("A01", NOW)
        keep_all(inlet)
    if before == "closed":
        close_all(inlet)
    inlet.minutes(1)
    answer = inlet.form(PERSON, happening)
    inlet.read()
    assert "the team calls you by" in answer.body["says"]
    [promise] = promised(inlet)
    assert promise.due_at == letters.call_back_by(inlet.clock.at)


def test_a_worker_who_tells_of_what_is_long_over_is_called_as_promised(inlet: Inlet) -> None:
    inlet.form(PERSON, "discharged", at="2026-11-02T10:00")
    inlet.read()
    assert len(promised(inlet)) == 1


@pytest.mark.parametrize("event", ["admit", "transfer", "discharge", "onleave", "cancelled", "old"])
def test_a_program_is_promised_a_call_only_where_somebody_is_paged(
    inlet: Inlet, event: str
) -> None:
    status = event if event in ("onleave", "cancelled") else ""
    end = {"end": "2026-10-01"} if event == "old" else {}
    period = {"start": "2026-09-26" if event == "old" else "2026-11-26T15:00:00-08:00", **end}
    name = {"onleave": "transfer", "cancelled": "admit", "old": "discharge"}.get(event, event)
    inlet.tells("A04", NOW, care="E", unit="ED", visit="V-1")
    keep_all(inlet)
    inlet.minutes(1)
    visit = [{"value": "V-0" if event == "old" else "V-1"}]
    told = bundle(name, status=status, period=period, identifier=visit)
    with inlet.work.reading() as work:
        mercy = Hospital.of(work.session.get_one(HospitalRow, "mercy"))
    answer = letters.take_bundle(inlet.work, mercy, "an interface", json.dumps(told).encode())
    inlet.read()
    says = answer.body["issue"][0]["details"]["text"]
    assert ("calls you by" in says) == bool(promised(inlet))


def test_reading_a_letter_again_pages_nobody_and_says_nothing_new(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    lines = timeline(inlet)
    replay_all(inlet)
    assert inlet.read() == {}
    assert timeline(inlet) == lines
    close_all(inlet)
    replay_all(inlet)
    assert inlet.read() == {}
    assert len(inlet.crises()) == 1


def test_two_nodes_that_read_at_once_page_once(inlet: Inlet) -> None:
    for number in range(4):
        inlet.hl7("A01", NOW, control=f"C{number}")
        inlet.hl7("A04", NOW, control=f"D{number}", care="E", sender="STATE", visit="S1")
    start = Barrier(4)

    def reads() -> None:
        start.wait()
        inbox_reading.work_off_inbox(UnitsOfWork(inlet.engine, inlet.clock, lambda _: None), URL)

    threads = [Thread(target=reads) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    inlet.read()
    assert {row.state for row in inlet.letters()} == {"read"}
    assert len(inlet.crises()) <= 2


BO = ("Sample^Bo", "19911120", "M", "", "")


def test_a_team_whose_client_it_is_not_hears_no_more_than_that(inlet: Inlet) -> None:
    inlet.load(
        "    name: Cy Example\n    birth_date: 1972-07-15",
        "    name: Bo Sample\n    birth_date: 1991-11-20",
    )
    inlet.tells("A01", NOW, BO)
    with inlet.work() as work:
        confirming.confirm(work, inlet.notices()[0].reference, inlet.client("C-2"), LEAD, URL)
    south = next(crisis.ref for crisis in inlet.crises() if crisis.team == "south")
    with inlet.work.reading() as work:
        contacts = work.session.exec(select(ContactRow).where(ContactRow.crisis_ref == south))
        assert [one.clients for one in contacts] == [[]]
        assert work.session.get(PromiseRow, south) is None
    assert "it is nobody of this team's: the crisis can be closed" in timeline(inlet)


def test_one_teams_long_queue_hides_nothing_from_another(inlet: Inlet) -> None:
    inlet.tells("A01", NOW, BO)
    inlet.tells("A01", NOW, ("Example^Cy", "19720715", "", "", ""), visit="V2")
    inlet.tells("A01", NOW, STRANGER, visit="V3")
    with inlet.work.reading() as work:

        def first(match: Match, team: str) -> list[int | None]:
            rows = notices.unsettled(work.session, match, 1, [team], work.now)
            return [row.id for row in rows]

        assert [first(Match.POSSIBLE, team) for team in ("north", "south")] == [[1], [2]]
        assert first(Match.NONE, "south") == [3]


def test_nothing_by_which_a_stranger_was_found_is_kept_for_longer_than_the_rest(
    inlet: Inlet,
) -> None:
    inlet.tells("A01", NOW, STRANGER)
    with inlet.work() as work:
        retention.forget(work.session, work.now + timedelta(days=1))
        assert list(work.session.exec(select(NoticeKeyRow))) == []


def timeline(inlet: Inlet) -> list[Any]:
    with inlet.work.reading() as work:
        return list(work.session.exec(select(TimelineRow.text).order_by(col(TimelineRow.id))))


def replay_all(inlet: Inlet) -> None:
    for letter in inlet.letters():
        with inlet.work() as work:
            inbox.replay(work.session, letter.id or 0)
