"""A lead accepts a gap knowingly: kept with the reason, to its end, for as long as it is a gap."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from dispatch.commands import rota_edits
from dispatch.commands.acceptances import accept_standing_gaps, take_acceptance_back
from dispatch.commands.accepted import acceptance, accepted_gaps
from dispatch.commands.coverage import coverage_answer
from dispatch.commands.phones import opted_in
from dispatch.commands.phones import refused as number_refused
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.unit_of_work import HORIZON
from oncall.coverage import prove
from tests.guarantee.office import (
    MONDAY,
    NOBODY_ON_BACKUP,
    Office,
    at,
    journal,
    office_agency,
    refused,
)

LEAD = By("Eli Sample")
ACCEPTING = By("Eli Sample", accept="the county's mobile team stands in")


def test_a_lead_may_accept_a_gap_and_the_reason_is_kept(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    office.take_off("ana", start, end, by=ACCEPTING)
    assert office.accepted() == [("primary", start, end)]
    with office.look() as work:
        (row,) = journal(work, "gap_accepted")
        assert "the county's mobile team stands in" in row
        assert "Tue Mar 3 22:00" in row


def test_an_accepted_gap_may_not_grow(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    office.take_off("ana", start, end, by=ACCEPTING)
    gaps = refused(lambda: office.take_off("ana", end, end + timedelta(minutes=1)))
    assert [(one.gap.start, one.gap.end) for one in gaps] == [(end, end + timedelta(minutes=1))]


def test_an_acceptance_taken_back_leaves_the_gap_unaccepted(office: Office) -> None:
    office.take_off("ana", at("2026-03-03 22:00"), at("2026-03-04 06:00"), by=ACCEPTING)
    with office.look() as work:
        (number,) = [row.id or 0 for row in accepted_gaps(work, "north")]
    with office.work() as work:
        take_acceptance_back(work, "north", number, LEAD)
    assert office.accepted() == []
    with office.work() as work, pytest.raises(NotThere):
        take_acceptance_back(work, "north", number, LEAD)


def test_an_accepted_gap_that_was_mended_is_not_accepted_when_it_opens_again(
    office: Office,
) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    office.take_off("ana", start, end, by=ACCEPTING)
    number = office.put_on("cho", start + timedelta(hours=2), end)
    assert office.accepted() == [("primary", start, start + timedelta(hours=2))]

    def again() -> None:
        with office.work() as work:
            rota_edits.remove_override(work, "north", number, LEAD)

    [one] = refused(again)
    assert (one.gap.start, one.gap.end) == (start + timedelta(hours=2), end)


def test_a_gap_accepted_while_it_is_under_way_is_told_as_accepted_from_wherever_one_looks(
    office: Office,
) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    office.take_off("ana", start, end, by=ACCEPTING)
    with office.work() as work:
        [number] = [row.id or 0 for row in accepted_gaps(work, "north")]
        take_acceptance_back(work, "north", number, LEAD)
    office.clock.at = at("2026-03-04 01:00")
    look = partial(accepted_as_told, office, start - timedelta(days=1), end + timedelta(days=1))
    assert look() == [None]
    with office.work() as work:
        accept_standing_gaps(work, "north", "primary", start, end, "the county answers", LEAD)
    assert office.accepted() == [("primary", office.clock.at, end)]
    assert look() == ["the county answers"]
    office.later(hours=2)
    assert look() == ["the county answers"]


def accepted_as_told(office: Office, start: datetime, end: datetime) -> list[str | None]:
    """Why each gap of the primary within a window is accepted, as pages and programs are told."""
    with office.look() as work:
        gaps = coverage_answer(work, "north", start, end)["gaps"]
    return [gap["accepted"] and gap["accepted"]["reason"] for gap in gaps]


def test_a_gap_accepted_without_an_end_stays_accepted_as_days_go_by(database_url: str) -> None:
    office = Office(database_url)
    office.open(office_agency(rotations=NOBODY_ON_BACKUP), accept="backup is hired next year")
    office.later(days=60)
    with office.look() as work:
        (gap,) = prove(work.directory.teams["north"].rota, work.now, work.now + HORIZON).gaps
        assert gap.end - gap.start == HORIZON
        assert acceptance(gap, accepted_gaps(work, "north")) is not None
    office.later(days=400)
    with office.look() as work:
        (gap,) = prove(work.directory.teams["north"].rota, work.now, work.now + HORIZON).gaps
        assert acceptance(gap, accepted_gaps(work, "north")) is None, "nobody meant it for ever"
    office.close()


# A gap that nobody's change has opened ──────────────────────────────────────────────────────────

NIGHT = at("2026-03-03 22:00"), at("2026-03-04 06:00")


def dies(office: Office, staff: str, phone: str) -> None:
    """The phone network knows somebody's number no more."""
    with office.work() as work:
        number_refused(work, staff, phone, 21211)


def accept(office: Office, start: datetime, end: datetime, tier: str = "primary") -> int:
    """A lead accepts what of a tier's gaps lies in a stretch."""
    with office.work() as work:
        return accept_standing_gaps(work, "north", tier, start, end, "nobody is hired yet", LEAD)


def test_a_gap_that_came_from_outside_can_be_accepted(office: Office) -> None:
    dies(office, "ana", "+15035550101")
    [first, *_] = [gap for gap in office.coverage().gaps if gap.tier == "primary"]
    assert accept(office, first.start, first.end) == 1
    assert office.accepted() == [("primary", first.start, first.end)]
    with office.look() as work:
        assert "nobody is hired yet" in journal(work, "gap_accepted")[0]
    with pytest.raises(WrongEdit, match="accepted already"):
        accept(office, first.start, first.end)


def test_an_acceptance_that_was_taken_back_by_mistake_can_be_given_again(office: Office) -> None:
    office.take_off("ana", *NIGHT, by=ACCEPTING)
    with office.work() as work:
        (row,) = accepted_gaps(work, "north")
        take_acceptance_back(work, "north", row.id or 0, LEAD)
    assert accept(office, *NIGHT) == 1
    assert office.accepted() == [("primary", *NIGHT)]


def test_only_the_part_that_is_named_is_accepted(office: Office) -> None:
    office.take_off("ana", *NIGHT, by=ACCEPTING)
    with office.work() as work:
        (row,) = accepted_gaps(work, "north")
        take_acceptance_back(work, "north", row.id or 0, LEAD)
    midnight = at("2026-03-04 00:00")
    accept(office, MONDAY, midnight)
    assert office.accepted() == [("primary", NIGHT[0], midnight)]


@pytest.mark.parametrize("tier", ["backup", "medical"])
def test_where_no_gap_is_none_is_accepted(office: Office, tier: str) -> None:
    with pytest.raises(WrongEdit, match=f"There is no gap on {tier} from Tue Mar 3 22:00"):
        accept(office, *NIGHT, tier)
    assert office.accepted() == []


def test_an_acceptance_does_not_hide_a_later_gap_that_came_from_outside(office: Office) -> None:
    """Somebody stood there meanwhile: what was accepted was another gap, for another reason."""
    dies(office, "ana", "+15035550101")
    [first, *_] = [gap for gap in office.coverage().gaps if gap.tier == "primary"]
    accept(office, first.start, first.end)
    with office.work() as work:
        opted_in(work, "ana")
    assert office.accepted() == []
    dies(office, "ana", "+15035550101")
    assert office.accepted() == []
