"""Reads and writes rotas. Nodes keep a copy in memory and notice by its version when it is old."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from oncall.ladder import DEFAULT_LAST_RESORT, Ladder, ladder
from oncall.model import (
    ANYBODY,
    Every,
    Only,
    Override,
    OverrideKind,
    Person,
    Rota,
    Rotation,
    Rules,
    RungRule,
    StaffId,
    Stint,
    TeamId,
    TemporarySchedule,
    Tier,
    TimeOff,
    Unit,
)
from oncall.tables import (
    AgencyRow,
    MembershipRow,
    OverrideRow,
    PhoneRow,
    RotationRow,
    RotaVersionRow,
    RungRow,
    StaffRow,
    StintRow,
    TeamLineRow,
    TeamRow,
    TemporaryScheduleRow,
    TimeOffRow,
)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody on the staff, as routing needs them."""

    id: StaffId
    name: str
    phone: str
    email: str | None
    role: str
    active: bool
    discipline: str = ""
    person: Person = ANYBODY
    """The same as the rota sees them."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team with its rota, lines and members."""

    id: TeamId
    name: str
    lines: tuple[str, ...]
    members: tuple[StaffId, ...]
    rota: Rota

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which the team's rota and day are counted."""
        return self.rota.timezone


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody and every rota, as of one version: small enough to be held by each node."""

    version: int
    agency: str
    last_resort: tuple[str, ...]
    teams: Mapping[TeamId, Team]
    staff: Mapping[StaffId, StaffMember]
    staff_by_phone: Mapping[str, StaffId] = field(default_factory=dict)
    teams_by_line: Mapping[str, tuple[TeamId, ...]] = field(default_factory=dict)
    interpreter_line: str | None = None

    def name_of(self, staff: StaffId) -> str:
        """A person's name; the bare id for somebody who is no longer known."""
        member = self.staff.get(staff)
        return member.name if member else staff

    @property
    def names(self) -> dict[StaffId, str]:
        """Everybody's name."""
        return {member.id: member.name for member in self.staff.values()}

    def ladder(self, team: TeamId, at: datetime) -> Ladder:
        """The team's ladder at `at` (aware). Raises KeyError for a team nobody knows."""
        return ladder(self.teams[team].rota, at, self.last_resort, self._leads(team))

    def _leads(self, team: TeamId) -> Iterable[StaffId]:
        """Who answers for a team and can be paged: its own leads, then the administrators."""
        members = (self.staff[one] for one in self.teams[team].members if one in self.staff)
        leads = [one for one in members if one.role == "lead"]
        admins = [one for one in self.staff.values() if one.role == "admin"]
        return (one.id for one in (*leads, *admins) if one.active and one.person.reachable)


FROM_FILE = "file"
"""The origin of overrides that the agency's file names."""

EMPTY_DIRECTORY = Directory(-1, "", DEFAULT_LAST_RESORT, {}, {})

CHANNEL = "vigil_rota"
"""The NOTIFY channel that hints at a new version of the rotas; the table is the truth."""

CURRENT_VERSION = "select version from rota_version"
"""Plain SQL: every transaction asks it, and a query object would cost it a fifth of its time."""

_VERSION = text(CURRENT_VERSION)
_CHANGED = "rota_changed"


def current_version(session: Session) -> int:
    """The version of all rotas; 0 before anything was loaded."""
    return session.execute(_VERSION).scalar() or 0


def lock_rotas(session: Session) -> int:
    """Hold all rotas until the transaction ends, and give their version.

    Whoever changes one waits here for the change before it, and then reads what that has written.
    """
    query = select(RotaVersionRow).where(RotaVersionRow.id == 1)
    row = session.exec(query.with_for_update().execution_options(populate_existing=True)).one()
    return row.version


def mark_changed(session: Session, now: datetime) -> int:
    """Tell every node that its copy is old, and give the new version.

    Call it in the transaction that changes a rota.
    """
    query = select(RotaVersionRow).where(RotaVersionRow.id == 1)
    row = session.exec(query.with_for_update().execution_options(populate_existing=True)).one()
    row.version += 1
    row.changed_at = now
    session.add(row)
    session.flush()
    session.execute(
        text("select pg_notify(:channel, :version)"),
        {"channel": CHANNEL, "version": str(row.version)},
    )
    session.info[_CHANGED] = True
    return row.version


def has_changed(session: Session) -> bool:
    """Whether this session has changed a rota, and told so by `mark_changed`."""
    return _CHANGED in session.info


