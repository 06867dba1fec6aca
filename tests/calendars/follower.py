"""Calendar programs that follow a feed: one goes by the zones' names, one by their rules alone."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from dateutil.tz import tzical
from ical.calendar_stream import IcsCalendarStream


@dataclass(frozen=True)
class Read:
    """An event as a calendar program has read it."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str
    transparent: bool


def by_names(content: bytes) -> list[Read]:
    """Read a feed as Google and Apple do: a TZID is a name of the IANA's list."""
    return _read(content, lambda zone: zone)


def by_rules(content: bytes) -> list[Read]:
    """Read a feed as Outlook does: a TZID means what its VTIMEZONE says, and nothing else."""
    described = tzical(io.StringIO(content.decode()))

    def zone(named: tzinfo) -> tzinfo:
        name = str(named)
        return named if name == "UTC" and name not in described.keys() else described.get(name)  # noqa: SIM118

    return _read(content, zone)


FOLLOWERS = (by_names, by_rules)


def _read(content: bytes, zone: Callable[[tzinfo], tzinfo]) -> list[Read]:
    def instant(at: object) -> datetime:
        assert isinstance(at, datetime)
        assert at.tzinfo is not None, "floating times belong to whoever looks"
        return at.replace(tzinfo=zone(at.tzinfo)).astimezone(UTC)

    calendar = IcsCalendarStream.calendar_from_ics(content.decode())
    return [
        Read(
            uid=event.uid or "",
            start=instant(event.dtstart),
            end=instant(event.dtend),
            summary=event.summary or "",
            description=event.description or "",
            transparent=event.transparency == "TRANSPARENT",
        )
        for event in calendar.events
    ]
