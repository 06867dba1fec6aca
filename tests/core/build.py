"""Short ways to tell the story of a crisis in tests; all people are invented."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from dispatch.crisis import Channel, Crisis, Disposition, Source
from dispatch.escalation import Decision, decide, new_crisis
from dispatch.events import (
    Accepted,
    CallArrived,
    CallerGone,
    CallerStays,
    Closed,
    Declined,
    DueReached,
    Effect,
    EndCall,
    Event,
    HandOffAsked,
    LastResortEnded,
    LegEnded,
    LegOutcome,
    LegSeen,
    Page,
    PageKind,
    Record,
    Reported,
    Ring,
    RingLastResort,
    Tell,
    TellKind,
    Voice,
)
from oncall.ladder import DEFAULT_LAST_RESORT, Ladder, Rung

NIGHT = datetime(2026, 1, 10, 11, 10, tzinfo=UTC)
TIERS = ("primary", "backup", "supervisor", "medical", "director")
RING_SECONDS = 20
PAGE_SECONDS = 120

Kind = TypeVar("Kind", bound=Effect)


def ladder_of(*staff: str | None, team: str = "north") -> Ladder:
    """A ladder with these people on its rungs, from the foot; None where nobody stands."""
    rungs = tuple(
        Rung(tier, person, None, RING_SECONDS, PAGE_SECONDS)
        for tier, person in zip(TIERS, staff, strict=False)
    )
    return Ladder(team, NIGHT, rungs, DEFAULT_LAST_RESORT)


def only(effects: tuple[Effect, ...], kind: type[Kind]) -> list[Kind]:
    """The effects of one kind, in order."""
    return [effect for effect in effects if isinstance(effect, kind)]


class Story:
    """One crisis, told event by event: ``story.calls(); story.leg_ends(); story.rung``."""

    def __init__(self, *staff: str | None) -> None:
        self.now = NIGHT
        self.ladder = ladder_of(*(staff or ("ana", "ben", "cleo")))
        self.crisis: Crisis = new_crisis("K7Q", "north", Source.CALL, NIGHT)
        self.last = Decision(self.crisis, ())
        self.call_sid = "CA1"
        self.told: list[Effect] = []

    def happens(self, event: Event, *, after: float = 1) -> Decision:
        """Let an event happen some seconds later."""
        self.now += timedelta(seconds=after)
        self.last = decide(self.crisis, event, self.now, self.ladder)
        self.crisis = self.last.crisis
        self.told += self.last.effects
        return self.last

    # Events ─────────────────────────────────────────────────────────────────────────────────────

    def calls(self, call_sid: str = "CA1") -> Decision:
        self.call_sid = call_sid
        return self.happens(CallArrived(call_sid))

    def is_reported(self) -> Decision:
        return self.happens(Reported())

    def leg_is_seen(self, leg_sid: str) -> Decision:
        return self.happens(LegSeen(self.leg, leg_sid))

    def leg_ends(
        self,
        outcome: LegOutcome = LegOutcome.NO_ANSWER,
        *,
        talked: int | None = None,
        gone: bool = False,
    ) -> Decision:
        """The leg ends: unanswered, or after a talk of so many seconds."""
        bridged = talked is not None
        outcome = LegOutcome.COMPLETED if bridged else outcome
        return self.happens(
            LegEnded(self.call_sid, self.leg, outcome, bridged, talked or 0, gone), after=25
        )

    def outside_ends(
        self, index: int = 0, *, talked: int | None = None, gone: bool = False
    ) -> Decision:
        """A number of the last resort ends: unanswered, or after a talk of so many seconds."""
        bridged = talked is not None
        outcome = LegOutcome.COMPLETED if bridged else LegOutcome.NO_ANSWER
        event = LastResortEnded(self.call_sid, index, outcome, bridged, talked or 0, gone)
        return self.happens(event, after=20)

    def nobody_on_the_team_answers(self) -> Decision:
        """Every phone of the team rings in vain, until the caller is passed outside."""
        while isinstance(self.last.voice, Ring):
            self.leg_ends()
        return self.last

    def caller_hangs_up(self) -> Decision:
        return self.happens(CallerGone(self.call_sid))

    def caller_stays(self) -> Decision:
        return self.happens(CallerStays(self.call_sid))

    def presses_1(self, staff: str, leg: int | None = None) -> Decision:
        return self.happens(Accepted(staff, Channel.PHONE, self.leg if leg is None else leg))

    def presses_2(self, staff: str) -> Decision:
        return self.happens(Declined(staff, Channel.PHONE))

    def accepts(self, staff: str, channel: Channel = Channel.SMS) -> Decision:
        return self.happens(Accepted(staff, channel))

    def declines(self, staff: str, channel: Channel = Channel.SMS) -> Decision:
        return self.happens(Declined(staff, channel))

    def is_handed_to(self, staff: str, by: str | None = None) -> Decision:
        return self.happens(HandOffAsked(staff, by))

    def is_closed(self) -> Decision:
        return self.happens(Closed(Disposition.RESOLVED_BY_PHONE))

    def is_due(self) -> Decision:
        """The deadline comes."""
        assert self.crisis.due_at is not None, "there is no deadline that could come"
        self.now = max(self.now, self.crisis.due_at)
        return self.happens(DueReached(), after=0)

    # What became of it ──────────────────────────────────────────────────────────────────────────

    @property
    def leg(self) -> int:
        return self.crisis.line.leg if self.crisis.line else 0

    @property
    def voice(self) -> Voice | None:
        return self.last.voice

    @property
    def rung(self) -> str | int | None:
        """Whose phone the last event made ring: a person, or the index of a last resort."""
        match self.last.voice:
            case Ring(staff=staff):
                return staff
            case RingLastResort(index=index):
                return index
            case _:
                return None

    @property
    def farewell(self) -> str | None:
        return self.last.voice.farewell if isinstance(self.last.voice, EndCall) else None

    @property
    def pages(self) -> list[tuple[str, PageKind]]:
        """Who was paged by the last event, and why."""
        return [(page.staff, page.kind) for page in only(self.last.effects, Page)]

    @property
    def tells(self) -> list[tuple[str, TellKind]]:
        """Who was told what by the last event."""
        return [(tell.staff, tell.kind) for tell in only(self.last.effects, Tell)]

    @property
    def records(self) -> list[str]:
        """The kinds of timeline entries that the last event wrote."""
        return [record.kind for record in only(self.last.effects, Record)]