def read_directory(session: Session, version: int) -> Directory:
    """Read everything afresh."""
    agency = session.exec(select(AgencyRow)).first()
    people = _people(session)
    staff = {
        row.id: StaffMember(
            id=row.id,
            name=row.name,
            phone=row.phone,
            email=row.email,
            role=row.role,
            active=row.active,
            discipline=row.discipline,
            person=people[row.id],
        )
        for row in session.exec(select(StaffRow))
    }
    teams = {team.id: team for team in _teams(session, people)}
    by_line: dict[str, list[TeamId]] = {}
    for team in teams.values():
        for line in team.lines:
            by_line.setdefault(line, []).append(team.id)
    return Directory(
        version=version,
        agency=agency.name if agency else "",
        last_resort=tuple(agency.last_resort) if agency else DEFAULT_LAST_RESORT,
        teams=teams,
        staff=staff,
        staff_by_phone={m.phone: m.id for m in staff.values() if m.active},
        teams_by_line={line: tuple(ids) for line, ids in by_line.items()},
        interpreter_line=agency.interpreter_line if agency else None,
    )


def _people(session: Session) -> dict[StaffId, Person]:
    phones = {row.staff_id: row for row in session.exec(select(PhoneRow))}
    away: dict[StaffId, list[TimeOff]] = defaultdict(list)
    for row in session.exec(select(TimeOffRow).order_by(col(TimeOffRow.starts))):
        away[row.staff_id].append(TimeOff(row.starts, row.ends))
    return {
        row.id: _person(row, phones.get(row.id), away[row.id])
        for row in session.exec(select(StaffRow))
    }


def _person(row: StaffRow, phone: PhoneRow | None, away: Sequence[TimeOff]) -> Person:
    """Somebody with a new number is reached there, but has not shown yet that it is theirs."""
    known = phone if phone is not None and phone.phone == row.phone else None
    return Person(
        active=row.active,
        sms=known is None or known.sms,
        voice=known is None or known.voice,
        verified=known is not None and known.verified_at is not None,
        discipline=row.discipline,
        time_off=tuple(away),
    )


def _teams(session: Session, people: Mapping[StaffId, Person]) -> Iterable[Team]:
    lines = session.exec(select(TeamLineRow).order_by(col(TeamLineRow.position))).all()
    members = session.exec(select(MembershipRow).order_by(col(MembershipRow.position))).all()
    rungs = session.exec(select(RungRow).order_by(col(RungRow.position))).all()
    rotations = session.exec(select(RotationRow).order_by(col(RotationRow.position))).all()
    overrides = override_rows(session)
    temporary = _temporary_schedules(session)
    query = select(TeamRow).where(col(TeamRow.active)).order_by(col(TeamRow.position))
    for row in session.exec(query):
        belong = tuple(m.staff_id for m in members if m.team_id == row.id)
        rota = Rota(
            team=row.id,
            timezone=ZoneInfo(row.timezone),
            ladder=tuple(
                RungRule(rung.tier, rung.ring_seconds, rung.page_seconds)
                for rung in rungs
                if rung.team_id == row.id
            ),
            rotations=tuple(_rotation(r) for r in rotations if r.team_id == row.id),
            overrides=tuple(_override(o) for o in overrides if o.team_id == row.id),
            temporary=tuple(temporary[row.id]),
            rules=rules_from(row.rules),
        )
        yield Team(
            id=row.id,
            name=row.name,
            lines=tuple(line.number for line in lines if line.team_id == row.id),
            members=belong,
            rota=replace(rota, people=_of_team(rota, belong, people)),
        )


def _of_team(
    rota: Rota, members: Sequence[StaffId], people: Mapping[StaffId, Person]
) -> dict[StaffId, Person]:
    """The people of one rota: whoever it names without being a member stands there no more."""
    named = set(members)
    named.update(staff for rotation in rota.rotations for staff in rotation.order)
    named.update(override.staff for override in rota.overrides)
    named.update(stint.staff for one in rota.temporary for stint in one.stints)
    return {
        staff: people[staff] if staff in members else replace(people[staff], active=False)
        for staff in sorted(named)
        if staff in people
    }


def override_rows(session: Session, team: TeamId | None = None) -> Sequence[OverrideRow]:
    """The overrides of a team, or of all, in the order in which they lie: the file's first."""
    query = select(OverrideRow).order_by(
        (col(OverrideRow.origin) != FROM_FILE),
        col(OverrideRow.position),
        col(OverrideRow.id),
    )
    return session.exec(query if team is None else query.where(OverrideRow.team_id == team)).all()


def _override(row: OverrideRow) -> Override:
    return Override(
        tier=row.tier,
        start=row.starts,
        end=row.ends,
        staff=row.staff_id,
        reason=row.reason,
        kind=OverrideKind(row.kind),
        instead=row.instead_id,
    )


