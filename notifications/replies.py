"""Reads what a member of staff texted: a yes or no, a reference, a code, a wish."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import time
from enum import StrEnum


class Answer(StrEnum):
    """What a text means."""

    ACCEPT = "accept"
    DECLINE = "decline"
    COVER = "cover"
    """Somebody is wanted for the sender's shift."""
    WITHDRAW = "withdraw"
    """The sender keeps a shift for which cover or a swap was asked."""
    CALL = "call"
    """The sender wants to be connected with the client of a crisis of theirs."""
    CODE = "code"
    """The code that a phone is verified by."""
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    """What Twilio answers by itself, and what changes nothing."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day by the clock on the wall; an end at or before the beginning is tomorrow."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True)
class Reply:
    """A text as understood. ``ref`` is a reference in capitals, if one was written.

    ``ok`` says that an accept said nothing but OK, ``about_shift`` that the text speaks of shifts
    and never means a crisis. ``number`` and ``part`` go with COVER, ``code`` with CODE.
    """

    answer: Answer
    ref: str | None = None
    ok: bool = False
    about_shift: bool = False
    code: str | None = None
    number: int | None = None
    part: Part | None = None


OK_WORDS = frozenset({"ok", "okay"})
ACCEPT_WORDS = OK_WORDS | frozenset(
    {"1", "one", "yes", "y", "yep", "yeah", "accept", "accepted", "take", "mine"}
    | {"si", "acepto", "uno"}
)
DECLINE_WORDS = frozenset({"2", "two", "no", "n", "nope", "decline", "declined", "pass", "dos"})
OPT_OUT_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel"}
)
OPT_IN_WORDS = frozenset({"start", "unstop"})
HELP_WORDS = frozenset({"help", "info"})
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

CODE = re.compile(r"^\W*(?:code\W+)?([0-9]{4,8}|[0-9]{3}[ -][0-9]{3})\W*$")
"""A code is written alone, as it was sent or in two halves."""

COVER = "cover"
WITHDRAW_WORDS = frozenset({"withdraw", "cancel"})
"""With COVER or a reference. Alone, "cancel" is a word by which Twilio opts people out."""

CALL = "call"
CALL_FILLERS = frozenset({"back", "please", "ref"})
"""What may stand beside CALL: who writes more may mean that they call by themselves, or won't."""

COVER_FILLERS = re.compile(r"\b(?:please|me|my|shift|for|from|between)\b")

_TIME = r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?\s*(am|pm)?"
_TO = r"\s*(?:[-\u2013\u2014]|to|until|till|and)\s*"
COVER_WISH = re.compile(
    rf"^\W*cover\b\W*(?:([0-9]{{1,2}})[,.)]?(?!\S)\s*)?(?:{_TIME}{_TO}{_TIME})?\W*$"
)
"""COVER; a number where several shifts were listed; times: 20:00-23:00, 8pm to 11pm, 2000-2300."""


def read_reply(text: str) -> Reply:
    """Read a reply; case, blanks, punctuation and accents don't matter.

    Exactly one answer and at most one reference may be named: "yes no", "1 2", or an answer among
    words we don't know is UNCLEAR, since a wrong guess would take a crisis nobody works on, or
    change who stands tonight.
    """
    if len(text) > LONGEST:  # what we don't read to its end may say the opposite there
        return Reply(Answer.UNCLEAR)
    plain = _plain(text)
    if code := CODE.match(plain):
        return Reply(Answer.CODE, code=re.sub("[ -]", "", code[1]))
    words = re.findall(r"[a-z0-9]+", GLUED.sub(r"\1 \2", plain))
    return _cover(plain, words) or _withdrawal(words) or _call(words) or _answer(words)


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return re.sub(r"['\u2019]", "", plain)


def _answer(words: list[str]) -> Reply:
    refs = {word.upper() for word in words if REFERENCE.match(word)}
    rest = [word for word in words if not REFERENCE.match(word) and word not in FILLER_WORDS]
    if len(rest) == 1 and not refs and (of_twilio := _of_twilio(rest[0])):
        return Reply(of_twilio)
    about_shift = COVER in rest
    if len(refs) > 1:
        return Reply(Answer.UNCLEAR, about_shift=about_shift)
    ref = next(iter(refs), None)
    said = [word for word in rest if word != COVER]
    if said and all(word in ACCEPT_WORDS for word in said):
        if about_shift and not _offers_cover(words, said):
            return Reply(Answer.UNCLEAR, ref, about_shift=True)
        only_ok = all(word in OK_WORDS for word in said)
        return Reply(Answer.ACCEPT, ref, ok=only_ok and not about_shift, about_shift=about_shift)
    if rest and all(word in DECLINE_WORDS for word in rest):
        return Reply(Answer.DECLINE, ref)
    return Reply(Answer.UNCLEAR, ref, about_shift=about_shift)


def _offers_cover(words: list[str], said: list[str]) -> bool:
    """Whether "cover" in an accept is an offer, "yes, I can cover": "ok cover" may be a wish."""
    in_words = all(map(str.isalpha, said))
    return in_words and words[0] in ACCEPT_WORDS and not {"i", "ill"}.isdisjoint(words)


def _of_twilio(word: str) -> Answer | None:
    if word in OPT_OUT_WORDS:
        return Answer.OPT_OUT
    if word in OPT_IN_WORDS:
        return Answer.OPT_IN
    return Answer.HELP if word in HELP_WORDS else None


def _withdrawal(words: list[str]) -> Reply | None:
    """WITHDRAW, WITHDRAW U7Q, CANCEL U7Q, COVER CANCEL: nothing else may stand beside it."""
    refs = {word.upper() for word in words if REFERENCE.match(word)}
    rest = {word for word in words if not REFERENCE.match(word) and word != "please"}
    asked = rest & WITHDRAW_WORDS
    if not asked or rest - asked - {COVER} or len(refs) > 1:
        return None
    if asked == {"cancel"} and not refs and COVER not in rest:
        return None
    return Reply(Answer.WITHDRAW, next(iter(refs), None), about_shift=True)


def _call(words: list[str]) -> Reply | None:
    """CALL, CALL BACK, CALLBACK, CALL K7Q: nothing else may stand beside it."""
    refs = {word.upper() for word in words if REFERENCE.match(word)}
    said = [word for word in words if not REFERENCE.match(word) and word not in CALL_FILLERS]
    if said not in ([CALL], ["callback"]) or len(refs) > 1:
        return None
    return Reply(Answer.CALL, next(iter(refs), None))


def _cover(plain: str, words: list[str]) -> Reply | None:
    if COVER not in words:
        return None
    wish = COVER_WISH.match(re.sub(r"\s+", " ", COVER_FILLERS.sub(" ", plain)).strip())
    if wish is None:
        return None
    number, *clock = wish.groups()
    if clock[0] is None:
        part = None
    else:
        part = _part(clock[:3], clock[3:])
        if part is None:
            return Reply(Answer.UNCLEAR, about_shift=True)
    return Reply(Answer.COVER, about_shift=True, number=int(number) if number else None, part=part)


def _part(begins: list[str | None], ends: list[str | None]) -> Part | None:
    """The part of a day between two times; None where one is no time, or only one says am or pm."""
    if (begins[2] is None) != (ends[2] is None):
        return None
    first, last = _time(*begins), _time(*ends)
    return None if first is None or last is None or first == last else Part(first, last)


def _time(hours: str | None, minutes: str | None, half: str | None) -> time | None:
    hour, minute = int(hours or 0), int(minutes or 0)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    return time(hour, minute) if hour <= 23 and minute <= 59 else None
