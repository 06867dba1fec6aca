"""Every sentence that leaves by SMS or call about handoffs, phones and coverage.

None of them says why somebody is away.
"""

from xml.sax.saxutils import escape

from notifications import shared_words
from notifications.shared_words import SEGMENT

_REPLY_OK = " Reply OK"


# Handoffs ───────────────────────────────────────────────────────────────────────────────────────


def on_call_notice(duty: str, *, confirmed: bool) -> str:
    """A handoff notice. `duty` is what and when: ``North ACT (primary) from … to …``."""
    return f"Vigil: you are on call for {duty}.{'' if confirmed else _REPLY_OK}"


def reply_confirmed(duty: str) -> str:
    """The answer to an OK."""
    return f"Vigil: thank you. You are on call for {duty}."


def told_not_confirmed_to_outgoing(name: str, duty: str, *, leads_know: bool) -> str:
    """To the one who stands there just before; `name` has not said OK."""
    leads = shared_words.of_the_leads(know=leads_know)
    text = f"Vigil: {name}, who follows you for {duty}, has not said OK. {leads}"
    return text if len(text) <= SEGMENT else f"Vigil: no OK from {name}, next for {duty}. {leads}"


def told_not_confirmed_to_leads(name: str, duty: str) -> str:
    """To the leads."""
    return f"Vigil: {name} has not said OK to being on call for {duty}."


def told_confirmed_late(name: str, duty: str) -> str:
    """To the one who stands there just before, and was told that the OK was missing."""
    return f"Vigil: {name} has said OK now and follows you for {duty}."


def told_no_longer_yours(duty: str) -> str:
    """To somebody whose coming shift has become somebody else's."""
    return f"Vigil: no longer yours: {duty}."


# Phones ─────────────────────────────────────────────────────────────────────────────────────────


def phone_code(code: str, minutes: int) -> str:
    """A code by SMS."""
    return (
        f"Vigil: your code is {code}. Reply with it, or type it in, within {minutes} minutes. "
        "Nobody from Vigil will ask you for it."
    )


def phone_code_document(code: str) -> str:
    """What a call reads out: the code twice, digit by digit."""
    digits = ", ".join(code)
    words = f"This is Vigil. Your code is: {digits}. Once more: {digits}. Goodbye."
    return f'<Response><Pause length="1"/><Say>{escape(words)}</Say><Hangup/></Response>'


def reply_code_right() -> str:
    """The answer to the right code."""
    return "Vigil: thank you. This phone is verified."


def reply_code_wrong(tries_left: int) -> str:
    """The answer to a wrong code."""
    if not tries_left:
        return "Vigil: that is not the code, and it no longer counts. Ask for a new one on the web."
    left = "1 try" if tries_left == 1 else f"{tries_left} tries"
    return f"Vigil: that is not the code. You have {left} left."


def reply_no_code_waits() -> str:
    """The answer to a code when none was sent, or too long ago."""
    return "Vigil: no code is waiting for this phone. Ask for a new one on the web."


def test_page() -> str:
    """The monthly test page."""
    return "Vigil test page: reply OK"


def reply_test_answered() -> str:
    """The answer to a reply to the test page."""
    return "Vigil: thank you, your phone works."


def told_test_unanswered(name: str, days: int) -> str:
    """To the leads, when a test page has stayed without an answer."""
    return (
        f"Vigil: {name} has not answered the test page for {days} days. "
        "Their phone counts as not verified until they do."
    )


def told_phone_not_tested(name: str) -> str:
    """To the leads, when a phone that takes only calls was not heard from for a month."""
    return (
        f"Vigil: no test page reaches {name}, whose phone takes only calls. It counts as not "
        "verified until they have a code said to them (My shifts)."
    )


# Coverage ───────────────────────────────────────────────────────────────────────────────────────


def gap_ahead(tier: str, team: str, when: str, reason: str = "") -> str:
    """A gap that nobody has accepted; `when` is ``from … to …``."""
    why = f" ({reason})" if reason else ""
    return f"nobody is {tier} of {team} {when}{why}."


def gap_accepted(tier: str, team: str, when: str, name: str) -> str:
    """A gap that a lead has accepted; not why they have."""
    return f"nobody is {tier} of {team} {when}; accepted by {name}."


def thin_ahead(tier: str, team: str, when: str, reason: str = "") -> str:
    """A thin stretch."""
    why = f": {reason}" if reason else ""
    return f"{tier} of {team} is thin {when}{why}."


def gap_mended(tier: str, team: str, when: str) -> str:
    """A gap that leads had been told of is none any more."""
    return f"mended: somebody is {tier} of {team} {when}."


def told_leads(first: str, shorter: str, others: int, url: str) -> str:
    """What leads are told of a team's coverage at one time: the first in words, then how many.

    Where that would make two texts of it the address is left out, or `first` is said `shorter`.
    """
    more = f" {others} more." if others else ""
    tries = ((first, f" {url}"), (first, ""), (shorter, f" {url}"), (shorter, ""))
    texts = [f"Vigil: {sentence}{more}{address}" for sentence, address in tries]
    return next((text for text in texts if len(text) <= SEGMENT), texts[-1])


def spoken(body: str) -> str:
    """What a call reads out where no text reaches anybody: the text twice, without its address."""
    words = " ".join(word for word in body.split() if not word.startswith("http"))
    said = f"<Say>{escape(words)}</Say>"
    return f'<Response><Pause length="1"/>{said}<Pause length="2"/>{said}<Hangup/></Response>'
