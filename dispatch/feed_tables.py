"""The rows of watching hospitals' feeds: rosters that run out, and what is wrong for how long."""

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel


class NetworkRow(SQLModel, table=True):
    """A network that tells us of admissions by a roster of our clients, which we upload.

    A roster is good for `valid_days`; `warn_days` before its end whoever is in charge is told.
    """

    __tablename__ = "hospital_network"

    id: str = Field(primary_key=True)
    name: str
    valid_days: int
    warn_days: int = 14
    in_charge_id: str | None = Field(default=None, foreign_key="staff.id")
    active: bool = True


class RosterRow(SQLModel, table=True):
    """A roster that was exported for a network. `clients` is how many stood in it."""

    __tablename__ = "roster_export"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    network_id: str = Field(foreign_key="hospital_network.id", index=True)
    at: AwareDatetime
    by: str
    clients: int
    expires_at: AwareDatetime


class FeedAlarmRow(SQLModel, table=True):
    """Something that is wrong with what hospitals tell us, from `since` on, until `over_at`.

    `what` names it: "inbox", "silent/<hospital>", "quarantine/<hospital>" (without one: of nobody
    we know), "matching/<team>", "roster/<network>". `told_at` is when somebody was last told.
    """

    __tablename__ = "feed_alarm"

    id: int | None = Field(
        default=None, sa_column=Column("id", BigInteger, primary_key=True, autoincrement=True)
    )
    what: str = Field(index=True)
    text: str
    since: AwareDatetime
    told_at: AwareDatetime | None = None
    over_at: AwareDatetime | None = None
