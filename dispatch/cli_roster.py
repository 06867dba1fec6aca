"""The commands about rosters for networks: `vigil roster export`, `vigil roster list`."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dispatch.cli_work import AsJson, fail, one_work
from dispatch.commands import rosters
from dispatch.commands.rosters import UnknownNetwork

app = typer.Typer(help="Rosters of our clients for networks.", no_args_is_help=True)

BY = "vigil roster"
"""Who is named where nobody has logged in."""


@app.command()
def export(
    network: Annotated[str, typer.Argument(help="The id of a network in the agency's file.")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; without it, standard output.")
    ] = None,
) -> None:
    """Write the roster of everybody who is enrolled now, and note when it runs out."""
    with one_work() as work:
        try:
            made = rosters.export(work, network, by=BY, login=BY)
        except UnknownNetwork as unknown:
            fail(f"{unknown} `vigil roster list` says which there are.")
        _write(out, made.text)  # before it is noted: what could not be written was not given out
        until = made.row.expires_at
        count = made.row.clients
    typer.echo(f"{count} clients; good until {until:%Y-%m-%d %H:%M} UTC.", err=True)


def _write(out: Path | None, text: str) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    out.touch(mode=0o600)  # clients stand in it
    out.write_bytes(text.encode())


@app.command("list")
def list_rosters(as_json: AsJson = False) -> None:
    """Say which networks there are, and until when their rosters are good."""
    with one_work() as work:
        found = rosters.rosters(work)
    if as_json:
        typer.echo(json.dumps({"networks": found}))
        return
    for one in found:
        last = one["last"]
        if last is None:
            how = "never exported"
        else:
            word = "EXPIRED" if one["expired"] else "good until"
            until = f"{datetime.fromisoformat(last['expires_at']):%Y-%m-%d}"
            how = f"{last['clients']} clients, {word} {until}"
        typer.echo(f"  {one['id']:<20} {one['name']}: {how}")
