"""Twilio's REST API swallows every request: who calls is connected, and pages wait for their time.

The service in this process, so that its patience with the API can be shortened.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, select

from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.crisis import Source
from dispatch.events import Reported
from dispatch.troubles import About
from notifications import twilio
from notifications.attempts import Outcome
from notifications.emulator import RestFault
from notifications.outbox import Kind, OutboxState
from notifications.sender import SENDERS
from notifications.tables import AttemptRow, OutboxRow
from tests.scenarios import town
from tests.scenarios.night import Night

CRISES = 20


@pytest.fixture
def night(town_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    """Four times as fast, and a request to Twilio is given up after one second."""
    monkeypatch.setattr(twilio, "REST_TIMEOUT_SECONDS", 1)
    with Night(town_url, tmp_path, speed=4) as night:
        yield night
        night.assert_promises_kept()


def test_a_black_hole(night: Night) -> None:
    night.network.faults.rest.append(RestFault(hangs=True))
    night.gus.answers(talk_for=40)
    refs = crises_are_reported(night)
    call = night.call(town.SOUTH_CLIENT, town.SOUTH_LINE).wait_for("talking", 30)
    assert call.bridged_with == [town.GUS], "a call needs no request to Twilio"
    night.until(lambda: troubles(night) == [About.TWILIO_API], "the trouble is told", 30)
    ready = httpx.get(f"{night.base_url}/readyz", timeout=20)
    assert ready.status_code == 503
    assert [one["about"] for one in ready.json()["troubles"]] == ["twilio_api"]
    night.until(lambda: tried_in_vain(night) > SENDERS, "pages are tried again", 60)
    assert not night.ana.inbox
    night.network.faults.rest.clear()
    night.until(lambda: not unsaid(night, refs), "every page is said", 60)
    night.until(lambda: troubles(night) == [], "the trouble is over", 30)
    one_for_many = "crises wait for you"
    night.until(lambda: any(one_for_many in sms.body for sms in night.ana.inbox), "it arrives")
    assert len(night.ana.inbox) <= SENDERS, "one text for all but those that were under way"
    rung = [leg for leg in night.network.calls if leg.to == town.ANA]
    assert len(rung) <= 2


def crises_are_reported(night: Night) -> set[str]:
    """Twenty crises of one team at one instant."""
    with night.vigil.unit_of_work() as work:
        refs = set()
        for _ in range(CRISES):
            crisis = open_crisis(work, "north", Source.WEBHOOK)
            happen(work, crisis, Reported(), public_url=night.base_url, is_new=True)
            refs.add(crisis.ref)
    return refs


def troubles(night: Night) -> list[About]:
    """What is wrong at the node."""
    return [one.about for one in night.vigil.troubles.now()]


def tried_in_vain(night: Night) -> int:
    """How many requests for texts had no answer."""
    query = select(AttemptRow.id).where(
        AttemptRow.outcome == Outcome.RETRIED.value, AttemptRow.kind == Kind.SMS.value
    )
    with night.vigil.unit_of_work.reading() as work:
        return len(work.session.exec(query).all())


def unsaid(night: Night, refs: set[str]) -> set[str]:
    """The crises of which neither a text to Ana nor another one in its place was sent."""
    query = select(OutboxRow).where(
        col(OutboxRow.crisis_ref).in_(refs),
        OutboxRow.kind == Kind.SMS.value,
        OutboxRow.staff_id == "ana",
    )
    with night.vigil.unit_of_work.reading() as work:
        rows = work.session.exec(query).all()
        sent = {row.key for row in rows if row.state == OutboxState.SENT}
    return {row.crisis_ref or "" for row in rows if sent.isdisjoint((row.key, row.merged_into))}
