"""The command itself, as somebody types it: exit status, one line of reason, plain answers."""

import json
from pathlib import Path

import pytest

from tests.command_line.typed import new_process, vigil
from tests.scenarios.town import TOWN

SID = "AC" + "0" * 32


def test_an_agency_is_loaded(bare: dict[str, str]) -> None:
    done = new_process("load", "-", given=TOWN, **bare)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Loaded: 2 teams, 6 staff, 5 clients, 1 crisis line, 0 hospitals.\n"


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "TWILIO_ACCOUNT_SID is not set"),
        ({"TWILIO_ACCOUNT_SID": SID}, "TWILIO_AUTH_TOKEN is not set"),
        ({"TWILIO_ACCOUNT_SID": "hello"}, "TWILIO_ACCOUNT_SID must be AC and 32"),
        ({"VIGIL_PUBLIC_URL": "vigil.example.org"}, "VIGIL_PUBLIC_URL must be a web address"),
        ({"VIGIL_SECRET_KEY": "short"}, "VIGIL_SECRET_KEY must have at least 32 characters"),
        ({"VIGIL_DATABASE_URL": "mysql://x"}, "VIGIL_DATABASE_URL must begin with postgresql://"),
        (
            {
                "TWILIO_ACCOUNT_SID": SID,
                "TWILIO_AUTH_TOKEN": "t",
                "VIGIL_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x",
            },
            "VIGIL_DATABASE_URL: PostgreSQL can't be reached",
        ),
        ({"VIGIL_LOG_LEVEL": "LOUD"}, "VIGIL_LOG_LEVEL must be INFO, WARNING or ERROR"),
        ({"VIGIL_DRILL_CLOCK": "soon"}, "VIGIL_DRILL_CLOCK must be START;EPOCH;SPEED"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    environment: dict[str, str], reason: str, tmp_path: Path
) -> None:
    done = vigil("serve", "--port", "0", **{"VIGIL_DATA_DIR": str(tmp_path), **environment})
    assert done.returncode != 0
    [line] = done.stderr.strip().splitlines()
    assert reason in line


def test_a_wrong_file_is_answered_with_every_fault_and_its_place(tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(TOWN.replace("order: [ana]", "order: [anna]").replace("988", "9x8", 1))
    done = vigil("check", str(file))
    assert done.returncode == 1
    *faults, last = done.stderr.strip().splitlines()
    assert len(faults) == 2
    assert all(fault.startswith(f"{file}:") for fault in faults)
    assert 'did you mean "ana"?' in faults[1]
    assert last == "2 to mend; nothing changed."
    found = json.loads(vigil("check", str(file), "--json").stdout)["faults"]
    assert {"line", "column", "where", "problem"} == set(found[0])


def test_a_file_that_is_not_there_is_one_line() -> None:
    done = vigil("check", "/nowhere/town.yaml")
    assert (done.returncode, done.stderr) == (1, "/nowhere/town.yaml: No such file or directory\n")


def test_who_is_on_call(installation: dict[str, str]) -> None:
    done = vigil("oncall", "north", "--at", "2026-03-03T03:10-08:00", **installation)
    assert "primary      Ana Sample" in done.stdout
    assert "last resort  988, +18002738255" in done.stdout
    answer = json.loads(vigil("oncall", "north", "--json", **installation).stdout)
    assert {"team", "at", "rungs", "last_resort"} == set(answer)
    assert {"tier", "staff", "until"} == set(answer["rungs"][0])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("oncall", "nowhere"), "No team is called “nowhere” (there are: north, south)."),
        (("oncall", "north", "--at", "soon"), "is no instant"),
        (("oncall", "north", "--at", "2026-01-01"), "has no offset"),
        (("oncall", "north", "--at", "0001-01-01T00:00Z"), "between 1970 and 2200"),
        (("partner", "secret", "nobody"), "No partner is called “nobody”"),
        (("token", "create", "--name", "x", "--role", "lead", "--team", "east"), "north, south"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_answered_says_why(
    installation: dict[str, str], arguments: tuple[str, ...], reason: str
) -> None:
    done = vigil(*arguments, **installation)
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_tokens_and_secrets_are_printed_alone(installation: dict[str, str]) -> None:
    token = vigil("token", "create", "--name", "board", "--role", "viewer", **installation).stdout
    assert token.startswith("vgl_")
    assert token.count("\n") == 1
    first = vigil("partner", "secret", "county-988", **installation).stdout
    assert first.startswith("whsec_")
    assert first == vigil("partner", "secret", "county-988", **installation).stdout
    assert first != vigil("partner", "secret", "county-988", "--renew", **installation).stdout


@pytest.mark.parametrize(
    ("arguments", "password", "reason"),
    [
        (("eli@example.org", "--staff", "eli"), "short", "12 characters"),
        (("@", "--role", "admin"), "a long enough password", "no e-mail address"),
        (("x@example.org",), "a long enough password", "Say --role, or --staff"),
        (("x@example.org", "--role", "clinician"), "a long enough password", "say --staff"),
    ],
)
def test_users_who_cannot_be_added(
    installation: dict[str, str], arguments: tuple[str, ...], password: str, reason: str
) -> None:
    done = vigil("user", "add", *arguments, "--password-stdin", given=password, **installation)
    assert done.returncode == 1
    assert reason in done.stderr


def test_a_user_on_the_staff_is_added(installation: dict[str, str]) -> None:
    password = "a long enough password"
    arguments = ("user", "add", "eli@example.org", "--staff", "eli", "--password-stdin")
    done = vigil(*arguments, given=password, **installation)
    assert (done.returncode, done.stdout) == (0, "eli@example.org may log in.\n")
