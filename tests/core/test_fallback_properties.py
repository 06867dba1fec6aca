"""For every rota and every instant of the next two days: Twilio rings whom we would have rung."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.fallback import MOST_TURNS, Bell, Crew, Fallback, Turn, fallback
from dispatch.fallback_flow import flow
from notifications.emulator.studio import _Run, check
from oncall.model import Rota
from tests.oncall.rotas import PEOPLE, rotas

LINE = "+15035550191"
PHONES = {one: f"+1503555010{place}" for place, one in enumerate(PEOPLE, 1)}
LAST = ("988", "+18002738255")

RotaNear = tuple[Rota, datetime]
ahead = st.integers(0, 48 * 60).map(lambda minutes: timedelta(minutes=minutes))


def of(rota: Rota, now: datetime) -> Fallback:
    return fallback(LINE, [Crew("North ACT", rota, PHONES)], now, LAST)


def turn_at(found: Fallback, at: datetime) -> Turn:
    """The turn that holds an instant; the last one goes on holding."""
    return next((turn for turn in found.turns if at < turn.until), found.turns[-1])


@settings(deadline=None, max_examples=50)
@given(rotas(), ahead)
def test_what_was_published_is_what_would_be_published_later(
    drawn: RotaNear, later: timedelta
) -> None:
    rota, now = drawn
    found, at = of(rota, now), now + later
    if at < found.until:
        assert turn_at(found, at).bells == of(rota, at).now.bells


@settings(deadline=None, max_examples=50)
@given(rotas())
def test_turns_follow_each_other_and_each_is_a_change(drawn: RotaNear) -> None:
    rota, now = drawn
    found = of(rota, now)
    ends = [turn.until for turn in found.turns]
    assert [*ends] == sorted(set(ends))
    assert now < ends[0]
    assert len(ends) <= MOST_TURNS
    assert all(
        one.bells != two.bells for one, two in zip(found.turns, found.turns[1:], strict=False)
    )


@settings(deadline=None, max_examples=40)
@given(rotas(), ahead)
def test_the_flow_rings_the_turn_of_its_hour(drawn: RotaNear, later: timedelta) -> None:
    rota, now = drawn
    found, at = of(rota, now), now + later
    definition = flow(found, None)
    check(definition)
    bells: tuple[Bell, ...] = turn_at(found, at).bells
    assert rung(definition, at) == [*(bell.phone for bell in bells), *LAST]


def rung(definition: dict[str, object], at: datetime) -> list[str]:
    """Whom Twilio rings for a call that comes at an instant and that nobody takes."""
    phones: list[str] = []
    said: dict[str, str] = {}
    while True:
        text = _Run(definition, said, "http://twilio/f", lambda: int(at.timestamp())).answer()
        dial = ElementTree.fromstring(text).find("Dial")
        if dial is None:
            return phones
        phones.append(dial.findtext("Number", ""))
        [said["FlowWidget"]] = parse_qs(urlsplit(dial.get("action", "")).query)["FlowWidget"]
