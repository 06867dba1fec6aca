"""Cover requests: somebody can't take a shift, Vigil asks the others, and the first yes wins."""

from collections.abc import Collection
from datetime import timedelta

import structlog

from dispatch.commands import swaps
from dispatch.commands.colleagues import able_to_cover
from dispatch.commands.shift_requests import (
    RequestRefused,
    ask,
    begin,
    changing_rota,
    close,
    refuse_a_second,
    refuse_if_closed,
    refuse_too_many,
    require_theirs,
    require_tier,
    require_worthwhile,
    stand_instead,
    still_asked,
    stretch_of,
    tell,
    tell_all,
    tell_leads,
    when_of,
    write_answer,
)
from dispatch.commands.staff_texts import can_be_texted
from dispatch.store import requests
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import rota_wording
from oncall.duty_tables import ShiftRequestRow
from oncall.model import StaffId, TeamId
from oncall.requests import Answer, Asked, CoverRequest, holds, next_step
from oncall.rest import Stretch
from oncall.words import length

log = structlog.get_logger()

TRY_AGAIN = timedelta(minutes=10)
"""How long until the leads are told again where no text reached any of them."""


def ask_for_cover(
    work: UnitOfWork,
    team: TeamId,
    wanted: Stretch,
    *,
    in_waves: bool = False,
    note: str = "",
    by: str,
    public_url: str,
) -> ShiftRequestRow:
    """Ask the team who takes a stretch of somebody's shift; what is past of it is left out.

    It stays theirs until somebody says yes. Raises WrongRequest, RequestRefused.
    """
    wanted = wanted._replace(start=max(wanted.start, work.now))
    rota = require_tier(work, team, wanted.tier)
    require_theirs(work, rota, wanted)
    require_worthwhile(work, team, wanted)
    refuse_a_second(work, team, wanted)
    refuse_too_many(work, team, wanted.staff)
    row = begin(
        work,
        lambda ref: ShiftRequestRow(
            ref=ref,
            kind="cover",
            team_id=team,
            tier=wanted.tier,
            starts=wanted.start,
            ends=wanted.end,
            staff_id=wanted.staff,
            mode="waves" if in_waves else "all",
            note=note,
            made_at=work.now,
            made_by=by,
        ),
    )
    _go_on(work, row, public_url, tell_asker=False)
    return row


def say_yes(
    work: UnitOfWork,
    ref: str,
    staff: StaffId,
    *,
    by: str,
    public_url: str,
    for_them: bool = False,
) -> ShiftRequestRow:
    """Take what is asked for, or agree to swap. Raises LookupError, RequestRefused.

    `for_them` says that somebody else enters their answer: they are told what they have taken.
    """
    row = _locked(work, ref)
    refuse_if_closed(work, row)
    if row.kind == "swap":
        swaps.say_yes(work, row, staff, by=by, public_url=public_url)
        return row
    if staff == row.staff_id:
        raise RequestRefused(f"it is their own shift: withdraw {row.ref} to keep it.")
    stretch = stretch_of(row, work.now)
    if stretch.start >= stretch.end:
        raise RequestRefused("the shift is over.")
    with changing_rota(work, by):
        stand_instead(work, row, [(stretch, staff)], by=by, origin="cover")
    write_answer(work, row, staff, Answer.YES)
    row.taken_by = staff
    close(work, row, "done")
    _tell_of_the_yes(work, row, staff)
    if for_them:
        tell(work, row, staff, "yours", taken_words(work, row))
    return row


def say_no(work: UnitOfWork, ref: str, staff: StaffId, *, public_url: str) -> ShiftRequestRow:
    """Pass on what is asked for; the next are asked. Raises LookupError, RequestRefused."""
    row = _locked(work, ref)
    refuse_if_closed(work, row)
    if row.kind == "swap":
        swaps.say_no(work, row, staff)
        return row
    if staff == row.staff_id:
        raise RequestRefused(f"it is their own shift: withdraw {row.ref} to keep it.")
    write_answer(work, row, staff, Answer.NO)
    _go_on(work, row, public_url)
    return row


