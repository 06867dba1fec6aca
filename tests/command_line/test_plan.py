"""`vigil plan`: a rota proposed on the command line, applied at once or told why there is none."""

import json
from pathlib import Path

import pytest

from tests.command_line.conftest import load
from tests.command_line.typed import vigil
from tests.scenarios.town import TOWN

DEMANDING = TOWN.replace(
    "    members: [ana, ben, eli]\n",
    "    members: [ana, ben, eli]\n    rules: {requires: {backup: [psychiatrist]}}\n",
)


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


def test_the_rules_are_stated_by_options_and_by_a_file(
    installation: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "ask.json"
    file.write_text('{"weeks": 2, "tiers": ["primary"], "limits": {"eli": {"nights": 1}}}')
    options = ("--weeks", "1", "--most-days", "5", "--most-nights", "4", "--seconds", "2")
    done = vigil("plan", "north", "--ask", str(file), *options, "--json", **installation)
    assert "stands at most 5 days in a row" in done.stderr, "the rota around it is theirs already"
    asked = json.loads(done.stdout)["asked"]
    assert asked.pop("limits") == {"eli": {"nights": 1}}
    assert asked == {
        "weeks": 1,
        "tiers": ["primary"],
        "most_days": 5,
        "most_nights": 4,
        "seconds": 2.0,
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ('{"weeks": 14}', "-: weeks: Input should be less than or equal to 13"),
        ('{"limits": {"ana": {"nights": -1}}}', "-: limits.ana.nights: Input should be greater"),
        ('{"preferences": {"ana": [{"wants": true, "tier": "x"}]}}', "has no tier “x”"),
        ("[]", "- holds no JSON object"),
        ("{", "- is no JSON: "),
    ],
)
def test_a_file_that_makes_no_sense_is_one_line(
    installation: dict[str, str], given: str, reason: str
) -> None:
    done = vigil("plan", "north", "--ask", "-", given=given, **installation)
    assert done.returncode == 1
    [line] = done.stderr.strip().splitlines()
    assert reason in line


def test_a_file_that_is_not_there_is_one_line(installation: dict[str, str]) -> None:
    done = vigil("plan", "north", "--ask", "nowhere.json", **installation)
    assert done.stderr == "nowhere.json can't be read: No such file or directory.\n"


def test_an_impossible_plan_fails_with_its_reasons(installation: dict[str, str]) -> None:
    load(installation, DEMANDING)
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
