"""What people do with a crisis from the web: take it, pass it on, hand it off, note, close."""

from dispatch.commands.carrying_out import happen, note, show
from dispatch.crisis import Channel, Crisis, Disposition
from dispatch.events import Accepted, Closed, Declined, Event, HandOffAsked, Refused
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId


def accept(work: UnitOfWork, ref: str, staff: StaffId, *, by: str, public_url: str) -> Crisis:
    """Take a crisis. Raises Refused, LookupError."""
    return _happen(work, ref, Accepted(staff, Channel.WEB), by, public_url)


def decline(work: UnitOfWork, ref: str, staff: StaffId, *, by: str, public_url: str) -> Crisis:
    """Pass a crisis on, or give back what was taken. Raises Refused, LookupError."""
    return _happen(work, ref, Declined(staff, Channel.WEB), by, public_url)


def hand_off(
    work: UnitOfWork,
    ref: str,
    to: StaffId,
    *,
    asked_by: StaffId | None,
    by: str,
    public_url: str,
) -> Crisis:
    """Ask a colleague to take a crisis over; it stays with its owner until they have accepted.

    Raises Refused, LookupError.
    """
    crisis = _locked(work, ref)
    if to not in work.directory.teams[crisis.team].members or not work.directory.staff[to].active:
        raise Refused("not_in_team", f"to: nobody in this team is called “{to}”.")
    event = HandOffAsked(to, asked_by)
    return happen(work, crisis, event, public_url=public_url, by=by).crisis


def add_note(work: UnitOfWork, ref: str, text: str, *, who: StaffId | None, by: str) -> Crisis:
    """Add a note to the timeline, in an open or a closed crisis. Raises LookupError."""
    crisis = _locked(work, ref)
    note(work, crisis.ref, "note", text, who=who, by=by)
    show(work, None, crisis)  # pages that are open on this crisis read it again
    return crisis


def close(
    work: UnitOfWork,
    ref: str,
    disposition: Disposition,
    text: str | None,
    *,
    who: StaffId | None,
    by: str,
    public_url: str,
) -> Crisis:
    """End a crisis with its disposition. Raises Refused, LookupError."""
    crisis = _locked(work, ref)
    after = happen(work, crisis, Closed(disposition), public_url=public_url, by=by).crisis
    if text:
        note(work, ref, "note", text, who=who, by=by)
    return after


def _happen(work: UnitOfWork, ref: str, event: Event, by: str, public_url: str) -> Crisis:
    crisis = _locked(work, ref)
    return happen(work, crisis, event, public_url=public_url, by=by).crisis


def _locked(work: UnitOfWork, ref: str) -> Crisis:
    crisis = crises.lock(work.session, ref)
    if crisis is None:
        raise LookupError(f"no crisis has the reference {ref}")
    return crisis
