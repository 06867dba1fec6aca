"""Several nodes on one outbox: one dies at any point, and what was promised is sent by another."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from notifications import nodes
from notifications.outbox import LEASE
from notifications.sending import Sent
from notifications.twilio import Fate, SendFailed
from tests.sending.post import Post

LOST = nodes.LOST_AFTER.total_seconds()


def test_two_nodes_never_take_the_same_row(post: Post) -> None:
    refs = [post.crisis_is_reported() for _ in range(3)]
    first, second = post.a.claim(2), post.b.claim(8)
    assert len({row.key for row in (*first, *second)}) == len(refs)
    assert post.a.claim(8) == []


def test_what_a_node_claimed_that_died_is_sent_by_another_within_five_seconds(post: Post) -> None:
    post.crisis_is_reported()
    assert post.a.claim(8)
    assert post.after(LOST, post.b) == [], "it might still be on its way"
    assert post.after(1, post.b) == [("sms", "cho")]


def test_what_was_claimed_by_a_commit_that_was_not_answered_is_sent_at_once(post: Post) -> None:
    """The node holds it and does not know: without looking again it would wait out its lease."""
    post.crisis_is_reported()

    def cut_off(connection: Connection) -> None:
        connection.connection.commit()
        raise OperationalError("commit", None, Exception("connection lost"))

    event.listen(post.engine, "commit", cut_off)
    with pytest.raises(OperationalError):
        post.a.claim(8)
    event.remove(post.engine, "commit", cut_off)
    post.a.beat("test")
    assert post.after(1, post.a) == [("sms", "cho")]
    assert post.after(LOST, post.a) == []


def test_what_a_node_sent_and_did_not_write_down_is_sent_again(post: Post) -> None:
    """Sent, then marked: a page that comes twice beats one that never comes."""
    post.crisis_is_reported()
    [row] = post.a.claim(8)
    assert isinstance(post.a.send(row), Sent)
    assert post.asked() == [("sms", "cho")]
    assert post.after(LOST + 1, post.b) == [("sms", "cho")]


def test_unless_twilio_reports_meanwhile_that_it_has_arrived(post: Post) -> None:
    post.crisis_is_reported()
    [row] = post.a.claim(8)
    post.a.send(row)
    post.reports(post.last("sms", "cho"), "delivered")
    post.asked()
    assert post.after(30, post.b) == []


def test_a_node_that_lives_keeps_what_it_holds_for_the_length_of_a_lease(post: Post) -> None:
    post.crisis_is_reported()
    assert post.a.claim(8)
    for _ in range(int(LEASE.total_seconds()) - 1):
        post.a.beat("test")
        assert ("sms", "cho") not in post.after(1, post.b)


def test_a_lease_that_is_over_is_over_even_if_its_node_lives(post: Post) -> None:
    """A thread may hang though its node does not."""
    post.crisis_is_reported()
    [row] = post.a.claim(8)
    for _ in range(int(LEASE.total_seconds()) + 2):
        post.a.beat("test")
        post.after(1, post.b)
    assert post.last("sms", "cho").row == row.id


def test_a_node_that_was_taken_over_changes_nothing_by_a_late_failure(post: Post) -> None:
    ref = post.crisis_is_reported()
    [row] = post.a.claim(8)
    post.after(LOST + 1, post.b)
    post.a.settle(row, SendFailed("timed out"))
    [text, *_] = post.outbox(ref)
    assert text.state == "sent"


def test_a_node_that_stops_lets_go_at_once(post: Post) -> None:
    post.crisis_is_reported()
    post.a.claim(8)
    post.a.leave()
    assert post.pass_on(post.b) == [("sms", "cho")]


def test_a_report_that_comes_before_its_sending_was_written_down_counts(post: Post) -> None:
    ref = post.crisis_is_reported()
    [row] = post.a.claim(8)
    sent = post.a.send(row)
    post.reports(post.last("sms", "cho"), "delivered")
    post.a.settle(row, sent)
    [text, *_] = post.outbox(ref)
    assert (text.state, text.provider_status, text.check_at) == ("sent", "delivered", None)


def test_a_request_that_timed_out_and_was_taken_is_not_made_again(post: Post) -> None:
    post.paper.refuse = lambda _: SendFailed("timed out")
    post.crisis_is_reported()
    post.pass_on()
    post.paper.refuse = lambda _: None
    post.reports(post.last("sms", "cho"), "delivered")
    assert post.after(30) == []


def test_whoever_must_be_told_of_a_failure_is_told_though_the_node_died_in_between(
    post: Post,
) -> None:
    def dies(*_: object) -> None:
        raise OSError("the node died")

    dying = post.sending("c", dies)
    post.paper.refuse = lambda one: SendFailed("no", 21211, 400) if one.way == "sms" else None
    post.crisis_is_reported()
    [row] = dying.claim(8)
    with pytest.raises(OSError, match="died"):
        dying.settle(row, dying.send(row))
    post.asked()
    assert ("page", "cho") in post.after(31, post.b)
    with post.work.reading() as work:
        assert not work.directory.staff["cho"].person.reachable, "and with what was wrong"


# When nothing is heard of what was sent ─────────────────────────────────────────────────────────


def test_twilio_is_asked_when_its_own_word_stays_away(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    post.paper.fates[post.last("sms", "cho").sid] = Fate("delivered")
    assert post.after(19) == []
    assert post.after(20) == [], "it knows by now that the text has arrived"
    assert post.tries(ref) == ["cho: text: delivered"]


def test_and_a_failure_that_it_tells_then_rings_the_phone(post: Post) -> None:
    post.crisis_is_reported()
    post.pass_on()
    post.paper.fates[post.last("sms", "cho").sid] = Fate("undelivered", 30005)
    assert post.after(16) == [("page", "cho")]


def test_a_text_of_which_nothing_is_ever_heard_counts_as_not_delivered(post: Post) -> None:
    """It is for the leads' alarms that this matters: the next of them is told."""
    ref = post.crisis_is_reported()
    post.pass_on()
    post.says("cho", "1")
    post.pass_on()
    post.clock.at += timedelta(minutes=20)
    post.after(31)
    assert "cho: text: sent, but nobody knows whether it arrived" in post.tries(ref)


def test_reports_that_come_late_doubled_or_out_of_order_change_nothing(post: Post) -> None:
    ref = post.crisis_is_reported()
    post.pass_on()
    text = post.last("sms", "cho")
    for status in ("delivered", "delivered", "undelivered", "failed"):
        post.reports(text, status)
    assert post.tries(ref) == ["cho: text: delivered"]
    assert post.pass_on() == []


def test_a_drills_clock_makes_no_lease_shorter_than_a_slow_request(post: Post) -> None:
    fast = post.sending("fast", speed=20)
    post.crisis_is_reported()
    [row] = fast.claim(8)
    assert row.lease_until == post.clock.at + 20 * LEASE
