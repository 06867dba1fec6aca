"""No change of a rota leaves a tier without anybody unless a lead has accepted it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.agency_file import read_agency
from dispatch.commands import agencies, people, rota_edits
from dispatch.commands.agencies import LoadRefused
from dispatch.commands.guarantee import Previewed, StillNamed, coverage_kept
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.tables import CrisisRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import Every, Override, Rotation, Stint, Unit
from oncall.store import mark_changed
from oncall.tables import StaffRow, TimeOffRow
from tests.guarantee.office import (
    MONDAY,
    NOBODY_ON_BACKUP,
    OFFICE,
    Office,
    at,
    journal,
    office_agency,
    refused,
)

LEAD = By("Eli Sample")
ACCEPTING = By("Eli Sample", accept="the county's mobile team stands in")


def test_the_office_is_covered(office: Office) -> None:
    proof = office.coverage()
    assert proof.covered
    assert set(proof.stands) == {"primary", "backup"}


def test_taking_the_only_person_off_is_refused_with_the_exact_gap(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    gaps = refused(lambda: office.take_off("ana", start, end))
    assert [(one.team, one.gap.tier, one.gap.start, one.gap.end) for one in gaps] == [
        ("north", "primary", start, end)
    ]
    assert office.coverage().covered, "nothing of a refused change is kept"


def test_a_gap_of_one_second_is_a_gap(office: Office) -> None:
    start = at("2026-03-03 22:00")
    (one,) = refused(lambda: office.take_off("ana", start, start + timedelta(seconds=1)))
    assert one.gap.end - one.gap.start == timedelta(seconds=1)


def test_the_refusal_names_who_could_take_it_and_not_who_cannot(office: Office) -> None:
    (one,) = refused(lambda: office.take_off("ana", at("2026-03-03 22:00"), at("2026-03-04 06:00")))
    able = [candidate.staff for candidate in one.candidates]
    assert able, "somebody is free"
    assert "ben" not in able, "Ben is backup then"
    assert {"cho", "eli"} <= set(able)


def test_the_refusal_says_what_where_and_how_to_mend_it(office: Office) -> None:
    with pytest.raises(Exception, match="This would leave primary of North ACT") as caught:
        office.take_off("ana", at("2026-03-03 22:00"), at("2026-03-04 06:00"))
    said = str(caught.value)
    assert "from Tue Mar 3 22:00 to Wed Mar 4 06:00" in said
    assert "Name somebody for it" in said


def test_with_somebody_else_there_first_it_passes(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    override = Override("primary", start, end, "cho", instead="ana")
    with office.work() as work:
        rota_edits.add_override(work, "north", override, LEAD)
    proof = office.coverage()
    assert proof.covered
    assert any(shift.staff == "cho" for shift in proof.stands["primary"])


def test_a_preview_judges_and_saves_nothing(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    with pytest.raises(Previewed) as tried:
        office.take_off("ana", start, end, by=replace(LEAD, preview=True))
    (one,) = tried.value.verdict.opened
    assert (one.gap.start, one.gap.end) == (start, end)
    assert office.coverage().covered
    with office.look() as work:
        assert journal(work, "override") == []


def test_a_gap_beyond_the_horizon_is_not_this_writes_business(office: Office) -> None:
    far = MONDAY + timedelta(days=91)
    office.take_off("ana", far, far + timedelta(days=14))
    assert office.coverage().covered
    office.later(days=20)
    assert not office.coverage().covered, "it has come into sight"


def test_a_gap_that_was_there_already_does_not_forbid_other_changes(office: Office) -> None:
    far = MONDAY + timedelta(days=91)
    office.take_off("ana", far, far + timedelta(days=14))
    office.later(days=20)
    office.put_on("cho", at("2026-04-01 10:00"), at("2026-04-01 12:00"))
    assert not office.coverage().covered


# Every kind of write ────────────────────────────────────────────────────────────────────────────


def test_time_off_that_opens_a_gap_is_refused(office: Office) -> None:
    def away() -> None:
        with office.work() as work, coverage_kept(work, who="Ana Sample"):
            work.session.add(
                TimeOffRow(
                    staff_id="ana",
                    starts=at("2026-03-03 00:00"),
                    ends=at("2026-03-04 00:00"),
                    made_at=work.now,
                    made_by="Ana Sample",
                )
            )

    gaps = refused(away)
    assert {(one.gap.tier, one.gap.start, one.gap.end) for one in gaps} == {
        ("primary", at("2026-03-03 00:00"), at("2026-03-04 00:00"))
    }


def test_whoever_has_found_cover_may_go_away(office: Office) -> None:
    start, end = at("2026-03-03 00:00"), at("2026-03-04 00:00")
    with office.work() as work:
        cover = Override("primary", start, end, "cho", "cover", instead="ana")
        rota_edits.add_override(work, "north", cover, LEAD, origin="cover")
    with office.work() as work, coverage_kept(work, who="Ana Sample"):
        work.session.add(
            TimeOffRow(
                staff_id="ana", starts=start, ends=end, made_at=work.now, made_by="Ana Sample"
            )
        )
    proof = office.coverage()
    assert proof.covered
    assert [one.staff for one in proof.stands["primary"] if one.start == start] == ["cho"]


def test_letting_the_only_holder_leave_the_team_is_refused(office: Office) -> None:
    def leaves() -> None:
        with office.work() as work:
            people.remove_member(work, "north", "ana", LEAD)

    tiers = {one.gap.tier for one in refused(leaves)}
    assert tiers == {"primary", "backup"}


def test_somebody_who_stands_nowhere_may_leave(office: Office) -> None:
    with office.work() as work:
        people.remove_member(work, "north", "cho", LEAD)
    with office.look() as work:
        assert "cho" not in work.directory.teams["north"].members


def test_deactivating_the_only_holder_is_refused(office: Office) -> None:
    def leaves() -> None:
        with office.work() as work:
            people.change_staff(work, "ana", LEAD, active=False)

    assert refused(leaves)
    with office.look() as work:
        assert work.session.get_one(StaffRow, "ana").active


def test_rotations_with_a_hole_are_refused(office: Office) -> None:
    later = Rotation(
        "primary", "weeks", MONDAY.replace(tzinfo=None) + timedelta(days=3), WEEKLY, ("ana",)
    )
    backup = Rotation("backup", "weeks", LONG_AGO, WEEKLY, ("ben",))

    def rewrite() -> None:
        with office.work() as work:
            rota_edits.set_rotations(work, "north", [later, backup], LEAD)

    (one,) = refused(rewrite)
    assert (one.gap.tier, one.gap.start) == ("primary", MONDAY)


def test_taking_an_override_back_may_open_a_gap(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    office.take_off("ana", start, end, by=ACCEPTING)
    cover = office.put_on("cho", start, end)

    def back() -> None:
        with office.work() as work:
            rota_edits.remove_override(work, "north", cover, LEAD)

    (one,) = refused(back)
    assert (one.gap.start, one.gap.end) == (start, end)


RESERVE = """    rotations:
      - {tier: primary, name: reserve, starts: 2026-01-05T09:00, every: 1 week, order: [eli]}
      - {tier: primary, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ana, cho]}
      - {tier: backup, name: ben, starts: 2026-01-05T09:00, every: 1 week, order: [ben]}
