"""The proof of a team's coverage as it is told, the same over HTTP and on the command line."""

from datetime import datetime
from typing import Any

from dispatch.commands.accepted import acceptance, accepted_gaps
from dispatch.commands.handoffs import unconfirmed
from dispatch.oncall_answer import local
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import Gap, prove, reason
from oncall.model import StaffId, TeamId


def coverage_answer(
    work: UnitOfWork, team: TeamId, start: datetime, end: datetime
) -> dict[str, Any]:
    """Whether a team is covered in [start, end), or every gap and thin stretch with its reason."""
    rota, names = work.directory.teams[team].rota, work.directory.names
    zone = rota.timezone
    proof = prove(rota, start, end, unconfirmed(work, team))
    known = accepted_gaps(work, team)

    def person(staff: StaffId) -> dict[str, str]:
        return {"id": staff, "name": work.directory.name_of(staff)}

    gaps = []
    for gap in proof.gaps:
        yes = acceptance(_left(gap, work.now), known)
        gaps.append(
            {
                "tier": gap.tier,
                "start": local(gap.start, zone),
                "end": local(gap.end, zone),
                "reason": reason(gap, names),
                "accepted": None
                if yes is None
                else {
                    "id": yes.id,
                    "reason": yes.reason,
                    "by": yes.accepted_by,
                    "at": local(yes.accepted_at, zone),
                },
            }
        )
    return {
        "team": team,
        "from": local(start, zone),
        "to": local(end, zone),
        "covered": proof.covered,
        "gaps": gaps,
        "thin": [
            {
                "tier": thin.tier,
                "start": local(thin.start, zone),
                "end": local(thin.end, zone),
                "kind": thin.kind.value,
                "reason": reason(thin, names),
                "who": [person(staff) for staff in thin.who],
            }
            for thin in proof.thin
        ],
    }


def _left(gap: Gap, now: datetime) -> Gap:
    """Return what is still to come of a gap; a lead accepts no more of one that is under way."""
    return gap.part(max(gap.start, now), gap.end) if gap.end > now else gap
