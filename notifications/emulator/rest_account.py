"""The account itself, and how its numbers are registered as senders of texts in the United States.

What Twilio keeps in several places, a campaign of a messaging service or a verification of a
toll-free number, is here one word of the line.
"""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse

from notifications.emulator.exchange import Exchange
from notifications.emulator.records import Line, Registration
from notifications.emulator.resources import Json

_TOLL_FREE = tuple(f"+1{area}" for area in ("800", "833", "844", "855", "866", "877", "888"))
_CAMPAIGN = {Registration.DONE: "VERIFIED", Registration.PENDING: "IN_PROGRESS"}
_VERIFICATION = {Registration.DONE: "TWILIO_APPROVED", Registration.PENDING: "IN_REVIEW"}


def fetch(exchange: Exchange, _: Request, __: FormData) -> JSONResponse:
    """The account, without its token."""
    account = {"sid": exchange.account.sid, "status": exchange.faults.account_status}
    return JSONResponse({"friendly_name": "Emulator", "type": "Full"} | account)


def services(exchange: Exchange, _: Request, __: FormData) -> JSONResponse:
    """The messaging services: one for the numbers of each state of registration."""
    found = [_as_service(state) for state in _CAMPAIGN]
    return _page("services", [one for one in found if _senders(exchange, one["sid"])])


def senders(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """The numbers in a messaging service."""
    lines = _senders(exchange, request.path_params["sid"])
    return _page(
        "phone_numbers", [{"sid": line.sid, "phone_number": line.number} for line in lines]
    )


def campaigns(_: Exchange, request: Request, __: FormData) -> JSONResponse:
    """The campaign of a messaging service, and how far its registration is."""
    sid = request.path_params["sid"]
    status = next((word for state, word in _CAMPAIGN.items() if _service(state) == sid), None)
    found = [] if status is None else [{"sid": f"QE{sid[2:]}", "campaign_status": status}]
    return _page("compliance", found)


def verifications(exchange: Exchange, request: Request, _: FormData) -> JSONResponse:
    """The verifications of toll-free numbers, perhaps of one of them."""
    wanted = request.query_params.get("TollfreePhoneNumberSid")
    return _page(
        "verifications",
        [
            {"tollfree_phone_number_sid": line.sid, "status": _VERIFICATION[line.registration]}
            for line in exchange.lines.values()
            if line.registration in _VERIFICATION
            and _is_toll_free(line)
            and wanted in (None, line.sid)
        ],
    )


def _as_service(state: Registration) -> Json:
    return {
        "sid": _service(state),
        "friendly_name": state.value,
        "use_inbound_webhook_on_number": True,
    }


def _service(state: Registration) -> str:
    return "MG" + state.value.encode().hex().ljust(32, "0")[:32]


def _senders(exchange: Exchange, service: str) -> list[Line]:
    return [
        line
        for line in exchange.lines.values()
        if not _is_toll_free(line) and _service(line.registration) == service
    ]


def _is_toll_free(line: Line) -> bool:
    return line.number.startswith(_TOLL_FREE)


def _page(key: str, items: list[Json]) -> JSONResponse:
    """The only page of a list, as Twilio's newer APIs write it."""
    meta = {"key": key, "page": 0, "page_size": 50, "next_page_url": None}
    return JSONResponse({key: items, "meta": meta | {"previous_page_url": None}})
