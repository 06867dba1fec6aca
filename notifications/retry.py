"""What a failed sending deserves: a policy that reads as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Failure(StrEnum):
    """The four kinds of failure."""

    PERMANENT = "permanent"
    """This number will never take it: another way must be found."""
    CONFIGURATION = "configuration"
    """Our account is set up wrongly: somebody must be told."""
    TRANSIENT = "transient"
    """It may work in a moment."""
    UNKNOWN = "unknown"
    """A code we have no word for; treated as failed."""


FAILURES: Mapping[int, Failure] = {
    **dict.fromkeys(
        (13224, 21211, 21214, 21217, 21610, 21614, 21635, 30004, 30005, 30006), Failure.PERMANENT
    ),
    **dict.fromkeys(
        (20003, 21408, 21606, 21612, 30002, 30007, 30032, 30034), Failure.CONFIGURATION
    ),
    **dict.fromkeys((20429, 30001, 30003, 30008, 30036), Failure.TRANSIENT),
}
"""Twilio's error codes by what they mean for a page: https://www.twilio.com/docs/api/errors"""

OPTED_OUT = 21610
"""The number has texted STOP to the line that wanted to text it."""

NO_SUCH_NUMBER = frozenset({13224, 21211, 21214, 21217})
"""The number can't exist, or can't be reached in any way."""

NO_TEXTS = frozenset({OPTED_OUT, 21614, 21635, 30005, 30006})
"""The number takes no texts, for good: opted out, no mobile phone, a handset nobody knows."""

PAUSES = (timedelta(seconds=1), timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=30))
"""How long to wait after the first, second, … attempt; after the last one there is no other."""

PATIENT_PAUSE = timedelta(minutes=2)
"""How long to wait from then on with what is not urgent."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again after this pause."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Try no more, because of this kind of failure."""

    failure: Failure


def kind_of(code: int | None, http_status: int | None = None) -> Failure:
    """The kind of failure behind Twilio's code, an HTTP status, or a silent network (None)."""
    if code is not None and code in FAILURES:
        return FAILURES[code]
    if http_status is None or http_status == 429 or http_status >= 500:
        return Failure.TRANSIENT
    return Failure.UNKNOWN


def after_failure(failure: Failure, attempts: int, *, patient: bool = False) -> RetryAt | GiveUp:
    """What follows the `attempts`-th failed attempt.

    What is not urgent is `patient`: it is tried as long as it is worth sending.
    """
    if failure is not Failure.TRANSIENT:
        return GiveUp(failure)
    if attempts <= len(PAUSES):
        return RetryAt(PAUSES[attempts - 1])
    return RetryAt(PATIENT_PAUSE) if patient else GiveUp(failure)
