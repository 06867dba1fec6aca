"""FHIR notifications are read as what they say, and whatever else arrives has a reason."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fhir.resources.R4B.bundle import Bundle as OracleBundle
from fhir.resources.R4B.encounter import Encounter as OracleEncounter
from hypothesis import given
from hypothesis import strategies as st

from dispatch.hospitals.episodes.episode import EpisodeState
from dispatch.hospitals.episodes.telling import episodes_of
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.fhir import bundle as fhir
from dispatch.hospitals.notice import (
    Identifier,
    IdentifierKind,
    NoticeKind,
    PersonName,
    Setting,
    Sex,
    Unreadable,
)
from tests.hospitals.samples import DA_VINCI, R4_CORE

ZONE = ZoneInfo("America/Los_Angeles")
BUNDLES = sorted(DA_VINCI.glob("*.json"))
ENCOUNTERS = sorted(R4_CORE.glob("Encounter-*.json"))


def read(path: Path) -> fhir.Message:
    return fhir.read(path.read_bytes(), ZONE)


def told(event: str, **encounter: Any) -> dict[str, Any]:
    """The smallest notification there is."""
    visit = {"resourceType": "Encounter", "id": "e1", **encounter}
    header = {
        "resourceType": "MessageHeader",
        "id": "h1",
        "eventCoding": {"code": event},
        "focus": [{"reference": "Encounter/e1"}],
    }
    entries = [{"resource": header}, {"resource": visit}]
    return {"resourceType": "Bundle", "type": "message", "id": "b1", "entry": entries}


def kind_of(event: str, **encounter: Any) -> NoticeKind:
    return fhir.read(json.dumps(told(event, **encounter)).encode(), ZONE).notice.kind


# The golden sequence ────────────────────────────────────────────────────────────────────────────


def test_one_visit_from_the_emergency_department_to_the_ward_and_home() -> None:
    kinds = {path.stem.split("-")[0]: read(path).notice for path in BUNDLES}
    assert kinds["admit"].kind is NoticeKind.ED_VISIT
    assert kinds["admit"].visit.setting is Setting.EMERGENCY
    assert kinds["transfer"].kind is NoticeKind.TRANSFER
    assert kinds["transfer"].visit.setting is Setting.INPATIENT
    assert kinds["discharge"].kind is NoticeKind.DISCHARGE
    assert kinds["discharge"].visit.disposition.startswith("Discharge to Home")
    assert len({notice.visit.number for notice in kinds.values()}) == 1


@given(st.permutations(BUNDLES * 2))
def test_all_of_them_twice_in_any_order_are_one_episode(bundles: list[Path]) -> None:
    """The six are one visit, of which an intermediary has passed two notices on."""
    come = datetime(2018, 10, 22, 4, 22, 15, tzinfo=UTC)
    told = [
        Told(read(path).notice, come + timedelta(minutes=number), f"N{number}", "mercy", True)
        for number, path in enumerate(bundles)
    ]
    [episode] = episodes_of(told)
    assert episode.state is EpisodeState.DISCHARGED
    assert [part.setting for part in episode.segments] == [Setting.EMERGENCY, Setting.INPATIENT]
    assert episode.came_to_ed_at == come
    assert episode.discharged_at == datetime(2018, 10, 24, 5, 22, 15, tzinfo=UTC)


def test_a_transfer_that_is_told_at_once_was_when_the_record_changed() -> None:
    changed, visit = "2026-01-10T03:10:00-08:00", {"period": {"start": "2026-01-09T22:00:00-08:00"}}
    for sent, meant in (("2026-01-10T03:11:00-08:00", 10), ("2026-02-01T00:00:00-08:00", 9)):
        bundle = told("notification-transfer", meta={"lastUpdated": changed}, **visit)
        notice = fhir.read(json.dumps({**bundle, "timestamp": sent}).encode(), ZONE).notice
        assert notice.happened_at is not None
        assert notice.happened_at.astimezone(ZONE).day == meant


def test_an_end_that_is_told_before_the_discharge_is_none() -> None:
    """The bundles of the visit in progress have a period with an end."""
    for path in BUNDLES:
        notice = read(path).notice
        ended = datetime(2018, 10, 24, 5, 22, 15, tzinfo=UTC)
        over = notice.kind is NoticeKind.DISCHARGE
        assert notice.visit.discharged_at == (ended if over else None)
        assert notice.visit.admitted_at == datetime(2018, 10, 22, 4, 22, 15, tzinfo=UTC)


def test_whom_it_is_about_is_told_in_full() -> None:
    for path in BUNDLES:
        person = read(path).notice.person
        assert person.names == (PersonName("Halvorson124", "Elden718"),)
        assert person.birth_date == date(2000, 10, 15)
        assert person.sex is Sex.MALE
        assert person.addresses[0].postal_code == "01844"
        assert person.phones == ("555-903-1143",)
        record = "06e1f0dd-5fbe-4480-9bb4-6b54ec02d31b"
        assert Identifier(IdentifierKind.RECORD, record, "http://example.org/fhir/mrn") in (
            person.identifiers
        )
        kinds = [one.kind for one in person.identifiers]
        assert kinds.count(IdentifierKind.SOCIAL_SECURITY) == 1


def test_a_message_that_is_sent_again_has_the_same_id() -> None:
    assert len({read(path).id for path in BUNDLES}) == len(BUNDLES)
    assert [read(path).id for path in BUNDLES] == [read(path).id for path in BUNDLES]


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_an_official_reader_finds_the_same(path: Path) -> None:
    oracle = OracleBundle.model_validate_json(path.read_bytes())
    parts = {type(entry.resource).__name__: entry.resource for entry in oracle.entry}
    visit, patient, notice = parts["Encounter"], parts["Patient"], read(path).notice
    assert notice.visit.number == visit.identifier[0].value
    assert notice.visit.admitted_at == visit.period.start
    assert notice.visit.facility == visit.serviceProvider.display
    assert notice.person.birth_date == patient.birthDate
    assert notice.person.names[0].family == patient.name[0].family
    assert len(notice.person.identifiers) == len(patient.identifier)


@pytest.mark.parametrize("path", ENCOUNTERS, ids=lambda path: path.stem)
def test_every_encounter_of_the_standard_can_be_told(path: Path) -> None:
    visit = json.loads(path.read_text())
    oracle = OracleEncounter.model_validate(visit)
    for event in ("admit", "transfer", "discharge"):
        raw = json.dumps(told(f"notification-{event}", **visit)).encode()
        notice = fhir.read(raw.replace(b"Encounter/e1", f"Encounter/{oracle.id}".encode()), ZONE)
        assert notice.notice.visit.number == (
            oracle.identifier[0].value if oracle.identifier else oracle.id
        )


# The meaning ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("event", "status", "class_", "kind"),
    [
        ("notification-admit", "in-progress", "IMP", NoticeKind.ADMISSION),
        ("notification-admit", "in-progress", "ACUTE", NoticeKind.ADMISSION),
        ("notification-admit", "arrived", "EMER", NoticeKind.ED_VISIT),
        ("notification-admit", "in-progress", "OBSENC", NoticeKind.ED_VISIT),
        ("notification-admit", "planned", "IMP", NoticeKind.ADMISSION_PLANNED),
        ("notification-admit", "arrived", "PRENC", NoticeKind.ADMISSION_PLANNED),
        ("notification-admit", "in-progress", "AMB", NoticeKind.OUTPATIENT_VISIT),
        ("notification-transfer", "in-progress", "IMP", NoticeKind.TRANSFER),
        ("notification-discharge", "finished", "IMP", NoticeKind.DISCHARGE),
        ("notification-admit", "cancelled", "IMP", NoticeKind.ADMISSION_CANCELLED),
        ("notification-discharge", "entered-in-error", "IMP", NoticeKind.ADMISSION_CANCELLED),
        ("notification-transfer", "onleave", "IMP", NoticeKind.LEAVE_BEGINS),
    ],
)
def test_what_an_event_means(event: str, status: str, class_: str, kind: NoticeKind) -> None:
    assert kind_of(event, status=status, **{"class": {"code": class_}}) is kind


def test_a_visit_without_a_class_is_taken_for_an_admission_and_doubted() -> None:
    """A notice too many is better than none."""
    raw = json.dumps(told("notification-admit", status="in-progress")).encode()
    notice = fhir.read(raw, ZONE).notice
    assert notice.kind is NoticeKind.ADMISSION
    assert notice.doubts == ("Encounter.class is unknown: taken as an admission",)


def test_what_a_sender_does_not_know_may_be_missing_or_said_to_be_absent() -> None:
    absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    why = {"extension": [{"url": absent, "valueCode": "unknown"}]}
    bundle = told("notification-admit", subject={"reference": "Patient/p1"}, _status=why)
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"given": [None, "Test"], "_given": [why, None], **why}],
        "_birthDate": why,
        "telecom": [{"system": "phone", **why}],
        "identifier": [why],
    }
    bundle["entry"].append({"resource": patient})
    person = fhir.read(json.dumps(bundle).encode(), ZONE).notice.person
    assert person.names == (PersonName("", "Test"),)
    assert (person.birth_date, person.phones, person.identifiers) == (None, (), ())


def test_a_medicaid_number_of_a_coverage_is_an_identifier() -> None:
    bundle = told("notification-admit", subject={"reference": "Patient/p1"})
    bundle["entry"] += [
        {"resource": {"resourceType": "Patient", "id": "p1"}},
        {
            "resource": {
                "resourceType": "Coverage",
                "type": {"text": "Oregon Medicaid"},
                "subscriberId": "T0000001",
            }
        },
    ]
    person = fhir.read(json.dumps(bundle).encode(), ZONE).notice.person
    assert person.identifiers == (Identifier(IdentifierKind.MEDICAID, "T0000001"),)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-08T01:30:00-08:00", datetime(2026, 3, 8, 9, 30, tzinfo=UTC)),
        ("2026-03-08T09:30:00.250Z", datetime(2026, 3, 8, 9, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        ("2026-07", None),
        ("yesterday evening", None),
        ("", None),
    ],
)
def test_times(written: str, meant: datetime | None) -> None:
    assert fhir.instant(written, ZONE) == meant


# What can't be read ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no JSON"),
        (b"MSH|^~\\&|", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"null", "the bundle"),
        (b'{"resourceType": "Patient"}', "no Bundle of type message"),
        (b'{"resourceType": "Bundle", "type": "message"}', "no MessageHeader"),
        (b'{"resourceType": "Bundle", "type": "message", "entry": 7}', "entry"),
        (json.dumps(told("admin-notify")).encode(), "MessageHeader.event"),
    ],
)
def test_what_cannot_be_read_says_what_is_wrong(raw: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        fhir.read(raw, ZONE)


def test_a_header_that_points_nowhere_is_told_where_to_point() -> None:
    bundle = told("notification-admit")
    del bundle["entry"][1]
    with pytest.raises(Unreadable, match=r"MessageHeader\.focus"):
        fhir.read(json.dumps(bundle).encode(), ZONE)


def test_a_reason_never_repeats_what_was_sent() -> None:
    bundle = told("notification-admit", subject={"reference": "Patient/p1"})
    patient = {"resourceType": "Patient", "id": "p1", "name": "Test Person One"}
    bundle["entry"].append({"resource": patient})
    with pytest.raises(Unreadable) as found:
        fhir.read(json.dumps(bundle).encode(), ZONE)
    assert "In the Patient, name" in str(found.value)
    assert "Test Person" not in str(found.value)


def test_an_answer_says_it_in_the_words_of_fhir() -> None:
    answer = fhir.outcome("structure", "The bundle has no MessageHeader.")
    assert answer["resourceType"] == "OperationOutcome"
    assert answer["issue"][0]["severity"] == "error"
    assert answer["issue"][0]["details"]["text"] == "The bundle has no MessageHeader."


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "code", "value", "period", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a document."""
    found = [path]
    match value:
        case dict():
            inner = list(value.items())
        case list():
            inner = list(enumerate(value))
        case _:
            inner = []
    for key, one in inner:
        found += _places(one, (*path, key))
    return found


SAMPLES = [path.read_bytes() for path in BUNDLES]
PLACES = [_places(json.loads(raw))[1:] for raw in SAMPLES]


@given(st.data())
def test_whatever_is_changed_in_a_bundle_it_is_read_or_has_a_reason(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(SAMPLES) - 1))
    bundle = json.loads(SAMPLES[number])
    for path in data.draw(st.lists(st.sampled_from(PLACES[number]), min_size=1, max_size=3)):
        _change(bundle, path, data.draw(VALUES))
    try:
        read: object = fhir.read(json.dumps(bundle).encode(), ZONE).notice.kind
    except Unreadable as why:
        read = str(why)
    assert isinstance(read, NoticeKind) or str(read).endswith(".")


def _change(bundle: Any, path: tuple[Any, ...], value: Any) -> None:
    try:
        for key in path[:-1]:
            bundle = bundle[key]
        bundle[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        return  # an earlier change has taken the place away


@given(st.binary(max_size=200))
def test_whatever_arrives_has_a_reason(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        fhir.read(raw, ZONE)
