"""A night as tests tell it: who calls, whose phone rings, what they press, who owns the crisis."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx

from dispatch.access import Role
from dispatch.agency_file import Agency
from dispatch.api.context import Vigil
from dispatch.clock import DrillClock
from dispatch.commands import agencies, logins
from dispatch.crisis import Crisis
from dispatch.database import make_engine
from dispatch.invariant_watch import InvariantWatch
from dispatch.invariants import violations
from dispatch.live import Live
from dispatch.planning import Planning
from dispatch.settings import Settings
from dispatch.stage import ACCOUNT, Stage
from dispatch.store import crises
from dispatch.tables import TimelineRow
from dispatch.troubles import Troubles
from dispatch.unit_of_work import UnitsOfWork
from dispatch.without_database import WithoutDatabase
from notifications.emulator import CallHandle, Phone, RestFault
from notifications.twilio import Twilio
from tests.scenarios import town
from tests.scenarios.privacy import LOG, leaks
from tests.scenarios.town import ANA, BEN, ELI, GUS, HAL, IVY

NIGHT = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)
"""03:10 on a Tuesday in Portland."""

SPEED = 20.0

SECRET_KEY = "a-secret-key-for-drills-only-0000"


class Night(Stage):
    """A stage with the town on it, and words for what happens there."""

    _outer: Settings

    def __init__(
        self,
        database_url: str | None,
        data_dir: Path,
        *,
        speed: float = SPEED,
        start: datetime = NIGHT,
        agency: Agency | None = None,
        clock: DrillClock | None = None,
        fallback: Mapping[str, Any] | None = None,
    ) -> None:
        self.logged_since = LOG.tell()
        super().__init__(
            agency or town.town(),
            data_dir=data_dir,
            clock=clock or DrillClock.beginning(start, speed),
            database_url=database_url,
            fallback=fallback,
        )

    def move_in(self) -> None:
        """Load the agency, unless it lives in this database already."""
        with self.vigil.unit_of_work.reading() as work:
            lives_here = bool(work.directory.teams)
        if not lives_here:
            super().move_in()

    def phone(self, number: str) -> Phone:
        """Somebody's phone."""
        return self.network.phone(number)

    @property
    def ana(self) -> Phone:
        return self.phone(ANA)

    @property
    def ben(self) -> Phone:
        return self.phone(BEN)

    @property
    def eli(self) -> Phone:
        return self.phone(ELI)

    @property
    def gus(self) -> Phone:
        return self.phone(GUS)

    @property
    def hal(self) -> Phone:
        return self.phone(HAL)

    @property
    def ivy(self) -> Phone:
        return self.phone(IVY)

    @property
    def line_988(self) -> Phone:
        return self.phone("988")

    @property
    def interpreter(self) -> Phone:
        return self.phone(town.INTERPRETER)

    @property
    def line_1800(self) -> Phone:
        return self.phone("+18002738255")

    def call(self, from_: str = town.CLIENT, to: str = town.NORTH_LINE) -> CallHandle:
        """Somebody calls a line."""
        return self.network.place_call(from_, to)

    def outside_hangs_up_after_a_talk(self, call: CallHandle) -> None:
        """Whoever is talking with the caller ends the call, half a minute after it began."""
        clock, peer = self.network.exchange.clock, call.leg.peer
        assert peer is not None, call.story()
        began = peer.answered_at or 0.0
        assert clock.wait_in_thread(lambda: clock.elapsed() - began > 30, 30)
        self.network.exchange.in_loop(lambda: peer.end(why="hung up after the talk"))
        call.wait_ended()

    @contextmanager
    def network_without_hang_ups(self) -> Iterator[None]:
        """Twilio's REST API refuses to hang anybody up, so phones go on ringing."""
        fault = RestFault(status=500, resource="Calls")
        self.network.faults.rest.append(fault)
        yield
        self.network.faults.rest.remove(fault)

    # The service in a process of its own ────────────────────────────────────────────────────────

    def start_without_service(self) -> None:
        """Start the phone network alone; the test runs `vigil serve` itself on our port."""
        bank = self.emulator.start()
        self.release_port()
        self._outer = self.settings(bank)
        engine = make_engine(self._outer.database_url or "")
        units = UnitsOfWork(engine, self._outer.clock, lambda _: None)
        self.vigil = Vigil(
            settings=self._outer,
            key=SECRET_KEY,
            unit_of_work=units,
            voice_work=units,
            twilio=cast(Twilio, None),
            live=cast(Live, None),
            planning=cast(Planning, None),
            adrift=cast(WithoutDatabase, None),
            invariants=InvariantWatch(units, Troubles()),
        )

    def prepare(self) -> None:
        """Load the town and plug its phones in, once a service has made the tables."""
        with self.vigil.unit_of_work() as work:
            agencies.load(work, self.agency)
        self.plug_in()

    def environment(self) -> dict[str, str]:
        """What `vigil serve` must be told to be this night's service."""
        return {
            "VIGIL_DATABASE_URL": self._outer.database_url or "",
            "VIGIL_DATA_DIR": str(self._outer.data_dir),
            "VIGIL_PUBLIC_URL": self.base_url,
            "VIGIL_TWILIO_API_URL": self._outer.twilio_api_url or "",
            "TWILIO_ACCOUNT_SID": ACCOUNT.sid,
            "TWILIO_AUTH_TOKEN": ACCOUNT.auth_token,
            "VIGIL_DRILL_CLOCK": str(self._outer.drill_clock),
            "VIGIL_LOG_LEVEL": "INFO",
            "VIGIL_SECRET_KEY": SECRET_KEY,
        }

    def stop_without_service(self) -> None:
        """Stop the phone network."""
        self.emulator.stop()
        self.vigil.unit_of_work.engine.dispose()

    # What the record says ───────────────────────────────────────────────────────────────────────

    def crises(self) -> list[Crisis]:
        """Every crisis there is, the oldest first."""
        with self.vigil.unit_of_work.reading() as work:
            return list(reversed(crises.listed(work.session, None, [], 100)))

    def crisis(self) -> Crisis:
        """The one crisis of this night."""
        [only] = self.crises()
        return only

    def timeline(self, ref: str | None = None) -> list[TimelineRow]:
        """What happened in the first crisis, or in the one named, in order; nothing before it."""
        refs = [ref] if ref else [crisis.ref for crisis in self.crises()]
        with self.vigil.unit_of_work.reading() as work:
            return crises.timeline(work.session, refs[0]) if refs else []

    def kinds(self, ref: str | None = None) -> list[str]:
        """The kinds of what happened, in order."""
        return [entry.kind for entry in self.timeline(ref)]

    def until(self, met: Callable[[], bool], what: str = "", seconds: float = 15) -> None:
        """Wait (real seconds) until something holds; tells the story when it never does.

        Looking costs work that others could do meanwhile: where it takes long, less often.
        """
        began = time.monotonic()
        while not met():
            waited = time.monotonic() - began
            if waited > seconds:
                raise AssertionError(f"waited {seconds} s in vain for {what}\n{self.story()}")
            time.sleep(0.02 if waited < 0.4 else 0.04)

    def until_owned_by(self, staff: str | None) -> Crisis:
        """Wait until the one crisis has this owner."""
        self.until(lambda: [staff] == [one.owner for one in self.crises()], f"owner {staff}")
        return self.crisis()

    def until_state(self, state: str) -> Crisis:
        """Wait until the one crisis is in this state."""
        self.until(lambda: [state] == [one.state for one in self.crises()], f"state {state}")
        return self.crisis()

    def story(self) -> str:
        """Everything that is known about the night, for a failing test."""
        lines = []
        for crisis in self.crises():
            lines.append(str(crisis))
            lines.extend(
                f"  {row.at:%H:%M:%S} {row.kind} {row.who or ''} {row.text}"
                for row in self.timeline(crisis.ref)
            )
        lines.extend(f"  SMS to {sms.to}: {sms.body}" for sms in self.network.messages)
        lines.extend(str(notice) for notice in self.network.errors)
        return "\n".join(lines)

    # The web ────────────────────────────────────────────────────────────────────────────────────

    def web(self, role: Role = Role.ADMIN, team: str | None = None) -> httpx.Client:
        """A program with a token of this role."""
        with self.vigil.unit_of_work() as work:
            token = logins.create_token(work, name=f"test-{role}", role=role, team=team)
        return httpx.Client(
            base_url=self.base_url, headers={"Authorization": f"Bearer {token}"}, timeout=20
        )

    # The end of the night ───────────────────────────────────────────────────────────────────────

    def violations(self) -> list[str]:
        """Every broken promise, as it is now."""
        with self.vigil.unit_of_work.reading() as work:
            return violations(work)

    def assert_promises_kept(self) -> None:
        """No invariant is broken, our documents are right, and no client's detail has left."""
        found = leaks(self.agency, self.network, [town.STRANGER], logged_since=self.logged_since)
        assert not found, found
        broken = self.violations()
        assert not broken, broken
        assert [notice for notice in self.network.errors if notice.code in TWIML_FAULTS] == []


TWIML_FAULTS = {12100, 12200, 13201}
"""Bad XML, an unknown verb or attribute, a Dial in a screening document."""
