"""What is sent first where much waits: what somebody waits for now."""

from notifications import outbox
from notifications.outbox import NOTICE_LIFE, PAGE_LIFE
from tests.scenarios.ridge import PHONES
from tests.sending.post import Post


def test_notices_about_rotas_wait_for_crises_and_for_answers(post: Post) -> None:
    for key, life in (("notice", NOTICE_LIFE), ("reply/SM1", PAGE_LIFE)):
        with post.work() as work:
            outbox.put_words(
                work.session,
                key=key,
                now=work.now,
                to_phone=PHONES["cho"],
                from_phone="+15035550101",
                body="words",
                life=life,
            )
        post.clock.skip(seconds=1)
    ref = post.crisis_is_reported()
    claimed = [row.crisis_ref or row.key for _ in range(3) for row in post.a.claim(1)]
    assert claimed == ["reply/SM1", ref, "notice"]
