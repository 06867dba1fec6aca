"""Plans of a team's rota: asked for, worked out beside the service, applied, undone.

A plan that is applied is a temporary schedule. It is written inside the guarantee of coverage, and
refused where it would break a rule: the proof judges it, whatever the search believed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlmodel import col, select

from dispatch.commands.duty import schedule_of
from dispatch.commands.guarantee import Change, note_change
from dispatch.commands.plan_questions import question
from dispatch.commands.plan_surroundings import with_what_is_known
from dispatch.commands.rota_edits import (
    By,
    NotThere,
    add_temporary_schedule,
    remove_temporary_schedule,
)
from dispatch.plan_shapes import PlanWanted
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap, Thin, ThinKind, opened, prove, reason, thinned
from oncall.duty_tables import PlanRow
from oncall.model import TeamId
from oncall.planner.model import Draft, PlanAsked, Progress
from oncall.planner.wire import Said, asked_as_json, asked_from_json, said_as_json, said_from_json
from oncall.tables import TeamRow
from oncall.words import span

RUNNING, READY, IMPOSSIBLE, FAILED = "running", "ready", "impossible", "failed"
APPLIED, UNDONE = "applied", "undone"

WAITING = {"waiting": True}
"""The progress of a plan while the node works out another one before it."""

SILENCE = timedelta(seconds=60)
"""Time without a sign of life after which a plan that was being worked out counts as failed."""

RULES = (ThinKind.TWO_TIERS, ThinKind.REST, ThinKind.DISCIPLINE)
"""The rules that an applied plan must not newly break."""

_NOT_READY = {
    RUNNING: "This plan is still being worked out.",
    IMPOSSIBLE: "This plan is impossible: there is nothing to apply.",
    FAILED: "This plan has failed: ask for it again.",
    APPLIED: "This plan is applied already.",
}


class PlanRefused(Exception):  # noqa: N818
    """The plan can't be asked for, applied or undone as things are. The text says why."""


