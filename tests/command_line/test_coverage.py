"""`vigil load` refuses gaps, `vigil coverage` proves that there are none: exit status and words."""

import json
from datetime import datetime

import pytest

from dispatch.clock import DrillClock
from tests.command_line.typed import vigil
from tests.scenarios.town import TOWN

ENDS = TOWN.replace(
    "starts: 2026-01-05T09:00, every: 1 week, order: [ben]",
    "starts: 2026-01-05T09:00, ends: 2030-01-01T00:00, every: 1 week, order: [ben]",
)
NOBODY_ON_BACKUP = "\n".join(line for line in TOWN.splitlines() if "order: [ben]" not in line)


def test_a_covered_team_exits_0_and_says_so(installation: dict[str, str]) -> None:
    done = vigil("coverage", "north", **installation)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("North ACT: covered at every instant from ")
    assert "GAP" not in done.stdout
    told = vigil("coverage", "north", "--days", "7", "--json", **installation)
    assert told.returncode == 0
    assert json.loads(told.stdout)["covered"] is True


def test_a_file_with_a_gap_is_refused_with_the_gap_until_it_is_accepted(
    bare: dict[str, str],
) -> None:
    done = vigil("load", "-", given=NOBODY_ON_BACKUP, **bare)
    assert done.returncode == 1
    first, gap, last = done.stderr.strip().splitlines()
    assert first == "Nothing was changed: the file opens 1 gap in the coverage."
    assert gap.startswith("  North ACT, backup: nobody from ")
    assert gap.endswith("(nobody is named); could take it: Ben Sample")
    assert "--accept-gaps" in last
    assert vigil("coverage", "north", **bare).returncode == 1, "no team is there yet"

    as_json = vigil("load", "-", "--json", given=NOBODY_ON_BACKUP, **bare)
    [told] = json.loads(as_json.stdout)["gaps"]
    assert (told["team"], told["tier"], told["reason"]) == ("north", "backup", "nobody is named")

    done = vigil("load", "-", "--accept-gaps", "hired in May", given=NOBODY_ON_BACKUP, **bare)
    assert done.returncode == 0, done.stderr
    assert "Accepted 1 gap" in done.stderr
    shown = vigil("coverage", "north", **bare)
    assert shown.returncode == 0, "an accepted gap is known"
    assert "(accepted by the agency's file: hired in May)" in shown.stdout


def test_a_gap_that_has_come_into_sight_fails_the_command(bare: dict[str, str]) -> None:
    """Ben's rotation ends with 2029; in June that was beyond the horizon."""
    june = {**bare, "VIGIL_DRILL_CLOCK": _clock("2029-06-01T00:00:00+00:00")}
    december = {**bare, "VIGIL_DRILL_CLOCK": _clock("2029-12-01T00:00:00+00:00")}
    assert vigil("load", "-", given=ENDS, **june).returncode == 0
    assert vigil("coverage", "north", **june).returncode == 0
    done = vigil("coverage", "north", **december)
    assert done.returncode == 1
    assert done.stderr == "North ACT is not covered: 1 gap ahead.\n"
    assert "GAP  backup       Tue Jan 1 00:00 to " in done.stdout
    assert vigil("coverage", "north", "--days", "7", **december).returncode == 0


def _clock(start: str) -> str:
    return str(DrillClock.beginning(datetime.fromisoformat(start), 1.0))


@pytest.mark.parametrize("days", ["0", "401", "soon"])
def test_a_horizon_that_is_none_is_refused(bare: dict[str, str], days: str) -> None:
    assert vigil("coverage", "north", "--days", days, **bare).returncode == 2


def test_a_team_that_does_not_exist_is_refused_by_name(installation: dict[str, str]) -> None:
    done = vigil("coverage", "nowhere", **installation)
    assert (done.returncode, "there are: north, south" in done.stderr) == (1, True)
