"""What each event of a hospital says: who came, was admitted, moved, left, and what was undone."""

from zoneinfo import ZoneInfo

import pytest

from dispatch.hospitals.hl7.adt import understand, why_not_meant
from dispatch.hospitals.hl7.adt_events import EVENTS
from dispatch.hospitals.hl7.senders import SenderRules
from dispatch.hospitals.notice import NoticeKind, Setting
from tests.hospitals.hl7_samples import RULES, message, notice

PID = "PID|1||1234^^^HOSP^MR||Person^Test||19700101|F"
KINDS = {
    "A01": "admission",
    "A02": "transfer",
    "A03": "discharge",
    "A05": "admission_planned",
    "A06": "admission",
    "A07": "outpatient",
    "A08": "visit_update",
    "A11": "admission_cancelled",
    "A12": "transfer_cancelled",
    "A13": "discharge_cancelled",
    "A14": "admission_planned",
    "A16": "discharge_planned",
    "A18": "merge",
    "A21": "leave_begins",
    "A22": "leave_ends",
    "A24": "other",
    "A25": "discharge_plan_cancelled",
    "A27": "admission_plan_cancelled",
    "A28": "person_update",
    "A31": "person_update",
    "A34": "merge",
    "A36": "merge",
    "A37": "other",
    "A38": "admission_plan_cancelled",
    "A40": "merge",
    "A47": "merge",
    "A52": "leave_begins_cancelled",
    "A53": "leave_ends_cancelled",
    # Nothing that is counted: on the way within the house, a transfer planned, a bed, an allergy.
    "A09": "other",
    "A10": "other",
    "A15": "other",
    "A20": "other",
    "A26": "other",
    "A60": "other",
    "A99": "other",
}


@pytest.mark.parametrize(("event", "kind"), KINDS.items())
def test_an_event_says_what_has_happened(event: str, kind: str) -> None:
    told = notice(PID, "PV1|1|I", "MRG|99^^^HOSP^MR", event=f"ADT^{event}")
    assert told.kind == kind


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_understood_without_a_person_or_a_visit(event: str) -> None:
    told = notice(event=f"ADT^{event}")
    assert "It doesn't say whom it is about (PID-3, PID-5)." in told.doubts


@pytest.mark.parametrize(
    ("code", "kind", "setting"),
    [
        ("E", NoticeKind.ED_VISIT, Setting.EMERGENCY),
        ("e^Emergency", NoticeKind.ED_VISIT, Setting.EMERGENCY),
        ("EMERGENCY", NoticeKind.ED_VISIT, Setting.EMERGENCY),
        ("O", NoticeKind.OUTPATIENT_VISIT, Setting.OUTPATIENT),
        ("OBS", NoticeKind.OUTPATIENT_VISIT, Setting.OBSERVATION),
        ("R", NoticeKind.OUTPATIENT_VISIT, Setting.OUTPATIENT),
        ("I", NoticeKind.ADMISSION, Setting.INPATIENT),
        ("INPATIENT", NoticeKind.ADMISSION, Setting.INPATIENT),
        ("P", NoticeKind.OUTPATIENT_VISIT, None),
        ("", NoticeKind.OUTPATIENT_VISIT, None),
    ],
)
def test_a_registration_says_by_its_class_where_somebody_came(
    code: str, kind: NoticeKind, setting: Setting | None
) -> None:
    told = notice(PID, f"PV1|1|{code}", event="ADT^A04")
    assert (told.kind, told.visit.setting) == (kind, setting)


def test_a_hospital_may_have_classes_of_its_own() -> None:
    rules = SenderRules(ZoneInfo("America/Chicago"), {"PSY": Setting.INPATIENT, "I": None})
    assert notice("PV1|1|psy", rules=rules).visit.setting is Setting.INPATIENT
    assert notice("PV1|1|I", rules=rules).visit.setting is None
    assert notice("PV1|1|E", rules=rules).visit.setting is Setting.EMERGENCY


def test_a_class_that_nobody_knows_is_doubted() -> None:
    told = notice(PID, "PV1|1|QQ")
    assert told.visit.setting is None
    assert "The patient class (PV1-2) isn't known: name it in the sender's rules." in told.doubts


def test_an_admission_of_an_outpatient_stays_one_but_is_doubted() -> None:
    told = notice(PID, "PV1|1|O")
    assert told.kind is NoticeKind.ADMISSION
    assert told.doubts == ("An admission whose class (PV1-2) is no inpatient's.",)


def test_the_message_type_counts_and_not_the_event_segment() -> None:
    assert notice("EVN|A03", PID, event="ADT^A01").kind is NoticeKind.ADMISSION


