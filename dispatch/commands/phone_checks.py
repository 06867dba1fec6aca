"""The monthly test pages, and what becomes of phones that don't answer them."""

from sqlmodel import col, or_, select

from dispatch.commands.leads import text_leads
from dispatch.commands.outside import coverage_may_fall
from dispatch.commands.phones import awaits_answer, first_team, last_heard
from dispatch.commands.staff_texts import text_to, unique
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork
from notifications import duty_wording as wording
from oncall import phone_tests
from oncall.model import StaffId, TeamId
from oncall.tables import PhoneRow


def check_phones(unit_of_work: UnitsOfWork) -> None:
    """Send the test pages that are due, and take back what was not answered, each on its own."""
    with unit_of_work.reading() as work:
        to_test, lapsed = _due(work)
    for staff in to_test:
        with unit_of_work() as work:
            _test(work, staff)
    for staff in lapsed:
        with unit_of_work() as work:
            _lapse(work, staff)


def _due(work: UnitOfWork) -> tuple[list[StaffId], list[StaffId]]:
    """Whose phone is to be tested, and whose has not answered."""
    month_ago = work.now - phone_tests.TEST_EVERY
    query = select(PhoneRow).where(
        col(PhoneRow.verified_at) <= month_ago,
        or_(col(PhoneRow.test_answered_at).is_(None), col(PhoneRow.test_answered_at) <= month_ago),
    )
    to_test, lapsed = [], []
    for row in work.session.exec(query.order_by(col(PhoneRow.staff_id))):
        if _team_to_ask(work, row) is None:
            continue
        if _has_lapsed(work, row):
            lapsed.append(row.staff_id)
        elif not awaits_answer(row) and _takes_texts(work, row):
            to_test.append(row.staff_id)
    return to_test, lapsed


def _team_to_ask(work: UnitOfWork, row: PhoneRow) -> TeamId | None:
    """The team from whose line somebody is asked; None for those whose phone this is not."""
    member = work.directory.staff.get(row.staff_id)
    if member is None or not member.active or member.phone != row.phone:
        return None
    return first_team(work, row.staff_id)


def _takes_texts(work: UnitOfWork, row: PhoneRow) -> bool:
    return work.directory.staff[row.staff_id].person.sms


def _has_lapsed(work: UnitOfWork, row: PhoneRow) -> bool:
    """Whether a phone has stayed silent for too long, be it to a test page or to nobody's asking.

    No test page can be texted to a phone that takes only calls: once its time is over, it is for
    its owner to have a code said to them by a call.
    """
    if awaits_answer(row):
        return row.tested_at is not None and phone_tests.unanswered(row.tested_at, work.now)
    heard_at = last_heard(row)
    silent = heard_at is not None and heard_at + phone_tests.TEST_EVERY <= work.now
    return silent and not _takes_texts(work, row)


def _test(work: UnitOfWork, staff: StaffId) -> None:
    row = _lock(work, staff)
    team = None if row is None else _team_to_ask(work, row)
    if row is None or team is None or awaits_answer(row) or not _takes_texts(work, row):
        return
    zone = work.directory.teams[team].timezone
    heard_at = last_heard(row)
    if heard_at is None or not phone_tests.due(heard_at, zone, work.now):
        return
    if text_to(work, staff, team, key=unique("test"), body=wording.test_page()):
        row.tested_at = work.now
        work.session.add(row)


def _lapse(work: UnitOfWork, staff: StaffId) -> None:
    with coverage_may_fall(work):
        row = _lock(work, staff)
        if row is None or row.verified_at is None or not _has_lapsed(work, row):
            return
        row.verified_at = None
        work.session.add(row)
        name = work.directory.name_of(staff)
        if awaits_answer(row):
            body = wording.told_test_unanswered(name, phone_tests.ANSWER_WITHIN.days)
        else:
            body = wording.told_phone_not_tested(name)
        key = unique("lapsed")  # who leads several teams of theirs is told once
        for team in work.directory.teams.values():
            if staff in team.members:
                text_leads(work, team.id, key=key, body=body, but=[staff])


def _lock(work: UnitOfWork, staff: StaffId) -> PhoneRow | None:
    query = select(PhoneRow).where(PhoneRow.staff_id == staff).with_for_update()
    return work.session.exec(query.execution_options(populate_existing=True)).first()
