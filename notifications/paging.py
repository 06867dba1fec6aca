"""How somebody wants to be paged: the text at once, the phone when the text does not do."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

UNDELIVERED_PATIENCE = timedelta(seconds=20)
"""A text that the network has not delivered by then counts as not delivered: the phone rings."""

RING_AFTER = timedelta(seconds=60)
"""When the phone rings for a page that was delivered and not answered, where nobody says else."""

LONGEST_WAIT = timedelta(seconds=600)
"""Nobody may ask to be rung later than this: the ladder has climbed on by then."""

BETWEEN_REMINDERS = timedelta(seconds=60)
"""The same person is reminded of the same crisis no more often. A first page never waits."""


class NoRule(ValueError):  # noqa: N818  it reads as what is wrong
    """What was written is no paging rule; the text says what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class Nights:
    """From when until when, by the clock on the team's wall, other waits hold; may pass midnight.

    `ring_after` is None where a phone shall only ring for a text that does not arrive.
    """

    begins: time
    ends: time
    ring_after: timedelta | None = timedelta()

    def holds(self, at: time) -> bool:
        """Whether it is night at this time of the day."""
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class PagingRule:
    """The text goes at once; the phone rings `ring_after` it, unless the page was answered.

    None: only for a text that was not delivered.
    """

    ring_after: timedelta | None = RING_AFTER
    nights: Nights | None = None

    def rings_after(self, now: datetime, zone: ZoneInfo) -> timedelta | None:
        """How long after a page of `now` (aware) the phone rings, in the team's zone."""
        if self.nights is not None and self.nights.holds(now.astimezone(zone).time()):
            return self.nights.ring_after
        return self.ring_after


USUAL = PagingRule()
"""The rule of those who have made none."""

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def read_rule(written: object) -> PagingRule:
    """Read a rule as JSON and the agency's file write it. Raises NoRule.

    ``{"ring_after": 60, "nights": {"from": "22:00", "to": "07:00", "ring_after": 0}}``: seconds, or
    null for never.
    """
    if not isinstance(written, dict):
        raise NoRule("must be a mapping with ring_after and, if wanted, nights")
    unknown = sorted(set(written) - {"ring_after", "nights"})
    if unknown:
        raise NoRule(f"knows no {unknown[0]}: write ring_after and nights")
    after = _wait(written["ring_after"]) if "ring_after" in written else RING_AFTER
    nights = written.get("nights")
    return PagingRule(after, None if nights is None else _nights(nights))


def write_rule(rule: PagingRule) -> dict[str, object]:
    """The rule as `read_rule` reads it."""
    written: dict[str, object] = {"ring_after": _seconds(rule.ring_after)}
    if rule.nights is not None:
        written["nights"] = {
            "from": f"{rule.nights.begins:%H:%M}",
            "to": f"{rule.nights.ends:%H:%M}",
            "ring_after": _seconds(rule.nights.ring_after),
        }
    return written


def _nights(written: object) -> Nights:
    if not isinstance(written, dict) or set(written) - {"from", "to", "ring_after"}:
        raise NoRule("nights must have from, to and ring_after")
    begins, ends = _time(written.get("from")), _time(written.get("to"))
    if begins == ends:
        raise NoRule("nights must end at another time than they begin")
    return Nights(begins, ends, _wait(written.get("ring_after", 0)))


def _time(written: object) -> time:
    if not isinstance(written, str) or not _TIME.fullmatch(written):
        raise NoRule('nights must say from and to as times of the day, such as "22:00"')
    return time.fromisoformat(written)


def _wait(written: object) -> timedelta | None:
    if written is None:
        return None
    most = int(LONGEST_WAIT.total_seconds())
    if isinstance(written, bool) or not isinstance(written, int) or not 0 <= written <= most:
        raise NoRule(f"ring_after must be whole seconds from 0 to {most}, or null for never")
    return timedelta(seconds=written)


def _seconds(wait: timedelta | None) -> int | None:
    return None if wait is None else int(wait.total_seconds())


def rule_in_words(rule: PagingRule) -> str:
    """When the phone rings, in half a sentence."""
    words = f"the phone rings {_wait_in_words(rule.ring_after)}"
    if rule.nights is None:
        return words
    nights = f"from {rule.nights.begins:%H:%M} to {rule.nights.ends:%H:%M}"
    return f"{words}, {nights} {_wait_in_words(rule.nights.ring_after)}"


def _wait_in_words(wait: timedelta | None) -> str:
    seconds = _seconds(wait)
    match seconds:
        case None:
            return "only for a text that does not arrive"
        case 0:
            return "together with the text"
        case 1:
            return "1 second after a text without an answer"
        case _:
            return f"{seconds} seconds after a text without an answer"


def reminder_due(now: datetime, paged_before_at: datetime | None) -> datetime:
    """When a page may go to somebody who was paged for the same thing before (None: never)."""
    return now if paged_before_at is None else max(now, paged_before_at + BETWEEN_REMINDERS)
