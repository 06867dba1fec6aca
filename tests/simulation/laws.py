"""What must be true in the morning, whatever failed in the night. Each law says what it found."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import SQLModel, col, select

from dispatch.crisis import State
from dispatch.tables import BoardChangeRow, ContactRow, CrisisRow, TimelineRow
from dispatch.unit_of_work import UnitOfWork
from notifications.outbox import OutboxState
from notifications.tables import OutboxRow
from tests.simulation.night import Night
from tests.simulation.promises import Promise

Row = TypeVar("Row", bound=SQLModel)

SETTLED_AFTER = 100.0
"""Seconds after which everything that is to be sent must have been settled in the calm."""

ANEW = frozenset(
    {"round_again", "all_asked", "given_back", "lapsed", "reopened", "callback_needed"}
    | {"last_resort", "stays", "passed_outside", "ringing", "team_chosen"}
)
"""Lines of a timeline after which the pages may begin at the foot again."""

LOSES = frozenset({"lapsed", "given_back", "reopened"})
"""Lines after which nobody owns a crisis."""

KEPT_FOR = timedelta(seconds=3)
"""What was kept in a journal stands there longer; no transaction takes so long."""

SECRET = re.compile(r"Test Person|\+1503555017|5035550171|1984-03-02", re.IGNORECASE)
"""What no text may say: clients' names, birth dates and numbers."""


@dataclass(frozen=True, slots=True)
class Morning:
    """Everything that was written down."""

    crises: Sequence[CrisisRow]
    contacts: Sequence[ContactRow]
    timelines: dict[str, list[TimelineRow]]
    outbox: Sequence[OutboxRow]
    board: Sequence[int]


def morning(work: UnitOfWork) -> Morning:
    """Read it all."""
    timelines: dict[str, list[TimelineRow]] = defaultdict(list)
    for line in _all(work, TimelineRow, TimelineRow.id):
        timelines[line.crisis_ref].append(line)
    return Morning(
        _all(work, CrisisRow, CrisisRow.ref),
        _all(work, ContactRow, ContactRow.id),
        timelines,
        _all(work, OutboxRow, OutboxRow.id),
        list(work.session.exec(select(BoardChangeRow.number).order_by(col(BoardChangeRow.number)))),
    )


def _all(work: UnitOfWork, table: type[Row], order: Any) -> Sequence[Row]:
    return work.session.exec(select(table).order_by(col(order))).all()


def broken(night: Night, at_dawn: Morning) -> list[str]:
    """Every law that this night has broken."""
    laws = (
        every_caller_reached_somebody,
        every_crisis_is_in_hand,
        every_page_was_settled,
        every_page_of_the_timeline_was_written,
        nothing_is_sent_twice_without_cause,
        nobody_is_paged_twice_without_cause,
        one_owner_at_a_time,
        nobody_accepts_without_a_word,
        every_promise_is_written_down,
        every_contact_is_there_once,
        the_board_has_no_gaps,
        no_text_tells_who_the_client_is,
        pages_are_not_late_in_a_calm_night,
    )
    return [found for law in laws for found in law(night, at_dawn)]


