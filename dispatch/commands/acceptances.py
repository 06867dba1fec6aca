"""Leads accept gaps that stand already, and take acceptances back."""

from datetime import datetime

from dispatch.commands.accepted import acceptance, accepted_gaps
from dispatch.commands.boards import refresh_team_card
from dispatch.commands.findings import look_soon, place
from dispatch.commands.guarantee import accept_gap, note_change
from dispatch.commands.outside import hold_rotas
from dispatch.commands.rota_edits import By, NotThere, WrongEdit
from dispatch.unit_of_work import UnitOfWork
from oncall.coverage import prove
from oncall.model import TeamId, Tier
from oncall.tables import AcceptedGapRow
from oncall.words import span


def accept_standing_gaps(
    work: UnitOfWork,
    team: TeamId,
    tier: Tier,
    start: datetime,
    end: datetime,
    why: str,
    by: By,
) -> int:
    """Accept what of a tier's gaps lies in [start, end); gives how many they are.

    A gap that came from outside, by a phone that fails, had no writer who could accept it. Raises
    WrongEdit where somebody stands throughout, or every gap is accepted already.
    """
    hold_rotas(work)
    rota = work.directory.teams[team].rota
    proof = prove(rota, work.now, work.now + work.horizon)
    parts = [
        gap.part(max(gap.start, start), min(gap.end, end))
        for gap in proof.gaps
        if gap.tier == tier and gap.start < end and start < gap.end
    ]
    if not parts:
        when = span(start, end, rota.timezone, work.now)
        raise WrongEdit(f"There is no gap on {place(tier)} from {when}: nothing is to be accepted.")
    known = accepted_gaps(work, team)
    new = [part for part in parts if acceptance(part, known) is None]
    if not new:
        raise WrongEdit("This gap is accepted already.")
    for part in new:
        accept_gap(work, team, part, by.who, why)
    work.session.flush()
    refresh_team_card(work, team)
    return len(new)


def take_acceptance_back(work: UnitOfWork, team: TeamId, number: int, by: By) -> None:
    """No longer accept a gap: it alarms again. Raises NotThere."""
    row = work.session.get(AcceptedGapRow, number, with_for_update=True)
    if row is None or row.team_id != team:
        raise NotThere("This accepted gap is not there any more.")
    zone = work.directory.teams[team].timezone
    when = span(row.starts, row.ends, zone, work.now)
    text = f"no longer accepted: nobody is {row.tier} from {when}"
    note_change(work, who=by.who, what="gap_not_accepted", text=text, team=team)
    work.session.delete(row)
    look_soon(work, team)
