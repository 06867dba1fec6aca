"""The Flows resource of Studio: definitions are checked as the API does, and kept."""

import json
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse

from notifications.emulator.exchange import Exchange
from notifications.emulator.messages import Refused
from notifications.emulator.records import Flow
from notifications.emulator.resources import Json, not_found, said
from notifications.emulator.studio import Broken, check, webhook

_BAD_DEFINITION = 20001
_MAX_BYTES = 1024 * 1024


def create(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """Make a flow; raises Refused when its definition is not one."""
    name = said(form, "FriendlyName")
    if not name:
        raise Refused(400, _BAD_DEFINITION, "FriendlyName is required")
    flow = Flow(exchange.sid("FW"), name, _definition(form), said(form, "Status") or "draft")
    exchange.flows[flow.sid] = flow
    return JSONResponse(_json(exchange, request, flow), 201)


def find(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """All flows, without their definitions, on one page."""
    flows = [_json(exchange, request, flow) for flow in exchange.flows.values()]
    for one in flows:
        del one["definition"]
    meta = {"page": 0, "page_size": max(50, len(flows)), "key": "flows", "next_page_url": None}
    urls = {"first_page_url": str(request.url), "url": str(request.url), "previous_page_url": None}
    return JSONResponse({"meta": meta | urls, "flows": flows})


def fetch(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """One flow."""
    flow = exchange.flows.get(request.path_params["sid"])
    if flow is None:
        return not_found(request)
    return JSONResponse(_json(exchange, request, flow))


def update(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """Another definition; raises Refused when it is not one."""
    flow = exchange.flows.get(request.path_params["sid"])
    if flow is None:
        return not_found(request)
    if "Definition" in form:
        flow.definition = _definition(form)
    flow.status = said(form, "Status") or flow.status
    flow.friendly_name = said(form, "FriendlyName") or flow.friendly_name
    flow.revision += 1
    return JSONResponse(_json(exchange, request, flow))


def _definition(form: FormData) -> dict[str, Any]:
    text = said(form, "Definition")
    if len(text) > _MAX_BYTES:
        raise Refused(400, _BAD_DEFINITION, "The definition is too large")
    try:
        definition = json.loads(text)
        check(definition)
    except (ValueError, Broken) as error:
        raise Refused(400, _BAD_DEFINITION, f"Flow definition is invalid: {error}") from error
    kept: dict[str, Any] = definition
    return kept


def _json(exchange: Exchange, request: Request, flow: Flow) -> Json:
    now = exchange.clock.wall().strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "sid": flow.sid,
        "account_sid": exchange.account.sid,
        "friendly_name": flow.friendly_name,
        "definition": flow.definition,
        "status": flow.status,
        "revision": flow.revision,
        "commit_message": None,
        "valid": True,
        "errors": [],
        "warnings": [],
        "date_created": now,
        "date_updated": now,
        "webhook_url": webhook(str(request.base_url), exchange.account.sid, flow.sid),
        "url": str(request.url),
        "links": {},
    }
