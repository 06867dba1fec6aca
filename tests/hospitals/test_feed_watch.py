"""The watch over feeds: who is in charge hears of it by day, again next day, and of its end."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlmodel import Session, col, select

from dispatch.commands.feed_reads import heard
from dispatch.commands.feed_watch import FeedWatch, open_alarms
from dispatch.commands.logins import audit
from dispatch.commands.rosters import export
from dispatch.episode_tables import CandidateRow, NoticeRow
from dispatch.feed_tables import FeedAlarmRow
from dispatch.hospital_tables import InboxRow
from dispatch.store import inbox
from dispatch.store.feeds import LETTER_READ
from dispatch.store.inbox import Channel, Letter, LetterState
from dispatch.tables import ClientRow
from dispatch.troubles import About, Troubles
from tests.scenarios.ridge import URL, Ridge, ridge_agency, wall

HOSPITALS = """
clients:
  - {id: C-1, name: Test Person One, birth_date: 1984-03-02, team: north}
hospitals:
  - {id: mercy, name: Test Mercy, timezone: America/Los_Angeles, in_charge: ana}
networks:
  - {id: hie, name: Test Network, valid_days: 30, in_charge: gus}
teams:
"""

NOON = "2026-11-27 12:00"


class Feeds:
    """The ridge, with a hospital that tells it something every two hours since eight weeks."""

    def __init__(self, url: str) -> None:
        self.ridge = Ridge(url, ridge_agency("teams:\n", HOSPITALS))
        self.troubles = Troubles()
        self.watch = self.node()
        self.at(NOON)
        with self.ridge.work() as work:
            export(work, "hie", by="Eli Sample", login="eli")
            work.session.execute(insert(InboxRow), list(map(self.told, range(0, 8 * 7 * 24, 2))))
        self.ridge.texted()

    def node(self) -> FeedWatch:
        return FeedWatch(self.ridge.work, URL, self.troubles)

    def told(self, hours_ago: int) -> dict[str, object]:
        """The row of something that came, and was read, so many hours ago."""
        return {
            "received_at": self.ridge.clock.at - timedelta(hours=hours_ago),
            "channel": "mllp",
            "hospital_id": "mercy",
            "sender": "s",
            "message_id": "",
            "digest": str(hours_ago).encode(),
            "raw": b"raw",
            "answer": b"ok",
            "state": LetterState.READ.value,
            "reason": "",
            "repeats": 0,
        }

    def at(self, text: str) -> None:
        self.ridge.clock.at = wall(text)

    def tells(self, session: Session, hours_ago: float, state: LetterState) -> None:
        now = self.ridge.clock.at
        letter = Letter(Channel.MLLP, "mercy", "s", f"{now} {hours_ago} {state}", b"raw", b"ok")
        inbox.keep(session, letter, now - timedelta(hours=hours_ago))
        query = select(InboxRow).where(InboxRow.message_id == letter.message_id)
        row = session.exec(query).one()
        row.state, row.settled_at = state.value, row.received_at
        session.add(row)

    def looks(self, text: str) -> dict[str, list[str]]:
        """The watch looks at a time; who is texted what."""
        self.at(text)
        self.watch.look()
        return self.ridge.texted()

    @property
    def wrong(self) -> list[str]:
        with self.ridge.work.reading() as work:
            return [row.what for row in open_alarms(work)]


@pytest.fixture
def feeds(database_url: str) -> Iterator[Feeds]:
    feeds = Feeds(database_url)
    yield feeds
    feeds.ridge.close()


def test_whoever_is_in_charge_hears_of_a_silence_by_day_daily_and_of_its_end(feeds: Feeds) -> None:
    assert feeds.looks("2026-11-27 17:59") == {}
    said = "Test Mercy has sent nothing since Fri Nov 27 12:00; usually it pauses 2 h at most."
    assert feeds.looks("2026-11-27 18:00") == {"ana": [f"Vigil: {said} {URL}/hospitals"]}
    assert feeds.looks("2026-11-27 18:01") == {}, "nobody is told twice"
    feeds.watch = feeds.node()
    assert feeds.looks("2026-11-27 23:00") == {}, "nor by another node"
    assert feeds.troubles.now()[0].about is About.FEEDS
    assert "Mercy" not in feeds.troubles.now()[0].text, "boards show how many"
    assert feeds.looks("2026-11-28 18:00") == {"ana": [f"Vigil: still so: {said} {URL}/hospitals"]}
    feeds.at("2026-11-29 03:00")
    with feeds.ridge.work() as work:
        assert heard(work)["mercy"].is_silent
        feeds.tells(work.session, 0, LetterState.READ)
    feeds.watch.look()
    [row] = [row for row in feeds.ridge.rows() if "over" in (row.body or "")]
    assert (row.staff_id, row.due_at) == ("ana", wall("2026-11-29 08:00")), "not at night"
    assert feeds.wrong == []
    assert feeds.troubles.now() == ()


def test_what_falls_silent_at_night_is_told_in_the_morning(feeds: Feeds) -> None:
    feeds.at("2026-11-27 18:30")
    with feeds.ridge.work() as work:
        feeds.tells(work.session, 0, LetterState.READ)
    assert feeds.looks("2026-11-28 00:31") == {}
    assert feeds.wrong == ["silent/mercy"], "it is shown at once"
    assert feeds.looks("2026-11-28 07:59") == {}
    assert list(feeds.looks("2026-11-28 08:00")) == ["ana"]


def test_a_quarantine_that_nobody_opens_is_told_after_an_hour(feeds: Feeds) -> None:
    with feeds.ridge.work() as work:
        feeds.tells(work.session, 0, LetterState.QUARANTINED)
    assert feeds.looks("2026-11-27 12:59") == {}
    [body] = feeds.looks("2026-11-27 13:00")["ana"]
    assert "1 from Test Mercy could not be read since Fri Nov 27 12:00; nobody has looked." in body
    with feeds.ridge.work() as work:
        row = work.session.exec(select(InboxRow).where(InboxRow.state == "quarantined")).one()
        audit(work.session, work.now, "eli", LETTER_READ, str(row.id))
    assert "over: 1 from Test Mercy" in feeds.looks("2026-11-27 13:01")["ana"][0]


def test_ten_that_cannot_be_read_are_told_at_once(feeds: Feeds) -> None:
    with feeds.ridge.work() as work:
        for number in range(10):
            feeds.tells(work.session, number / 1000, LetterState.QUARANTINED)
    assert "10 from Test Mercy" in feeds.looks("2026-11-27 12:01")["ana"][0]


def test_leads_hear_at_any_hour_of_possible_clients_whom_nobody_confirms(feeds: Feeds) -> None:
    feeds.at("2026-11-28 02:00")
    with feeds.ridge.work() as work:
        feeds.tells(work.session, 0, LetterState.READ)
        client = work.session.exec(select(ClientRow)).one()
        letter = work.session.exec(select(InboxRow).order_by(col(InboxRow.id).desc())).first()
        assert letter is not None
        notice = NoticeRow(
            inbox_id=letter.id or 0,
            part=0,
            reference="NTEST",
            hospital_id="mercy",
            received_at=work.now,
            kind="admission",
            told={},
            match="possible",
        )
        work.session.add(notice)
        work.session.flush()
        work.session.add(
            CandidateRow(notice_id=notice.id or 0, client_number=client.number or 0, place=0)
        )
    assert feeds.looks("2026-11-28 02:59") == {}
    said = "North ACT: 1 hospital notice waits to be confirmed since Sat Nov 28 02:00."
    assert feeds.looks("2026-11-28 03:00") == {"eli": [f"Vigil: {said} {URL}/hospitals"]}
    with feeds.ridge.work() as work:
        work.session.exec(select(NoticeRow)).one().match = "dismissed"
    feeds.watch.look()
    assert feeds.wrong == []


def test_what_nobody_reads_out_of_the_inbox_wakes_the_administrators(feeds: Feeds) -> None:
    feeds.at("2026-11-28 02:00")
    with feeds.ridge.work() as work:
        feeds.tells(work.session, 0, LetterState.WAITING)
    texts = feeds.looks("2026-11-28 02:01")
    assert "waits unread since Sat Nov 28 02:00" in texts["fay"][0]


def test_a_roster_is_asked_for_before_it_runs_out(feeds: Feeds) -> None:
    with feeds.ridge.work() as work:
        for row in work.session.exec(select(InboxRow)):
            work.session.delete(row)
    assert feeds.looks("2026-12-13 11:59") == {}
    assert "runs out on Sun Dec 27 12:00" in feeds.looks("2026-12-13 12:00")["gus"][0]
    assert feeds.troubles.now() == (), "as yet nothing is wrong"
    assert "has run out on Sun Dec 27" in feeds.looks("2026-12-27 12:00")["gus"][0]
    assert [one.about for one in feeds.troubles.now()] == [About.FEEDS]
    with feeds.ridge.work() as work:
        export(work, "hie", by="Eli Sample", login="eli")
    assert "over" in feeds.looks("2026-12-27 12:02")["gus"][0]
    with feeds.ridge.work.reading() as work:
        [alarm] = work.session.exec(select(FeedAlarmRow))
        assert alarm.over_at == wall("2026-12-27 12:02")
