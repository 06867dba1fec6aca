"""The agency of the simulated nights: two teams with a line of their own, two that share one."""

from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")
URL = "https://vigil.example.org"

LINES = {"north": "+15035550111", "coast": "+15035550112", "shared": "+15035550113"}

TEAMS = {
    "north": ("ana", "ben", "cho", "dee", "eli"),
    "coast": ("fay", "gus", "hal", "ida", "joy"),
    "mesa": ("kit", "lea", "max", "eli"),
    "delta": ("ned", "ora", "pam", "joy"),
}
"""Who works where; Eli and Joy lead, and stand on the last rung of two teams each."""

STAFF = sorted({one for members in TEAMS.values() for one in members} | {"zoe"})
PHONES = {one: f"+1503555{100 + 20 + place:04d}" for place, one in enumerate(STAFF)}
"""Numbers from 555-0120 on. Zoe is the administrator and stands nowhere."""

CLIENTS = {
    "north": ("+15035550171", "+15035550172", "+15035550173"),
    "coast": ("+15035550174", "+15035550175"),
    "mesa": ("+15035550176", "+15035550177"),
    "delta": ("+15035550178", "+15035550177"),
}
"""Whose phones they are: one is shared by clients of two teams."""

PARTNER = "county-988"
PARTNER_LINE = "+15035550190"
LAST_RESORT = ("988", "+18002738255")


def _staff() -> str:
    roles = {"eli": "lead", "joy": "lead", "zoe": "admin"}
    return "".join(
        f'  - {{id: {one}, name: {one.title()} Sample, discipline: nurse, phone: "{PHONES[one]}", '
        f"role: {roles.get(one, 'clinician')}}}\n"
        for one in STAFF
    )


def _team(team: str, line: str) -> str:
    first, second, third, *rest = TEAMS[team]
    top = rest[-1]
    others = [*rest[:-1], second]
    return f"""
  - id: {team}
    name: {team.title()} ACT
    timezone: America/Los_Angeles
    lines: ["{line}"]
    members: [{", ".join(TEAMS[team])}]
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
      - {{tier: backup, ring_seconds: 20, page_seconds: 120}}
      - {{tier: supervisor, ring_seconds: 25, page_seconds: 180}}
    rotations:
      - {{tier: primary, name: days, starts: 2026-01-05T08:00, every: 1 day,
         order: [{first}, {second}], only: {{from: "08:00", to: "17:00"}}}}
      - {{tier: primary, name: evenings, starts: 2026-01-05T17:00, every: 1 day,
         order: [{second}, {third}], only: {{from: "17:00", to: "02:00"}}}}
      - {{tier: primary, name: nights, starts: 2026-01-05T02:00, every: 1 day,
         order: [{first}, {second}], only: {{from: "02:00", to: "08:00"}}}}
      - {{tier: backup, name: weeks, starts: 2026-01-05T02:00, every: 12 hours,
         order: [{", ".join([third, *others, first])}]}}
      - {{tier: supervisor, name: lead, starts: 2026-01-05T08:00, every: 1 week, order: [{top}]}}
"""


def _clients() -> str:
    numbers = ((team, phone) for team, phones in CLIENTS.items() for phone in phones)
    return "".join(
        f"  - {{id: C-{place}, name: Test Person {place}, birth_date: 1984-03-02, team: {team}, "
        f'phones: ["{phone}"], language: {"es" if place % 3 == 0 else "en"}}}\n'
        for place, (team, phone) in enumerate(numbers, start=1)
    )


AGENCY = f"""
agency: Example Town Behavioral Health
last_resort: {list(LAST_RESORT)}
staff:
{_staff()}teams:
{_team("north", LINES["north"])}{_team("coast", LINES["coast"])}
{_team("mesa", LINES["shared"])}{_team("delta", LINES["shared"])}
clients:
{_clients()}
crisis_lines:
  - {{id: {PARTNER}, name: County 988 Center, callback: "{PARTNER_LINE}"}}
"""
