"""The rows of calls back: a worker's phone that we ring to join them with their client."""

from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel, String


class CallBackRow(SQLModel, table=True):
    """One call back: from the wish for it until the worker's call is over.

    `id` is random: addresses carry it, and nothing about the client. `choices` are the crises of
    which the worker is asked one; `crisis_ref` is empty until then. `question` and `attempt` count
    what the worker was asked and how often the client's phone was rung: a late request about an
    earlier one changes nothing. `sequence` is the newest report of `call_sid`, the worker's leg.
    """

    __tablename__ = "call_back"
    __table_args__ = (
        Index(
            "call_back_one_at_a_time",
            "staff_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("call_back_due", "due_at", postgresql_where=text("ended_at is null")),
    )

    id: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.id")
    crisis_ref: str | None = Field(default=None, foreign_key="crisis.ref", index=True)
    choices: Any = Field(
        default_factory=list, sa_column=Column("choices", ARRAY(String()), nullable=False)
    )
    team_id: str = Field(foreign_key="team.id")
    line: str
    channel: str
    stage: str
    question: int = 0
    attempt: int = 0
    call_sid: str | None = None
    sequence: int = -1
    asked_at: AwareDatetime
    due_at: AwareDatetime
    ended_at: AwareDatetime | None = None
