"""A plan as it is told: how far it is, and its draft beside the rota as it is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch.commands.duty import schedule_of
from dispatch.commands.fairness import in_hours, share_answer
from dispatch.commands.plans import APPLIED, FAILED, question_of, said_of, state_of
from dispatch.oncall_answer import local
from dispatch.unit_of_work import UnitOfWork
from oncall.duty_tables import PlanRow
from oncall.fairness import Share, joined, shares, spread
from oncall.model import Shift, StaffId, TemporarySchedule, Tier
from oncall.planner.balance import equals, past_of, with_the_past
from oncall.planner.model import Draft, Impossible, PlanAsked
from oncall.schedule import final_schedule

STOPPED = "The node that was planning has stopped: ask for the plan again."

_MEASURES = ("hours", "nights", "weekends", "holidays")


def plan_line(work: UnitOfWork, row: PlanRow) -> dict[str, Any]:
    """A plan in a list."""
    asked = question_of(row)
    return {
        "id": row.id,
        "state": state_of(work, row),
        "made_at": local(row.made_at, asked.zone),
        "made_by": row.made_by,
        "from": local(asked.start, asked.zone),
        "to": local(asked.end, asked.zone),
        "asked": row.asked["wanted"],
        "progress": row.progress,
    }


def plan_answer(work: UnitOfWork, row: PlanRow) -> dict[str, Any]:
    """A plan with all that is known of it."""
    answer = plan_line(work, row)
    match said_of(row):
        case Draft() as draft:
            answer["result"] = _result(work, row, question_of(row), draft)
        case Impossible(collisions):
            answer["impossible"] = {"reasons": [one.words for one in collisions]}
        case str(reason):
            answer["failure"] = reason
        case _ if answer["state"] == FAILED:
            answer["failure"] = STOPPED
    return answer


def _result(work: UnitOfWork, row: PlanRow, asked: PlanAsked, draft: Draft) -> dict[str, Any]:
    taken = _before(row) if state_of(work, row) == APPLIED else None
    today = taken or schedule_of(work, row.team_id, asked.start, asked.end)
    planned = _layered(work, row, asked, draft)
    before = shares(today, asked.zone, asked.holidays)
    after = shares({**today, **planned}, asked.zone, asked.holidays)
    return {
        "draft": {"tiers": _tiers(work, asked, planned)},
        "today": {"tiers": _tiers(work, asked, today)},
        "distance": round(draft.distance, 4),
        "seconds": round(draft.seconds, 1),
        "fairness": _fairness(work, asked, before, after),
        "spread": {"before": _spread(asked, before), "after": _spread(asked, after)},
    }


def _layered(
    work: UnitOfWork, row: PlanRow, asked: PlanAsked, draft: Draft
) -> dict[Tier, list[Shift]]:
    """Who would stand with the draft in force: it lies below the overrides, as it would then."""
    rota = work.directory.teams[row.team_id].rota
    layers = [TemporarySchedule(tier, "draft", stints) for tier, stints in draft.tiers.items()]
    with_it = replace(rota, temporary=(*rota.temporary, *layers))
    return {
        tier: list(joined(final_schedule(with_it, tier, asked.start, asked.end)))
        for tier in draft.tiers
    }


def _before(row: PlanRow) -> dict[Tier, list[Shift]] | None:
    """The rota that a plan has taken the place of, if it is applied."""
    kept = (row.result or {}).get("before")
    if kept is None:
        return None
    return {
        tier: [
            Shift(datetime.fromisoformat(start), datetime.fromisoformat(end), staff, "")
            for start, end, staff in shifts
        ]
        for tier, shifts in kept.items()
    }


def _tiers(
    work: UnitOfWork, asked: PlanAsked, schedule: Mapping[Tier, Iterable[Shift]]
) -> dict[Tier, list[dict[str, Any]]]:
    return {
        tier: [
            {
                "start": local(shift.start, asked.zone),
                "end": local(shift.end, asked.zone),
                "staff": _named(work, shift.staff),
            }
            for shift in shifts
        ]
        for tier, shifts in schedule.items()
    }


def _fairness(
    work: UnitOfWork,
    asked: PlanAsked,
    before: Mapping[StaffId, Share],
    after: Mapping[StaffId, Share],
) -> list[dict[str, Any]]:
    """Everybody's load in the period, by the rota as it is and by the draft, and the past one.

    `past_assumed` marks whoever was not there before, and counts as average.
    """
    past = past_of(asked)
    assumed = {person.staff for person in asked.people if person.past is None}
    others = sorted((before.keys() | after.keys()) - past.keys())
    return [
        {
            "staff": _named(work, staff),
            "before": share_answer(before.get(staff, Share())),
            "after": share_answer(after.get(staff, Share())),
            "past": share_answer(past.get(staff, Share())),
            "past_assumed": staff in assumed,
        }
        for staff in (*past, *others)
    ]


def _spread(asked: PlanAsked, carried: Mapping[StaffId, Share]) -> dict[str, float]:
    """How far apart equals are at most, past load included."""
    widest = spread(with_the_past(asked, carried), equals(asked))
    return {measure: in_hours(getattr(widest, measure)) for measure in _MEASURES}


def _named(work: UnitOfWork, staff: StaffId) -> dict[str, str]:
    return {"id": staff, "name": work.directory.name_of(staff)}
