"""Answers `vigil doctor`: whether a signed request comes through to this node as it was sent."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dispatch.api.context import Node
from dispatch.api.twilio_requests import received_path, signed_values

router = APIRouter(prefix="/twilio/doctor", include_in_schema=False)


@router.post("")
async def came_through(request: Request, vigil: Node) -> JSONResponse:
    """200 with a right signature, else 403; nothing is changed by either.

    Both say under which address this node checks signatures and which path and query it was asked
    for. The first is public, the second is what whoever asks, or a proxy on the way, has sent.
    """
    seen = {"public_url": vigil.public_url, "asked": received_path(request)}
    values = await signed_values(request)
    if values is None:
        return JSONResponse({"detail": "The signature is missing or wrong.", **seen}, 403)
    return JSONResponse({"doctor": values.get("Doctor", ""), **seen})
