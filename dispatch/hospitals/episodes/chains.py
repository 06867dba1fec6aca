"""Which visits are one episode: who is moved from one hospital to another was not discharged."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from dispatch.hospitals.episodes.dispositions import Went, went
from dispatch.hospitals.episodes.episode import EpisodeState
from dispatch.hospitals.episodes.visit import Visit
from dispatch.hospitals.notice import Setting

MOVED_WITHIN: Mapping[Went, timedelta] = {
    # Secure transport across a rural state takes most of a day; Medicare too takes an admission on
    # the same or the next day for a transfer.
    Went.TO_A_HOSPITAL: timedelta(hours=24),
    # Where nobody said where somebody went, a night's transport; what is later counts as a return.
    Went.NOT_TOLD: timedelta(hours=8),
}
"""How long after a discharge, by where somebody went, the next visit goes on with the episode.

Whoever went home, left against advice, or went to jail, and comes back, begins a new one. The
Medicare rule is from memory: verify before release.
"""

OVERLAP = timedelta(hours=12)
"""How much before the discharge the next hospital may have admitted: files are closed late."""

STILL_OPEN = timedelta(hours=24)
"""How long after the last word of a visit that nobody has told the end of, the next goes on."""

PLAN_HOLDS = timedelta(days=30)
"""How long after it was told of a planned admission another visit of that hospital fulfils it: some
give the planned visit a number of its own."""

_NO_PART = frozenset({EpisodeState.CANCELLED, EpisodeState.OUTPATIENT})


def chains(visits: Iterable[Visit]) -> tuple[tuple[Visit, ...], ...]:
    """Return the visits of one client, those of one episode together, in order of time.

    Visits that concern nobody (`state` None) are left out. Each visit goes on with one earlier
    visit at most: the one that ended last, of those that it may follow.
    """
    found: list[list[Visit]] = []
    known = [visit for visit in visits if visit.state is not None]
    for visit in sorted(known, key=_place):
        before = [chain for chain in found if goes_on(chain[-1], visit)]
        if before:
            max(before, key=lambda chain: _over(chain[-1])).append(visit)
        else:
            found.append([visit])
    return tuple(tuple(chain) for chain in found)


def _place(visit: Visit) -> tuple[datetime, datetime, str]:
    first = visit.told[0]
    return visit.begins, first.arrived_at, first.reference


def _over(visit: Visit) -> datetime:
    return visit.ends or visit.last_word


def goes_on(earlier: Visit, later: Visit) -> bool:
    """Return whether a visit goes on with the episode of one that began before it."""
    if earlier.state in _NO_PART or later.state in _NO_PART:
        return False
    if later.state is EpisodeState.PLANNED:
        return False
    if earlier.state is EpisodeState.PLANNED:
        return earlier.hospital == later.hospital and later.begins <= _over(earlier) + PLAN_HOLDS
    if earlier.ends is None:
        return later.begins <= earlier.last_word + STILL_OPEN
    where = went(earlier.disposition)
    if where is Went.NOT_TOLD and _came_back(earlier, later):
        return False
    if where not in MOVED_WITHIN:
        return False
    return earlier.ends - OVERLAP <= later.begins <= earlier.ends + MOVED_WITHIN[where]


def _came_back(earlier: Visit, later: Visit) -> bool:
    """Whether somebody who had been in a bed came by an emergency department: from outside."""
    by_ed = later.segments[0].setting is Setting.EMERGENCY
    return by_ed and any(part.setting is Setting.INPATIENT for part in earlier.segments)
