"""The staff line: what a worker who calls our number from their own phone hears and can ask for.

A number can be pretended. So nothing is said here about any crisis, and nobody is connected to
anybody: whoever is to be connected is rung back. Names are first names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dispatch import staff_script
from dispatch.caller import phone_number
from dispatch.commands import callbacks
from dispatch.commands.answering import once
from dispatch.commands.callbacks import Wish
from dispatch.commands.carrying_out import happen
from dispatch.commands.paging import sms_line
from dispatch.commands.staff_texts import text_to, unique
from dispatch.crisis import Channel, Crisis
from dispatch.events import HandOffAsked, Refused
from dispatch.staff_script import Menu
from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import duty_wording, outbox, wording
from notifications.outbox import PAGE_LIFE, Kind
from oncall.ladder import next_to_ask
from oncall.model import StaffId, TeamId
from oncall.store import Directory, Team

READINGS = 6
"""After so many readings of the menu they are taken on as a caller."""

ASKED_WITHIN = timedelta(minutes=30)
"""Whoever was asked for help in this time, and did not come, is asked again only after the rest."""

BACKUP_AGAIN = timedelta(minutes=5)
"""One page in this time is enough."""


@dataclass(frozen=True, slots=True)
class StaffCall:
    """A call in which the menu was read; numbers as Twilio wrote them."""

    sid: str
    from_: str | None
    to: str | None


def menu(work: UnitOfWork, phone: str | None, line: str | None, public_url: str) -> str | None:
    """The menu, if the call shows the verified phone of somebody on the staff; else None."""
    staff = _staff(work.directory, phone)
    teams = [] if staff is None else _teams(work.directory, staff, line)
    return staff_script.read_menu(_menu(teams, public_url, 1)) if teams else None


def _staff(directory: Directory, phone: str | None) -> StaffId | None:
    staff = directory.staff_by_phone.get(phone or "")
    return staff if staff is not None and directory.staff[staff].person.verified else None


def _teams(directory: Directory, staff: StaffId, line: str | None) -> list[Team]:
    """Their teams that answer on this line; all of theirs where none of them does."""
    theirs = [team for team in directory.teams.values() if staff in team.members]
    here = directory.teams_by_line.get(line or "", ())
    return [team for team in theirs if team.id in here] or theirs


def _menu(teams: Sequence[Team], public_url: str, reading: int) -> Menu:
    return Menu(public_url, " and ".join(team.name for team in teams), reading)


def key_pressed(
    work: UnitOfWork, call: StaffCall, reading: int, digits: str | None, public_url: str
) -> str:
    """Do what was asked for, and read the menu again; 0, and what leads nowhere, is a caller."""

    def do() -> str:
        staff = _staff(work.directory, phone_number(call.from_))
        teams = [] if staff is None else _teams(work.directory, staff, phone_number(call.to))
        if staff is None or not teams or digits == "0" or reading >= READINGS:
            return staff_script.as_a_caller(public_url)
        match digits:
            case "1":
                words = _ring_back(work, staff, public_url)
                if words == staff_script.RINGS_YOU:
                    return staff_script.goodbye(words)
            case "2":
                words = " ".join(_on_call(work, team) for team in teams)
            case "3":
                words = _page_backup(work, staff, teams[0], public_url)
            case _:
                words = ""
        return staff_script.read_menu(_menu(teams, public_url, reading + 1), words)

    return once(work, f"call/{call.sid}/staff-line/{reading}", do)


def owned_by(work: UnitOfWork, staff: StaffId) -> list[Crisis]:
    """The open crises that are theirs, the oldest first."""
    return [one for one in crises.open_for(work.session, staff) if one.owner == staff]


def _ring_back(work: UnitOfWork, staff: StaffId, public_url: str) -> str:
    """Why somebody can't be connected is told to their own phone and page, not to this call."""
    wish = Wish(staff, Channel.PHONE)
    try:
        match owned_by(work, staff):
            case []:
                return staff_script.NOTHING_OPEN
            case [only]:
                callbacks.call_back(work, only.ref, wish, public_url)
            case several:
                callbacks.call_one_of(work, several, wish, public_url)
    except Refused:
        return staff_script.NOT_NOW
    return staff_script.RINGS_YOU


