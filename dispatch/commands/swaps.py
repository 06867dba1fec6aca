"""Swaps: two people exchange shifts once both agree, and a lead where the team wants that."""

from dispatch.commands.leads import admins_of, leads_of
from dispatch.commands.shift_requests import (
    RequestRefused,
    WrongRequest,
    ask,
    begin,
    changing_rota,
    close,
    refuse_a_second,
    refuse_if_closed,
    refuse_too_many,
    refuse_wrong_moves,
    require_theirs,
    require_tier,
    stand_instead,
    tell,
    tell_all,
    was_told,
    when_of,
    write_answer,
)
from dispatch.commands.staff_texts import can_be_texted
from dispatch.store import requests
from dispatch.unit_of_work import UnitOfWork
from notifications import rota_wording
from oncall.duty_tables import ShiftRequestRow
from oncall.model import StaffId, TeamId
from oncall.requests import Answer
from oncall.rest import Stretch


def offer_swap(
    work: UnitOfWork,
    team: TeamId,
    given: Stretch,
    wanted: Stretch,
    *,
    note: str = "",
    by: str,
) -> ShiftRequestRow:
    """Ask the holder of `wanted` to take `given` for it. Nothing changes until they say yes.

    Raises WrongRequest, RequestRefused.
    """
    for stretch in (given, wanted):
        rota = require_tier(work, team, stretch.tier)
        require_theirs(work, rota, stretch)
        if stretch.start < work.now:
            raise WrongRequest("start: has passed. Swap what lies ahead, or ask for cover.")
    if given.staff == wanted.staff:
        raise WrongRequest("other_start: this shift is theirs too. Choose a colleague's.")
    refuse_a_second(work, team, given)
    refuse_too_many(work, team, given.staff)
    refuse_wrong_moves(work, team, [(given, wanted.staff), (wanted, given.staff)])
    row = begin(
        work,
        lambda ref: ShiftRequestRow(
            ref=ref,
            kind="swap",
            team_id=team,
            tier=given.tier,
            starts=given.start,
            ends=given.end,
            staff_id=given.staff,
            other_tier=wanted.tier,
            other_starts=wanted.start,
            other_ends=wanted.end,
            note=note,
            made_at=work.now,
            made_by=by,
            due_at=min(given.start, wanted.start),
        ),
    )
    ask(work, row, wanted.staff, 1)
    work.session.flush()
    name = work.directory.name_of(given.staff)
    tell(work, row, wanted.staff, "ask", rota_wording.swap_asked(row.ref, name, *_both(work, row)))
    _tell_if_untexted(work, row)
    return row


def _tell_if_untexted(work: UnitOfWork, row: ShiftRequestRow) -> None:
    """Tell the one who offers that no text reaches their colleague, who can answer on the web."""
    partner = partner_of(work, row)
    if not can_be_texted(work, partner, row.team_id):
        body = rota_wording.told_swap_untexted(row.ref, work.directory.name_of(partner))
        tell(work, row, row.staff_id, "untexted", body)


def say_yes(
    work: UnitOfWork, row: ShiftRequestRow, staff: StaffId, *, by: str, public_url: str
) -> None:
    """The colleague agrees: it is done, or a lead is asked. Raises RequestRefused."""
    _refuse_others(work, row, staff)
    if row.state == "lead":
        raise RequestRefused("you have agreed already, and a lead must too.")
    rules = work.directory.teams[row.team_id].rota.rules
    if not rules.swaps_need_lead:
        _exchange(work, row, by=by)
        write_answer(work, row, staff, Answer.YES)
        return
    refuse_wrong_moves(work, row.team_id, _moves(work, row))
    write_answer(work, row, staff, Answer.YES)
    row.state = "lead"
    work.session.add(row)
    leads_know = _ask_leads(work, row, public_url)
    body = rota_wording.told_swap_agreed(
        row.ref, work.directory.name_of(staff), leads_know=leads_know
    )
    tell(work, row, row.staff_id, "agreed", body)


def _ask_leads(work: UnitOfWork, row: ShiftRequestRow, public_url: str) -> bool:
    """Ask those who may agree; False where no text reaches any of them."""
    names, wanted = work.directory.name_of, wanted_of(work, row)
    body = rota_wording.swap_needs_lead(
        row.ref,
        (names(row.staff_id), names(wanted.staff)),
        (row.tier, wanted.tier),
        f"{public_url}/teams/{row.team_id}/schedule",
    )
    asked = tell_all(work, row, approvers(work, row), "approve", body)
    if asked:
        row.lead_told_at = work.now
        work.session.add(row)
    return asked


def say_no(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId) -> None:
    """The colleague keeps their shift. Raises RequestRefused."""
    _refuse_others(work, row, staff)
    write_answer(work, row, staff, Answer.NO)
    close(work, row, "declined")
    body = rota_wording.told_swap_declined(row.ref, work.directory.name_of(staff))
    tell(work, row, row.staff_id, "declined", body)


def approve(work: UnitOfWork, ref: str, lead: StaffId | None, *, by: str) -> ShiftRequestRow:
    """A lead agrees: it is done. `lead` is None for those not on the staff.

    Raises LookupError, RequestRefused.
    """
    row = _waiting_for_lead(work, ref)
    _exchange(work, row, by=by)
    _decided(work, row, lead, by)
    return row


