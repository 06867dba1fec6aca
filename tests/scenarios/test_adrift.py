"""While the database is away callers reach their team, and nothing is missing afterwards."""

import errno
import os
import signal
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from dispatch.api import deciding
from dispatch.crisis import State
from dispatch.store import crises
from dispatch.tables import ContactRow
from dispatch.troubles import About
from notifications.emulator import CallHandle
from notifications.emulator.messages import receive
from tests.scenarios import town
from tests.scenarios.night import Night
from tests.scenarios.outage import OwnPostgres, own_postgres
from tests.scenarios.test_the_call import TO_988
from tests.scenarios.test_when_things_break import outside, serving


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
        night.until(lambda: not list(tmp_path.rglob("*.jsonl")), "what is entered is deleted")
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


def texts(night: Night, from_: str, to: str, body: str) -> None:
    """Somebody texts one of our lines."""
    exchange = night.network.exchange
    exchange.in_loop(lambda: receive(exchange, from_, to, body))


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
    told = night.timeline()[:-1]  # the phone network's last word may come later
    assert all(before < entry.at < after for entry in told), "when it really happened"
    contact = contact_of(night, call.sid)
    assert contact is not None
    assert (contact.crisis_ref, contact.phone) == (crisis.ref, town.CLIENT)
    assert before < contact.at < after
    assert contact.ended_at is not None
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


def test_away_while_they_talk_and_the_talk_breaks(unhurried: Night, postgres: OwnPostgres) -> None:
    night = unhurried
    night.ana.dies_after(15)
    night.ben.answers(talk_for=300)
    call = night.call().wait_for("talking")
    night.until_owned_by("ana")
    with postgres.away():
        call.wait_for(lambda c: c.bridged_with == [town.ANA, town.BEN], 30)
    assert night.until_owned_by("ben").state is State.TALKING
    kinds = night.kinds()
    assert kinds.index("broken") < kinds.index("lapsed")
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
        texts(night, town.SOUTH_CLIENT, town.SOUTH_LINE, "help me")
        night.until(lambda: len(night.vigil.adrift.journal.pending()) >= 2, "both are kept")
    night.until(lambda: len(night.crises()) == 2, "the client's text is a crisis")
    night.until(lambda: night.crises()[0].owner == "ana", "Ana has it")
    night.ana.expect_sms("is yours")
    night.gus.expect_sms("crisis reported")


