"""What `vigil plan` does: asks for a plan, waits for it, shows it, perhaps makes it the rota."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from dispatch.cli_work import fail, require_team, units_of_work
from dispatch.commands import plans
from dispatch.commands.guarantee import GapsOpened
from dispatch.commands.plan_reads import plan_answer
from dispatch.commands.plans import PlanRefused, plan_of
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.plan_shapes import PlanWanted
from dispatch.planning import Planning
from oncall.planner.model import Progress

WHO = "vigil plan"
"""By this name the journal knows what the command line has changed."""

COLUMNS = ("hours", "nights", "weekends", "holidays")


def propose(team: str, wanted: PlanWanted, *, apply: bool, as_json: bool) -> None:
    """Work a plan out and show it; stops with the reason where there is none."""
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
