"""The live board as data: a snapshot plus numbered changes, and the law that joins them.

apply(old snapshot, changes) == fresh snapshot.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from dispatch.crisis import CallStage, Crisis, How, Source, State
from oncall.model import StaffId


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class Person(_Shape):
    """Somebody on the staff, as the board names them."""

    id: str
    name: str


class Next(_Shape):
    """Who comes after the person who is on call now."""

    staff: Person
    from_: AwareDatetime

    model_config = ConfigDict(frozen=True, alias_generator=lambda name: name.rstrip("_"))


class OnCall(_Shape):
    """One tier of a team, now."""

    tier: str
    staff: Person | None
    until: AwareDatetime | None
    next: Next | None


class TeamAlarm(_Shape):
    """Something about a team that a lead must know."""

    kind: str
    text: str
    since: AwareDatetime


class TeamCard(_Shape):
    """One team on the board."""

    id: str
    name: str
    timezone: str
    on_call: tuple[OnCall, ...]
    last_resort: tuple[str, ...]
    calls_today: int
    alarms: tuple[TeamAlarm, ...] = ()


class ReachingNow(_Shape):
    """Whom Vigil is trying to reach."""

    staff: Person | None
    tier: str
    since: AwareDatetime
    how: How


class CallingNow(_Shape):
    """Who is calling the client back by our line, and how far that has come."""

    staff: Person
    stage: CallStage
    since: AwareDatetime


class CrisisCard(_Shape):
    """One open crisis on the board: references and staff only, nothing about the client."""

    ref: str
    team: str
    state: State
    source: Source
    """A crisis line, where `told_by` says more: pages opened before a deploy know no more."""
    told_by: Source | None = None
    """What a hospital's notice is about, where one opened it."""
    opened_at: AwareDatetime
    since: AwareDatetime
    owner: Person | None
    handing_to: Person | None
    """Who is asked to take it over; until they accept, the owner has it."""
    reaching: ReachingNow | None
    due_at: AwareDatetime | None
    round: int
    alarm: str | None
    calling: CallingNow | None = None


class Board(_Shape):
    """A whole board: teams by name, open crises by age."""

    teams: tuple[TeamCard, ...]
    crises: tuple[CrisisCard, ...]


class CrisisChanged(_Shape):
    """A crisis is new or has moved on."""

    kind: Literal["crisis"] = "crisis"
    crisis: CrisisCard


class CrisisClosed(_Shape):
    """A crisis is no longer open, or is no longer this team's."""

    kind: Literal["crisis_closed"] = "crisis_closed"
    ref: str
    team: str


class TeamChanged(_Shape):
    """Who is on call, today's calls or the alarms of a team have changed."""

    kind: Literal["team"] = "team"
    team: TeamCard


class Nothing(_Shape):
    """A number without news for this viewer: their own teams have not changed."""

    kind: Literal["nothing"] = "nothing"


class Reload(_Shape):
    """So much has changed (an agency was loaded) that a fresh snapshot is due."""

    kind: Literal["reload"] = "reload"


class AdmissionsChanged(_Shape):
    """Something about a team's clients in hospital has changed: who shows them asks for them anew.

    The board itself holds none of them.
    """

    kind: Literal["admissions"] = "admissions"
    team: str


Change = CrisisChanged | CrisisClosed | TeamChanged | AdmissionsChanged | Nothing | Reload


def apply(board: Board, change: Change) -> Board:
    """The board after a change.

    A Reload changes nothing by itself: it asks for a snapshot. Neither does AdmissionsChanged.
    """
    match change:
        case CrisisChanged(crisis=card):
            others = [other for other in board.crises if other.ref != card.ref]
            return board.model_copy(update={"crises": in_order([*others, card])})
        case CrisisClosed(ref=ref, team=team):
            kept = [card for card in board.crises if (card.ref, card.team) != (ref, team)]
            return board.model_copy(update={"crises": in_order(kept)})
        case TeamChanged(team=card):
            teams = [other for other in board.teams if other.id != card.id]
            ordered = sorted([*teams, card], key=lambda team: (team.name, team.id))
            return board.model_copy(update={"teams": tuple(ordered)})
        case AdmissionsChanged() | Nothing() | Reload():
            return board


def in_order(cards: Iterable[CrisisCard]) -> tuple[CrisisCard, ...]:
    """Open crises, the oldest first."""
    return tuple(sorted(cards, key=lambda card: (card.opened_at, card.ref)))


def crisis_card(crisis: Crisis, names: Mapping[StaffId, str]) -> CrisisCard:
    """The card of an open crisis; `names` gives the staff's names."""

    def person(staff: StaffId | None) -> Person | None:
        return None if staff is None else Person(id=staff, name=names.get(staff, staff))

    reaching, calling = crisis.reaching, crisis.calling
    return CrisisCard(
        ref=crisis.ref,
        team=crisis.team,
        state=crisis.state,
        source=crisis.source.for_older,
        told_by=crisis.source if crisis.source.is_hospitals else None,
        opened_at=crisis.opened_at,
        since=crisis.since,
        owner=person(crisis.owner),
        handing_to=person(crisis.handing_to),
        reaching=None
        if reaching is None
        else ReachingNow(
            staff=person(reaching.staff),
            tier=reaching.tier,
            since=reaching.since,
            how=reaching.how,
        ),
        # A conference's own deadline is no step that anybody waits for.
        due_at=crisis.due_at if crisis.conference is None or crisis.handing_to else None,
        round=crisis.round,
        alarm=crisis.alarm,
        calling=None
        if calling is None
        else CallingNow(
            staff=Person(id=calling.staff, name=names.get(calling.staff, calling.staff)),
            stage=calling.stage,
            since=calling.since,
        ),
    )


def crisis_changes(
    before: Crisis | None, after: Crisis, names: Mapping[StaffId, str]
) -> list[Change]:
    """The changes that take the board from one state of a crisis to the next."""
    changes: list[Change] = []
    was_shown = before is not None and before.is_open
    if was_shown and before is not None and (before.team != after.team or not after.is_open):
        changes.append(CrisisClosed(ref=before.ref, team=before.team))
    if after.is_open:
        card = crisis_card(after, names)
        # Who is in a conference is shown on the crisis's own page, which reads it again then.
        if (
            not was_shown
            or before is None
            or crisis_card(before, names) != card
            or before.conference != after.conference
        ):
            changes.append(CrisisChanged(crisis=card))
    return changes


def teams_of(change: Change) -> str | None:
    """The team that a change is about; None when it is for everybody."""
    match change:
        case CrisisChanged(crisis=card):
            return card.team
        case CrisisClosed(team=team) | AdmissionsChanged(team=team):
            return team
        case TeamChanged(team=card):
            return card.id
        case Nothing() | Reload():
            return None


def as_json(shape: BaseModel) -> dict[str, Any]:
    """A shape as it goes over the wire and into the change table."""
    return shape.model_dump(mode="json", by_alias=True)