"""


def _leaves_the_team(work: UnitOfWork, by: By) -> None:
    people.remove_member(work, "north", "cho", by)


def _leaves_the_staff(work: UnitOfWork, by: By) -> None:
    people.change_staff(work, "cho", by, active=False)


@pytest.mark.parametrize("leave", [_leaves_the_team, _leaves_the_staff])
def test_nobody_stands_unasked_for_somebody_who_leaves(
    database_url: str, leave: Callable[[UnitOfWork, By], None]
) -> None:
    """Eli has the layer below Cho's: no gap would open, and every other week would be his."""
    office = Office(database_url)
    office.open(office_agency(rotations=RESERVE))
    for by in (LEAD, replace(LEAD, preview=True)):
        with pytest.raises(StillNamed, match="Cho Sample is still named"), office.work() as work:
            leave(work, by)
    with office.work() as work:
        primary = [Rotation("primary", "weeks", LONG_AGO, WEEKLY, ("ana",))]
        backup = [Rotation("backup", "ben", LONG_AGO, WEEKLY, ("ben",))]
        rota_edits.set_rotations(work, "north", primary + backup, LEAD)
    with office.work() as work:
        leave(work, LEAD)
    assert office.coverage().covered
    office.close()


def test_a_load_leaves_nobody_out_whom_an_override_still_names(office: Office) -> None:
    office.put_on("cho", at("2026-03-03 22:00"), at("2026-03-04 06:00"))
    without = OFFICE.replace("[ana, ben, cho, eli]", "[ana, ben, eli]")
    with pytest.raises(LoadRefused, match="still named in an override of primary of North ACT"):
        office.open(read_agency(without, "office.yaml"))


