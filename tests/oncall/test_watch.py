"""What is news to the watch, what it repeats and when, and what it lets go."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from oncall.coverage import prove
from oncall.model import Rota
from oncall.watch import BEFORE, Finding, Followed, Look, Told, as_seen, findings, look
from tests.oncall.build import rota, rotation
from tests.oncall.rotas import rotas

NOW = datetime(2026, 3, 3, 11, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HORIZON = NOW + 90 * DAY


def gap(start: timedelta, end: timedelta, tier: str = "primary") -> Finding:
    """A gap between two instants, told from now."""
    return Finding(tier, "nobody", NOW + start, NOW + end, (), "nobody is named")


def thin(start: timedelta, end: timedelta, kind: str = "one_channel", who: str = "ben") -> Finding:
    """A thin stretch between two instants, told from now."""
    return Finding("primary", kind, NOW + start, NOW + end, (who,), "in one way only")


def followed(result: Look, number: int = 1) -> list[Followed]:
    """What a look has found, once it is written down."""
    return [
        Followed(one.finding, one.seen_at, one.told, one.number or number + place)
        for place, one in enumerate(result.followed)
    ]


def first(*found: Finding) -> list[Followed]:
    """What is followed after a first look."""
    return followed(look([], found, NOW, HORIZON))


def said(result: Look) -> list[tuple[str, ...]]:
    """What a look has to say, by the words for it."""
    return [tuple(sorted(one.told)) for one in result.say]


def test_what_appears_is_said_at_once() -> None:
    result = look([], [gap(5 * DAY, 6 * DAY), thin(2 * HOUR, 3 * HOUR)], NOW, HORIZON)
    assert said(result) == [("at_once",), ("at_once",)]


def test_what_was_found_before_is_no_news() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    result = look(known, [gap(5 * DAY, 6 * DAY)], NOW + HOUR, HORIZON)
    assert result.say == ()
    assert [one.number for one in result.followed] == [1]
    assert result.ended == ()


def test_it_is_said_again_72_24_4_and_1_hours_before() -> None:
    known, told = first(gap(5 * DAY, 6 * DAY)), []
    for hours in range(1, 130):
        result = look(known, [gap(5 * DAY, 6 * DAY)], NOW + hours * HOUR, HORIZON)
        told += [120 - hours for _ in result.say]
        known = followed(result)
    assert told == [72, 24, 4, 1]


def test_what_appears_late_is_not_said_twice() -> None:
    """Two hours before: at once, and then only one hour before."""
    result = look([], [gap(2 * HOUR, 3 * HOUR)], NOW, HORIZON)
    [one] = result.say
    assert one.next_at(NOW) == NOW + HOUR
    assert one.due(NOW) == frozenset()


def test_reminders_that_were_missed_are_said_together() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    assert said(look(known, [gap(5 * DAY, 6 * DAY)], NOW + 5 * DAY, HORIZON)) == [
        ("1h", "24h", "4h", "72h", "at_once")
    ]


def test_the_next_time_to_say_it_is_known() -> None:
    [one] = first(gap(5 * DAY, 6 * DAY))
    times = []
    at = one.next_at(NOW)
    while at is not None:
        times.append((one.finding.start - at) / HOUR)
        at = one.next_at(at)
    assert times == [72, 24, 4, 1]


def test_what_grows_at_its_end_is_news() -> None:
    """Somebody else can't be reached any more either: another night without anybody."""
    known = first(gap(5 * DAY, 6 * DAY))
    result = look(known, [gap(5 * DAY, 8 * DAY)], NOW + HOUR, HORIZON)
    assert said(result) == [("at_once",)]
    [one] = result.followed
    assert (one.finding.end, one.seen_at, one.number) == (NOW + 8 * DAY, NOW + HOUR, 1)


def test_a_gap_that_grows_while_it_lasts_is_news_and_keeps_its_start() -> None:
    known = first(gap(HOUR, 5 * HOUR))
    result = look(known, [gap(3 * HOUR, 9 * HOUR)], NOW + 3 * HOUR, HORIZON)
    assert said(result) == [("at_once",)]
    assert result.followed[0].finding.start == NOW + HOUR


def test_what_goes_on_beyond_the_horizon_of_before_is_no_news() -> None:
    known = first(gap(5 * DAY, 90 * DAY))
    result = look(known, [gap(5 * DAY, 90 * DAY + HOUR)], NOW + HOUR, HORIZON)
    assert result.say == ()
    assert result.followed[0].finding.end == HORIZON + HOUR


