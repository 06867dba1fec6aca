"""Crises over HTTP: list, read, accept, decline, hand off, note, close."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispatch.access import Viewer
from dispatch.api import crisis_notices
from dispatch.api.context import Asking, Node, Vigil
from dispatch.commands import callbacks, rooms, timeline
from dispatch.commands import crises as commands
from dispatch.commands.callbacks import Wish
from dispatch.commands.logins import audit
from dispatch.crisis import Channel, Crisis, Disposition, State
from dispatch.events import Refused
from dispatch.store import clients, crises
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId

router = APIRouter(prefix="/api", tags=["crises"])


def _clean(text: str) -> str:
    """Without NUL characters, which PostgreSQL can't hold, and without blanks around it."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise ValueError("must not be empty")
    return text


Text = Annotated[str, Field(max_length=10_000), AfterValidator(_clean)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ActingBody(_Body):
    """Who accepts or declines; left out by somebody who does it for themselves."""

    staff: str | None = None


class HandOffBody(_Body):
    """Who is asked to take it over."""

    to: str


class NoteBody(_Body):
    """What is to be noted."""

    text: Text


class BringInBody(_Body):
    """Who is wanted in the call: a tier such as backup, a colleague's id, 988, or interpreter."""

    who: str


class CloseBody(_Body):
    """How it ended."""

    disposition: Disposition
    note: Text | None = None


class ConferenceRead(BaseModel):
    """Who is on the call besides the caller. `worker` is null once they have left it.

    `third` is whom they bring in, with `presence` waiting, called, joined or spoken.
    """

    worker: dict[str, str] | None
    is_conference: bool
    third: dict[str, Any] | None
    may_leave: bool


class CrisisRead(BaseModel):
    """One crisis with everything that happened. `caller` is null for those who may not see it."""

    ref: str
    team: str
    state: State
    owner: dict[str, str] | None
    source: str
    opened_at: datetime
    closed_at: datetime | None
    disposition: Disposition | None
    alarm: str | None
    line: str | None = None
    language: str = "en"
    caller: dict[str, Any] | None = None
    contacts: list[dict[str, Any]] = Field(default_factory=list)
    timeline: list[dict[str, Any]] = Field(default_factory=list)
    call: ConferenceRead | None = None
    """Who is on the caller's line, while somebody of the team talks with them."""
    bring_in: list[dict[str, str]] = Field(default_factory=list)
    """Whom one could bring into the call now: `who` for the request, and a label."""
    hospital: dict[str, Any] | None = None
    """What a hospital has told, where it is about that: see `crisis_notices`."""


class CrisisListed(BaseModel):
    """One crisis in a list, without anything about the client."""

    ref: str
    team: str
    state: State
    owner: dict[str, str] | None
    source: str
    opened_at: datetime
    closed_at: datetime | None
    disposition: Disposition | None
    alarm: str | None


@router.get("/crises")
def list_crises(
    vigil: Node,
    viewer: Asking,
    state: Annotated[list[State] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CrisisListed]:
    """Crises of the teams you may see, the newest first; `state` may be given several times."""
    with vigil.unit_of_work.reading() as work:
        found = crises.listed(work.session, viewer.teams, state or [], limit)
        return [CrisisListed(**_head(work, crisis)) for crisis in found]


@router.get("/crises/{ref}")
def read_crisis(vigil: Node, viewer: Asking, ref: str) -> CrisisRead:
    """One crisis with its timeline. A look at who is calling is audited."""
    with vigil.unit_of_work() as work:
        return _read(work, viewer, _visible(work, viewer, ref))


@router.post("/crises/{ref}/accept")
def accept(vigil: Node, viewer: Asking, ref: str, body: ActingBody | None = None) -> CrisisRead:
    """Take a crisis."""
    return _act(vigil, viewer, ref, body, commands.accept)


@router.post("/crises/{ref}/decline")
def decline(vigil: Node, viewer: Asking, ref: str, body: ActingBody | None = None) -> CrisisRead:
    """Pass a crisis on, or give back what you took."""
    return _act(vigil, viewer, ref, body, commands.decline)


@router.post("/crises/{ref}/hand-off")
def hand_off(vigil: Node, viewer: Asking, ref: str, body: HandOffBody) -> CrisisRead:
    """Ask a colleague to take it over. It stays with its owner until they have accepted."""
    with vigil.unit_of_work() as work:
        crisis = _actable(work, viewer, ref)
        after = _or_conflict(
            lambda: commands.hand_off(
                work,
                crisis.ref,
                body.to,
                asked_by=viewer.staff,
                by=viewer.name,
                public_url=vigil.public_url,
            ),
            work,
        )
        return _read(work, viewer, after)


@router.post("/crises/{ref}/call-back")
def call_back(vigil: Node, viewer: Asking, ref: str) -> CrisisRead:
    """Ring your own phone to connect you with the client, who sees your team's line.

    Only for the owner, and only to their verified phone: whoever else wants to call takes it over.
    """
    with vigil.unit_of_work() as work:
        crisis, staff = _actable(work, viewer, ref), viewer.staff
        if staff is None:
            raise HTTPException(422, "Only somebody on the staff can be rung: log in as yourself.")
        wish = Wish(staff, Channel.WEB, viewer.name)
        after = _or_conflict(
            lambda: callbacks.call_back(work, crisis.ref, wish, vigil.public_url), work
        )
        return _read(work, viewer, after)


@router.post("/crises/{ref}/note")
def note(vigil: Node, viewer: Asking, ref: str, body: NoteBody) -> CrisisRead:
    """Add a note to the timeline."""
    with vigil.unit_of_work() as work:
        crisis = _actable(work, viewer, ref)
        commands.add_note(work, crisis.ref, body.text, who=viewer.staff, by=viewer.name)
        return _read(work, viewer, crisis)


@router.post("/crises/{ref}/close")
def close(vigil: Node, viewer: Asking, ref: str, body: CloseBody) -> CrisisRead:
    """End a crisis with its disposition."""
    with vigil.unit_of_work() as work:
        crisis = _actable(work, viewer, ref)
        after = _or_conflict(
            lambda: commands.close(
                work,
                crisis.ref,
                body.disposition,
                body.note,
                who=viewer.staff,
                by=viewer.name,
                public_url=vigil.public_url,
            ),
            work,
        )
        return _read(work, viewer, after)


@router.post("/crises/{ref}/bring-in")
def bring_in(vigil: Node, viewer: Asking, ref: str, body: BringInBody) -> CrisisRead:
    """Bring a third party into the call: it becomes a conference, and they are rung."""
    with vigil.unit_of_work() as work:
        crisis = _actable(work, viewer, ref)
        _may_act_for_worker(viewer, crisis)
        after = _or_conflict(
            lambda: rooms.bring_in(
                work, crisis.ref, body.who, by=viewer.name, public_url=vigil.public_url
            ),
            work,
        )
        return _read(work, viewer, after)


@router.post("/crises/{ref}/leave")
def leave(vigil: Node, viewer: Asking, ref: str) -> CrisisRead:
    """Let the worker out of the call, once whom they brought in has spoken."""
    with vigil.unit_of_work() as work:
        crisis = _actable(work, viewer, ref)
        _may_act_for_worker(viewer, crisis)
        after = _or_conflict(
            lambda: rooms.leave(work, crisis.ref, by=viewer.name, public_url=vigil.public_url),
            work,
        )
        return _read(work, viewer, after)


@router.get("/dispositions")
def dispositions(viewer: Asking) -> list[dict[str, str]]:  # noqa: ARG001  only for who logged in
    """The ways in which a crisis may end."""
    return [{"id": one.value, "label": one.label} for one in Disposition]


def _act(
    vigil: Vigil, viewer: Viewer, ref: str, body: ActingBody | None, command: Any
) -> CrisisRead:
    with vigil.unit_of_work() as work:
        crisis = _actable(work, viewer, ref)
        staff = _acting(work, viewer, crisis, body.staff if body else None)
        after = _or_conflict(
            lambda: command(work, crisis.ref, staff, by=viewer.name, public_url=vigil.public_url),
            work,
        )
        return _read(work, viewer, after)


def _may_act_for_worker(viewer: Viewer, crisis: Crisis) -> None:
    """Nobody turns a colleague's talk into a conference, or takes them out of it. Raises 403."""
    worker = rooms.worker_of(crisis)
    if worker is not None and not viewer.may_act_for(worker):
        raise HTTPException(403, "Only who is on the call may do that, or their lead for them.")


def _acting(work: UnitOfWork, viewer: Viewer, crisis: Crisis, named: str | None) -> StaffId:
    """Who accepts or declines: the one who asks, or the one whom they may name."""
    staff = named or viewer.staff
    if staff is None:
        raise HTTPException(
            422, "staff: say in whose name, since you are not on the staff yourself."
        )
    if not viewer.may_act_for(staff):
        raise HTTPException(403, "You may take or pass on a crisis only for yourself.")
    if staff not in work.directory.teams[crisis.team].members:
        raise HTTPException(422, f"staff: nobody in this team is called “{staff}”.")
    return staff


def _visible(work: UnitOfWork, viewer: Viewer, ref: str) -> Crisis:
    """A crisis that the viewer may see; others are answered like those that don't exist."""
    crisis = crises.find(work.session, ref[:20])
    if crisis is None or not viewer.sees(crisis.team):
        raise HTTPException(404, f"No crisis has the reference “{ref[:20]}”.")
    return crisis


def _actable(work: UnitOfWork, viewer: Viewer, ref: str) -> Crisis:
    crisis = _visible(work, viewer, ref)
    if not viewer.acts:
        raise HTTPException(403, "Your role may look, but not act.")
    return crisis


def _or_conflict(do: Any, work: UnitOfWork) -> Crisis:
    """Do it, or say in words why it cannot be done now."""
    try:
        result: Crisis = do()
    except Refused as refused:
        if refused.owner is not None:
            name = work.directory.name_of(refused.owner)
            raise HTTPException(409, f"{name} has it already.") from None
        status = 422 if refused.reason in ("not_in_team", "same") else 409
        raise HTTPException(status, str(refused)) from None
    return result


def _person(work: UnitOfWork, staff: StaffId | None) -> dict[str, str] | None:
    return None if staff is None else {"id": staff, "name": work.directory.name_of(staff)}


def _head(work: UnitOfWork, crisis: Crisis) -> dict[str, Any]:
    return {
        "ref": crisis.ref,
        "team": crisis.team,
        "state": crisis.state,
        "owner": _person(work, crisis.owner),
        "source": crisis.source.value,
        "opened_at": crisis.opened_at,
        "closed_at": crisis.closed_at,
        "disposition": crisis.disposition,
        "alarm": crisis.alarm,
    }


def _read(work: UnitOfWork, viewer: Viewer, crisis: Crisis) -> CrisisRead:
    work.session.flush()
    contacts = crises.contacts(work.session, crisis.ref)
    latest = contacts[-1] if contacts else None
    shown = CrisisRead(**_head(work, crisis))
    shown.line = next((one.line for one in reversed(contacts) if one.line), None)
    shown.language = latest.language if latest else "en"
    shown.timeline = [
        {
            "at": entry.at,
            "kind": entry.kind,
            "who": _person(work, entry.who),
            "by": entry.by,
            "text": entry.text if viewer.sees_clients or entry.kind != "note" else "",
        }
        for entry in timeline.read(work, crisis.ref)
    ]
    shown.call = _call(work, crisis)
    if viewer.acts:
        shown.bring_in = [
            {"who": who, "label": label} for who, label in rooms.choices(work, crisis)
        ]
    if viewer.sees_clients:
        shown.caller = _caller(work, contacts)
        shown.hospital = crisis_notices.about(work, viewer, crisis.ref)
        shown.contacts = [_contact(one) for one in contacts]
        about = ",".join(str(client["id"]) for client in shown.caller["clients"])
        audit(work.session, work.now, viewer.login, "crisis_read", f"{crisis.ref} {about}".strip())
    return shown


def _call(work: UnitOfWork, crisis: Crisis) -> ConferenceRead | None:
    """Who is on the call, while somebody of the team is, or was and left it to an outside line."""
    if crisis.state is not State.TALKING:
        return None
    room = crisis.conference
    party = room.party if room is not None else None
    third = None
    if party is not None:
        third = {
            "kind": party.guest.value,
            "staff": _person(work, party.staff),
            "presence": party.presence.value,
        }
    gone = room is not None and room.worker_gone
    return ConferenceRead(
        worker=None if gone else _person(work, rooms.worker_of(crisis)),
        is_conference=room is not None and room.open,
        third=third,
        may_leave=rooms.may_leave(crisis),
    )


def _caller(work: UnitOfWork, contacts: list[ContactRow]) -> dict[str, Any]:
    """Who may be calling: the number, and the clients who share it."""
    numbers = sorted({number for one in contacts for number in one.clients})
    return {
        "number": next((one.phone for one in reversed(contacts) if one.phone), None),
        "callback": next((one.callback for one in reversed(contacts) if one.callback), None),
        "known": bool(numbers),
        "clients": [
            {
                "id": row.id,
                "name": row.name,
                "language": row.language,
                "coordinator": _person(work, row.coordinator_id),
            }
            for row in clients.by_numbers(work.session, numbers)
        ],
    }


def _contact(row: ContactRow) -> dict[str, Any]:
    return {
        "source": row.source,
        "at": row.at,
        "ended_at": row.ended_at,
        "partner": row.partner_id,
        "concern": row.concern,
    }
