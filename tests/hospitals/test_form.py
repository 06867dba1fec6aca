"""What a hospital's worker tells in a minute is understood, and a mistake is named at its field."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals import form
from dispatch.hospitals.form import Happening
from dispatch.hospitals.notice import (
    Identifier,
    IdentifierKind,
    LegalStatus,
    NoticeKind,
    PersonName,
    Report,
    Reporter,
    Setting,
    Sex,
    Unreadable,
)

ZONE = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 1, 10, 11, 10, tzinfo=UTC)
WORKER = {"name": "Test Nurse", "callback": "(503) 555-0151", "role": "nurse", "unit": "ED"}
PERSON = {"name": "Test Person One", "birth_date": "1984-03-02"}


def filled(**fields: Any) -> dict[str, Any]:
    return {"worker": WORKER, "person": PERSON, "happening": "in_ed", **fields}


def read(**fields: Any) -> Report:
    return form.read(filled(**fields), ZONE, NOW)


def test_the_least_that_can_be_told_is_a_notice() -> None:
    report = read()
    assert report.reporter == Reporter("Test Nurse", "+15035550151", "nurse", "ED")
    notice = report.notice
    assert (notice.kind, notice.visit.setting) == (NoticeKind.ED_VISIT, Setting.EMERGENCY)
    assert notice.person.names == (PersonName("One", "Test", "Person"),)
    assert notice.person.birth_date == date(1984, 3, 2)
    assert (notice.happened_at, notice.sent_at) == (NOW, NOW)


@pytest.mark.parametrize("nothing", ["", None])
def test_what_a_page_sends_of_a_field_left_empty_is_nothing(nothing: str | None) -> None:
    person = {**PERSON, "age": nothing, "sex": nothing}
    left = dict.fromkeys(
        ("at", "decision_by", "discharge_on", "legal_status", "may_visit"), nothing
    )
    report = read(person=person, **left)
    assert (report.age, report.notice.person.sex, report.may_visit) == (None, None, None)


def test_everything_that_can_be_told_is_kept() -> None:
    person = {**PERSON, "sex": "female", "phone": "503 555 0121", "record_number": "0042"}
    report = read(
        person=person,
        happening="decision_pending",
        at="2026-01-10T02:40",
        decision_by="2026-01-10T05:00",
        visit_number="V-7",
        legal_status="involuntary",
        attending="Dr. Test",
        reason="hears voices",
        safety="one-to-one watch",
        may_visit="true",
        may_call="",
        discharge_planner="Test Planner",
        planning_meeting="2026-01-12T10:00-08:00",
        part_2=True,
    )
    visit = report.notice.visit
    assert report.notice.kind is NoticeKind.ED_VISIT
    assert report.notice.happened_at == datetime(2026, 1, 10, 10, 40, tzinfo=UTC)
    assert visit.decision_by == datetime(2026, 1, 10, 13, tzinfo=UTC)
    assert visit.legal_status is LegalStatus.INVOLUNTARY
    assert (visit.number, visit.attending, visit.reason) == ("V-7", "Dr. Test", "hears voices")
    assert report.notice.person.sex is Sex.FEMALE
    assert report.notice.person.identifiers == (Identifier(IdentifierKind.RECORD, "0042"),)
    assert (report.may_visit, report.may_call, report.part_2) == (True, None, True)
    assert report.planning_meeting == datetime(2026, 1, 12, 18, tzinfo=UTC)


@pytest.mark.parametrize("happening", Happening)
def test_every_choice_of_the_form_means_something(happening: Happening) -> None:
    notice = read(happening=happening, discharge_on="2026-01-20").notice
    ended = happening in (Happening.DISCHARGED, Happening.LEFT_AGAINST_ADVICE)
    assert (notice.visit.discharged_at is not None) == ended
    assert (notice.kind is NoticeKind.DISCHARGE) == ended
    assert ("advice" in notice.visit.disposition) == (happening is Happening.LEFT_AGAINST_ADVICE)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Person, Test Middle", PersonName("Person", "Test", "Middle")),
        ("Test Person", PersonName("Person", "Test")),
        ("Person", PersonName("Person")),
        ("Test de la Person", PersonName("Person", "Test", "de la")),
        ("Person,", PersonName("Person")),
    ],
)
def test_a_name_is_read_as_people_write_it(written: str, meant: PersonName) -> None:
    report = read(person={"name": written, "birth_date": "1984-03-02"})
    assert report.notice.person.names == (meant,)


def test_a_time_that_the_clocks_skip_is_the_instant_they_jump() -> None:
    """As everywhere else in the house."""
    skipped = read(at="2026-03-08T02:30").notice
    assert skipped.happened_at == datetime(2026, 3, 8, 10, tzinfo=UTC)


def test_an_identifier_alone_is_enough() -> None:
    report = read(person={"medicaid_number": 1234567})
    assert report.notice.person.identifiers == (Identifier(IdentifierKind.MEDICAID, "1234567"),)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"worker": {**WORKER, "callback": ""}}, r"worker\.callback: .*area code"),
        ({"worker": {**WORKER, "callback": "555"}}, r"worker\.callback: .*area code"),
        ({"worker": {**WORKER, "name": " "}}, r"worker\.name"),
        ({"person": {"name": "Test Person"}}, "person: give the name and the birth date"),
        ({"person": {**PERSON, "birth_date": "03/02/84"}}, r"person\.birth_date"),
        ({"person": {**PERSON, "age": 140}}, r"person\.age"),
        ({"happening": "dancing"}, "happening"),
        ({"happening": "discharge_planned"}, "discharge_on: say on which day"),
        ({"reason": "x" * 4001}, "reason"),
    ],
)
def test_a_mistake_is_named_at_its_field(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(**fields)


def test_all_mistakes_are_told_at_once_and_none_repeats_what_was_written() -> None:
    worker = {**WORKER, "callback": "call Test Person"}
    with pytest.raises(Unreadable) as found:
        read(worker=worker, person={"name": "Test Person", "birth_date": "Test"}, happening="Test")
    words = str(found.value)
    assert "Test" not in words
    for field in ("worker.callback", "person.birth_date", "happening"):
        assert field in words


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(form.FormBody.model_fields)), JSON))
def test_whatever_is_sent_is_a_report_or_has_a_reason(body: dict[str, Any]) -> None:
    for fields in (body, filled(**body)):
        try:
            found: object = form.read(fields, ZONE, NOW)
        except Unreadable as why:
            found = str(why)
        assert isinstance(found, Report) or found
