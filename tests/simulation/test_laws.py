"""A test of the simulator's strictest law: what it lets pass, and what it never does."""

from datetime import UTC, datetime, timedelta
from typing import cast

from dispatch.tables import TimelineRow
from tests.simulation.laws import Morning, one_owner_at_a_time
from tests.simulation.night import Night

NIGHT = datetime(2026, 1, 10, 11, 10, tzinfo=UTC)


def told(*lines: tuple[float, str, str]) -> list[str]:
    """What the law says of one timeline: (second, kind, who), in the order of writing."""
    rows = [
        TimelineRow(
            id=number,
            crisis_ref="K7Q",
            at=NIGHT + timedelta(seconds=second),
            kind=kind,
            who=who,
            text="",
        )
        for number, (second, kind, who) in enumerate(lines, 1)
    ]
    at_dawn = Morning([], [], {"K7Q": rows}, [], [])
    return list(one_owner_at_a_time(cast(Night, None), at_dawn))


def test_two_owners_at_once_are_never_excused() -> None:
    found = ["crisis K7Q belongs to ana and ben"]
    assert told((0, "accepted", "ana"), (1, "accepted", "ben")) == found
    assert told((0, "accepted", "ana"), (900, "accepted", "ben")) == found
    in_two_transactions = told((1, "accepted", "ben"), (0, "accepted", "ana"))
    assert in_two_transactions == found, "nothing says that the first was kept in a journal"


def test_who_takes_it_meanwhile_cannot_know_of_what_a_journal_keeps() -> None:
    """What was written between the two happened long after the first: that lay in a journal."""
    kept = ((2, "accepted", "ben"), (60, "paged", "cleo"), (0, "accepted", "ana"))
    assert told(*kept) == []
    soon = ((2, "accepted", "ben"), (2.5, "paged", "cleo"), (0, "accepted", "ana"))
    assert told(*soon) == ["crisis K7Q belongs to ana and ben"]


def test_letting_go_or_handing_over_makes_room() -> None:
    for kind in ("lapsed", "given_back", "reopened"):
        assert told((0, "accepted", "ana"), (1, kind, "ana"), (2, "accepted", "ben")) == []
    assert told((0, "accepted", "ana"), (1, "hand_off_asked", "ben"), (2, "accepted", "ben")) == []
    assert told((0, "accepted", "ana"), (1, "hand_off_asked", "cho"), (2, "accepted", "ben"))
    assert told((0, "accepted", "ana"), (1, "accepted", "ana")) == [], "twice is no contradiction"
