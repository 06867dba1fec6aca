"""Who belongs to a team and to the staff: joining, leaving, another phone.

Each change is written inside the guarantee of coverage and into the journal, as those of rotas are.
"""

from sqlmodel import col, select

from dispatch.commands.guarantee import Change, coverage_kept, note_change
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.crisis import State
from dispatch.tables import CrisisRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId, TeamId
from oncall.tables import MembershipRow, StaffRow


def add_member(work: UnitOfWork, team: TeamId, staff: StaffId, by: By) -> Change:
    """Take somebody on the staff into a team. Raises WrongEdit, Previewed."""
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        member = work.directory.staff.get(staff)
        if member is None or not member.active:
            raise WrongEdit(f"Nobody active on the staff is called “{staff}”.")
        members = work.directory.teams[team].members
        if staff not in members:
            work.session.add(MembershipRow(team_id=team, staff_id=staff, position=len(members)))
            note_change(
                work,
                who=by.who,
                what="member_added",
                text=f"{member.name} belongs to the team",
                team=team,
                staff=staff,
            )
    return change


def remove_member(work: UnitOfWork, team: TeamId, staff: StaffId, by: By) -> Change:
    """Let somebody leave a team: they stand on none of its tiers any more.

    Where rotations and overrides still name them, what lies below shows through. Raises NotThere,
    WrongEdit, GapsOpened, Previewed.
    """
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        row = work.session.get(MembershipRow, (team, staff))
        if row is None:
            raise NotThere("They don't belong to this team.")
        _owns_nothing(work, staff, team)
        work.session.delete(row)
        note_change(
            work,
            who=by.who,
            what="member_removed",
            text=f"{work.directory.name_of(staff)} left the team",
            team=team,
            staff=staff,
        )
    return change


def change_staff(
    work: UnitOfWork,
    staff: StaffId,
    by: By,
    *,
    phone: str | None = None,
    active: bool | None = None,
) -> Change:
    """Give somebody another phone, or let them leave or come back.

    Raises NotThere, WrongEdit, GapsOpened, Previewed.
    """
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        row = work.session.get(StaffRow, staff)
        if row is None:
            raise NotThere("Nobody on the staff is called that.")
        if active is False and row.active:
            _owns_nothing(work, staff, None)
        will_be_active = row.active if active is None else active
        will_ring = row.phone if phone is None else phone
        if will_be_active:
            _phone_is_free(work, staff, will_ring)
        if phone is not None and phone != row.phone:
            row.phone = phone
            note_change(
                work,
                who=by.who,
                what="phone",
                text=f"{row.name} has another phone, which is not verified yet",
                staff=staff,
            )
        if active is not None and active != row.active:
            row.active = active
            what = "is on the staff again" if active else "left the staff"
            note_change(
                work,
                who=by.who,
                what="staff",
                text=f"{row.name} {what}",
                staff=staff,
                details={"active": active},
            )
        work.session.add(row)
    return change


def _phone_is_free(work: UnitOfWork, staff: StaffId, phone: str) -> None:
    if work.directory.staff_by_phone.get(phone, staff) != staff:
        raise WrongEdit("This phone is somebody else's: a page would reach the wrong person.")
    if phone in work.directory.teams_by_line:
        raise WrongEdit("This number is a team's line: Vigil would ring itself.")


def _owns_nothing(work: UnitOfWork, staff: StaffId, team: TeamId | None) -> None:
    query = select(CrisisRow).where(
        CrisisRow.owner_id == staff, CrisisRow.state != State.CLOSED.value
    )
    if team is not None:
        query = query.where(CrisisRow.team_id == team)
    row = work.session.exec(query.order_by(col(CrisisRow.opened_at))).first()
    if row is not None:
        raise WrongEdit(f"They own the open crisis {row.ref}: hand it off first.")
