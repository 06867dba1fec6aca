"""A link is never passed on by a number that is nobody's, and a wrong one stays taken back."""

import pytest

from dispatch.commands import confirming
from dispatch.hospitals.visit_numbers import visit_number
from dispatch.store import episodes, inbox
from tests.hospitals.inlet import ADA, ADA_ROUGHLY, Inlet
from tests.hospitals.test_notices import close
from tests.scenarios.ridge import URL

NOW = "2026-11-26T15:50"
LATER = "2026-11-26T15:55"
LEAD = "eli@example.org"

NAMELESS = ("", "", "", "", "")


def test_what_stands_for_no_number_is_none() -> None:
    assert not any(map(visit_number, ("", "0", "0000", "9999", "UNKNOWN", "N/A", "-", "00-00")))
    assert all(map(visit_number, ("V1", "10", "0012", "2026-11", "V-0000")))


@pytest.mark.parametrize("number", ["0000", "UNKNOWN"])
def test_a_visit_number_that_is_nobodys_links_no_stranger(inlet: Inlet, number: str) -> None:
    inlet.tells("A01", NOW, visit=number)
    inlet.tells("A01", LATER, NAMELESS, visit=number)
    assert inlet.matches() == [("linked", "C-1"), ("none", None)]


@pytest.mark.parametrize("number", ["UNKNOWN", "99999"])
def test_a_record_number_that_is_nobodys_links_no_stranger(inlet: Inlet, number: str) -> None:
    inlet.tells("A04", NOW, ("", "", "", "", number), visit="V7", care="E")
    inlet.tells("A01", LATER, (*ADA[:4], number), visit="V8")
    assert inlet.matches() == [("none", None), ("linked", "C-1")]


def test_a_visit_number_used_again_for_somebody_else_links_no_stranger(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    inlet.tells("A01", LATER, ("Stranger^Ada", "", "", "", ""))
    assert inlet.matches() == [("linked", "C-1"), ("none", None)]


def test_two_hospitals_use_the_same_visit_number(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    inlet.tells("A01", LATER, NAMELESS, sender="STATE")
    assert inlet.matches() == [("linked", "C-1"), ("none", None)]


def test_two_stays_without_a_real_number_are_two_episodes(inlet: Inlet) -> None:
    for admitted, home in (("2026-10-01T10:00", "2026-10-05T10:00"), (NOW, "")):
        inlet.hl7("A01", admitted, visit="0")
        if home:
            inlet.hl7("A03", home, visit="0")
    inlet.read()
    with inlet.work.reading() as work:
        client = inlet.client("C-1")
        assert len(episodes.followed_of(work.session, [client])[client]) == 2


def test_what_a_lead_took_back_is_not_linked_again_by_itself(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    take_back(inlet, 0)
    assert inlet.matches() == [("possible", None)]
    inlet.load('    zip: "97301"', '    zip: "97301"\n    phones: ["+15035550181"]')
    inlet.read()
    assert inlet.matches() == [("possible", None)], "the client was told anew"
    with inlet.work() as work:
        inbox.replay(work.session, inlet.letters()[0].id or 0)
    inlet.read()
    assert inlet.matches() == [("possible", None)], "the letter was read again"
    inlet.tells("A08", LATER)
    assert inlet.matches() == [("possible", None)] * 2, "more was told of the same visit"
    with inlet.work() as work:
        confirming.confirm(work, inlet.notices()[1].reference, inlet.client("C-1"), LEAD, URL)
    assert inlet.matches() == [("linked", "C-1")] * 2, "a person has thought better of it"


def test_the_whole_visit_is_taken_back(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    inlet.tells("A08", LATER)
    inlet.tells("A01", "2026-11-26T15:57", visit="V2")
    take_back(inlet, 0)
    assert inlet.matches() == [("possible", None), ("possible", None), ("linked", "C-1")]


def test_who_is_nobody_of_ours_wakes_nobody_again_in_that_visit(inlet: Inlet) -> None:
    inlet.tells("A04", NOW, ADA_ROUGHLY, care="E")
    with inlet.work() as work:
        confirming.dismiss(work, inlet.notices()[0].reference, "her cousin", LEAD)
        close(work, inlet.crises()[0].ref)
    inlet.texted()
    assert inlet.tells("A01", LATER, ADA_ROUGHLY) == {}
    assert inlet.matches()[-1] == ("possible", None), "and waits for a person still"
    texted = inlet.tells("A01", "2026-11-26T15:57")
    assert "possible client" in texted["ana"][0], "the policy alone would be certain now"


def test_only_the_numbers_of_what_a_person_saw_are_learned(inlet: Inlet) -> None:
    inlet.tells("A04", NOW, ("Sample^Ada", "19840302", "", "", ""), sender="STATE", care="E")
    inlet.tells("A01", LATER, ("Sample^A", "", "", "", "M-8008"), sender="STATE")
    with inlet.work() as work:
        confirming.confirm(work, inlet.notices()[0].reference, inlet.client("C-1"), LEAD, URL)
    inlet.tells(
        "A01", "2026-11-26T15:58", ("Sample^Ada", "", "", "", "M-8008"), sender="STATE", visit="V9"
    )
    assert inlet.matches()[-1] == ("possible", None)


def test_a_merge_that_names_two_clients_links_neither(inlet: Inlet) -> None:
    inlet.load("    sex: male\n", '    sex: male\n    records: {mercy: "M-2002"}\n')
    inlet.tells("A40", NOW, ADA, more=("MRG|M-2002^^^MERCY^MR",))
    assert inlet.matches()[0][0] != "linked"
    inlet.tells("A01", LATER, ("Sample^Bo", "19911120", "M", "", "M-2002"), visit="V5")
    assert inlet.matches()[-1] == ("linked", "C-2")


def test_who_may_be_a_client_by_what_is_told_of_the_person_alone_is_shown(inlet: Inlet) -> None:
    assert inlet.tells("A04", NOW, ("Doe^Jane", "", "", "", "M-6006"), care="E") == {}
    texted = inlet.tells("A31", LATER, ("Sample^Ada", "19840302", "", "", "M-6006"))
    assert "possible client" in texted["ana"][0]
    with inlet.work() as work:
        confirming.confirm(work, inlet.notices()[1].reference, inlet.client("C-1"), LEAD, URL)
    assert len(inlet.crises()) == 1


def take_back(inlet: Inlet, number: int) -> None:
    with inlet.work() as work:
        confirming.unlink(work, inlet.notices()[number].reference, "her twin", LEAD)