def test_what_begins_earlier_is_news() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    result = look(known, [gap(4 * DAY, 6 * DAY)], NOW + HOUR, HORIZON)
    assert said(result) == [("at_once",)]
    assert [(one.number, one.seen_at) for one in result.followed] == [(1, NOW + HOUR)]


def test_a_gap_that_comes_into_sight_is_said_and_a_thin_stretch_is_not() -> None:
    ahead = 90 * DAY + HOUR
    result = look([], [gap(ahead, ahead + HOUR), thin(ahead, ahead + HOUR)], NOW + DAY, HORIZON)
    assert [one.finding.kind for one in result.say] == ["nobody"]
    assert result.followed[1].next_at(NOW) is None, "the board shows it in time"


def test_a_thin_stretch_that_goes_on_is_told_as_each_time_nears() -> None:
    """Ben has opted out of texts: his nights in three months are thin as well."""
    known = first(thin(2 * DAY, 3 * DAY))
    ahead = 90 * DAY + HOUR
    found = [thin(2 * DAY, 3 * DAY), thin(ahead, ahead + HOUR)]
    known = followed(look(known, found, NOW + DAY, HORIZON))
    assert [known[1].next_at(NOW + DAY)] == [NOW + ahead - 72 * HOUR]
    later = look(known[1:], found[1:], NOW + ahead - DAY, HORIZON + 90 * DAY)
    assert said(later) == [("24h", "72h")]


def test_a_first_look_says_everything() -> None:
    found = [gap(HOUR, 2 * HOUR), thin(HOUR, 2 * HOUR)]
    assert len(look([], found, NOW, None).say) == 2


def test_who_has_not_confirmed_is_told_elsewhere() -> None:
    result = look([], [thin(HOUR, 9 * HOUR, kind="unconfirmed")], NOW, HORIZON)
    assert result.say == ()
    assert result.followed[0].told == {Told.SEEN}


def test_what_its_writer_was_shown_is_said_again_only_if_it_is_a_gap() -> None:
    for finding, times in ((gap(5 * DAY, 6 * DAY), 1), (thin(5 * DAY, 6 * DAY), 0)):
        known = [Followed(finding, NOW, frozenset({Told.SEEN}), 1)]
        assert look(known, [finding], NOW, HORIZON).say == ()
        assert len(look(known, [finding], NOW + 2 * DAY, HORIZON).say) == times


def test_what_is_under_way_keeps_its_start() -> None:
    """A proof begins at the present; the gap does not."""
    known = first(gap(HOUR, 5 * HOUR))
    result = look(known, [gap(3 * HOUR, 5 * HOUR)], NOW + 3 * HOUR, HORIZON)
    assert result.followed[0].finding.start == NOW + HOUR


def test_a_gap_that_is_split_is_no_news_and_both_parts_are_followed() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    parts = [gap(5 * DAY, 5 * DAY + HOUR), gap(6 * DAY - HOUR, 6 * DAY)]
    result = look(known, parts, NOW, HORIZON)
    assert result.say == ()
    assert [one.number for one in result.followed] == [1, None]


def test_gaps_that_grow_together_are_one_and_none_of_them_is_mended() -> None:
    known = first(gap(5 * DAY, 6 * DAY), gap(7 * DAY, 8 * DAY))
    result = look(known, [gap(5 * DAY, 8 * DAY)], NOW, HORIZON)
    assert said(result) == [("at_once",)], "the day between them is news"
    assert [one.number for one in result.ended] == [2]
    assert result.mended == ()


def test_alike_is_of_the_same_tier_kind_and_people() -> None:
    known = first(gap(5 * DAY, 6 * DAY), thin(5 * DAY, 6 * DAY))
    others = [
        gap(5 * DAY, 6 * DAY, tier="backup"),
        thin(5 * DAY, 6 * DAY, kind="unverified"),
        thin(5 * DAY, 6 * DAY, who="cho"),
    ]
    assert len(look(known, others, NOW, HORIZON).say) == 3


