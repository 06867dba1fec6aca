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