def test_a_temporary_schedule_stands_above_the_rotation_and_goes_again(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    with office.work() as work:
        number, _ = rota_edits.add_temporary_schedule(
            work, "north", "spring", {"primary": [Stint(start, end, "cho")]}, LEAD
        )
    shifts = office.coverage().stands["primary"]
    assert any((shift.start, shift.end, shift.staff) == (start, end, "cho") for shift in shifts)
    with office.work() as work:
        rota_edits.remove_temporary_schedule(work, "north", number, LEAD)
    assert all(shift.staff != "cho" for shift in office.coverage().stands["primary"])
    with office.work() as work, pytest.raises(NotThere):
        rota_edits.remove_temporary_schedule(work, "north", number, LEAD)


# Wrong writes ───────────────────────────────────────────────────────────────────────────────────

LONG_AGO = MONDAY.replace(tzinfo=None, hour=9) - timedelta(days=56)
WEEKLY = Every(1, Unit.WEEK)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        (Override("medical", MONDAY, MONDAY + timedelta(hours=30), "cho"), "no tier “medical”"),
        (Override("primary", MONDAY, MONDAY + timedelta(hours=30), "zoe"), "is called “zoe”"),
        (Override("primary", MONDAY - timedelta(9), MONDAY - timedelta(8), "cho"), "over already"),
        (Override("primary", MONDAY, MONDAY + timedelta(days=500), "cho"), "400 days at most"),
        (
            Override("primary", MONDAY, MONDAY + timedelta(1), "cho", instead="zoe"),
            "is called “zoe”",
        ),
    ],
)
def test_an_override_that_cannot_be_is_refused_in_words(
    office: Office, override: Override, problem: str
) -> None:
    with pytest.raises(WrongEdit, match=problem), office.work() as work:
        rota_edits.add_override(work, "north", override, LEAD)


