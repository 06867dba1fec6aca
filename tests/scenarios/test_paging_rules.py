"""How people want to be paged: when their phone rings, what the file says, what they say since."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import select

from dispatch.agency_file import Agency
from dispatch.commands import agencies, crises
from dispatch.commands.agencies import LoadRefused
from dispatch.commands.handovers import Handover, hand_over
from dispatch.commands.paging_rules import keep_rule, set_rule
from dispatch.crisis import Disposition
from dispatch.tables import CrisisLineRow
from notifications.outbox import Kind
from notifications.paging import Nights, PagingRule, read_rule
from notifications.tables import OutboxRow, PagingRuleRow
from tests.scenarios.ridge import URL, Ridge, ridge_agency, wall

AT_ONCE = timedelta()
NOT_DELIVERED = timedelta(seconds=20)
MINUTE = timedelta(seconds=60)

CAREFUL = PagingRule(timedelta(seconds=40), Nights(time(22), time(7)))
"""Text now, voice after 40 seconds; nights voice at once."""

ANA = "id: ana, name: Ana Sample, discipline: nurse,"
ANA_CAREFUL = f'{ANA} paging: {{ring_after: 40, nights: {{from: "22:00", to: "07:00"}}}},'


def agree(ridge: Ridge, staff: str, rule: PagingRule | None) -> None:
    """Somebody says on the web how they want to be paged."""
    with ridge.work() as work:
        set_rule(work, staff, rule, f"{staff}@example.org")


def paged(ridge: Ridge, at: str) -> tuple[str, timedelta, timedelta | None]:
    """A crisis line hands a caller over; who is texted at once, and when their phone rings.

    It rings after the first length of time if the text has not arrived, after the second if it has.
    """
    ridge.clock.at = wall(at)
    told = Handover("county", at, None, None, "north", None, None)
    with ridge.work() as work:
        work.session.merge(CrisisLineRow(id="county", name="Example County"))
        ref = hand_over(work, told, URL).ref
    with ridge.work.reading() as work:
        rows = work.session.exec(select(OutboxRow).where(OutboxRow.crisis_ref == ref)).all()
    with ridge.work() as work:
        over = Disposition.RESOLVED_BY_PHONE
        crises.close(work, ref, over, None, who=None, by="Eli Sample", public_url=URL)
    [text] = [row for row in rows if row.kind == Kind.SMS]
    [call] = [row for row in rows if row.kind == Kind.PAGE_CALL]
    assert (text.staff_id, text.key, text.due_at) == (call.staff_id, call.backs, ridge.clock.at)
    anyway = call.rings_anyway_at
    return (
        call.staff_id or "",
        call.due_at - ridge.clock.at,
        None if anyway is None else anyway - ridge.clock.at,
    )


def load(ridge: Ridge, agency: Agency, *, undo_changes: bool = False) -> None:
    """What `vigil load` does."""
    with ridge.work() as work:
        agencies.load(work, agency, undo_changes=undo_changes)


def rules(ridge: Ridge) -> dict[str, PagingRule]:
    """Everybody's own rule."""
    with ridge.work.reading() as work:
        return {
            row.staff_id: read_rule(row.rule) for row in work.session.exec(select(PagingRuleRow))
        }


