"""A team with people enough to help each other out, and a clock that can leap to the evening."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.agency_file import Agency, read_agency
from dispatch.clock import DrillClock
from dispatch.tables import TeamCardRow
from notifications.emulator.records import Sms
from oncall.duty_tables import ShiftRequestRow
from tests.scenarios.night import Night

PHONES = {
    "ben": "+15035550142",
    "cho": "+15035550143",
    "dee": "+15035550144",
    "eli": "+15035550145",
    "fay": "+15035550146",
    "gus": "+15035550147",
    "hal": "+15035550148",
}

HARBOR_LINE = "+15035550181"
HILL_LINE = "+15035550182"
CLIENT = "+15035550183"

HARBOR = f"""
agency: Example Harbor Behavioral Health
last_resort: ["988", "+18002738255"]
staff:
  - {{id: ben, name: Ben Sample, discipline: nurse, phone: "{PHONES["ben"]}", role: clinician}}
  - {{id: cho, name: Cho Sample, discipline: nurse, phone: "{PHONES["cho"]}", role: clinician}}
  - {{id: dee, name: Dee Sample, discipline: nurse, phone: "{PHONES["dee"]}", role: clinician}}
  - {{id: eli, name: Eli Sample, discipline: qmhp_supervisor, phone: "{PHONES["eli"]}", role: lead}}
  - id: fay
    name: Fay Sample
    discipline: peer_support
    phone: "{PHONES["fay"]}"
    role: clinician
  - {{id: gus, name: Gus Sample, discipline: nurse, phone: "{PHONES["gus"]}", role: clinician}}
  - {{id: hal, name: Hal Sample, discipline: nurse, phone: "{PHONES["hal"]}", role: clinician}}
teams:
  - id: harbor
    name: Harbor ACT
    timezone: America/Los_Angeles
    lines: ["{HARBOR_LINE}"]
    members: [ben, cho, dee, eli, fay, gus]
    rules:
      handoff_notices: HANDOFF_NOTICES
      swaps_need_lead: SWAPS_NEED_LEAD
      requires: {{primary: [nurse]}}
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
      - {{tier: backup, ring_seconds: 20, page_seconds: 120}}
      - {{tier: supervisor, ring_seconds: 25, page_seconds: 180}}
    rotations:
      - tier: primary
        name: turns
        starts: 2026-01-05T17:00
        every: 1 day
        order: [ben, cho, dee]
      - {{tier: backup, name: gus, starts: 2026-01-05T08:00, every: 1 week, order: [gus]}}
      - {{tier: supervisor, name: eli, starts: 2026-01-05T08:00, every: 1 week, order: [eli]}}
  - id: hill
    name: Hill ACT
    timezone: America/Los_Angeles
    lines: ["{HILL_LINE}"]
    members: [hal, dee, ben, eli]
    rules: {{handoff_notices: false}}
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
    rotations:
      - {{tier: primary, name: hal, starts: 2026-01-05T08:00, every: 1 week, order: [hal]}}
clients:
  - id: C-1001
    name: Test Person One
    birth_date: 1984-03-02
    team: harbor
    phones: ["{CLIENT}"]
"""
"""Ben, Cho and Dee are primary in turns, from 17:00 to 17:00: Ben from the 8th of January on.

Gus is the backup and Eli the supervisor. Fay stands nowhere, and is no nurse, as primary requires.
"""

ZONE = ZoneInfo("America/Los_Angeles")

NOON = datetime(2026, 1, 8, 12, 0, tzinfo=ZONE)
"""Noon of the day on which Ben's turn begins at 17:00."""

SPEED = 5.0
"""Slower than other nights: time passes by leaps here, and a yes proves a quarter of rotas."""


def harbor(*, swaps_need_lead: bool = False, handoff_notices: bool = False) -> Agency:
    """The agency of the harbor."""
    text = HARBOR.replace("SWAPS_NEED_LEAD", str(swaps_need_lead).lower())
    text = text.replace("HANDOFF_NOTICES", str(handoff_notices).lower())
    return read_agency(text, "harbor.yaml")


@dataclass(frozen=True)
class LeapingClock(DrillClock):
    """A drill clock that a test can set forward."""

    leaps: list[timedelta] = field(default_factory=list)

    def now(self) -> datetime:
        """The time now, with every leap so far."""
        return super().now() + sum(self.leaps, timedelta())


class HarborNight(Night):
    """A night at the harbor, from noon on."""

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        *,
        swaps_need_lead: bool = False,
        handoff_notices: bool = False,
    ) -> None:
        beginning = DrillClock.beginning(NOON, SPEED)
        self.clock = LeapingClock(beginning.start, beginning.epoch, beginning.speed)
        agency = harbor(swaps_need_lead=swaps_need_lead, handoff_notices=handoff_notices)
        super().__init__(database_url, data_dir, agency=agency, clock=self.clock)

    def leap_to(self, wall: str) -> None:
        """Set the clock forward to a time on the wall, such as ``2026-01-08 17:00``."""
        at = datetime.fromisoformat(wall).replace(tzinfo=ZONE)
        self.clock.leaps.append(at - self.clock.now())

    def text(self, staff: str, body: str, to: str = HARBOR_LINE) -> None:
        """Somebody on the staff texts a line."""
        self.network.text(PHONES[staff], to, body)

    def expect(self, staff: str, wanted: str) -> Sms:
        """Somebody gets a text that holds these words."""
        return self.phone(PHONES[staff]).expect_sms(wanted)

    def texts_to(self, staff: str) -> list[str]:
        """Everything that somebody has been texted, in order."""
        return [sms.body for sms in self.phone(PHONES[staff]).inbox]

    def on_call(self, at: str, team: str = "harbor") -> dict[str, str | None]:
        """Who stands on each tier at a time on the wall."""
        instant = datetime.fromisoformat(at).replace(tzinfo=ZONE)
        with self.vigil.unit_of_work.reading() as work:
            rungs = work.directory.ladder(team, instant).rungs
        return {rung.tier: rung.staff for rung in rungs}

    def board_shows(self, team: str, tier: str) -> str | None:
        """Who stands on a tier by the card that the board shows."""
        with self.vigil.unit_of_work.reading() as work:
            row = work.session.get(TeamCardRow, team)
            cards = row.card["on_call"] if row else []
            staff = next(one["staff"] for one in cards if one["tier"] == tier)
            return None if staff is None else str(staff["id"])

    def request(self, ref: str) -> ShiftRequestRow:
        """A cover request or swap as it is now."""
        with self.vigil.unit_of_work.reading() as work:
            return work.session.get_one(ShiftRequestRow, ref)

    def ref_in(self, body: str) -> str:
        """The reference that a text begins with."""
        return body.removeprefix("Vigil ").partition(":")[0]
