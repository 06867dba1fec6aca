"""The command `vigil fallback`: what callers would get if this node and all others were away."""

import json
from datetime import datetime
from typing import Any

import typer

from dispatch.cli_work import AsJson, fail, units_of_work
from dispatch.commands import fallbacks, logins
from dispatch.fallback import Bell
from dispatch.fallback_twiml import LADDER, spoken_teams
from dispatch.fallback_visit import folder_of
from dispatch.settings import Settings, load_settings
from dispatch.unit_of_work import UnitOfWork
from notifications.web_space import WebSpace


def fallback(as_json: AsJson = False) -> None:
    """Say what callers get while Vigil is away; fails where that is not as it should be."""
    settings = load_settings()
    with units_of_work() as units, units() as work:
        key = logins.installation_key(work, settings.secret_key)
        space = _space(settings)
        lines = [
            _line(work, line, space.url(f"{folder_of(line, key)}/{LADDER}") if space else None)
            for line in sorted(work.directory.teams_by_line)
        ]
        problems = fallbacks.problems(work, settings)
    limits = fallbacks.limits(settings)
    if as_json:
        told = {"lines": lines, "problems": list(map(str, problems))}
        typer.echo(json.dumps(told | {"limits": list(map(str, limits))}))
    else:
        for line in lines:
            _say(line)
        for limit in limits:
            typer.echo(f"Note: {limit}")
    if problems:
        fail("\n".join(map(str, problems)))


def _space(settings: Settings) -> WebSpace | None:
    if settings.fallback_put_url is None:
        return None
    return WebSpace(settings.fallback_put_url, public_url=settings.fallback_public_url)


def _line(work: UnitOfWork, line: str, address: str | None) -> dict[str, Any]:
    directory = work.directory
    wanted = fallbacks.fallback_of(directory, line, work.now)
    row = next((one for one in fallbacks.rows(work) if one.line == line), None)

    def names(bells: tuple[Bell, ...]) -> list[str]:
        return [directory.name_of(directory.staff_by_phone[bell.phone]) for bell in bells]

    return {
        "line": line,
        "teams": spoken_teams(wanted),
        "turns": [
            {"until": turn.until.isoformat(), "rings": names(turn.bells)} for turn in wanted.turns
        ],
        "last_resort": wanted.last_resort,
        "address": address,
        "flow": row.flow_sid if row else None,
        "published_at": _text(row.published_at if row else None),
        "checked_at": _text(row.checked_at if row else None),
        "covers_until": _text(row.covers_until if row else None),
        "problem": row.problem if row else None,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _say(line: dict[str, Any]) -> None:
    outside = ", ".join(line["last_resort"])
    typer.echo(f"{line['line']} ({line['teams']})")
    for turn in line["turns"]:
        until = f"{datetime.fromisoformat(turn['until']):%a %Y-%m-%d %H:%M} UTC"
        typer.echo(f"  until {until}  {', '.join([*turn['rings'], outside])}")
    typer.echo(f"  published     {line['published_at'] or 'never'}")
    typer.echo(f"  last checked  {line['checked_at'] or 'never'}")
    if line["address"]:
        typer.echo(f"  document      {line['address']}")
    if line["flow"]:
        typer.echo(f"  Studio flow   {line['flow']}")
