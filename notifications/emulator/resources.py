"""What every resource of the REST API shares: Twilio's JSON shapes and errors."""

from email.utils import format_datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse

from notifications.emulator.exchange import Exchange
from notifications.emulator.legs import API_VERSION

Json = dict[str, Any]


def said(form: FormData, name: str) -> str:
    """A form value without surrounding blanks; empty when it is missing or a file."""
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def resource(exchange: Exchange, sid: str, kind: str) -> Json:
    """The fields that every resource has."""
    account, now = exchange.account.sid, format_datetime(exchange.clock.wall())
    return {
        "sid": sid,
        "account_sid": account,
        "api_version": API_VERSION,
        "date_created": now,
        "date_updated": now,
        "uri": f"/{API_VERSION}/Accounts/{account}/{kind}/{sid}.json",
        "subresource_uris": {},
    }


def page(name: str, items: list[Json]) -> JSONResponse:
    """The only page of a list: everything the emulator holds fits on one."""
    whole = {"page": 0, "page_size": max(50, len(items)), "start": 0, "end": len(items)}
    links = {"next_page_uri": None, "previous_page_uri": None, "first_page_uri": "", "uri": ""}
    return JSONResponse({name: items} | whole | links)


def error(status: int, code: int, message: str) -> JSONResponse:
    """Twilio's error document."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(body, status)


def not_found(request: Request) -> JSONResponse:
    """Twilio's answer to a SID it does not know."""
    return error(404, 20404, f"The requested resource {request.url.path} was not found")
