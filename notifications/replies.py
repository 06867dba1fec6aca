"""Reads what a member of staff texted back: 1, 2, a reference, or something we can't read."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What a reply means."""

    ACCEPT = "accept"
    DECLINE = "decline"
    OPT_OUT = "opt_out"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """A text as understood. ``ref`` is a crisis reference in capitals, if one was written."""

    answer: Answer
    ref: str | None = None


ACCEPT_WORDS = frozenset(
    {"1", "one", "yes", "y", "yep", "yeah", "ok", "okay", "accept", "accepted", "take", "mine"}
    | {"si", "acepto", "uno"}
)
DECLINE_WORDS = frozenset({"2", "two", "no", "n", "nope", "decline", "declined", "pass", "dos"})
OPT_OUT_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel"}
    | {"start", "unstop", "help", "info"}
)
"""Words that Twilio answers by itself: https://www.twilio.com/docs/messaging (opt-out keywords)."""

GLUED = re.compile(r"\b([12])([a-z][0-9][a-z0-9]{1,6})\b")
"""A key and a reference without a blank between them: 1K7Q."""

FILLER_WORDS = frozenset(
    {"i", "ill", "it", "please", "will", "the", "call", "crisis", "ref", "can"}
)
"""Words that may stand beside an answer without changing it; any other word makes it unclear."""

LONGEST = 500
"""No answer is longer, and no longer text is read."""

REFERENCE = re.compile(r"^[a-z][0-9](?:[a-z0-9]{1,6})$")
"""References begin with a letter and a digit, so that no reply word can be one."""


def read_reply(text: str) -> Reply:
    """Read a reply; case, blanks, punctuation and accents don't matter.

    Exactly one answer and at most one reference may be named: "yes no", "1 2", or an answer among
    words we don't know is UNCLEAR, since a wrong guess would take a crisis nobody works on.
    """
    if len(text) > LONGEST:  # what we don't read to its end may say the opposite there
        return Reply(Answer.UNCLEAR)
    words = _words(text)
    refs = [word.upper() for word in words if REFERENCE.match(word)]
    rest = [word for word in words if not REFERENCE.match(word) and word not in FILLER_WORDS]
    if len(rest) == 1 and not refs and rest[0] in OPT_OUT_WORDS:
        return Reply(Answer.OPT_OUT)
    ref = refs[0] if len(set(refs)) == 1 else None
    if len(set(refs)) > 1:
        return Reply(Answer.UNCLEAR)
    if rest and all(word in ACCEPT_WORDS for word in rest):
        return Reply(Answer.ACCEPT, ref)
    if rest and all(word in DECLINE_WORDS for word in rest):
        return Reply(Answer.DECLINE, ref)
    return Reply(Answer.UNCLEAR, ref)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    plain = re.sub(r"['\u2019]", "", plain)
    return re.findall(r"[a-z0-9]+", GLUED.sub(r"\1 \2", plain))