def ask(work: UnitOfWork, team: TeamId, wanted: PlanWanted, who: str) -> int:
    """Write down what plan is wanted, to be worked out, and give its number.

    Raises WrongEdit when it makes no sense, PlanRefused while another is worked out for the team.
    """
    asked = question(work, team, wanted)
    work.session.get(TeamRow, team, with_for_update={"key_share": True})  # one after the other
    if any(state_of(work, row) == RUNNING for row in plans_of(work, team)):
        raise PlanRefused("A plan is being worked out for this team already: wait for it.")
    row = PlanRow(
        team_id=team,
        made_at=work.now,
        made_by=who,
        state=RUNNING,
        asked={
            "wanted": wanted.model_dump(mode="json", by_alias=True, exclude_defaults=True),
            "question": asked_as_json(asked),
        },
        beat_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row.id or 0


def plans_of(work: UnitOfWork, team: TeamId, most: int = 50) -> Sequence[PlanRow]:
    """A team's plans, the newest first."""
    query = select(PlanRow).where(PlanRow.team_id == team).order_by(col(PlanRow.id).desc())
    return work.session.exec(query.limit(most)).all()


def plan_of(work: UnitOfWork, team: TeamId, number: int, *, lock: bool = False) -> PlanRow:
    """One of a team's plans. Raises NotThere."""
    row = work.session.get(PlanRow, number, with_for_update=lock or None)
    if row is None or row.team_id != team:
        raise NotThere(f"The team has no plan {number}.")
    return row


def state_of(work: UnitOfWork, row: PlanRow) -> str:
    """How far a plan is: one that is silent has failed, one whose schedule is gone is undone."""
    if row.state == RUNNING and work.now - row.beat_at > SILENCE * max(work.speed, 1.0):
        return FAILED
    if row.state == APPLIED and row.schedule_id is None:
        return UNDONE
    return row.state


def question_of(row: PlanRow) -> PlanAsked:
    """What the planner was asked."""
    return asked_from_json(row.asked["question"])


def said_of(row: PlanRow) -> Said | None:
    """The planner's last word, once it has said it."""
    return None if row.result is None else said_from_json(row.result["said"])


# While it is worked out ──────────────────────────────────────────────────────────────────────────


def progressed(work: UnitOfWork, number: int, progress: Progress | None) -> None:
    """Keep a sign of life, and how far the search has come; None while it waits for another."""
    row = work.session.get(PlanRow, number, with_for_update=True)
    if row is not None and row.state == RUNNING:
        row.beat_at = work.now
        row.progress = WAITING if progress is None else said_as_json(progress)["progress"]
        work.session.add(row)


def finished(work: UnitOfWork, number: int, said: Said) -> None:
    """Keep the planner's last word; a text is why it failed."""
    row = work.session.get(PlanRow, number, with_for_update=True)
    if row is not None and row.state == RUNNING:
        row.state = {Draft: READY, str: FAILED}.get(type(said), IMPOSSIBLE)
        row.result = {"said": said_as_json(said)}
        row.beat_at = work.now
        work.session.add(row)


# When it is ready ────────────────────────────────────────────────────────────────────────────────


def apply(work: UnitOfWork, team: TeamId, number: int, by: By) -> Change:
    """Make a plan the team's rota for its period.

    Raises NotThere, PlanRefused, WrongEdit, GapsOpened, Previewed.
    """
    row = plan_of(work, team, number, lock=True)
    state, draft = state_of(work, row), said_of(row)
    if state not in (READY, UNDONE) or not isinstance(draft, Draft):
        raise PlanRefused(_NOT_READY[state])
    asked = question_of(row)
    if asked.start <= work.now:
        raise PlanRefused("This plan begins in the past: ask for a new one.")
    before = schedule_of(work, team, asked.start, asked.end)
    changed = with_what_is_known(work, team, asked) != asked
    name = f"plan {number}"
    schedule, change = add_temporary_schedule(work, team, name, draft.tiers, by)
    _breaks_no_rule(work, team, name, asked, changed)
    row = work.session.get_one(PlanRow, number)
    row.state, row.schedule_id = APPLIED, schedule
    row.result = {
        **(row.result or {}),
        "before": {
            tier: [[s.start.isoformat(), s.end.isoformat(), s.staff] for s in shifts]
            for tier, shifts in before.items()
        },
    }
    work.session.add(row)
    _note(work, team, number, asked, by.who, "applied")
    return change


def _breaks_no_rule(
    work: UnitOfWork, team: TeamId, name: str, asked: PlanAsked, changed: bool
) -> None:
    """Refuse a plan that breaks a rule, and say whether that is because the rota has changed."""
    after = work.directory.teams[team].rota
    others = tuple(one for one in after.temporary if one.name != name)
    end = asked.end + asked.rest
    was = prove(replace(after, temporary=others), asked.start, end)
    now = prove(after, asked.start, end)
    found: list[Gap | Thin] = [
        *opened(was, now, ()),
        *(thin for thin in thinned(was, now) if thin.kind in RULES),
    ]
    if found:
        first, *more = found
        when = span(first.start, first.end, asked.zone, work.now)
        others_too = f" (and {len(more)} more)" if more else ""
        why = f"{first.tier} from {when}: {reason(first, work.directory.names)}{others_too}"
        if changed:
            raise PlanRefused(
                f"The rota has changed since this was planned. Applied now, {why}. "
                "Ask for the plan again."
            )
        raise PlanRefused(
            f"Applied, this plan would break a rule: {why}. "
            "Change what collides there, and ask for the plan again."
        )


def undo(work: UnitOfWork, team: TeamId, number: int, by: By) -> Change | None:
    """Take an applied plan back: what was the rota before shows through again.

    Raises NotThere, PlanRefused, GapsOpened, Previewed.
    """
    row = plan_of(work, team, number, lock=True)
    if row.state != APPLIED:
        raise PlanRefused("This plan is not applied: there is nothing to undo.")
    asked, change = question_of(row), None
    if row.schedule_id is not None:
        change = remove_temporary_schedule(work, team, row.schedule_id, by)
        row = work.session.get_one(PlanRow, number)
        _note(work, team, number, asked, by.who, "undone")
    row.state, row.schedule_id = UNDONE, None
    row.result = {"said": (row.result or {})["said"]}
    work.session.add(row)
    return change


def _note(
    work: UnitOfWork, team: TeamId, number: int, asked: PlanAsked, who: str, what: str
) -> None:
    when = span(asked.start, asked.end, asked.zone, work.now)
    text = f"plan {number} from {when} was {what}"
    note_change(work, who=who, what=f"plan_{what}", text=text, team=team, details={"plan": number})
