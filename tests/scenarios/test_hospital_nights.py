"""A hospital tells of a client by any channel: from the bytes to the page, the call, the count."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch.access import Role
from tests.scenarios import hospitals as told
from tests.scenarios.hospitals import HospitalNight, Tell, Who
from tests.scenarios.town import ANA, NORTH_LINE


@pytest.fixture(scope="module")
def night(
    module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HospitalNight]:
    """One night for all channels: each tells of somebody else."""
    with HospitalNight(module_database_url, tmp_path_factory.mktemp("hospitals")) as night:
        yield night
        night.assert_promises_kept()


@pytest.mark.parametrize(
    ("tell", "who"),
    [
        pytest.param(told.over_mllp, told.ONE, id="MLLP"),
        pytest.param(told.over_https, told.TWO, id="HL7 over HTTPS"),
        pytest.param(told.over_fhir, told.THREE, id="FHIR"),
        pytest.param(told.over_webhook, told.FOUR, id="webhook"),
        pytest.param(told.over_form, told.SIX, id="form"),
        pytest.param(told.over_the_phone, told.SEVEN, id="phone"),
    ],
)
def test_from_the_bytes_to_the_page_the_call_and_the_count(
    night: HospitalNight, tell: Tell, who: Who
) -> None:
    web, before = night.web(), {crisis.ref for crisis in night.crises()}
    tell(night, who, "ed", now(night) - timedelta(minutes=5))

    sms = night.ana.expect_sms("hospital notice, North ACT")
    [ref] = {crisis.ref for crisis in night.crises()} - before
    assert ref in sms.body
    night.ana.answers(press="1", talk_for=20)
    night.nurse.answers(press=None)
    night.ana.reply(f"1 {ref}")
    night.until(lambda: owner(night, ref) == "ana", "Ana has it")
    night.until(lambda: not night.ana.legs, "a page by voice, if one rang, is over")
    night.ana.reply(f"call {ref}")
    night.until(lambda: "call_back_talked" in night.kinds(ref), "Ana has talked with the nurse")
    [rung] = [leg for leg in night.network.calls if leg.to == told.MERCY_NURSE][-1:]
    assert (rung.from_, rung.bridged_with) == (NORTH_LINE, [ANA])

    key = web.get(f"/api/crises/{ref}").json()["hospital"]["notices"][0]["episode"]
    assert marks(web.get(f"/api/episodes/{key}").json())["called_back"] == "done"
    step(night, key, "involved", how="opposed_it")
    tell(night, who, "admitted", later(night))
    night.until(lambda: state(night, key) == "admitted", "admitted")
    later(night)
    step(night, key, "planning")
    tell(night, who, "discharged", later(night))
    night.until(lambda: state(night, key) == "discharged", "discharged")
    shown = web.get(f"/api/episodes/{key}").json()
    assert {name: shown["counts"][name]["in_numerator"] for name in ("O5", "O6")} == {
        "O5": True,
        "O6": True,
    }
    counted = web.get("/api/teams/north/fidelity?from=2026-01-01&to=2026-12-31").json()
    for measure in counted["measures"]:
        [row] = [row for row in measure["rows"] if row["episode"] == key]
        assert (row["counts"], row["in_numerator"]) == (True, True)
    close(night, ref)


def now(night: HospitalNight) -> datetime:
    return night.vigil.unit_of_work.clock.now()


def later(night: HospitalNight) -> datetime:
    """Some seconds later: hospitals tell whole seconds."""
    until = now(night).replace(microsecond=0) + timedelta(seconds=2)
    night.until(lambda: now(night) > until)
    return until


def owner(night: HospitalNight, ref: str) -> str | None:
    return next(crisis.owner for crisis in night.crises() if crisis.ref == ref)


def state(night: HospitalNight, key: str) -> Any:
    return night.web().get(f"/api/episodes/{key}").json()["state"]


def marks(episode: dict[str, Any]) -> dict[str, str]:
    return {mark["stage"]: mark["standing"] for mark in episode["marks"]}


def step(night: HospitalNight, key: str, kind: str, **more: str) -> None:
    body = {"kind": kind, "at": now(night).isoformat(), "staff": "ana", **more}
    night.web(Role.LEAD).post(f"/api/episodes/{key}/steps", json=body).raise_for_status()


def close(night: HospitalNight, ref: str) -> None:
    body = {"disposition": "admitted"}
    night.web().post(f"/api/crises/{ref}/close", json=body).raise_for_status()
