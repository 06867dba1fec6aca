"""The commands about rotas: `vigil oncall`, `vigil coverage`."""

import json
from datetime import datetime, timedelta
from typing import Annotated

import typer

from dispatch.cli_work import AsJson, TeamName, fail, instant, one_work, require_team
from dispatch.commands.coverage import coverage_answer
from dispatch.oncall_answer import oncall_answer
from oncall.words import length, span


def oncall(
    team: TeamName,
    at: Annotated[
        str | None, typer.Option(help="An instant with its offset, 2026-12-24T18:00-08:00.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who is on call for a team, now or at an instant."""
    with one_work() as work:
        require_team(work, team)
        zone = work.directory.teams[team].timezone
        when = work.now if at is None else instant("--at", at)
        answer = oncall_answer(work.directory, team, when)
    if as_json:
        typer.echo(json.dumps(answer))
        return
    typer.echo(f"{team} at {when.astimezone(zone):%a %Y-%m-%d %H:%M %Z}")
    for rung in answer["rungs"]:
        who = rung["staff"]["name"] if rung["staff"] else "nobody"
        until = rung["until"]
        end = "" if until is None else f" until {datetime.fromisoformat(until):%a %Y-%m-%d %H:%M}"
        typer.echo(f"  {rung['tier']:<12} {who}{end}")
    typer.echo(f"  {'last resort':<12} {', '.join(answer['last_resort'])}")


def coverage(
    team: TeamName,
    days: Annotated[
        int | None, typer.Option(min=1, max=400, help="How far ahead; 90 days by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a team is covered; fails where a gap is that nobody has accepted."""
    with one_work() as work:
        require_team(work, team)
        ahead = work.horizon if days is None else timedelta(days=days)
        start, end = work.now, work.now + ahead
        name, zone = work.directory.teams[team].name, work.directory.teams[team].timezone
        answer = coverage_answer(work, team, start, end)
    unaccepted = [gap for gap in answer["gaps"] if gap["accepted"] is None]
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        when = span(start, end, zone, start)
        if answer["covered"]:
            typer.echo(f"{name}: covered at every instant from {when}.")
        for gap in answer["gaps"]:
            first, last = _instants(gap["start"], gap["end"])
            told = f"{span(first, last, zone, start)} ({length(last - first)}): {gap['reason']}"
            accepted = gap["accepted"]
            known = f" (accepted by {accepted['by']}: {accepted['reason']})" if accepted else ""
            typer.echo(f"  GAP  {gap['tier']:<12} {told}{known}")
        for thin in answer["thin"]:
            first, last = _instants(thin["start"], thin["end"])
            typer.echo(
                f"  thin {thin['tier']:<12} {span(first, last, zone, start)}: {thin['reason']}"
            )
    if unaccepted:
        count = len(unaccepted)
        fail(f"{name} is not covered: {count} {'gap' if count == 1 else 'gaps'} ahead.")


def _instants(*texts: str) -> tuple[datetime, ...]:
    return tuple(map(datetime.fromisoformat, texts))
