"""What is asked about a conference is asked once, whichever node dies."""

from datetime import timedelta

import pytest

from notifications import outbox
from notifications.outbox import Kind
from notifications.twilio import SendFailed
from tests.sending.post import Post


@pytest.fixture
def ref(post: Post) -> str:
    """A crisis whose worker is to be moved into a conference; its pages are sent."""
    ref = post.crisis_is_reported()
    post.pass_on()
    with post.work() as work:
        outbox.put_about_room(
            work.session,
            Kind.MOVE_WORKER,
            key=f"{ref}/room/1/move/1",
            now=work.now,
            crisis_ref=ref,
            leg_sid="CAana",
            body="<Response/>",
            options={"leg": 1},
        )
    return ref


def test_a_node_that_took_it_and_died_may_have_asked_for_it(post: Post, ref: str) -> None:
    """A second move would end the conference that the first one has begun."""
    assert [row.kind for row in post.a.claim(8)] == ["move_worker"]
    post.clock.at += timedelta(seconds=8)
    assert ("redirect", "CAana") not in post.pass_on(post.b)
    with post.work.reading() as work:
        assert not outbox.is_sent(work.session, f"{ref}/room/1/move/1")


def test_twilio_is_not_asked_again_after_a_failure(post: Post, ref: str) -> None:
    post.paper.refuse = lambda asked: SendFailed("busy") if asked.way == "redirect" else None
    assert post.pass_on().count(("redirect", "CAana")) == 1
    assert ("redirect", "CAana") not in post.after(15)
