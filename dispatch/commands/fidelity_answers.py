"""A report on O5 and O6 as it is told: to a program, and as a table for spreadsheets."""

import csv
import io
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from dispatch.commands.admissions import client_told, initials, named
from dispatch.commands.episodes import hospital_now
from dispatch.commands.fidelity_counts import Fidelity
from dispatch.hospitals.counting.measures import Counted, Measure, Tally
from dispatch.hospitals.episodes.episode import Episode
from dispatch.oncall_answer import local
from dispatch.spreadsheets import plain

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

COLUMNS = (
    "measure",
    "episode",
    "client",
    "hospital",
    "at",
    "counts",
    "in_numerator",
    "reason",
    "to_settle",
)
"""The table: one line an episode and measure. `client` is the agency's own id, never a name."""


def answer(report: Fidelity, *, names: bool) -> dict[str, Any]:
    """The whole report; with `names` it says who the clients are."""
    return {
        "team": report.team,
        "from": report.period.first.isoformat(),
        "to": report.last.isoformat(),
        "timezone": str(report.period.zone),
        "scale": {
            "name": report.scale.name,
            "in_force_from": report.scale.effective.isoformat(),
            "source": report.scale.source,
        },
        "measures": [
            {
                "measure": measure.value,
                "title": report.scale.items[measure].metric,
                **figures(counted.tally),
                "score": counted.score,
                "words": counted.words,
                "rows": _rows(report, measure, counted.tally, names=names),
                "last_ten": {
                    **figures(report.last_ten[measure].tally),
                    "rows": _rows(report, measure, report.last_ten[measure].tally, names=names),
                },
            }
            for measure, counted in report.counts.items()
        ],
        "delays": _delays(report),
        "stay": {
            "episodes": report.stay.stays,
            "mean_days": _days(report.stay.average),
            "median_days": _days(report.stay.middle),
        },
        "readmissions": {
            "discharges": report.readmitted.denominator,
            "days": report.readmission_days,
            "within_30_days": report.readmitted.numerator,
            "percent": percent(report.readmitted.percent),
            "rows": _rows(report, Measure.DISCHARGES, report.readmitted, names=names),
        },
        "months": [
            {
                "month": month,
                **{
                    measure.value: {"numerator": tally.numerator, "denominator": tally.denominator}
                    for measure, tally in tallies.items()
                },
            }
            for month, tallies in report.months()
        ],
    }


def figures(tally: Tally) -> dict[str, Any]:
    """Numerator, denominator and share of a tally."""
    return {
        "numerator": tally.numerator,
        "denominator": tally.denominator,
        "percent": percent(tally.percent),
    }


def percent(share: Fraction | None) -> float | None:
    """A share to the tenth, never rounded up: 94.96 % is not 95 %."""
    return None if share is None else floor(share * 10) / 10


def table(report: Fidelity) -> str:
    """The report's rows as comma-separated values, without any client's name."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for measure, counted in report.counts.items():
        for row in counted.tally.rows:
            client = report.people.get(row.client)
            hospital = named(report.hospitals, _hospital(report, measure, row))
            lines.writerow(
                [
                    measure.value,
                    row.episode,
                    plain(client.id if client else ""),
                    plain(hospital["name"]),
                    _when(report, row.at) or "",
                    *(_yes(one) for one in (row.counts, row.in_numerator)),
                    row.reason,
                    _yes(row.to_settle),
                ]
            )
    return out.getvalue()


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _row(report: Fidelity, measure: Measure, row: Counted, *, names: bool) -> dict[str, Any]:
    client = report.people.get(row.client)
    return {
        "episode": row.episode,
        "initials": initials(client.name) if client else "",
        "client": client_told(client) if client and names else None,
        "hospital": named(report.hospitals, _hospital(report, measure, row)),
        "at": _when(report, row.at),
        "counts": row.counts,
        "in_numerator": row.in_numerator,
        "reason": row.reason,
        "to_settle": row.to_settle,
    }


def _rows(report: Fidelity, measure: Measure, tally: Tally, *, names: bool) -> list[dict[str, Any]]:
    return [_row(report, measure, row, names=names) for row in tally.rows]


def _when(report: Fidelity, at: datetime | None) -> str | None:
    return None if at is None else local(at, report.period.zone)


def _hospital(report: Fidelity, measure: Measure, row: Counted) -> str:
    """Which hospital admitted, or discharged; where that isn't known, which told last."""
    episode = report.episodes[row.episode].episode
    return _admitting(episode, row.at) if measure is Measure.ADMISSIONS else hospital_now(episode)


def _admitting(episode: Episode, at: datetime | None) -> str:
    parts = (part.hospital for part in episode.segments if at is not None and part.since == at)
    return next(parts, hospital_now(episode))


def _delays(report: Fidelity) -> list[dict[str, Any]]:
    return [
        {
            "hospital": named(report.hospitals, one.hospital),
            "notices": one.notices,
            "median_minutes": _minutes(one.middle),
            "nine_in_ten_minutes": _minutes(one.ninth_in_ten),
            "longest_minutes": _minutes(one.longest),
            "unknown": one.notices - one.dated,
            "before_decision": one.before,
            "after_decision": one.after,
        }
        for one in report.delays
    ]


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else length // _MINUTE


def _days(length: timedelta | None) -> float | None:
    return None if length is None else round(length / _DAY, 1)
