"""What falls due by time alone: calls that were promised, follow-ups, and what is forgotten."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from dispatch.commands import promises, retention
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.commands.episodes import refresh
from dispatch.commands.hospital_steps import Done, record
from dispatch.crisis import Channel, Source
from dispatch.episode_tables import NoticeRow, PromiseRow
from dispatch.events import Accepted, Reported
from dispatch.hospital_tables import InboxRow
from dispatch.hospitals.episodes.involvement import StepKind
from dispatch.hospitals.notice import Notice, NoticeKind, Setting, Visit
from dispatch.store import crises, inbox
from dispatch.store.episodes import as_kept
from dispatch.store.inbox import Channel as Way
from dispatch.store.inbox import Letter, LetterState
from dispatch.tables import ClientRow
from tests.scenarios.ridge import URL, Ridge, ridge_agency, wall

HOSPITALS = """
clients:
  - {id: C-1, name: Test Person One, birth_date: 1984-03-02, team: north, coordinator: gus}
hospitals:
  - {id: mercy, name: Test Mercy, timezone: America/Los_Angeles, psychiatric: yes}
teams:
"""

VISIT = Visit(number="V1", setting=Setting.INPATIENT)


@pytest.fixture
def ridge(database_url: str) -> Iterator[Ridge]:
    ridge = Ridge(database_url, ridge_agency("teams:\n", HOSPITALS))
    ridge.clock.at = wall("2026-11-27 10:00")
    ridge.now()
    yield ridge
    ridge.close()


def told(texts: dict[str, list[str]], word: str) -> dict[str, list[str]]:
    """Of what was texted, what has a word in it."""
    found = {who: [body for body in bodies if word in body] for who, bodies in texts.items()}
    return {who: bodies for who, bodies in found.items() if bodies}


# The call that was promised ─────────────────────────────────────────────────────────────────────


def crisis_with_promise(ridge: Ridge, until: str, owner: str | None = "ana") -> str:
    with ridge.work() as work:
        crisis = open_crisis(work, "north", Source.WEBHOOK)
        crisis = happen(work, crisis, Reported(), public_url=URL, is_new=True).crisis
        if owner:
            happen(work, crisis, Accepted(owner, Channel.WEB), public_url=URL)
        work.session.add(PromiseRow(crisis_ref=crisis.ref, hospital_id="mercy", due_at=wall(until)))
    ridge.texted()
    return crisis.ref


def test_whoever_has_it_is_reminded_and_leads_hear_of_a_promise_that_was_broken(
    ridge: Ridge,
) -> None:
    ref = crisis_with_promise(ridge, "2026-11-27 10:30")
    ridge.clock.at = wall("2026-11-27 10:19")
    assert told(ridge.now(), "promised") == {}
    ridge.clock.at = wall("2026-11-27 10:20")
    said = f"{ref}: North ACT, the hospital was promised a call by Fri Nov 27 10:30."
    assert told(ridge.now(), "promised") == {"ana": [f"Vigil {said} {URL}/crises/{ref}"]}
    ridge.clock.at = wall("2026-11-27 10:31")
    assert [one for one in ridge.violations() if "promised a call" in one], "a check of our own"
    promises.keep_watch(ridge.work, URL)
    promises.keep_watch(ridge.work, URL)
    texts = told(ridge.now(), "NOBODY has called")
    assert {who: len(bodies) for who, bodies in texts.items()} == {"eli": 1}
    with ridge.work.reading() as work:
        lines = [row.text for row in crises.timeline(work.session, ref) if "promise" in row.kind]
    assert lines == ["the hospital was promised a call by Fri Nov 27 10:30: none yet"]


def test_a_promise_that_is_kept_is_not_spoken_of(ridge: Ridge) -> None:
    ref = crisis_with_promise(ridge, "2026-11-27 10:30")
    with ridge.work() as work:
        assert promises.kept(work, ref, "ana", work.now)
        assert not promises.kept(work, ref, "ana", work.now)
    ridge.clock.at = wall("2026-11-27 10:31")
    assert told(ridge.now(), "promised") == {}


def test_while_nobody_has_it_everybody_who_was_paged_is_reminded(ridge: Ridge) -> None:
    crisis_with_promise(ridge, "2026-11-27 10:09", owner=None)
    assert list(told(ridge.now(), "promised")) == ["ana"]


# The follow-up ──────────────────────────────────────────────────────────────────────────────────


def discharged(ridge: Ridge, at: str) -> None:
    """A stay of nine days in a psychiatric unit; its first notice is the episode's name."""
    begun = wall(at) - timedelta(days=9)
    told = [
        Notice(NoticeKind.ADMISSION, visit=VISIT, happened_at=begun),
        Notice(NoticeKind.DISCHARGE, visit=VISIT, happened_at=wall(at)),
    ]
    with ridge.work() as work:
        client = work.session.exec(select(ClientRow.number)).one() or 0
        for part, notice in enumerate(told):
            work.session.add(
                NoticeRow(
                    inbox_id=1,
                    part=part,
                    reference=("NEPISODE", "NLATER")[part],
                    hospital_id="mercy",
                    received_at=notice.happened_at or wall(at),
                    kind=notice.kind.value,
                    told=as_kept(notice),
                    match="linked",
                    client_number=client,
                )
            )
        refresh(work, client)


