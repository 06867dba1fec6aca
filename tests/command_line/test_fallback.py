"""`vigil fallback` says what callers get while Vigil is away, and fails where nothing is there."""

import json

from typer.testing import CliRunner, Result

from dispatch.cli import app
from tests.scenarios.town import NORTH_LINE, SHARED_LINE

SPACE = {"VIGIL_FALLBACK_PUT_URL": "https://user:word@space.example.org/v"}


def vigil(*arguments: str, **settings: str) -> Result:
    """The command in this process: a process of its own would take seconds to start."""
    return CliRunner().invoke(app, arguments, env=settings)


def test_it_names_who_is_rung_and_the_address_of_the_document(installation: dict[str, str]) -> None:
    done = vigil("fallback", "--json", **installation, **SPACE)
    assert done.exit_code == 1, "it was never published"
    assert f"fallback of {NORTH_LINE}: It was never published." in done.stderr
    told = {line["line"]: line for line in json.loads(done.stdout)["lines"]}
    north, shared = told[NORTH_LINE], told[SHARED_LINE]
    assert north["turns"][0]["rings"] == ["Ana Sample", "Ben Sample", "Eli Sample"]
    assert shared["turns"][0]["rings"][-1] == "Gus Sample"
    assert north["address"].startswith("https://space.example.org/v/")
    assert north["address"] != shared["address"]


def test_where_nothing_is_set_it_says_what_to_set(installation: dict[str, str]) -> None:
    done = vigil("fallback", **installation)
    assert done.exit_code == 1
    assert "VIGIL_FALLBACK_PUT_URL" in done.stderr
    assert "Ana Sample, Ben Sample, Eli Sample, 988, +18002738255" in done.stdout
