"""Cover requests and swaps over HTTP: ask, answer, take back, agree."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispatch.access import Role, Viewer
from dispatch.agency_values import Words
from dispatch.api.changes import candidate_answer
from dispatch.api.context import Asking, Instant, Node, Vigil, require_team
from dispatch.commands import requests as covers
from dispatch.commands import swaps
from dispatch.commands.colleagues import able_to_cover
from dispatch.commands.shift_requests import (
    RequestRefused,
    WrongRequest,
    require_span,
    require_tier,
)
from dispatch.commands.staff_texts import can_be_texted
from dispatch.oncall_answer import local
from dispatch.store import requests
from dispatch.unit_of_work import UnitOfWork
from oncall.duty_tables import ShiftAskRow, ShiftRequestRow
from oncall.model import StaffId
from oncall.requests import holder_of
from oncall.rest import Stretch

router = APIRouter(prefix="/api", tags=["requests"])

MOST_LISTED = 100
"""How many of a team's requests are listed."""

STILL_SHOWN = timedelta(days=7)
"""How long somebody's own requests are listed after they were closed."""


def _one_line(text: str) -> str:
    """Without NUL characters, which PostgreSQL can't hold, and without blanks around it."""
    return text.replace("\x00", "").strip()


Note = Annotated[str, Field(max_length=500), AfterValidator(_one_line)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ActingBody(_Body):
    """In whose name; left out by somebody who answers for themselves."""

    staff: Words | None = None


class CoverBody(_Body):
    """Which stretch of whose shift is to be covered; instants with their offset."""

    tier: Words
    start: Instant
    end: Instant
    mode: Literal["all", "waves"] = "all"
    note: Note = ""
    staff: Words | None = None


class SwapBody(_Body):
    """Which stretch is given, and which is wanted for it; instants with their offset."""

    tier: Words
    start: Instant
    end: Instant
    other_tier: Words
    other_start: Instant
    other_end: Instant
    note: Note = ""
    staff: Words | None = None


# Asking ─────────────────────────────────────────────────────────────────────────────────────────


@router.post("/teams/{team}/covers", status_code=201)
def ask_for_cover(vigil: Node, viewer: Asking, team: str, body: CoverBody) -> dict[str, Any]:
    """Ask the team who takes a shift or a part of it; it stays theirs until somebody says yes."""
    with _asking(vigil) as work:
        staff = _asker(work, viewer, team, body.staff)
        row = covers.ask_for_cover(
            work,
            team,
            Stretch(body.start, body.end, body.tier, staff),
            in_waves=body.mode == "waves",
            note=body.note,
            by=viewer.name,
            public_url=vigil.public_url,
        )
        return request_answer(work, viewer, row)


@router.post("/teams/{team}/swaps", status_code=201)
def offer_swap(vigil: Node, viewer: Asking, team: str, body: SwapBody) -> dict[str, Any]:
    """Offer a shift for a colleague's; nothing changes until they say yes."""
    with _asking(vigil) as work:
        staff = _asker(work, viewer, team, body.staff)
        rota = require_tier(work, team, body.other_tier)
        require_span(body.other_start, body.other_end)
        holder = holder_of(rota, body.other_tier, body.other_start, body.other_end)
        if holder is None:
            raise WrongRequest(
                "other_start: nobody stands there all the time. "
                "Choose one colleague's shift, or a part of it."
            )
        row = swaps.offer_swap(
            work,
            team,
            Stretch(body.start, body.end, body.tier, staff),
            Stretch(body.other_start, body.other_end, body.other_tier, holder),
            note=body.note,
            by=viewer.name,
        )
        return request_answer(work, viewer, row)


@router.get("/teams/{team}/covers/candidates")
def candidates(
    vigil: Node,
    viewer: Asking,
    team: str,
    tier: str,
    start: Annotated[Instant, Query()],
    end: Annotated[Instant, Query()],
) -> list[dict[str, Any]]:
    """Who could take a stretch, the best suited first; `hours` are those of 30 days either side."""
    with _asking(vigil) as work:
        require_team(viewer, team, team in work.directory.teams)
        rota = require_tier(work, team, tier)
        require_span(start, end)
        holder = holder_of(rota, tier, start, end)
        able = able_to_cover(work, team, Stretch(start, end, tier, holder or ""))
        return [candidate_answer(work.directory, one) for one in able]


# Reading ────────────────────────────────────────────────────────────────────────────────────────


@router.get("/teams/{team}/requests")
def requests_of_team(
    vigil: Node,
    viewer: Asking,
    team: str,
    state: Annotated[Literal["open", "all"], Query()] = "open",
) -> list[dict[str, Any]]:
    """A team's cover requests and swaps, the newest first."""
    with vigil.unit_of_work.reading() as work:
        require_team(viewer, team, team in work.directory.teams)
        rows = requests.of_team(work.session, team, MOST_LISTED, only_open=state == "open")
        return [request_answer(work, viewer, row) for row in rows]


@router.get("/requests/mine")
def my_requests(vigil: Node, viewer: Asking) -> list[dict[str, Any]]:
    """What you ask and are asked: open, or closed in the last seven days; the newest first."""
    if viewer.staff is None:
        return []
    with vigil.unit_of_work.reading() as work:
        rows = requests.about(work.session, viewer.staff, work.now - STILL_SHOWN)
        return [request_answer(work, viewer, row) for row in rows if _is_visible(work, viewer, row)]


# Answering ──────────────────────────────────────────────────────────────────────────────────────


@router.post("/requests/{ref}/yes")
def yes(vigil: Node, viewer: Asking, ref: str, body: ActingBody | None = None) -> dict[str, Any]:
    """Take what is asked for: the first yes wins. Or agree to a swap."""

    def do(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId) -> ShiftRequestRow:
        return covers.say_yes(
            work,
            row.ref,
            staff,
            by=viewer.name,
            public_url=vigil.public_url,
            for_them=staff != viewer.staff,
        )

    return _answer(vigil, viewer, ref, body, do)


@router.post("/requests/{ref}/no")
def no(vigil: Node, viewer: Asking, ref: str, body: ActingBody | None = None) -> dict[str, Any]:
    """Pass on what is asked for, or don't swap."""

    def do(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId) -> ShiftRequestRow:
        return covers.say_no(work, row.ref, staff, public_url=vigil.public_url)

    return _answer(vigil, viewer, ref, body, do)


@router.post("/requests/{ref}/withdraw")
def withdraw(vigil: Node, viewer: Asking, ref: str) -> dict[str, Any]:
    """Ask no longer: the shift stays theirs."""
    with _asking(vigil) as work:
        row = _visible(work, viewer, ref)
        if not viewer.may_act_for(row.staff_id):
            raise HTTPException(403, "Only whoever asked, and leads, may withdraw a request.")
        return request_answer(work, viewer, covers.withdraw(work, row.ref))


@router.post("/requests/{ref}/approve")
def approve(vigil: Node, viewer: Asking, ref: str) -> dict[str, Any]:
    """Agree, as a lead, that two people swap."""
    with _asking(vigil) as work:
        row = _decidable(work, viewer, ref)
        after = swaps.approve(work, row.ref, viewer.staff, by=viewer.name)
        return request_answer(work, viewer, after)


@router.post("/requests/{ref}/refuse")
def refuse(vigil: Node, viewer: Asking, ref: str) -> dict[str, Any]:
    """Say no, as a lead, to a swap that two people have agreed on."""
    with _asking(vigil) as work:
        row = _decidable(work, viewer, ref)
        after = swaps.refuse(work, row.ref, viewer.staff, by=viewer.name)
        return request_answer(work, viewer, after)


@contextmanager
def _asking(vigil: Vigil) -> Iterator[UnitOfWork]:
    """A unit of work; what can't be done becomes the answer, and nothing is saved."""
    try:
        with vigil.unit_of_work() as work:
            yield work
    except WrongRequest as wrong:
        raise HTTPException(422, str(wrong)) from None
    except RequestRefused as refused:
        raise HTTPException(409, _sentence(str(refused))) from None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _answer(
    vigil: Vigil,
    viewer: Viewer,
    ref: str,
    body: ActingBody | None,
    do: Callable[[UnitOfWork, ShiftRequestRow, StaffId], ShiftRequestRow],
) -> dict[str, Any]:
    with _asking(vigil) as work:
        row = _visible(work, viewer, ref)
        staff = _acting(work, viewer, row.team_id, body.staff if body else None)
        return request_answer(work, viewer, do(work, row, staff))


def _asker(work: UnitOfWork, viewer: Viewer, team: str, named: str | None) -> StaffId:
    require_team(viewer, team, team in work.directory.teams)
    return _acting(work, viewer, team, named)


def _acting(work: UnitOfWork, viewer: Viewer, team: str, named: str | None) -> StaffId:
    """Who asks or answers: the one who is logged in, or the one whom they may name."""
    if not viewer.acts:
        raise HTTPException(403, "Your role may look, but not act.")
    staff = named or viewer.staff
    if staff is None:
        raise HTTPException(
            422, "staff: say in whose name, since you are not on the staff yourself."
        )
    if not viewer.may_act_for(staff):
        raise HTTPException(403, "You may ask and answer only for yourself.")
    if staff not in work.directory.teams[team].members:
        raise HTTPException(422, f"staff: nobody in this team is called “{staff}”.")
    return staff


def _visible(work: UnitOfWork, viewer: Viewer, ref: str) -> ShiftRequestRow:
    """A request that the viewer may see; others are answered like those that don't exist."""
    row = requests.find(work.session, ref[:20])
    if row is None or not _is_visible(work, viewer, row):
        raise HTTPException(404, f"No request has the reference “{ref[:20]}”.")
    return row


def _is_visible(work: UnitOfWork, viewer: Viewer, row: ShiftRequestRow) -> bool:
    return row.team_id in work.directory.teams and viewer.sees(row.team_id)


def _decidable(work: UnitOfWork, viewer: Viewer, ref: str) -> ShiftRequestRow:
    row = _visible(work, viewer, ref)
    if row.kind != "swap" or not _may_decide(work, viewer, row):
        raise HTTPException(403, "Only a lead who is no party to the swap may decide it.")
    return row


def _may_decide(work: UnitOfWork, viewer: Viewer, row: ShiftRequestRow) -> bool:
    if viewer.role not in (Role.ADMIN, Role.LEAD):
        return False
    parties = (row.staff_id, swaps.partner_of(work, row))
    return viewer.staff not in parties or viewer.staff in swaps.approvers(work, row)


# Telling ────────────────────────────────────────────────────────────────────────────────────────


def request_answer(work: UnitOfWork, viewer: Viewer, row: ShiftRequestRow) -> dict[str, Any]:
    """A request as it is told, and what the viewer may do about it."""
    asked = requests.asks(work.session, row.ref)
    zone = work.directory.teams[row.team_id].timezone
    return {
        "ref": row.ref,
        "kind": row.kind,
        "team": row.team_id,
        "tier": row.tier,
        "start": local(row.starts, zone),
        "end": local(row.ends, zone),
        "staff": _person(work, row.staff_id),
        "note": row.note if viewer.acts else "",
        "mode": row.mode,
        "state": row.state,
        "made_at": local(row.made_at, zone),
        "taken_by": _person(work, row.taken_by) if row.taken_by else None,
        "other": _other(work, row),
        "asked": [
            {
                "staff": _person(work, one.staff_id),
                "wave": one.wave,
                "answer": one.answer,
                "by_text": can_be_texted(work, one.staff_id, row.team_id),
            }
            for one in asked
        ],
        "you": _you(work, viewer, row, asked),
    }


def _other(work: UnitOfWork, row: ShiftRequestRow) -> dict[str, Any] | None:
    if row.kind != "swap":
        return None
    zone = work.directory.teams[row.team_id].timezone
    wanted = swaps.wanted_of(work, row)
    return {
        "tier": wanted.tier,
        "start": local(wanted.start, zone),
        "end": local(wanted.end, zone),
        "staff": _person(work, wanted.staff),
    }


def _you(
    work: UnitOfWork, viewer: Viewer, row: ShiftRequestRow, asked: Sequence[ShiftAskRow]
) -> dict[str, Any]:
    own = next((one for one in asked if one.staff_id == viewer.staff), None)
    member = viewer.staff in work.directory.teams[row.team_id].members
    may_say = own is not None if row.kind == "swap" else member and viewer.staff != row.staff_id
    return {
        "asked": own is not None,
        "answer": own.answer if own else None,
        "may_answer": row.state == "open" and viewer.acts and may_say,
        "may_withdraw": row.state in requests.OPEN and viewer.may_act_for(row.staff_id),
        "may_approve": row.state == "lead" and _may_decide(work, viewer, row),
    }


def _person(work: UnitOfWork, staff: StaffId) -> dict[str, str]:
    return {"id": staff, "name": work.directory.name_of(staff)}
