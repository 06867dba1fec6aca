"""`vigil plan`: a rota proposed on the command line, applied at once or told why there is none."""

import json
from pathlib import Path

import pytest

from tests.command_line.test_vigil import vigil
from tests.scenarios.town import TOWN

DEMANDING = TOWN.replace(
    "    members: [ana, ben, eli]\n",
    "    members: [ana, ben, eli]\n    rules: {requires: {backup: [psychiatrist]}}\n",
)


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings of an installation with the town in it."""
    settings = {"VIGIL_DATABASE_URL": database_url, "VIGIL_DATA_DIR": str(tmp_path)}
    assert vigil("load", "-", given=TOWN, **settings).returncode == 0
    return settings


def test_a_plan_is_proposed_with_its_fairness_and_applied(installation: dict[str, str]) -> None:
    done = vigil("plan", "north", "--weeks", "1", "--apply", **installation)
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first.startswith("Plan 1: from ")
    assert first.endswith("applied.")
    assert [line.split("  ")[1] for line in lines if "Sample" in line] == [
        "Ana Sample",
        "Ben Sample",
        "Eli Sample",
    ]
    assert "found so far" in done.stderr
    assert " s  " in done.stderr


def test_programs_read_the_whole_plan(installation: dict[str, str]) -> None:
    done = vigil("plan", "north", "--weeks", "1", "--json", **installation)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["state"] == "ready"
    assert set(said["result"]["draft"]["tiers"]) == {"primary", "backup", "supervisor"}


def test_an_impossible_plan_fails_with_its_reasons(installation: dict[str, str]) -> None:
    assert vigil("load", "-", given=DEMANDING, **installation).returncode == 0
    done = vigil("plan", "north", "--weeks", "1", **installation)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2] == "No rota keeps every rule:"
    assert done.stderr.splitlines()[-1].endswith(
        "backup needs a psychiatrist, and nobody on the team is one."
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere"], "No team is called “nowhere” (there are: north, south)."),
        (["north", "--from", "soon"], "--from “soon” is no day: write it like 2026-10-05."),
        (["north", "--from", "2020-01-06"], "A plan begins in the future"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    installation: dict[str, str], arguments: list[str], reason: str
) -> None:
    done = vigil("plan", *arguments, **installation)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert reason in line
