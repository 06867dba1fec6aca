"""Whom a hospital's message is about, and of what stay it tells: nothing lost, nothing made up."""

from datetime import UTC, date, datetime

import pytest

from dispatch.hospitals.hl7.senders import Place, SenderRules
from dispatch.hospitals.notice import (
    Address,
    Identifier,
    IdentifierKind,
    LegalStatus,
    Notice,
    Person,
    PersonName,
    Sex,
    Visit,
)
from tests.hospitals.hl7_samples import RULES, message, notice, understand

RECORD, MEDICAID = IdentifierKind.RECORD, IdentifierKind.MEDICAID
SOCIAL_SECURITY, OTHER = IdentifierKind.SOCIAL_SECURITY, IdentifierKind.OTHER


def fields(segment: str, **told: str) -> str:
    """Return a segment with some fields, such as f3="1234"."""
    numbers = {int(name[1:]): text for name, text in told.items()}
    return "|".join([segment, *(numbers.get(one, "") for one in range(1, max(numbers) + 1))])


def test_a_whole_message_is_told_in_our_words() -> None:
    told = notice(
        "EVN|A01|20260115123000||||20260115120500",
        fields(
            "PID",
            f3="1234^^^HOSP&1.2.3&ISO^MR~99^^^STATE^MA",
            f5="Person^Test^Quinn^Jr",
            f7="19700203",
            f8="F",
            f11="1 Main St^Apt 2^Salem^OR^97301",
            f13="(503) 555-0101",
            f18="ACC7",
            f19="000-12-3456",
        ),
        fields(
            "PV1",
            f2="I",
            f3="4 East^12^A^General&1.2&ISO",
            f4="INV",
            f7="D1^Doctor^Dana",
            f19="V55^^^HOSP",
            f36="07^Left against advice",
            f44="20260115120000",
            f45="20260120100000",
        ),
        fields("PV2", f3="F20^Hears voices", f9="20260122"),
    )
    assert told.person == Person(
        names=(PersonName("Person", "Test", "Quinn", "Jr"),),
        birth_date=date(1970, 2, 3),
        sex=Sex.FEMALE,
        identifiers=(
            Identifier(RECORD, "1234", "HOSP"),
            Identifier(MEDICAID, "99", "STATE"),
            Identifier(OTHER, "ACC7", ""),
            Identifier(SOCIAL_SECURITY, "000-12-3456", ""),
        ),
        addresses=(Address("1 Main St Apt 2", "Salem", "OR", "97301"),),
        phones=("(503) 555-0101",),
    )
    assert told.visit == Visit(
        number="V55",
        setting=RULES.setting("I"),
        facility="General",
        unit="4 East",
        legal_status=LegalStatus.INVOLUNTARY,
        attending="Dana Doctor",
        reason="Hears voices",
        admitted_at=datetime(2026, 1, 15, 20, tzinfo=UTC),
        discharged_at=datetime(2026, 1, 20, 18, tzinfo=UTC),
        planned_discharge=date(2026, 1, 22),
        disposition="07 Left against advice",
    )
    assert told.happened_at == datetime(2026, 1, 15, 20, 5, tzinfo=UTC)
    assert told.sent_at == datetime(2026, 1, 15, 20, tzinfo=UTC)
    assert told.doubts == ()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1^^^HOSP^MR", RECORD),
        ("1^^^HOSP^MRN", RECORD),
        ("1^^^HOSP", RECORD),
        ("1^^^MRN", RECORD),
        ("1", RECORD),
        ("1^^^HOSP^MA", MEDICAID),
        ("1^^^MEDICAID", MEDICAID),
        ("1^^^HOSP^SS", SOCIAL_SECURITY),
        ("1^^^^^USSSA", SOCIAL_SECURITY),
        ("1^^^HOSP^DL", OTHER),
        ("1^^^HOSP^AN", OTHER),
    ],
)
def test_an_identifier_is_what_its_sender_says_it_is(written: str, kind: IdentifierKind) -> None:
    (identifier,) = notice(fields("PID", f3=written)).person.identifiers
    assert (identifier.kind, identifier.value) == (kind, "1")


def test_identifiers_stand_in_five_fields_and_each_is_told_once() -> None:
    pid = fields("PID", f2="7^^^ST^MA", f3="1^^^H^MR~1^^^H^MR~", f4="8", f18='""', f19="9")
    told = notice(pid).person.identifiers
    assert [(one.kind, one.value) for one in told] == [
        (RECORD, "1"),
        (MEDICAID, "7"),
        (OTHER, "8"),
        (SOCIAL_SECURITY, "9"),
    ]


def test_the_present_name_comes_first_then_former_ones_and_aliases() -> None:
    pid = fields("PID", f5="Old^Test^^^^^M~Person^Test^^^^^L~^^^", f9="Nick^Test")
    names = notice(pid).person.names
    assert [name.family for name in names] == ["Person", "Old", "Nick"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("F", Sex.FEMALE), ("m^Male", Sex.MALE), ("U", None), ("O", None), ('""', None), ("", None)],
)
def test_a_sex_other_than_two_is_told_as_nothing(written: str, meant: Sex | None) -> None:
    assert notice(fields("PID", f8=written)).person.sex is meant


