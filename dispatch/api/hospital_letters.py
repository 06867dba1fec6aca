"""Where hospitals tell us something over HTTP: FHIR, a signed webhook, the form, a phone call.

An answer says that it is kept, and until when the team calls if they serve this person: the same
words, whoever it is about.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlmodel import Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dispatch.api.context import Asking, Node, Vigil, shown_by
from dispatch.commands import form_links, letters, logins
from dispatch.commands.letters import Answered, Hospital
from dispatch.hospital_tables import HospitalRow
from dispatch.store.inbox import Channel

router = APIRouter(tags=["hospitals"])

FHIR_JSON = "application/fhir+json"

SUBMISSION = "idempotency-key"
"""The header in which a page names what it sends: sent again, it is no second notice."""


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


@router.post("/fhir/$process-message")
def process_message(vigil: Node, request: Request, body: Body) -> JSONResponse:
    """Take a Da Vinci notification: a FHIR R4 bundle of type message, with a hospital's token."""
    hospital, secret = hospital_of_token(vigil, request)
    sender = logins.token_hash(secret)[:12]
    answered = letters.take_bundle(vigil.unit_of_work, hospital, sender, body)
    return JSONResponse(answered.body, answered.status, media_type=FHIR_JSON)


def hospital_of_token(vigil: Vigil, request: Request) -> tuple[Hospital, str]:
    """Whose token a request bears, and the token. Everybody else is refused (401)."""
    shown = shown_by(request)
    with Session(vigil.unit_of_work.engine) as session:
        secret = shown.secret if shown is not None and shown.what == "token" else ""
        hospital_id = logins.hospital_of_token(session, secret)
        row = session.get(HospitalRow, hospital_id) if hospital_id else None
        if row is not None:
            return Hospital.of(row), secret
    raise HTTPException(
        401,
        "Send a hospital's token as “Authorization: Bearer …”.",
        {"WWW-Authenticate": "Bearer"},
    )


@router.post("/webhooks/hospitals/{hospital}", status_code=202)
def webhook(vigil: Node, request: Request, hospital: str, body: Body) -> JSONResponse:
    """Take the form's content from a hospital's program, signed as Standard Webhooks ask."""
    known, message_id = _verified(vigil, request, hospital, body)
    return _json(
        letters.take_form(vigil.unit_of_work, known, Channel.WEBHOOK, known.id, message_id, body)
    )


def _verified(vigil: Vigil, request: Request, hospital: str, body: bytes) -> tuple[Hospital, str]:
    """The hospital and the message's id. Unknown hospitals are answered like wrong signatures."""
    with Session(vigil.unit_of_work.engine) as session:
        row = session.get(HospitalRow, hospital.replace("\x00", ""))
        if row is not None and row.active:
            headers = {name.lower(): value for name, value in request.headers.items()}
            for secret in logins.partner_secrets(vigil.key, row):
                try:
                    Webhook(secret).verify(body, headers, json_parse=False)
                except (WebhookVerificationError, ValueError, TypeError):
                    continue
                return Hospital.of(row), headers["webhook-id"]
    raise HTTPException(403, "The signature is missing or wrong.")


@router.get("/api/hospital-forms/{secret}")
def form_behind(vigil: Node, secret: str) -> dict[str, Any]:
    """Whose form an address opens."""
    hospital, unit = _form(vigil, secret)
    return {"hospital": hospital.name, "unit": unit, "timezone": hospital.zone.key}


@router.post("/api/hospital-forms/{secret}", status_code=202)
def fill_in(vigil: Node, request: Request, secret: str, body: Body) -> JSONResponse:
    """Take a filled-in form. The address alone lets in; it opens nothing else."""
    hospital, _ = _form(vigil, secret)
    sender = logins.token_hash(secret)[:12]
    name = request.headers.get(SUBMISSION, "")[:100]
    return _json(letters.take_form(vigil.unit_of_work, hospital, Channel.FORM, sender, name, body))


def _form(vigil: Vigil, secret: str) -> tuple[Hospital, str]:
    with Session(vigil.unit_of_work.engine) as session:
        found = form_links.find(session, secret, vigil.unit_of_work.clock.now())
        if found is None:
            raise HTTPException(
                404, "This address is not valid any more. Ask the team for a new one, or call them."
            )
        link, row = found
        return Hospital.of(row), link.unit


@router.post("/api/hospitals/{hospital}/phone-notices", status_code=202)
def write_down_a_call(
    vigil: Node, viewer: Asking, request: Request, hospital: str, body: Body
) -> JSONResponse:
    """Take what a hospital told by phone, written down by the staff on the same form."""
    if not viewer.acts:
        raise HTTPException(403, "Only the team's staff may write a hospital's call down.")
    with Session(vigil.unit_of_work.engine) as session:
        row = session.get(HospitalRow, hospital.replace("\x00", ""))
        if row is None or not row.active:
            raise HTTPException(404, f"No hospital is called “{hospital}”.")
        known = Hospital.of(row)
    name = request.headers.get(SUBMISSION, "")[:100]
    return _json(
        letters.take_form(vigil.unit_of_work, known, Channel.PHONE, viewer.login, name, body)
    )


def _json(answered: Answered) -> JSONResponse:
    return JSONResponse(answered.body, answered.status)