def _temporary_schedules(session: Session) -> dict[TeamId, list[TemporarySchedule]]:
    stints: dict[int, dict[Tier, list[Stint]]] = defaultdict(lambda: defaultdict(list))
    for stint in session.exec(select(StintRow)):
        stints[stint.schedule_id][stint.tier].append(
            Stint(stint.starts, stint.ends, stint.staff_id)
        )
    found: dict[TeamId, list[TemporarySchedule]] = defaultdict(list)
    query = select(TemporaryScheduleRow).order_by(col(TemporaryScheduleRow.id))
    for row in session.exec(query):
        for tier, theirs in sorted(stints[row.id or 0].items()):
            found[row.team_id].append(TemporarySchedule(tier, row.name, tuple(theirs)))
    return found


def rules_from(kept: Mapping[str, Any]) -> Rules:
    """The rules of a team as its row keeps them; what is left out is not asked."""
    return Rules(
        rest=timedelta(hours=kept.get("rest_hours", 0)),
        requires={tier: frozenset(one) for tier, one in kept.get("requires", {}).items()},
        swaps_need_lead=kept.get("swaps_need_lead", False),
        handoff_notices=kept.get("handoff_notices", True),
        holidays=kept.get("holidays", ""),
    )


def rules_as_kept(rules: Rules) -> dict[str, Any]:
    """The rules of a team as its row and the API show them."""
    return {
        "rest_hours": rules.rest / timedelta(hours=1),
        "requires": {tier: sorted(one) for tier, one in rules.requires.items()},
        "swaps_need_lead": rules.swaps_need_lead,
        "handoff_notices": rules.handoff_notices,
        "holidays": rules.holidays,
    }


def _rotation(row: RotationRow) -> Rotation:
    only = None
    if row.only is not None:
        only = Only(
            days=frozenset(row.only["days"]),
            start=time.fromisoformat(row.only["start"]),
            end=time.fromisoformat(row.only["end"]),
        )
    return Rotation(
        tier=row.tier,
        name=row.name,
        starts=row.starts,
        every=Every(row.every_count, Unit(row.every_unit)),
        order=tuple(row.people),
        only=only,
        ends=row.ends,
    )


def replace_ladder(session: Session, team: TeamId, ladder: Sequence[RungRule]) -> None:
    """Write a team's ladder anew, in place of what is there."""
    session.exec(delete(RungRow).where(col(RungRow.team_id) == team))
    for position, rule in enumerate(ladder):
        session.add(
            RungRow(
                team_id=team,
                position=position,
                tier=rule.tier,
                ring_seconds=rule.ring_seconds,
                page_seconds=rule.page_seconds,
            )
        )


def rotations_of(session: Session, team: TeamId) -> tuple[Rotation, ...]:
    """A team's rotations as they are kept, in order."""
    query = select(RotationRow).where(RotationRow.team_id == team)
    return tuple(map(_rotation, session.exec(query.order_by(col(RotationRow.position)))))


def replace_rotations(session: Session, team: TeamId, rotations: Sequence[Rotation]) -> None:
    """Write a team's rotations anew, in place of what is there."""
    session.exec(delete(RotationRow).where(col(RotationRow.team_id) == team))
    for position, rotation in enumerate(rotations):
        session.add(_rotation_row(team, position, rotation))


def replace_overrides_of_file(
    session: Session, team: TeamId, overrides: Sequence[Override]
) -> None:
    """Write the overrides of the agency's file anew; those made since by people stay above them."""
    of_file = (col(OverrideRow.team_id) == team, col(OverrideRow.origin) == FROM_FILE)
    session.exec(delete(OverrideRow).where(*of_file))
    for position, override in enumerate(overrides):
        session.add(override_row(team, override, FROM_FILE, position))


def override_row(
    team: TeamId, override: Override, origin: str, position: int = 0, ref: str | None = None
) -> OverrideRow:
    """The row of an override; `origin` is where it came from, `ref` the request it answers."""
    return OverrideRow(
        team_id=team,
        tier=override.tier,
        position=position,
        starts=override.start,
        ends=override.end,
        staff_id=override.staff,
        reason=override.reason,
        kind=override.kind.value,
        instead_id=override.instead,
        origin=origin,
        request_ref=ref,
    )


def _rotation_row(team: TeamId, position: int, rotation: Rotation) -> RotationRow:
    only = rotation.only
    return RotationRow(
        team_id=team,
        tier=rotation.tier,
        position=position,
        name=rotation.name,
        starts=rotation.starts,
        ends=rotation.ends,
        every_count=rotation.every.count,
        every_unit=rotation.every.unit.value,
        people=list(rotation.order),
        only=None
        if only is None
        else {
            "days": sorted(only.days),
            "start": only.start.isoformat(),
            "end": only.end.isoformat(),
        },
    )
