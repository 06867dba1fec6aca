"""While the database is away callers reach their team, and nothing is missing afterwards."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dispatch.crisis import State
from dispatch.store import crises
from dispatch.tables import ContactRow
from notifications.emulator.messages import receive
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.outage import OwnPostgres, own_postgres
from tests.scenarios.test_the_call import TO_988


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        yield postgres


@pytest.fixture
def night(postgres: OwnPostgres, tmp_path: Path) -> Iterator[Night]:
    """03:10 in the town, on a database that can go away."""
    with Night(postgres.database(), tmp_path) as night:
        night.vigil.adrift.catching_up.beat()  # the clients' numbers are known
        yield night
        assert list(tmp_path.rglob("*.jsonl")) == [], "what is entered is deleted"
        night.assert_promises_kept()


@pytest.fixture
def unhurried(
    postgres: OwnPostgres, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Night]:
    """The same, four times as fast or less, for tests in which a phone waits for the database."""
    with Night(postgres.database(), tmp_path, speed=getattr(request, "param", 4)) as night:
        night.vigil.adrift.catching_up.beat()
        yield night
        night.assert_promises_kept()


def contact_of(night: Night, call_sid: str) -> ContactRow | None:
    with night.vigil.unit_of_work.reading() as work:
        return crises.contact_of_call(work.session, call_sid)


def rung(night: Night, ref: str | None = None) -> list[str | None]:
    return [entry.who for entry in night.timeline(ref) if entry.kind == "ringing"]


def test_away_while_a_phone_rings_the_ladder_is_climbed_from_there(
    night: Night, postgres: OwnPostgres
) -> None:
    night.ana.ignores()
    night.ben.answers(talk_for=300)
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    ref = night.crisis().ref
    with postgres.away():
        call.wait_for("talking", 20)
        assert httpx.get(f"{night.base_url}/healthz").status_code == 200
        assert httpx.get(f"{night.base_url}/readyz", timeout=20).status_code == 503
    crisis = night.until_owned_by("ben")
    assert (crisis.ref, crisis.state) == (ref, State.TALKING)
    assert call.bridged_with == [town.BEN]
    assert rung(night) == ["ana", "ben"], "nobody is rung twice"
    night.ben.expect_sms("the call you took is on record")
    night.ana.expect_sms("Ben Sample has it")
    call.hang_up()
    night.until_state("accepted")


def test_a_call_that_comes_and_ends_while_it_is_away(night: Night, postgres: OwnPostgres) -> None:
    before = night.vigil.unit_of_work.clock.now()
    night.ana.answers()
    with postgres.away():
        call = night.call().wait_for("talking", 20)
        assert call.bridged_with == [town.ANA]
        assert call.last_heard == "This is North ACT. Stay on the line, we are connecting you now."
        night.outside_hangs_up_after_a_talk(call)
        after = night.vigil.unit_of_work.clock.now()
    crisis = night.until_owned_by("ana")
    assert crisis.state is State.ACCEPTED
    assert night.kinds() == ["adrift", "ringing", "accepted", "talked", "hung_up"]
    assert all(before < entry.at < after for entry in night.timeline()), "when it really happened"
    contact = contact_of(night, call.sid)
    assert contact is not None
    assert (contact.crisis_ref, contact.phone) == (crisis.ref, town.CLIENT)
    assert before < contact.at < (contact.ended_at or before) < after
    night.ana.expect_sms(f"{crisis.ref}: the call you took is on record")


def test_nobody_took_it_while_it_was_away(night: Night, postgres: OwnPostgres) -> None:
    for phone in (night.ana, night.ben, night.eli):
        phone.ignores()
    with postgres.away():
        call = night.call()
        night.until(lambda: night.eli.ringing, "the supervisor's phone rings")
        call.hang_up()
        call.wait_ended()
    assert night.until_state("callback_needed").owner is None
    assert rung(night) == ["ana", "ben", "eli"]
    night.ana.expect_sms("CALL BACK NEEDED")
    assert [sms.body for sms in night.ben.inbox] == [], "only the foot of the ladder is paged"


def test_nobody_on_the_team_answers_and_the_caller_is_passed_to_988(
    night: Night, postgres: OwnPostgres
) -> None:
    for phone in (night.ana, night.ben, night.eli):
        phone.unreachable()
    with postgres.away():
        call = night.call().wait_for("talking", 20)
        assert call.bridged_with == ["988"]
        assert call.last_heard == TO_988
    night.until_state("last_resort")
    night.outside_hangs_up_after_a_talk(call)
    assert night.until_state("callback_needed").owner is None
    assert "talked_outside" in night.kinds()
    night.ana.expect_sms("CALL BACK NEEDED")


def test_back_while_a_phone_rings_the_next_one_is_rung_and_nobody_twice(
    unhurried: Night, postgres: OwnPostgres
) -> None:
    night = unhurried
    night.ana.ignores()
    night.ben.answers(talk_for=300)
    with postgres.away():
        call = night.call()
        night.until(lambda: night.ana.ringing, "Ana's phone rings")
    call.wait_for("talking", 20)
    assert night.until_owned_by("ben").state is State.TALKING
    assert call.bridged_with == [town.BEN]
    assert rung(night) == ["ana", "ben"]
    night.ben.expect_sms("crisis call")


@pytest.mark.parametrize(("unhurried", "back"), [(1, True), (4, False)], indirect=["unhurried"])
def test_away_while_the_worker_hears_what_it_is_about(
    unhurried: Night, postgres: OwnPostgres, back: bool
) -> None:
    """Whoever presses 1 is connected, and has it: also when nothing could be written just then."""
    night = unhurried
    night.ana.by_hand()
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    with postgres.away():
        night.ana.answer()
        night.until(lambda: any(leg.gathering for leg in night.ana.legs), "Ana hears it")
        if not back:
            night.ana.press("1")
            call.wait_for("talking", 20)
    if back:
        assert night.ana.on_call, call.story()
        night.ana.press("1")
        call.wait_for("talking", 20)
    assert night.until_owned_by("ana").state is State.TALKING
    assert call.bridged_with == [town.ANA]
    call.hang_up()
    night.until_state("accepted")
    assert "callback_needed" not in night.kinds()


def test_away_while_they_talk_and_the_talk_breaks(night: Night, postgres: OwnPostgres) -> None:
    night.ana.dies_after(10)
    night.ben.answers(talk_for=300)
    call = night.call().wait_for("talking")
    night.until_owned_by("ana")
    with postgres.away():
        call.wait_for(lambda c: c.bridged_with == [town.ANA, town.BEN], 20)
    assert night.until_owned_by("ben").state is State.TALKING
    kinds = night.kinds()
    assert (
        kinds.index("broken") < kinds.index("lapsed") < kinds.index("talked")
        if ("talked" in kinds)
        else kinds.index("broken") < kinds.index("lapsed")
    )
    night.ana.expect_sms("could not be connected")


def test_away_while_they_talk_and_the_caller_hangs_up(night: Night, postgres: OwnPostgres) -> None:
    night.ana.answers()
    call = night.call().wait_for("talking")
    night.until_owned_by("ana")
    with postgres.away():
        call.hang_up()
        call.wait_ended()
        night.until(lambda: bool(night.vigil.adrift.journal.pending()), "it is kept")
    assert night.until_state("accepted").owner == "ana"
    contact = contact_of(night, call.sid)
    assert contact is not None
    assert contact.ended_at is not None


def test_a_shared_line_asks_which_team_without_a_database(
    unhurried: Night, postgres: OwnPostgres
) -> None:
    night = unhurried
    night.gus.answers()
    with postgres.away():
        call = night.call(town.STRANGER, town.SHARED_LINE).wait_for("gathering")
        call.press("2")
        call.wait_for("talking", 20)
        assert call.bridged_with == [town.GUS]
    crisis = night.until_owned_by("gus")
    assert crisis.team == "south"
    assert night.kinds()[:3] == ["adrift", "asked", "team_chosen"]


def test_a_client_is_known_by_number_and_spoken_to_in_their_language(
    night: Night, postgres: OwnPostgres
) -> None:
    night.ana.answers()
    with postgres.away():
        call = night.call(town.SPANISH_CLIENT, town.SOUTH_LINE).wait_for("talking", 20)
        assert call.bridged_with == [town.ANA], "their own team answers, whatever line was dialled"
        assert "Este es North ACT" in call.last_heard
    night.until_owned_by("ana")


def test_texts_are_kept_and_count_when_it_is_back(night: Night, postgres: OwnPostgres) -> None:
    night.ana.ignores()
    call = night.call()
    night.ana.expect_sms("crisis call")
    call.hang_up()
    night.until_state("callback_needed")
    with postgres.away():
        night.ana.reply("1")
        night.ana.expect_sms("Your text is kept")
        night.network.exchange.in_loop(
            lambda: receive(night.network.exchange, town.SOUTH_CLIENT, town.SOUTH_LINE, "help me")
        )
        night.until(lambda: len(night.vigil.adrift.journal.pending()) >= 2, "both are kept")
    night.until(lambda: len(night.crises()) == 2, "the client's text is a crisis")
    night.until(lambda: night.crises()[0].owner == "ana", "Ana has it")
    night.ana.expect_sms("is yours")
    night.gus.expect_sms("crisis reported")
