"""`vigil doctor` on people and rotas: whose phone is silent or unknown, where nobody will stand."""

from collections.abc import Callable, Iterator

import pytest
from sqlmodel import select

from dispatch.clock import SystemClock
from dispatch.database import make_engine
from dispatch.doctor import people_checks
from dispatch.doctor.context import Context
from dispatch.doctor.findings import Finding, Verdict
from dispatch.settings import Settings
from dispatch.unit_of_work import UnitsOfWork
from oncall.store import mark_changed
from oncall.tables import PhoneRow
from tests.scenarios.ridge import Ridge


@pytest.fixture
def ridge(database_url: str) -> Iterator[Ridge]:
    """Four in the afternoon at the ridge, with every phone verified."""
    ridge = Ridge(database_url)
    yield ridge
    ridge.close()


def says(
    units: UnitsOfWork, check: Callable[[Context], list[Finding]]
) -> list[tuple[Verdict, str, str]]:
    """What a check finds, in short."""
    found = check(Context(Settings(), units))
    assert all(one.cure for one in found if one.verdict is not Verdict.RIGHT)
    return [(one.verdict, one.about, one.text) for one in found]


def change_phone(ridge: Ridge, staff: str, **values: object) -> None:
    """Something has become of somebody's phone."""
    with ridge.work() as work:
        row = work.session.exec(select(PhoneRow).where(PhoneRow.staff_id == staff)).one()
        row.sqlmodel_update(values)
        work.session.add(row)
        mark_changed(work.session, work.now)


def test_everybody_can_be_reached_and_somebody_stands(ridge: Ridge) -> None:
    for check in (people_checks.agency, people_checks.phones, people_checks.coverage):
        [(verdict, _, _)] = says(ridge.work, check)
        assert verdict is Verdict.RIGHT


def test_phones_that_are_unknown_or_silent_are_named_with_their_owners(ridge: Ridge) -> None:
    change_phone(ridge, "gus", verified_at=None)
    change_phone(ridge, "dee", sms=False)
    change_phone(ridge, "ana", sms=False, voice=False)
    assert says(ridge.work, people_checks.phones) == [
        (
            Verdict.WRONG,
            "phone of Ana Sample",
            "Neither texts nor calls reach it: nobody can page them.",
        ),
        (
            Verdict.DOUBTFUL,
            "phone of Dee Sample",
            "It takes no texts (STOP, or no mobile phone): pages go by voice alone.",
        ),
        (
            Verdict.DOUBTFUL,
            "phone of Gus Sample",
            "It is not verified: nobody knows whether it rings.",
        ),
    ]


def test_a_gap_within_two_days_is_named_unless_a_lead_accepted_it(ridge: Ridge) -> None:
    ridge.take_off("cho", "2026-11-26 17:00", "2026-11-26 20:00", accept="only a test")
    [(verdict, about, _)] = says(ridge.work, people_checks.coverage)
    assert (verdict, about) == (Verdict.RIGHT, "coverage of North ACT")
    change_phone(ridge, "dee", sms=False, voice=False)
    [(verdict, about, text)] = says(ridge.work, people_checks.coverage)
    assert (verdict, about) == (Verdict.WRONG, "coverage of North ACT")
    assert text.startswith("Nobody is backup from 2026-11-26T16:00:00-08:00")


def test_an_installation_without_an_agency_is_named(database_url: str) -> None:
    engine = make_engine(database_url)
    bare = UnitsOfWork(engine, SystemClock(), lambda _: None)
    assert says(bare, people_checks.agency) == [(Verdict.WRONG, "agency", "No team is loaded.")]
    engine.dispose()
