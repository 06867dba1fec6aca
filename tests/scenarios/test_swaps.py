"""Swaps where somebody leaves, can't be texted, or is the only lead of the team."""

from collections.abc import Iterator

import pytest
from sqlmodel import select

from dispatch.commands import people, swaps
from dispatch.commands.rota_edits import By
from oncall.duty_tables import ShiftRequestRow
from oncall.rest import Stretch
from oncall.tables import OverrideRow
from tests.scenarios.ridge import RIDGE, Ridge, read_agency, wall

STRICT = RIDGE.replace("    ladder:", "    rules: {swaps_need_lead: true}\n    ladder:")

BENS = Stretch(wall("2026-11-27 17:00"), wall("2026-11-28 08:00"), "primary", "ben")
CHOS = Stretch(wall("2026-11-28 17:00"), wall("2026-11-29 08:00"), "primary", "cho")
ELIS = CHOS._replace(staff="eli")


@pytest.fixture
def strict(database_url: str) -> Iterator[Ridge]:
    """The ridge, where a lead must agree to swaps."""
    ridge = Ridge(database_url, read_agency(STRICT, "ridge.yaml"))
    ridge.now()
    yield ridge
    ridge.texted()
    assert ridge.violations() == []
    ridge.close()


def offer(ridge: Ridge, wanted: Stretch = CHOS) -> str:
    """Ben gives his night for another; the reference."""
    with ridge.work() as work:
        return swaps.offer_swap(work, "north", BENS, wanted, by="Ben Sample").ref


def about(ridge: Ridge, ref: str) -> dict[str, list[str]]:
    """What is texted about a swap at the next beat, by person, without how each text begins."""
    head = f"Vigil {ref}: "
    texts = ridge.now().items()
    found = {
        one: [body.removeprefix(head) for body in bodies if ref in body] for one, bodies in texts
    }
    return {staff: bodies for staff, bodies in found.items() if bodies}


def state(ridge: Ridge, ref: str) -> str:
    """How far a swap has come."""
    with ridge.work.reading() as work:
        return work.session.get_one(ShiftRequestRow, ref).state


def overrides(ridge: Ridge) -> list[str]:
    """Who stands by a swap."""
    with ridge.work.reading() as work:
        query = select(OverrideRow.staff_id).where(OverrideRow.origin == "swap")
        return list(work.session.exec(query))


def leaves(ridge: Ridge, staff: str) -> None:
    """Somebody leaves; a lead accepts what gaps that opens."""
    by = By("Eli Sample", "for the test")
    ridge.edit(lambda work, _: people.change_staff(work, staff, by, active=False))


# When somebody leaves ───────────────────────────────────────────────────────────────────────────


def test_a_swap_ends_when_the_colleague_leaves(ridge: Ridge) -> None:
    ref = offer(ridge)
    ridge.now()
    leaves(ridge, "cho")
    told = about(ridge, ref)
    assert list(told) == ["ben"], "who has left is told nothing"
    assert told["ben"][0].startswith("the rota was changed, so this is closed. See your shifts:")
    assert state(ridge, ref) == "over"
    assert about(ridge, ref) == {}


def test_a_swap_ends_when_the_one_who_offers_leaves(ridge: Ridge) -> None:
    ref = offer(ridge)
    ridge.now()
    leaves(ridge, "ben")
    assert about(ridge, ref) == {
        "cho": ["the rota was changed, so nobody is asked any more. Nothing to do for you."]
    }
    assert (ridge.says("cho", f"YES {ref}") or "").startswith(f"Vigil {ref}: this is closed.")
    assert overrides(ridge) == []


def test_a_lead_is_not_asked_any_more_about_a_swap_of_somebody_who_left(strict: Ridge) -> None:
    ref = offer(strict)
    strict.says("cho", f"YES {ref}")
    assert "want to swap shifts" in about(strict, ref)["eli"][0]
    leaves(strict, "cho")
    assert "nobody is asked any more" in about(strict, ref)["eli"][0]
    assert (strict.says("eli", f"YES {ref}") or "").startswith(f"Vigil {ref}: this is closed.")
    assert overrides(strict) == []


# When no text reaches somebody ──────────────────────────────────────────────────────────────────

ON_THE_WEB = "Cho Sample can't be texted. Tell them to answer on the web, in My shifts."


def test_whoever_offers_hears_that_the_colleague_takes_no_texts(ridge: Ridge) -> None:
    ridge.says("cho", "STOP")
    ridge.now()
    assert about(ridge, offer(ridge)) == {"ben": [ON_THE_WEB]}


def test_so_they_do_when_the_colleague_texts_stop_later(ridge: Ridge) -> None:
    ref = offer(ridge)
    assert list(about(ridge, ref)) == ["cho"]
    ridge.says("cho", "STOP")
    assert about(ridge, ref) == {"ben": [ON_THE_WEB]}
    assert about(ridge, ref) == {}, "once"


def test_where_no_lead_can_be_texted_whoever_offers_hears_it_and_a_lead_is_asked_later(
    strict: Ridge,
) -> None:
    for staff in ("eli", "fay"):
        strict.says(staff, "STOP")
    strict.now()
    ref = offer(strict)
    strict.now()
    strict.says("cho", f"YES {ref}")
    assert about(strict, ref) == {
        "ben": [
            "Cho Sample says yes. Nothing changes until a lead agrees too. "
            "No lead could be texted: call one."
        ]
    }
    strict.says("eli", "START")
    assert list(about(strict, ref)) == ["eli"]
    assert about(strict, ref) == {}, "once"
    assert "swapped" in (strict.says("eli", f"YES {ref}") or "")


# Who agrees ─────────────────────────────────────────────────────────────────────────────────────


def test_the_only_lead_of_a_team_does_not_approve_a_swap_of_their_own(strict: Ridge) -> None:
    strict.put_on("eli", "2026-11-28 17:00", "2026-11-29 08:00")
    ref = offer(strict, ELIS)
    strict.now()
    strict.says("eli", f"YES {ref}")
    told = about(strict, ref)
    assert "want to swap shifts" in told["fay"][0], "the administrator is asked"
    assert "eli" not in told
    answer = strict.says("eli", f"YES {ref}") or ""
    assert answer.startswith(f"Vigil {ref}: you have agreed already, and a lead must too.")
    assert overrides(strict) == []
    assert "swapped" in (strict.says("fay", f"YES {ref}") or "")
    assert overrides(strict) == ["eli", "ben"]


def test_where_there_is_nobody_else_they_do(database_url: str) -> None:
    ridge = Ridge(database_url, read_agency(STRICT.replace("role: admin", "role: clinician"), "r"))
    ridge.put_on("eli", "2026-11-28 17:00", "2026-11-29 08:00")
    ref = offer(ridge, ELIS)
    ridge.says("eli", f"YES {ref}")
    assert "want to swap shifts" in str(about(ridge, ref)["eli"])
    ridge.says("eli", f"YES {ref}")
    assert overrides(ridge) == ["eli", "ben"]
    ridge.close()


def test_a_bare_ok_approves_no_swap(strict: Ridge) -> None:
    ref = offer(strict)
    strict.says("cho", f"YES {ref}")
    assert "OK alone takes no shift" in (strict.says("eli", "ok") or "")
    assert overrides(strict) == []
    assert "swapped" in (strict.says("eli", "yes") or "")
