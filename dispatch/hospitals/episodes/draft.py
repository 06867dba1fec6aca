"""A visit while its notices are being read: its parts so far, and how they are changed."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from dispatch.hospitals.episodes.episode import Leave, LegalChange, Segment
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import Setting

NEVER_TOLD = "The admission was never told; it is taken from what was told later."
TIME_NOT_TOLD = "The time of the admission was not told apart from the arrival."
CAME_AGAIN = "Somebody was there again under the number of a visit that had ended."


@dataclass(slots=True)
class Draft:
    """What the notices read so far come to. Segments are in order; only the last can be open."""

    hospital: str
    segments: list[Segment] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    legal: list[LegalChange] = field(default_factory=list)
    plans: list[datetime] = field(default_factory=list)
    planned_admission: datetime | None = None
    planned_discharge: date | None = None
    disposition: str = ""
    cancelled: bool = False
    doubts: list[str] = field(default_factory=list)

    @property
    def last(self) -> Segment | None:
        """The part that somebody is in, or was in last."""
        return self.segments[-1] if self.segments else None

    @property
    def ended_at(self) -> datetime | None:
        """When the visit ended; None while it lasts, or where there was none."""
        return self.segments[-1].until if self.segments else None

    def place_of(self, setting: Setting) -> int | None:
        """The place of the first part of that setting."""
        parts = enumerate(self.segments)
        return next((place for place, part in parts if part.setting is setting), None)

    def since_of(self, setting: Setting) -> datetime | None:
        """When the first part of that setting began, where there is one and it was told."""
        place = self.place_of(setting)
        return None if place is None else self.segments[place].since

    def open(self, told: Told, setting: Setting, since: datetime) -> None:
        """Begin a part; the one before ends with it, if it hasn't ended."""
        last = self.last
        if last is not None and last.until is None:
            since = max(since, last.since or since)
            self.segments[-1] = replace(last, until=since)
        self.segments.append(part(told, setting, since))

    def close(self, at: datetime) -> None:
        """End the last part, or move its end."""
        self.segments[-1] = replace(self.segments[-1], until=at)

    def move(self, place: int, since: datetime) -> datetime | None:
        """Move the beginning of a part, and the end of the one before it. Return what it was."""
        was = self.segments[place].since
        self.segments[place] = replace(self.segments[place], since=since)
        if place and self.segments[place - 1].until == was:
            self.segments[place - 1] = replace(self.segments[place - 1], until=since)
        return None if was == since else was

    def doubt(self, words: str) -> None:
        """Say what is odd about the visit."""
        self.doubts.append(words)


def part(
    told: Told, setting: Setting, since: datetime | None, until: datetime | None = None
) -> Segment:
    """Return a part of a visit, where a notice says that it is."""
    visit = told.notice.visit
    return Segment(
        hospital=told.hospital,
        setting=setting,
        since=since,
        until=until,
        facility=visit.facility,
        unit=visit.unit,
        psychiatric=told.psychiatric,
    )
