"""Whose turn it is to see to the fallback of a line, and what came of it. See `dispatch.publisher`.

A row per line says when it is looked at next. A node takes one with a lease, publishes and checks
outside of any transaction, and writes down what came of it; when it dies meanwhile, the lease
expires and another node does it all again, which does no harm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select

from dispatch.fallback import Crew, Fallback, fallback
from dispatch.settings import Settings
from dispatch.tables import FallbackRow
from dispatch.unit_of_work import UnitOfWork
from oncall.store import Directory

LEASE = timedelta(minutes=2)
"""How long a node may take: longer than Twilio and the web space together let it wait."""

CHECK_EVERY = timedelta(minutes=5)
"""How often what is published is read back though nothing has changed."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
"""After a failure the pause until the next try doubles from the one to the other."""

GUIDE = "See docs/operations/fallback.md."

NOT_CHECKED_FOR = 3 * CHECK_EVERY
"""After so long without a look at a line nobody seems to publish."""

NEVER = -1
"""The version of the rotas that a line has been looked at with before the first time."""


@dataclass(frozen=True, slots=True)
class Job:
    """A line whose turn has come: what must be published now, and what was published last.

    `is_due` says that it is time to look at what is out there; else only some rota has changed,
    perhaps not one of this line.
    """

    fallback: Fallback
    version: int
    published: str
    flow_sid: str | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job. `published` is the digest of what is out there now, if it is known.

    `problem` is None when everything is as it should be.
    """

    published: str
    flow_sid: str | None
    problem: str | None = None


def keep_lines(work: UnitOfWork) -> None:
    """Have a row for every line of ours, and none for others."""
    lines = sorted(work.directory.teams_by_line)
    if lines:
        rows = [{"line": one, "due_at": work.now, "version": NEVER} for one in lines]
        query = insert(FallbackRow).values([row | {"published": "", "failures": 0} for row in rows])
        work.session.execute(query.on_conflict_do_nothing())
    work.session.execute(delete(FallbackRow).where(col(FallbackRow.line).not_in(lines)))


def take_one(work: UnitOfWork, lease: timedelta = LEASE) -> Job | None:
    """Take the next line whose turn has come, if any; others leave it alone while the lease lasts.

    Its turn comes at a handoff, when a rota has changed, and every CHECK_EVERY.
    """
    now, directory = work.now, work.directory
    query = (
        select(FallbackRow)
        .where(
            or_(col(FallbackRow.leased_until).is_(None), col(FallbackRow.leased_until) <= now),
            or_(col(FallbackRow.due_at) <= now, col(FallbackRow.version) < directory.version),
            col(FallbackRow.line).in_(sorted(directory.teams_by_line)),
        )
        .order_by(col(FallbackRow.due_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = work.session.exec(query).first()
    if row is None:
        return None
    row.leased_until = now + lease
    work.session.add(row)
    return Job(
        fallback=fallback_of(directory, row.line, now),
        version=directory.version,
        published=row.published,
        flow_sid=row.flow_sid,
        is_due=row.due_at <= now,
    )


def fallback_of(directory: Directory, line: str, now: datetime) -> Fallback:
    """What must be published for a line of ours at `now`."""
    crews = [
        Crew(
            name=team.name,
            rota=team.rota,
            phones={
                one: directory.staff[one].phone
                for one in team.rota.people
                if one in directory.staff
            },
        )
        for team in (directory.teams[one] for one in directory.teams_by_line[line])
    ]
    return fallback(line, crews, now, directory.last_resort)


def settle(work: UnitOfWork, job: Job, outcome: Outcome) -> None:
    """Write down what came of a job, and when the line is looked at next."""
    row = work.session.get(FallbackRow, job.fallback.line, with_for_update=True)
    if row is None:  # the line was given up meanwhile
        return
    now = work.now
    row.leased_until = None
    row.version = job.version
    row.flow_sid = outcome.flow_sid
    row.checked_at = now
    if outcome.published != row.published:
        row.published_at = now
        row.published = outcome.published
        row.covers_until = job.fallback.until
    if outcome.problem is None:
        row.failures, row.problem, row.problem_since = 0, None, None
        row.due_at = min(now + CHECK_EVERY, job.fallback.now.until)
    else:
        row.due_at = now + pause_after(row.failures)
        row.failures += 1
        row.problem = outcome.problem
        row.problem_since = row.problem_since or now
    work.session.add(row)


def leave_as_it_is(work: UnitOfWork, job: Job) -> None:
    """Give a line back that no change of a rota has touched, until its next handoff or check."""
    row = work.session.get(FallbackRow, job.fallback.line, with_for_update=True)
    if row is not None:
        row.leased_until, row.version = None, job.version
        row.due_at = min(row.due_at, job.fallback.now.until)
        work.session.add(row)


def pause_after(failures: int) -> timedelta:
    """How long to wait after a failure that so many others in a row came before."""
    doubled: int = 2 ** min(failures, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def rows(work: UnitOfWork) -> Sequence[FallbackRow]:
    """What is known of every line."""
    return work.session.exec(select(FallbackRow).order_by(col(FallbackRow.line))).all()


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something about the fallback that is not right: of what, what is so, and how to mend it."""

    about: str
    text: str
    cure: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text} {self.cure}"


