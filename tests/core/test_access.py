"""Who may see and do what."""

import pytest

from dispatch.access import Role, Viewer


def viewer(role: Role, *teams: str, staff: str | None = None, is_program: bool = False) -> Viewer:
    """Somebody with this role; without teams they belong to every team."""
    return Viewer(
        "Somebody", "somebody@example.org", role, frozenset(teams) or None, staff, is_program
    )


@pytest.mark.parametrize("role", [Role.ADMIN, Role.LEAD, Role.CLINICIAN, Role.VIEWER])
def test_teams_bound_what_is_seen(role: Role) -> None:
    assert viewer(role, "north").sees("north")
    assert not viewer(role, "north").sees("south")
    assert viewer(role).sees("south")


def test_belonging_to_no_team_is_not_belonging_to_all() -> None:
    assert not Viewer("Somebody", "somebody@example.org", Role.CLINICIAN, frozenset()).sees("north")


def test_a_hospital_sees_no_board_and_does_nothing_to_a_crisis() -> None:
    hospital = viewer(Role.HOSPITAL, is_program=True)
    assert not hospital.sees("north")
    assert not hospital.acts
    assert not hospital.sees_clients
    assert not hospital.may_act_for("ana")


def test_a_wall_board_looks_on_without_learning_who_calls() -> None:
    wall = viewer(Role.VIEWER, "north", staff="ana", is_program=True)
    assert wall.sees("north")
    assert not wall.acts
    assert not wall.sees_clients
    assert not wall.may_act_for("ana")


def test_a_clinician_acts_for_themselves_only() -> None:
    clinician = viewer(Role.CLINICIAN, "north", staff="ana")
    assert clinician.may_act_for("ana")
    assert not clinician.may_act_for("ben")
    assert not viewer(Role.CLINICIAN).may_act_for("ana")


@pytest.mark.parametrize(
    "somebody",
    [viewer(Role.LEAD), viewer(Role.ADMIN), viewer(Role.CLINICIAN, is_program=True)],
)
def test_leads_and_programs_enter_what_somebody_told_them(somebody: Viewer) -> None:
    assert somebody.may_act_for("ben")


@pytest.mark.parametrize(
    ("role", "leads"),
    [
        (Role.ADMIN, True),
        (Role.LEAD, True),
        (Role.CLINICIAN, False),
        (Role.VIEWER, False),
        (Role.HOSPITAL, False),
    ],
)
def test_leads_and_administrators_lead_the_teams_that_they_see(role: Role, leads: bool) -> None:
    assert viewer(role, "north").leads("north") is leads
    assert not viewer(role, "north").leads("south")
    assert viewer(role, "north").leads_somebody_in(["south", "north"]) is leads
    assert not viewer(role, "north").leads_somebody_in(["south"])


def test_whoever_is_in_no_team_is_led_by_the_whole_agency_s_administrators() -> None:
    assert viewer(Role.ADMIN).leads_somebody_in([])
    assert not viewer(Role.ADMIN, "north").leads_somebody_in([])
    assert not viewer(Role.LEAD, is_program=True).leads_somebody_in([])
