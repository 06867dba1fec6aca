"""The command `vigil`. Exit status 0, or not 0 with the reason on standard error."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from dispatch import (
    cli_doctor,
    cli_fallback,
    cli_fidelity,
    cli_inbox,
    cli_plan,
    cli_roster,
    cli_rota,
)
from dispatch.access import Role
from dispatch.agency_file import MAX_BYTES, Agency, AgencyFaults, read_agency_bytes
from dispatch.cli_work import AsJson, fail, one_work
from dispatch.commands import agencies, logins
from dispatch.commands.agencies import LoadRefused
from dispatch.commands.guarantee import GapsOpened
from dispatch.database import migrate as migrate_database
from dispatch.database import open_database
from dispatch.hospital_tables import HospitalRow
from dispatch.logs import set_up_logs
from dispatch.oncall_answer import local
from dispatch.settings import SettingsError, load_settings
from dispatch.tables import CrisisLineRow
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import reason
from oncall.words import span

app = typer.Typer(
    help="Vigil: 24/7 psychiatric crisis on-call dispatch for ACT teams.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
token_app = typer.Typer(help="API tokens for programs.", no_args_is_help=True)
partner_app = typer.Typer(help="Crisis lines that hand callers over.", no_args_is_help=True)
user_app = typer.Typer(help="People who may log in.", no_args_is_help=True)
app.add_typer(token_app, name="token")
app.add_typer(partner_app, name="partner")
app.add_typer(user_app, name="user")
app.add_typer(cli_inbox.app, name="inbox")
app.add_typer(cli_roster.app, name="roster")

AgencyFile = Annotated[Path, typer.Argument(help="An agency's YAML file, or - for standard input.")]


@app.command()
def migrate() -> None:
    """Bring the database to the newest form."""
    database = open_database(load_settings())
    migrate_database(database.dsn)
    database.close()
    typer.echo("The database is up to date.")


@app.command()
def check(file: AgencyFile, as_json: AsJson = False) -> None:
    """Say what is wrong with an agency's file, without touching anything."""
    agency = _read_agency(file, as_json=as_json)
    _say_counts("The file is right", agency, as_json=as_json)


