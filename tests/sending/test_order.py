"""What is sent first where much waits: what somebody waits for now."""

from datetime import timedelta

import pytest

from notifications import outbox
from notifications.outbox import NOTICE_LIFE, PAGE_LIFE
from tests.scenarios.ridge import PHONES
from tests.sending.post import Post


def write(post: Post, key: str, life: timedelta) -> None:
    """Somebody is to be texted; a second later something else happens."""
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


def test_notices_about_rotas_wait_for_crises_and_for_answers(post: Post) -> None:
    write(post, "notice", NOTICE_LIFE)
    write(post, "reply/SM1", PAGE_LIFE)
    ref = post.crisis_is_reported()
    claimed = [row.crisis_ref or row.key for _ in range(3) for row in post.a.claim(1)]
    assert claimed == ["reply/SM1", ref, "notice"]


@pytest.mark.parametrize(
    ("key", "life", "holds", "breaks"),
    [("reply/SM1", PAGE_LIFE, 59, 62), ("notice", NOTICE_LIFE, 15 * 60 + 58, 15 * 60 + 62)],
)
def test_what_waits_too_long_breaks_a_promise(
    post: Post, key: str, life: timedelta, holds: int, breaks: int
) -> None:
    began = post.clock.at
    write(post, key, life)
    word = "crisis none: a sms has waited too long to be sent"
    for seconds, told in ((holds, []), (breaks, [word])):
        post.clock.at = began + timedelta(seconds=seconds)
        assert [one for one in post.violations() if "waited" in one] == told
    post.pass_on()
