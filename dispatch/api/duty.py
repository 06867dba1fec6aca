"""One's own shifts and phone over HTTP: see them, confirm them, verify it; a team's handoffs."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from dispatch.agency_values import Words
from dispatch.api.changes import oneself, require_oneself_or_lead
from dispatch.api.context import Asking, Instant, Node, require_team
from dispatch.commands import phones
from dispatch.commands.duty_reads import handoffs_answer, shifts_answer
from dispatch.commands.handoffs import confirm
from dispatch.commands.phones import CodeRefused, How

router = APIRouter(prefix="/api", tags=["duty"])

USUALLY_SHOWN = timedelta(days=35)
LONGEST_SHOWN = timedelta(days=400)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ShiftBody(_Body):
    """A shift of one's own: its tier, and an instant in it."""

    team: Words
    tier: Words
    start: Instant


class VerifyBody(_Body):
    """How a code is to be sent."""

    how: How


class CodeBody(_Body):
    """The code that came."""

    code: str = Field(max_length=20)


@router.get("/me/shifts")
def my_shifts(
    vigil: Node,
    viewer: Asking,
    start: Annotated[Instant | None, Query(alias="from")] = None,
    end: Annotated[Instant | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """Your shifts (from now for five weeks, if not said otherwise), your phone, your time off."""
    with vigil.unit_of_work.reading() as work:
        staff = oneself(viewer, work.directory)
        since = start or work.now
        until = end or since + USUALLY_SHOWN
        if not since < until <= since + LONGEST_SHOWN:
            days = LONGEST_SHOWN.days
            raise HTTPException(422, f"from must be before to, at most {days} days apart.")
        return shifts_answer(work, staff, since, until)


@router.post("/me/shifts/confirm", status_code=204)
def confirm_shift(vigil: Node, viewer: Asking, body: ShiftBody) -> None:
    """Say OK to a shift of yours that is coming or under way."""
    with vigil.unit_of_work() as work:
        staff = oneself(viewer, work.directory)
        known = body.team in work.directory.teams
        if not known or not confirm(work, body.team, body.tier, body.start, staff):
            raise HTTPException(
                404, "No shift of yours is there: fetch your shifts again, the rota was changed."
            )


@router.get("/teams/{team}/handoffs")
def handoffs(vigil: Node, viewer: Asking, team: str) -> list[dict[str, Any]]:
    """The shifts of the next seven days: who was told of them, and who has said OK."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        return handoffs_answer(work, team)


@router.post("/staff/{staff}/phone/verify", status_code=202)
def verify(vigil: Node, viewer: Asking, staff: str, body: VerifyBody) -> None:
    """Have a code sent to somebody's phone, or said to it by a call."""
    with vigil.unit_of_work() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        try:
            phones.send_code(work, staff, body.how)
        except CodeRefused as refused:
            raise HTTPException(429, str(refused)) from None


@router.post("/staff/{staff}/phone/code")
def code(vigil: Node, viewer: Asking, staff: str, body: CodeBody) -> JSONResponse:
    """Type in the code that came: the phone is theirs."""
    with vigil.unit_of_work() as work:
        require_oneself_or_lead(viewer, work.directory, staff)
        checked = phones.check_code(work, staff, body.code, "web")
    if checked.right:
        return JSONResponse({"verified": True})
    words = checked.words.removeprefix("Vigil: ")
    return JSONResponse({"detail": words[:1].upper() + words[1:]}, 422)
