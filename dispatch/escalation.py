"""The escalation policy: decide(crisis, event, now, ladder) says what becomes of a crisis, and why.

Pure: no clock, no database, no phone. What each event means is said in
`callers_side`, `callers_adrift`, `teams_side` and `calling_back`, as the policy says it; the steps
are in `pursuit`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from dispatch import callers_adrift, callers_side, calling_back, teams_side
from dispatch.crisis import Crisis, Source, State
from dispatch.events import (
    Accepted,
    CallArrived,
    CallBackAsked,
    CallBackEnded,
    CallBackMoved,
    CallBackTried,
    CallerGone,
    CallerStays,
    Closed,
    Declined,
    DueReached,
    Effect,
    Event,
    HandOffAsked,
    HappenedAdrift,
    LastResortEnded,
    LegEnded,
    LegSeen,
    PageFailed,
    Reported,
    ReportedAgain,
    TeamAsked,
    TeamChosen,
    Voice,
)
from dispatch.pursuit import Pursuit
from oncall.ladder import Ladder
from oncall.model import TeamId


@dataclass(frozen=True, slots=True)
class Decision:
    """What a crisis has become, and what must be done about it."""

    crisis: Crisis
    effects: tuple[Effect, ...]

    @property
    def voice(self) -> Voice | None:
        """What the caller on the line gets to hear next, if this event is answered by voice."""
        voices = [effect for effect in self.effects if isinstance(effect, Voice)]
        return voices[-1] if voices else None


def new_crisis(ref: str, team: TeamId, source: Source, now: datetime) -> Crisis:
    """A crisis at its first contact, before anything was decided about it."""
    return Crisis(ref=ref, team=team, source=source, opened_at=now, state=State.PAGING, since=now)


def decide(crisis: Crisis, event: Event, now: datetime, ladder: Ladder) -> Decision:
    """Decide what an event makes of a crisis.

    `ladder` is the team's ladder at `now` (aware, UTC). Raises Refused when the event cannot
    happen in the state the crisis is in; nothing changes then.
    """
    pursuit = Pursuit(crisis, now, ladder)
    match event:
        case CallArrived():
            callers_side.call_arrived(pursuit, event)
        case TeamAsked():
            callers_side.team_asked(pursuit, event)
        case TeamChosen():
            callers_side.team_chosen(pursuit, event)
        case LegSeen():
            callers_side.leg_seen(pursuit, event)
        case LegEnded():
            callers_side.leg_ended(pursuit, event)
        case LastResortEnded():
            callers_side.last_resort_ended(pursuit, event)
        case CallerStays():
            callers_side.caller_stays(pursuit, event)
        case CallerGone():
            callers_side.caller_gone(pursuit, event)
        case HappenedAdrift():
            callers_adrift.happened_adrift(pursuit, event)
        case Reported():
            callers_side.reported(pursuit)
        case ReportedAgain():
            callers_side.reported_again(pursuit)
        case Accepted():
            teams_side.accepted(pursuit, event)
        case Declined():
            teams_side.declined(pursuit, event)
        case HandOffAsked():
            teams_side.hand_off_asked(pursuit, event)
        case CallBackAsked():
            calling_back.asked(pursuit, event)
        case CallBackMoved():
            calling_back.moved(pursuit, event)
        case CallBackTried():
            calling_back.tried(pursuit, event)
        case CallBackEnded():
            calling_back.ended(pursuit, event)
        case PageFailed():
            teams_side.page_failed(pursuit, event)
        case DueReached():
            teams_side.due_reached(pursuit)
        case Closed():
            teams_side.closed(pursuit, event)
        case _:
            assert_never(event)
    return Decision(pursuit.crisis, tuple(pursuit.effects))
