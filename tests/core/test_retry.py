"""What a failed sending deserves."""

from datetime import timedelta

import pytest

from notifications.retry import PAUSES, Failure, GiveUp, RetryAt, after_failure, kind_of


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (21610, Failure.PERMANENT),  # they texted STOP
        (30006, Failure.PERMANENT),  # a landline
        (20003, Failure.CONFIGURATION),  # our own password is wrong
        (30034, Failure.CONFIGURATION),  # our number is not registered
        (20429, Failure.TRANSIENT),  # too many at once
        (30003, Failure.TRANSIENT),  # their phone is off
        (99999, Failure.UNKNOWN),
    ],
)
def test_twilios_codes_mean_what_its_manual_says(code: int, failure: Failure) -> None:
    assert kind_of(code, 400) is failure


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_silence_and_a_busy_server_may_pass(status: int | None) -> None:
    """A request that timed out may have been sent: a duplicate page beats a lost page."""
    assert kind_of(None, status) is Failure.TRANSIENT


def test_any_other_refusal_is_a_failure_without_a_name() -> None:
    assert kind_of(None, 400) is Failure.UNKNOWN


def test_only_what_may_pass_is_tried_again() -> None:
    for failure in Failure:
        again = isinstance(after_failure(failure, 1), RetryAt)
        assert again == (failure is Failure.TRANSIENT)


def test_the_pauses_grow_and_end_before_the_next_rung_would_be_paged() -> None:
    answers = [after_failure(Failure.TRANSIENT, attempt) for attempt in range(1, 7)]
    waits = [answer.pause for answer in answers if isinstance(answer, RetryAt)]
    assert waits == sorted(waits)
    assert len(waits) == len(PAUSES)
    assert sum(waits, timedelta()) < timedelta(seconds=120)
    assert answers[-1] == GiveUp(Failure.TRANSIENT)
