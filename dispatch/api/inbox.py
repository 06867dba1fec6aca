"""What hospitals have sent, as it came: what became of it, what is in quarantine, and replaying."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from dispatch.access import Role, Viewer
from dispatch.api.context import Asking, Node
from dispatch.commands.logins import audit
from dispatch.hospital_tables import HospitalRow, InboxRow
from dispatch.hospitals.hl7 import er7
from dispatch.store import inbox, notices
from dispatch.store.feeds import LETTER_READ
from dispatch.store.inbox import Channel, LetterState
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/inbox", tags=["hospitals"])

PAGE = 100


@router.get("")
def letters(
    vigil: Node,
    viewer: Asking,
    state: LetterState | None = None,
    hospital: str | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> dict[str, Any]:
    """What came, the newest first, a hundred at a time: `before` asks for what is older."""
    _require_lead(viewer)
    with vigil.unit_of_work.reading() as work:
        rows = inbox.listed(work.session, state, hospital, before, PAGE)
        return {
            "letters": [_head(work, row, size) for row, size in rows],
            "counts": inbox.counts(work.session),
        }


@router.get("/{letter}")
def letter(vigil: Node, viewer: Asking, letter: int) -> dict[str, Any]:
    """One of them with its content. A look at it is audited."""
    _require_lead(viewer)
    with vigil.unit_of_work() as work:
        row = work.session.get(InboxRow, letter) if 0 < letter < 2**63 else None
        if row is None:
            raise HTTPException(404, "Nothing in the inbox has this number.")
        audit(work.session, work.now, viewer.login, LETTER_READ, str(letter))
        told = notices.of_letter(work.session, letter)
        return {
            **_head(work, row, len(row.raw)),
            "text": _text(row),
            "notices": [
                {"reference": one.reference, "kind": one.kind, "match": one.match} for one in told
            ],
        }


@router.post("/{letter}/replay", status_code=202)
def replay(vigil: Node, viewer: Asking, letter: int) -> dict[str, str]:
    """Let it be read again, as after a correction of the hospital's settings."""
    _require_lead(viewer)
    with vigil.unit_of_work() as work:
        if not 0 < letter < 2**63 or not inbox.replay(work.session, letter):
            raise HTTPException(404, "Nothing that was read has this number.")
        audit(work.session, work.now, viewer.login, "letter_replayed", str(letter))
    return {"state": LetterState.WAITING.value}


def _require_lead(viewer: Viewer) -> None:
    if viewer.role not in (Role.ADMIN, Role.LEAD):
        raise HTTPException(403, "Only leads and administrators may see what hospitals sent.")


def _head(work: UnitOfWork, row: InboxRow, size: int) -> dict[str, Any]:
    hospital = work.session.get(HospitalRow, row.hospital_id) if row.hospital_id else None
    return {
        "id": row.id,
        "received_at": row.received_at,
        "channel": row.channel,
        "hospital": None if hospital is None else {"id": hospital.id, "name": hospital.name},
        "message_id": row.message_id,
        "state": row.state,
        "reason": row.reason,
        "settled_at": row.settled_at,
        "repeats": row.repeats,
        "size": size,
    }


def _text(row: InboxRow) -> str:
    """What came, as text: HL7 with a line for each segment."""
    if row.channel in (Channel.MLLP.value, Channel.HL7.value):
        return er7.text_of(row.raw)
    return row.raw.decode(errors="replace")
