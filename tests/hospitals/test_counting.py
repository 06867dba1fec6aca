"""What counts for the fidelity scale, what doesn't, and why: a quarter that is reckoned by hand."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from dispatch.hospitals.counting.fidelity import packaged
from dispatch.hospitals.counting.measures import (
    Counted,
    Enrolment,
    Measure,
    Period,
    Scope,
    count,
    last_of,
)
from dispatch.hospitals.counting.stays import delays, length_of_stay, readmissions
from dispatch.hospitals.episodes.involvement import Followed, How, StepKind
from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import NoticeKind, Setting
from tests.hospitals.build import CLIENT, MERCY, STATE, ZONE, following, hour, stay, step, tell

K = NoticeKind
DAY = 24
(SCALE,) = packaged()
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1), ZONE)
ALWAYS = Enrolment(CLIENT, "north", hour(-10_000))
NORTH = Scope("north", MARCH, (ALWAYS,))


def judged(measure: Measure, one: Followed, scope: Scope = NORTH) -> Counted:
    (row,) = count(measure, [one], scope, SCALE).tally.rows
    return row


# The story of ten episodes in March; hours are counted from 2 March, noon in UTC.
INVOLVED_IN_TIME = following(  # decided on at hour 3, involved at hour 2; planned
    tell(K.ED_VISIT, 0),
    tell(K.ADMISSION_PLANNED, 3),
    tell(K.ADMISSION, 10, setting=Setting.INPATIENT),
    tell(K.DISCHARGE, 100, disposition="01"),
    steps=(step(StepKind.INVOLVED, 2), step(StepKind.PLANNING, 90)),
)
AFTER_THE_DECISION = following(  # involved at hour 5, though the bed came at hour 10; planned
    tell(K.ED_VISIT, 0),
    tell(K.ADMISSION_PLANNED, 3),
    tell(K.ADMISSION, 10),
    tell(K.DISCHARGE, 100, disposition="01"),
    steps=(step(StepKind.INVOLVED, 5), step(StepKind.PLANNING, 50)),
)
TOLD_TOO_LATE = following(  # told two days after the admission; not planned
    *stay(10, 200, number="V3", notified=58),
    steps=(step(StepKind.INVOLVED, 59),),
)
ASKED_FOR_IT = following(  # the team asked for it, and heard of it late; still there
    *stay(30, number="V4", notified=40),
    steps=(step(StepKind.INVOLVED, 20, how=How.ASKED_FOR_IT, recorded=41),),
)
MOVED_ON = following(  # two hospitals, one admission; planned only after the discharge
    tell(K.ED_VISIT, 0),
    tell(K.DISCHARGE, 9, disposition="65"),
    tell(K.ADMISSION, 15, hospital=STATE, number="S1"),
    tell(K.DISCHARGE, 300, hospital=STATE, number="S1"),
    steps=(step(StepKind.INVOLVED, 4), step(StepKind.PLANNING, 300)),
)
OPENED_AGAIN = following(  # leave, a discharge that was taken back, and another in April; planned
    *stay(50, 400, number="V6"),
    tell(K.LEAVE_BEGINS, 100, number="V6"),
    tell(K.LEAVE_ENDS, 150, number="V6"),
    tell(K.DISCHARGE_CANCELLED, 401, number="V6"),
    tell(K.DISCHARGE, 800, number="V6"),
    steps=(step(StepKind.PLANNING, 700),),
)
IN_FEBRUARY = following(  # admitted before the period, discharged in it; planned
    *stay(-100, 20, number="V7"),
    steps=(step(StepKind.INVOLVED, -101), step(StepKind.PLANNING, 10)),
)
ED_ONLY = following(tell(K.ED_VISIT, 0), tell(K.DISCHARGE, 5, disposition="01"))
TAKEN_BACK = following(tell(K.ADMISSION, 0), tell(K.ADMISSION_CANCELLED, 2))
MEDICAL = following(*stay(0, 50, number="V10", psychiatric=False))

TEN = [
    INVOLVED_IN_TIME,
    AFTER_THE_DECISION,
    TOLD_TOO_LATE,
    ASKED_FOR_IT,
    MOVED_ON,
    OPENED_AGAIN,
    IN_FEBRUARY,
    ED_ONLY,
    TAKEN_BACK,
    MEDICAL,
]


def test_admissions_of_a_month_reckoned_by_hand() -> None:
    """Six admissions in March: in time are the first, the one asked for, and the one moved on."""
    counted = count(Measure.ADMISSIONS, TEN, NORTH, SCALE)
    assert (counted.tally.numerator, counted.tally.denominator) == (3, 6)
    assert counted.tally.percent == 50
    assert counted.score == 3
    assert counted.words == "3 of 6: score 3 (memory: verify before release)"
    assert [judged(Measure.ADMISSIONS, one).reason for one in TEN] == [
        "involved before the decision: on the phone",
        "involved only after the decision",
        "not notified in time",
        "involved before the decision: asked for the admission",
        "involved before the decision: on the phone",
        "not notified in time",
        "not in this period",
        "emergency department only, not admitted",
        "the hospital took it back: there was no admission",
        "not a psychiatric admission",
    ]


def test_discharges_of_a_month_reckoned_by_hand() -> None:
    """Five discharges in March: planned are the first two and that of the stay since February."""
    counted = count(Measure.DISCHARGES, TEN, NORTH, SCALE)
    assert (counted.tally.numerator, counted.tally.denominator) == (3, 5)
    assert counted.tally.percent == 60
    assert counted.score == 3
    assert [judged(Measure.DISCHARGES, one).reason for one in TEN] == [
        "planned together with the hospital before the discharge",
        "planned together with the hospital before the discharge",
        "discharged without a joint planning contact",
        "not discharged yet",
        "discharged without a joint planning contact",
        "not in this period",
        "planned together with the hospital before the discharge",
        "emergency department only, not admitted",
        "the hospital took it back: there was no admission",
        "not a psychiatric admission",
    ]


def test_without_anything_to_count_there_is_no_score_and_it_says_so() -> None:
    counted = count(Measure.ADMISSIONS, [ED_ONLY], NORTH, SCALE)
    assert (counted.score, counted.tally.percent) == (None, None)
    assert "no score" in counted.words


def test_a_notice_after_the_decision_and_nobody_involved_is_not_notified_in_time() -> None:
    told = (tell(K.ED_VISIT, 0), tell(K.ADMISSION_PLANNED, 3), tell(K.ADMISSION, 10))
    assert judged(Measure.ADMISSIONS, following(*told)).reason != "not notified in time"
    late = tuple(replace(one, arrived_at=one.arrived_at + timedelta(hours=4)) for one in told)
    assert judged(Measure.ADMISSIONS, following(*late)).reason == "not notified in time"


def test_a_notice_at_the_moment_of_the_decision_is_not_in_time() -> None:
    row = judged(Measure.ADMISSIONS, following(tell(K.ADMISSION, 0, came=0)))
    assert row.reason == "not notified in time"


def test_whoever_was_told_in_time_and_did_nothing_is_told_apart() -> None:
    one = following(tell(K.ED_VISIT, 0), tell(K.ADMISSION, 10))
    assert judged(Measure.ADMISSIONS, one).reason == (
        "notified in time, but nobody was involved before the decision"
    )


def test_planned_observed_and_downgraded_stays_are_no_admissions() -> None:
    planned = following(tell(K.ADMISSION_PLANNED, 0))
    observed = following(tell(K.ADMISSION, 0, setting=Setting.OBSERVATION))
    downgraded = following(tell(K.ADMISSION, 0), tell(K.OUTPATIENT, 2))
    rows = [judged(Measure.ADMISSIONS, one) for one in (planned, observed, downgraded)]
    assert [row.reason for row in rows] == [
        "planned, not admitted",
        "kept for observation, not admitted",
        "made an outpatient visit after all",
    ]
    assert not any(row.counts for row in rows)


def test_what_nobody_has_said_to_be_psychiatric_waits_to_be_settled() -> None:
    row = judged(Measure.ADMISSIONS, following(*stay(0, number="V1", psychiatric=None)))
    assert (row.counts, row.to_settle) == (False, True)
    elsewhen = following(*stay(-900, number="V1", psychiatric=None))
    assert not judged(Measure.ADMISSIONS, elsewhen).to_settle


def test_a_discharge_of_which_the_admission_was_never_told_counts_among_discharges_only() -> None:
    one = following(tell(K.DISCHARGE, 50, setting=Setting.INPATIENT))
    assert judged(Measure.ADMISSIONS, one).to_settle
    assert judged(Measure.DISCHARGES, one).counts


def test_a_death_in_hospital_is_no_discharge_to_plan() -> None:
    one = following(*stay(0, 50, number="V1", disposition="Expired"))
    assert not judged(Measure.DISCHARGES, one).counts
    assert judged(Measure.ADMISSIONS, one).counts


def test_the_month_begins_and_ends_at_midnight_where_the_team_is() -> None:
    """Midnight on 1 March in Portland is 08:00 in UTC; on 1 April, in summer time, 07:00."""
    first, after = -28, 24 * 30 - 5
    for at, counts in [(first - 0.1, False), (first, True), (after - 0.1, True), (after, False)]:
        assert judged(Measure.ADMISSIONS, following(*stay(at, number="V1"))).counts is counts


def test_an_episode_counts_for_the_team_the_client_was_with_at_the_moment() -> None:
    moved = hour(50)
    spans = (
        Enrolment(CLIENT, "north", hour(-500), moved),
        Enrolment(CLIENT, "south", moved),
        Enrolment("client-2", "north", hour(-500)),
    )
    north, south = Scope("north", MARCH, spans), Scope("south", MARCH, spans)
    one = following(*stay(0, 100, number="V1"))
    assert judged(Measure.ADMISSIONS, one, north).counts
    assert not judged(Measure.ADMISSIONS, one, south).counts
    assert not judged(Measure.DISCHARGES, one, north).counts
    assert judged(Measure.DISCHARGES, one, south).counts
    at_the_move = following(*stay(50, number="V1"))
    assert judged(Measure.ADMISSIONS, at_the_move, north).reason == (
        "not enrolled with this team at the time"
    )


def test_who_comes_to_the_psychiatric_unit_from_another_is_admitted_then() -> None:
    """On a medical ward since hour 0; the team has its say at 20, the unit takes them at 30."""
    told = (tell(K.ADMISSION, 0, psychiatric=False), tell(K.TRANSFER, 30, unit="Psychiatry"))
    row = judged(Measure.ADMISSIONS, following(*told, steps=(step(StepKind.INVOLVED, 20),)))
    assert (row.at, row.in_numerator) == (hour(30), True)


def test_reviewers_see_the_last_ten_that_count() -> None:
    year = Scope("north", Period(date(2026, 1, 1), date(2027, 1, 1), ZONE), (ALWAYS,))
    monthly = [
        following(
            *stay(DAY * 20 * number, number=f"V{number}"),
            steps=(step(StepKind.INVOLVED, DAY * 20 * number - 1),) if number > 2 else (),
        )
        for number in range(12)
    ]
    whole = count(Measure.ADMISSIONS, [*monthly, ED_ONLY], year, SCALE)
    ten = last_of(whole, SCALE)
    assert [row.at for row in ten.tally.rows] == [hour(DAY * 20 * each) for each in range(2, 12)]
    assert (ten.tally.numerator, ten.tally.denominator, ten.score) == (9, 10, 4)
    few = last_of(count(Measure.ADMISSIONS, monthly[:3], year, SCALE), SCALE)
    assert few.tally.denominator == 3


# Beside the scores ──────────────────────────────────────────────────────────────────────────────


def test_how_soon_each_hospital_tells_us() -> None:
    at_mercy = [following(*stay(0, number=f"V{hours}", notified=hours)) for hours in (1, 2, 3, 4)]
    early = following(tell(K.ED_VISIT, 0, came=0), tell(K.ADMISSION, 9))
    undated = following(tell(K.ADMISSION, None, sent=5, hospital=STATE, number="S1"))
    mercy, state = delays([*at_mercy, early, undated], NORTH)
    assert (mercy.hospital, mercy.notices, mercy.dated) == (MERCY, 5, 5)
    assert (mercy.middle, mercy.ninth_in_ten) == (timedelta(hours=2), timedelta(hours=4))
    assert (mercy.before, mercy.after) == (1, 4)
    assert (state.hospital, state.notices, state.dated, state.middle) == (STATE, 1, 0, None)


def test_the_average_stay_leaves_out_leave() -> None:
    away = following(*stay(0, 100, number="V1"), tell(K.LEAVE_BEGINS, 10), tell(K.LEAVE_ENDS, 30))
    lasting = length_of_stay([away, following(*stay(0, 40, number="V2")), ED_ONLY], NORTH)
    assert (lasting.stays, lasting.average) == (2, timedelta(hours=60))
    assert length_of_stay([], NORTH).average is None


@pytest.mark.parametrize(
    ("again", "readmitted"),
    [
        (stay(120, number="V2"), True),
        (stay(100 + DAY * 29, number="V2"), True),
        (stay(100 + DAY * 32, number="V2"), False),
        (stay(120, number="V2", psychiatric=False), False),
        ((tell(K.ED_VISIT, 120, number="V2"),), False),
    ],
)
def test_a_readmission_is_a_psychiatric_admission_within_thirty_days(
    again: tuple[Told, ...], readmitted: bool
) -> None:
    first, second = following(*stay(0, 100, number="V1")), following(*again)
    tally = readmissions([second, first], NORTH, 30, hour(DAY * 90))
    assert (tally.numerator, tally.denominator) == (int(readmitted), 1)
    stranger = replace(second, client="client-2")
    assert readmissions([first, stranger], NORTH, 30, hour(DAY * 90)).numerator == 0


def test_a_discharge_whose_thirty_days_are_not_over_does_not_count_yet() -> None:
    first = following(*stay(0, 100, number="V1"))
    tally = readmissions([first], NORTH, 30, hour(DAY * 20))
    assert (tally.denominator, tally.rows[0].reason) == (0, "30 days are not over yet")
    assert tally.percent is None
    # Discharged on 6 March at 08:00 in Portland: the days end with 5 April, at 07:00 in UTC.
    assert readmissions([first], NORTH, 30, hour(DAY * 35 - 5.1)).denominator == 0
    assert readmissions([first], NORTH, 30, hour(DAY * 35 - 5)).percent == Fraction(0)
