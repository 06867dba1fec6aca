"""The policy of calling back: who may, what becomes of it, who is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.crisis import CallStage, Channel, Crisis, Disposition, Source
from dispatch.escalation import decide, new_crisis
from dispatch.events import (
    Accepted,
    CallBackAsked,
    CallBackEnd,
    CallBackEnded,
    CallBackMoved,
    CallBackTried,
    Closed,
    Event,
    LegOutcome,
    Record,
    Refused,
    Reported,
    ReportedAgain,
    Tell,
    TellKind,
)
from oncall.ladder import next_to_ask
from tests.core.build import NIGHT, ladder_of, only

LADDER = ladder_of("ana", "ben", "eli")


class Told:
    """One crisis that Ana has accepted, told event by event."""

    def __init__(self) -> None:
        self.crisis: Crisis = new_crisis("K7Q", "north", Source.WEBHOOK, NIGHT)
        self.lines: list[str] = []
        self.tells: list[Tell] = []
        self.happens(Reported(), Accepted("ana", Channel.SMS))

    def happens(self, *events: Event) -> None:
        for event in events:
            decision = decide(self.crisis, event, NIGHT, LADDER)
            self.crisis = decision.crisis
            self.lines = [record.text for record in only(decision.effects, Record)]
            self.tells = only(decision.effects, Tell)

    @property
    def stage(self) -> str | None:
        return self.crisis.calling.stage if self.crisis.calling else None


ASKED = CallBackAsked("ana", Channel.SMS)
RINGS = CallBackMoved("ana", CallStage.CLIENT)
TALKS = CallBackMoved("ana", CallStage.TALKING)


def tried(
    outcome: LegOutcome, *, bridged: bool = False, seconds: int = 0, owner_gone: bool = False
) -> CallBackTried:
    return CallBackTried("ana", outcome, bridged, seconds, owner_gone)


def test_a_call_back_from_the_wish_to_the_end() -> None:
    told = Told()
    told.happens(ASKED)
    assert (told.stage, told.lines) == ("owner", ["asked by sms to call the client"])
    told.happens(RINGS)
    assert (told.stage, told.lines) == ("client", ["client's phone is being rung"])
    told.happens(TALKS)
    assert (told.stage, told.lines) == ("talking", ["is connected with the client"])
    told.happens(tried(LegOutcome.COMPLETED, bridged=True, seconds=64, owner_gone=True))
    assert told.lines == ["was connected with the client's phone for 64 s"]
    told.happens(CallBackEnded("ana", CallBackEnd.DONE))
    assert (told.stage, told.lines, told.tells) == (None, [], [])
    assert told.crisis.owner == "ana"


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (LegOutcome.BUSY, "client's phone is busy"),
        (LegOutcome.NO_ANSWER, "client's phone was not answered"),
        (LegOutcome.FAILED, "client's phone could not be reached"),
    ],
)
def test_a_client_who_is_not_reached_stays_the_owners(outcome: LegOutcome, text: str) -> None:
    told = Told()
    told.happens(ASKED, RINGS, tried(outcome))
    assert (told.lines, told.stage, told.crisis.owner) == ([text], "owner", "ana")


@pytest.mark.parametrize("end", [e for e in CallBackEnd if e is not CallBackEnd.DONE])
def test_every_other_end_is_told_and_the_owner_only_where_they_may_not_know(
    end: CallBackEnd,
) -> None:
    told = Told()
    told.happens(ASKED, CallBackEnded("ana", end))
    assert len(told.lines) == 1
    not_reached = end in (CallBackEnd.NOT_ANSWERED, CallBackEnd.NO_KEY, CallBackEnd.NOT_RUNG)
    kinds = [tell.kind for tell in told.tells]
    assert kinds == ([TellKind.NOT_CONNECTED] if not_reached else [])
    assert told.stage is None


def test_only_the_owner_may_and_once_at_a_time() -> None:
    told = Told()
    with pytest.raises(Refused) as refused:
        told.happens(CallBackAsked("ben", Channel.WEB))
    assert (refused.value.reason, refused.value.owner) == ("taken", "ana")
    told.happens(ASKED)
    with pytest.raises(Refused, match="rung for it already"):
        told.happens(ASKED)


def test_what_has_become_of_it_counts_when_the_key_is_pressed() -> None:
    told = Told()
    told.happens(ASKED, Closed(Disposition.NOT_A_CRISIS))
    with pytest.raises(Refused, match="closed"):
        told.happens(RINGS)


def test_a_colleague_who_has_taken_it_over_may_not_call_into_a_talk() -> None:
    told = Told()
    told.happens(ASKED, RINGS, TALKS)
    told.crisis = _owned_by(told.crisis, "ben")
    with pytest.raises(Refused, match="is running already"):
        told.happens(CallBackAsked("ben", Channel.WEB))


def test_of_two_owners_one_after_the_other_the_later_ones_call_is_shown() -> None:
    told = Told()
    told.happens(ASKED)
    told.crisis = _owned_by(told.crisis, "ben")
    told.happens(CallBackAsked("ben", Channel.WEB), CallBackEnded("ana", CallBackEnd.NO_KEY))
    assert told.tells == [], "Ana has nothing to try again"
    assert told.crisis.calling is not None
    assert told.crisis.calling.staff == "ben"


def _owned_by(crisis: Crisis, staff: str) -> Crisis:
    return replace(crisis, owner=staff)


def test_whoever_calls_back_has_answered_for_a_further_contact() -> None:
    told = Told()
    told.happens(ReportedAgain())
    assert told.crisis.due_at == NIGHT + timedelta(seconds=120)
    told.happens(ASKED)
    assert told.crisis.due_at is not None, "a wish is no call yet: perhaps it is a stranger's"
    told.happens(RINGS)
    assert told.crisis.due_at is None


def test_a_further_contact_during_the_talk_does_not_take_the_crisis_away() -> None:
    told = Told()
    told.happens(ASKED, RINGS, TALKS, ReportedAgain())
    assert told.crisis.due_at is None
    assert [tell.kind for tell in told.tells] == [TellKind.NEW_CONTACT]


@pytest.mark.parametrize(
    ("asks", "asked", "to"),
    [
        ("ana", (), "ben"),
        ("ben", (), "eli"),
        ("eli", (), "ana"),  # nobody stands above: the foot of the ladder
        ("gus", (), "ana"),  # who stands nowhere asks the first
        ("ana", ("ben",), "eli"),
        ("ana", ("ben", "eli"), "ben"),  # all were asked: again from the first
    ],
)
def test_who_is_paged_as_backup(asks: str, asked: tuple[str, ...], to: str) -> None:
    assert next_to_ask(LADDER, asks, asked) == to


def test_nobody_else_on_the_ladder_is_nobody_to_page() -> None:
    assert next_to_ask(ladder_of("ana", None, "ana"), "ana", ()) is None
