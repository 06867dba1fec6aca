"""The command `vigil plan`: what may be asked for on the command line."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from dispatch.cli_work import AsJson, TeamName, fail
from dispatch.plan_shapes import LONGEST_RUN, MOST_SECONDS, SECONDS, PlanWanted, problems
from oncall.planner.model import MOST_WEEKS


def plan(
    team: TeamName,
    weeks: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_WEEKS, help="For how many weeks.", show_default=str(MOST_WEEKS)
        ),
    ] = None,
    first_day: Annotated[
        str | None,
        typer.Option("--from", help="The first day, such as 2026-10-05; a Monday by default."),
    ] = None,
    most_days: Annotated[
        int | None,
        typer.Option(min=1, max=LONGEST_RUN, help="Days in a row that anybody stands at most."),
    ] = None,
    most_nights: Annotated[
        int | None,
        typer.Option(min=1, max=LONGEST_RUN, help="Nights in a row that anybody stands at most."),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=1, max=MOST_SECONDS, help="How long to search.", show_default=f"{SECONDS:g}"
        ),
    ] = None,
    ask: Annotated[
        Path | None,
        typer.Option(
            "--ask",
            help="A JSON file, or - for standard input, with all that the API takes at "
            "POST /api/teams/TEAM/plans: tiers, pattern, limits, preferences. Options win over it.",
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Make it the rota at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Propose a rota that keeps every rule and shares the load; fails where none can."""
    options = {
        "first_day": _day(first_day),
        "weeks": weeks,
        "most_days": most_days,
        "most_nights": most_nights,
        "seconds": seconds,
    }
    wanted = _wanted(ask, {name: one for name, one in options.items() if one is not None})
    # What works it out takes a quarter of a second to load: no other command waits for it.
    from dispatch.cli_planning import propose

    propose(team, wanted, apply=apply, as_json=as_json)


def _wanted(ask: Path | None, options: dict[str, Any]) -> PlanWanted:
    """What the file asks for, with the options over it; stops with what is wrong with it."""
    try:
        written = {} if ask is None else json.loads(_text(ask))
        if not isinstance(written, dict):
            fail(f"{ask} holds no JSON object: write what is asked for as {{…}}.")
        return PlanWanted.model_validate({**written, **options})
    except ValidationError as error:
        fail("\n".join(f"{ask}: {problem}" for problem in problems(error)))
    except ValueError as error:  # of which the file is no JSON, or no text
        fail(f"{ask} is no JSON: {error}.")


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror}.")


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        fail(f"--from “{text}” is no day: write it like 2026-10-05.")
