"""Checks of the settings by themselves: nobody is asked."""

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import ValidationError

from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong
from dispatch.settings import Settings, said

FEWEST_CHARACTERS = 10
"""A key with fewer different characters was typed, not drawn."""

IGNORED = ("TWILIO_REGION", "TWILIO_EDGE")


def faults_of_settings(error: ValidationError) -> list[Finding]:
    """Every setting that stops the start."""
    return [
        wrong("settings", said(fault), "Set it as said, in the environment of every node.")
        for fault in error.errors()
    ]


def twilio_settings(context: Context) -> list[Finding]:
    """Account and token are set, and nothing stands there that is not heeded."""
    settings, found = context.settings, []
    for name, value in (
        ("TWILIO_ACCOUNT_SID", settings.twilio_account_sid),
        ("TWILIO_AUTH_TOKEN", settings.twilio_auth_token),
    ):
        if not value:
            cure = "Copy it from the Twilio console; `vigil serve` does not start without it."
            found.append(wrong("settings", f"{name} is not set.", cure))
    found.extend(
        doubtful("settings", f"{name} is set, and not heeded.", "Unset it: Vigil uses US1.")
        for name in IGNORED
        if os.environ.get(name)
    )
    return found


def drill_settings(context: Context) -> list[Finding]:
    """No drill where real people call."""
    if context.is_drill:
        text = "VIGIL_TWILIO_API_URL is set: this is a drill, and no real phone rings."
        return [doubtful("settings", text, "Unset it where real people call.")]
    if context.settings.drill_clock is not None:
        text = "VIGIL_DRILL_CLOCK is set: deadlines run by another clock than the world's."
        return [wrong("settings", text, "Unset it on every node.")]
    return []


def public_url(context: Context) -> list[Finding]:
    """Twilio could reach the address, and nobody could read what it sends there."""
    url = context.settings.public_url
    if context.is_drill:
        return []  # the local Twilio reaches the loopback
    parts = urlsplit(url)
    if _is_local(parts.hostname or ""):
        text = f"VIGIL_PUBLIC_URL is {url}: Twilio can't reach that, so no call comes in."
        cure = "Set it to the https address under which the internet reaches this service."
        return [wrong("settings", text, cure)]
    if parts.scheme != "https":
        text = f"VIGIL_PUBLIC_URL is {url}: what callers tell would pass over http, unprotected."
        cure = "Give the proxy a certificate, and set VIGIL_PUBLIC_URL to the https address."
        return [wrong("settings", text, cure)]
    return [right("settings", f"VIGIL_PUBLIC_URL is {url}.")]


def _is_local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".internal", ".localhost"))


def secret_key(context: Context) -> list[Finding]:
    """The key from which crisis lines' secrets are derived is kept apart, and hard to guess."""
    key = context.settings.secret_key
    if key is None:
        text = "VIGIL_SECRET_KEY is not set: a copy of the database gives crisis lines' secrets."
        cure = (
            "Set it (openssl rand -hex 32) before you hand secrets to crisis lines; those handed "
            "out already must then be renewed by `vigil partner secret`."
        )
        return [doubtful("settings", text, cure)]
    if len(set(key)) < FEWEST_CHARACTERS:
        cure = "Draw another one (openssl rand -hex 32) and hand crisis lines new secrets."
        return [wrong("settings", "VIGIL_SECRET_KEY is easy to guess.", cure)]
    return [right("settings", "VIGIL_SECRET_KEY is set.")]


def all_settings() -> Settings:
    """The settings. Raises ValidationError with every wrong one."""
    return Settings()
