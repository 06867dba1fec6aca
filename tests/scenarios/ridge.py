"""A team whose days and nights change hands, on a database and a clock that is moved by hand.

What would leave is read from the outbox; what arrives is read as from the phone network.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from dispatch.agency_file import Agency, read_agency
from dispatch.board import TeamAlarm
from dispatch.commands import agencies, boards, deliveries, phones, rota_edits, texts
from dispatch.commands.rota_edits import By
from dispatch.database import make_engine
from dispatch.invariants import violations
from dispatch.timers import Timers
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications.outbox import OutboxState
from notifications.retry import kind_of
from notifications.tables import OutboxRow
from notifications.twilio import Fate
from oncall.duty_tables import FindingRow, HandoffRow
from oncall.model import Override, OverrideKind
from oncall.tables import RotaChangeRow
from tests.clocks import HeldClock

PHONES = {
    "ana": "+15035550151",
    "ben": "+15035550152",
    "cho": "+15035550153",
    "dee": "+15035550154",
    "eli": "+15035550155",
    "fay": "+15035550156",
    "gus": "+15035550157",
}

RIDGE_LINE = "+15035550161"

URL = "https://vigil.example.org"

ZONE = ZoneInfo("America/Los_Angeles")

STAFF = "".join(
    f'  - {{id: {one}, name: {one.title()} Sample, discipline: nurse, phone: "{phone}", '
    f"role: {'lead' if one == 'eli' else 'admin' if one == 'fay' else 'clinician'}}}\n"
    for one, phone in PHONES.items()
)

RIDGE = f"""
agency: Example Ridge Behavioral Health
staff:
{STAFF}teams:
  - id: north
    name: North ACT
    timezone: America/Los_Angeles
    lines: ["{RIDGE_LINE}"]
    members: [ana, ben, cho, dee, eli, gus]
    ladder:
      - {{tier: primary, ring_seconds: 20, page_seconds: 120}}
      - {{tier: backup, ring_seconds: 20, page_seconds: 120}}
    rotations:
      - tier: primary
        name: nights
        starts: 2026-11-02T17:00
        every: 1 day
        order: [cho, ben]
        only: {{from: "17:00", to: "08:00"}}
      - tier: primary
        name: days
        starts: 2026-11-02T08:00
        every: 1 week
        order: [ana]
        only: {{from: "08:00", to: "17:00"}}
      - {{tier: backup, name: dee, starts: 2026-11-02T08:00, every: 1 week, order: [dee]}}
"""
"""Ana has the days, Cho and Ben the nights in turns (Ben the one of Friday, November 27), Dee the
backup at all times; Eli leads, and Fay is the agency's administrator. Gus stands nowhere.
"""

THURSDAY = datetime(2026, 11, 26, 16, 0, tzinfo=ZONE)
"""An hour before the day before Ben's night."""


def ridge_agency(old: str = "", new: str = "") -> Agency:
    """The agency of the ridge, perhaps with one piece of its file put in place of another."""
    assert old in RIDGE
    return read_agency(RIDGE.replace(old, new) if old else RIDGE, "ridge.yaml")