def test_it_hangs_and_no_caller_waits_for_it_twice(
    unhurried: Night, postgres: OwnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes connections and answers nothing: the first webhook notices, the others know."""
    night = unhurried
    night.ana.answers()
    night.gus.answers()
    monkeypatch.setattr(deciding, "DEADLINE_SECONDS", 0.5)
    with postgres.frozen():
        calls = [night.call(), night.call(town.SOUTH_CLIENT, town.SOUTH_LINE)]
        for call in calls:
            call.wait_for("talking", 30)
        night.until(lambda: night.vigil.adrift.watch.is_away, "the watch knows")
        texts(night, town.ANA, town.NORTH_LINE, "1")
        night.ana.expect_sms("Your text is kept")
    night.until(lambda: {"ana", "gus"} == {one.owner for one in night.crises()}, "both are taken")
    assert [call.bridged_with for call in calls] == [[town.ANA], [town.GUS]]
    for call in calls:
        call.hang_up()
        call.wait_ended()


def test_restarted_in_the_middle_of_a_call(night: Night, postgres: OwnPostgres) -> None:
    night.ana.ignores()
    night.ben.answers(talk_for=300)
    call = night.call()
    night.until(lambda: night.ana.ringing, "Ana's phone rings")
    postgres.stop()
    postgres.start()
    call.wait_for("talking", 20)
    assert night.until_owned_by("ben").state is State.TALKING
    assert rung(night) == ["ana", "ben"]


def test_a_minute_without_it_and_nothing_is_missing(night: Night, postgres: OwnPostgres) -> None:
    """Callers before, in and after the outage; what each of them really got is on record."""
    strangers = [f"+1503555013{n}" for n in range(8)]
    night.ana.answers(talk_for=20)
    night.ben.answers(talk_for=20)
    night.eli.ignores()
    for phone in (night.gus, night.hal, night.ivy):
        phone.ignores()
    callers = [night.call(town.CLIENT), night.call(strangers[0], town.SOUTH_LINE)]
    night.until(lambda: len(night.crises()) == 2, "two are on record")
    with postgres.away():
        began = night.vigil.unit_of_work.clock.now()
        callers.extend(night.call(stranger) for stranger in strangers[1:5])
        callers.append(night.call(strangers[5], town.SOUTH_LINE))
        clock = night.network.exchange.clock
        at = clock.elapsed()
        assert clock.wait_in_thread(lambda: clock.elapsed() - at > 60, 30), "a minute of the night"
        callers[-1].hang_up()
    assert night.vigil.unit_of_work.clock.now() - began > timedelta(seconds=60)
    callers.append(night.call(strangers[6]))
    for call in callers:
        if call.state != "ended":
            call.wait_for(lambda c: bool(c.bridged_with) or c.state == "ended", 30)
        assert call.bridged_with or call is callers[6], call.story()
    for call in callers:
        call.hang_up()
        call.wait_ended()
    night.until(lambda: night.vigil.adrift.journal.pending() == [], "all is entered")
    for call in callers:
        as_recorded(night, call)


def as_recorded(night: Night, call: CallHandle) -> None:
    """Everybody who pressed 1 for this caller is on record, and the crisis is cared for."""
    known = night.vigil.unit_of_work.directory.latest.staff_by_phone
    talked = [known[number] for number in call.bridged_with if number in known]

    def recorded() -> bool:
        contact = contact_of(night, call.sid)
        if contact is None or contact.ended_at is None:
            return False
        told = night.timeline(contact.crisis_ref)
        accepted = [row.who for row in told if row.kind == "accepted"]
        [crisis] = [one for one in night.crises() if one.ref == contact.crisis_ref]
        cared_for = crisis.owner is not None or crisis.due_at is not None
        return accepted[: len(talked)] == talked and cared_for

    night.until(recorded, f"the record of {call.story()}")


def test_a_full_disk_under_the_journal_is_no_callers_trouble(
    night: Night, postgres: OwnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    night.ana.answers()
    with postgres.away():
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            call = night.call().wait_for("talking", 20)
            night.until(
                lambda: [one.about for one in night.vigil.troubles.now()] == [About.JOURNAL],
                "the board is told",
            )
        assert call.bridged_with == [town.ANA]
        assert call.leg.bridged_at is not None
    night.until_owned_by("ana")
    night.until(lambda: night.vigil.troubles.now() == (), "all is well again")
    call.hang_up()
    night.until_state("accepted")


def test_the_service_is_killed_while_the_database_is_away(
    postgres: OwnPostgres, tmp_path: Path
) -> None:
    """What the dead process had kept is entered by the next one on the same folder."""
    with outside(Night(postgres.database(), tmp_path, speed=4)) as night:
        with serving(night) as first:
            night.prepare()
            with night.web() as browser:
                assert browser.get("/api/crises").json() == [], "it knows its agency by now"
            night.ana.answers()
            journal = tmp_path / "journal"
            postgres.stop()
            call = night.call(town.STRANGER).wait_for("talking", 30)
            assert call.bridged_with == [town.ANA]
            assert [stat.S_IMODE(one.stat().st_mode) for one in journal.iterdir()] == [0o600]
            first.send_signal(signal.SIGKILL)
            first.wait()
            postgres.start()
        with serving(night):
            crisis = night.until_owned_by("ana")
            assert crisis.state is State.TALKING
            call.hang_up()
            night.until_state("accepted")
            assert list(journal.iterdir()) == []
            contact = contact_of(night, call.sid)
            assert contact is not None
            assert contact.phone == town.STRANGER
