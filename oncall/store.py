"""Reads and writes rotas. Nodes keep a copy in memory and notice by its version when it is old."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import Session, col, select

from oncall.ladder import DEFAULT_LAST_RESORT, Ladder, ladder
from oncall.model import (
    Every,
    Only,
    Override,
    Rota,
    Rotation,
    RungRule,
    StaffId,
    TeamId,
    Unit,
)
from oncall.tables import (
    AgencyRow,
    MembershipRow,
    OverrideRow,
    RotationRow,
    RotaVersionRow,
    RungRow,
    StaffRow,
    TeamLineRow,
    TeamRow,
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
        return ladder(self.teams[team].rota, at, self.last_resort)


EMPTY_DIRECTORY = Directory(-1, "", DEFAULT_LAST_RESORT, {}, {})


class DirectoryCopy:
    """A node's copy of the directory, refreshed when the version in the database has moved on.

    `latest` is what this node knew last: it still routes a caller while the database is away.
    """

    def __init__(self) -> None:
        self.latest = EMPTY_DIRECTORY
        self._lock = threading.Lock()

    def get(self, session: Session) -> Directory:
        """The directory as the database has it now."""
        version = current_version(session)
        copy = self.latest
        if copy.version == version:
            return copy
        fresh = read_directory(session, version)
        while (now := current_version(session)) != version:  # loaded while we read: read it whole
            version = now
            fresh = read_directory(session, version)
        with self._lock:
            if fresh.version > self.latest.version:
                self.latest = fresh
        return fresh


def current_version(session: Session) -> int:
    """The version of all rotas; 0 before anything was loaded."""
    return session.exec(select(RotaVersionRow.version)).first() or 0


def mark_changed(session: Session, now: datetime) -> None:
    """Tell every node that its copy is old. Call it in the transaction that changes a rota."""
    row = session.get(RotaVersionRow, 1, with_for_update=True)
    if row is None:
        row = RotaVersionRow(id=1, version=0)
    row.version += 1
    row.changed_at = now
    session.add(row)


def read_directory(session: Session, version: int) -> Directory:
    """Read everything afresh."""
    agency = session.exec(select(AgencyRow)).first()
    staff = {
        row.id: StaffMember(row.id, row.name, row.phone, row.email, row.role, row.active)
        for row in session.exec(select(StaffRow))
    }
    teams = {team.id: team for team in _teams(session, staff)}
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
    )


def _teams(session: Session, staff: Mapping[StaffId, StaffMember]) -> Iterable[Team]:
    active = {member.id: member.active for member in staff.values()}
    lines = session.exec(select(TeamLineRow).order_by(col(TeamLineRow.position))).all()
    members = session.exec(select(MembershipRow).order_by(col(MembershipRow.position))).all()
    rungs = session.exec(select(RungRow).order_by(col(RungRow.position))).all()
    rotations = session.exec(select(RotationRow).order_by(col(RotationRow.position))).all()
    overrides = session.exec(select(OverrideRow).order_by(col(OverrideRow.position))).all()
    query = select(TeamRow).where(col(TeamRow.active)).order_by(col(TeamRow.position))
    for row in session.exec(query):
        rota = Rota(
            team=row.id,
            timezone=ZoneInfo(row.timezone),
            ladder=tuple(
                RungRule(rung.tier, rung.ring_seconds, rung.page_seconds)
                for rung in rungs
                if rung.team_id == row.id
            ),
            rotations=tuple(_rotation(r) for r in rotations if r.team_id == row.id),
            overrides=tuple(
                Override(o.tier, o.starts, o.ends, o.staff_id, o.reason)
                for o in overrides
                if o.team_id == row.id
            ),
            active=active,
        )
        yield Team(
            id=row.id,
            name=row.name,
            lines=tuple(line.number for line in lines if line.team_id == row.id),
            members=tuple(m.staff_id for m in members if m.team_id == row.id),
            rota=rota,
        )


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


def replace_rota(session: Session, rota: Rota) -> None:
    """Write a team's ladder, rotations and overrides anew, in place of what is there."""
    for table in (RungRow, RotationRow, OverrideRow):
        session.exec(delete(table).where(col(table.team_id) == rota.team))
    for position, rule in enumerate(rota.ladder):
        session.add(
            RungRow(
                team_id=rota.team,
                position=position,
                tier=rule.tier,
                ring_seconds=rule.ring_seconds,
                page_seconds=rule.page_seconds,
            )
        )
    for position, rotation in enumerate(rota.rotations):
        session.add(_rotation_row(rota.team, position, rotation))
    for position, override in enumerate(rota.overrides):
        session.add(
            OverrideRow(
                team_id=rota.team,
                tier=override.tier,
                position=position,
                starts=override.start,
                ends=override.end,
                staff_id=override.staff,
                reason=override.reason,
            )
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
