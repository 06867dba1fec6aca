"""The rows of what must be sent and of every try: outbox, attempts, nodes, paging rules."""

from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class OutboxRow(SQLModel, table=True):
    """One thing the phone network must be asked for, written with the decision that wants it.

    `key` is unique, so that a decision repeated after a crash writes it once. `lease_until` keeps
    two nodes from sending it at the same time; a lease that runs out is taken over, since a
    duplicate page beats a lost page. `leads_of` names the team whose leads must hear it: what can't
    be delivered goes to the next of them. `purpose` says what a page or a tell is about, `options`
    what a request about a conference says besides.

    A page by voice `backs` the text of this key: it is due when that could not be delivered in
    time, and at `rings_anyway_at` (None: not at all) though it was. `merged_into` is the key of the
    page that says this one too. `check_at` is when Twilio is asked how a sending ended, if it has
    not told us by then.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("outbox_unsettled", "check_at", postgresql_where=text("check_at is not null")),
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
    purpose: str | None = None
    backs: str | None = Field(default=None, index=True)
    rings_anyway_at: AwareDatetime | None = None
    merged_into: str | None = Field(default=None, index=True)
    leased_by: str | None = None
    check_at: AwareDatetime | None = None
    options: dict[str, Any] | None = Field(
        default=None, sa_column=Column("options", JSONB(none_as_null=True), nullable=True)
    )


class AttemptRow(SQLModel, table=True):
    """One try to reach somebody and what came of it, in the order in which we learned it.

    `outcome` is a word of `attempts.Outcome`, `code` Twilio's error, if it gave one.
    """

    __tablename__ = "attempt"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    outbox_id: int | None = Field(foreign_key="outbox.id", index=True, nullable=False)
    crisis_ref: str | None = Field(default=None, index=True)
    staff_id: str | None = None
    kind: str
    at: AwareDatetime
    outcome: str
    code: int | None = None


class NodeRow(SQLModel, table=True):
    """A running node and when it was heard of last. The leases of a lost one are taken over."""

    __tablename__ = "node"

    id: str = Field(primary_key=True)
    version: str
    started_at: AwareDatetime
    seen_at: AwareDatetime


class PagingRuleRow(SQLModel, table=True):
    """How somebody wants to be paged: a `paging.PagingRule` as JSON."""

    __tablename__ = "paging_rule"

    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    rule: dict[str, Any] = Field(sa_column=Column("rule", JSONB, nullable=False))
