"""The planning desk of an office: asking for plans, applying them, and looking at what stands."""

from datetime import date, datetime
from typing import Any

from dispatch.commands import plans
from dispatch.commands.plan_questions import question
from dispatch.commands.plan_reads import plan_answer
from dispatch.commands.plans import plan_of, said_of
from dispatch.commands.rota_edits import By
from dispatch.commands.swaps import offer_swap, say_yes
from dispatch.plan_shapes import PlanWanted
from dispatch.planning import Planning
from oncall.model import Stint
from oncall.planner.model import Draft, PlanAsked
from oncall.rest import Stretch
from oncall.schedule import final_schedule
from oncall.store import lock_rotas, mark_changed
from oncall.tables import TeamRow
from tests.guarantee.office import Office, at
from tests.planner.asks import answer as worked_out

LEAD = By("Eli Sample")
TWELVE = {"primary": "12h", "backup": "12h"}
FORTNIGHT = PlanWanted(first_day=date(2026, 3, 16), weeks=2, seconds=3, pattern=TWELVE)
START, END = at("2026-03-16 08:00"), at("2026-03-30 08:00")


def asked(office: Office, **wanted: Any) -> PlanAsked:
    """The question for a fortnight, or for what else is wanted."""
    said = {"first_day": date(2026, 3, 16), "weeks": 2, "pattern": TWELVE, **wanted}
    with office.look() as work:
        return question(work, "north", PlanWanted(**said))


def ask(office: Office, wanted: PlanWanted = FORTNIGHT) -> int:
    """Ask for a plan, to be worked out."""
    with office.work() as work:
        return plans.ask(work, "north", wanted, "Eli Sample")


def planned(office: Office, wanted: PlanWanted = FORTNIGHT) -> int:
    """Ask for a plan and work it out here, without a process."""
    number = ask(office, wanted)
    with office.work() as work:
        said = worked_out(plans.question_of(plan_of(work, "north", number)))
        plans.finished(work, number, said)
    return number


def planned_beside(office: Office, wanted: PlanWanted = FORTNIGHT) -> int:
    """Ask for a plan and let a process work it out, as a node does."""
    number = ask(office, wanted)
    Planning(office.work).work_out(number)
    return number


def apply(office: Office, number: int, by: By = LEAD) -> None:
    """Make a plan the rota."""
    with office.work() as work:
        plans.apply(work, "north", number, by)


def undo(office: Office, number: int) -> None:
    """Take a plan back."""
    with office.work() as work:
        plans.undo(work, "north", number, LEAD)


def told(office: Office, number: int) -> dict[str, Any]:
    """A plan as it is told."""
    with office.look() as work:
        return plan_answer(work, plan_of(work, "north", number))


def draft_of(office: Office, number: int) -> Draft:
    """What the planner has proposed."""
    with office.look() as work:
        found = said_of(plan_of(work, "north", number))
    assert isinstance(found, Draft)
    return found


def stands(office: Office, tier: str = "primary") -> list[Stint]:
    """Who stands in the fortnight."""
    with office.look() as work:
        shifts = final_schedule(work.directory.teams["north"].rota, tier, START, END)
        return [Stint(one.start, one.end, one.staff) for one in shifts]


def change_rules(office: Office, **rules: Any) -> None:
    """Let the team ask something else of its rota, as loading another file does."""
    with office.work() as work:
        lock_rotas(work.session)
        team = work.session.get_one(TeamRow, "north")
        team.rules = rules
        work.session.add(team)
        mark_changed(work.session, work.now)


def swapped(office: Office) -> tuple[datetime, datetime]:
    """Ana gives Cho a night of hers and takes one of his for it, which is given."""
    night = Stretch(at("2026-03-18 20:00"), at("2026-03-19 08:00"), "primary", "ana")
    other = Stretch(at("2026-03-20 20:00"), at("2026-03-21 08:00"), "primary", "cho")
    office.put_on("cho", other.start, other.end)
    with office.work() as work:
        row = offer_swap(work, "north", night, other, by="Ana Sample")
        say_yes(work, row, "cho", by="Cho Sample", public_url="https://vigil.example.org")
    return other.start, other.end