def problems(work: UnitOfWork, settings: Settings) -> list[Flaw]:
    """What is wrong with how the fallback is set up or published."""
    if settings.fallback_put_url is None and not settings.fallback_studio:
        text = "Nothing is published for when Vigil is away: callers would hear an error."
        cure = "Set VIGIL_FALLBACK_PUT_URL, VIGIL_FALLBACK_STUDIO or both."
        return [Flaw("fallback", text, f"{cure} {GUIDE}")]
    known = {row.line: row for row in rows(work)}
    lines = sorted(work.directory.teams_by_line)
    of_lines = [_flaw_of(known.get(line), line, work.now) for line in lines]
    return [*_flaws_of_settings(settings), *(flaw for flaw in of_lines if flaw is not None)]


def _flaw_of(row: FallbackRow | None, line: str, now: datetime) -> Flaw | None:
    about, cure = f"fallback of {line}", "See that `vigil serve` runs with these settings."
    if row is None or row.checked_at is None:
        return Flaw(about, "It was never published.", cure)
    if row.problem is not None:
        told = f"Since {row.problem_since or now:%Y-%m-%d %H:%M} UTC: {row.problem}."
        return Flaw(about, told, f"Vigil tries again by itself. {GUIDE}")
    if row.checked_at < now - NOT_CHECKED_FOR:
        return Flaw(about, f"It was last checked at {row.checked_at:%Y-%m-%d %H:%M} UTC.", cure)
    return None


def _flaws_of_settings(settings: Settings) -> Iterator[Flaw]:
    space = settings.fallback_public_url or settings.fallback_put_url
    if space is None or settings.twilio_api_url is not None:
        return  # in a drill all is on one host
    if urlsplit(space).hostname == urlsplit(settings.public_url).hostname:
        text = "Its web space is on Vigil's own host and would be away together with it."
        yield Flaw("fallback", text, "Let VIGIL_FALLBACK_PUT_URL name another host.")
    if not space.startswith("https://"):
        text = "Its web space is read without encryption, and the documents name staff phones."
        yield Flaw("fallback", text, "Let VIGIL_FALLBACK_PUBLIC_URL begin with https://.")


def limits(settings: Settings) -> list[Flaw]:
    """What a fallback that is set up as it should be still can't do, and what would let it."""
    found = []
    if settings.fallback_studio and settings.fallback_put_url is None:
        text = "Studio alone can't ask for a key: a voicemail that answers keeps the caller."
        found.append(Flaw("fallback", text, "Set VIGIL_FALLBACK_PUT_URL too."))
    if settings.fallback_put_url is not None and not settings.fallback_studio:
        text = "While Vigil is away it goes on ringing whoever was on call when Vigil went."
        cure = "VIGIL_FALLBACK_STUDIO=1 lets it hand off by the clock."
        found.append(Flaw("fallback", text, cure))
    return found


def trouble(work: UnitOfWork) -> tuple[str, datetime] | None:
    """What is wrong with the fallback, in a sentence, and since when; None when nothing is."""
    wrong = [row for row in rows(work) if row.problem is not None]
    if not wrong:
        return None
    since = min(row.problem_since or work.now for row in wrong)
    lines = "; ".join(
        f"{row.line} since {row.problem_since or work.now:%Y-%m-%d %H:%M} UTC ({row.problem})"
        for row in wrong
    )
    return (
        f"The fallback for when Vigil is away is not as it should be: {lines}. "
        "Calls are answered as usual while Vigil runs.",
        since,
    )
