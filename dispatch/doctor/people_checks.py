"""Checks of people and rotas: who can't be reached, whose phone is not verified, what gapes."""

from datetime import timedelta

from dispatch.commands.coverage import coverage_answer
from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong
from oncall.store import Directory, StaffMember

AHEAD = timedelta(hours=48)
"""How far ahead a gap is the doctor's matter; the watch and the schedule look further."""


def agency(context: Context) -> list[Finding]:
    """An agency is loaded."""
    with context.reading() as work:
        teams = len(work.directory.teams)
    if not teams:
        return [wrong("agency", "No team is loaded.", "Run `vigil load FILE`.")]
    return [right("agency", f"{teams} team{'' if teams == 1 else 's'} loaded.")]


def phones(context: Context) -> list[Finding]:
    """Whoever may stand on a ladder can be reached, by a phone that is known to be theirs."""
    with context.reading() as work:
        people = _may_stand(work.directory)
    found = []
    for member in people:
        about, person = f"phone of {member.name}", member.person
        if not (person.sms or person.voice):
            text = "Neither texts nor calls reach it: nobody can page them."
            found.append(wrong(about, text, "Put in another number on My shifts, and verify it."))
        elif not person.verified:
            text = "It is not verified: nobody knows whether it rings."
            cure = "Let them ask for a code on My shifts and enter it."
            found.append(doubtful(about, text, cure))
        elif not person.sms:
            text = "It takes no texts (STOP, or no mobile phone): pages go by voice alone."
            found.append(doubtful(about, text, "Let them text START to the line, or change it."))
    if people and not found:
        return [right("phones", "Everybody who may be on call has a phone that is verified.")]
    return found


def _may_stand(directory: Directory) -> list[StaffMember]:
    members = {staff for team in directory.teams.values() for staff in team.members}
    people = [directory.staff[one] for one in members if one in directory.staff]
    return sorted((one for one in people if one.active), key=lambda one: (one.name, one.id))


def coverage(context: Context) -> list[Finding]:
    """Somebody stands on every tier of every team for the next two days, or a lead knows."""
    with context.reading() as work:
        answers = {
            team.name: (team.id, coverage_answer(work, team.id, work.now, work.now + AHEAD))
            for team in work.directory.teams.values()
        }
    found = []
    for name, (team, answer) in answers.items():
        open_gaps = [gap for gap in answer["gaps"] if gap["accepted"] is None]
        for gap in open_gaps:
            text = f"Nobody is {gap['tier'] or 'on call'} from {gap['start']}: {gap['reason']}."
            cure = f"Put somebody on in the schedule; `vigil coverage {team}` lists every gap."
            found.append(wrong(f"coverage of {name}", text, cure))
        if not open_gaps:
            found.append(right(f"coverage of {name}", "No unknown gap within 48 hours."))
    return found
