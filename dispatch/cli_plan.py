"""The command `vigil plan`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from dispatch.cli_work import AsJson, TeamName, fail, require_team, units_of_work
from dispatch.commands import plans
from dispatch.commands.guarantee import GapsOpened
from dispatch.commands.plan_reads import plan_answer
from dispatch.commands.plans import PlanRefused, plan_of
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.plan_shapes import LONGEST_RUN, MOST_SECONDS, SECONDS, PlanWanted, problems
from dispatch.planning import Planning
from oncall.planner.model import MOST_WEEKS, Progress

WHO = "vigil plan"
"""By this name the journal knows what the command line has changed."""

COLUMNS = ("hours", "nights", "weekends", "holidays")


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
    with units_of_work() as units, _refusals():
        with units() as work:
            require_team(work, team)
            number = plans.ask(work, team, wanted, WHO)
        Planning(units).work_out(number, _tell)
        with units.reading() as work:
            answer = plan_answer(work, plan_of(work, team, number))
        if apply and answer["state"] == plans.READY:
            with units() as work:
                plans.apply(work, team, number, By(WHO))
            answer["state"] = plans.APPLIED
    if as_json:
        typer.echo(json.dumps(answer))
    elif "result" in answer:
        _show(answer)
    if "impossible" in answer:
        fail("\n".join(["No rota keeps every rule:", *answer["impossible"]["reasons"]]))
    if "failure" in answer:
        fail(answer["failure"])


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


@contextmanager
def _refusals() -> Iterator[None]:
    """What can't be done is one sentence, not a stack trace."""
    try:
        yield
    except (WrongEdit, PlanRefused, NotThere, GapsOpened) as refused:
        fail(str(refused))


def _tell(progress: Progress) -> None:
    found = "no rota yet" if progress.best is None else f"{progress.solutions} found so far"
    gap = "" if progress.best is None else f", {_far(progress.distance)}"
    typer.echo(f"{progress.seconds:5.1f} s  {found}{gap}", err=True)


def _far(distance: float) -> str:
    """How far from the best a rota may be; as far as can be is not known."""
    if f"{distance:.1%}" == "100.0%":
        return "how far from the best isn't known yet"
    return f"at most {distance:.1%} from the best there is"


def _show(answer: dict[str, Any]) -> None:
    result = answer["result"]
    first, end = (answer[name][:16].replace("T", " ") for name in ("from", "to"))
    typer.echo(f"Plan {answer['id']}: from {first} to {end}, {answer['state']}.")
    typer.echo(
        f"{_far(result['distance']).capitalize()}. "
        "Each figure: by the rota as it is, and by the plan."
    )
    typer.echo(f"  {'':<24}" + "".join(f"{column:>18}" for column in COLUMNS))
    for line in result["fairness"]:
        before, after = line["before"], line["after"]
        figures = "".join(f"{before[c]:>10g} {after[c]:>7g}" for c in COLUMNS)
        typer.echo(f"  {line['staff']['name']:<24}{figures}")
    before, after = result["spread"]["before"], result["spread"]["after"]
    figures = "".join(f"{before[c]:>10g} {after[c]:>7g}" for c in COLUMNS)
    typer.echo(f"  {'between equals, at most':<24}{figures}")
