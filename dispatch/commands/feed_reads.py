"""When each hospital was heard, what its rhythm is, and whether it has fallen silent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from dispatch.hospitals.feeds import PATIENCE, WEEK, silent_from, usual_pause
from dispatch.store import feeds
from dispatch.unit_of_work import UnitOfWork

SPAN = PATIENCE.weeks * WEEK
"""How much of a feed's past is looked at."""


@dataclass(frozen=True, slots=True)
class Heard:
    """When a hospital was heard last by each channel, and whether its programs are silent.

    `pause` is the longest that they usually make, None where they have no rhythm.
    """

    last: Mapping[str, datetime] = field(default_factory=dict)
    pause: timedelta | None = None
    silent_since: datetime | None = None

    @property
    def usual_hours(self) -> float | None:
        """The longest usual pause in hours."""
        return None if self.pause is None else round(self.pause / timedelta(hours=1), 1)

    @property
    def is_silent(self) -> bool:
        """Whether it has been heard of less than it should be."""
        return self.silent_since is not None


def pause_of(session: Session, hospital: str, last: datetime) -> timedelta | None:
    """The longest usual pause of a hospital's programs, heard last at that time."""
    return usual_pause(feeds.arrivals(session, hospital, last - SPAN))


def heard(work: UnitOfWork) -> dict[str, Heard]:
    """Every hospital that may tell us something, and how it was heard."""
    found = {}
    for row in feeds.hospitals(work.session):
        last = feeds.last_fed(work.session, row.id)
        channels = feeds.heard_by_channel(work.session, row.id, (last or work.now) - SPAN)
        pause = None if last is None else pause_of(work.session, row.id, last)
        found[row.id] = Heard(channels, pause, silent_since(work, last, pause))
    return found


def silent_since(
    work: UnitOfWork, last: datetime | None, pause: timedelta | None
) -> datetime | None:
    """From when on a feed heard `last` is silent now, if it is."""
    since = None if last is None else silent_from(last, pause)
    return since if since is not None and since <= work.now else None
