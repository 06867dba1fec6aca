"""The town with two hospitals on a clock that is moved by hand: what they tell is linked already.

Hours are counted as in tests.hospitals.build; the town's clients are enrolled since hour 23.2.
"""

from datetime import date
from itertools import count

from sqlmodel import select

from dispatch.commands.episodes import Refreshed, refresh
from dispatch.commands.fidelity_counts import Fidelity, fidelity
from dispatch.commands.hospital_steps import Done, record
from dispatch.database import make_engine
from dispatch.episode_tables import EpisodeRow, NoticeRow, StepRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.episodes.involvement import How, StepKind
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import NoticeKind, Setting
from dispatch.store.episodes import as_kept
from dispatch.tables import ClientRow
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from tests.clocks import HeldClock
from tests.hospitals.build import MERCY, STATE, hour, tell

UNIT = "BHU 3"
"""Mercy's psychiatric unit; its other units aren't. The state hospital has no others."""

_numbers = count(1)


def add_hospitals(work: UnitOfWork) -> None:
    """Mercy, of which one unit is psychiatric, and the state hospital."""
    for name, rules in (
        (MERCY, {"psychiatric": False, "psychiatric_units": ["bhu  3"]}),
        (STATE, {"psychiatric": True, "psychiatric_units": []}),
    ):
        work.session.add(
            HospitalRow(id=name, name=f"Test {name.title()}", timezone="UTC", rules=rules)
        )


def link(work: UnitOfWork, client: str, *told: Told) -> Refreshed:
    """What hospitals told is about a client: as it is kept once somebody is sure."""
    number = work.session.exec(select(ClientRow.number).where(ClientRow.id == client)).one()
    assert number is not None
    for one in told:
        work.session.add(
            NoticeRow(
                inbox_id=next(_numbers),
                part=0,
                reference=one.reference,
                hospital_id=one.hospital,
                received_at=one.arrived_at,
                kind=one.notice.kind.value,
                told=as_kept(one.notice),
                match="linked",
                client_number=number,
            )
        )
    return refresh(work, number)


def stay_told(
    reference: str, admitted: float, discharged: float | None = None, *, number: str = ""
) -> tuple[Told, ...]:
    """In the emergency department, decided on an hour later, in a psychiatric bed after two more.

    The references are the given one with E, P, A and D after it; each is told at once.
    """
    number = number or reference
    kinds = [
        ("E", NoticeKind.ED_VISIT, admitted - 3, None, ""),
        ("P", NoticeKind.ADMISSION_PLANNED, admitted - 2, None, ""),
        ("A", NoticeKind.ADMISSION, admitted, Setting.INPATIENT, UNIT),
    ]
    if discharged is not None:
        kinds.append(("D", NoticeKind.DISCHARGE, discharged, None, ""))
    return tuple(
        tell(
            kind,
            at,
            came=at,
            number=number,
            setting=setting,
            unit=unit,
            reference=f"{reference}{letter}",
            disposition="01" if letter == "D" else "",
        )
        for letter, kind, at, setting, unit in kinds
    )


class ToldTown:
    """The town's Vigil without its phone network."""

    def __init__(self, database_url: str) -> None:
        self.engine = make_engine(database_url)
        self.clock = HeldClock(hour(24))
        self.work = UnitsOfWork(self.engine, self.clock, lambda _: None)
        with self.work() as work:
            add_hospitals(work)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def tell(self, *told: Told, client: str = "C-1001") -> Refreshed:
        """Notices about a client come, and it is the time of the last of them."""
        self.clock.at = max(self.clock.at, *(one.arrived_at for one in told))
        with self.work() as work:
            return link(work, client, *told)

    def does(self, kind: StepKind, at: float, key: str, staff: str = "ana") -> StepRow:
        """Somebody does something and records it at once; an involvement is by phone."""
        self.clock.at = max(self.clock.at, hour(at))
        how = How.ON_THE_PHONE if kind is StepKind.INVOLVED else None
        with self.work() as work:
            return record(work, key, Done(kind, hour(at), staff, how), login=staff, name=staff)

    def rows(self) -> dict[str, EpisodeRow]:
        """What is kept of episodes, by key."""
        with self.work.reading() as work:
            return {row.key: row for row in work.session.exec(select(EpisodeRow))}

    def report(self, first: str = "2026-03-01", last: str = "2026-03-31") -> Fidelity:
        """O5 and O6 of North."""
        with self.work.reading() as work:
            return fidelity(work, "north", date.fromisoformat(first), date.fromisoformat(last))