def _on_call(work: UnitOfWork, team: Team) -> str:
    people = ", ".join(
        f"{rung.tier} {staff_script.NOBODY if rung.staff is None else _first(work, rung.staff)}"
        for rung in work.directory.ladder(team.id, work.now).rungs
    )
    return staff_script.ON_CALL.format(team=team.name, people=people)


def _first(work: UnitOfWork, staff: StaffId) -> str:
    return work.directory.name_of(staff).split()[0]


# The backup ─────────────────────────────────────────────────────────────────────────────────────


def _page_backup(work: UnitOfWork, staff: StaffId, team: Team, public_url: str) -> str:
    """Ask the backup to take the one crisis that is theirs over; else, simply to call them."""
    owned = owned_by(work, staff)
    if len(owned) == 1:
        return _ask_to_take_over(work, staff, owned[0].ref, public_url)
    team_id = owned[0].team if owned else team.id
    to = next_to_ask(work.directory.ladder(team_id, work.now), staff, ())
    if to is None:
        return staff_script.NO_BACKUP.format(team=work.directory.teams[team_id].name)
    return _ask_to_call(work, staff, to, team_id)


def _ask_to_take_over(work: UnitOfWork, staff: StaffId, ref: str, public_url: str) -> str:
    crisis = crises.lock(work.session, ref)
    if crisis is None or crisis.owner != staff:
        return staff_script.NOT_NOW
    if crisis.handing_to is not None:
        return staff_script.PAGED_ALREADY.format(name=_first(work, crisis.handing_to))
    since = work.now - ASKED_WITHIN
    asked = {
        row.who
        for row in crises.timeline(work.session, ref)
        if row.kind == "hand_off_asked" and row.who is not None and row.at > since
    }
    to = next_to_ask(work.directory.ladder(crisis.team, work.now), staff, asked)
    if to is None:
        return staff_script.NO_BACKUP.format(team=work.directory.teams[crisis.team].name)
    try:
        happen(work, crisis, HandOffAsked(to, staff), public_url=public_url)
    except Refused:
        return staff_script.NOT_NOW
    _tell_what_was_done(work, staff, to, crisis.team)
    return staff_script.PAGED.format(name=_first(work, to))


def _ask_to_call(work: UnitOfWork, staff: StaffId, to: StaffId, team: TeamId) -> str:
    """Text the backup and ring them as well: no deadline of any crisis watches over this."""
    period = int(work.now.timestamp() // BACKUP_AGAIN.total_seconds())
    key = f"backup/{team}/{staff}/{to}/{period}"
    member, line = work.directory.staff[to], sms_line(work, team)
    if outbox.is_written(work.session, f"{key}/call") or line is None:
        return staff_script.PAGED_ALREADY.format(name=_first(work, to))
    caller = work.directory.staff[staff]
    body = wording.told_backup_wanted(work.directory.teams[team].name, caller.name)
    with_number = f"{body} {caller.phone}"  # a colleague's, to be called with one touch
    text_to(work, to, team, key=f"{key}/sms", body=with_number, life=PAGE_LIFE)
    outbox.put_words(
        work.session,
        Kind.SPOKEN,
        key=f"{key}/call",
        now=work.now,
        to_phone=member.phone,
        from_phone=line,
        body=duty_wording.spoken(body),
        staff_id=to,
    )
    work.sends = True
    _tell_what_was_done(work, staff, to, team)
    return staff_script.PAGED.format(name=_first(work, to))


def _tell_what_was_done(work: UnitOfWork, staff: StaffId, to: StaffId, team: TeamId) -> None:
    """Text it to the worker's own phone: somebody may have called in their name."""
    body = wording.told_backup_paged(work.directory.teams[team].name, work.directory.name_of(to))
    text_to(work, staff, team, key=unique("backup-asked"), body=body, life=PAGE_LIFE)