@app.command()
def load(
    file: AgencyFile,
    accept_gaps: Annotated[
        str | None,
        typer.Option(help="Why the gaps that the file opens are accepted; it is kept and shown."),
    ] = None,
    undo_changes: Annotated[
        bool,
        typer.Option(
            help="Undo what people changed since the last load: rotations, members, phones, staff."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write an agency's file into the database: all of it, or nothing when anything is wrong.

    A file that leaves a tier without anybody is refused, with every gap.
    """
    agency = _read_agency(file, as_json=as_json)
    accept = (accept_gaps or "").strip() or None
    try:
        with one_work() as work:
            loaded = agencies.load(work, agency, accept=accept, undo_changes=undo_changes)
    except LoadRefused as refused:
        fail(f"Nothing was changed: {refused}")
    except GapsOpened as refused:
        _fail_for_gaps(refused, work.now, as_json=as_json)
    _say_counts("Loaded", agency, as_json=as_json)
    if loaded.accepted:
        count = _counted(loaded.accepted, "gap")
        typer.echo(f"Accepted {count}: see `vigil coverage TEAM`.", err=True)
    for gone in loaded.gone:
        typer.echo(f"Nobody is on call any more for: {gone}.", err=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
) -> None:
    """Run the service: webhooks, pages, board, deadlines."""
    # What the service needs is loaded for it alone: the others answer in half the time.
    import uvicorn

    from dispatch.app import create_app
    from dispatch.bounded_http import BoundedHttp

    set_up_logs(_log_level())
    settings = load_settings()
    service = create_app(settings)
    open_database(settings).engine.dispose()  # what is wrong with it is one line, not a stack trace
    uvicorn.run(
        service,
        host=host,
        port=port,
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
    )


app.command()(cli_rota.oncall)
app.command()(cli_rota.coverage)
app.command()(cli_plan.plan)
app.command()(cli_fallback.fallback)
app.command()(cli_fidelity.fidelity)
app.command()(cli_doctor.doctor)


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The service's port; 0 takes a free one.")] = 8000,
    bank_port: Annotated[int, typer.Option(help="The phone bank's port.")] = 8001,
    stay: Annotated[bool, typer.Option(help="Stay up after the call.")] = True,
    speed: Annotated[float, typer.Option(min=1, max=60, help="Times as fast as life.")] = 1.0,
) -> None:
    """Play one crisis call on this machine, with virtual phones, and stay up to try it by hand."""
    from dispatch import demo as demo_play

    set_up_logs("WARNING")
    if not demo_play.play(port=port, bank_port=bank_port, stay=stay, speed=speed):
        fail("The call did not reach anybody.")


@app.command()
def drill(
    file: Annotated[
        Path | None, typer.Argument(help="An agency's file; the sample agency without one.")
    ] = None,
    speed: Annotated[float, typer.Option(min=1, max=60, help="Times as fast as life.")] = 20.0,
    as_json: AsJson = False,
) -> None:
    """Play scripted nights for every team; fails unless every caller reached somebody."""
    from dispatch import drill as drill_play

    set_up_logs("ERROR")
    agency = drill_play.sample_agency() if file is None else _read_agency(file, as_json=as_json)
    results = drill_play.play(agency, speed=speed, tell=None if as_json else typer.echo)
    if as_json:
        typer.echo(json.dumps([result.as_json() for result in results]))
    if not all(result.passed for result in results):
        fail("Not every caller was answered as they should be.")


@token_app.command("create")
def token_create(
    name: Annotated[str, typer.Option(help="What the token is for.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    team: Annotated[str | None, typer.Option(help="Only this team; without it, all.")] = None,
    hospital: Annotated[str | None, typer.Option(help="Whose notices it brings.")] = None,
) -> None:
    """Make a token and print it alone; it is shown only now."""
    with one_work() as work:
        try:
            secret = logins.create_token(work, name=name, role=role, team=team, hospital=hospital)
        except ValueError as problem:
            fail(str(problem))
    typer.echo(secret)


@partner_app.command("secret")
def partner_secret(
    partner: Annotated[str, typer.Argument(help="The id of a crisis line or a hospital.")],
    renew: Annotated[bool, typer.Option(help="Make a new one; the last goes on working.")] = False,
) -> None:
    """Print the secret with which a partner signs what it sends, alone."""
    settings = load_settings()
    with one_work() as work:
        row: CrisisLineRow | HospitalRow | None = work.session.get(CrisisLineRow, partner)
        row = row or work.session.get(HospitalRow, partner)
        if row is None or not row.active:
            fail(f"No partner is called “{partner}”: add it to the agency's file and load it.")
        if renew:
            logins.renew_partner_secret(work, row)
        key = logins.installation_key(work, settings.secret_key)
        secret = logins.partner_secrets(key, row)[0]
    typer.echo(secret)


@user_app.command("add")
def user_add(
    email: Annotated[str, typer.Argument(help="Their e-mail address, the name they log in with.")],
    role: Annotated[Role | None, typer.Option(help="By default, their role as staff.")] = None,
    staff: Annotated[str | None, typer.Option(help="Who they are on the staff.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team they may see; repeatable.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add somebody who may log in, or give them a new password."""
    password = _password(from_stdin=password_stdin)  # before the transaction: it may not idle
    with one_work() as work:
        member = _staff_member(work, email, staff)
        if role is None and member is None:
            fail("Say --role, or --staff for somebody on the staff.")
        try:
            logins.add_user(
                work,
                email=email,
                name=name or (member[1] if member else email),
                role=role or Role(member[2] if member else Role.VIEWER),
                password=password,
                staff=member[0] if member else staff,
                teams=tuple(team or ()),
            )
        except ValueError as problem:
            fail(str(problem))
    typer.echo(f"{email} may log in.")


def _log_level() -> str:
    level = os.environ.get("VIGIL_LOG_LEVEL", "").upper() or "INFO"
    if level not in ("INFO", "WARNING", "ERROR"):
        raise SettingsError(f"VIGIL_LOG_LEVEL must be INFO, WARNING or ERROR, not {level}")
    return level


def _staff_member(work: UnitOfWork, email: str, staff: str | None) -> tuple[str, str, str] | None:
    """Who on the staff this is: the one who is named, or the one with this e-mail address."""
    for member in work.directory.staff.values():
        same_mail = member.email is not None and member.email.casefold() == email.casefold()
        if member.active and (member.id == staff or (staff is None and same_mail)):
            return member.id, member.name, member.role
    return None


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _read_agency(file: Path, *, as_json: bool) -> Agency:
    """Read an agency's file, or say everything that is wrong with it and stop."""
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    try:
        return read_agency_bytes(content, str(file))
    except AgencyFaults as found:
        if as_json:
            places = [
                {"line": one.line, "column": one.column, "where": one.where, "problem": one.problem}
                for one in found.faults
            ]
            typer.echo(json.dumps({"faults": places}))
        fail("\n".join([*map(str, found.faults), f"{len(found.faults)} to mend; nothing changed."]))


def _fail_for_gaps(refused: GapsOpened, now: datetime, *, as_json: bool) -> NoReturn:
    """Say every gap, and who could take it."""
    verdict = refused.verdict
    directory = verdict.directory
    lines, gaps = [], []
    for one in verdict.opened:
        team, gap = directory.teams[one.team], one.gap
        able = [directory.name_of(candidate.staff) for candidate in one.candidates[:5]]
        who = f"; could take it: {', '.join(able)}" if able else ""
        when = span(gap.start, gap.end, team.timezone, now)
        why = reason(gap, directory.names)
        lines.append(f"  {team.name}, {gap.tier}: nobody from {when} ({why}){who}")
        gaps.append(
            {
                "team": team.id,
                "tier": gap.tier,
                "start": local(gap.start, team.timezone),
                "end": local(gap.end, team.timezone),
                "reason": why,
            }
        )
    if as_json:
        typer.echo(json.dumps({"gaps": gaps}))
    count = _counted(len(lines), "gap")
    fail(
        "\n".join(
            [
                f"Nothing was changed: the file opens {count} in the coverage.",
                *lines,
                'Name somebody for each, or accept them: --accept-gaps "the reason".',
            ]
        )
    )


def _say_counts(what: str, agency: Agency, *, as_json: bool) -> None:
    counts = {
        "teams": len(agency.teams),
        "staff": len(agency.staff),
        "clients": len(agency.clients),
        "crisis_lines": len(agency.crisis_lines),
        "hospitals": len(agency.hospitals),
    }
    if as_json:
        typer.echo(json.dumps(counts))
        return
    words = (
        _counted(counts["teams"], "team"),
        f"{counts['staff']} staff",
        _counted(counts["clients"], "client"),
        _counted(counts["crisis_lines"], "crisis line"),
        _counted(counts["hospitals"], "hospital"),
    )
    typer.echo(f"{what}: {', '.join(words)}.")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def main() -> None:
    """Run `vigil`; what can go wrong outside of it is one sentence, not a stack trace."""
    try:
        app()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None
    except SQLAlchemyError as error:
        typer.echo(f"The database refused: {type(error).__name__}", err=True)
        raise SystemExit(3) from None
    except OSError as error:
        typer.echo(f"{error.strerror or error}", err=True)
        raise SystemExit(4) from None