def reminded(ridge: Ridge, at: str) -> dict[str, list[str]]:
    ridge.clock.at = wall(at)
    ridge.node().remind_of_follow_ups()
    ridge.timers.remind_of_follow_ups()
    return told(ridge.texted(), "follow-up")


def test_a_follow_up_goes_up_the_ladder_by_day_and_daily_to_the_leads(ridge: Ridge) -> None:
    discharged(ridge, "2026-11-27 09:00")
    body = (
        "Vigil NEPISODE: North ACT, follow-up after a discharge is due by Fri Dec 4."
        f" {URL}/episodes/NEPISODE"
    )
    assert reminded(ridge, "2026-12-02 07:59") == {}, "nobody is woken for it"
    assert reminded(ridge, "2026-12-02 08:00") == {"gus": [body]}
    assert reminded(ridge, "2026-12-03 20:00") == {}
    assert list(reminded(ridge, "2026-12-04 08:00")) == ["gus", "dee"]
    assert set(reminded(ridge, "2026-12-04 12:00")) == {"gus", "dee", "eli"}
    for day in ("2026-12-05 08:00", "2026-12-06 08:00"):
        texts = reminded(ridge, day)
        assert set(texts) == {"gus", "eli"}
        assert "OVERDUE, Fri Dec 4" in texts["eli"][0]
    with ridge.work() as work:
        done = Done(StepKind.FOLLOW_UP, work.now, "gus")
        record(work, "NEPISODE", done, login="gus", name="Gus Sample")
    assert reminded(ridge, "2026-12-07 08:00") == {}, "it is done"


def test_where_the_coordinator_cannot_be_texted_it_is_whoever_is_on_call(ridge: Ridge) -> None:
    ridge.fails("gus", 21610)
    ridge.texted()
    discharged(ridge, "2026-11-27 09:00")
    assert list(reminded(ridge, "2026-12-02 09:00")) == ["ana"]


# What is forgotten ──────────────────────────────────────────────────────────────────────────────


def letter(session: Session, name: str, ridge: Ridge, *matches: str) -> None:
    kept = Letter(Way.MLLP, "mercy", "s", name, b"Test Person", b"answer")
    inbox.keep(session, kept, ridge.clock.at)
    row = session.exec(select(InboxRow).where(InboxRow.message_id == name)).one()
    row.state = LetterState.READ.value
    client = session.exec(select(ClientRow.number)).one()
    for part, match in enumerate(matches):
        session.add(
            NoticeRow(
                inbox_id=row.id or 0,
                part=part,
                reference=f"{name}{part}",
                hospital_id="mercy",
                received_at=ridge.clock.at,
                kind="admission",
                told={"person": "x"},
                match=match,
                client_number=client if match == "linked" else None,
            )
        )


def test_what_is_nobodys_is_forgotten_and_still_answered(ridge: Ridge) -> None:
    with ridge.work() as work:
        for name, matches in {
            "stranger": ["none"],
            "batch": ["dismissed", "linked"],
            "maybe": ["possible"],
            "nothing": [],
        }.items():
            letter(work.session, name, ridge, *matches)
    ridge.clock.at += retention.KEEP_UNMATCHED
    ridge.node().tidy()
    assert what_is_kept(ridge)[0] == {"stranger", "batch", "maybe", "nothing"}, "not yet"
    ridge.clock.at += timedelta(minutes=1)
    ridge.node().tidy()
    letters, notices = what_is_kept(ridge)
    assert letters == {"batch", "maybe"}
    assert notices == {"batch1", "maybe0"}
    with ridge.work() as work:
        same = Letter(Way.MLLP, "mercy", "s", "stranger", b"Test Person", b"another answer")
        again = inbox.keep(work.session, same, work.now)
        row = work.session.exec(select(InboxRow).where(InboxRow.message_id == "stranger")).one()
        assert (again.answer, again.is_new) == (b"answer", False)
        assert not inbox.replay(work.session, row.id or 0), "there is nothing left to read"


def what_is_kept(ridge: Ridge) -> tuple[set[str], set[str]]:
    with ridge.work.reading() as work:
        letters = select(InboxRow.message_id).where(InboxRow.raw != b"")
        notices = select(NoticeRow).order_by(col(NoticeRow.id))
        return (
            set(work.session.exec(letters)),
            {row.reference for row in work.session.exec(notices) if row.told is not None},
        )
