"""What the notices of one visit of one hospital come to, read in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from dispatch.hospitals.episodes.draft import Draft
from dispatch.hospitals.episodes.episode import EpisodeState, Leave, LegalChange, Line, Segment
from dispatch.hospitals.episodes.reading import read
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.episodes.undoing import undone
from dispatch.hospitals.episodes.wording import what
from dispatch.hospitals.notice import Setting


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit. `told` are its notices in order, of which there is at least one.

    `state` is None where the notices make no visit that concerns us: nothing but updates of an
    outpatient visit, for example. `plans` are the times at which an admission was planned.
    """

    hospital: str
    told: tuple[Told, ...]
    state: EpisodeState | None
    segments: tuple[Segment, ...]
    leaves: tuple[Leave, ...]
    legal: tuple[LegalChange, ...]
    lines: tuple[Line, ...]
    plans: tuple[datetime, ...]
    planned_admission: datetime | None
    planned_discharge: date | None
    disposition: str
    doubts: tuple[str, ...]

    @property
    def begins(self) -> datetime:
        """When it began, or was first told of, where nobody said when."""
        return (self.segments[0].since if self.segments else None) or self.told[0].at

    @property
    def ends(self) -> datetime | None:
        """When it ended; None while it lasts, and where there was no stay."""
        return self.segments[-1].until if self.segments else None

    @property
    def last_word(self) -> datetime:
        """When the last thing happened that was told of it."""
        return self.told[-1].at


def visit_of(told: Sequence[Told]) -> Visit:
    """Return what the notices of one visit, in order, come to. There must be at least one."""
    fallen = undone(told)
    draft = Draft(told[0].hospital)
    lines = []
    for place, one in enumerate(told):
        moved_from = None if place in fallen else read(draft, one)
        lines.append(
            Line(
                at=one.at,
                what=what(one.notice),
                kind=one.kind,
                hospital=one.hospital,
                unit=one.notice.visit.unit,
                reference=one.reference,
                arrived_at=one.arrived_at,
                undone=place in fallen,
                moved_from=moved_from,
            )
        )
    _doubt_the_order(draft)
    return Visit(
        hospital=draft.hospital,
        told=tuple(told),
        state=_state(draft),
        segments=tuple(draft.segments),
        leaves=_until_the_end(draft),
        legal=tuple(draft.legal),
        lines=tuple(lines),
        plans=tuple(draft.plans),
        planned_admission=draft.planned_admission,
        planned_discharge=draft.planned_discharge,
        disposition=draft.disposition if draft.ended_at else "",
        doubts=tuple(dict.fromkeys(draft.doubts)),
    )


def _state(draft: Draft) -> EpisodeState | None:
    if not draft.segments:
        if draft.plans:
            return EpisodeState.PLANNED
        return EpisodeState.CANCELLED if draft.cancelled else None
    if draft.ended_at is not None:
        return EpisodeState.DISCHARGED
    if draft.leaves and draft.leaves[-1].until is None:
        return EpisodeState.ON_LEAVE
    match draft.segments[-1].setting:
        case Setting.EMERGENCY:
            return EpisodeState.IN_ED
        case Setting.INPATIENT:
            return EpisodeState.ADMITTED
        case Setting.OBSERVATION:
            return EpisodeState.OBSERVED
        case Setting.OUTPATIENT:
            return EpisodeState.OUTPATIENT


def _until_the_end(draft: Draft) -> tuple[Leave, ...]:
    """Return the leaves, none of which outlasts the stay: some are discharged while on leave."""
    end = draft.ended_at
    if end is None:
        return tuple(draft.leaves)
    return tuple(
        replace(leave, until=min(leave.until or end, end))
        for leave in draft.leaves
        if leave.since < end
    )


def _doubt_the_order(draft: Draft) -> None:
    first = next((one for one in draft.segments if one.setting is Setting.INPATIENT), None)
    admitted = first.since if first else None
    if admitted and draft.ended_at and draft.ended_at < admitted:
        draft.doubt("The discharge is told to have been before the admission.")
    elif any(one.since and one.until and one.until < one.since for one in draft.segments):
        draft.doubt("The dates that were told don't follow one another.")
