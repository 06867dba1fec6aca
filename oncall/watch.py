"""What the watch makes of a proof: which gaps and thin stretches are news, and when to repeat them.

A finding is followed for as long as it lasts: it is the same as before when it is of the same kind,
tier and people, and overlaps or touches what was known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.coverage import Coverage, GapKind, ThinKind, reason
from oncall.model import StaffId, Tier


class Told(StrEnum):
    """What has been said of a finding."""

    SEEN = "seen"
    """Whoever wrote the rota was shown it, or it only came into sight as time went on."""
    AT_ONCE = "at_once"
    """The leads were told as soon as it appeared."""
    H72 = "72h"
    H24 = "24h"
    H4 = "4h"
    H1 = "1h"


BEFORE: Mapping[Told, timedelta] = {
    Told.H72: timedelta(hours=72),
    Told.H24: timedelta(hours=24),
    Told.H4: timedelta(hours=4),
    Told.H1: timedelta(hours=1),
}
"""How long before it begins the leads are told of a finding again."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A gap or a thin stretch [start, end), in UTC. ``kind`` is a word of oncall.coverage."""

    tier: Tier
    kind: str
    start: datetime
    end: datetime
    who: tuple[StaffId, ...]
    reason: str

    @property
    def is_gap(self) -> bool:
        """Whether nobody stands."""
        return self.kind == GapKind.NOBODY

    @property
    def key(self) -> tuple[str, ...]:
        """What it has in common with those that it may continue."""
        return (self.tier, self.kind, *self.who)

    def continues(self, other: "Finding") -> bool:
        """Whether it may be the same as another one: alike, and neither apart from the other."""
        return self.key == other.key and self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Followed:
    """A finding that the watch follows since ``seen_at``, and what has been said of it.

    ``number`` tells it from others; None for one that is not written down yet.
    """

    finding: Finding
    seen_at: datetime
    told: frozenset[str]
    number: int | None = None

    def due(self, now: datetime) -> frozenset[Told]:
        """Return what is to be said again by ``now``.

        Only what came due after it appeared. Thin stretches that were known from the first are not
        said again: the board shows them. (Those that only came into sight count as known, unless
        the leads were told of others alike.)
        """
        return frozenset(notice for notice, at in self._coming() if at <= now)

    def next_at(self, now: datetime) -> datetime | None:
        """Return when there is something to say again after ``now``, should nothing change."""
        return min((at for _, at in self._coming() if at > now), default=None)

    def _coming(self) -> Iterator[tuple[Told, datetime]]:
        if not self.finding.is_gap and Told.SEEN in self.told:
            return
        for notice, before in BEFORE.items():
            at = self.finding.start - before
            if notice not in self.told and at > self.seen_at:
                yield notice, at


@dataclass(frozen=True, slots=True)
class Look:
    """What one look has found.

    ``followed`` are the findings as they are now, with all that is then said of them; ``say`` those
    among them that must be said now. ``ended`` are those that are no more; ``mended`` the gaps
    among these that the leads had been told of and that did not just pass.
    """

    followed: tuple[Followed, ...]
    say: tuple[Followed, ...]
    ended: tuple[Followed, ...]
    mended: tuple[Followed, ...]


def findings(coverage: Coverage, names: Mapping[StaffId, str]) -> list[Finding]:
    """Return the gaps and thin stretches of a proof with their reasons in words, gaps first."""
    gaps = [
        Finding(gap.tier, gap.kind.value, gap.start, gap.end, (), reason(gap, names))
        for gap in coverage.gaps
    ]
    thin = [
        Finding(one.tier, one.kind.value, one.start, one.end, one.who, reason(one, names))
        for one in coverage.thin
    ]
    return gaps + thin


