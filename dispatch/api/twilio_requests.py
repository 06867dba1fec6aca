"""What Twilio sends: signed forms, read once, never trusted before the signature is checked."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException as StarletteHTTPException

from dispatch.api.context import vigil_of
from dispatch.events import LegOutcome
from notifications.twilio import form_values

MAX_FORM_FIELDS = 70_000
"""More fields than fit into a body: its size is the bound, not their number."""


async def _signed_form(request: Request) -> Mapping[str, str]:
    """The form's values. 403 when Twilio's signature is missing or wrong: nothing has changed then.

    The address that was signed is our configured one, never what a proxy's headers say.
    """
    values = await signed_values(request)
    if values is None:
        raise HTTPException(403, "The signature is missing or wrong.")
    return values


async def signed_values(request: Request) -> Mapping[str, str] | None:
    """The form's values; None when Twilio's signature is missing or wrong."""
    vigil = vigil_of(request)
    form = await _form(request)
    url = f"{vigil.public_url}{received_path(request)}"
    if not vigil.twilio.is_signed(url, form, request.headers.get("x-twilio-signature")):
        return None
    return form_values(form.multi_items())


def received_path(request: Request) -> str:
    """Path and query as they came, unchanged."""
    raw: str = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return raw + (f"?{query}" if query else "")


async def _form(request: Request) -> FormData:
    try:
        return await request.form(max_files=0, max_fields=MAX_FORM_FIELDS)
    except StarletteHTTPException:  # no form at all: an empty one bears the signature or not
        return FormData()


SignedForm = Annotated[Mapping[str, str], Depends(_signed_form)]


def dial_outcome(form: Mapping[str, str]) -> LegOutcome:
    """How a Dial ended, in Twilio's word, or UNKNOWN."""
    try:
        return LegOutcome(form.get("DialCallStatus", ""))
    except ValueError:
        return LegOutcome.UNKNOWN


def number_in(values: Mapping[str, str], name: str, default: int = 0) -> int:
    """A whole number from a form or a query; `default` where it is missing or nonsense."""
    text = values.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default
