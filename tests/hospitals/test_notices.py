"""What a hospital tells finds its client, or a person, or waits; and the right people are paged."""

import pytest
from sqlmodel import select

from dispatch.commands import confirming, settling
from dispatch.commands.carrying_out import happen
from dispatch.commands.confirming import NotSettled
from dispatch.crisis import Disposition, Source
from dispatch.episode_tables import PromiseRow
from dispatch.events import Closed
from dispatch.store import crises
from dispatch.tables import AuditRow
from dispatch.unit_of_work import UnitOfWork
from tests.hospitals.inlet import ADA, ADA_ROUGHLY, STRANGER, Inlet
from tests.scenarios.ridge import URL


def close(work: UnitOfWork, ref: str) -> None:
    crisis = crises.lock(work.session, ref)
    assert crisis is not None
    happen(work, crisis, Closed(Disposition.ADMITTED), public_url=URL)


NOW = "2026-11-26T15:50"
"""Ten minutes before the test begins, by the hospital's clock."""


def test_an_admission_pages_who_is_on_call_without_a_word_of_the_client(inlet: Inlet) -> None:
    texted = inlet.tells("A01", NOW)
    [crisis] = inlet.crises()
    assert list(texted) == ["ana"]
    assert "hospital notice, North ACT" in texted["ana"][0]
    assert crisis.ref in texted["ana"][0]
    assert not any(word in texted["ana"][0] for word in ("Ada", "Sample", "Mercy", "1984"))
    assert inlet.matches() == [("linked", "C-1")]
    assert (crisis.team, crisis.source) == ("north", Source.HOSPITAL)


def test_the_sender_is_promised_a_call_and_the_promise_is_kept_with_the_crisis(
    inlet: Inlet,
) -> None:
    answer = inlet.form({"name": "Ada Sample", "birth_date": "1984-03-02", "postal_code": "97301"})
    inlet.read()
    [crisis] = inlet.crises()
    with inlet.work.reading() as work:
        promise = work.session.get_one(PromiseRow, crisis.ref)
    assert answer.body["call_by"] == "16:30"
    assert promise.due_at.astimezone(inlet.clock.at.tzinfo).minute == 30
    assert promise.kept_at is None


def test_news_of_the_same_stay_joins_the_crisis_and_nobody_is_paged_twice(inlet: Inlet) -> None:
    inlet.tells("A04", NOW, care="E", unit="ED")
    assert inlet.tells("A01", "2026-11-26T15:55") == {}
    assert inlet.tells("A08", "2026-11-26T15:56") == {}
    assert inlet.tells("A01", "2026-11-26T15:55") == {}
    assert len(inlet.crises()) == 1


def test_whoever_has_it_is_told_of_what_comes_next(inlet: Inlet) -> None:
    inlet.tells("A04", NOW, care="E", unit="ED")
    inlet.takes("ana", inlet.crises()[0].ref)
    inlet.texted()
    texted = inlet.tells("A01", "2026-11-26T15:55")
    assert list(texted) == ["ana"]
    assert len(inlet.crises()) == 1


