"""The rows of hospital episodes: notices and whom they are about, calls promised, what was done.

What an episode is, is always worked out from its notices (`dispatch.hospitals.episodes`): of the
episode itself only what has to be found and what falls due is kept.
"""

from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class NoticeRow(SQLModel, table=True):
    """One notice, as read out of something in the inbox: `part` counts the notices in it from 0.

    `reference` is our own opaque name for it. `told` is the notice (`dispatch.hospitals.notice`),
    `report` what only a person tells: both empty once it is purged. `match` says whether it is
    known whom it is about. `client_number` is there only where it is linked; `linked_by` is the
    login of who said last what `match` says, or took a link back; None where only the policy did.
    """

    __tablename__ = "hospital_notice"
    __table_args__ = (
        UniqueConstraint("inbox_id", "part"),
        Index("notice_of_client", "client_number", "id"),
        Index("notice_to_match", "id", postgresql_where=text("match in ('possible', 'none')")),
    )

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    inbox_id: int = Field(sa_column=Column("inbox_id", BigInteger, nullable=False))
    part: int
    reference: str = Field(unique=True)
    hospital_id: str = Field(foreign_key="hospital.id")
    received_at: AwareDatetime
    kind: str
    told: dict[str, Any] | None = Field(
        sa_column=Column("told", JSONB(none_as_null=True), nullable=True)
    )
    report: dict[str, Any] | None = Field(
        default=None, sa_column=Column("report", JSONB(none_as_null=True), nullable=True)
    )
    match: str
    client_number: int | None = Field(default=None, foreign_key="client.number")
    linked_by: str | None = None
    settled_at: AwareDatetime | None = None
    why: str = ""
    """By which rule of the policy it was linked, or why a person said that it is nobody of ours."""


class CandidateRow(SQLModel, table=True):
    """A client whom a notice may be about: for a person to say."""

    __tablename__ = "notice_candidate"

    notice_id: int = Field(
        sa_column=Column("notice_id", BigInteger, primary_key=True, autoincrement=False)
    )
    client_number: int = Field(primary_key=True, foreign_key="client.number")
    place: int
    """0 for whoever is most alike."""


class NoticeKeyRow(SQLModel, table=True):
    """What a notice is found by again: its visit and record number, and, while nobody knows whom it
    is about, what a client would be found by. As private as the notice."""

    __tablename__ = "notice_key"

    notice_id: int = Field(
        sa_column=Column("notice_id", BigInteger, primary_key=True, autoincrement=False)
    )
    key: str = Field(primary_key=True, index=True)


class NoticeCrisisRow(SQLModel, table=True):
    """The crisis by which a team was paged for a notice; a possible client may be of two teams."""

    __tablename__ = "notice_crisis"

    notice_id: int = Field(
        sa_column=Column("notice_id", BigInteger, primary_key=True, autoincrement=False)
    )
    crisis_ref: str = Field(primary_key=True, foreign_key="crisis.ref", index=True)


class PromiseRow(SQLModel, table=True):
    """A sender was told that the team calls by `due_at`, if they serve this person.

    `kept_at` is when somebody spoke with the hospital, `kept_by` who did; `warned_at` and
    `missed_at` when the team was told that it is nearly over, and that it is.
    """

    __tablename__ = "call_back_promise"
    __table_args__ = (Index("promise_open", "due_at", postgresql_where=text("kept_at is null")),)

    crisis_ref: str = Field(primary_key=True, foreign_key="crisis.ref")
    hospital_id: str = Field(foreign_key="hospital.id")
    due_at: AwareDatetime
    kept_at: AwareDatetime | None = None
    kept_by: str | None = Field(default=None, foreign_key="staff.id")
    warned_at: AwareDatetime | None = None
    missed_at: AwareDatetime | None = None


class EpisodeRow(SQLModel, table=True):
    """An episode of a client as their notices make it at present; written anew with each of them.

    `key` is the reference of its first notice. `team_id` is whose the client was when it began.
    `began_at` is the first that is known of it. `is_open`: in hospital, on leave, or planned to
    come. `remind_at` is when somebody is next to be reminded of what is due, `reminded` how often
    they were.
    """

    __tablename__ = "hospital_episode"
    __table_args__ = (
        Index("episode_open", "team_id", postgresql_where=text("is_open")),
        Index("episode_to_remind", "remind_at", postgresql_where=text("remind_at is not null")),
    )

    key: str = Field(primary_key=True)
    client_number: int = Field(foreign_key="client.number", index=True)
    team_id: str = Field(foreign_key="team.id")
    hospital_id: str = Field(foreign_key="hospital.id")
    state: str
    is_open: bool
    began_at: AwareDatetime = Field(index=True)
    discharged_at: AwareDatetime | None = None
    remind_at: AwareDatetime | None = None
    reminded: int = 0


class StepRow(SQLModel, table=True):
    """Something that the team did in an episode (`dispatch.hospitals.episodes.involvement.Step`).

    It is never removed: who takes it back is kept with it. `words` is what was written about it.
    `crisis_ref` is the crisis in which it was done, where there was one.
    """

    __tablename__ = "hospital_step"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    client_number: int = Field(foreign_key="client.number", index=True)
    episode: str
    kind: str
    how: str | None = None
    at: AwareDatetime
    staff_id: str = Field(foreign_key="staff.id")
    recorded_at: AwareDatetime
    recorded_by: str
    words: str = ""
    crisis_ref: str | None = Field(default=None, foreign_key="crisis.ref")
    retracted_at: AwareDatetime | None = None
    retracted_by: str | None = None