def look(
    known: Sequence[Followed], found: Iterable[Finding], now: datetime, in_sight: datetime | None
) -> Look:
    """Compare what is found now with what was followed.

    ``in_sight`` is how far the last look went; None when there was none. What begins after it is
    news only where it is a gap. A finding that was known is news where it has grown, at either
    end, unless only the horizon has moved on.
    """
    followed: list[Followed] = []
    say: list[Followed] = []
    going_on: list[Followed] = []
    used: set[int | None] = set()
    by_key: dict[tuple[str, ...], list[Followed]] = defaultdict(list)
    for one in known:
        by_key[one.finding.key].append(one)
    for finding in found:
        alike = [one for one in by_key[finding.key] if finding.continues(one.finding)]
        going_on += alike
        free = [one for one in alike if one.number not in used]
        same = min(free or alike, key=lambda one: one.finding.start, default=None)
        if same is not None:
            finding = _begun(finding, same.finding, now)
        if same is None or _has_grown(finding, [one.finding for one in alike], in_sight):
            before = _appeared(finding, by_key[finding.key], now, in_sight)
            told = before.told
            fresh = frozenset({Told.AT_ONCE}) & told
        else:
            before = replace(same, finding=finding)
            fresh = before.due(now)
            told = before.told | fresh
        number = same.number if same and same.number not in used else None
        used.add(number)
        after = replace(before, told=told, number=number)
        followed.append(after)
        if fresh:
            say.append(after)
    ended = tuple(one for one in known if one.number not in used)
    mended = tuple(
        one
        for one in ended
        if one not in going_on and one.finding.is_gap and one.finding.end > now and _was_said(one)
    )
    return Look(tuple(followed), tuple(say), ended, mended)


def as_seen(
    known: Sequence[Followed], shown: Iterable[Finding], now: datetime
) -> Iterator[Followed]:
    """Yield the findings that somebody was shown as they wrote a rota, as far as they are new.

    What widens a known one is yielded as one with it, under its number; the last word holds.
    """
    before = list(known)
    for finding in shown:
        same = next((one for one in before if finding.continues(one.finding)), None)
        if same is None:
            yield Followed(finding, now, frozenset({Told.SEEN}))
            continue
        start = min(finding.start, same.finding.start)
        end = max(finding.end, same.finding.end)
        wider = replace(same, finding=replace(finding, start=start, end=end))
        if start < same.finding.start:
            wider = replace(wider, seen_at=now, told=frozenset({Told.SEEN}))
        if (start, end) != (same.finding.start, same.finding.end):
            before[before.index(same)] = wider
            yield wider


def _has_grown(finding: Finding, known: Iterable[Finding], in_sight: datetime | None) -> bool:
    """Whether a part of it lies outside of what was known, though it was in sight."""
    seen = finding.start
    for one in sorted(known, key=lambda one: one.start):
        if one.start > seen:
            return True
        seen = max(seen, one.end)
    return seen < finding.end and (in_sight is None or seen < in_sight)


def _appeared(
    finding: Finding, alike: Sequence[Followed], now: datetime, in_sight: datetime | None
) -> Followed:
    """Follow a finding from now on; ``alike`` are those of its kind, tier and people."""
    if finding.is_gap:
        told = {Told.AT_ONCE}
    elif finding.kind == ThinKind.UNCONFIRMED:
        told = {Told.SEEN}  # told to those whom it concerns when the OK is missed
    elif in_sight is None or finding.start < in_sight:
        told = {Told.AT_ONCE}
    elif any(Told.SEEN not in one.told for one in alike):
        told = set()  # what the leads were told of goes on: each time is told again as it nears
    else:
        told = {Told.SEEN}
    return Followed(finding, now, frozenset(told))


def _begun(finding: Finding, known: Finding, now: datetime) -> Finding:
    """Let a finding that is under way keep the start it had: a proof begins at the present."""
    if finding.start > now:
        return finding
    return replace(finding, start=min(finding.start, known.start))


def _was_said(one: Followed) -> bool:
    return bool(one.told - {Told.SEEN})
