"""Cover where texts reach few: who is waited for, and what is said of leads who can't be texted."""

import pytest
from sqlmodel import select

from dispatch.commands import requests
from dispatch.store.requests import asks
from oncall.duty_tables import ShiftRequestRow
from tests.scenarios.ridge import URL, Ridge

BENS_NIGHT = "Fri Nov 27 17:00 to 08:00"


def opt_out(ridge: Ridge, *people: str) -> None:
    """Some people text STOP, and the leads have heard of it."""
    for staff in people:
        ridge.says(staff, "STOP")
    ridge.now()


def request(ridge: Ridge) -> ShiftRequestRow:
    """The only request that there is."""
    with ridge.work.reading() as work:
        return work.session.exec(select(ShiftRequestRow)).one()


def asked(ridge: Ridge) -> set[str]:
    """Who may see the question as one to them."""
    with ridge.work.reading() as work:
        return {one.staff_id for one in asks(work.session, request(ridge).ref)}


def about(texts: dict[str, list[str]], staff: str, ref: str) -> list[str]:
    """What somebody was texted about a request."""
    return [body for body in texts.get(staff, []) if ref in body]


# Who is waited for ──────────────────────────────────────────────────────────────────────────────


def test_whom_no_text_reaches_is_not_said_to_be_asked_nor_waited_for(ridge: Ridge) -> None:
    """Of four who are free only Gus takes texts: after his no the leads know at once."""
    opt_out(ridge, "ana", "cho", "eli")
    answer = ridge.says("ben", "COVER") or ""
    assert f"asking Gus Sample for primary {BENS_NIGHT}; the leads at" in answer
    ref = request(ridge).ref
    texts = ridge.now()
    assert about(texts, "gus", ref)
    assert not about(texts, "fay", ref)
    ridge.says("gus", f"NO {ref}")
    texts = ridge.now()
    [told] = about(texts, "fay", ref)
    assert told.startswith(f"Vigil {ref}: nobody has taken primary of North ACT from Ben Sample")
    assert about(texts, "ben", ref) == [
        f"Vigil {ref}: nobody has taken your shift yet. The leads know. "
        "It is yours until somebody takes it."
    ]
    assert asked(ridge) == {"ana", "cho", "eli", "gus"}, "they see it on the web"


def test_where_no_text_reaches_anybody_who_is_free_the_leads_know_at_once(ridge: Ridge) -> None:
    opt_out(ridge, "ana", "cho", "eli", "gus")
    answer = ridge.says("ben", "COVER")
    ref = request(ridge).ref
    assert answer == (
        f"Vigil {ref}: nobody to ask by text for primary, {BENS_NIGHT}. The leads know. "
        "It is yours until somebody takes it."
    )
    assert "nobody has taken primary" in about(ridge.now(), "fay", ref)[0]
    assert asked(ridge) == {"ana", "cho", "eli", "gus"}


def test_an_answer_on_the_web_counts_without_a_text(ridge: Ridge) -> None:
    opt_out(ridge, "ana", "cho", "eli", "gus")
    ridge.says("ben", "COVER")
    with ridge.work() as work:
        requests.say_yes(work, request(ridge).ref, "gus", by="Gus Sample", public_url=URL)
    assert request(ridge).taken_by == "gus"


def test_whoever_texts_stop_after_being_asked_is_waited_for_no_longer(ridge: Ridge) -> None:
    opt_out(ridge, "ana", "cho", "eli")
    ridge.says("ben", "COVER")
    ref = request(ridge).ref
    assert not about(ridge.now(), "fay", ref)
    ridge.says("gus", "STOP")
    assert "nobody has taken primary" in about(ridge.now(), "fay", ref)[0]
    assert not about(ridge.now(), "fay", ref), "once"


def test_while_somebody_who_was_texted_may_still_answer_the_leads_have_time(ridge: Ridge) -> None:
    ridge.says("ben", "COVER")
    ridge.now()
    ridge.says("gus", "STOP")
    assert not about(ridge.now(), "eli", "nobody has taken")


def test_whoever_takes_texts_again_is_texted_what_they_were_asked(ridge: Ridge) -> None:
    opt_out(ridge, "ana", "cho", "eli", "gus")
    ridge.says("ben", "COVER")
    ref = request(ridge).ref
    ridge.says("gus", "START")
    with ridge.work() as work:
        requests.say_no(work, ref, "cho", public_url=URL)
    [question] = about(ridge.now(), "gus", f"YES {ref}")
    assert "can you be primary of North ACT for Ben Sample" in question


# What is said of the leads ──────────────────────────────────────────────────────────────────────


def test_where_no_lead_can_be_texted_nobody_is_told_that_the_leads_know(ridge: Ridge) -> None:
    """Neither Eli nor Fay, the administrator, takes texts."""
    opt_out(ridge, "ana", "cho", "eli", "fay", "gus")
    answer = ridge.says("ben", "COVER")
    ref = request(ridge).ref
    assert answer == (
        f"Vigil {ref}: nobody to ask by text for primary, {BENS_NIGHT}. "
        "No lead could be texted: call one. It is yours until somebody takes it."
    )
    assert request(ridge).lead_told_at is None
    ridge.says("fay", "START")
    texts = ridge.leap("2026-11-26 16:11")
    assert about(texts, "fay", "nobody has taken primary of North ACT from Ben Sample")
    assert any("The leads know." in body for body in about(texts, "ben", ref))
    assert request(ridge).lead_told_at is not None
    assert not about(ridge.leap("2026-11-26 16:30"), "fay", "nobody has taken"), "once"


def test_a_lead_who_could_not_be_texted_is_tried_again_and_the_asker_told_once(
    ridge: Ridge,
) -> None:
    opt_out(ridge, "ana", "cho", "eli", "fay", "gus")
    ridge.says("ben", "COVER")
    said = about(ridge.until("2026-11-26 16:50"), "ben", "nobody has taken your shift")
    assert [body.partition("yet. ")[2] for body in said] == [
        "No lead could be texted: call one. It is yours until somebody takes it."
    ]


@pytest.mark.parametrize(
    ("out_of_reach", "said"),
    [
        ((), "has not said OK. The leads know."),
        (("eli",), "has not said OK. The leads know."),
        (("eli", "fay"), "has not said OK. No lead could be texted: call one."),
    ],
)
def test_the_one_who_hands_over_hears_whether_a_lead_knows(
    ridge: Ridge, out_of_reach: tuple[str, ...], said: str
) -> None:
    opt_out(ridge, *out_of_reach)
    ridge.until("2026-11-27 16:29")
    [text] = [body for body in ridge.until("2026-11-27 16:30")["ana"] if "Ben Sample" in body]
    assert text.endswith(said)
