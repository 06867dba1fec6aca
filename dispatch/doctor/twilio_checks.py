"""Checks of the Twilio account, of each line's webhooks, and of what it may send."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlmodel import col, select
from twilio.base.exceptions import TwilioException, TwilioRestException

from dispatch.doctor.context import CannotTell, Context, why
from dispatch.doctor.findings import Finding, right, wrong
from notifications.tables import AttemptRow

NOT_REGISTERED = (30032, 30034)
"""Twilio's codes for texts that carriers drop since their sender is not registered."""

LATELY = timedelta(days=7)
"""How far back our own texts are looked at for these codes."""

TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
"""Area codes of North America whose numbers need a verification of their own."""


def account(context: Context) -> list[Finding]:
    """The token is right, and the account is allowed to work."""
    try:
        status, kind = context.account.status, context.account.type
    except TwilioRestException as error:
        if error.status in (401, 403, 404):
            text = f"Twilio refuses the account or its token ({why(error)})."
            cure = "Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN anew from the console."
            return [wrong("Twilio", text, cure)]
        return [wrong("Twilio", f"Twilio's API: {why(error)}.", "See status.twilio.com.")]
    except (TwilioException, requests.RequestException) as error:
        text = f"Twilio's API: {why(error)}: no page can be sent."
        return [wrong("Twilio", text, "Let this machine reach api.twilio.com by https.")]
    if status != "active":
        text = f"The Twilio account is {status}: no call comes in, no page goes out."
        return [wrong("Twilio", text, "Settle it with Twilio (payment, policy), at once.")]
    if kind == "Trial":
        text = "It is a trial account: callers hear an advertisement, and few phones may ring."
        return [wrong("Twilio", text, "Upgrade the account in the Twilio console.")]
    return [right("Twilio", "The account is active, and the token is right.")]


def lines(context: Context) -> list[Finding]:
    """Every line is ours and its webhooks lead to us, its fallback away from us."""
    if not context.lines:
        cure = "Name each team's line in the agency's file, and load it."
        return [wrong("lines", "No team has a line: nobody can call.", cure)]
    found: list[Finding] = []
    for line, teams in sorted(context.lines.items()):
        number = context.numbers.get(line)
        about = f"line {line}"
        if number is None:
            text = f"The line of {' and '.join(teams)} is no number of this Twilio account."
            cure = "Buy or move it there, or mend the agency's file."
            found.append(wrong(about, text, cure))
            continue
        problems = list(_of_line(context, about, number))
        found.extend(problems or [right(about, "Calls and texts lead to us, the fallback away.")])
    return found


def _of_line(context: Context, about: str, number: Any) -> Iterator[Finding]:
    ours = context.settings.public_url
    for what, sid in (
        ("calls", number.voice_application_sid or number.trunk_sid),
        ("texts", number.sms_application_sid),
    ):
        if sid:
            text = f"Its {what} go to an application or trunk ({sid[:2]}…), not to its webhook."
            yield wrong(about, text, "Let it be configured by webhook in the console.")
    for what, url, method, path in (
        ("voice", number.voice_url, number.voice_method, "/twilio/voice"),
        ("messaging", number.sms_url, number.sms_method, "/twilio/sms"),
        (
            "call status",
            number.status_callback,
            number.status_callback_method,
            "/twilio/voice/status",
        ),
    ):
        wanted = ours + path
        if (url or "").partition("#")[0].rstrip("/") != wanted:
            told = f"is {url}" if url else "is not set"
            cure = f"Set it to {wanted}, by POST."
            yield wrong(about, f"Its {what} webhook {told}.", cure)
        elif (method or "").upper() != "POST":
            cure = "Set it to POST: by GET callers' numbers would stand in addresses."
            yield wrong(about, f"Its {what} webhook is asked by {method}.", cure)
    yield from _of_fallback(context, about, number)
    if not (number.capabilities or {}).get("voice", False):
        yield wrong(about, "It can't take calls.", "Get a number that can, for voice and SMS.")
    if not (number.capabilities or {}).get("sms", False):
        yield wrong(about, "It can't text: no page leaves it.", "Get a number with SMS.")


