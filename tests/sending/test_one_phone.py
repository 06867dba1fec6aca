"""Two nodes never ring one phone at the same moment, however close together they claim."""

from sqlalchemy import Connection, event

from notifications import pages
from notifications.outbox import Kind, OutboxState
from notifications.tables import OutboxRow
from tests.scenarios.ridge import PHONES
from tests.sending.post import Post


def call_cho(post: Post, ref: str) -> str:
    """A page by voice for Cho is due."""
    key = f"{ref}/by-voice"
    with post.work() as work:
        pages.put_page_call(
            work.session,
            key=key,
            now=work.now,
            to_phone=PHONES["cho"],
            from_phone="+15035550101",
            crisis_ref=ref,
            staff_id="cho",
            purpose="reported",
            due_at=work.now,
        )
    return key


def test_a_second_node_that_claims_before_the_first_has_committed_waits(post: Post) -> None:
    one, other = (post.crisis_is_reported() for _ in range(2))
    post.pass_on(post.b)  # the texts of both
    first = call_cho(post, one)
    claimed_meanwhile: list[OutboxRow] | None = None

    def another_node(_: Connection) -> None:
        nonlocal claimed_meanwhile
        if claimed_meanwhile is None:
            claimed_meanwhile = []
            call_cho(post, other)
            claimed_meanwhile.extend(post.b.claim(8))

    event.listen(post.engine, "commit", another_node)
    assert [row.key for row in post.a.claim(8)] == [first]
    assert claimed_meanwhile == []
    [waits] = [row for row in post.outbox(other) if row.kind == Kind.PAGE_CALL and not row.backs]
    assert waits.state == OutboxState.WAITING
    assert waits.lease_until is None, "it is tried again when the phone is free"
