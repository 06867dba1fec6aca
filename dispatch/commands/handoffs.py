"""Handoff notices: everybody hears of their next shift in time, and says that they will be there."""

from datetime import datetime

from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from oncall.model import StaffId, TeamId, Tier


def unconfirmed(work: UnitOfWork, team: TeamId) -> frozenset[tuple[Tier, datetime, StaffId]]:
    """The shifts whose people have not said OK in time: tier, start (UTC), person."""
    return frozenset()


def confirm_by_text(work: UnitOfWork, staff: StaffId) -> str | None:
    """Confirm every handoff that waits for somebody, and give the answer; None if nothing waits."""
    return None


def work_off_handoffs(unit_of_work: UnitsOfWork, public_url: str) -> None:
    """Send the notices that are due and tell of those that nobody has confirmed in time."""
