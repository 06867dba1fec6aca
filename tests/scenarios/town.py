"""The town where the nights take place: two teams, their people and their clients."""

from dispatch.agency_file import Agency, read_agency

ANA = "+15035550101"
BEN = "+15035550102"
ELI = "+15035550105"
GUS = "+15035550107"
HAL = "+15035550108"
IVY = "+15035550109"

NORTH_LINE = "+15035550191"
SOUTH_LINE = "+15035550192"
INTERPRETER = "+15035550195"
SHARED_LINE = "+15035550190"

CLIENT = "+15035550121"
SPANISH_CLIENT = "+15035550122"
SHARED_PHONE = "+15035550124"
SOUTH_CLIENT = "+15035550125"
STRANGER = "+15035550177"

_LADDER = """    ladder:
      - {tier: primary, ring_seconds: 20, page_seconds: 120}
      - {tier: backup, ring_seconds: 20, page_seconds: 120}
      - {tier: supervisor, ring_seconds: 25, page_seconds: 180}
"""

TOWN = f"""
agency: Example County Behavioral Health
last_resort: ["988", "+18002738255"]
staff:
  - {{id: ana, name: Ana Sample, discipline: qmhp_clinician, phone: "{ANA}", role: clinician}}
  - {{id: ben, name: Ben Sample, discipline: nurse, phone: "{BEN}", role: clinician}}
  - {{id: eli, name: Eli Sample, discipline: qmhp_supervisor, phone: "{ELI}", role: lead}}
  - {{id: gus, name: Gus Sample, discipline: nurse, phone: "{GUS}", role: clinician}}
  - {{id: hal, name: Hal Sample, discipline: case_manager, phone: "{HAL}", role: clinician}}
  - {{id: ivy, name: Ivy Sample, discipline: qmhp_supervisor, phone: "{IVY}", role: lead}}
teams:
  - id: north
    name: North ACT
    timezone: America/Los_Angeles
    lines: ["{NORTH_LINE}", "{SHARED_LINE}"]
    members: [ana, ben, eli]
{_LADDER}
    rotations:
      - {{tier: primary, name: nights, starts: 2026-01-05T09:00, every: 1 week, order: [ana]}}
      - {{tier: backup, name: nights, starts: 2026-01-05T09:00, every: 1 week, order: [ben]}}
      - {{tier: supervisor, name: eli, starts: 2026-01-05T09:00, every: 1 week, order: [eli]}}
  - id: south
    name: South ACT
    timezone: America/Los_Angeles
    lines: ["{SOUTH_LINE}", "{SHARED_LINE}"]
    members: [gus, hal, ivy]
{_LADDER}
    rotations:
      - {{tier: primary, name: nights, starts: 2026-01-05T09:00, every: 1 week, order: [gus]}}
      - {{tier: backup, name: nights, starts: 2026-01-05T09:00, every: 1 week, order: [hal]}}
      - {{tier: supervisor, name: ivy, starts: 2026-01-05T09:00, every: 1 week, order: [ivy]}}
clients:
  - id: C-1001
    name: Test Person One
    birth_date: 1984-03-02
    team: north
    phones: ["{CLIENT}"]
  - id: C-1002
    name: Test Person Two
    birth_date: 1991-11-20
    team: north
    phones: ["{SPANISH_CLIENT}"]
    language: es
  - id: C-1003
    name: Test Person Three
    birth_date: 1972-07-15
    team: north
    phones: ["{SHARED_PHONE}"]
  - id: C-1004
    name: Test Person Four
    birth_date: 1975-01-30
    team: north
    phones: ["{SHARED_PHONE}"]
  - id: C-2001
    name: Test Person Five
    birth_date: 1988-09-09
    team: south
    phones: ["{SOUTH_CLIENT}"]
crisis_lines:
  - {{id: county-988, name: County 988 Center, callback: "+15035550199"}}
"""


def town() -> Agency:
    """The agency of the town."""
    return read_agency(TOWN, "town.yaml")


def town_with_interpreter() -> Agency:
    """The same agency, with an interpreter line."""
    return read_agency(f'{TOWN}interpreter_line: "{INTERPRETER}"\n', "town.yaml")