def test_the_phone_rings_when_its_owner_wants_by_day_and_by_night(ridge: Ridge) -> None:
    """Ana has the days, Cho the night of Thursday."""
    assert paged(ridge, "2026-11-26 16:00") == ("ana", NOT_DELIVERED, MINUTE), "as usual"
    agree(ridge, "ana", CAREFUL)
    agree(ridge, "cho", CAREFUL)
    rings = timedelta(seconds=40)
    assert paged(ridge, "2026-11-26 16:01") == ("ana", NOT_DELIVERED, rings)
    assert paged(ridge, "2026-11-26 21:59") == ("cho", NOT_DELIVERED, rings)
    assert paged(ridge, "2026-11-26 22:00") == ("cho", AT_ONCE, AT_ONCE)
    assert paged(ridge, "2026-11-27 06:59") == ("cho", AT_ONCE, AT_ONCE)
    assert paged(ridge, "2026-11-27 07:00") == ("cho", NOT_DELIVERED, rings)
    agree(ridge, "ana", PagingRule(None))
    assert paged(ridge, "2026-11-27 09:00") == ("ana", NOT_DELIVERED, None), "if it does not arrive"
    agree(ridge, "ana", PagingRule(timedelta(seconds=600)))
    assert paged(ridge, "2026-11-27 09:01") == ("ana", NOT_DELIVERED, MINUTE), (
        "in time for an answer before the ladder climbs, whatever they want"
    )
    agree(ridge, "ana", None)
    assert paged(ridge, "2026-11-27 09:02") == ("ana", NOT_DELIVERED, MINUTE)


def test_the_journal_tells_each_change_once(ridge: Ridge) -> None:
    for rule in (CAREFUL, CAREFUL, None, None):
        agree(ridge, "ana", rule)
    after = "seconds after a text without an answer"
    assert ridge.journal("paging") == [
        f"Ana Sample is paged so: the phone rings 40 {after}, "
        "from 22:00 to 07:00 together with the text",
        f"Ana Sample is paged as usual: the phone rings 60 {after}",
    ]


@pytest.mark.parametrize("written", [{"ring_after": 60, "by": "pager"}, {"nights": {}}, "at once"])
def test_a_rule_that_this_version_cannot_read_keeps_no_page_from_leaving(
    ridge: Ridge, written: Any
) -> None:
    with ridge.work() as work:
        work.session.add(PagingRuleRow(staff_id="ana", rule=written))
    assert paged(ridge, "2026-11-26 16:00") == ("ana", NOT_DELIVERED, MINUTE)
    agree(ridge, "ana", CAREFUL)
    assert rules(ridge) == {"ana": CAREFUL}


def test_the_file_sets_the_rules_of_those_for_whom_it_says_one(ridge: Ridge) -> None:
    quiet = PagingRule(None)
    agree(ridge, "ben", quiet)
    for _ in range(2):
        load(ridge, ridge_agency(ANA, ANA_CAREFUL))
        assert rules(ridge) == {"ana": CAREFUL, "ben": quiet}
    load(ridge, ridge_agency())
    assert rules(ridge) == {"ana": CAREFUL, "ben": quiet}, "the file says nothing of it any more"


@pytest.mark.parametrize("since", [PagingRule(None), None])
def test_what_somebody_has_set_since_is_not_undone_by_the_way(
    ridge: Ridge, since: PagingRule | None
) -> None:
    file = ridge_agency(ANA, ANA_CAREFUL)
    load(ridge, file)
    agree(ridge, "ana", since)
    with pytest.raises(LoadRefused, match=r"^ana@example\.org has written since .* is paged"):
        load(ridge, file)
    assert rules(ridge).get("ana") == since
    load(ridge, file, undo_changes=True)
    assert rules(ridge) == {"ana": CAREFUL}
    agree(ridge, "ana", PagingRule(None))
    agree(ridge, "ana", CAREFUL)
    load(ridge, file)


def test_two_who_write_a_first_rule_at_the_same_time_both_succeed(ridge: Ridge) -> None:
    """A lead and Ana herself: the later one holds."""
    with ridge.work() as work:
        assert work.session.get(PagingRuleRow, "ana") is None
        with ridge.work() as other:
            keep_rule(other.session, "ana", PagingRule(None))
        keep_rule(work.session, "ana", CAREFUL)
    assert rules(ridge) == {"ana": CAREFUL}


def test_a_night_is_that_of_the_team_whose_crisis_it_is(ridge: Ridge) -> None:
    agree(ridge, "cho", CAREFUL)
    assert wall("2026-11-26 22:00") == datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
    load(ridge, ridge_agency("America/Los_Angeles", "America/New_York"))
    assert paged(ridge, "2026-11-26 19:00") == ("cho", AT_ONCE, AT_ONCE), "22:00 in New York"
