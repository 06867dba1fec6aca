"""The answers to "who is on call, and when?", the same over HTTP and on the command line."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from oncall.model import Shift, TeamId
from oncall.store import Directory


def oncall_answer(directory: Directory, team: TeamId, at: datetime) -> dict[str, Any]:
    """The ladder of a team at `at` (aware): rungs in order, times in the team's zone."""
    zone = directory.teams[team].timezone
    ladder = directory.ladder(team, at)
    return {
        "team": team,
        "at": local(at, zone),
        "rungs": [
            {
                "tier": rung.tier,
                "staff": None
                if rung.staff is None
                else {"id": rung.staff, "name": directory.name_of(rung.staff)},
                "until": None if rung.until is None else local(rung.until, zone),
            }
            for rung in ladder.rungs
        ],
        "last_resort": list(ladder.last_resort),
    }


def schedule_answer(
    directory: Directory, zone: ZoneInfo, shifts: Iterable[Shift]
) -> list[dict[str, Any]]:
    """Shifts as they are told: who, from when until when, and why."""
    return [
        {
            "start": local(shift.start, zone),
            "end": local(shift.end, zone),
            "staff": {"id": shift.staff, "name": directory.name_of(shift.staff)},
            "why": shift.why,
        }
        for shift in shifts
    ]


def local(at: datetime, zone: ZoneInfo) -> str:
    """An instant with the offset that holds there then."""
    return at.astimezone(zone).isoformat()
