"""What staff text about shifts: COVER, WITHDRAW, and yes or no to what they are asked."""

from dataclasses import dataclass
from datetime import timedelta

from dispatch.commands import requests as covers
from dispatch.commands import swaps
from dispatch.commands.shift_requests import RequestRefused, WrongRequest
from dispatch.commands.staff_texts import can_be_texted
from dispatch.store import requests
from dispatch.unit_of_work import UnitOfWork
from notifications import rota_wording, wording
from notifications.replies import Answer, Part, Reply
from oncall.duty_tables import ShiftRequestRow
from oncall.model import StaffId, TeamId
from oncall.requests import CoverRequest, part_of, shifts_of
from oncall.rest import Stretch
from oncall.store import Team
from oncall.words import brief, moment

DAYS_AHEAD = 14
"""How far ahead COVER looks for somebody's next shift, and how long that may last."""

MOST_LISTED = 4
"""How many shifts at the same time are listed for a choice."""


@dataclass(frozen=True, slots=True)
class _Shift:
    """One of the sender's shifts, or the part of it that they mean."""

    team: Team
    stretch: Stretch


def cover_asked(work: UnitOfWork, staff: StaffId, reply: Reply, public_url: str) -> str:
    """COVER: ask who takes the sender's present shift from now on, else the next; or a part."""
    coming = _coming(work, staff)
    if not coming:
        return rota_wording.reply_no_shift(DAYS_AHEAD)
    meant = _meant(coming, reply.part, work)
    if not meant:
        return _no_such_part(work, coming[0], reply.part)
    if reply.number is None and len(meant) > 1:
        return _which(work, meant, reply.part)
    if not 1 <= (reply.number or 1) <= len(meant):
        return _which(work, meant, reply.part)
    chosen = meant[(reply.number or 1) - 1]
    if reply.part is None and chosen.stretch.end - work.now > timedelta(days=DAYS_AHEAD):
        return rota_wording.reply_too_long(f"{public_url}/me/shifts")
    return _ask(work, chosen, public_url)


def withdrawn(work: UnitOfWork, staff: StaffId, ref: str | None) -> str:
    """WITHDRAW: the sender keeps their shift."""
    theirs = {row.ref for row in requests.made_by(work.session, staff)}
    if ref is not None and ref not in theirs:
        row = requests.find(work.session, ref)
        if row is None or row.staff_id != staff:
            return rota_wording.reply_unknown_request(ref)
    elif not theirs:
        return rota_wording.reply_nothing_to_withdraw()
    elif ref is None and len(theirs) > 1:
        return rota_wording.reply_which_withdrawn(sorted(theirs))
    wanted = ref or next(iter(theirs))
    try:
        covers.withdraw(work, wanted)
    except RequestRefused as refused:
        return _refusal(work, wanted, refused)
    return rota_wording.reply_withdrawn(wanted)


def questions_for(work: UnitOfWork, staff: StaffId) -> list[str]:
    """The references of what waits for this person's yes or no, the oldest first."""
    asked = list(requests.waiting_for(work.session, staff))
    teams = [team.id for team in work.directory.teams.values()]
    asked += [
        row
        for row in requests.waiting_for_leads(work.session, teams)
        if staff in swaps.approvers(work, row)
    ]
    return [row.ref for row in sorted(asked, key=lambda row: row.made_at)]


def answered(work: UnitOfWork, staff: StaffId, ref: str, answer: Answer, public_url: str) -> str:
    """A yes or a no to one request: of somebody asked, of a colleague on the team, or of a lead."""
    row = requests.find(work.session, ref)
    team = work.directory.teams.get(row.team_id) if row else None
    if row is None or team is None or not _may_know(work, row, staff):
        return rota_wording.reply_unknown_request(ref)
    if answer is Answer.UNCLEAR:
        return rota_wording.reply_yes_or_no(ref)
    try:
        if row.state == "lead" and staff in swaps.approvers(work, row):
            return _decided(work, row, staff, answer)
        return _said(work, row, staff, answer, public_url)
    except RequestRefused as refused:
        return _refusal(work, ref, refused)


def _refusal(work: UnitOfWork, ref: str, refused: RequestRefused) -> str:
    if refused.taken_by is not None:
        return wording.reply_taken(ref, work.directory.name_of(refused.taken_by))
    return rota_wording.reply_refused(ref, str(refused))


def _may_know(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId) -> bool:
    if staff in work.directory.teams[row.team_id].members:
        return True
    return row.kind == "swap" and staff in swaps.approvers(work, row)