def test_an_override_that_can_change_nothing_is_refused(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    with office.work() as work:
        work.session.add(
            TimeOffRow(staff_id="cho", starts=start, ends=end, made_at=MONDAY, made_by="Cho Sample")
        )
        mark_changed(work.session, MONDAY)
    with pytest.raises(WrongEdit, match="Cho Sample can't stand then"):
        office.put_on("cho", start, end)
    nobodys = Override("primary", start, end, "ana", instead="eli")
    with pytest.raises(WrongEdit, match="Eli Sample has no turn on"), office.work() as work:
        rota_edits.add_override(work, "north", nobodys, LEAD)
    office.put_on("cho", start, end + timedelta(hours=1))  # a part of it is free


def test_somebody_who_left_is_never_put_on_a_rota(office: Office) -> None:
    with office.work() as work:
        people.change_staff(work, "cho", LEAD, active=False)
    with pytest.raises(WrongEdit, match="Cho Sample has left the staff"):
        office.put_on("cho", at("2026-03-03 22:00"), at("2026-03-04 06:00"))


def test_somebody_of_another_team_is_not_put_on_this_ones_rota(office: Office) -> None:
    with office.work() as work:
        people.remove_member(work, "north", "cho", LEAD)
    with pytest.raises(WrongEdit, match="no member of this team"):
        office.put_on("cho", at("2026-03-03 22:00"), at("2026-03-04 06:00"))


def test_a_phone_of_somebody_else_or_of_ourselves_is_refused(office: Office) -> None:
    for phone, problem in (("+15035550102", "somebody else's"), ("+15035550191", "a team's line")):
        with pytest.raises(WrongEdit, match=problem), office.work() as work:
            people.change_staff(work, "ana", LEAD, phone=phone)


def test_another_phone_is_not_verified_yet(office: Office) -> None:
    with office.work() as work:
        people.change_staff(work, "ana", LEAD, phone="+15035550109")
    with office.look() as work:
        assert work.directory.staff_by_phone["+15035550109"] == "ana"
        assert not work.directory.staff["ana"].person.verified


def test_whoever_owns_an_open_crisis_does_not_leave(office: Office) -> None:
    with office.work() as work:
        row = CrisisRow(
            ref="K7Q",
            team_id="north",
            source="call",
            state="accepted",
            since=work.now,
            opened_at=work.now,
            owner_id="cho",
            pursuit={},
        )
        work.session.add(row)
    with pytest.raises(WrongEdit, match="own the open crisis K7Q"), office.work() as work:
        people.change_staff(work, "cho", LEAD, active=False)


# The agency's file ──────────────────────────────────────────────────────────────────────────────


def test_a_file_that_opens_a_gap_is_refused_whole(office: Office) -> None:
    gaps = refused(lambda: office.open(office_agency(rotations=NOBODY_ON_BACKUP)))
    assert [(one.gap.tier, one.gap.end - one.gap.start) for one in gaps] == [
        ("backup", timedelta(days=90))
    ]
    assert office.coverage().covered


def test_a_first_file_with_a_gap_is_refused_too(database_url: str) -> None:
    office = Office(database_url)
    assert refused(lambda: office.open(office_agency(rotations=NOBODY_ON_BACKUP)))
    with office.look() as work:
        assert work.directory.teams == {}
    office.open(office_agency(rotations=NOBODY_ON_BACKUP), accept="backup is hired in April")
    assert [tier for tier, _, _ in office.accepted()] == ["backup"]
    office.close()


def test_loading_again_keeps_what_people_changed_since(office: Office) -> None:
    start, end = at("2026-03-03 22:00"), at("2026-03-04 06:00")
    office.put_on("cho", start, end)
    office.open()
    assert any(shift.staff == "cho" for shift in office.coverage().stands["primary"])


def test_rotations_that_people_changed_are_not_undone_by_the_way(office: Office) -> None:
    rotations = [
        Rotation(tier, "cho", LONG_AGO, WEEKLY, ("cho",)) for tier in ("primary", "backup")
    ]
    with office.work() as work:
        rota_edits.set_rotations(work, "north", rotations, LEAD)
    with pytest.raises(LoadRefused, match="changed by Eli Sample"):
        office.open()
    office.open(
        office_agency(
            rotations="""    rotations:
      - {tier: primary, name: cho, starts: 2026-01-05T09:00, every: 1 week, order: [cho]}
      - {tier: backup, name: cho, starts: 2026-01-05T09:00, every: 1 week, order: [cho]}
"""
        )
    )
    office.open()


def _has_another_phone(work: UnitOfWork) -> None:
    people.change_staff(work, "ana", LEAD, phone="+15035550177")


def _has_left(work: UnitOfWork) -> None:
    people.change_staff(work, "cho", LEAD, active=False)


def _has_left_the_team(work: UnitOfWork) -> None:
    people.remove_member(work, "north", "cho", LEAD)


@pytest.mark.parametrize("change", [_has_another_phone, _has_left, _has_left_the_team])
def test_a_load_does_not_undo_by_the_way_what_people_changed(
    office: Office, change: Callable[[UnitOfWork], None]
) -> None:
    """Else pages go to the old phone, and whoever has left stands again."""
    with office.work() as work:
        change(work)
    with pytest.raises(LoadRefused, match="Eli Sample has written since"):
        office.open()
    with office.work() as work:
        agencies.load(work, office_agency(), undo_changes=True)
    office.open()


def test_a_load_says_which_tiers_and_teams_are_no_more(office: Office) -> None:
    """Nobody is asked for them any more, so no gap opens: it must not go by in silence."""
    backup_rung = "      - {tier: backup, ring_seconds: 20, page_seconds: 120}\n"
    backup_turns = "      - {tier: backup, name: weeks"
    lines = OFFICE.replace(backup_rung, "").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(backup_turns))
    with office.work() as work:
        loaded = agencies.load(work, read_agency(text, "office.yaml"))
    assert loaded.gone == ("backup of North ACT",)
    with office.work() as work:
        assert agencies.load(work, office_agency(), undo_changes=True).gone == ()
