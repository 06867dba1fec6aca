"""A page by voice: what it says when somebody picks up, and what their key does."""

from dispatch import callscript, prompts
from dispatch.callscript import Script
from dispatch.commands.answering import once
from dispatch.commands.carrying_out import happen
from dispatch.commands.paging import asked
from dispatch.crisis import Channel, Crisis
from dispatch.events import Accepted, Declined, Event, PageKind, Refused
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import attempts, outbox, pages
from notifications.attempts import Outcome
from notifications.tables import OutboxRow


def picked_up(work: UnitOfWork, row_id: int, public_url: str) -> str:
    """Somebody, or a machine, has picked up: say what it is about, if it still is."""
    row, crisis = _page(work, row_id)
    if row is None or crisis is None or row.staff_id not in asked(crisis):
        return callscript.hang_up(_why_over(work, crisis))
    script = Script(public_url, crisis.ref)
    return callscript.page(script, row_id, _words(work, row, crisis))


def _page(work: UnitOfWork, row_id: int, ref: str = "") -> tuple[OutboxRow | None, Crisis | None]:
    """The page and the crisis it is about: with several the one of this `ref`, if it was named.

    Else it is the oldest that still waits.
    """
    row = work.session.get(OutboxRow, row_id)
    if row is None:
        return None, None
    said = [*pages.merged_into(work.session, row.key), row]
    refs = [one.crisis_ref or "" for one in said]
    found = [crises.find(work.session, one) for one in ([ref] if ref in refs else refs)]
    waiting = [one for one in found if one is not None and row.staff_id in asked(one)]
    return row, waiting[0] if waiting else found[-1]


def _words(work: UnitOfWork, row: OutboxRow, crisis: Crisis) -> str:
    team = work.directory.teams[crisis.team].name
    said = prompts.PAGE_CALLS[PageKind(row.purpose or PageKind.REPORTED)]
    words = [said.format(team=team, ref=prompts.spelled(crisis.ref)), prompts.PAGE_KEYS]
    refs = {one.crisis_ref for one in pages.merged_into(work.session, row.key)}
    if more := len((refs | {row.crisis_ref}) - {crisis.ref}):
        words.append(prompts.PAGE_MORE.format(count=more))
    return " ".join(words)


def _why_over(work: UnitOfWork, crisis: Crisis | None) -> str:
    if crisis is not None and crisis.owner is not None and crisis.is_open:
        return prompts.SCREEN_TAKEN.format(name=work.directory.name_of(crisis.owner))
    return prompts.PAGE_OVER


def key_pressed(
    work: UnitOfWork, row_id: int, digits: str | None, public_url: str, *, ref: str = ""
) -> str:
    """1 takes the crisis that was named, 2 passes it on; anything else is nobody."""
    return once(
        work, f"page/{row_id}/key", lambda: _key_pressed(work, row_id, ref, digits, public_url)
    )


def _key_pressed(
    work: UnitOfWork, row_id: int, ref: str, digits: str | None, public_url: str
) -> str:
    row, crisis = _page(work, row_id, ref)
    if row is None or crisis is None or row.staff_id is None or digits not in ("1", "2"):
        return callscript.hang_up()
    locked = crises.lock(work.session, crisis.ref) or crisis
    accepts = digits == "1"
    event: Event = (
        Accepted(row.staff_id, Channel.PAGE_CALL)
        if accepts
        else Declined(row.staff_id, Channel.PAGE_CALL)
    )
    try:
        after = happen(work, locked, event, public_url=public_url).crisis
    except Refused:
        return callscript.hang_up(_why_over(work, locked))
    _settle(work, row_id, Outcome.ACCEPTED if accepts else Outcome.DECLINED)
    if not accepts:
        return callscript.hang_up(prompts.SCREEN_PASSED)
    words = prompts.SCREEN_YOURS_NEXT if after.line is not None else prompts.PAGE_TAKEN
    return callscript.hang_up(words.format(ref=prompts.spelled(after.ref)))


def _settle(work: UnitOfWork, row_id: int, outcome: Outcome) -> None:
    row = outbox.lock(work.session, row_id)
    if row is not None and row.provider_status is None:
        row.provider_status, row.check_at = outcome.value, None
        work.session.add(row)
        attempts.record(work.session, row, work.now, outcome)
