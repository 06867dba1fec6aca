"""Which notices of one client are of the same visit of a hospital.

The hospital's visit number says so. A notice without one (a phone call, a form) goes by its time.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from dispatch.hospitals.episodes.episode import EpisodeState
from dispatch.hospitals.episodes.told import BEGINNINGS, Told
from dispatch.hospitals.episodes.visit import Visit, visit_of
from dispatch.hospitals.notice import NoticeKind

SAME_BEGINNING: Mapping[EpisodeState, timedelta] = {
    # A bed that is planned for, above all at a state hospital, is waited for over weeks.
    EpisodeState.PLANNED: timedelta(days=30),
    # People board in an emergency department for days; longer than that and they came anew.
    EpisodeState.IN_ED: timedelta(days=4),
    EpisodeState.OBSERVED: timedelta(days=4),
    # Whoever is admitted is told of again within a day (a call, then the interface), or came anew.
    EpisodeState.ADMITTED: timedelta(days=1),
    EpisodeState.ON_LEAVE: timedelta(days=1),
    EpisodeState.OUTPATIENT: timedelta(days=1),
    EpisodeState.CANCELLED: timedelta(days=1),
}
"""How long after the last word of a visit, by where somebody was, a notice that begins one without
its number is still about the same. A judgement, not a rule of anybody's."""

AFTERTHOUGHTS: Mapping[NoticeKind, timedelta] = {
    NoticeKind.DISCHARGE_CANCELLED: timedelta(days=7),
    # A visit is coded for billing weeks after its end.
    NoticeKind.VISIT_UPDATE: timedelta(days=30),
}
"""How long after a discharge such a notice without a number is still about that visit."""

AFTERTHOUGHT = timedelta(days=1)
"""The same for every other kind that doesn't begin a visit: a second word about the discharge."""


class _Group:
    """The notices of one visit, as far as they have been read."""

    def __init__(self, told: Told) -> None:
        self.number = told.notice.visit.number
        self.told = [told]
        self._visit: Visit | None = None

    @property
    def visit(self) -> Visit:
        if self._visit is None:
            self._visit = visit_of(self.told)
        return self._visit

    def add(self, told: Told) -> None:
        self.number = self.number or told.notice.visit.number
        self.told.append(told)
        self._visit = None


def visits_of(told: Iterable[Told]) -> tuple[Visit, ...]:
    """Return the visits that notices, in order and each once, are of.

    A notice with a number goes to the visit of that number; where there is none yet, to one without
    a number that it may belong to. A notice without a number goes to the visit of its hospital it
    may belong to; of several, to the one last heard of.
    """
    groups: dict[str, list[_Group]] = {}
    for one in told:
        here = groups.setdefault(one.hospital, [])
        found = _find(here, one)
        if found is None:
            here.append(_Group(one))
        else:
            found.add(one)
    return tuple(group.visit for here in groups.values() for group in here)


def _find(groups: Iterable[_Group], told: Told) -> _Group | None:
    number = told.notice.visit.number
    candidates = list(groups)
    if number:
        for group in candidates:
            if group.number == number:
                return group
        candidates = [group for group in candidates if not group.number]
    fitting = [group for group in candidates if may_belong(told, group.visit)]
    return max(fitting, key=lambda group: group.visit.last_word, default=None)


def may_belong(told: Told, visit: Visit) -> bool:
    """Return whether a notice, by its time, may be about a visit of the same hospital.

    What happens in a visit belongs to the one that is open, however long it has been. What begins
    one belongs to it within SAME_BEGINNING. After a discharge there are only AFTERTHOUGHTS, and
    what happened before it.
    """
    state = visit.state
    if visit.ends is not None:
        if told.kind in BEGINNINGS:
            return (told.notice.visit.admitted_at or told.at) <= visit.ends
        return told.at <= visit.ends + AFTERTHOUGHTS.get(told.kind, AFTERTHOUGHT)
    if state is None:
        return told.at <= visit.last_word + AFTERTHOUGHT
    if told.kind not in BEGINNINGS and state is not EpisodeState.CANCELLED:
        return True
    return told.at <= visit.last_word + SAME_BEGINNING[state]
