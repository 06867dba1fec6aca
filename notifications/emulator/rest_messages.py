"""The Messages resource: send one, fetch one, list them."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse

from notifications.emulator.callbacks import Target
from notifications.emulator.exchange import Exchange
from notifications.emulator.messages import Refused, send
from notifications.emulator.records import Sms
from notifications.emulator.resources import Json, not_found, page, resource, said


def create(exchange: Exchange, _: Request, form: FormData) -> JSONResponse:
    """Take a message for delivery; raises Refused with Twilio's code."""
    if not said(form, "To"):
        raise Refused(400, 21604, "A 'To' phone number is required.")
    if not said(form, "From"):
        raise Refused(400, 21603, "A 'From' phone number is required.")
    callback = said(form, "StatusCallback")
    sms = send(
        exchange,
        said(form, "From"),
        said(form, "To"),
        said(form, "Body"),
        Target(callback) if callback else None,
    )
    return JSONResponse(_json(exchange, sms), 201)


def find(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """The messages, the newest first, filtered by To and From."""
    wanted = request.query_params
    found = [
        _json(exchange, sms)
        for sms in reversed(exchange.texts)
        if wanted.get("To", sms.to) == sms.to and wanted.get("From", sms.from_) == sms.from_
    ]
    return page("messages", found)


def fetch(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """One message."""
    sid = request.path_params["sid"]
    found = next((sms for sms in exchange.texts if sms.sid == sid), None)
    return not_found(request) if found is None else JSONResponse(_json(exchange, found))


def _json(exchange: Exchange, sms: Sms) -> Json:
    return resource(exchange, sms.sid, "Messages") | {
        "from": sms.from_,
        "to": sms.to,
        "body": sms.body,
        "status": sms.status,
        "direction": sms.direction,
        "error_code": sms.error_code,
        "error_message": None,
        "num_segments": "1",
        "num_media": "0",
        "messaging_service_sid": None,
        "date_sent": None,
    }
