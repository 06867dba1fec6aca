"""The rows of what must be sent: the outbox."""

from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class OutboxRow(SQLModel, table=True):
    """One thing the phone network must be asked for, written with the decision that wants it.

    `key` is unique, so that a decision repeated after a crash writes it once. `lease_until` keeps
    two nodes from sending it at the same time; a lease that runs out is taken over, since a
    duplicate page beats a lost page. `leads_of` names the team whose leads must hear it: what can't
    be delivered goes to the next of them. `options` is what a request about a conference says
    besides.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    crisis_ref: str | None = Field(default=None, index=True)
    staff_id: str | None = None
    leads_of: str | None = None
    to_phone: str | None = None
    from_phone: str | None = None
    body: str | None = None
    leg_sid: str | None = None
    created_at: AwareDatetime
    due_at: AwareDatetime
    expires_at: AwareDatetime
    lease_until: AwareDatetime | None = None
    attempts: int = 0
    state: str = "waiting"
    provider_sid: str | None = Field(default=None, index=True)
    provider_status: str | None = None
    error: str | None = None
    sent_at: AwareDatetime | None = None
    options: dict[str, Any] | None = Field(
        default=None, sa_column=Column("options", JSONB(none_as_null=True), nullable=True)
    )
