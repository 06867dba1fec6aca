"""Plans of a team's rota over HTTP: ask, look how it is coming on, apply, undo."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path

from dispatch.api.changes import Edit, Preview, editing, require_editor, verdict_answer
from dispatch.api.context import Asking, Node
from dispatch.commands import plan_questions, plans
from dispatch.commands.guarantee import Change
from dispatch.commands.plan_reads import plan_answer, plan_line
from dispatch.commands.plans import PlanRefused, plan_of, plans_of
from dispatch.commands.rota_edits import By, NotThere
from dispatch.plan_shapes import PlanWanted

router = APIRouter(prefix="/api/teams/{team}/plans", tags=["plans"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post("", status_code=202)
def ask(vigil: Node, viewer: Asking, team: str, wanted: PlanWanted) -> dict[str, Any]:
    """Ask for a plan. It is worked out beside the service: look at it until it is ready."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        try:
            number = plans.ask(work, team, wanted, viewer.name)
        except PlanRefused as refused:
            raise HTTPException(409, str(refused)) from None
    vigil.planning.start(number)
    return {"id": number, "state": plans.RUNNING}


@router.get("")
def newest(vigil: Node, viewer: Asking, team: str) -> list[dict[str, Any]]:
    """The team's plans, the newest first."""
    with vigil.unit_of_work.reading() as work:
        require_editor(viewer, team, team in work.directory.teams)
        return [plan_line(work, row) for row in plans_of(work, team)]


@router.get("/usual")
def usual(vigil: Node, viewer: Asking, team: str) -> dict[str, Any]:
    """What a plan is asked for where nothing else is said; its handoffs are the rotations' own."""
    with vigil.unit_of_work.reading() as work:
        require_editor(viewer, team, team in work.directory.teams)
        return plan_questions.usual(work, team)


@router.get("/{number}")
def one(vigil: Node, viewer: Asking, team: str, number: Number) -> dict[str, Any]:
    """How far a plan is; once it is ready its draft, beside the rota as it is."""
    with vigil.unit_of_work.reading() as work:
        require_editor(viewer, team, team in work.directory.teams)
        try:
            return plan_answer(work, plan_of(work, team, number))
        except NotThere as gone:
            raise HTTPException(404, str(gone)) from None


@router.post("/{number}/apply")
def apply(
    vigil: Node,
    viewer: Asking,
    team: str,
    number: Number,
    edit: Edit | None = None,
    preview: Preview = False,
) -> dict[str, Any]:
    """Make a plan the team's rota for its period."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        try:
            change = plans.apply(work, team, number, _by(viewer.name, edit, preview))
        except PlanRefused as refused:
            raise HTTPException(409, str(refused)) from None
        return _kept(change, plan_line(work, plan_of(work, team, number)))


@router.post("/{number}/undo")
def undo(
    vigil: Node,
    viewer: Asking,
    team: str,
    number: Number,
    edit: Edit | None = None,
    preview: Preview = False,
) -> dict[str, Any]:
    """Take an applied plan back: the rota that lies below it shows through again."""
    with editing(vigil) as work:
        require_editor(viewer, team, team in work.directory.teams)
        try:
            change = plans.undo(work, team, number, _by(viewer.name, edit, preview))
        except PlanRefused as refused:
            raise HTTPException(409, str(refused)) from None
        return _kept(change, plan_line(work, plan_of(work, team, number)))


def _by(who: str, edit: Edit | None, preview: bool) -> By:
    return By(who, None if edit is None else edit.accept_gaps, preview)


def _kept(change: Change | None, line: dict[str, Any]) -> dict[str, Any]:
    verdict = change.verdict if change else None
    return {**line, "coverage": None if verdict is None else verdict_answer(verdict)}