def _said(
    work: UnitOfWork, row: ShiftRequestRow, staff: StaffId, answer: Answer, public_url: str
) -> str:
    if answer is not Answer.ACCEPT:
        covers.say_no(work, row.ref, staff, public_url=public_url)
        return rota_wording.reply_noted(row.ref)
    name = work.directory.name_of(staff)
    after = covers.say_yes(work, row.ref, staff, by=name, public_url=public_url)
    if after.kind == "cover":
        return covers.taken_words(work, after)
    if after.state == "lead":
        return rota_wording.reply_waits_for_lead(after.ref)
    return rota_wording.reply_swapped(after.ref)


def _decided(work: UnitOfWork, row: ShiftRequestRow, lead: StaffId, answer: Answer) -> str:
    name = work.directory.name_of(lead)
    if answer is Answer.ACCEPT:
        swaps.approve(work, row.ref, lead, by=name)
        return rota_wording.reply_swapped(row.ref)
    swaps.refuse(work, row.ref, lead, by=name)
    return rota_wording.reply_noted(row.ref)


# Which shift is meant ───────────────────────────────────────────────────────────────────────────


def _coming(work: UnitOfWork, staff: StaffId) -> list[_Shift]:
    """The sender's shifts that begin within DAYS_AHEAD, whole as far as twice that: in order."""
    far = timedelta(days=2 * DAYS_AHEAD + 1)
    found = [
        _Shift(team, stretch)
        for team in work.directory.teams.values()
        for stretch in shifts_of(team.rota, staff, work.now, work.now + far)
        if stretch.start < work.now + timedelta(days=DAYS_AHEAD)
    ]
    return sorted(found, key=lambda one: one.stretch.start)


def _meant(coming: list[_Shift], part: Part | None, work: UnitOfWork) -> list[_Shift]:
    """The first of them, or the first that have this part in them, with those at the same time."""
    if part is not None:
        parts = [(one.team, _part(one, part, work)) for one in coming]
        coming = [_Shift(team, stretch) for team, stretch in parts if stretch is not None]
        coming.sort(key=lambda one: one.stretch.start)
    return [one for one in coming if one.stretch.start < coming[0].stretch.end][:MOST_LISTED]


def _part(one: _Shift, part: Part, work: UnitOfWork) -> Stretch | None:
    return part_of(one.stretch, part.begins, part.ends, one.team.timezone, work.now)


def _no_such_part(work: UnitOfWork, first: _Shift, part: Part | None) -> str:
    if part is None:
        raise ValueError("a whole shift is never missing")
    return rota_wording.reply_no_such_part(
        f"{part.begins:%H:%M}",
        f"{part.ends:%H:%M}",
        first.stretch.tier,
        first.team.name,
        _when(work, first),
    )


def _which(work: UnitOfWork, meant: list[_Shift], part: Part | None) -> str:
    shown = [f"{one.stretch.tier} of {one.team.name}, {_when(work, one)}" for one in meant]
    times = "" if part is None else f" {part.begins:%H:%M}-{part.ends:%H:%M}"
    return rota_wording.reply_which_shift(shown, times)


def _when(work: UnitOfWork, one: _Shift) -> str:
    return brief(one.stretch.start, one.stretch.end, one.team.timezone, work.now)


# Asking ─────────────────────────────────────────────────────────────────────────────────────────


def _ask(work: UnitOfWork, chosen: _Shift, public_url: str) -> str:
    staff, team = chosen.stretch.staff, chosen.team
    try:
        row = covers.ask_for_cover(
            work,
            team.id,
            chosen.stretch,
            by=work.directory.name_of(staff),
            public_url=public_url,
        )
    except (RequestRefused, WrongRequest) as wrong:
        return rota_wording.reply_request_refused(str(wrong))
    return _begun(work, row, team.id)


def _begun(work: UnitOfWork, row: ShiftRequestRow, team: TeamId) -> str:
    """Whom Vigil asks by text, until when, and whose shift it is meanwhile."""
    zone = work.directory.teams[team].timezone
    when = brief(row.starts, row.ends, zone, work.now)
    asked = [
        work.directory.name_of(one.staff_id)
        for one in requests.asks(work.session, row.ref)
        if can_be_texted(work, one.staff_id, team)
    ]
    told = row.lead_told_at is not None
    if not asked:
        return rota_wording.cover_without_takers(row.ref, row.tier, when, leads_know=told)
    until = CoverRequest(row.made_at, row.starts, row.ends).leads_at
    shown = None
    if until > work.now:
        shown = moment(until.replace(second=0, microsecond=0), zone, work.now)
    return rota_wording.cover_begun(row.ref, row.tier, when, asked, shown, leads_know=told)