def withdraw(work: UnitOfWork, ref: str) -> ShiftRequestRow:
    """Ask no longer: the shift stays theirs. Raises LookupError, RequestRefused."""
    row = _locked(work, ref)
    refuse_if_closed(work, row)
    close(work, row, "withdrawn")
    body = rota_wording.told_withdrawn(row.ref, work.directory.name_of(row.staff_id))
    _tell_the_others(work, row, "withdrawn", body, but=())
    return row


def _locked(work: UnitOfWork, ref: str) -> ShiftRequestRow:
    row = requests.lock(work.session, ref)
    if row is None:
        raise LookupError(f"no request has the reference {ref}")
    return row


def taken_words(work: UnitOfWork, row: ShiftRequestRow) -> str:
    """What whoever took it is told."""
    team = work.directory.teams[row.team_id].name
    when = when_of(work, row, stretch_of(row, work.now))
    return rota_wording.cover_taken(row.ref, row.tier, team, when)


def _tell_of_the_yes(work: UnitOfWork, row: ShiftRequestRow, taker: StaffId) -> None:
    team, name = work.directory.teams[row.team_id], work.directory.name_of(taker)
    when = when_of(work, row, stretch_of(row, work.now))
    found = rota_wording.told_cover_found(row.ref, row.tier, team.name, when, name)
    tell(work, row, row.staff_id, "found", found)
    body = rota_wording.told_cover_taken(row.ref, name)
    _tell_the_others(work, row, "taken", body, but=(taker,))


def _tell_the_others(
    work: UnitOfWork, row: ShiftRequestRow, what: str, body: str, *, but: Collection[StaffId]
) -> None:
    """Tell those who need not answer any more, and the leads if they knew of it."""
    but = {row.staff_id, *but}
    asked = [staff for staff in still_asked(work, row) if staff not in but]
    tell_all(work, row, asked, what, body)
    if row.lead_told_at is not None:
        tell_leads(work, row, what, body, but=but)


# The next step ────────────────────────────────────────────────────────────────────────────────────


def _go_on(
    work: UnitOfWork, row: ShiftRequestRow, public_url: str, *, tell_asker: bool = True
) -> None:
    """Take the step that is next: ask more people, tell the leads, or let it be over."""
    asked = requests.asks(work.session, row.ref)
    request = CoverRequest(
        made_at=row.made_at,
        start=row.starts,
        end=row.ends,
        in_waves=row.mode == "waves",
        leads_told=row.lead_told_at is not None,
        asked=tuple(
            Asked(one.staff_id, one.asked_at, Answer(one.answer) if one.answer else None)
            for one in asked
        ),
    )
    stretch = stretch_of(row, work.now)
    able = [] if stretch.start >= stretch.end else able_to_cover(work, row.team_id, stretch)
    untexted = [one.staff for one in able if not can_be_texted(work, one.staff, row.team_id)]
    step = next_step(request, able, work.now, untexted)
    if step.over:
        close(work, row, "over")
        return
    wave = max((one.wave for one in asked), default=0) + 1
    for staff in step.ask:
        ask(work, row, staff, wave)
    could = {one.staff for one in able}
    waiting = [one.staff for one in request.asked if one.answer is None and one.staff in could]
    tell_all(work, row, [*step.ask, *waiting], "ask", _question(work, row))
    row.due_at = step.due_at
    if step.tell_leads and not _tell_leads(work, row, public_url, tell_asker=tell_asker):
        row.due_at = min(row.due_at or row.ends, work.now + TRY_AGAIN)
    work.session.add(row)
    work.session.flush()


def _question(work: UnitOfWork, row: ShiftRequestRow) -> str:
    team, name = work.directory.teams[row.team_id], work.directory.name_of(row.staff_id)
    when = when_of(work, row, stretch_of(row, work.now))
    return rota_wording.cover_asked(row.ref, row.tier, team.name, when, name)