def every_caller_reached_somebody(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Whoever stayed on the line reached a human or 988, or was told to dial it."""
    for call in night.calls.made:
        if call.over and not call.gone and call.reached is None and not call.told:
            yield f"call {call.sid} ended without anybody"
    yield from night.promises.broken


def every_crisis_is_in_hand(night: Night, at_dawn: Morning) -> Iterator[str]:
    """It has an owner, or is closed, or somebody is being asked by a deadline that will come."""
    for crisis in at_dawn.crises:
        if crisis.owner_id is not None or crisis.state == State.CLOSED:
            continue
        if crisis.due_at is None:
            yield f"crisis {crisis.ref} has neither an owner nor a deadline"
        if crisis.alarm is None and _all_were_asked(at_dawn.timelines[crisis.ref]):
            yield f"crisis {crisis.ref} was asked of everybody without an alarm"


def _all_were_asked(lines: Sequence[TimelineRow]) -> bool:
    """Whether nobody was left to ask since somebody had it last."""
    kinds = [line.kind for line in lines]
    since = max((place for place, kind in enumerate(kinds) if kind == "accepted"), default=0)
    return not {"round_again", "all_asked"}.isdisjoint(kinds[since:])


def every_page_was_settled(night: Night, at_dawn: Morning) -> Iterator[str]:
    """What is said to be sent was taken by the network, and nothing waits that is long due."""
    taken = {message.key for message in night.texts.taken}
    for row in at_dawn.outbox:
        waited = (night.kernel.at - row.due_at).total_seconds()
        if row.state == OutboxState.WAITING and waited > SETTLED_AFTER:
            yield f"{row.key} was not sent"
        if row.state == OutboxState.SENT and row.to_phone and row.key not in taken:
            yield f"{row.key} is said to be sent, but the network never took it"


def every_page_of_the_timeline_was_written(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Whoever is said to be paged has a row in the outbox: of that moment, or of when it was
    entered, where it happened while the database was away.
    """
    written: dict[tuple[str | None, str | None], datetime] = {}
    for row in at_dawn.outbox:
        written[row.crisis_ref, row.staff_id] = row.created_at
    for ref, lines in at_dawn.timelines.items():
        failed = {(line.who, line.at) for line in lines if line.kind == "page_failed"}
        for line in lines:
            if line.kind != "paged" or (line.who, line.at) in failed:
                continue
            if (ref, line.who) not in written or written[ref, line.who] < line.at:
                yield f"crisis {ref}: {line.who} is said to be paged, but nothing was to be sent"


def nothing_is_sent_twice_without_cause(night: Night, at_dawn: Morning) -> Iterator[str]:
    """The network took each text once, and once more for every cause at most."""
    counts = Counter(message.key for message in night.texts.taken)
    for key, count in counts.items():
        causes = night.texts.excuses.get(key, [])
        if count > 1 + len(causes):
            yield f"{key} was sent {count} times, for {causes or 'no cause'}"


def nobody_is_paged_twice_without_cause(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Between two pages to one person for one crisis, the pages have begun anew."""
    for ref, lines in at_dawn.timelines.items():
        asked: set[str | None] = set()
        for line in lines:
            if line.kind in ANEW:
                asked.clear()
            elif line.kind == "paged":
                if line.who in asked:
                    yield f"crisis {ref}: {line.who} was paged twice in one round"
                asked.add(line.who)


def one_owner_at_a_time(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Nobody takes what somebody else has, unless it was handed to them.

    In the order in which it happened: what was kept in a journal is written later, and whoever
    takes a crisis meanwhile can't know of it.
    """
    for ref, lines in at_dawn.timelines.items():
        taken: TimelineRow | None = None
        handed_to: str | None = None
        for line in sorted(lines, key=lambda line: (line.at, line.id)):
            if line.kind == "accepted":
                free = taken is None or line.who in (taken.who, handed_to) or line.by
                if not free and taken and not _was_unknown(taken, line, lines):
                    yield f"crisis {ref} belongs to {taken.who} and {line.who}"
                taken, handed_to = line, None
            elif line.kind in LOSES:
                taken = None
            elif line.kind == "hand_off_asked":
                handed_to = line.who


def _was_unknown(earlier: TimelineRow, later: TimelineRow, lines: Sequence[TimelineRow]) -> bool:
    """Whether the earlier line was kept in a journal, and written only after the later one.

    What happened long after it was written before it.
    """
    ids, long_after = (earlier.id or 0), earlier.at + KEPT_FOR
    return ids > (later.id or 0) and any(
        (line.id or 0) < ids and line.at > long_after for line in lines
    )


def nobody_accepts_without_a_word(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Whoever accepted has pressed a key, written a text or been on the web: no machine has."""
    for ref, lines in at_dawn.timelines.items():
        for line in lines:
            if line.kind == "accepted" and line.who not in night.calls.said_yes:
                yield f"crisis {ref} was accepted by {line.who}, who has not said a word"


def every_promise_is_written_down(night: Night, at_dawn: Morning) -> Iterator[str]:
    """What people were told is done is on the timeline."""
    of_call = {contact.call_sid: contact.crisis_ref for contact in at_dawn.contacts}
    for promise in night.promises.made:
        ref = promise.ref or of_call.get(promise.call_sid, "of an unknown call")
        if not any(_keeps(line, promise) for line in at_dawn.timelines.get(ref, [])):
            told = f"{promise.who} was told “{promise.kind}”"
            yield f"crisis {ref}: {told}, nothing is written"


def _keeps(line: TimelineRow, promise: Promise) -> bool:
    kinds = {promise.kind}
    if promise.kind == "declined":
        kinds.add("given_back")
    text_fits = promise.text is None or line.text == promise.text
    return line.kind in kinds and line.who == promise.who and text_fits


def every_contact_is_there_once(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Calls, texts of clients and handovers that were answered are there, each once."""
    calls = Counter(contact.call_sid for contact in at_dawn.contacts)
    for call in night.calls.made:
        if call.answered and calls[call.sid] != 1:
            yield f"call {call.sid} has {calls[call.sid]} contacts"
    texts = Counter(
        (contact.phone, contact.concern) for contact in at_dawn.contacts if contact.source == "text"
    )
    for text in night.promises.texts.values():
        if texts[text] != 1:
            yield f"a client's text has {texts[text]} contacts"
    reports = Counter(c.crisis_ref for c in at_dawn.contacts if c.source == "webhook")
    for ref, messages in Counter(night.promises.handed_over.values()).items():
        if reports[ref] < messages:
            yield f"crisis {ref} has {reports[ref]} contacts of {messages} handovers"
    if sum(reports.values()) > night.handovers:
        yield f"{night.handovers} handovers left {sum(reports.values())} contacts"


def the_board_has_no_gaps(night: Night, at_dawn: Morning) -> Iterator[str]:
    """The numbers of the board's changes follow each other."""
    numbers = at_dawn.board
    if numbers and list(numbers) != list(range(numbers[0], numbers[0] + len(numbers))):
        yield "the numbers of the board's changes have gaps"


def no_text_tells_who_the_client_is(night: Night, at_dawn: Morning) -> Iterator[str]:
    """A text is not private."""
    for message in night.texts.taken:
        if SECRET.search(message.body):
            yield f"text {message.sid} tells who the client is"


def pages_are_not_late_in_a_calm_night(night: Night, at_dawn: Morning) -> Iterator[str]:
    """Where nothing fails, a page is asked for within a few seconds."""
    if not night.plan.is_calm or len(night.plan.contacts) > 20:
        return
    for row in at_dawn.outbox:
        first = night.texts.first_asked.get(row.key)
        if row.to_phone and first is not None and (first - row.due_at).total_seconds() > 5:
            yield f"{row.key} was late"
