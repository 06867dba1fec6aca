"""The Calls resource: ring a phone, look at a leg, hang it up or give it another document."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse

from notifications.emulator.callbacks import Target
from notifications.emulator.calls import dial_out
from notifications.emulator.exchange import Exchange
from notifications.emulator.legs import CallStatus, Direction, Fetch, Leg, Source
from notifications.emulator.messages import Refused
from notifications.emulator.records import is_number
from notifications.emulator.resources import Json, not_found, page, resource, said
from notifications.emulator.twiml import BadMarkup, parse


def create(exchange: Exchange, _: Request, form: FormData) -> JSONResponse:
    """Ring ``To`` from one of our lines; raises Refused with Twilio's code."""
    to, from_ = said(form, "To"), said(form, "From")
    if not is_number(to):
        raise Refused(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if from_ not in exchange.lines:
        raise Refused(400, 21210, f"'From' phone number not verified: {from_}")
    source = _source(form)
    if source is None:
        raise Refused(400, 21205, "Url parameter is required.")
    fallback = said(form, "FallbackUrl")
    leg = dial_out(
        exchange,
        from_,
        to,
        source,
        seconds=float(said(form, "Timeout") or 60),
        fallback=Fetch(fallback, said(form, "FallbackMethod") or "POST") if fallback else None,
        callback=_callback(form),
    )
    return JSONResponse(_json(exchange, leg), 201)


def find(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """The legs, the newest first, filtered by Status, To, From and ParentCallSid."""
    wanted = request.query_params

    def fits(leg: Leg) -> bool:
        parent = leg.parent.sid if leg.parent else ""
        has = {"Status": leg.status, "To": leg.to, "From": leg.from_, "ParentCallSid": parent}
        return all(wanted.get(name, value) == value for name, value in has.items())

    return page("calls", [_json(exchange, leg) for leg in reversed(exchange.legs) if fits(leg)])


def fetch(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """One leg."""
    leg = exchange.leg(request.path_params["sid"])
    return not_found(request) if leg is None else JSONResponse(_json(exchange, leg))


def update(exchange: Exchange, request: Request, form: FormData) -> JSONResponse:
    """Hang the leg up (``Status``) or give it another document; raises Refused when it is over."""
    leg = exchange.leg(request.path_params["sid"])
    if leg is None:
        return not_found(request)
    status, source = said(form, "Status"), _source(form)
    if leg.ended and (status or source):
        raise _not_in_progress()
    if status in {CallStatus.COMPLETED, CallStatus.CANCELED}:
        _hang_up(leg, status)
    elif status:
        raise Refused(400, 21218, f"Invalid status: {status}")
    elif source is not None:
        if _unanswered(leg):
            raise _not_in_progress()
        leg.redirect = source
        exchange.clock.changed()
    return JSONResponse(_json(exchange, leg))


def _source(form: FormData) -> Source | None:
    url, twiml = said(form, "Url"), said(form, "Twiml")
    if url:
        return Fetch(url, said(form, "Method") or "POST")
    if not twiml:
        return None
    try:
        return parse(twiml)
    except BadMarkup as bad:
        raise Refused(400, bad.code, str(bad)) from bad


def _callback(form: FormData) -> Target | None:
    url = said(form, "StatusCallback")
    events = frozenset(str(event) for event in form.getlist("StatusCallbackEvent"))
    method = said(form, "StatusCallbackMethod") or "POST"
    return Target(url, method, events or frozenset({"completed"})) if url else None


def _unanswered(leg: Leg) -> bool:
    return leg.answered_at is None and leg.direction is not Direction.INBOUND


def _not_in_progress() -> Refused:
    return Refused(400, 21220, "Call is not in-progress. Cannot redirect.")


def _hang_up(leg: Leg, asked: str) -> None:
    """A callee that has not answered yet ends as canceled or no-answer, any other as completed."""
    status = CallStatus.COMPLETED
    if _unanswered(leg):
        status = CallStatus.CANCELED if asked == CallStatus.CANCELED else CallStatus.NO_ANSWER
    leg.end(status, "by the REST API")


def _json(exchange: Exchange, leg: Leg) -> Json:
    return resource(exchange, leg.sid, "Calls") | {
        "parent_call_sid": None if leg.parent is None else leg.parent.sid,
        "from": leg.from_,
        "to": leg.to,
        "status": leg.status.value,
        "direction": leg.direction.value,
        "duration": str(leg.duration) if leg.ended else None,
        "start_time": None,
        "end_time": None,
        "answered_by": None,
    }
