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
    **dict.fromkeys((21211, 21614, 21610, 21635, 30004, 30005, 30006), Failure.PERMANENT),
    **dict.fromkeys(
        (20003, 21408, 21606, 21612, 30002, 30007, 30032, 30034), Failure.CONFIGURATION
    ),
    **dict.fromkeys((20429, 30001, 30003, 30008, 30036), Failure.TRANSIENT),
}
"""Twilio's error codes by what they mean for a page: https://www.twilio.com/docs/api/errors"""

PAUSES = (timedelta(seconds=1), timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=30))
"""How long to wait after the first, second, … attempt; after the last one there is no other."""


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


def after_failure(failure: Failure, attempts: int) -> RetryAt | GiveUp:
    """What follows the `attempts`-th failed attempt."""
    if failure is Failure.TRANSIENT and attempts <= len(PAUSES):
        return RetryAt(PAUSES[attempts - 1])
    return GiveUp(failure)
