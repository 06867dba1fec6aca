"""Changes of a team's rota by people: rotations, overrides, temporary schedules, members, staff.

Each is written inside the guarantee of coverage and into the journal. `who` is the name of whoever
makes it; `accept` a lead's reason for gaps that it opens; `preview` only tries it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select

from dispatch.commands.guarantee import Change, coverage_kept, note_change
from dispatch.crisis import State
from dispatch.tables import CrisisRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import (
    Override,
    OverrideKind,
    Rotation,
    StaffId,
    Stint,
    TeamId,
    TemporarySchedule,
    Tier,
)
from oncall.store import FROM_FILE, override_row, replace_rotations
from oncall.tables import (
    MembershipRow,
    OverrideRow,
    StaffRow,
    StintRow,
    TeamRow,
    TemporaryScheduleRow,
)
from oncall.words import span

MOST_LAYERS = 40
MOST_STINTS = 5000
"""More than any team can mean; it keeps one request from filling the database."""

LONGEST_OVERRIDE = timedelta(days=400)
"""Who stands for longer than a year belongs into a rotation."""


class WrongEdit(ValueError):  # noqa: N818
    """The change can't be made as it was asked for. The text says what is wrong, how to mend it."""


class ChangedMeanwhile(Exception):  # noqa: N818
    """Somebody else was faster: what should be replaced is not what was seen."""


class NotThere(LookupError):  # noqa: N818
    """What should be changed is not there (any more)."""


@dataclass(frozen=True, slots=True)
class By:
    """Who makes a change, and how."""

    who: str
    accept: str | None = None
    preview: bool = False


def set_rotations(
    work: UnitOfWork,
    team: TeamId,
    rotations: Sequence[Rotation],
    by: By,
    seen: Sequence[Rotation] | None = None,
) -> Change:
    """Put these rotations in place of a team's. Raises WrongEdit, GapsOpened, Previewed.

    `seen` are the rotations that whoever makes the change has before them: ChangedMeanwhile when
    these are not the team's any more.
    """
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        if seen is not None and tuple(seen) != work.directory.teams[team].rota.rotations:
            raise ChangedMeanwhile(
                "Somebody else has changed the rotations meanwhile: read them again, then make "
                "your change."
            )
        if len(rotations) > MOST_LAYERS:
            raise WrongEdit(f"A team can have {MOST_LAYERS} rotations at most.")
        for rotation in rotations:
            _known_tier(work, team, rotation.tier)
            for staff in rotation.order:
                _able_member(work, team, staff)
        replace_rotations(work.session, team, rotations)
        row = work.session.get_one(TeamRow, team)
        row.rota_changed_by = by.who
        work.session.add(row)
        names = ", ".join(f"{one.tier} {one.name}" for one in rotations) or "none"
        note_change(
            work, who=by.who, what="rotations", text=f"the rotations are now: {names}", team=team
        )
    return change


def add_override(
    work: UnitOfWork,
    team: TeamId,
    override: Override,
    by: By,
    *,
    origin: str = "web",
    ref: str | None = None,
) -> tuple[int, Change]:
    """Write an override and give its number. Raises WrongEdit, GapsOpened, Previewed."""
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        row = put_override(work, team, override, by.who, origin=origin, ref=ref)
    return row.id or 0, change


def put_override(
    work: UnitOfWork, team: TeamId, override: Override, who: str, *, origin: str, ref: str | None
) -> OverrideRow:
    """Write an override and its line in the journal, inside a guarantee that is open already."""
    _known_tier(work, team, override.tier)
    if override.kind is not OverrideKind.REMOVE:
        _able_member(work, team, override.staff)
    elif override.staff not in work.directory.staff:
        raise WrongEdit(f"Nobody on the staff is called “{override.staff}”.")
    if override.instead is not None and override.instead not in work.directory.staff:
        raise WrongEdit(f"Nobody on the staff is called “{override.instead}”.")
    if override.end <= work.now:
        raise WrongEdit("This stretch is over already: choose one that ends in the future.")
    if override.end - override.start > LONGEST_OVERRIDE:
        raise WrongEdit("An override lasts 400 days at most: change the rotation instead.")
    row = override_row(team, override, origin, ref=ref)
    work.session.add(row)
    work.session.flush()
    note_change(
        work,
        who=who,
        what="override",
        text=_told(work, team, override),
        team=team,
        staff=override.staff,
        details={"override": row.id, "request": ref},
    )
    return row


def _told(work: UnitOfWork, team: TeamId, override: Override) -> str:
    name = work.directory.name_of(override.staff)
    zone = work.directory.teams[team].timezone
    when = span(override.start, override.end, zone, work.now)
    reason = f": {override.reason}" if override.reason else ""
    match override.kind:
        case OverrideKind.REMOVE:
            return f"{name} does not stand on {override.tier} from {when}{reason}"
        case OverrideKind.ADD:
            return f"{name} stands on {override.tier} where nobody would, from {when}{reason}"
        case OverrideKind.REPLACE:
            instead = override.instead
            other = f" instead of {work.directory.name_of(instead)}" if instead else ""
            return f"{name} stands on {override.tier}{other} from {when}{reason}"