def wall(text: str) -> datetime:
    """An instant by the clock on the ridge's wall, such as ``2026-11-27 17:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


class Ridge:
    """The ridge's Vigil without its phone network."""

    def __init__(self, database_url: str, agency: Agency | None = None) -> None:
        self.engine = make_engine(database_url)
        self.clock = HeldClock(THURSDAY.astimezone(UTC))
        self.work = UnitsOfWork(self.engine, self.clock, lambda _: None)
        self.timers = self.node()
        with self.work.reading() as work:
            lives_here = bool(work.directory.teams)
        if not lives_here:
            with self.work() as work:
                agencies.load(work, agency or ridge_agency())
                phones.mark_verified(work, PHONES, "test")

    def node(self) -> Timers:
        """The metronome of another node on the same database."""
        return Timers(UnitsOfWork(self.engine, self.clock, lambda _: None), URL)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    # Time passes ────────────────────────────────────────────────────────────────────────────────

    def tick(self) -> None:
        """One beat of the metronome."""
        self.timers.tick()
        self.timers.tend_rotas()

    def until(self, text: str, step: timedelta = timedelta(minutes=60)) -> dict[str, list[str]]:
        """Let time pass until then, beat by beat; what was texted meanwhile, by person."""
        end = wall(text)
        while self.clock.at < end:
            self.clock.at = min(end, self.clock.at + step)
            self.tick()
        return self.texted()

    def leap(self, text: str) -> dict[str, list[str]]:
        """Be away until then, and come back; what is texted then, by person."""
        self.clock.at = wall(text)
        self.tick()
        return self.texted()

    def now(self) -> dict[str, list[str]]:
        """One beat; what is texted, by person."""
        self.tick()
        return self.texted()

    # Texts ──────────────────────────────────────────────────────────────────────────────────────

    def rows(self) -> list[OutboxRow]:
        """Everything that was to be sent, in order."""
        with self.work.reading() as work:
            return list(work.session.exec(select(OutboxRow).order_by(col(OutboxRow.id))))

    def texted(self) -> dict[str, list[str]]:
        """What was texted since this was asked last, by person; Twilio has taken it."""
        found: dict[str, list[str]] = {}
        for row in self.rows():
            if row.state == OutboxState.WAITING:
                found.setdefault(row.staff_id or "", []).append(row.body or "")
                with self.work() as work:
                    sent = work.session.get_one(OutboxRow, row.id)
                    sent.state, sent.provider_sid = OutboxState.SENT.value, f"SM{row.id}"
                    work.session.add(sent)
        return found

    def says(self, staff: str, body: str) -> str | None:
        """Somebody texts the line; what they are answered."""
        with self.work() as work:
            return texts.text_arrived(work, PHONES[staff], RIDGE_LINE, body, URL)

    def report(self, staff: str, status: str, code: int | None = None) -> None:
        """Twilio reports how the last text to somebody ended."""
        self.texted()
        [*_, row] = [row.id or 0 for row in self.rows() if row.staff_id == staff]
        deliveries.delivery_reported(self.work, row, Fate(status, code), URL)

    def fails(self, staff: str, code: int) -> None:
        """Twilio refuses a text to somebody with this code."""
        row = OutboxRow(
            key="refused",
            kind="sms",
            staff_id=staff,
            to_phone=PHONES[staff],
            created_at=self.clock.at,
            due_at=self.clock.at,
            expires_at=self.clock.at,
        )
        deliveries.given_up(self.work, row, kind_of(code, 400), code, URL)

    # The rota ───────────────────────────────────────────────────────────────────────────────────

    def put_on(self, staff: str, start: str, end: str, tier: str = "primary") -> None:
        """A lead lets somebody stand for a while."""
        self.edit(lambda work, by: _override(work, by, tier, start, end, staff))

    def take_off(
        self, staff: str, start: str, end: str, tier: str = "primary", accept: str | None = None
    ) -> None:
        """A lead takes somebody off a tier for a while."""
        kind = OverrideKind.REMOVE
        by = By("Eli Sample", accept)
        self.edit(lambda work, _: _override(work, by, tier, start, end, staff, kind))

    def edit(self, do: Callable[[UnitOfWork, By], object]) -> None:
        """A lead changes the rota."""
        with self.work() as work:
            do(work, By("Eli Sample"))

    # What is known ──────────────────────────────────────────────────────────────────────────────

    def alarms(self, kind: str | None = None) -> list[TeamAlarm]:
        """What the team's card on the board alarms of."""
        with self.work.reading() as work:
            [card] = boards.board(work, None)[1].teams
        return [one for one in card.alarms if kind in (None, one.kind)]

    def alarms_about(self, staff: str) -> list[TeamAlarm]:
        """Those of them that name somebody."""
        return [one for one in self.alarms() if staff.title() in one.text]

    def findings(self) -> list[FindingRow]:
        """What the watch follows."""
        with self.work.reading() as work:
            query = select(FindingRow).where(col(FindingRow.ended_at).is_(None))
            return list(work.session.exec(query.order_by(col(FindingRow.starts))))

    def handoff(self, staff: str) -> HandoffRow:
        """The only shift of somebody that has not ended and that anybody knows of."""
        with self.work.reading() as work:
            query = select(HandoffRow).where(
                HandoffRow.staff_id == staff, col(HandoffRow.ends) > work.now
            )
            [row] = work.session.exec(query)
            return row

    def journal(self, what: str) -> list[str]:
        """The lines of the journal of one kind, in order."""
        with self.work.reading() as work:
            query = select(RotaChangeRow.text).where(RotaChangeRow.what == what)
            return list(work.session.exec(query.order_by(col(RotaChangeRow.id))))

    def version(self) -> int:
        """How many changes of rotas there were."""
        with self.work.reading() as work:
            return work.directory.version

    def violations(self) -> list[str]:
        """Every broken promise."""
        with self.work.reading() as work:
            return violations(work)


def _override(
    work: UnitOfWork,
    by: By,
    tier: str,
    start: str,
    end: str,
    staff: str,
    kind: OverrideKind = OverrideKind.REPLACE,
) -> None:
    override = Override(tier, wall(start), wall(end), staff, kind=kind)
    rota_edits.add_override(work, "north", override, by)
