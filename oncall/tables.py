"""The rows of a rota: all that decides who is on call, and the journal of its changes."""

from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime, NaiveDatetime
from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlmodel import Field, SQLModel, String


class AgencyRow(SQLModel, table=True):
    """The agency itself. One row."""

    __tablename__ = "agency"

    id: int = Field(default=1, primary_key=True)
    name: str
    last_resort: list[str] = Field(sa_column=Column("last_resort", ARRAY(String()), nullable=False))
    interpreter_line: str | None = None


class TeamRow(SQLModel, table=True):
    """A team. `position` is its place in the agency's file, which orders menus and lists.

    `rota_changed_by` names who last changed the rotations outside of the file, if anybody has
    since the file was loaded: loading it again would undo that, and says so.
    """

    __tablename__ = "team"

    id: str = Field(primary_key=True)
    name: str
    timezone: str
    position: int = 0
    active: bool = True
    rules: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("rules", JSONB, nullable=False, server_default="{}")
    )
    rota_changed_by: str | None = None


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
    """A change of one tier, [starts, ends) in UTC; the file's come first, then the order of `id`.

    `origin` is ``file``, ``web``, ``cover`` or ``swap``; loading the file replaces only its own.
    `request_ref` names the cover request or swap that it came from.
    """

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
    kind: str = Field(default="replace", sa_column_kwargs={"server_default": "replace"})
    instead_id: str | None = Field(default=None, foreign_key="staff.id")
    origin: str = Field(default="file", sa_column_kwargs={"server_default": "file"})
    request_ref: str | None = None


class TemporaryScheduleRow(SQLModel, table=True):
    """A temporary schedule of a team, over one tier or several; a later `id` wins."""

    __tablename__ = "temporary_schedule"

    id: int | None = Field(default=None, primary_key=True)
    team_id: str = Field(foreign_key="team.id", index=True)
    name: str
    made_at: AwareDatetime
    made_by: str


class StintRow(SQLModel, table=True):
    """One stint of a temporary schedule, [starts, ends) in UTC."""

    __tablename__ = "stint"
    __table_args__ = (CheckConstraint("starts < ends", name="stint_forwards"),)

    schedule_id: int = Field(
        sa_column=Column(
            "schedule_id",
            ForeignKey("temporary_schedule.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        )
    )
    tier: str = Field(primary_key=True)
    starts: AwareDatetime = Field(
        sa_column=Column("starts", DateTime(timezone=True), primary_key=True)
    )
    ends: AwareDatetime
    staff_id: str = Field(foreign_key="staff.id")


class TimeOffRow(SQLModel, table=True):
    """When a person stands nowhere, [starts, ends) in UTC. Why is nobody's business.

    `uid` stands for an event of a calendar file, so that it is read once, and tells nothing of it.
    """

    __tablename__ = "time_off"
    __table_args__ = (CheckConstraint("starts < ends", name="time_off_forwards"),)

    id: int | None = Field(default=None, primary_key=True)
    staff_id: str = Field(foreign_key="staff.id", index=True)
    starts: AwareDatetime
    ends: AwareDatetime
    uid: str | None = None
    made_at: AwareDatetime
    made_by: str


class PhoneRow(SQLModel, table=True):
    """What is known of the phone of somebody on the staff; another number begins anew.

    `sms` and `voice` are false once that way is closed, `trouble` says why. Of a code only the
    SHA-256 is kept. `tested_at` is when the last test page went out, `test_answered_at` its answer.
    """

    __tablename__ = "staff_phone"

    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    phone: str
    sms: bool = True
    voice: bool = True
    trouble: str = ""
    changed_at: AwareDatetime
    verified_at: AwareDatetime | None = None
    verified_how: str | None = None
    code_hash: str | None = None
    code_sent_at: AwareDatetime | None = None
    code_tries: int = 0
    tested_at: AwareDatetime | None = None
    test_answered_at: AwareDatetime | None = None


class AcceptedGapRow(SQLModel, table=True):
    """A gap that a lead has accepted knowingly, [starts, ends) in UTC, with their reason."""

    __tablename__ = "accepted_gap"
    __table_args__ = (CheckConstraint("starts < ends", name="accepted_gap_forwards"),)

    id: int | None = Field(default=None, primary_key=True)
    team_id: str = Field(foreign_key="team.id", index=True)
    tier: str
    starts: AwareDatetime
    ends: AwareDatetime
    reason: str
    accepted_by: str
    accepted_at: AwareDatetime


class HolidayRow(SQLModel, table=True):
    """A public holiday of a team besides those of its region, from a calendar file."""

    __tablename__ = "team_holiday"

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    day: date = Field(primary_key=True)
    name: str


class RotaChangeRow(SQLModel, table=True):
    """One change of a rota, or of what decides coverage. Only added to."""

    __tablename__ = "rota_change"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    at: AwareDatetime = Field(index=True)
    team_id: str | None = Field(default=None, foreign_key="team.id", index=True)
    staff_id: str | None = Field(default=None, foreign_key="staff.id")
    who: str
    what: str
    text: str
    details: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("details", JSONB, nullable=False)
    )


class RotaVersionRow(SQLModel, table=True):
    """Counts the changes of all rotas, so that a node knows when its copy is old. One row."""

    __tablename__ = "rota_version"

    id: int = Field(default=1, primary_key=True)
    version: int = 0
    changed_at: datetime | None = None