def _tell_leads(
    work: UnitOfWork, row: ShiftRequestRow, public_url: str, *, tell_asker: bool
) -> bool:
    """Tell the leads that nobody has taken it, and the asker whether any lead knows."""
    team = work.directory.teams[row.team_id]
    body = rota_wording.told_leads_of_no_cover(
        row.ref,
        row.tier,
        team.name,
        when_of(work, row, stretch_of(row, work.now)),
        work.directory.name_of(row.staff_id),
        time_left(row.starts - work.now),
        f"{public_url}/teams/{row.team_id}/schedule",
    )
    told = tell_leads(work, row, "leads", body, but={row.staff_id})
    if tell_asker:
        body = rota_wording.told_no_cover_yet(row.ref, leads_know=told)
        tell(work, row, row.staff_id, "leads" if told else "no-lead", body)
    if told:
        row.lead_told_at = work.now
    return told


def time_left(left: timedelta) -> str:
    """How long until a shift begins, to the minute."""
    minutes = left // timedelta(minutes=1)
    return f"Time left: {length(timedelta(minutes=minutes))}" if minutes > 0 else "It has begun"


# What time does ─────────────────────────────────────────────────────────────────────────────────


def work_off_requests(unit_of_work: UnitsOfWork, public_url: str) -> int:
    """Let every request go on whose time has come or whose shift is another's now; says how many.

    Each goes on in a transaction of its own; one that another node holds is skipped.
    """
    with unit_of_work.reading() as work:
        refs = due_requests(work)
    done = 0
    for ref in refs:
        try:
            done += _work_off(unit_of_work, ref, public_url)
        except Exception as error:  # noqa: BLE001  whatever it is, the others must not wait for it
            log.error("request_failed", error=type(error).__name__)
    return done


def due_requests(work: UnitOfWork) -> list[str]:
    """The references of the requests whose time has come or whose shift is another's now."""
    return [row.ref for row in requests.undecided(work.session) if _is_due(work, row)]


def _work_off(unit_of_work: UnitsOfWork, ref: str, public_url: str) -> bool:
    with unit_of_work() as work:
        row = requests.lock(work.session, ref, wait=False)
        if row is None or row.due_at is None or not _is_due(work, row):
            return False
        if not _is_still_theirs(work, row):
            _close_for_the_rota(work, row, public_url)
        elif row.kind == "swap":
            swaps.go_on(work, row, public_url)
        else:
            _go_on(work, row, public_url)
        return True


def _is_due(work: UnitOfWork, row: ShiftRequestRow) -> bool:
    come = row.due_at is not None and row.due_at <= work.now
    stuck = swaps.is_unheard if row.kind == "swap" else _is_unheard
    return come or not _is_still_theirs(work, row) or stuck(work, row)


def _is_unheard(work: UnitOfWork, row: ShiftRequestRow) -> bool:
    """Whether it waits for long, but for nobody: no text reaches those asked, and no lead knows.

    Somebody may text STOP after they were asked.
    """
    if row.lead_told_at is not None or row.due_at is None or row.due_at <= work.now + TRY_AGAIN:
        return False
    return not any(
        one.answer is None and can_be_texted(work, one.staff_id, row.team_id)
        for one in requests.asks(work.session, row.ref)
    )


def _is_still_theirs(work: UnitOfWork, row: ShiftRequestRow) -> bool:
    """Whether what is asked about still belongs to those who were asked and who asked."""
    team = work.directory.teams.get(row.team_id)
    if team is None:
        return False
    shifts = [stretch_of(row, work.now)]
    if row.kind == "swap":
        shifts.append(swaps.wanted_of(work, row))
    return all(one.start >= one.end or holds(team.rota, one) for one in shifts)


def _close_for_the_rota(work: UnitOfWork, row: ShiftRequestRow, public_url: str) -> None:
    """Nothing is asked any more, since the rota is another now."""
    close(work, row, "over")
    if row.team_id not in work.directory.teams:
        return
    body = rota_wording.told_asker_rota_changed(row.ref, f"{public_url}/me/shifts")
    tell(work, row, row.staff_id, "changed", body)
    _tell_the_others(work, row, "changed", rota_wording.told_rota_changed(row.ref), but=())
