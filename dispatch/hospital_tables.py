"""The rows of hospitals: who may tell us something, and what came, byte for byte."""

from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Column, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class HospitalRow(SQLModel, table=True):
    """A hospital that sends us notices. `rules` say how its messages are to be understood.

    `secret_version` counts renewals of the secret with which it signs. `in_charge_id` is who is
    told when it falls silent or can't be read; nobody: the administrators.
    """

    __tablename__ = "hospital"

    id: str = Field(primary_key=True)
    name: str
    timezone: str
    phone: str | None = None
    rules: dict[str, Any] = Field(sa_column=Column("rules", JSONB, nullable=False))
    secret_version: int = 1
    in_charge_id: str | None = Field(default=None, foreign_key="staff.id")
    active: bool = True


class ClientKeyRow(SQLModel, table=True):
    """What a client is found by when a hospital tells of somebody: as private as the client."""

    __tablename__ = "client_key"

    client_number: int = Field(primary_key=True, foreign_key="client.number")
    key: str = Field(primary_key=True, index=True)


class FormLinkRow(SQLModel, table=True):
    """The address of a hospital unit's form. Only the SHA-256 of its secret is kept."""

    __tablename__ = "form_link"

    token_hash: str = Field(primary_key=True)
    hospital_id: str = Field(foreign_key="hospital.id", index=True)
    unit: str
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None = None


class InboxRow(SQLModel, table=True):
    """One thing that came, committed before it was acknowledged; `raw` is never changed, only
    emptied once nothing of it is kept (`dispatch.commands.retention`).

    `sender` is who sent it as far as its channel knows, `message_id` its own name for it (MSH-10,
    the bundle's id, the webhook's), empty where it has none. `digest` is the SHA-256 of channel,
    sender, message id and `raw`: what comes again is answered with the stored `answer`. `reason`
    says why it is in quarantine, or what was odd about it; it repeats nothing of the content.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("inbox_waiting", "id", postgresql_where=text("state = 'waiting'")),
        Index("inbox_quarantine", "id", postgresql_where=text("state = 'quarantined'")),
        Index("inbox_same_name", "channel", "sender", "message_id"),
        Index("inbox_heard", "hospital_id", "received_at"),
    )

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    received_at: AwareDatetime
    channel: str
    hospital_id: str | None = Field(default=None, foreign_key="hospital.id")
    sender: str
    message_id: str
    digest: bytes = Field(sa_column=Column("digest", LargeBinary, nullable=False, unique=True))
    raw: bytes = Field(sa_column=Column("raw", LargeBinary, nullable=False))
    answer: bytes = Field(sa_column=Column("answer", LargeBinary, nullable=False))
    state: str
    reason: str = ""
    settled_at: AwareDatetime | None = None
    repeats: int = 0
    """How often it came again."""
