"""An office where rotas are made: a real database, a clock moved by hand, one team by default."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import select

from dispatch.agency_file import Agency, read_agency
from dispatch.commands import agencies, rota_edits
from dispatch.commands.accepted import accepted_gaps
from dispatch.commands.guarantee import GapsOpened, Opened
from dispatch.commands.rota_edits import By
from dispatch.database import make_engine
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from oncall.coverage import Coverage, prove
from oncall.model import Override, OverrideKind
from oncall.tables import RotaChangeRow
from tests.clocks import HeldClock

T = TypeVar("T")

MONDAY = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
"""09:00 in Portland, six days before the clocks go forward."""

ZONE = ZoneInfo("America/Los_Angeles")

STAFF = """staff:
  - {id: ana, name: Ana Sample, discipline: qmhp_clinician, phone: "+15035550101", role: clinician}
  - {id: ben, name: Ben Sample, discipline: nurse, phone: "+15035550102", role: clinician}
  - {id: cho, name: Cho Sample, discipline: case_manager, phone: "+15035550103", role: clinician}
  - {id: eli, name: Eli Sample, discipline: qmhp_supervisor, phone: "+15035550105", role: lead}
"""

ROTATIONS = """    rotations:
      - {tier: primary, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ana, ben]}
      - {tier: backup, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ben, ana]}
"""

NOBODY_ON_BACKUP = """    rotations:
      - {tier: primary, name: weeks, starts: 2026-01-05T09:00, every: 1 week, order: [ana, ben]}
"""

OFFICE = f"""agency: Example County Behavioral Health
{STAFF}teams:
  - id: north
    name: North ACT
    timezone: America/Los_Angeles
    lines: ["+15035550191"]
    members: [ana, ben, cho, eli]
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
      - {{tier: backup, ring_seconds: 20, page_seconds: 120}}
{ROTATIONS}"""


def office_agency(**changes: str) -> Agency:
    """The agency of the office, with pieces of its file put in place of others."""
    text = OFFICE
    for old, new in changes.items():
        piece = {"rotations": ROTATIONS, "staff": STAFF}[old]
        assert piece in text
        text = text.replace(piece, new)
    return read_agency(text, "office.yaml")


class Office:
    """Where the team's lead works, with a way into the database for each thing they do."""

    def __init__(self, database_url: str) -> None:
        self.engine: Engine = make_engine(database_url)
        self.clock = HeldClock(MONDAY)
        self.work = UnitsOfWork(self.engine, self.clock, lambda _: None)

    def open(self, agency: Agency | None = None, accept: str | None = None) -> None:
        """Load the office's agency."""
        with self.work() as work:
            agencies.load(work, agency or office_agency(), accept=accept)

    @classmethod
    def move_in(cls, database_url: str) -> None:
        """Load the office's agency into a database that others are copied from."""
        office = cls(database_url)
        office.open()
        office.close()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**by)

    @contextmanager
    def look(self) -> Iterator[UnitOfWork]:
        """A moment of the database."""
        with self.work.reading() as work:
            yield work

    def coverage(self, team: str = "north", days: int = 90) -> Coverage:
        """The proof of a team as it is kept now."""
        with self.look() as work:
            rota = work.directory.teams[team].rota
            return prove(rota, work.now, work.now + timedelta(days=days))

    def accepted(self, team: str = "north") -> list[tuple[str, datetime, datetime]]:
        """The gaps that a lead has accepted."""
        with self.look() as work:
            return [(row.tier, row.starts, row.ends) for row in accepted_gaps(work, team)]

    def take_off(
        self,
        staff: str,
        start: datetime,
        end: datetime,
        tier: str = "primary",
        by: By | None = None,
    ) -> int:
        """Write that somebody does not stand for a while; gives the override's number."""
        override = Override(tier, start, end, staff, kind=OverrideKind.REMOVE)
        with self.work() as work:
            return rota_edits.add_override(work, "north", override, by or By("Eli Sample"))[0]

    def put_on(
        self,
        staff: str,
        start: datetime,
        end: datetime,
        tier: str = "primary",
        by: By | None = None,
    ) -> int:
        """Write that somebody stands for a while; gives the override's number."""
        override = Override(tier, start, end, staff)
        with self.work() as work:
            return rota_edits.add_override(work, "north", override, by or By("Eli Sample"))[0]


def refused(edit: Callable[[], object]) -> tuple[Opened, ...]:
    """The gaps for which an edit was refused; fails when it was not."""
    try:
        edit()
    except GapsOpened as gaps:
        return gaps.verdict.opened
    raise AssertionError("the edit was accepted")


def at(text: str) -> datetime:
    """An instant by the clock on the office's wall."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def journal(work: UnitOfWork, what: str) -> list[str]:
    """The lines of the journal of one kind."""
    rows = work.session.exec(select(RotaChangeRow).where(RotaChangeRow.what == what))
    return [row.text for row in rows]
