"""What hospitals send is kept once, byte for byte, and read in order; a repeat gets one answer."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispatch.database import make_engine
from dispatch.hospital_tables import HospitalRow, InboxRow
from dispatch.store import inbox
from dispatch.store.inbox import Channel, Kept, Letter, LetterState
from dispatch.unit_of_work import UnitsOfWork
from tests.clocks import HeldClock
from tests.databases import until_somebody_waits

NIGHT = datetime(2026, 1, 10, 11, 10, tzinfo=UTC)
RAW = bytes(range(256)) + b"MSH|^~\\&|\r"
LETTER = Letter(Channel.MLLP, "mercy", "EPIC|MERCY", "MSG1", RAW, b"\x0bMSH|ack\x1c\r")


@pytest.fixture
def work(database_url: str) -> Iterator[UnitsOfWork]:
    engine = make_engine(database_url)
    clock = HeldClock(NIGHT)
    work = UnitsOfWork(engine, clock, lambda _: None)
    with work.storing() as (session, _):
        session.add(
            HospitalRow(id="mercy", name="Test Mercy", timezone="America/Los_Angeles", rules={})
        )
    yield work
    engine.dispose()


def keep(work: UnitsOfWork, letter: Letter) -> Kept:
    with work.storing() as (session, now):
        return inbox.keep(session, letter, now)


def rows(work: UnitsOfWork) -> list[InboxRow]:
    with Session(work.engine) as session:
        return list(session.exec(select(InboxRow).order_by(col(InboxRow.id))))


def claimed(work: UnitsOfWork) -> list[str]:
    """Which letters are read, one transaction each, until none waits."""
    found = []
    while True:
        with work.storing() as (session, now):
            row = inbox.claim(session)
            if row is None:
                return found
            found.append(row.message_id)
            inbox.settle(session, row, LetterState.READ, "", now)


def test_every_byte_is_kept_as_it_came(work: UnitsOfWork) -> None:
    assert keep(work, LETTER) == Kept(LETTER.answer, is_new=True, received_at=NIGHT)
    [row] = rows(work)
    assert bytes(row.raw) == RAW
    assert (row.hospital_id, row.state, row.received_at) == ("mercy", "waiting", NIGHT)


def test_what_comes_again_is_kept_once_and_answered_as_the_first_time(work: UnitsOfWork) -> None:
    keep(work, LETTER)
    again = keep(work, replace(LETTER, answer=b"another acknowledgement"))
    assert again == Kept(LETTER.answer, is_new=False, received_at=NIGHT)
    [row] = rows(work)
    assert row.repeats == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(LETTER, raw=RAW + b"PID|1\r"),
        replace(LETTER, sender="EPIC|NORTH"),
        replace(LETTER, message_id="MSG2"),
        replace(LETTER, channel=Channel.HL7),
    ],
    ids=["body", "sender", "id", "channel"],
)
def test_what_differs_is_kept_beside_it(work: UnitsOfWork, other: Letter) -> None:
    keep(work, LETTER)
    assert keep(work, other).is_new
    assert len(rows(work)) == 2


def test_the_same_id_with_another_body_can_be_told(work: UnitsOfWork) -> None:
    for letter in (LETTER, replace(LETTER, raw=b"corrected"), replace(LETTER, message_id="")):
        keep(work, letter)
    keep(work, replace(LETTER, message_id="", raw=b"no name either"))
    with Session(work.engine) as session:
        kept = session.exec(select(InboxRow).order_by(col(InboxRow.id))).all()
        assert [inbox.came_before(session, row) for row in kept] == [False, True, False, False]


def test_a_repeat_that_overtakes_the_commit_waits_for_it(work: UnitsOfWork) -> None:
    """Two connections send the same at once: neither is answered before one is committed."""
    answers: list[Kept] = []
    with work.storing() as (session, now):
        inbox.keep(session, LETTER, now)
        second = threading.Thread(target=lambda: answers.append(keep(work, LETTER)))
        second.start()
        until_somebody_waits(work.engine)
        assert answers == []
    second.join(10)
    assert answers == [Kept(LETTER.answer, is_new=False, received_at=NIGHT)]


def test_they_are_read_in_the_order_in_which_they_came(work: UnitsOfWork) -> None:
    names = [f"MSG{number}" for number in range(5)]
    for name in names:
        keep(work, replace(LETTER, message_id=name))
    assert claimed(work) == names
    assert claimed(work) == []


def test_two_readers_never_read_the_same(work: UnitsOfWork) -> None:
    for name in ("MSG1", "MSG2"):
        keep(work, replace(LETTER, message_id=name))
    with work.storing() as (one, _), work.storing() as (other, _):
        first, second = inbox.claim(one), inbox.claim(other)
        assert first is not None
        assert second is not None
        assert (first.message_id, second.message_id) == ("MSG1", "MSG2")


def test_what_was_not_understood_waits_for_a_person_and_can_be_read_again(
    work: UnitsOfWork,
) -> None:
    keep(work, LETTER)
    with work.storing() as (session, now):
        row = inbox.claim(session)
        assert row is not None
        inbox.settle(session, row, LetterState.QUARANTINED, "There is no MSH segment.", now)
    [quarantined] = [row for row in rows(work) if row.state == "quarantined"]
    number = quarantined.id or 0
    with work.storing() as (session, _):
        [(row, size)] = inbox.listed(session, LetterState.QUARANTINED, "mercy", None, 10)
        assert (row.reason, size) == ("There is no MSH segment.", len(LETTER.raw))
        assert inbox.quarantined(session) == {"mercy": 1}
        assert inbox.replay(session, number)
        assert not inbox.replay(session, number), "it waits already"
        assert not inbox.replay(session, number + 1), "there is none"
    assert claimed(work) == ["MSG1"]


def test_texts_that_the_database_cannot_hold_lose_no_letter(work: UnitsOfWork) -> None:
    odd = replace(LETTER, sender="EP\x00IC", message_id="MSG\ud800")
    assert keep(work, odd).is_new
    assert not keep(work, odd).is_new
    [row] = rows(work)
    assert (row.sender, row.message_id) == ("EPIC", "MSG?")


def test_a_hospital_that_is_unknown_is_kept_too_but_never_invented(work: UnitsOfWork) -> None:
    assert keep(work, replace(LETTER, hospital=None)).is_new
    with pytest.raises(IntegrityError):
        keep(work, replace(LETTER, hospital="nowhere", message_id="MSG9"))
