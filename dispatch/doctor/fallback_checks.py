"""Check of what callers hear while we are away: that it answers, dials, and ends at 988."""

from urllib.parse import urlsplit

import httpx

from dispatch.commands.fallbacks import limits, problems
from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, doubtful, right, wrong
from notifications.emulator import twiml
from notifications.emulator.verbs import Dial, Document

RUN_BY_TWILIO = ("webhooks.twilio.com",)
"""Hosts of documents that Twilio itself makes: a request to them would be a call."""

MOST_BYTES = 64 * 1024
"""Twilio reads no longer document."""

UNSET_CURE = "Set VIGIL_FALLBACK_PUT_URL, VIGIL_FALLBACK_STUDIO or both."
LAST = "988"
CURE = "Publish the fallback document anew, and look at its address as Twilio does."


def published(context: Context) -> list[Finding]:
    """What Vigil publishes of tonight's rota is what it should be."""
    settings = context.settings
    if settings.fallback_put_url is None and not settings.fallback_studio:
        text = "Vigil publishes nothing: a document of your own does not know tonight's rota."
        return [doubtful("fallback", text, UNSET_CURE)]
    with context.reading() as work:
        found = [wrong(one.about, one.text, one.cure) for one in problems(work, settings)]
    found += [doubtful(one.about, one.text, one.cure) for one in limits(settings)]
    return found or [right("fallback", "Tonight's rota is published as it should be.")]


def documents(context: Context) -> list[Finding]:
    """Every fallback document answers with TwiML that dials somebody and ends at 988."""
    asked: dict[tuple[str, str], list[str]] = {}
    for line in sorted(context.lines):
        number = context.numbers.get(line)
        if number is None or not number.voice_fallback_url:
            continue
        url, method = number.voice_fallback_url, (number.voice_fallback_method or "POST").upper()
        if urlsplit(url).hostname not in RUN_BY_TWILIO:
            asked.setdefault((url, method), []).append(line)
    return [_of_document(context, url, method, lines) for (url, method), lines in asked.items()]


def _of_document(context: Context, url: str, method: str, lines: list[str]) -> Finding:
    about = f"fallback of {', '.join(lines)}"
    try:
        answer = context.http.request(method, url.partition("#")[0])
    except httpx.HTTPError as error:
        return wrong(about, f"It can't be reached ({type(error).__name__}).", CURE)
    if answer.status_code != 200:
        return wrong(about, f"It is answered {answer.status_code}.", CURE)
    if len(answer.content) > MOST_BYTES:
        return wrong(about, "It is longer than Twilio reads.", CURE)
    try:
        document = twiml.parse(answer.text, url)
    except twiml.BadMarkup:
        return wrong(about, "It is no TwiML: callers would hear an error.", CURE)
    problem = problem_of(document)
    if problem is not None:
        return wrong(about, problem, CURE)
    return right(about, f"It dials {len(dialled(document))} numbers in turn and ends at {LAST}.")


def problem_of(document: Document) -> str | None:
    """What is wrong with a document that must work without us; None when it will."""
    dials = [verb for verb in document.verbs if isinstance(verb, Dial)]
    numbers = dialled(document)
    if not numbers:
        return "It dials nobody."
    if any(dial.action is not None for dial in dials):
        return "It asks an address after dialling: it must fall through without us."
    if LAST not in numbers:
        return f"It does not end at {LAST}."
    return None


def dialled(document: Document) -> list[str]:
    """The numbers that it dials, in order."""
    dials = [verb for verb in document.verbs if isinstance(verb, Dial)]
    return [number.number for dial in dials for number in dial.numbers]
