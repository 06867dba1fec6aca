"""Carries a decision out: crisis, timeline, outbox and board, in one transaction."""

import secrets
from datetime import datetime

from dispatch.board import crisis_changes
from dispatch.commands import room_effects
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.paging import cancel_unneeded, put_page, put_tell
from dispatch.crisis import Crisis, Source
from dispatch.escalation import Decision, decide, new_crisis
from dispatch.events import (
    CallArrived,
    DropLeg,
    Event,
    HappenedAdrift,
    Page,
    Record,
    Reported,
    ReportedAgain,
    TeamAsked,
    TeamChosen,
    Tell,
)
from dispatch.references import SHORTEST, capacity, reference
from dispatch.room_events import CallParty, EndsWith, FetchCaller, LetGo, MoveWorker
from dispatch.store import crises
from dispatch.tables import TimelineRow
from dispatch.unit_of_work import Happened, UnitOfWork
from notifications import outbox
from oncall.model import TeamId

CHANGES_TEAM = (CallArrived, TeamAsked, TeamChosen, HappenedAdrift, Reported, ReportedAgain)
"""Events that may change a team's card: it has had a call, or the crisis has become another team's.
For the others nobody looks: whoever looks at a card holds it until their transaction ends."""

REFERENCE_TRIES = 8
"""How many references of one length are drawn before longer ones are used."""


def open_crisis(
    work: UnitOfWork, team: TeamId, source: Source, at: datetime | None = None
) -> Crisis:
    """A new crisis, with a reference that was never used before; opened now, or back then."""
    length = SHORTEST
    while True:
        for _ in range(REFERENCE_TRIES):
            ref = reference(secrets.randbelow(capacity(length)), length)
            crisis = new_crisis(ref, team, source, at or work.now)
            if crises.create(work.session, crisis):
                return crisis
        length += 1


def happen(
    work: UnitOfWork,
    crisis: Crisis,
    event: Event,
    *,
    public_url: str,
    by: str | None = None,
    is_new: bool = False,
    at: datetime | None = None,
) -> Decision:
    """Decide what an event makes of a crisis and carry it out. Raises Refused, changing nothing.

    The crisis must be locked by this transaction, or new. `by` names who did it where that is not
    a member of the staff, such as a program's token. `at` is when it happened, if not just now:
    so the timeline says it; deadlines and pages count from now.
    """
    team = event.team if isinstance(event, TeamChosen | HappenedAdrift) else crisis.team
    decision = decide(crisis, event, work.now, work.directory.ladder(team, work.now))
    after = decision.crisis
    crises.save(work.session, after)
    work.happened.append(Happened(crisis, event, after, is_new))
    for effect in decision.effects:
        match effect:
            case Record(kind=kind, text=text, who=who):
                note(work, after.ref, kind, text, who=who, by=by, at=at)
            case Page():
                put_page(work, after, effect, public_url)
            case Tell():
                put_tell(work, after, effect, public_url)
            case DropLeg(leg_sid=sid):
                work.sends = True
                outbox.put_drop_leg(
                    work.session,
                    key=f"{after.ref}/drop/{sid}",
                    now=work.now,
                    leg_sid=sid,
                    crisis_ref=after.ref,
                )
            case MoveWorker() | CallParty() | EndsWith() | LetGo() | FetchCaller():
                room_effects.put(work, after, effect, public_url)
            case _:
                pass  # what the caller hears is answered to the webhook itself
    cancel_unneeded(work, crisis, after)
    before = None if is_new else crisis
    if isinstance(event, CHANGES_TEAM):
        show(work, before, after)
    else:
        work.show(crisis_changes(before, after, work.directory.names))
    return decision


def show(work: UnitOfWork, before: Crisis | None, after: Crisis) -> None:
    """Tell the board how a crisis has moved on, and its team's card with it."""
    work.show(crisis_changes(before, after, work.directory.names))
    for team in sorted({after.team} | ({before.team} if before else set())):  # one lock order
        if team in work.directory.teams:
            refresh_team_card(work, team)


def note(
    work: UnitOfWork,
    ref: str,
    kind: str,
    text: str,
    *,
    who: str | None = None,
    by: str | None = None,
    at: datetime | None = None,
) -> None:
    """Add a line to a crisis's timeline: of now, or of back then."""
    crises.add_to_timeline(
        work.session,
        TimelineRow(crisis_ref=ref, at=at or work.now, kind=kind, who=who, by=by, text=text),
    )
