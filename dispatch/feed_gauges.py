"""What hospitals send, in figures for Prometheus: how much came, from whom, and what waits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, Metric

from dispatch.commands.feed_watch import open_alarms
from dispatch.hospitals.feeds import LIMITS
from dispatch.store import feeds, networks
from dispatch.unit_of_work import UnitOfWork

LATELY = timedelta(hours=24)
"""Of how much of the past letters are counted: to count them all would read the whole table."""

KINDS = ("inbox", "matching", "quarantine", "silent", "roster")
"""Of what there may be alarms (`dispatch.commands.feed_alarms`)."""

NOBODY_KNOWN = "unknown"
"""The label of a sender whom we don't know."""


@dataclass(frozen=True, slots=True)
class FeedReading:
    """What the database says of hospitals' feeds at one moment. Ages are in seconds."""

    came: Mapping[tuple[str, str], int]
    heard: Mapping[str, float]
    unread: float
    unseen: Mapping[str, int]
    unconfirmed: float
    rosters: Mapping[str, float]
    alarms: Mapping[str, int]


def read(work: UnitOfWork) -> FeedReading:
    """Read everything in the caller's transaction."""
    session, now = work.session, work.now
    last = {row.id: feeds.last_fed(session, row.id) for row in feeds.hospitals(session)}
    given = networks.last_rosters(session)
    waiting = [one.oldest for one in feeds.unconfirmed(session, now)]
    return FeedReading(
        came=feeds.came(session, now - LATELY),
        heard={hospital: _age(at, now) for hospital, at in last.items() if at is not None},
        unread=_age(feeds.oldest_unread(session), now),
        unseen={
            one.hospital or NOBODY_KNOWN: one.count
            for one in feeds.unseen(session, now - LIMITS.told_for)
        },
        unconfirmed=_age(min(waiting, default=None), now),
        rosters={
            network.id: -_age(given[network.id].expires_at, now)
            for network in networks.active(session)
            if network.id in given
        },
        alarms=Counter(row.what.partition("/")[0] for row in open_alarms(work)),
    )


def _age(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else (now - at).total_seconds()


def families(reading: FeedReading) -> Iterator[Metric]:
    """The gauges."""
    yield _family(
        "letters_lately",
        "What hospitals sent in the past day.",
        ("channel", "state"),
        reading.came.items(),
    )
    yield _family(
        "hospital_heard_seconds",
        "Since a hospital's programs have sent something.",
        ("hospital",),
        _labelled(reading.heard),
    )
    yield _family(
        "inbox_unread_seconds",
        "For how long the oldest thing that a hospital sent has waited to be read.",
        (),
        [((), reading.unread)],
    )
    yield _family(
        "quarantine_unseen",
        "What could not be read and nobody has opened, of the past week.",
        ("hospital",),
        _labelled(reading.unseen),
    )
    yield _family(
        "matching_oldest_seconds",
        "For how long the oldest notice has waited for somebody to say whom it is about.",
        (),
        [((), reading.unconfirmed)],
    )
    yield _family(
        "roster_left_seconds",
        "Until a network's roster runs out.",
        ("network",),
        _labelled(reading.rosters),
    )
    yield _family(
        "feed_alarms",
        "Alarms about what hospitals send.",
        ("kind",),
        [((kind,), reading.alarms.get(kind, 0)) for kind in KINDS],
    )


def _labelled(values: Mapping[str, float]) -> list[tuple[tuple[str], float]]:
    return [((label,), value) for label, value in values.items()]


def _family(
    name: str,
    text: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[tuple[str, ...], float]],
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"vigil_{name}", text, labels=labels)
    for words, value in values:
        family.add_metric(words, value)
    return family
