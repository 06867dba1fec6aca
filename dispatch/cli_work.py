"""What the commands of `vigil` share: the way into the database, and the way out with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, NoReturn

import typer

from dispatch.database import migrate, open_database
from dispatch.settings import Settings, load_settings
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
TeamName = Annotated[str, typer.Argument(help="A team, such as north.")]


@contextmanager
def units_of_work() -> Iterator[UnitsOfWork]:
    """Units of work on the configured database, brought up to date first."""
    settings: Settings = load_settings()
    database = open_database(settings)
    try:
        migrate(database.dsn)
        yield UnitsOfWork(
            database.engine, settings.clock, lambda _: None, horizon=settings.coverage_horizon
        )
    finally:
        database.close()


@contextmanager
def one_work() -> Iterator[UnitOfWork]:
    """One unit of work on the configured database."""
    with units_of_work() as units, units() as work:
        yield work


def require_team(work: UnitOfWork, team: str) -> None:
    """Stop with the names of the teams there are when this is none of them."""
    if team not in work.directory.teams:
        known = ", ".join(work.directory.teams) or "none yet: load an agency first"
        fail(f"No team is called “{team}” (there are: {known}).")


def instant(option: str, text: str) -> datetime:
    """An instant from an option; stops with what is wrong with it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option} “{text}” is no instant: write it like 2026-12-24T18:00-08:00.")
    if at.tzinfo is None:
        fail(
            f"{option} “{text}” has no offset: write it like 2026-12-24T18:00-08:00, or …Z for UTC."
        )
    if not 1970 <= at.year <= 2200:
        fail(f"{option} “{text}” must lie between 1970 and 2200.")
    return at


def fail(reason: str, status: int = 1) -> NoReturn:
    """Say on standard error why it can't be done, and end."""
    typer.echo(reason, err=True)
    raise typer.Exit(status)