def test_a_discharge_pages_though_the_admission_was_closed_long_ago(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    with inlet.work() as work:
        close(work, inlet.crises()[0].ref)
    inlet.texted()
    inlet.clock.skip(days=3)
    assert "hospital notice" in inlet.tells("A03", "2026-11-29T15:00")["ana"][0]
    assert len(inlet.crises()) == 2


def test_an_update_or_leave_wakes_nobody_who_knows_of_the_stay(inlet: Inlet) -> None:
    inlet.tells("A01", NOW)
    with inlet.work() as work:
        close(work, inlet.crises()[0].ref)
    inlet.texted()
    for event in ("A08", "A21", "A22", "A02", "A31"):
        assert inlet.tells(event, "2026-11-26T15:58") == {}
    assert len(inlet.crises()) == 1


def test_the_past_that_a_new_feed_brings_wakes_nobody(inlet: Inlet) -> None:
    inlet.hl7("A03", "2026-03-09T10:00", visit="V0")
    inlet.hl7("A01", "2026-03-02T10:00", visit="V0")
    assert inlet.read().get("ana", []) == []
    assert inlet.crises() == []
    assert inlet.matches() == [("linked", "C-1")] * 2


def test_somebody_who_may_be_a_client_is_shown_to_a_person_and_the_team_paged(
    inlet: Inlet,
) -> None:
    texted = inlet.tells("A01", NOW, ADA_ROUGHLY)
    assert "possible client admitted, North ACT" in texted["ana"][0]
    assert inlet.matches() == [("possible", None)]
    assert inlet.tells("A02", "2026-11-26T15:55", ADA_ROUGHLY) == {}
    assert len(inlet.crises()) == 1


def test_what_a_person_confirms_holds_for_the_visit_and_for_what_comes_later(
    inlet: Inlet,
) -> None:
    nameless = ("Sample^Ada", "19840302", "", "", "M-7001")
    inlet.tells("A04", NOW, nameless, sender="STATE")
    inlet.tells("A01", "2026-11-26T15:55", nameless, sender="STATE")
    [first, _] = inlet.notices()
    with inlet.work() as work:
        confirming.confirm(work, first.reference, inlet.client("C-1"), "eli@example.org", URL)
    assert inlet.matches() == [("linked", "C-1")] * 2
    assert inlet.texted() == {}
    with inlet.work() as work:
        close(work, inlet.crises()[0].ref)
    inlet.texted()
    inlet.clock.skip(days=40)
    inlet.tells("A01", "2027-01-04T10:00", nameless, sender="STATE", visit="V2")
    assert inlet.matches()[-1] == ("linked", "C-1"), "the record number was learned"


def test_a_wrong_link_is_taken_back_with_what_was_learned_by_it(inlet: Inlet) -> None:
    nameless = ("Sample^Ada", "19840302", "", "", "M-7001")
    inlet.tells("A01", NOW, nameless, sender="STATE")
    [notice] = inlet.notices()
    with inlet.work() as work:
        confirming.confirm(work, notice.reference, inlet.client("C-1"), "eli@example.org", URL)
    with inlet.work() as work:
        confirming.unlink(work, notice.reference, "her cousin", "eli@example.org")
    assert inlet.matches() == [("possible", None)]
    inlet.tells("A01", "2026-11-26T15:58", nameless, sender="STATE", visit="V2")
    assert inlet.matches()[-1] == ("possible", None)


def test_nobody_of_ours_stays_nobody_of_ours_and_can_be_settled_once(inlet: Inlet) -> None:
    inlet.tells("A01", NOW, ADA_ROUGHLY)
    [notice] = inlet.notices()
    with inlet.work() as work:
        confirming.dismiss(work, notice.reference, "another birth place", "eli@example.org")
    with pytest.raises(NotSettled, match="settled"), inlet.work() as work:
        confirming.confirm(work, notice.reference, inlet.client("C-1"), "eli@example.org", URL)
    assert inlet.matches() == [("dismissed", None)]
    with inlet.work.reading() as work:
        [audited] = work.session.exec(select(AuditRow).where(AuditRow.what == "notice_dismissed"))
    assert audited.about == notice.reference


def test_a_stranger_is_kept_and_found_when_they_become_a_client(inlet: Inlet) -> None:
    assert inlet.tells("A01", NOW, STRANGER) == {}
    assert inlet.matches() == [("none", None)]
    inlet.load(
        "  - id: C-3\n",
        "  - id: C-9\n    name: Mara Stranger\n    birth_date: 1955-05-05\n    team: north\n"
        '    zip: "97309"\n  - id: C-3\n',
    )
    assert "hospital notice, North ACT" in inlet.read()["ana"][0]
    assert inlet.matches() == [("linked", "C-9")]


def test_a_merge_teaches_the_number_that_is_left_and_finds_what_came_under_it(
    inlet: Inlet,
) -> None:
    only_number = ("Doe^Jane", "", "", "", "M-2002")
    assert inlet.tells("A01", NOW, only_number) == {}
    merged = (*ADA[:4], "M-2002")
    inlet.tells("A40", "2026-11-26T15:55", merged, more=("MRG|M-1001^^^MERCY^MR",))
    assert inlet.matches()[1] == ("linked", "C-1")
    inlet.tells("A03", "2026-11-26T15:58", merged)
    assert inlet.matches()[2] == ("linked", "C-1")


def test_teams_of_everybody_who_may_be_meant_are_paged(inlet: Inlet) -> None:
    inlet.load(
        "    name: Cy Example\n    birth_date: 1972-07-15",
        "    name: Bo Sample\n    birth_date: 1991-11-20",
    )
    texted = inlet.tells("A01", NOW, ("Sample^Bo", "19911120", "M", "", ""))
    assert set(texted) == {"ana", "gus"}
    assert {crisis.team for crisis in inlet.crises()} == {"north", "south"}


def test_what_cannot_be_used_is_set_aside_with_its_reason_and_read_again(inlet: Inlet) -> None:
    inlet.tells("A01", NOW, sender="NOBODY")
    [letter] = inlet.letters()
    assert letter.state == "quarantined"
    assert "known as" in letter.reason
    assert inlet.crises() == []


def test_one_letter_on_which_we_fail_holds_up_no_other(
    inlet: Inlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    inlet.hl7("A01", NOW, STRANGER)
    inlet.hl7("A01", NOW)
    real = settling.settle

    def fails(work: object, row: object, url: str) -> None:
        if getattr(row, "part", 0) == 0 and getattr(row, "inbox_id", 0) == 1:
            raise RuntimeError("a fault of ours")
        real(work, row, url)  # type: ignore[arg-type]

    monkeypatch.setattr("dispatch.commands.inbox_reading.settle", fails)
    assert "ana" in inlet.read()
    first, second = inlet.letters()
    assert (first.state, second.state) == ("quarantined", "read")
    assert "fault of Vigil's" in first.reason
