"""Crisis lines hand callers over: a signed message in, who has it out."""

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dispatch.api.context import Node, Vigil
from dispatch.commands import handovers, logins
from dispatch.commands.handovers import Handover, NotRoutable
from dispatch.crisis import Crisis
from dispatch.store import crises
from dispatch.tables import CrisisLineRow
from dispatch.unit_of_work import UnitOfWork

router = APIRouter(tags=["crisis lines"])


class HandoverBody(BaseModel):
    """Who is in crisis, as far as the crisis line knows. Unknown fields are passed over."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    caller: str | None = Field(default=None, max_length=100)
    client_id: str | None = Field(default=None, max_length=100)
    team: str | None = Field(default=None, max_length=100)
    concern: str | None = Field(default=None, max_length=10_000)
    callback: str | None = Field(default=None, max_length=100)

    @field_validator("*", mode="after")
    @classmethod
    def _without_nul(cls, value: str | None) -> str | None:
        """PostgreSQL can't hold NUL characters, and a handover must not be lost for one."""
        return None if value is None else value.replace("\x00", "")


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/webhooks/crisis-lines/{partner}", status_code=202)
def hand_over(
    vigil: Node, request: Request, partner: str, body: Annotated[bytes, Depends(_body)]
) -> dict[str, Any]:
    """Hand a caller over. Signed after https://www.standardwebhooks.com; the same id is one crisis.

    The answer says who has it or who is being paged, and where to follow it.
    """
    message_id = _verified(vigil, request, partner, body)
    handover = _read(partner, message_id, body)
    with vigil.unit_of_work() as work:
        try:
            crisis = handovers.hand_over(work, handover, vigil.public_url)
        except NotRoutable as problem:
            raise HTTPException(422, str(problem)) from None
        key = logins.follow_key(vigil.key, crisis.ref)
        return {**_status(work, crisis), "url": f"{vigil.public_url}/handovers/{crisis.ref}/{key}"}


@router.get("/handovers/{ref}/{key}")
def follow(vigil: Node, ref: str, key: str) -> dict[str, Any]:
    """Where a handed-over crisis stands; nothing about the client."""
    if not hmac.compare_digest(logins.follow_key(vigil.key, ref).encode(), key.encode()):
        raise HTTPException(404, "No handover is known at this address.")
    with vigil.unit_of_work.reading() as work:
        crisis = crises.find(work.session, ref)
        if crisis is None:
            raise HTTPException(404, "No handover is known at this address.")
        return _status(work, crisis)


def _verified(vigil: Vigil, request: Request, partner: str, body: bytes) -> str:
    """The message's id, once its signature holds. Unknown partners get the same answer."""
    with vigil.unit_of_work.reading() as work:
        row = work.session.get(CrisisLineRow, partner.replace("\x00", ""))
        secrets = [] if row is None or not row.active else logins.partner_secrets(vigil.key, row)
    headers = {name.lower(): value for name, value in request.headers.items()}
    for secret in secrets:
        try:
            Webhook(secret).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError, TypeError):
            continue
        return headers["webhook-id"]
    raise HTTPException(403, "The signature is missing or wrong.")


def _read(partner: str, message_id: str, body: bytes) -> Handover:
    try:
        content = json.loads(body)
        fields = HandoverBody.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise HTTPException(422, f"{place}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise HTTPException(422, "The body is not JSON.") from None
    return Handover(partner=partner, message_id=message_id, **fields.model_dump())


def _status(work: UnitOfWork, crisis: Crisis) -> dict[str, Any]:
    def person(staff: str | None) -> dict[str, str] | None:
        return None if staff is None else {"id": staff, "name": work.directory.name_of(staff)}

    reaching = crisis.reaching.staff if crisis.reaching else None
    return {
        "ref": crisis.ref,
        "team": crisis.team,
        "state": crisis.state.value,
        "owner": person(crisis.owner),
        "paging": person(reaching) if crisis.owner is None else None,
        "since": crisis.since.isoformat(),
    }
