"""The rows of crises, clients, crisis lines and access. Timeline and audit can only be added to."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, ExcludeConstraint
from sqlmodel import Field, SQLModel, String


class InstallationRow(SQLModel, table=True):
    """What all nodes of this installation share. One row, written when it is first needed."""

    __tablename__ = "installation"

    id: int = Field(default=1, primary_key=True)
    secret_key: str


class ClientRow(SQLModel, table=True):
    """A client. `number` is ours and never leaves the database; `id` is the agency's."""

    __tablename__ = "client"

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    name: str
    birth_date: date | None = None
    language: str = "en"
    coordinator_id: str | None = Field(default=None, foreign_key="staff.id")
    identity: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column("identity", JSONB, nullable=False, server_default=text("'{}'")),
    )
    """What else a hospital's notice is compared with: other names, sex, addresses, identifiers."""
    keyed: str | None = None
    """A digest of what the keys were made of by which such a notice finds them."""
    rematch: int = Field(
        default=0,
        sa_column=Column("rematch", Integer, nullable=False, server_default=text("0")),
    )
    """How often they were told anew since notices of nobody known were compared with them."""


class ClientPhoneRow(SQLModel, table=True):
    """A number that a client, or somebody close to them, calls from. Several may share one."""

    __tablename__ = "client_phone"

    client_number: int = Field(primary_key=True, foreign_key="client.number")
    phone: str = Field(primary_key=True, index=True)


