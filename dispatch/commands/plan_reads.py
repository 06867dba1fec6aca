"""A plan as it is told: how far it is, and its draft beside the rota as it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from dispatch.commands.duty import schedule_of
from dispatch.commands.fairness import in_hours, share_answer
from dispatch.commands.plans import FAILED, question_of, said_of, state_of
from dispatch.oncall_answer import local
from dispatch.unit_of_work import UnitOfWork
from oncall.duty_tables import PlanRow
from oncall.fairness import Share, shares, spread
from oncall.model import Shift, StaffId, Tier
from oncall.planner.balance import equals, with_the_past
from oncall.planner.model import Draft, Impossible, PlanAsked

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
    today = _before(row) or schedule_of(work, row.team_id, asked.start, asked.end)
    planned: dict[Tier, list[Shift]] = {
        tier: [Shift(one.start, one.end, one.staff, "") for one in stints]
        for tier, stints in draft.tiers.items()
    }
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
    """Everybody's load in the period, by the rota as it is and by the draft, and the past one."""
    past = {person.staff: person.past or Share() for person in asked.people}
    others = sorted((before.keys() | after.keys()) - past.keys())
    return [
        {
            "staff": _named(work, staff),
            "before": share_answer(before.get(staff, Share())),
            "after": share_answer(after.get(staff, Share())),
            "past": share_answer(past.get(staff, Share())),
        }
        for staff in (*past, *others)
    ]


def _spread(asked: PlanAsked, carried: Mapping[StaffId, Share]) -> dict[str, float]:
    """How far apart equals are at most, past load included."""
    widest = spread(with_the_past(asked, carried), equals(asked))
    return {measure: in_hours(getattr(widest, measure)) for measure in _MEASURES}


def _named(work: UnitOfWork, staff: StaffId) -> dict[str, str]:
    return {"id": staff, "name": work.directory.name_of(staff)}
