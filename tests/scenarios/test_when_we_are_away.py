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
from dispatch.fallback_flow import MAY_BE_A_MACHINE
from dispatch.fallback_twiml import LADDER, NOBODY, SCREENING, TO_LAST_RESORT, TO_TEAM
from dispatch.prompts import Language
from notifications.emulator import CallHandle
from oncall.model import Override
from tests.scenarios import town
from tests.scenarios.night import SPEED, TWIML_FAULTS, Night
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
    speed: float = SPEED,
) -> Iterator[Night]:
    """A night whose fallback has been published when it begins."""
    with Night(database_url, folder, agency=agency, speed=speed, fallback=fallback) as night:
        until_published(night)
        yield night
        found = leaks(night.agency, night.network, [town.STRANGER], logged_since=night.logged_since)
        assert found == []
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
    """A night with a web space, slow enough for the service to go while a phone rings."""
    with a_night(database_url, tmp_path, SPACE, speed=5) as night:
        yield night


@pytest.fixture(scope="module")
def all_gone(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """A night whose service has gone before anybody called."""
    folder = tmp_path_factory.mktemp("away")
    with a_night(module_database_url, folder, SPACE, speed=60) as night:
        night.lose_service()
        yield night


@pytest.fixture
def gone(all_gone: Night) -> Iterator[Night]:
    """The same, with everybody asleep, and 988 there."""
    for number in (town.ANA, town.BEN, town.ELI, town.GUS):
        all_gone.phone(number).ignores()
    for line in (all_gone.line_988, all_gone.line_1800):
        line.answers(press=None)
    yield all_gone
    for leg in all_gone.network.calls:
        all_gone.network.exchange.in_loop(leg.end)


def rung(call: CallHandle) -> list[str]:
    """Whose phones rang for a call, in order."""
    legs = call.leg.exchange.legs
    return [leg.to for leg in legs if leg.parent is call.leg]


def test_we_are_gone_before_the_call(gone: Night) -> None:
    """Ana sleeps on; Ben takes it by some key. The caller is told to stay, in both languages."""
    gone.ben.answers(press="5")
    call = gone.call().wait_for("talking")
    assert call.bridged_with == [town.BEN]
    assert rung(call) == [town.ANA, town.BEN]
    assert call.heard[:2] == list(TO_TEAM.values())
    assert SCREENING.format(teams="North ACT") in gone.ben.heard


def test_a_voicemail_that_answers_does_not_keep_the_caller(gone: Night) -> None:
    gone.ana.voicemail(after=1)
    gone.ben.answers()
    call = gone.call().wait_for("talking")
    assert call.bridged_with == [town.BEN]


def test_nobody_takes_it_and_988_is_busy(gone: Night) -> None:
    for phone in (gone.ana, gone.ben, gone.eli):
        phone.declines()
    gone.line_988.busy()
    call = gone.call().wait_for("talking")
    assert call.bridged_with == ["+18002738255"]
    assert rung(call) == [town.ANA, town.BEN, town.ELI, "988", "+18002738255"]
    assert TO_LAST_RESORT[EN] in call.heard


def test_nobody_at_all_can_be_reached(gone: Night) -> None:
    for phone in (gone.ana, gone.ben, gone.eli, gone.line_988, gone.line_1800):
        phone.busy()
    call = gone.call().wait_ended()
    assert call.bridged_with == []
    assert NOBODY[EN] in call.heard


def test_the_shared_line_rings_the_first_team_then_the_other_teams_primary(gone: Night) -> None:
    for phone in (gone.ana, gone.ben, gone.eli):
        phone.declines()
    gone.gus.answers()
    call = gone.call(town.STRANGER, town.SHARED_LINE).wait_for("talking")
    assert call.bridged_with == [town.GUS]
    assert SCREENING.format(teams="North ACT or South ACT") in gone.gus.heard


def test_whoever_has_talked_may_stay_for_the_next(gone: Night) -> None:
    """Twilio alone can't know whether the talk was over or the line broke."""
    gone.ana.answers(talk_for=1)
    gone.ben.answers()
    call = gone.call().wait_for(lambda call: len(call.bridged_with) == 2)
    assert call.bridged_with == [town.ANA, town.BEN]


def test_a_change_is_published_in_seconds_and_we_go_in_the_middle_of_a_call(night: Night) -> None:
    """Eli takes Ana's place. His phone rings for us; when he declines, nobody is there to go on."""
    with night.vigil.unit_of_work() as work:
        now = work.now
        swap = Override("primary", now, now.replace(hour=23), "eli", "swap")
        rota_edits.add_override(work, "north", swap, By("Eli Sample", "for the test"))
    until_published(night)
    night.eli.by_hand()
    night.ben.answers()
    call = night.call()
    night.until(lambda: night.eli.ringing, "Eli's phone rings")
    night.lose_service()
    night.eli.declines()
    night.eli.decline()
    call.wait_for("talking")
    assert call.bridged_with == [town.BEN]
    assert rung(call) == [town.ELI, town.ELI, town.BEN]
    [asked] = [one for one in night.network.requests if LADDER in one.url]
    assert asked.parameters["ErrorCode"] == "11205"


HANDOFF = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
"""09:00 in Portland, when Ben takes over from Ana."""


def handing_off() -> Agency:
    """The town on a morning on which Ben follows Ana."""
    daily = "every: 1 day, order: [ana, ben]"
    text = town.TOWN.replace("every: 1 week, order: [ana]", daily)
    return read_agency(text.replace("order: [ben]}", "order: [eli]}"), "town.yaml")


@pytest.mark.parametrize("fallback", [BOTH, STUDIO])
def test_a_handoff_comes_while_we_are_away(
    database_url: str, tmp_path: Path, fallback: Mapping[str, Any]
) -> None:
    """Studio goes by the clock; with a space it still screens, and without one it says so."""
    with a_night(database_url, tmp_path, fallback, agency=handing_off()) as night:
        night.lose_service()
        night.ana.answers()
        night.ben.answers()
        night.network.go_by(lambda: HANDOFF - timedelta(seconds=1))
        early = night.call().wait_for("talking")
        assert early.bridged_with == [town.ANA]
        early.hang_up()
        night.network.go_by(lambda: HANDOFF)
        call = night.call().wait_for("talking")
        assert call.bridged_with == [town.BEN]
        screened = SCREENING.format(teams="North ACT") in night.ben.heard
        warned = any(MAY_BE_A_MACHINE[EN] in said for said in call.heard)
        assert (screened, warned) == ((fallback is BOTH), (fallback is STUDIO))
        call.hang_up()
        if fallback is BOTH:
            the_space_is_away_too(night)


def the_space_is_away_too(night: Night) -> None:
    """The flow rings the phones itself, one after the other, then 988."""
    night.network.wait_until_quiet()
    night.network.space.away = True
    for phone in (night.ana, night.ben, night.eli):
        phone.declines()
    call = night.call().wait_for("talking")
    assert call.bridged_with == ["988"]
    assert rung(call) == [town.BEN, town.ELI, "988"]
