"""What happened in a crisis, in order, with every try to reach somebody and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.store import crises
from dispatch.unit_of_work import UnitOfWork
from notifications import attempts
from notifications.attempts import Outcome
from notifications.outbox import Kind
from notifications.tables import AttemptRow
from oncall.model import StaffId


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline. `at` is UTC, `by` the login or token that did it."""

    at: datetime
    kind: str
    who: StaffId | None
    by: str | None
    text: str


WAYS: Mapping[str, str] = {
    Kind.SMS: "text",
    Kind.PAGE_CALL: "page by phone",
    Kind.SPOKEN: "text read out by phone",
}
"""How somebody was tried, as the timeline says it. Other sendings reach nobody."""

OUTCOMES: Mapping[str, str] = {
    Outcome.SENT: "sent",
    Outcome.RETRIED: "could not be sent, tried again",
    Outcome.FAILED: "could not be sent",
    Outcome.EXPIRED: "could not be sent in time",
    Outcome.MERGED: "said in one page with others",
    Outcome.CANCELLED: "not needed any more",
    Outcome.DELIVERED: "delivered",
    Outcome.UNDELIVERED: "not delivered",
    Outcome.UNREPORTED: "sent, but nobody knows whether it arrived",
    Outcome.NO_ANSWER: "no answer",
    Outcome.BUSY: "busy",
    Outcome.UNREACHABLE: "could not be reached",
    Outcome.NO_KEY: "picked up, but nobody pressed a key",
    Outcome.ACCEPTED: "accepted",
    Outcome.DECLINED: "passed on",
}


def read(work: UnitOfWork, ref: str) -> list[Entry]:
    """The timeline of a crisis, the first line first."""
    lines = [
        Entry(row.at, row.kind, row.who, row.by, row.text)
        for row in crises.timeline(work.session, ref)
    ]
    tries = map(_entry, _last_words(attempts.of_crisis(work.session, ref)))
    return sorted([*lines, *tries], key=lambda entry: entry.at)


def _last_words(rows: Sequence[AttemptRow]) -> Iterable[AttemptRow]:
    """Without "sent" where more is known by now."""
    newest = {row.outbox_id: row.id for row in rows}
    for row in rows:
        known_better = row.outcome == Outcome.SENT and newest[row.outbox_id] != row.id
        if row.kind in WAYS and not known_better:
            yield row


def _entry(row: AttemptRow) -> Entry:
    code = "" if row.code is None else f" (Twilio: code {row.code})"
    said = OUTCOMES.get(row.outcome, row.outcome)  # a newer version may know more outcomes
    text = f"{WAYS[row.kind]}: {said}{code}"
    return Entry(row.at, "attempt", row.staff_id, None, text)
