"""Which notices of a visit another notice of it takes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch.hospitals.episodes.told import Told
from dispatch.hospitals.notice import NoticeKind


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a notice takes back: the kind `undone`, as far back as the last standing `since`.

    With `all_since`, whatever else was told after what is undone falls with it. `or_else` is what
    is taken back where there is nothing of the first kind.
    """

    undone: NoticeKind
    since: NoticeKind | None = None
    all_since: bool = False
    or_else: NoticeKind | None = None


UNDOES: Mapping[NoticeKind, Undoing] = {
    # A11 undoes A01 and A04: who came by the emergency department is back there, or never was.
    NoticeKind.ADMISSION_CANCELLED: Undoing(
        NoticeKind.ADMISSION, all_since=True, or_else=NoticeKind.ED_VISIT
    ),
    NoticeKind.ADMISSION_PLAN_CANCELLED: Undoing(NoticeKind.ADMISSION_PLANNED),
    NoticeKind.TRANSFER_CANCELLED: Undoing(NoticeKind.TRANSFER),
    NoticeKind.LEAVE_BEGINS_CANCELLED: Undoing(NoticeKind.LEAVE_BEGINS, NoticeKind.LEAVE_ENDS),
    NoticeKind.LEAVE_ENDS_CANCELLED: Undoing(NoticeKind.LEAVE_ENDS, NoticeKind.LEAVE_BEGINS),
    NoticeKind.DISCHARGE_PLAN_CANCELLED: Undoing(NoticeKind.DISCHARGE_PLANNED),
    NoticeKind.DISCHARGE_CANCELLED: Undoing(NoticeKind.DISCHARGE),
}
"""Pairs of trigger events, by HL7 v2 chapter 3."""


FALL_ALONG = frozenset(
    {
        NoticeKind.TRANSFER,
        NoticeKind.OUTPATIENT,
        NoticeKind.LEAVE_BEGINS,
        NoticeKind.LEAVE_ENDS,
        NoticeKind.DISCHARGE_PLANNED,
        NoticeKind.DISCHARGE,
        NoticeKind.VISIT_UPDATE,
    }
)
"""What tells of a stay, and never was when the stay never was."""


def undone(told: Sequence[Told]) -> frozenset[int]:
    """Return the places in `told`, the notices of one visit in order, of those taken back.

    A hospital may tell the same thing several times over and takes it back once: every telling of
    it falls. Of transfers, which follow one another, only the last falls, however often told.
    What was written after the retraction stands, though it may tell of an earlier time: a
    discharge that is taken back is often told anew with its old date.
    """
    fallen: set[int] = set()
    for place, one in enumerate(told):
        if (undoing := UNDOES.get(one.kind)) is not None:
            standing = [
                earlier
                for earlier in range(place)
                if earlier not in fallen and not _written_after(told[earlier], one)
            ]
            fallen |= _falls(told, standing, undoing)
    return frozenset(fallen)


def _written_after(told: Told, other: Told) -> bool:
    """Whether a notice was written after another; no, where they don't say."""
    one, two = told.notice.sent_at, other.notice.sent_at
    return one is not None and two is not None and one > two


def _falls(before: Sequence[Told], standing: Sequence[int], undoing: Undoing) -> set[int]:
    targets = _targets(before, standing, undoing)
    if not targets and undoing.or_else is not None:
        targets = [place for place in standing if before[place].kind is undoing.or_else]
    if not targets:
        return set()
    if undoing.all_since:
        since = [place for place in standing if place > targets[0]]
        return {*targets, *(place for place in since if before[place].kind in FALL_ALONG)}
    return set(targets)


def _targets(before: Sequence[Told], standing: Sequence[int], undoing: Undoing) -> list[int]:
    found: list[int] = []
    for place in reversed(standing):
        one = before[place]
        if undoing.since is not None and one.kind is undoing.since:
            break
        if one.kind is not undoing.undone:
            continue
        if one.kind is NoticeKind.TRANSFER and found and _place(one) != _place(before[found[0]]):
            break
        found.append(place)
    return sorted(found)


def _place(told: Told) -> object:
    visit = told.notice.visit
    return visit.facility, visit.unit, visit.setting