def remove_override(work: UnitOfWork, team: TeamId, number: int, by: By) -> Change:
    """Take an override back. Raises NotThere, WrongEdit, GapsOpened, Previewed."""
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        row = work.session.get(OverrideRow, number)
        if row is None or row.team_id != team:
            raise NotThere("This override is not there any more.")
        if row.origin == FROM_FILE:
            raise WrongEdit(
                "This override stands in the agency's file and would come back with the next load: "
                "take it out there, or write another override over it."
            )
        override = Override(
            row.tier,
            row.starts,
            row.ends,
            row.staff_id,
            row.reason,
            OverrideKind(row.kind),
            row.instead_id,
        )
        note_change(
            work,
            who=by.who,
            what="override_removed",
            text=f"taken back: {_told(work, team, override)}",
            team=team,
            staff=row.staff_id,
            details={"override": number},
        )
        work.session.delete(row)
    return change


def add_temporary_schedule(
    work: UnitOfWork, team: TeamId, name: str, tiers: Mapping[Tier, Sequence[Stint]], by: By
) -> tuple[int, Change]:
    """Write a temporary schedule and give its number. Raises WrongEdit, GapsOpened, Previewed."""
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        count = sum(map(len, tiers.values()))
        if not count:
            raise WrongEdit("A temporary schedule needs at least one stint.")
        if count > MOST_STINTS:
            raise WrongEdit(f"A temporary schedule can have {MOST_STINTS} stints at most.")
        row = TemporaryScheduleRow(team_id=team, name=name, made_at=work.now, made_by=by.who)
        work.session.add(row)
        work.session.flush()
        number = row.id or 0
        for tier, stints in tiers.items():
            _known_tier(work, team, tier)
            for staff in sorted({stint.staff for stint in stints}):
                _able_member(work, team, staff)
            work.session.add_all(_stint_rows(number, _schedule(tier, name, stints)))
        note_change(
            work,
            who=by.who,
            what="temporary_schedule",
            text=f"the temporary schedule {name} with {count} stints",
            team=team,
            details={"schedule": number},
        )
    return number, change


def _schedule(tier: Tier, name: str, stints: Sequence[Stint]) -> TemporarySchedule:
    try:
        return TemporarySchedule(tier, name, tuple(stints))
    except ValueError as wrong:
        raise WrongEdit(str(wrong)) from None


def _stint_rows(number: int, schedule: TemporarySchedule) -> list[StintRow]:
    return [
        StintRow(
            schedule_id=number,
            tier=schedule.tier,
            starts=stint.start,
            ends=stint.end,
            staff_id=stint.staff,
        )
        for stint in schedule.stints
    ]


def remove_temporary_schedule(work: UnitOfWork, team: TeamId, number: int, by: By) -> Change:
    """Take a temporary schedule back. Raises NotThere, GapsOpened, Previewed."""
    with coverage_kept(work, who=by.who, accept=by.accept, preview=by.preview) as change:
        row = work.session.get(TemporaryScheduleRow, number)
        if row is None or row.team_id != team:
            raise NotThere("This temporary schedule is not there any more.")
        note_change(
            work,
            who=by.who,
            what="temporary_schedule_removed",
            text=f"the temporary schedule {row.name} was taken back",
            team=team,
            details={"schedule": number},
        )
        work.session.delete(row)
    return change


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


def _known_tier(work: UnitOfWork, team: TeamId, tier: Tier) -> None:
    tiers: Collection[Tier] = work.directory.teams[team].rota.tiers
    if tier not in tiers:
        raise WrongEdit(f"The team's ladder has no tier “{tier}”: take one of {', '.join(tiers)}.")


def _able_member(work: UnitOfWork, team: TeamId, staff: StaffId) -> None:
    """Whoever is put on a rota belongs to the team and has not left."""
    member = work.directory.staff.get(staff)
    if member is None:
        raise WrongEdit(f"Nobody on the staff is called “{staff}”.")
    if not member.active:
        raise WrongEdit(f"{member.name} has left the staff: name somebody else.")
    if staff not in work.directory.teams[team].members:
        raise WrongEdit(
            f"{member.name} is no member of this team: add them to it or name somebody else."
        )


def _owns_nothing(work: UnitOfWork, staff: StaffId, team: TeamId | None) -> None:
    query = select(CrisisRow).where(
        CrisisRow.owner_id == staff, CrisisRow.state != State.CLOSED.value
    )
    if team is not None:
        query = query.where(CrisisRow.team_id == team)
    row = work.session.exec(query.order_by(col(CrisisRow.opened_at))).first()
    if row is not None:
        raise WrongEdit(f"They own the open crisis {row.ref}: hand it off first.")
