"""Cover requests: who is asked next, when the leads hear of it, and whose shift it is."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from oncall.eligibility import Candidate, Obstacle
from oncall.requests import (
    URGENT,
    WAVE,
    Answer,
    Asked,
    CoverRequest,
    Step,
    also_on,
    holder_of,
    holds,
    instead_of,
    is_too_small,
    next_step,
    part_of,
    shifts_of,
    with_overrides,
)
from oncall.rest import Stretch
from tests.oncall.build import LOS_ANGELES, away, local, only, override, rota, rotation

NIGHT = (local("2026-11-27 17:00"), local("2026-11-28 08:00"))
"""A Friday night."""

NOON = local("2026-11-27 12:00")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def able(*staff: str, strained: tuple[str, ...] = ()) -> list[Candidate]:
    """People who could take it, the best suited first, then those with too little rest."""
    return [Candidate(one) for one in staff] + [
        Candidate(one, (Obstacle.REST,)) for one in strained
    ]


class Tale:
    """A cover request from its first step on, told step by step."""

    def __init__(
        self,
        people: list[Candidate],
        *,
        made_at: datetime = NOON,
        start: datetime = NIGHT[0],
        in_waves: bool = False,
        untexted: tuple[str, ...] = (),
    ) -> None:
        self.people, self.now, self.untexted = people, made_at, untexted
        self.request = CoverRequest(made_at, start, NIGHT[1], in_waves)
        self.step = self.goes_on()

    def goes_on(self, now: datetime | None = None) -> Step:
        """Take the next step, now or later."""
        self.now = now or self.now
        self.step = next_step(self.request, self.people, self.now, self.untexted)
        asked = tuple(Asked(staff, self.now) for staff in self.step.ask)
        self.request = replace(
            self.request,
            asked=self.request.asked + asked,
            leads_told=self.request.leads_told or self.step.tell_leads,
        )
        return self.step

    def says_no(self, *staff: str) -> Step:
        """Some of those asked say no, and the next step follows at once."""
        self.request = replace(
            self.request,
            asked=tuple(
                replace(one, answer=Answer.NO) if one.staff in staff else one
                for one in self.request.asked
            ),
        )
        return self.goes_on()

    def when_due(self) -> Step:
        """The next deadline comes."""
        assert self.step.due_at is not None
        return self.goes_on(self.step.due_at)


# Who is asked ───────────────────────────────────────────────────────────────────────────────────


def test_everybody_who_could_is_asked_at_once() -> None:
    assert Tale(able("cho", "dee", "eli", "fay")).step.ask == ("cho", "dee", "eli", "fay")


def test_waves_ask_three_at_a_time_the_best_suited_first() -> None:
    tale = Tale(able("cho", "dee", "eli", "fay", "gus"), in_waves=True)
    assert tale.step.ask == ("cho", "dee", "eli")
    assert tale.step.due_at == NOON + HOUR, "a quarter of five hours, and no more than an hour"
    assert tale.when_due().ask == ("fay", "gus")


@pytest.mark.parametrize(
    ("before", "wait"), [(24 * HOUR, HOUR), (3 * HOUR, 45 * MINUTE), (2.2 * HOUR, 12 * MINUTE)]
)
def test_a_wave_has_a_quarter_of_the_time_left(before: timedelta, wait: timedelta) -> None:
    start = NIGHT[0]
    tale = Tale(able(*"abcd"), made_at=start - before, in_waves=True)
    assert tale.step.due_at == min(tale.now + wait, start - URGENT)


@pytest.mark.parametrize("before", [2 * HOUR, HOUR, timedelta(), -HOUR])
def test_within_two_hours_of_the_start_everybody_is_asked_at_once(before: timedelta) -> None:
    tale = Tale(able(*"abcde"), made_at=NIGHT[0] - before, in_waves=True)
    assert tale.step.ask == tuple("abcde")


def test_a_wave_that_says_no_is_followed_at_once() -> None:
    tale = Tale(able("cho", "dee", "eli", "fay"), in_waves=True)
    assert tale.says_no("cho", "dee").ask == ()
    assert tale.says_no("eli").ask == ("fay",)


def test_people_against_whom_something_speaks_are_spared_while_others_may_still_say_yes() -> None:
    tale = Tale(able("cho", "dee", strained=("eli",)))
    assert tale.step.ask == ("cho", "dee")
    assert tale.says_no("cho").ask == ()
    assert tale.says_no("dee").ask == ("eli",)


def test_people_against_whom_something_speaks_are_asked_when_the_others_stay_silent() -> None:
    tale = Tale(able("cho", strained=("eli",)))
    told = tale.when_due()
    assert (told.tell_leads, told.ask) == (True, ("eli",))
    assert tale.now == NOON + 2.5 * HOUR


def test_in_a_hurry_the_others_still_have_their_five_minutes() -> None:
    tale = Tale(able("cho", strained=("eli",)), made_at=NIGHT[0] - 10 * MINUTE)
    assert (tale.step.ask, tale.step.tell_leads) == (("cho",), True)
    assert tale.when_due().ask == ("eli",)
    assert tale.now == NIGHT[0] - 5 * MINUTE


def test_whoever_cannot_any_more_is_not_waited_for() -> None:
    tale = Tale(able("cho", strained=("eli",)))
    tale.people = able(strained=("eli",))
    assert tale.goes_on(NOON + MINUTE).ask == ("eli",)


def test_whom_no_text_reaches_is_asked_and_not_waited_for() -> None:
    tale = Tale(able(strained=("eli",)), untexted=("eli",))
    assert (tale.step.ask, tale.step.tell_leads, tale.step.due_at) == (("eli",), True, NIGHT[1])


def test_they_come_last_and_after_them_nobody_is_left() -> None:
    tale = Tale(able("cho", strained=("eli",)), untexted=("eli",))
    assert (tale.step.ask, tale.step.tell_leads) == (("cho",), False)
    no = tale.says_no("cho")
    assert (no.ask, no.tell_leads) == (("eli",), True)


def test_whom_no_text_reaches_any_more_is_not_waited_for() -> None:
    tale = Tale(able("cho", strained=("eli",)))
    assert tale.step.ask == ("cho",)
    tale.people, tale.untexted = able(strained=("eli", "cho")), ("cho",)
    assert (tale.goes_on(NOON + MINUTE).ask, tale.step.tell_leads) == (("eli",), False)
    assert tale.says_no("eli").tell_leads


def test_where_no_text_reaches_anybody_all_are_asked_at_once() -> None:
    """A team without a line: they see it on the web."""
    tale = Tale(able(*"abcde", strained=("f",)), in_waves=True, untexted=tuple("abcdef"))
    assert (tale.step.ask, tale.step.tell_leads) == (tuple("abcdef"), True)


# The leads, and the end ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (10 * HOUR, 5 * HOUR),  # half of the time has passed
        (4 * HOUR, 2 * HOUR),
        (3 * HOUR, 2 * HOUR),  # at the latest two hours before
        (HOUR, HOUR),  # at once
        (-HOUR, -HOUR),
    ],
)
def test_when_the_leads_hear_that_nobody_has_said_yes(before: timedelta, told: timedelta) -> None:
    start = NIGHT[0]
    request = CoverRequest(start - before, start, NIGHT[1])
    assert start - request.leads_at == told


def test_the_leads_are_told_at_once_where_nobody_could_take_it() -> None:
    step = Tale([]).step
    assert (step.ask, step.tell_leads, step.due_at) == ((), True, NIGHT[1])


def test_the_leads_are_told_once_everybody_has_said_no() -> None:
    tale = Tale(able("cho", "dee"))
    assert not tale.says_no("cho").tell_leads
    assert tale.says_no("dee").tell_leads
    assert not tale.goes_on(NOON + HOUR).tell_leads, "once is enough"


def test_a_request_is_over_when_its_stretch_is() -> None:
    tale = Tale(able("cho"))
    tale.when_due()
    assert tale.step.due_at == NIGHT[1], "a yes counts until then"
    assert tale.when_due() == Step(over=True)


silences = st.lists(st.booleans(), min_size=30, max_size=30)


@given(
    st.integers(0, 8),
    st.integers(0, 4),
    st.timedeltas(-3 * HOUR, timedelta(days=20)),
    st.booleans(),
    silences,
)
def test_nobody_is_forgotten_and_nothing_stands_still(
    clear: int, strained: int, before: timedelta, in_waves: bool, silent: list[bool]
) -> None:
    """Whoever answers what: every step leads on, in the right order, and the leads hear in time."""
    people = able(
        *(f"clear{one}" for one in range(clear)),
        strained=tuple(f"strained{one}" for one in range(strained)),
    )
    start = NIGHT[0]
    tale = Tale(people, made_at=start - before, in_waves=in_waves)
    asked: list[str] = []
    answers = iter(silent)
    while not tale.step.over:
        ask = tale.step.ask
        spared = {one.staff for one in people if one.obstacles}
        if spared & set(ask):
            assert {one.staff for one in people} - spared <= set(asked), "the others came before"
        elif in_waves and start - tale.now > URGENT:
            assert len(ask) <= WAVE
        asked += ask
        waiting = [one.staff for one in tale.request.asked if one.answer is None]
        if tale.now >= tale.request.leads_at or (not waiting and len(asked) == len(people)):
            assert tale.request.leads_told
        assert tale.step.due_at is not None
        assert tale.step.due_at > tale.now, "no step is repeated for ever"
        if waiting and not next(answers, True):
            tale.says_no(waiting[0])
        else:
            tale.when_due()
    assert len(asked) == len(set(asked)), "nobody is asked twice"
    assert set(asked) == {one.staff for one in people}, "there was time enough for everybody"


# Whose shift it is ──────────────────────────────────────────────────────────────────────────────

TEAM = rota(
    rotation("2026-11-02 08:00", "1 day", "ana", "ben"),
    rotation("2026-11-02 08:00", "1 day", "cho", "dee", tier="backup"),
)
"""Ana and Ben take turns as primary, Cho and Dee as backup: Ben and Dee on the 27th."""

BEN = Stretch(local("2026-11-27 17:00"), local("2026-11-27 23:00"), "primary", "ben")


def test_a_person_holds_a_part_of_their_shift_and_no_minute_more() -> None:
    assert holds(TEAM, BEN)
    assert holds(TEAM, BEN._replace(end=local("2026-11-28 08:00")))
    assert not holds(TEAM, BEN._replace(end=local("2026-11-28 08:01")))
    assert not holds(TEAM, BEN._replace(staff="ana"))
    assert not holds(TEAM, BEN._replace(tier="backup"))


def test_a_hole_belongs_to_nobody() -> None:
    nights = rota(
        rotation("2026-11-02 08:00", "1 week", "ben", only=only(set(range(7)), "17:00", "08:00"))
    )
    assert (
        holder_of(nights, "primary", local("2026-11-27 17:00"), local("2026-11-28 08:00")) == "ben"
    )
    assert (
        holder_of(nights, "primary", local("2026-11-27 16:59"), local("2026-11-28 08:00")) is None
    )
    assert (
        holder_of(nights, "primary", local("2026-11-27 17:00"), local("2026-11-29 08:00")) is None
    )


def test_a_shift_is_one_whatever_it_is_held_for() -> None:
    taken = with_overrides(TEAM, [override("2026-11-28 08:00", "2026-11-28 12:00", "ben")])
    [shift, _] = shifts_of(taken, "ben", local("2026-11-27 12:00"), local("2026-11-29 12:00"))
    assert shift == Stretch(local("2026-11-27 12:00"), local("2026-11-28 12:00"), "primary", "ben")


def test_cover_stands_instead_and_on_another_tier_is_seen() -> None:
    after = with_overrides(TEAM, [instead_of(BEN, "dee", "cover for ben")])
    taken = BEN._replace(staff="dee")
    assert holds(after, taken)
    assert also_on(after, taken) == "backup"
    assert (
        also_on(with_overrides(TEAM, [instead_of(BEN, "cho", "")]), BEN._replace(staff="cho"))
        is None
    )


def test_whoever_is_away_does_not_stand_after_a_yes() -> None:
    some = {"cho": away(("2026-11-27 22:00", "2026-11-28 06:00"))}
    after = with_overrides(replace(TEAM, people=some), [instead_of(BEN, "cho", "")])
    assert not holds(after, BEN._replace(staff="cho"))
    assert holds(after, BEN._replace(start=local("2026-11-27 22:00"))), "Ben stands meanwhile"


@pytest.mark.parametrize(
    ("start", "end", "now", "small"),
    [
        ("2026-11-27 20:00", "2026-11-27 20:29", "2026-11-27 12:00", True),
        ("2026-11-27 20:00", "2026-11-27 20:30", "2026-11-27 12:00", False),
        ("2026-11-28 07:40", "2026-11-28 08:00", "2026-11-28 07:00", True),
        ("2026-11-28 07:40", "2026-11-28 08:00", "2026-11-28 07:40", False),  # all that is left
        ("2026-11-28 07:40", "2026-11-28 07:50", "2026-11-28 07:40", True),
    ],
)
def test_a_few_minutes_of_a_longer_shift_are_too_small(
    start: str, end: str, now: str, small: bool
) -> None:
    part = BEN._replace(start=local(start), end=local(end))
    assert is_too_small(TEAM, part, local(now)) is small


def test_a_whole_shift_is_never_too_small() -> None:
    short = override("2026-11-27 20:00", "2026-11-27 20:10", "gus")
    gus = BEN._replace(start=local("2026-11-27 20:00"), end=local("2026-11-27 20:10"), staff="gus")
    assert not is_too_small(with_overrides(TEAM, [short]), gus, NOON)


# Parts by the clock on the wall ─────────────────────────────────────────────────────────────────

SHIFT = Stretch(*NIGHT, "primary", "ben")


@pytest.mark.parametrize(
    ("begins", "ends", "now", "expected"),
    [
        ("20:00", "23:00", "2026-11-27 12:00", ("2026-11-27 20:00", "2026-11-27 23:00")),
        ("22:00", "06:00", "2026-11-27 12:00", ("2026-11-27 22:00", "2026-11-28 06:00")),
        ("02:00", "06:00", "2026-11-27 12:00", ("2026-11-28 02:00", "2026-11-28 06:00")),
        ("17:00", "08:00", "2026-11-27 12:00", ("2026-11-27 17:00", "2026-11-28 08:00")),
        ("00:00", "08:00", "2026-11-27 12:00", ("2026-11-28 00:00", "2026-11-28 08:00")),
        ("16:00", "20:00", "2026-11-27 12:00", None),
        ("06:00", "09:00", "2026-11-27 12:00", None),
        ("10:00", "12:00", "2026-11-27 12:00", None),
    ],
)
def test_a_part_is_read_on_the_wall_of_the_team(
    begins: str, ends: str, now: str, expected: tuple[str, str] | None
) -> None:
    times = time.fromisoformat(begins), time.fromisoformat(ends)
    found = part_of(SHIFT, *times, LOS_ANGELES, local(now))
    meant = expected and SHIFT._replace(start=local(expected[0]), end=local(expected[1]))
    assert found == meant


@pytest.mark.parametrize(
    ("begins", "ends", "now", "until"),
    [
        ("20:00", "23:00", "2026-11-27 21:30", "2026-11-27 23:00"),
        ("23:00", "03:00", "2026-11-28 01:00", "2026-11-28 03:00"),
    ],
)
def test_of_a_part_that_has_begun_the_rest_is_meant(
    begins: str, ends: str, now: str, until: str
) -> None:
    """The present shift is counted from now on, as the rota shows it."""
    times = time.fromisoformat(begins), time.fromisoformat(ends)
    rest = SHIFT._replace(start=local(now))
    assert part_of(rest, *times, LOS_ANGELES, local(now)) == rest._replace(end=local(until))


def test_a_part_across_the_change_of_the_clocks_keeps_the_wall_s_times() -> None:
    night = Stretch(local("2026-10-31 17:00"), local("2026-11-01 08:00"), "primary", "ben")
    part = part_of(night, time(0), time(6), LOS_ANGELES, night.start)
    assert part is not None
    assert part.end - part.start == 7 * HOUR
