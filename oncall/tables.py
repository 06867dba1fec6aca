"""The rows of a rota: teams, their lines and people, ladders, rotations and overrides."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, NaiveDatetime
from sqlalchemy import CheckConstraint, Column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlmodel import Field, SQLModel, String


class AgencyRow(SQLModel, table=True):
    """The agency itself. One row."""

    __tablename__ = "agency"

    id: int = Field(default=1, primary_key=True)
    name: str
    last_resort: list[str] = Field(sa_column=Column("last_resort", ARRAY(String()), nullable=False))


class TeamRow(SQLModel, table=True):
    """A team. `position` is its place in the agency's file, which orders menus and lists."""

    __tablename__ = "team"

    id: str = Field(primary_key=True)
    name: str
    timezone: str
    position: int = 0
    active: bool = True


class TeamLineRow(SQLModel, table=True):
    """A Twilio number that rings a team; several teams may share one."""

    __tablename__ = "team_line"

    number: str = Field(primary_key=True)
    team_id: str = Field(primary_key=True, foreign_key="team.id")
    position: int = 0


class StaffRow(SQLModel, table=True):
    """Somebody on the staff. People who left stay, inactive: the record names them."""

    __tablename__ = "staff"
    __table_args__ = (
        ExcludeConstraint(
            ("phone", "="),
            name="staff_one_phone_each",
            using="btree",
            where=text("active"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )

    id: str = Field(primary_key=True)
    name: str
    discipline: str
    phone: str
    email: str | None = None
    role: str
    active: bool = True


class MembershipRow(SQLModel, table=True):
    """A person's place in a team."""

    __tablename__ = "membership"

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    position: int = 0


class RungRow(SQLModel, table=True):
    """One rung of a team's ladder, `position` counted from the foot."""

    __tablename__ = "rung"
    __table_args__ = (
        CheckConstraint("ring_seconds between 5 and 600", name="rung_ring_seconds"),
        CheckConstraint("page_seconds >= 5", name="rung_page_seconds"),
    )

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    position: int = Field(primary_key=True)
    tier: str
    ring_seconds: int
    page_seconds: int


class RotationRow(SQLModel, table=True):
    """One layer of a tier; `starts` and `ends` are wall-clock times in the team's zone."""

    __tablename__ = "rotation"

    id: int | None = Field(default=None, primary_key=True)
    team_id: str = Field(foreign_key="team.id", index=True)
    tier: str
    position: int
    name: str
    starts: NaiveDatetime
    ends: NaiveDatetime | None = None
    every_count: int
    every_unit: str
    people: list[str] = Field(sa_column=Column("people", ARRAY(String()), nullable=False))
    only: dict[str, Any] | None = Field(
        default=None, sa_column=Column("only", JSONB(none_as_null=True), nullable=True)
    )


class OverrideRow(SQLModel, table=True):
    """One person instead of whoever the rotations name, [starts, ends) in UTC."""

    __tablename__ = "override"
    __table_args__ = (CheckConstraint("starts < ends", name="override_forwards"),)

    id: int | None = Field(default=None, primary_key=True)
    team_id: str = Field(foreign_key="team.id", index=True)
    tier: str
    position: int
    starts: AwareDatetime
    ends: AwareDatetime
    staff_id: str = Field(foreign_key="staff.id")
    reason: str = ""


class RotaVersionRow(SQLModel, table=True):
    """Counts the changes of all rotas, so that a node knows when its copy is old. One row."""

    __tablename__ = "rota_version"

    id: int = Field(default=1, primary_key=True)
    version: int = 0
    changed_at: datetime | None = None
