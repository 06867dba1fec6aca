"""The command `vigil plan`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any

import typer

from dispatch.cli_work import AsJson, TeamName, fail, require_team, units_of_work
from dispatch.commands import plans
from dispatch.commands.guarantee import GapsOpened
from dispatch.commands.plan_reads import plan_answer
from dispatch.commands.plans import PlanRefused, plan_of
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.plan_shapes import PlanWanted
from dispatch.planning import Planning
from oncall.planner.model import MOST_WEEKS, Progress

WHO = "vigil plan"
"""By this name the journal knows what the command line has changed."""

COLUMNS = ("hours", "nights", "weekends", "holidays")


def plan(
    team: TeamName,
    weeks: Annotated[
        int, typer.Option(min=1, max=MOST_WEEKS, help="For how many weeks.")
    ] = MOST_WEEKS,
    first_day: Annotated[
        str | None,
        typer.Option("--from", help="The first day, such as 2026-10-05; a Monday by default."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Make it the rota at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Propose a rota that keeps every rule and shares the load; fails where none can."""
    wanted = PlanWanted(first_day=_day(first_day), weeks=weeks)
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
    gap = "" if progress.best is None else f", {progress.distance:.1%} from the best at most"
    typer.echo(f"{progress.seconds:5.1f} s  {found}{gap}", err=True)


def _show(answer: dict[str, Any]) -> None:
    result = answer["result"]
    first, end = (answer[name][:16].replace("T", " ") for name in ("from", "to"))
    typer.echo(f"Plan {answer['id']}: from {first} to {end}, {answer['state']}.")
    typer.echo(
        f"At most {result['distance']:.1%} from the best there is. "
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
