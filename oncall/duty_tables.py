"""The rows of what goes on around a rota: who stood, what is asked, told, planned and watched."""

from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel, String


class DutyRow(SQLModel, table=True):
    """Who stood on a tier, [starts, ends) in UTC, written down as it passed.

    A rota may be changed, what was true last month may not: reports of the past read this.
    """

    __tablename__ = "duty"
    __table_args__ = (CheckConstraint("starts < ends", name="duty_forwards"),)

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    tier: str = Field(primary_key=True)
    starts: AwareDatetime = Field(
        sa_column=Column("starts", DateTime(timezone=True), primary_key=True)
    )
    ends: AwareDatetime
    staff_id: str = Field(foreign_key="staff.id")
    why: str


class DutyMarkRow(SQLModel, table=True):
    """From when until when a team's duty is written down without a break."""

    __tablename__ = "duty_mark"

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    since: AwareDatetime
    until: AwareDatetime


class FindingRow(SQLModel, table=True):
    """A gap or a thin stretch ahead, as the watch knows it.

    `kind` is a word of :mod:`oncall.coverage`, `told` holds words of :class:`oncall.watch.Told`.
    `next_tell_at` is when leads are told of it again; `ended_at` when it was mended or had passed.
    """

    __tablename__ = "coverage_finding"
    __table_args__ = (
        Index("coverage_finding_open", "team_id", postgresql_where=text("ended_at is null")),
    )

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    team_id: str = Field(foreign_key="team.id")
    tier: str
    kind: str
    starts: AwareDatetime
    ends: AwareDatetime
    who: list[str] = Field(sa_column=Column("who", ARRAY(String()), nullable=False))
    reason: str
    seen_at: AwareDatetime
    told: list[str] = Field(
        default_factory=list, sa_column=Column("told", ARRAY(String()), nullable=False)
    )
    next_tell_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class CoverageWatchRow(SQLModel, table=True):
    """How far a team's coverage has been watched, and with which version of the rotas."""

    __tablename__ = "coverage_watch"

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    version: int
    looked_at: AwareDatetime
    horizon: AwareDatetime


class ShiftRequestRow(SQLModel, table=True):
    """A question about a shift or a part of it: who covers it, or who swaps it for another.

    `kind` is ``cover`` or ``swap``; a swap names the other shift too. `state` is ``open``,
    ``lead`` (a swap waits for the lead), ``done``, ``declined``, ``withdrawn`` or ``over``.
    `due_at` is when the next step is taken: another wave, the lead, the end.
    """

    __tablename__ = "shift_request"
    __table_args__ = (
        CheckConstraint("starts < ends", name="shift_request_forwards"),
        Index("shift_request_due", "due_at", postgresql_where=text("due_at is not null")),
    )

    ref: str = Field(primary_key=True)
    kind: str
    team_id: str = Field(foreign_key="team.id", index=True)
    tier: str
    starts: AwareDatetime
    ends: AwareDatetime
    staff_id: str = Field(foreign_key="staff.id")
    mode: str = "all"
    state: str = "open"
    note: str = ""
    made_at: AwareDatetime
    made_by: str
    due_at: AwareDatetime | None = None
    lead_told_at: AwareDatetime | None = None
    lead_id: str | None = Field(default=None, foreign_key="staff.id")
    taken_by: str | None = Field(default=None, foreign_key="staff.id")
    closed_at: AwareDatetime | None = None
    other_tier: str | None = None
    other_starts: AwareDatetime | None = None
    other_ends: AwareDatetime | None = None


class ShiftAskRow(SQLModel, table=True):
    """One person who is asked, and their answer: ``yes``, ``no`` or none yet."""

    __tablename__ = "shift_ask"

    ref: str = Field(primary_key=True, foreign_key="shift_request.ref")
    staff_id: str = Field(primary_key=True, foreign_key="staff.id", index=True)
    wave: int = 1
    asked_at: AwareDatetime
    answer: str | None = None
    answered_at: AwareDatetime | None = None


class HandoffRow(SQLModel, table=True):
    """The notices of one coming shift of one person, and whether they said OK.

    `known_at` is since when the shift is known to be theirs, `told` the words of
    :class:`oncall.handoffs.Notice` that went out; `missed_at` is when others were told that the
    OK has not come.
    """

    __tablename__ = "handoff"

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    tier: str = Field(primary_key=True)
    starts: AwareDatetime = Field(
        sa_column=Column("starts", DateTime(timezone=True), primary_key=True)
    )
    staff_id: str = Field(primary_key=True, foreign_key="staff.id", index=True)
    ends: AwareDatetime
    known_at: AwareDatetime
    told: list[str] = Field(
        default_factory=list, sa_column=Column("told", ARRAY(String()), nullable=False)
    )
    confirmed_at: AwareDatetime | None = None
    confirmed_how: str | None = None
    missed_at: AwareDatetime | None = None


class PlanRow(SQLModel, table=True):
    """A rota that the planner proposes.

    `state` is ``running``, ``ready``, ``impossible``, ``failed``, ``applied`` or ``undone``.
    `asked` is what it was asked for, `progress` and `result` what it has said so far.
    """

    __tablename__ = "plan"

    id: int | None = Field(default=None, primary_key=True)
    team_id: str = Field(foreign_key="team.id", index=True)
    made_at: AwareDatetime
    made_by: str
    state: str
    asked: dict[str, Any] = Field(sa_column=Column("asked", JSONB, nullable=False))
    progress: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column("progress", JSONB, nullable=False)
    )
    result: dict[str, Any] | None = Field(
        default=None, sa_column=Column("result", JSONB(none_as_null=True), nullable=True)
    )
    beat_at: AwareDatetime
    schedule_id: int | None = Field(
        default=None, foreign_key="temporary_schedule.id", ondelete="SET NULL"
    )


class CalendarFeedRow(SQLModel, table=True):
    """A calendar that others may read by a secret address, of which only the SHA-256 is kept.

    It shows the shifts of `staff_id`, or of everybody in `team_id`.
    """

    __tablename__ = "calendar_feed"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    staff_id: str | None = Field(default=None, foreign_key="staff.id", index=True)
    team_id: str | None = Field(default=None, foreign_key="team.id", index=True)
    made_at: AwareDatetime
    made_by: str
    revoked_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
