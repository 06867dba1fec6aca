"""One hospital episode over HTTP: what is known of it, and what the team did in it."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dispatch.access import Viewer
from dispatch.api.context import Asking, Instant, Node
from dispatch.commands import hospital_steps
from dispatch.commands.admissions import Shown, page, shown, steps
from dispatch.commands.episodes import containing
from dispatch.commands.fidelity_counts import counted_of
from dispatch.commands.hospital_steps import Done, WrongStep
from dispatch.commands.logins import audit
from dispatch.episode_tables import EpisodeRow
from dispatch.hospitals.counting.measures import Counted
from dispatch.hospitals.episodes.involvement import How, StepKind
from dispatch.store import episodes as store
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/episodes", tags=["episodes"])


class StepBody(BaseModel):
    """What was done, when, and by whom: by default by who writes it down."""

    model_config = ConfigDict(extra="forbid")

    kind: StepKind
    at: Instant
    staff: str | None = None
    how: How | None = None
    words: Annotated[str, Field(max_length=10_000)] = ""
    crisis: str | None = None


@router.get("/{key}")
def read_episode(vigil: Node, viewer: Asking, key: str) -> dict[str, Any]:
    """One episode, by any key that it ever had. A look at it is audited."""
    with vigil.unit_of_work() as work:
        one = _visible(work, viewer, key)
        if viewer.sees_clients:
            about = f"{one.row.key} {one.client.id}"
            audit(work.session, work.now, viewer.login, "episode_read", about)
        counts = counted_of(work, one.row.team_id, one.one)
        return {
            **page(work, viewer, one),
            "counts": {measure.value: _counted(counted) for measure, counted in counts.items()},
        }


@router.post("/{key}/steps", status_code=201)
def record_step(vigil: Node, viewer: Asking, key: str, body: StepBody) -> dict[str, Any]:
    """Record what was done in an episode. Sent twice, it is recorded once."""
    with vigil.unit_of_work() as work:
        one = _actable(work, viewer, key)
        staff = body.staff or viewer.staff
        if staff is None:
            raise HTTPException(
                422, "staff: say who did it, since you are not on the staff yourself."
            )
        _may_act_for(viewer, staff)
        words = body.words.replace("\x00", "").strip()
        done = Done(body.kind, body.at, staff, body.how, words, body.crisis)
        try:
            row = hospital_steps.record(
                work, one.row.key, done, login=viewer.login, name=viewer.name
            )
        except WrongStep as problem:
            raise HTTPException(422, str(problem)) from None
        return next(step for step in steps(work, viewer, one) if step["id"] == row.id)


@router.delete("/{key}/steps/{step}", status_code=204)
def retract_step(vigil: Node, viewer: Asking, key: str, step: int) -> None:
    """Take a step back; it stays, with who took it back."""
    with vigil.unit_of_work() as work:
        one = _actable(work, viewer, key)
        try:
            row = hospital_steps.step_of(work, one.row.client_number, one.one, step)
            if row.recorded_by != viewer.login:
                _may_act_for(viewer, row.staff_id)
            hospital_steps.retract(work, one.row.key, step, login=viewer.login, name=viewer.name)
        except LookupError as problem:
            raise HTTPException(404, str(problem)) from None


def _may_act_for(viewer: Viewer, staff: str) -> None:
    if not viewer.may_act_for(staff):
        raise HTTPException(403, "You may record only what you did yourself.")


def _visible(work: UnitOfWork, viewer: Viewer, key: str) -> Shown:
    """An episode that the viewer may see; others are answered like those that don't exist."""
    nothing = HTTPException(404, "No episode is called that.")
    key = key.replace("\x00", "")[:100]
    client = store.client_of(work.session, key)
    if client is None:
        raise nothing
    one = containing(store.followed_of(work.session, [client]).get(client, ()), key)
    row = None if one is None else work.session.get(EpisodeRow, one.episode.key)
    if row is None or row.team_id not in work.directory.teams or not viewer.sees(row.team_id):
        raise nothing
    return shown(work, viewer, {client: [row]})[0]


def _actable(work: UnitOfWork, viewer: Viewer, key: str) -> Shown:
    one = _visible(work, viewer, key)
    if not viewer.acts:
        raise HTTPException(403, "Your role may look, but not act.")
    return one


def _counted(counted: Counted | None) -> dict[str, Any] | None:
    if counted is None:
        return None
    return {
        "counts": counted.counts,
        "in_numerator": counted.in_numerator,
        "reason": counted.reason,
        "to_settle": counted.to_settle,
    }
