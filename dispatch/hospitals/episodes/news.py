"""Which notices wake somebody: what has happened or will, not what is said of it once more."""

from datetime import datetime, timedelta

from dispatch.hospitals.episodes.episode import Episode, EpisodeState
from dispatch.hospitals.notice import NoticeKind

NEWS = frozenset(
    {
        NoticeKind.ED_VISIT,
        NoticeKind.ADMISSION_PLANNED,
        NoticeKind.ADMISSION,
        NoticeKind.DISCHARGE_PLANNED,
        NoticeKind.DISCHARGE,
    }
)
"""What the team can still have a part in, or has to act on: each is paged, once."""

UNDOES = frozenset(
    {
        NoticeKind.ADMISSION_PLAN_CANCELLED,
        NoticeKind.ADMISSION_CANCELLED,
        NoticeKind.TRANSFER_CANCELLED,
        NoticeKind.LEAVE_BEGINS_CANCELLED,
        NoticeKind.LEAVE_ENDS_CANCELLED,
        NoticeKind.DISCHARGE_PLAN_CANCELLED,
        NoticeKind.DISCHARGE_CANCELLED,
    }
)
"""What takes something back: it is shown, and nobody is woken for it."""

STALE_AFTER = timedelta(days=8)
"""A discharge longer ago than this is past its follow-up of seven days: a feed that is switched on
may bring years of the past, and nobody can act on them at night."""


def wakes(kind: NoticeKind, episode: Episode, *, paged: bool, now: datetime) -> bool:
    """Whether a notice of an episode is paged. `paged`: somebody was paged for this episode before.

    `episode` is as it is with this notice. The first that is heard of a stay that lasts is paged
    whatever it tells; after that only news are.
    """
    if kind in UNDOES or episode.state is EpisodeState.CANCELLED:
        return False
    ended = episode.discharged_at
    if ended is not None and now - ended > STALE_AFTER:
        return False
    return kind in NEWS or not paged


def is_promised(kind: NoticeKind, happened_at: datetime | None, now: datetime) -> bool:
    """Whether a program that tells it is promised a call: by what it tells, whoever it is about.

    A person who tells anything is always promised one.
    """
    return kind in NEWS and (happened_at is None or now - happened_at <= STALE_AFTER)


def may_wake(kind: NoticeKind, happened_at: datetime | None, now: datetime) -> bool:
    """Whether a notice of somebody who may be a client is paged, or joins a page."""
    old = happened_at is not None and now - happened_at > STALE_AFTER
    return kind in NEWS | {NoticeKind.TRANSFER} and not (old and kind is NoticeKind.DISCHARGE)
