"""Text messages: what the product sends, what people send to our lines, and opting out."""

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from notifications.emulator.callbacks import Target
from notifications.emulator.records import Level, Line, Sms, is_number
from notifications.emulator.twiml import MESSAGE_VERBS, UNKNOWN_MARKUP, BadMarkup, parse
from notifications.emulator.verbs import Document, Message, Redirect
from notifications.emulator.webhooks import Attempt, WebhookFailed

if TYPE_CHECKING:
    from notifications.emulator.exchange import Exchange

OPTED_OUT = 21610
# Twilio's keywords; YES opts in only a phone that had opted out, else it is an ordinary word.
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"}
)
START_WORDS = frozenset({"START", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP "
    "for help. Reply STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
_LONGEST_BODY = 1600
# How long a message is queued, and then on its way, in emulated seconds.
_QUEUED = 0.2
_ON_ITS_WAY = 0.5
_FAILED_BEFORE_SENDING = frozenset({30001, 30002})


class Refused(Exception):  # noqa: N818 - the REST API's answer
    """The REST API does not take the message: HTTP ``status``, Twilio's ``code``, a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def send(
    exchange: "Exchange",
    from_: str,
    to: str,
    body: str,
    callback: Target | None = None,
    direction: str = "outbound-api",
) -> Sms:
    """Take a message from the product and deliver it in the background; raises Refused."""
    _refuse_what_twilio_refuses(exchange, from_, to, body)
    sms = _record(exchange, from_, to, body, direction, "queued")
    sms.callback = callback
    exchange.spawn(_live(exchange, sms))
    return sms


def receive(exchange: "Exchange", from_: str, to: str, body: str) -> Sms:
    """Take a message that a person sends to one of our lines, and ask its ``sms_url``.

    Raises ValueError when ``to`` is not a line.
    """
    line = exchange.lines.get(to)
    if line is None:
        raise ValueError(f"{to} is not one of our lines.")
    sms = _record(exchange, from_, to, body, "inbound", "received")
    exchange.spawn(_answer(exchange, sms, line, _opt(exchange, sms)))
    return sms


def _record(
    exchange: "Exchange", from_: str, to: str, body: str, direction: str, status: str
) -> Sms:
    at = exchange.clock.wall().isoformat(timespec="seconds")
    sms = Sms(exchange.sid("SM"), from_, to, body, direction, at, [status])
    exchange.texts.append(sms)
    exchange.clock.changed()
    return sms


def _refuse_what_twilio_refuses(exchange: "Exchange", from_: str, to: str, body: str) -> None:
    if not is_number(to):
        raise Refused(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if not body:
        raise Refused(400, 21602, "Message body is required.")
    if len(body) > _LONGEST_BODY:
        raise Refused(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    if from_ not in exchange.lines:
        raise Refused(400, 21606, f"The 'From' phone number provided ({from_}) is not yours")
    if from_ == to:
        raise Refused(400, 21266, "'To' and 'From' number cannot be the same")
    if (to, from_) in exchange.opted_out:
        raise Refused(400, OPTED_OUT, "Attempt to send to unsubscribed recipient")
    fault = exchange.faults.sms_errors.get(to)
    if fault is not None and fault < 30000:
        status = {20429: 429, 20003: 401}.get(fault, 400)
        raise Refused(status, fault, f"Refused with {fault}, as the emulator was told")


async def _live(exchange: "Exchange", sms: Sms) -> None:
    """queued → sent → delivered, or undelivered or failed with the fault's error code."""
    await exchange.clock.pause(_QUEUED)
    fault = exchange.faults.sms_errors.get(sms.to)
    if fault in _FAILED_BEFORE_SENDING:
        _step(exchange, sms, "failed", fault)
        return
    _step(exchange, sms, "sent")
    await exchange.clock.pause(_ON_ITS_WAY)
    if fault is not None:
        _step(exchange, sms, "undelivered", fault)
        return
    exchange.phone(sms.to).take(sms)
    _step(exchange, sms, "delivered")


def _step(exchange: "Exchange", sms: Sms, status: str, error_code: int | None = None) -> None:
    sms.statuses.append(status)
    sms.error_code = error_code
    if sms.callback is not None:
        parameters = {
            "MessageSid": sms.sid,
            "SmsSid": sms.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": sms.to,
            "From": sms.from_,
            "AccountSid": exchange.account.sid,
            "ApiVersion": "2010-04-01",
        }
        if error_code is not None:
            parameters["ErrorCode"] = str(error_code)
        exchange.callbacks.post(sms.sid, sms.callback, parameters, last=status != "sent")
    exchange.clock.changed()


def _opt(exchange: "Exchange", sms: Sms) -> str:
    """Which opt-out keyword the message is, if any; keeps the register of who opted out."""
    word, pair = sms.body.strip().upper(), (sms.from_, sms.to)
    if word in STOP_WORDS:
        exchange.opted_out.add(pair)
        return "STOP"
    if word in START_WORDS or (word == "YES" and pair in exchange.opted_out):
        exchange.opted_out.discard(pair)
        return "START"
    return "HELP" if word in HELP_WORDS else ""


async def _answer(exchange: "Exchange", sms: Sms, line: Line, opt: str) -> None:
    """Ask the line's webhook, and deliver what it answers; Twilio answers keywords by itself."""
    if opt:
        reply = _record(exchange, sms.to, sms.from_, _ANSWERS[opt], "outbound-reply", "queued")
        exchange.spawn(_live(exchange, reply))
    if not line.sms_url:
        return
    parameters = {
        "MessageSid": sms.sid,
        "SmsSid": sms.sid,
        "SmsMessageSid": sms.sid,
        "AccountSid": exchange.account.sid,
        "From": sms.from_,
        "To": sms.to,
        "Body": sms.body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
        "FromCountry": "US",
    }
    if opt:
        parameters["OptOutType"] = opt
    document = await _first_document(exchange, sms, line, parameters)
    if document is not None:
        await _perform(exchange, sms, document, parameters)


async def _first_document(
    exchange: "Exchange", sms: Sms, line: Line, parameters: dict[str, str]
) -> Document | None:
    """The webhook's document, or the fallback's; None when neither has one (both are logged)."""
    try:
        return await _ask(exchange, sms, line.sms_url, line.sms_method, parameters)
    except WebhookFailed as failure:
        if not line.sms_fallback_url:
            return None
        said = {"ErrorCode": str(failure.code), "ErrorUrl": failure.url}
    try:
        return await _ask(
            exchange, sms, line.sms_fallback_url, line.sms_fallback_method, parameters | said
        )
    except WebhookFailed:
        return None


async def _ask(
    exchange: "Exchange", sms: Sms, url: str, method: str, parameters: dict[str, str]
) -> Document:
    try:
        answer = await exchange.webhooks.ask(
            url, method, parameters, repeats=exchange.faults.webhook_repeats
        )
        document = _parse(answer)
    except WebhookFailed as failure:
        exchange.webhook_failed(failure, sms.sid)
        raise
    for warning in document.warnings:
        exchange.notice(UNKNOWN_MARKUP, Level.WARNING, sms.sid, warning, answer.url)
    return document


def _parse(answer: Attempt) -> Document:
    if not answer.body.strip():
        return Document((), answer.url)
    try:
        return parse(answer.body, answer.url, verbs=MESSAGE_VERBS)
    except BadMarkup as error:
        raise WebhookFailed(error.code, answer.url, str(error)) from error


async def _perform(
    exchange: "Exchange", sms: Sms, document: Document, parameters: dict[str, str]
) -> None:
    for verb in document.verbs:
        match verb:
            case Message():
                callback = None
                if verb.status_callback:
                    callback = Target(urljoin(document.url, verb.status_callback))
                try:
                    send(
                        exchange, verb.from_ or sms.to, verb.to or sms.from_, verb.body, callback,
                        "outbound-reply",
                    )  # fmt: skip
                except Refused as refused:
                    exchange.notice(refused.code, Level.ERROR, sms.sid, str(refused))
            case Redirect():
                try:
                    onward = await _ask(
                        exchange, sms, urljoin(document.url, verb.url), verb.method, parameters
                    )
                except WebhookFailed:
                    return
                await _perform(exchange, sms, onward, parameters)
                return
            case _:
                continue
