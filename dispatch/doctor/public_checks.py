"""Checks through the public address, the way Twilio comes: signed, with path and query as sent."""

import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.request_validator import RequestValidator

from dispatch.doctor.context import CannotTell, Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong

PATH = "/twilio/doctor?ref=K7Q&staff=a%20b&say=%C3%A9%2Fx+y&leg=1"
"""A query as our callbacks have it, with what proxies like to write in another way."""

PROXY = "In the proxy, pass path and query on as they come (no rewriting, no normalizing)."

REWRITTEN_STATUS = (301, 302, 303, 307, 308)


def signature(context: Context) -> list[Finding]:
    """A signed request comes through as it was sent, and an unsigned one is refused."""
    settings = context.settings
    token = settings.twilio_auth_token
    if not token:
        raise CannotTell("TWILIO_AUTH_TOKEN is not set")
    nonce = secrets.token_hex(8)
    url, form = settings.public_url + PATH, {"Doctor": nonce, "Body": "a+b & é"}
    answer = _post(context, url, form, RequestValidator(token).compute_signature(url, form))
    if isinstance(answer, Finding):
        return [answer]
    if answer.status_code == 200 and _said(answer).get("doctor") == nonce:
        return [_unsigned(context, url, form)]
    return [_not_through(context, answer)]


def _unsigned(context: Context, url: str, form: dict[str, str]) -> Finding:
    stranger = RequestValidator(secrets.token_hex(16)).compute_signature(url, form)
    answer = _post(context, url, form, stranger)
    if isinstance(answer, Finding):
        return answer
    if answer.status_code != 403:
        return wrong(
            "public address",
            f"A request with a wrong signature is answered {answer.status_code}, not 403.",
            "Take out whatever answers in Vigil's place, or signs requests on the way.",
        )
    told = f"A signed request comes through {context.settings.public_url}, an unsigned one doesn't."
    return right("public address", told)


def _post(
    context: Context, url: str, form: dict[str, str], signature: str
) -> httpx.Response | Finding:
    host = urlsplit(url).netloc
    try:
        return context.http.post(url, data=form, headers={"X-Twilio-Signature": signature})
    except httpx.ConnectError as error:
        if "certificate" in str(error).lower() or "ssl" in str(error).lower():
            return wrong(
                "public address",
                f"{host} shows a certificate that nobody trusts: Twilio refuses it too.",
                "Renew the certificate, with its whole chain and for this very name.",
            )
        return wrong(
            "public address",
            f"Nothing answers at {host}.",
            "Start `vigil serve`; check DNS, firewall, proxy and VIGIL_PUBLIC_URL.",
        )
    except httpx.HTTPError as error:
        return wrong(
            "public address",
            f"{host} does not answer as it should ({type(error).__name__}).",
            "Look at the proxy, and whether `vigil serve` runs behind it.",
        )


def _not_through(context: Context, answer: httpx.Response) -> Finding:
    """Why a signed request was not taken."""
    about, status, said = "public address", answer.status_code, _said(answer)
    ours = context.settings.public_url
    if status in REWRITTEN_STATUS:
        to = answer.headers.get("location", "elsewhere")
        text = f"{ours} redirects to {to}: Twilio's signature is lost on the way."
        return wrong(about, text, "Set VIGIL_PUBLIC_URL to the address at the end of the way.")
    if status != 403 or "asked" not in said:
        text = f"{ours}/twilio/doctor is answered {status}, and not by Vigil."
        return wrong(about, text, "Let the proxy pass everything on to `vigil serve`, POST too.")
    if said["public_url"] != ours:
        text = f"The node signs for {said['public_url']}, but is reached as {ours}."
        return wrong(about, text, "Set the same VIGIL_PUBLIC_URL on every node and here.")
    if said["asked"] != _with_path(ours):
        text = f"A proxy writes addresses anew: {_with_path(ours)} came as {said['asked']}."
        return wrong(about, text, PROXY)
    text = "The node refuses what is signed with our TWILIO_AUTH_TOKEN."
    cure = "Set the token of this account on every node, and let no proxy change bodies of forms."
    return wrong(about, text, cure)


def _with_path(public_url: str) -> str:
    """Path and query as the node should see them."""
    return urlsplit(public_url).path + PATH


def _said(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def readiness(context: Context) -> list[Finding]:
    """What the node behind the public address says of itself."""
    try:
        said = _said(context.http.get(f"{context.settings.public_url}/readyz"))
    except httpx.HTTPError:
        raise CannotTell("no node answers at the public address") from None
    if "ready" not in said:
        raise CannotTell("what answers at the public address is not Vigil")
    texts = [*said.get("problems", []), *(one["text"] for one in said.get("troubles", []))]
    cure = "See docs/operations for what each means; it ends by itself once it is mended."
    if texts:
        return [wrong("node", f"The node says: {text}", cure) for text in texts]
    return [right("node", "The node says that it is ready.")]


def heartbeat(context: Context) -> list[Finding]:
    """Somebody outside would notice if every node were gone.

    The address itself is not asked: that would be a sign of life that the service did not give.
    The node tells, by what it says of itself, when its beats are not taken.
    """
    url = context.settings.heartbeat_url
    if url is None:
        text = "VIGIL_HEARTBEAT_URL is not set: if Vigil is gone altogether, nobody is told."
        cure = "Make a check at a dead man's switch (such as healthchecks.io) and set its address."
        return [doubtful("heartbeat", text, cure)]
    parts = urlsplit(url)
    try:
        context.http.get(f"{parts.scheme}://{parts.netloc}/")
    except httpx.HTTPError as error:
        text = f"{parts.hostname} can't be reached from here ({type(error).__name__})."
        cure = "Mend VIGIL_HEARTBEAT_URL, or let this machine reach that host."
        return [wrong("heartbeat", text, cure)]
    return [right("heartbeat", f"{parts.hostname} answers.")]
