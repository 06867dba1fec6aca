"""The command `vigil fidelity`: O5 and O6 of a team, with every episode behind them."""

import json
from datetime import date
from typing import Annotated, Any

import typer

from dispatch.cli_work import AsJson, TeamName, fail, one_work, require_team
from oncall.wallclock import to_wall


def fidelity(
    team: TeamName,
    first: Annotated[
        str | None, typer.Option("--from", help="The first day, 2026-01-01; a year by default.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", help="The last day, included; today by default.")
    ] = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table for spreadsheets.")] = False,
) -> None:
    """Count the hospital admissions and discharges that a team had a part in (DACTS O5 and O6)."""
    from dispatch.commands.fidelity_answers import answer, table
    from dispatch.commands.fidelity_counts import a_year_until
    from dispatch.commands.fidelity_counts import fidelity as counted
    from dispatch.hospitals.counting.fidelity import BadCuts

    if as_json and as_csv:
        fail("Say --json or --csv, not both.")
    since = None if first is None else _day("--from", first)
    until = None if last is None else _day("--to", last)
    with one_work() as work:
        require_team(work, team)
        name, zone = work.directory.teams[team].name, work.directory.teams[team].timezone
        until = until or to_wall(work.now, zone).date()
        since = since or a_year_until(until)
        if since > until:
            fail("--from must not be after --to.")
        try:
            report = counted(work, team, since, until)
        except BadCuts as problem:
            fail(str(problem))
    if as_csv:
        typer.echo(table(report), nl=False)
    elif as_json:
        typer.echo(json.dumps(answer(report, names=False)))
    else:
        _say(name, answer(report, names=False))


def _day(option: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        fail(f"{option} “{text}” is no day: write it like 2026-12-24.")
    if not 1970 <= day.year < 2200:
        fail(f"{option} “{text}” must lie between 1970 and 2199.")
    return day


def _say(name: str, told: dict[str, Any]) -> None:
    scale = told["scale"]
    typer.echo(f"{name}, {told['from']} to {told['to']} ({scale['name']}: {scale['source']})")
    for measure in told["measures"]:
        last = measure["last_ten"]
        typer.echo(f"{measure['measure']} {measure['title']}")
        typer.echo(f"  {measure['words']}")
        typer.echo(f"  the last {last['denominator']}: {last['numerator']}")
        for row in measure["rows"]:
            mark = "+" if row["in_numerator"] else "-" if row["counts"] else " "
            when = (row["at"] or "no date")[:16].replace("T", " ")
            typer.echo(f"  {mark} {row['episode']} {when:<16} {row['initials']:<3} {row['reason']}")
    for one in told["delays"]:
        middle = one["median_minutes"]
        delay = "unknown delay" if middle is None else f"{middle} min in the middle"
        typer.echo(f"{one['hospital']['name']}: {one['notices']} notices, {delay}")
    stay, again = told["stay"], told["readmissions"]
    if stay["episodes"]:
        typer.echo(f"Stay: {stay['mean_days']} days on average, {stay['median_days']} the middle")
    returned = f"{again['within_30_days']} of {again['discharges']}"
    typer.echo(f"Readmitted within {again['days']} days: {returned}")
