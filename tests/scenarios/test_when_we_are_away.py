"""The whole service is gone in the middle of the night: Twilio goes on with what was published."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.agency_file import Agency, read_agency
from dispatch.commands import rota_edits
from dispatch.commands.fallbacks import rows
from dispatch.commands.rota_edits import By
from dispatch.fallback_twiml import NOBODY, SCREENING, TO_LAST_RESORT, TO_TEAM
from dispatch.prompts import Language
from dispatch.troubles import About
from notifications.emulator import CallHandle
from oncall.model import Override
from tests.scenarios import town
from tests.scenarios.night import NIGHT, TWIML_FAULTS, Night
from tests.scenarios.privacy import leaks

SPACE: Mapping[str, Any] = {}
STUDIO: Mapping[str, Any] = {"fallback_put_url": None, "fallback_studio": True}
BOTH: Mapping[str, Any] = {"fallback_studio": True}

EN = Language.EN


@contextmanager
def a_night(
    database_url: str,
    folder: Path,
    fallback: Mapping[str, Any],
    *,
    agency: Agency | None = None,
    start: datetime = NIGHT,
) -> Iterator[Night]:
    """A night whose fallback has been published when it begins."""
    with Night(database_url, folder, agency=agency, start=start, fallback=fallback) as night:
        until_published(night)
        yield night
        assert leaks(night.agency, night.network, [town.STRANGER]) == []
        assert [one for one in night.network.errors if one.code in TWIML_FAULTS] == []


def until_published(night: Night) -> None:
    """Wait until everything of the present rotas is out there, and checked."""

    def done() -> bool:
        with night.vigil.unit_of_work.reading() as work:
            known = rows(work)
            return len(known) == 3 and all(
                row.version == work.directory.version and row.published and not row.problem
                for row in known
            )

    night.until(done, "the fallback is published")


@pytest.fixture
def night(database_url: str, tmp_path: Path) -> Iterator[Night]:
    """A night with a web space."""
    with a_night(database_url, tmp_path, SPACE) as night:
        yield night


def rung(call: CallHandle) -> list[str]:
    """Whose phones rang for a call, in order."""
    legs = call.leg.exchange.legs
    return [leg.to for leg in legs if leg.parent is call.leg]


def test_we_are_gone_before_the_call(night: Night) -> None:
    """Ana sleeps on; Ben takes it by a key. The caller is told to stay in both languages."""
    night.lose_service()
    night.ana.ignores()
    night.ben.answers(press="5")
    call = night.call().wait_for("talking")
    assert call.bridged_with == [town.BEN]
    assert rung(call) == [town.ANA, town.BEN]
    assert call.heard[:2] == list(TO_TEAM.values())
    assert SCREENING.format(teams="North ACT") in night.ben.heard


def test_we_go_in_the_middle_of_a_call(night: Night) -> None:
    """Ana's phone rings for us; when it has rung out nobody is there to say who is next."""
    night.ana.ignores()
    night.ben.answers()
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    night.lose_service()
    call.wait_for("talking")
    assert call.bridged_with == [town.BEN]
    [asked] = [one for one in night.network.requests if "ladder.xml" in one.url]
    assert asked.parameters["ErrorCode"] == "11205"


def test_a_voicemail_that_answers_does_not_keep_the_caller(night: Night) -> None:
    night.lose_service()
    night.ana.to_voicemail_after(1)
    night.ben.answers()
    call = night.call().wait_for("talking")
    assert call.bridged_with == [town.BEN]


def test_nobody_takes_it_and_988_is_busy(night: Night) -> None:
    night.lose_service()
    for phone in (night.ana, night.ben, night.eli):
        phone.declines()
    night.line_988.busy()
    call = night.call().wait_for("talking")
    assert call.bridged_with == ["+18002738255"]
    assert rung(call) == [town.ANA, town.BEN, town.ELI, "988", "+18002738255"]
    assert TO_LAST_RESORT[EN] in call.heard


def test_nobody_at_all_can_be_reached(night: Night) -> None:
    night.lose_service()
    for phone in (night.ana, night.ben, night.eli, night.line_988, night.line_1800):
        phone.busy()
    call = night.call().wait_ended()
    assert call.bridged_with == []
    assert NOBODY[EN] in call.heard


def test_the_shared_line_rings_the_first_team_then_the_other_teams_primary(night: Night) -> None:
    night.lose_service()
    for phone in (night.ana, night.ben, night.eli):
        phone.declines()
    night.gus.answers()
    call = night.call(town.STRANGER, town.SHARED_LINE).wait_for("talking")
    assert call.bridged_with == [town.GUS]
    assert SCREENING.format(teams="North ACT or South ACT") in night.gus.heard
