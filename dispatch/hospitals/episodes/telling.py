"""What hospitals have told of one client, as episodes: the same ones in whatever order it came."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from dispatch.hospitals.episodes.chains import chains
from dispatch.hospitals.episodes.episode import Episode, EpisodeState, Notified, Segment
from dispatch.hospitals.episodes.told import Told, by_arrival, in_order
from dispatch.hospitals.episodes.visit import Visit
from dispatch.hospitals.episodes.visits import visits_of
from dispatch.hospitals.notice import Setting


def episodes_of(told: Iterable[Told]) -> tuple[Episode, ...]:
    """Return the episodes that the notices linked with one client make, the earliest first.

    The notices may be in any order, and each there more than once: they are read by the time of
    what they tell, then by arrival. One visit of a hospital is one episode, from the emergency
    department to the discharge; so are visits between which somebody was moved (see chains.py).
    """
    found = [_episode(chain) for chain in chains(visits_of(in_order(told)))]
    return tuple(sorted(found, key=_begins))


def _begins(episode: Episode) -> tuple[datetime, str]:
    first = episode.segments[0].since if episode.segments else None
    return first or episode.history[0].at, episode.key


def _episode(visits: Sequence[Visit]) -> Episode:
    """Make an episode of the visits of one chain, in order."""
    told = sorted((one for visit in visits for one in visit.told), key=by_arrival)
    last = visits[-1]
    segments, doubts = _parts(visits)
    return Episode(
        key=told[0].reference,
        references=frozenset(one.reference for one in told),
        state=last.state or EpisodeState.CANCELLED,
        segments=segments,
        leaves=tuple(leave for visit in visits for leave in visit.leaves),
        legal=tuple(
            sorted((one for visit in visits for one in visit.legal), key=lambda one: one.at)
        ),
        notified=_notified(told),
        history=tuple(
            sorted((one for visit in visits for one in visit.lines), key=lambda one: one.at)
        ),
        planned_admission=next(
            (visit.planned_admission for visit in visits if visit.planned_admission), None
        ),
        planned_discharge=last.planned_discharge,
        decided_at=_decided(visits, segments),
        disposition=last.disposition,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _notified(told: Iterable[Told]) -> tuple[Notified, ...]:
    """Return the first notice of each hospital, of notices in the order of arrival."""
    first: dict[str, Notified] = {}
    for one in told:
        first.setdefault(
            one.hospital, Notified(one.hospital, one.arrived_at, one.notice.happened_at)
        )
    return tuple(first.values())


def _parts(visits: Sequence[Visit]) -> tuple[tuple[Segment, ...], list[str]]:
    """Return the parts of a chain of visits; none but the last is open. And all doubts."""
    parts: list[Segment] = []
    doubts: list[str] = []
    for visit in visits:
        if parts and parts[-1].until is None:
            parts[-1] = replace(parts[-1], until=visit.begins)
            doubts.append("The next hospital has told of it, but the discharge before never came.")
        parts.extend(visit.segments)
        doubts.extend(visit.doubts)
    return tuple(parts), doubts


def _decided(visits: Iterable[Visit], segments: Iterable[Segment]) -> datetime | None:
    """Return when the admission was decided on, as far as that is known apart from it.

    Whoever waits in an emergency department and is told to wait for a bed (A14) has been decided
    on. A plan that was told of somebody at home is no decision: it can still be talked over, and
    the decision falls with the admission.
    """
    arrived = next((one.since for one in segments if one.setting is Setting.EMERGENCY), None)
    bed = next((one.since for one in segments if one.setting is Setting.INPATIENT), None)
    plans = sorted(plan for visit in visits for plan in visit.plans)
    if arrived is None:
        return None
    return next((plan for plan in plans if arrived <= plan and (bed is None or plan <= bed)), None)