@pytest.mark.parametrize(
    ("written", "phones"),
    [
        ("(503)555-0101~503-555-0102^PRN", ("(503)555-0101", "503-555-0102")),
        ("^PRN^PH^^^503^5550101", ("503 5550101",)),
        ("^PRN^PH^^1^503^5550101", ("1 503 5550101",)),
        ("^NET^Internet^test@example.org", ()),
        ("^^^^^^^^^^^(503) 555-0101", ("(503) 555-0101",)),
    ],
)
def test_phones_are_as_written_and_mail_addresses_are_none(
    written: str, phones: tuple[str, ...]
) -> None:
    assert notice(fields("PID", f13=written)).person.phones == phones
    assert notice(fields("PID", f14=written)).person.phones == phones


def test_an_incomplete_birth_date_is_none_and_is_doubted() -> None:
    told = notice(fields("PID", f3="1", f7="1970"))
    assert told.person.birth_date is None
    assert told.doubts == ("PID-7 is no whole date.",)


def test_where_somebody_was_born_is_no_address() -> None:
    told = notice(fields("PID", f11="^^Salem^OR^^^BDL~1 Main St^^Salem^OR~^^^"))
    assert told.person.addresses == (Address("1 Main St", "Salem", "OR"),)


def test_what_is_told_more_often_than_makes_sense_is_cut_and_doubted() -> None:
    told = notice(fields("PID", f3="~".join(map(str, range(101))), f13="555-0101~" * 99))
    assert len(told.person.identifiers) == 100
    assert told.doubts == ("PID-3 has more than 100 values: the rest isn't read.",)


def test_a_visit_without_a_number_goes_by_its_account() -> None:
    assert notice(fields("PID", f18="ACC7")).visit.number == "ACC7"


def test_a_hospital_that_names_no_facility_is_the_one_that_sends() -> None:
    assert notice(fields("PV1", f3="4 East")).visit.facility == "HOSP"


@pytest.mark.parametrize(
    ("segments", "reason"),
    [
        (("PV2|||^Hears voices", "DG1|1||F20"), "Hears voices"),
        (("PV2|||F20",), "F20"),
        (("DG1|1||F20^Schizophrenia",), "Schizophrenia"),
        (("DG1|1|||Voices", "DG1|2|||Else"), "Voices"),
        (("DG1|1", "DG1|2||F20"), "F20"),
        ((), ""),
    ],
)
def test_the_reason_is_in_words_where_there_are_any(segments: tuple[str, ...], reason: str) -> None:
    assert notice(*segments).visit.reason == reason


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("D1^Doctor^Dana", "Dana Doctor"),
        ("D1^DANA DOCTOR", "DANA DOCTOR"),
        ("D1", "D1"),
        ('""', ""),
        ("", ""),
    ],
)
def test_an_attending_is_told_by_name(written: str, name: str) -> None:
    assert notice(fields("PV1", f7=written)).visit.attending == name


def test_a_sender_chooses_where_it_says_whether_somebody_came_by_their_own_will() -> None:
    rules = SenderRules(
        RULES.zone, legal_status_at=Place("ZLS", 2), involuntary=frozenset({"HOLD"})
    )
    assert notice("ZLS|1|hold", rules=rules).visit.legal_status is LegalStatus.INVOLUNTARY
    assert notice("ZLS|1|VOL", rules=rules).visit.legal_status is LegalStatus.VOLUNTARY
    assert notice("ZLS|1|E", rules=rules).visit.legal_status is None
    assert notice("PV1||||INV", rules=rules).visit.legal_status is None


@pytest.mark.parametrize(
    ("event", "segments", "hour"),
    [
        ("A01", ("EVN|A01|202601151200||||202601151100", "PV1|1"), 19),
        ("A01", ("EVN|A01|202601151200", "PV1|1"), 20),
        ("A01", (fields("PV1", f2="I", f44="202601151000"),), 18),
        ("A03", (fields("PV1", f44="202601151000", f45="202601151300"),), 21),
    ],
)
def test_it_happened_when_the_event_says_else_when_the_visit_does(
    event: str, segments: tuple[str, ...], hour: int
) -> None:
    told = notice(*segments, event=f"ADT^{event}")
    assert told.happened_at == datetime(2026, 1, 15, hour, tzinfo=UTC)


def test_texts_are_one_line_without_control_characters() -> None:
    told = notice(fields("PID", f5="Per\\X00\\son\\.br\\Two^  Test  "), "PV2|||^a\\X0A\\\tb")
    assert told.person.names == (PersonName("Per son Two", "Test"),)
    assert told.visit.reason == "a b"


def test_a_message_that_says_nothing_makes_an_empty_notice() -> None:
    told: tuple[Notice, ...] = understand(message(event="ADT^A08"), RULES)
    assert told[0].person == Person()
    assert told[0].visit == Visit(facility="HOSP")