def test_a_mended_gap_is_told_of_where_it_was_known() -> None:
    told = first(gap(5 * DAY, 6 * DAY))
    assert [one.number for one in look(told, [], NOW, HORIZON).mended] == [1]
    only_seen = [Followed(gap(5 * DAY, 6 * DAY), NOW, frozenset({Told.SEEN}), 1)]
    assert look(only_seen, [], NOW, HORIZON).mended == ()
    thinned = first(thin(5 * DAY, 6 * DAY))
    assert look(thinned, [], NOW, HORIZON).mended == ()


def test_what_has_passed_is_not_mended() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    result = look(known, [], NOW + 6 * DAY, HORIZON)
    assert [one.number for one in result.ended] == [1]
    assert result.mended == ()


def test_an_empty_rota_is_one_gap_on_each_tier() -> None:
    coverage = prove(rota(), NOW, HORIZON)
    found = findings(coverage, {})
    assert [(one.tier, one.start, one.end) for one in found] == [
        (tier, NOW, HORIZON) for tier in ("primary", "backup", "supervisor")
    ]
    later = NOW + 10 * timedelta(minutes=1)
    result = look(
        first(*found), findings(prove(rota(), later, later + 90 * DAY), {}), later, HORIZON
    )
    assert result.say == (), "the horizon has moved on, nothing else"


@given(rotas(), st.lists(st.timedeltas(timedelta(), 5 * DAY), min_size=1, max_size=12))
def test_as_time_goes_on_nothing_is_lost_and_nothing_said_twice(
    drawn: tuple[Rota, datetime], steps: list[timedelta]
) -> None:
    """Whatever the rota: each finding is followed once, and each of its notices said once."""
    one, now = drawn
    known: list[Followed] = []
    in_sight: datetime | None = None
    ends: dict[int, frozenset[str]] = {}
    count = 0
    for step in steps:
        now += step
        found = findings(prove(one, now, now + 30 * DAY), {})
        result = look(known, found, now, in_sight)
        assert len(result.followed) == len(found)
        assert {two.finding.end for two in result.followed} == {two.end for two in found}
        for two in result.say:
            before = ends.get(two.number or -1, frozenset())
            assert two.told - before, "something of it is new"
        known = []
        for two in result.followed:
            count += two.number is None
            number = two.number or count
            known.append(Followed(two.finding, two.seen_at, two.told, number))
            ends[number] = two.told
        assert len({two.number for two in known}) == len(known)
        in_sight = now + 30 * DAY
        assert all(at > now for two in known if (at := two.next_at(now)))
        assert all(not two.due(now) for two in known)


def test_the_notices_are_the_ones_that_are_promised() -> None:
    assert [before / HOUR for before in BEFORE.values()] == [72, 24, 4, 1]


def test_a_rotation_that_covers_everything_has_no_findings() -> None:
    one = rotation("2026-01-05 09:00", "1 week", "ana")
    assert findings(prove(rota(one, tiers=("primary",)), NOW, HORIZON), {}) == []


def test_what_its_writer_was_shown_is_kept_where_it_is_new() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    shown = [gap(5 * DAY, 6 * DAY), gap(7 * DAY, 8 * DAY), thin(HOUR, 2 * HOUR)]
    kept = list(as_seen(known, shown, NOW))
    assert [(one.finding, one.number) for one in kept] == [(one, None) for one in shown[1:]]
    assert all(one.told == {Told.SEEN} for one in kept)
    assert look([*known, *kept], shown, NOW, HORIZON).say == ()


def test_a_gap_that_its_writer_widened_is_known_from_then_on() -> None:
    """They are shown what they add: a day before, and another after."""
    known = first(gap(5 * DAY, 6 * DAY))
    added = [gap(4 * DAY, 5 * DAY), gap(6 * DAY, 7 * DAY)]
    *_, widened = as_seen(known, added, NOW + HOUR)
    wider = gap(4 * DAY, 7 * DAY)
    assert widened == Followed(wider, NOW + HOUR, frozenset({Told.SEEN}), 1)
    assert look([widened], [wider], NOW + HOUR, HORIZON).say == ()


def test_a_gap_that_its_writer_made_longer_keeps_what_was_told_of_it() -> None:
    known = first(gap(5 * DAY, 6 * DAY))
    [widened] = as_seen(known, [gap(6 * DAY, 7 * DAY)], NOW + HOUR)
    assert widened == Followed(gap(5 * DAY, 7 * DAY), NOW, frozenset({Told.AT_ONCE}), 1)
    assert look([widened], [gap(5 * DAY, 7 * DAY)], NOW + HOUR, HORIZON).say == ()
