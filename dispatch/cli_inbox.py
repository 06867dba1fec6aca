"""The commands `vigil inbox …`: what hospitals sent, and reading it again."""

import json
from typing import Annotated, Any

import typer

from dispatch.cli_work import AsJson, fail, one_work
from dispatch.commands.logins import audit
from dispatch.hospital_tables import InboxRow
from dispatch.store import inbox
from dispatch.store.inbox import LetterState

app = typer.Typer(help="What hospitals sent, and reading it again.", no_args_is_help=True)

COMMAND_LINE = "vigil inbox"
"""Who did it, for the audit: whoever has the machine."""

MOST = 500


@app.command("list")
def list_(
    state: Annotated[LetterState, typer.Option(help="Which.")] = LetterState.QUARANTINED,
    hospital: Annotated[str | None, typer.Option(help="Only of this hospital.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what came, the newest first, without its content: number, way, hospital, reason."""
    with one_work() as work:
        rows = [row for row, _ in inbox.listed(work.session, state, hospital, None, MOST)]
        told = [_told(row) for row in rows]
    if as_json:
        typer.echo(json.dumps(told))
    elif not told:
        typer.echo(f"Nothing is {state.value.replace('_', ' ')}.")
    else:
        for one in told:
            sender = one["hospital"] or "unknown sender"
            typer.echo(f"{one['id']}  {one['received_at']}  {one['channel']}  {sender}")
            if one["reason"]:
                typer.echo(f"    {one['reason']}")


def _told(row: InboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "received_at": row.received_at.isoformat(),
        "channel": row.channel,
        "hospital": row.hospital_id,
        "state": row.state,
        "reason": row.reason,
        "repeats": row.repeats,
    }


@app.command()
def replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Their numbers, as the list shows them.")
    ] = None,
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="All that are in quarantine.")
    ] = False,
    hospital: Annotated[
        str | None, typer.Option(help="With --quarantined: only of this hospital.")
    ] = None,
) -> None:
    """Let letters be read again, as after a correction of the hospital's settings.

    A running node reads them within seconds.
    """
    if bool(numbers) == quarantined:
        fail("Say which: their numbers, or --quarantined.")
    with one_work() as work:
        chosen = numbers or [
            row.id or 0
            for row, _ in inbox.listed(
                work.session, LetterState.QUARANTINED, hospital, None, limit=2**31
            )
        ]
        unknown = [one for one in chosen if not inbox.replay(work.session, one)]
        if unknown:
            work.session.rollback()
            fail(f"Nothing that was read has the number {unknown[0]}: nothing was changed.")
        for one in chosen:
            audit(work.session, work.now, COMMAND_LINE, "letter_replayed", str(one))
    typer.echo(f"{len(chosen)} will be read again.")