class EnrolmentRow(SQLModel, table=True):
    """When a client belongs to a team. The database refuses two teams at the same moment."""

    __tablename__ = "enrolment"
    __table_args__ = (
        ExcludeConstraint(
            (text("int8range(client_number, client_number, '[]')"), "&&"),
            ("during", "&&"),
            name="enrolment_one_team_at_a_time",
            using="gist",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    client_number: int = Field(sa_column=Column("client_number", BigInteger, nullable=False))
    team_id: str = Field(foreign_key="team.id", index=True)
    during: Any = Field(sa_column=Column("during", TSTZRANGE, nullable=False))


class CrisisLineRow(SQLModel, table=True):
    """A partner that may hand callers over. `secret_version` counts renewals of its secret."""

    __tablename__ = "crisis_line"

    id: str = Field(primary_key=True)
    name: str
    callback: str | None = None
    secret_version: int = 1
    active: bool = True


class CrisisRow(SQLModel, table=True):
    """One crisis. `pursuit` holds how far the reaching has come, written only by its store."""

    __tablename__ = "crisis"
    __table_args__ = (
        Index("crisis_due", "due_at", postgresql_where=text("due_at is not null")),
        Index("crisis_open", "team_id", postgresql_where=text("state <> 'closed'")),
    )

    ref: str = Field(primary_key=True)
    team_id: str = Field(foreign_key="team.id")
    source: str
    told_by: str | None = None
    """"hospital" or "possible_client" where a hospital's notice opened it: `source` is "webhook"
    then, which nodes of before there were any can read."""
    state: str
    since: AwareDatetime
    opened_at: AwareDatetime = Field(index=True)
    owner_id: str | None = Field(default=None, foreign_key="staff.id")
    due_at: AwareDatetime | None = None
    round: int = 1
    alarm: str | None = None
    disposition: str | None = None
    closed_at: AwareDatetime | None = None
    pursuit: dict[str, Any] = Field(sa_column=Column("pursuit", JSONB, nullable=False))


class ContactRow(SQLModel, table=True):
    """One contact of a crisis: a call, a text, a report. `line` is the number of ours dialled."""

    __tablename__ = "contact"

    id: int | None = Field(default=None, primary_key=True)
    crisis_ref: str = Field(foreign_key="crisis.ref", index=True)
    source: str
    at: AwareDatetime = Field(index=True)
    ended_at: AwareDatetime | None = None
    phone: str | None = Field(default=None, index=True)
    line: str | None = None
    language: str = "en"
    call_sid: str | None = Field(default=None, unique=True)
    partner_id: str | None = Field(default=None, foreign_key="crisis_line.id")
    concern: str | None = None
    callback: str | None = None
    clients: list[int] = Field(
        default_factory=list, sa_column=Column("clients", ARRAY(BigInteger), nullable=False)
    )


class TimelineRow(SQLModel, table=True):
    """What happened in a crisis, in order. A trigger refuses changes and removals."""

    __tablename__ = "timeline"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    crisis_ref: str = Field(foreign_key="crisis.ref", index=True)
    at: AwareDatetime
    kind: str
    who: str | None = None
    by: str | None = None
    text: str


class ReceiptRow(SQLModel, table=True):
    """A webhook that was answered, and the answer: a repeated request gets the same one."""

    __tablename__ = "receipt"

    key: str = Field(primary_key=True)
    at: AwareDatetime = Field(index=True)
    answer: str


class BoardNumberRow(SQLModel, table=True):
    """The number of the newest board change. One row, locked last by every writer: no gaps."""

    __tablename__ = "board_number"

    id: int = Field(default=1, primary_key=True)
    number: int = Field(default=0, sa_column=Column("number", BigInteger, nullable=False))


class BoardChangeRow(SQLModel, table=True):
    """One numbered change of the board."""

    __tablename__ = "board_change"

    number: int = Field(
        sa_column=Column("number", BigInteger, primary_key=True, autoincrement=False)
    )
    at: AwareDatetime = Field(index=True)
    team_id: str | None = None
    change: dict[str, Any] = Field(sa_column=Column("change", JSONB, nullable=False))


class TeamCardRow(SQLModel, table=True):
    """The team card that the board shows now, to notice a handoff or a new day."""

    __tablename__ = "team_card"

    team_id: str = Field(primary_key=True, foreign_key="team.id")
    card: dict[str, Any] = Field(sa_column=Column("card", JSONB, nullable=False))


class UserRow(SQLModel, table=True):
    """Somebody who may log in. Passwords are argon2 hashes; failures slow down the next tries."""

    __tablename__ = "user_account"

    email: str = Field(primary_key=True)
    name: str
    role: str
    staff_id: str | None = Field(default=None, foreign_key="staff.id")
    teams: list[str] = Field(
        default_factory=list, sa_column=Column("teams", ARRAY(String()), nullable=False)
    )
    password_hash: str
    failures: int = 0
    locked_until: AwareDatetime | None = None
    active: bool = True


class SessionRow(SQLModel, table=True):
    """A log-in. Only the SHA-256 of the cookie's secret is kept."""

    __tablename__ = "login_session"

    token_hash: str = Field(primary_key=True)
    email: str = Field(foreign_key="user_account.email", index=True)
    created_at: AwareDatetime
    expires_at: AwareDatetime


class TokenRow(SQLModel, table=True):
    """An API token for a program. Only its SHA-256 is kept."""

    __tablename__ = "api_token"

    token_hash: str = Field(primary_key=True)
    name: str
    role: str
    team_id: str | None = Field(default=None, foreign_key="team.id")
    hospital_id: str | None = None
    """Whose notices it may bring, where it is a hospital's."""
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None


class AuditRow(SQLModel, table=True):
    """A look at a client's record, or a change of access: who, what, when, why. Only added to."""

    __tablename__ = "audit"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    at: AwareDatetime = Field(index=True)
    who: str
    what: str
    about: str
    why: str = ""


class FallbackRow(SQLModel, table=True):
    """What is published of one line for when we are away (docs/decisions/0021).

    One node at a time sees to it, until `leased_until`. `version` is that of the rotas which were
    looked at last, `published` the digest of what was published last ("" before the first time),
    `covers_until` the end of the rota in it, `problem` what is wrong with it now.
    """

    __tablename__ = "fallback"

    line: str = Field(primary_key=True)
    due_at: AwareDatetime
    leased_until: AwareDatetime | None = None
    version: int
    published: str = ""
    published_at: AwareDatetime | None = None
    covers_until: AwareDatetime | None = None
    checked_at: AwareDatetime | None = None
    flow_sid: str | None = None
    failures: int = 0
    problem: str | None = None
    problem_since: AwareDatetime | None = None
