"""Where hospitals send HL7 v2 over HTTPS: raw messages with a token, acknowledged in kind."""

from fastapi import APIRouter, Request, Response

from dispatch.api.context import Node
from dispatch.api.hospital_letters import Body, hospital_of_token
from dispatch.commands import hl7_letters
from dispatch.commands.hl7_letters import Origin
from dispatch.store.inbox import Channel

router = APIRouter(tags=["hospitals"])

HL7_V2 = "application/hl7-v2"


@router.post("/hl7", response_class=Response)
def take_hl7(vigil: Node, request: Request, body: Body) -> Response:
    """Take a message or a batch, and acknowledge it; whose token comes with it is its sender.

    200 says that it is kept, whatever the acknowledgement says of it; 204 the same to a sender who
    asks for no acknowledgement (MSH-15, MSH-16).
    """
    hospital, _ = hospital_of_token(vigil, request)
    answer = hl7_letters.take(vigil.unit_of_work, Origin(Channel.HL7, hospital.id), body)
    if not answer.raw:
        return Response(status_code=204)
    charset = f"; charset={answer.charset}" if answer.charset else ""
    return Response(answer.raw, media_type=HL7_V2 + charset)
