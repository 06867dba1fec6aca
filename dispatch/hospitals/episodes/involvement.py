"""What the team did in a hospital episode, as people recorded it, and whether it was in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.hospitals.episodes.episode import Episode
from oncall.model import StaffId


class StepKind(StrEnum):
    """What was done."""

    CALLED_BACK = "called_back"
    DECISION_LEARNED = "decision_learned"
    """The hospital has said when it decided to admit: `at` is that moment."""
    INVOLVED = "involved"
    """The team had a part in the decision to admit."""
    CONTACT = "contact"
    """Somebody of the team saw the client in hospital."""
    PLANNING = "planning"
    """The discharge was planned together with the hospital."""
    MEDICATION_HANDED_OVER = "medication_handed_over"
    PLACEMENT_HANDED_OVER = "placement_handed_over"
    FOLLOW_UP = "follow_up"
    """Seen in person after the discharge."""

    @property
    def words(self) -> str:
        """What was done, in words that hold nothing of a client's."""
        match self:
            case StepKind.CALLED_BACK:
                return "the hospital was called back"
            case StepKind.DECISION_LEARNED:
                return "the hospital told when it decided to admit"
            case StepKind.INVOLVED:
                return "had a part in the decision to admit"
            case StepKind.CONTACT:
                return "seen in hospital"
            case StepKind.PLANNING:
                return "planned the discharge together with the hospital"
            case StepKind.MEDICATION_HANDED_OVER:
                return "medication handed over"
            case StepKind.PLACEMENT_HANDED_OVER:
                return "placement handed over"
            case StepKind.FOLLOW_UP:
                return "seen in person after the discharge"


class How(StrEnum):
    """How the team had a part in the decision to admit."""

    ON_THE_PHONE = "on_the_phone"
    IN_PERSON = "in_person"
    ASKED_FOR_IT = "asked_for_it"
    OPPOSED_IT = "opposed_it"

    @property
    def words(self) -> str:
        """How, in words for a report."""
        match self:
            case How.ON_THE_PHONE:
                return "on the phone"
            case How.IN_PERSON:
                return "in person"
            case How.ASKED_FOR_IT:
                return "asked for the admission"
            case How.OPPOSED_IT:
                return "opposed the admission"


@dataclass(frozen=True, slots=True)
class Step:
    """Something done, recorded under the key that its episode had then.

    `at` is when it was done, `recorded_at` when somebody wrote it down; both aware. `evidence` is
    the reference of the text about it, which is kept elsewhere. Raises ValueError when an
    involvement doesn't say how, or anything else does.
    """

    kind: StepKind
    episode: str
    at: datetime
    by: StaffId
    recorded_at: datetime
    how: How | None = None
    evidence: str = ""

    def __post_init__(self) -> None:
        if (self.kind is StepKind.INVOLVED) != (self.how is not None):
            raise ValueError("An involvement says how, and nothing else does: mend `how`.")


@dataclass(frozen=True, slots=True)
class Followed:
    """An episode of a client with the steps recorded about it, in order of time.

    `client` is our own opaque name for the client.
    """

    client: str
    episode: Episode
    steps: tuple[Step, ...] = ()


def followed(
    client: str, episodes: Iterable[Episode], steps: Iterable[Step]
) -> tuple[Followed, ...]:
    """Return the episodes of one client, each with its own steps.

    A step finds its episode even where it was recorded under the key of another that has since
    become part of it. Steps of no episode are left out.
    """
    recorded = sorted(set(steps), key=lambda step: (step.at, step.recorded_at, step.kind, step.by))
    return tuple(
        Followed(
            client,
            episode,
            tuple(step for step in recorded if step.episode in episode.references),
        )
        for episode in episodes
    )


def decision(one: Followed) -> datetime | None:
    """Return when the hospital decided to admit; None where nobody knows, or nobody was admitted.

    That is what the hospital told somebody of the team (the last to record it counts), else when
    it told us of waiting for a bed, else the admission: whoever is in a bed has been decided on.
    It is never later than the psychiatric admission.
    """
    admitted = one.episode.psychiatric_since
    if admitted is None:
        return None
    learned = [step for step in one.steps if step.kind is StepKind.DECISION_LEARNED]
    if learned:
        return min(max(learned, key=lambda step: step.recorded_at).at, admitted)
    if one.episode.decided_at is not None:
        return min(one.episode.decided_at, admitted)
    return admitted


def involved(one: Followed) -> tuple[Step | None, Step | None]:
    """Return the first involvement before the decision, and the first that was too late.

    At the moment of the decision is too late. Before anybody was admitted each is in time; where
    nobody knows when somebody was admitted, none is.
    """
    steps = [step for step in one.steps if step.kind is StepKind.INVOLVED]
    decided = decision(one)
    if decided is None and one.episode.inpatient:
        return None, next(iter(steps), None)
    in_time = (step for step in steps if decided is None or step.at < decided)
    late = (step for step in steps if decided is not None and step.at >= decided)
    return next(in_time, None), next(late, None)


def planned_jointly(one: Followed) -> Step | None:
    """Return the first joint planning contact between the admission and the discharge.

    At the moment of the discharge is too late. Where nobody told when the admission was, only the
    discharge counts.
    """
    admitted, discharged = one.episode.admitted_at, one.episode.discharged_at
    if not one.episode.inpatient:
        return None
    return next(
        (
            step
            for step in one.steps
            if step.kind is StepKind.PLANNING
            and (admitted is None or admitted <= step.at)
            and (discharged is None or step.at < discharged)
        ),
        None,
    )
