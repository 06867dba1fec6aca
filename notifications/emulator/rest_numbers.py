"""The IncomingPhoneNumbers resource: our lines and the webhooks set on them."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse

from notifications.emulator.exchange import Exchange
from notifications.emulator.messages import Refused
from notifications.emulator.phones import PhoneKind
from notifications.emulator.records import Line, is_number
from notifications.emulator.resources import Json, not_found, page, resource, said

_SETTINGS = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "TrunkSid": "trunk_sid",
    "SmsApplicationSid": "sms_application_sid",
}


def create(exchange: Exchange, _: Request, form: FormData) -> JSONResponse:
    """Buy a number; raises Refused with Twilio's code."""
    number = said(form, "PhoneNumber")
    if not number.startswith("+") or not is_number(number):
        raise Refused(400, 21421, f"PhoneNumber is invalid: {number}")
    if number in exchange.lines:
        raise Refused(400, 21422, f"{number} is not available")
    line = Line(number, exchange.sid("PN"))
    exchange.lines[number] = line
    exchange.phone(number, kind=PhoneKind.LINE)
    _set(line, form)
    return JSONResponse(_json(exchange, line), 201)


def find(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """Our numbers, filtered by (a part of) PhoneNumber."""
    wanted = request.query_params.get("PhoneNumber", "")
    lines = [line for line in exchange.lines.values() if wanted in line.number]
    return page("incoming_phone_numbers", [_json(exchange, line) for line in lines])


def fetch(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """One number."""
    line = _line(exchange, request)
    return not_found(request) if line is None else JSONResponse(_json(exchange, line))


def update(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """Change a number's webhooks; what is not said stays."""
    line = _line(exchange, request)
    if line is None:
        return not_found(request)
    _set(line, form)
    return JSONResponse(_json(exchange, line))


def _line(exchange: Exchange, request: Request) -> Line | None:
    sid = request.path_params["sid"]
    return next((line for line in exchange.lines.values() if line.sid == sid), None)


def _set(line: Line, form: FormData) -> None:
    for parameter, name in _SETTINGS.items():
        if parameter in form:
            setattr(line, name, said(form, parameter))


def _json(exchange: Exchange, line: Line) -> Json:
    settings = {name: getattr(line, name) for name in _SETTINGS.values()}
    return (
        resource(exchange, line.sid, "IncomingPhoneNumbers")
        | settings
        | {
            "phone_number": line.number,
            "capabilities": {"voice": True, "sms": line.sms_capable, "mms": False, "fax": False},
            "status": "in-use",
            "origin": "twilio",
        }
    )