def refuse(work: UnitOfWork, ref: str, lead: StaffId | None, *, by: str) -> ShiftRequestRow:
    """A lead says no: nothing changes. Raises LookupError, RequestRefused."""
    row = _waiting_for_lead(work, ref)
    close(work, row, "declined")
    body = rota_wording.told_swap_declined(row.ref, by)
    tell_all(work, row, [row.staff_id, partner_of(work, row)], "declined", body)
    _decided(work, row, lead, by)
    return row


def _decided(work: UnitOfWork, row: ShiftRequestRow, lead: StaffId | None, by: str) -> None:
    """Keep which lead has decided, and tell the others who were asked to."""
    row.lead_id = lead
    work.session.add(row)
    others = [one for one in approvers(work, row) if one != lead]
    tell_all(work, row, others, "decided", rota_wording.told_swap_decided(row.ref, by))


def is_unheard(work: UnitOfWork, row: ShiftRequestRow) -> bool:
    """Whether something is to be said that could not be said before, or was not so before.

    No text has reached a lead and now one can; or none reaches the colleague any more.
    """

    def hears(staff: StaffId) -> bool:
        return can_be_texted(work, staff, row.team_id)

    if row.state == "lead":
        return row.lead_told_at is None and any(map(hears, approvers(work, row)))
    told = hears(partner_of(work, row)) or was_told(work, row, row.staff_id, "untexted")
    return not told and hears(row.staff_id)


def go_on(work: UnitOfWork, row: ShiftRequestRow, public_url: str) -> None:
    """Let it lapse when its time has come; before, say what could not be said."""
    if row.due_at is not None and row.due_at <= work.now:
        _let_it_lapse(work, row)
    elif row.state == "lead":
        _ask_leads(work, row, public_url)
    else:
        _tell_if_untexted(work, row)


def _let_it_lapse(work: UnitOfWork, row: ShiftRequestRow) -> None:
    """The first of the two shifts begins before all have agreed."""
    people = [row.staff_id]
    if row.state == "lead":
        people.append(partner_of(work, row))
    close(work, row, "over")
    tell_all(work, row, people, "over", rota_wording.told_swap_over(row.ref))


def approvers(work: UnitOfWork, row: ShiftRequestRow) -> list[StaffId]:
    """The leads who may agree: those who don't swap themselves, else the agency's administrators.

    Where all of them swap themselves, or there are none, the leads as they are.
    """
    parties = (row.staff_id, partner_of(work, row))
    leads = leads_of(work.directory, row.team_id)
    for people in (leads, admins_of(work.directory)):
        if others := [one.id for one in people if one.id not in parties]:
            return others
    return [one.id for one in leads]


def partner_of(work: UnitOfWork, row: ShiftRequestRow) -> StaffId:
    """Who is asked to swap."""
    [ask_row] = requests.asks(work.session, row.ref)
    return ask_row.staff_id


def given_of(row: ShiftRequestRow) -> Stretch:
    """What the one who asks gives."""
    return Stretch(row.starts, row.ends, row.tier, row.staff_id)


def wanted_of(work: UnitOfWork, row: ShiftRequestRow) -> Stretch:
    """What they want for it, with whose it is."""
    if row.other_tier is None or row.other_starts is None or row.other_ends is None:
        raise ValueError(f"{row.ref} is no swap")
    return Stretch(row.other_starts, row.other_ends, row.other_tier, partner_of(work, row))


def _waiting_for_lead(work: UnitOfWork, ref: str) -> ShiftRequestRow:
    row = requests.lock(work.session, ref)
    if row is None:
        raise LookupError(f"no request has the reference {ref}")
    refuse_if_closed(work, row)
    if row.state != "lead":
        raise RequestRefused("this does not wait for a lead.")
    return row


def _refuse_others(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId) -> None:
    partner = partner_of(work, row)
    if staff != partner:
        name = work.directory.name_of(partner)
        raise RequestRefused(f"only {name} can answer, whose shift is wanted.")


def _moves(work: UnitOfWork, row: ShiftRequestRow) -> list[tuple[Stretch, StaffId]]:
    given, wanted = given_of(row), wanted_of(work, row)
    return [(given, wanted.staff), (wanted, given.staff)]


def _exchange(work: UnitOfWork, row: ShiftRequestRow, *, by: str) -> None:
    """Write both overrides in one change, and tell the two."""
    if row.due_at is not None and row.due_at <= work.now:
        raise RequestRefused("one of the shifts has begun: it can't be swapped any more.")
    with changing_rota(work, by):
        stand_instead(work, row, _moves(work, row), by=by, origin="swap")
    wanted = wanted_of(work, row)
    row.taken_by = wanted.staff
    close(work, row, "done")
    tier, when, other_tier, other_when = _both(work, row)
    body = rota_wording.told_swapped(row.ref, other_tier, other_when, tier, when)
    tell(work, row, row.staff_id, "swapped", body)
    body = rota_wording.told_swapped(row.ref, tier, when, other_tier, other_when)
    tell(work, row, wanted.staff, "swapped", body)


def _both(work: UnitOfWork, row: ShiftRequestRow) -> tuple[str, str, str, str]:
    """Tier and time of what is given, then of what is wanted."""
    given, wanted = given_of(row), wanted_of(work, row)
    return given.tier, when_of(work, row, given), wanted.tier, when_of(work, row, wanted)
