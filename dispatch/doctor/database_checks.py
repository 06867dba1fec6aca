"""Checks of the database: whether it is there, has our form, is near, and tells the same time."""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

import httpx
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from dispatch.clock import steady_seconds
from dispatch.database import MIN_SERVER_VERSION, alembic_config
from dispatch.doctor.context import CannotTell, Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong

ASKED = 5
"""How often the round trip is measured; the middle one counts."""

FAR_SECONDS = 0.02
"""A caller's step asks the database some ten times: at 20 ms it is a fifth of a second."""

TOO_FAR_SECONDS = 0.2
"""At 200 ms a step takes two seconds, and in a storm of calls it ends without a decision."""

SAME_TIME = timedelta(seconds=2)
"""How far two clocks may be apart: handoffs are at the second, signatures know no time."""


def form_of(engine: Engine, dsn: str) -> str | None:
    """What keeps the database from being used as it is, with its cure; None when it can be."""
    scripts = ScriptDirectory.from_config(alembic_config(dsn))
    head = scripts.get_current_head()
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return None
    known = {one.revision for one in scripts.walk_revisions()}
    if current is None:
        return "The database is empty"
    if current in known:
        return f"The database has an older form ({current}, not {head})"
    return f"The database has a form ({current}) that this program does not know"


def form(context: Context) -> list[Finding]:
    """It can be reached, is new enough, and has every migration."""
    problem = context.database_problem
    if problem is None:
        with context.reading() as work:
            version = work.session.execute(text("show server_version")).scalar_one()
        return [right("database", f"PostgreSQL {version} has every migration.")]
    if "does not know" in problem:
        return [wrong("database", f"{problem}.", "Upgrade this program to what the nodes run.")]
    if problem.startswith("The database"):
        return [wrong("database", f"{problem}.", "Run `vigil migrate`, or start `vigil serve`.")]
    if "too old" in problem:
        cure = f"Upgrade the server to PostgreSQL {MIN_SERVER_VERSION} or newer."
        return [wrong("database", f"{problem}.", cure)]
    if problem.startswith("VIGIL_DATA_DIR"):
        return [wrong("database", problem, "Make room there, or let this user write there.")]
    cure = "Start PostgreSQL, or mend VIGIL_DATABASE_URL: host, port, name, user, password."
    return [wrong("database", problem, cure)]


def distance(context: Context) -> list[Finding]:
    """The round trip is short: a caller waits for several of them."""
    with context.reading() as work:
        times = []
        for _ in range(ASKED):
            began = steady_seconds()
            work.session.execute(text("select 1"))
            times.append(steady_seconds() - began)
    took = median(times)
    told = f"One question to the database takes {took * 1000:.1f} ms."
    cure = "Run the service beside its database: same data centre, no connection pooler far away."
    if took >= TOO_FAR_SECONDS:
        return [wrong("database", told, cure)]
    if took >= FAR_SECONDS:
        return [doubtful("database", told, cure)]
    return [right("database", told)]


def clock(context: Context) -> list[Finding]:
    """The database's clock and ours agree."""
    with context.reading() as work:
        before = context.clock.now()
        theirs = work.session.execute(text("select clock_timestamp()")).scalar_one()
        after = context.clock.now()
    return compared("the database", theirs, before, after, timedelta())


def api_clock(context: Context) -> list[Finding]:
    """Twilio's clock and ours agree; its answers say a time without fractions of a second."""
    url = context.settings.twilio_api_url or "https://api.twilio.com"
    before = context.clock.now()
    try:
        answer = context.http.get(url)
    except httpx.HTTPError as error:
        raise CannotTell(f"Twilio's API can't be reached ({type(error).__name__})") from None
    after = context.clock.now()
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        raise CannotTell("Twilio's answer bears no time") from None
    half = timedelta(seconds=0.5)
    return compared("Twilio", theirs + half, before, after, half)


def compared(
    whose: str, theirs: datetime, before: datetime, after: datetime, roughly: timedelta
) -> list[Finding]:
    """Compare a clock that was read between two looks at ours; it is right by `roughly`."""
    ours = before + (after - before) / 2
    apart = abs(theirs - ours)
    unsure = (after - before) / 2 + roughly
    told = f"This machine's clock and {whose}'s are {apart.total_seconds():.1f} s apart"
    if apart - unsure > SAME_TIME:
        cure = (
            "Let both machines follow NTP (timedatectl set-ntp true)."
            if whose == "the database"
            else "Let this machine follow NTP (timedatectl set-ntp true)."
        )
        return [wrong("clock", f"{told}: handoffs and deadlines come at wrong times.", cure)]
    return [right("clock", f"{told}.")]


def opened(engine: Engine, dsn: str) -> str | None:
    """What keeps an open database from being used, if anything."""
    try:
        return form_of(engine, dsn)
    except SQLAlchemyError as error:
        return f"PostgreSQL does not answer ({type(error).__name__})."
