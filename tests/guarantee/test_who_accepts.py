"""A lead accepts gaps of the teams they lead, and of no other."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import HTTPException

from dispatch.access import Role, Viewer
from dispatch.agency_file import read_agency
from dispatch.api import people
from dispatch.api.context import Vigil
from tests.guarantee.office import OFFICE, Office

SOUTH = """  - id: south
    name: South ACT
    timezone: America/Los_Angeles
    lines: ["+15035550192"]
    members: [cho]
    ladder:
      - {tier: primary, ring_seconds: 20, page_seconds: 120}
    rotations:
      - {tier: primary, name: all, starts: 2026-01-05T09:00, every: 1 week, order: [cho]}
"""


def _lead_of(*teams: str) -> Viewer:
    return Viewer("Nora Sample", "nora@example.org", Role.LEAD, frozenset(teams))


def test_a_lead_of_one_team_accepts_no_gap_of_another(office: Office) -> None:
    """Cho belongs to North and to South, and is all that South has."""
    office.open(read_agency(OFFICE + SOUTH, "office.yaml"))
    vigil = cast(Vigil, SimpleNamespace(unit_of_work=office.work))
    leaves: Any = people.StaffEdit(active=False, accept_gaps="they will manage")
    with pytest.raises(HTTPException) as refused:
        people.patch_staff(vigil, _lead_of("north"), "cho", leaves)
    assert refused.value.status_code == 403
    assert office.accepted("south") == []
    people.patch_staff(vigil, _lead_of("north", "south"), "cho", leaves)
    assert len(office.accepted("south")) == 1