def _of_fallback(context: Context, about: str, number: Any) -> Iterator[Finding]:
    url = number.voice_fallback_url or ""
    cure = "Publish the fallback document away from our host, and set its address there."
    if not url:
        text = "It has no voice fallback: while we are away, callers hear an error."
        yield wrong(about, text, cure)
    elif _host(context, url) == _host(context, context.settings.public_url):
        text = "Its voice fallback is on our own host, which is away when it is needed."
        yield wrong(about, text, cure)


def _host(context: Context, url: str) -> str | None:
    """The host of an address; in a drill, where all is on one, with its port."""
    return urlsplit(url).netloc if context.is_drill else urlsplit(url).hostname


def registration(context: Context) -> list[Finding]:
    """Carriers in the United States let the lines' texts through."""
    found: list[Finding] = []
    campaigns: dict[str, str] | None = None
    for line in sorted(context.lines):
        number = context.numbers.get(line)
        if number is None or not line.startswith("+1"):
            continue
        about = f"line {line}"
        try:
            if line[2:5] in TOLL_FREE:
                found.append(_toll_free(context, about, number.sid))
                continue
            if campaigns is None:
                campaigns = _campaigns(context)
        except (TwilioException, requests.RequestException) as error:
            raise CannotTell(f"Twilio does not say: {why(error)}") from None
        found.append(_ten_digits(about, campaigns.get(line)))
    return found


def _toll_free(context: Context, about: str, sid: str) -> Finding:
    found = context.twilio.messaging.v1.tollfree_verifications.list(
        tollfree_phone_number_sid=sid, limit=20
    )
    states = {str(one.status) for one in found}
    if "TWILIO_APPROVED" in states:
        return right(about, "Its toll-free verification is approved.")
    cure = "Submit the toll-free verification in the console; until then carriers drop its texts."
    if states:
        return wrong(about, f"Its toll-free verification is {', '.join(sorted(states))}.", cure)
    return wrong(about, "It is a toll-free number without a verification.", cure)


def _campaigns(context: Context) -> dict[str, str]:
    """How far the campaign is that each number sends under; numbers without one are left out."""
    services = context.twilio.messaging.v1.services
    found: dict[str, str] = {}
    for service, numbers in context.services:
        campaigns = services(service.sid or "").us_app_to_person.list(limit=20)
        states = [str(one.campaign_status) for one in campaigns]
        best = "VERIFIED" if "VERIFIED" in states else next(iter(states), "without a campaign")
        found.update(dict.fromkeys(numbers, best))
    return found


def _ten_digits(about: str, state: str | None) -> Finding:
    if state == "VERIFIED":
        return right(about, "Its texts are registered with the carriers (A2P 10DLC).")
    cure = "Register brand and campaign (A2P 10DLC) and add the number to its messaging service."
    if state is None:
        text = "It sends under no registered campaign (A2P 10DLC): carriers drop its texts."
        return wrong(about, text, cure)
    return wrong(about, f"The campaign it sends under is {state}: carriers drop its texts.", cure)


def refused_texts(context: Context) -> list[Finding]:
    """None of our own texts was dropped lately for want of a registration."""
    with context.reading() as work:
        query = select(AttemptRow.code).where(
            col(AttemptRow.code).in_(NOT_REGISTERED), col(AttemptRow.at) > work.now - LATELY
        )
        codes = sorted(code for code in work.session.exec(query) if code is not None)
    if not codes:
        return [right("texts", "No text was dropped lately for want of a registration.")]
    named = ", ".join(str(code) for code in sorted(set(codes)))
    text = f"{len(codes)} texts of the last week were dropped by carriers (code {named})."
    cure = "Finish the registration of the sender; until then pages go by voice alone."
    return [wrong("texts", text, cure)]


def inbound_services(context: Context) -> list[Finding]:
    """No messaging service takes in the answers to our pages in our place."""
    return [
        wrong(
            f"line {line}",
            "A messaging service takes in its texts: answers to pages don't reach us.",
            "In the service's integration, let texts defer to the sender's webhook.",
        )
        for service, numbers in context.services
        if service.use_inbound_webhook_on_number is False
        for line in sorted(numbers & set(context.lines))
    ]