@pytest.mark.parametrize("event", ["", "ADT", "^^ADT_A01"])
def test_only_where_the_message_type_is_silent_the_event_segment_counts(event: str) -> None:
    told = notice("EVN|A03", PID, event=event)
    assert told.kind is NoticeKind.DISCHARGE
    assert told.doubts == ("MSH-9 doesn't say what has happened: it is taken from EVN-1.",)


def test_an_event_written_in_one_word_is_understood() -> None:
    assert notice(PID, event="ADT_A03").kind is NoticeKind.DISCHARGE


@pytest.mark.parametrize("event", ["ORU^R01", "ACK^A01", "SIU^S12", "MDM^T02^MDM_T02"])
def test_other_messages_are_nothing_that_an_episode_is_made_of(event: str) -> None:
    told = notice("EVN|A01", PID, event=event)
    assert told.kind is NoticeKind.OTHER
    assert told.person.names[0].family == "Person"


def test_a_merge_retires_the_former_identifier_of_each_person() -> None:
    told = understand(
        message(PID, "MRG|99^^^HOSP^MR~1234^^^HOSP^MR", PID, "MRG|98", event="ADT^A40"), RULES
    )
    assert [[one.value for one in each.retired] for each in told] == [["99"], ["98"]]
    assert {each.kind for each in told} == {NoticeKind.MERGE}


def test_a_merge_of_more_people_than_makes_sense_is_cut_and_doubted() -> None:
    merges = ("PID|1||1", "MRG|2") * 1001
    told = understand(message(*merges, event="ADT^A40"), RULES)
    assert len(told) == 1000
    assert told[0].doubts == ("It is about more than 1000 people (PID): the rest isn't read.",)


def test_a_merge_that_names_nothing_is_doubted() -> None:
    told = notice(PID, "MRG|1234^^^HOSP^MR", event="ADT^A40")
    assert told.retired == ()
    assert told.doubts == ("The merge names no identifier that is no more (MRG-1).",)


@pytest.mark.parametrize("event", ["A43", "A44", "A45"])
def test_records_moved_to_another_person_make_nobody_the_same(event: str) -> None:
    told = notice(PID, "MRG|99^^^HOSP^MR", event=f"ADT^{event}")
    assert told.kind in (NoticeKind.PERSON_UPDATE, NoticeKind.VISIT_UPDATE)
    assert told.retired == ()
    assert "somebody has to look" in told.doubts[0]


@pytest.mark.parametrize("event", ["A35", "A41", "A42", "A49", "A50", "A51"])
def test_a_visit_that_gets_another_number_is_found_by_the_former(event: str) -> None:
    told = notice(
        PID, "MRG|1234^^^HOSP^MR||||V1", "PV1|1|I" + "|" * 17 + "V2", event=f"ADT^{event}"
    )
    assert (told.kind, told.retired) == (NoticeKind.VISIT_UPDATE, ())
    assert (told.visit.former_number, told.visit.number) == ("V1", "V2")


@pytest.mark.parametrize("event", ["A17", "A24", "A37"])
def test_people_who_are_linked_or_change_beds_stay_two(event: str) -> None:
    other = PID.replace("1234", "5678")
    told = understand(message(PID, "PV1|1|I|A", other, "PV1|1|I|B", event=f"ADT^{event}"), RULES)
    assert [each.person.identifiers[0].value for each in told] == ["1234", "5678"]
    assert [each.visit.unit for each in told] == ["A", "B"]
    assert all(each.retired == () for each in told)


def test_a_person_told_twice_by_mistake_is_one_notice_with_its_visit() -> None:
    told = notice(PID, PID.replace("1234", "5678"), "PV1|1|I|A")
    assert (told.person.identifiers[0].value, told.visit.unit) == ("1234", "A")
    assert told.doubts == ("There is more than one person (PID): the first is taken.",)


@pytest.mark.parametrize(
    ("processing", "reason"),
    [
        ("P", None),
        ("P^T", None),
        ("", None),
        ("T", "training"),
        ("D", "test of the interface"),
        ("X", "none that is meant"),
    ],
)
def test_a_message_for_a_test_is_not_acted_on(processing: str, reason: str | None) -> None:
    header = f"MSH|^~\\&|ADT|HOSP|VIGIL|ACT|20260115120000||ADT^A01|1|{processing}|2.5.1"
    why = why_not_meant(message(PID, header=header), RULES)
    assert (why is None) if reason is None else (why is not None and reason in why)


def test_a_sender_may_be_allowed_to_send_tests() -> None:
    rules = SenderRules(RULES.zone, processing=frozenset({"P", "T"}))
    header = "MSH|^~\\&|ADT|HOSP|VIGIL|ACT|20260115120000||ADT^A01|1|T|2.5.1"
    assert why_not_meant(message(header=header), rules) is None
