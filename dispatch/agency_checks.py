"""Checks that one part of the agency's file agrees with the others.

They read the file as it was typed, so that a fault in one value hides no fault in another.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime, time
from itertools import chain
from zoneinfo import ZoneInfo

from dispatch.agency_shapes import WARN_DAYS
from dispatch.agency_values import did_you_mean, read_time_of_day, read_wall_time, read_zone
from dispatch.agency_yaml import Document, Fault, Path, quoted
from oncall.model import OverrideKind
from oncall.wallclock import to_utc


def cross_check(document: Document) -> list[Fault]:
    """Everything in the file that contradicts something else in it."""
    checks: tuple[Callable[[Document], Iterator[Fault]], ...] = (
        _repeated,
        _ringing_ourselves,
        _too_many_to_ask,
        _unknown_people,
        _people_of_other_teams,
        _unknown_tiers,
        _unknown_teams,
        _unknown_hospitals,
        _ends_before_it_starts,
        _override_without_length,
        _instead_of_the_wrong,
        _warned_too_early,
        _paging_left_open,
        _nights_without_length,
        _neither_willing_nor_not,
    )
    return list(chain.from_iterable(check(document) for check in checks))


_REPEATED: tuple[tuple[Path, str], ...] = (
    (("staff", "*", "id"), "this id is taken: everybody on the staff needs their own"),
    (("staff", "*", "phone"), "this phone is somebody else's: a page would reach the wrong person"),
    (("staff", "*", "email"), "this e-mail is somebody else's: everybody needs their own"),
    (("teams", "*", "id"), "this id is taken: every team needs its own"),
    (("clients", "*", "id"), "this client is listed already: a client belongs to exactly one team"),
    (("crisis_lines", "*", "id"), "this id is taken: every crisis line needs its own"),
    (("hospitals", "*", "id"), "this id is taken: every hospital needs its own"),
    (("networks", "*", "id"), "this id is taken: every network needs its own"),
    (
        ("hospitals", "*", "known_as", "*"),
        "this name is another hospital's: its notices would count for the wrong one",
    ),
    (
        ("hospitals", "*", "certificates", "*"),
        "this certificate is listed already: it tells one hospital from all others",
    ),
)
_REPEATED_WITHIN: tuple[tuple[Path, Path, str], ...] = (
    (("teams", "*"), ("lines", "*"), "this line is listed already: keep one of the two"),
    (("teams", "*"), ("members", "*"), "this member is listed already: keep one of the two"),
    (("teams", "*"), ("ladder", "*", "tier"), "this tier has a rung already: keep one of the two"),
    (("clients", "*"), ("phones", "*"), "this phone is listed already: keep one of the two"),
)


def _repeated(document: Document) -> Iterator[Fault]:
    groups = list(_REPEATED)
    for outer, inner, problem in _REPEATED_WITHIN:
        groups += [((*item, *inner), problem) for item in document.paths(*outer)]
    for pattern, problem in groups:
        first: dict[str, Path] = {}
        for path, text in document.each(*pattern):
            # Ids are typed on phones and read aloud: capitals cannot tell two of them apart.
            earlier = first.setdefault(text.casefold(), path)
            if earlier != path:
                yield document.fault(path, f"{problem} (line {document.line(earlier)})")


def _ringing_ourselves(document: Document) -> Iterator[Fault]:
    lines = {line: path for path, line in document.each("teams", "*", "lines", "*")}
    others = chain(
        document.each("last_resort", "*"),
        document.each("interpreter_line"),
        document.each("staff", "*", "phone"),
        document.each("clients", "*", "phones", "*"),
        document.each("crisis_lines", "*", "callback"),
        document.each("hospitals", "*", "phone"),
    )
    for path, number in others:
        if number in lines:
            line = document.line(lines[number])
            problem = f"this number is a team's line (line {line}): Vigil would ring itself"
            yield document.fault(path, problem)


MOST_TEAMS_ON_A_LINE = 9
"""A caller chooses among the teams of a shared line with one key."""


def _too_many_to_ask(document: Document) -> Iterator[Fault]:
    sharing: dict[str, int] = {}
    for path, line in document.each("teams", "*", "lines", "*"):
        sharing[line] = sharing.get(line, 0) + 1
        if sharing[line] > MOST_TEAMS_ON_A_LINE:
            most = MOST_TEAMS_ON_A_LINE
            problem = f"{most} teams share this line already: a caller chooses with one key"
            yield document.fault(path, problem)


def _unknown_people(document: Document) -> Iterator[Fault]:
    if not isinstance(document.at(("staff",)), list):
        return
    staff = {name for _, name in document.each("staff", "*", "id")}
    named = chain(
        document.each("teams", "*", "members", "*"),
        document.each("teams", "*", "rotations", "*", "order", "*"),
        document.each("teams", "*", "overrides", "*", "staff"),
        document.each("teams", "*", "overrides", "*", "instead"),
        document.each("clients", "*", "coordinator"),
        document.each("hospitals", "*", "in_charge"),
        document.each("networks", "*", "in_charge"),
    )
    for path, name in named:
        if name not in staff:
            problem = f"nobody on the staff is called {_told(path, name)}"
            yield document.fault(path, problem + did_you_mean(name, staff))


def _people_of_other_teams(document: Document) -> Iterator[Fault]:
    staff = {name for _, name in document.each("staff", "*", "id")}
    for team in document.paths("teams", "*"):
        if not isinstance(document.at((*team, "members")), list):
            continue
        members = {name for _, name in document.each(*team, "members", "*")}
        for path, name in _on_the_rota(document, team):
            if name in staff and name not in members:
                problem = f"{quoted(name)} is on the staff but no member of this team: add them to"
                yield document.fault(path, f"{problem} its members or name somebody else")


def _on_the_rota(document: Document, team: Path) -> Iterator[tuple[Path, str]]:
    yield from document.each(*team, "rotations", "*", "order", "*")
    yield from document.each(*team, "overrides", "*", "staff")


def _unknown_tiers(document: Document) -> Iterator[Fault]:
    for team in document.paths("teams", "*"):
        tiers = {tier for _, tier in document.each(*team, "ladder", "*", "tier")}
        if not tiers:
            continue
        for part in ("rotations", "overrides"):
            for path, tier in document.each(*team, part, "*", "tier"):
                if tier not in tiers:
                    yield document.fault(
                        path, _missing("the ladder has no tier", path, tier, tiers)
                    )
        required = document.at((*team, "rules", "requires"))
        for tier in required if isinstance(required, dict) else ():
            if tier not in tiers:
                path = (*team, "rules", "requires", tier)
                yield document.fault(path, _missing("the ladder has no tier", path, tier, tiers))


def _unknown_teams(document: Document) -> Iterator[Fault]:
    if not isinstance(document.at(("teams",)), list):
        return
    teams = {name for _, name in document.each("teams", "*", "id")}
    for path, team in document.each("clients", "*", "team"):
        if team not in teams:
            yield document.fault(path, _missing("there is no team", path, team, teams))


def _unknown_hospitals(document: Document) -> Iterator[Fault]:
    hospitals = {name for _, name in document.each("hospitals", "*", "id")}
    for client in document.paths("clients", "*"):
        records = document.at((*client, "records"))
        for hospital in records if isinstance(records, dict) else ():
            if hospital not in hospitals:
                path = (*client, "records", hospital)
                yield document.fault(path, _missing("there is no hospital", path, "", hospitals))


def _ends_before_it_starts(document: Document) -> Iterator[Fault]:
    spans = (("rotations", "starts", "ends"), ("overrides", "from", "to"))
    for part, start_key, end_key in spans:
        for item in document.paths("teams", "*", part, "*"):
            start = _wall_time(document, (*item, start_key))
            end = _wall_time(document, (*item, end_key))
            if start and end and end <= start:
                problem = f"{end_key!r} must be later than {start_key!r}: correct one of them"
                yield document.fault((*item, end_key), problem.replace("'", '"'))


def _override_without_length(document: Document) -> Iterator[Fault]:
    """Both ends inside the hour that the clocks jump over in spring are the same instant."""
    for team in document.paths("teams", "*"):
        zone = _zone(document, (*team, "timezone"))
        for item in document.paths(*team, "overrides", "*"):
            start = _wall_time(document, (*item, "from"))
            end = _wall_time(document, (*item, "to"))
            if zone and start and end and start < end and to_utc(start, zone) >= to_utc(end, zone):
                problem = "this stretch does not exist: the clocks jump over it on that night"
                yield document.fault((*item, "to"), problem)


def _instead_of_the_wrong(document: Document) -> Iterator[Fault]:
    """Only a replacement is instead of somebody, and that is somebody else."""
    for path, instead in document.each("teams", "*", "overrides", "*", "instead"):
        kind = document.text((*path[:-1], "kind")) or OverrideKind.REPLACE.value
        if kind != OverrideKind.REPLACE.value:
            problem = f"an override of the kind {quoted(kind)} is instead of nobody: leave it out"
            yield document.fault(path, problem)
        elif instead == document.text((*path[:-1], "staff")):
            yield document.fault(path, "nobody stands instead of themselves: name somebody else")


def _warned_too_early(document: Document) -> Iterator[Fault]:
    """Whoever is warned from the first day on is not warned."""
    for network in document.paths("networks", "*"):
        valid, warn = (_days(document, (*network, key)) for key in ("valid_days", "warn_days"))
        if valid is not None and (WARN_DAYS if warn is None else warn) >= valid:
            where = "warn_days" if warn is not None else "valid_days"
            problem = '"warn_days" must be less than "valid_days", or its alarm never ends'
            told = "" if warn is not None else f" (left out, it is {WARN_DAYS})"
            yield document.fault((*network, where), problem + told)


def _days(document: Document, path: Path) -> int | None:
    text = document.text(path) or ""
    return int(text) if text.isdecimal() else None


def _paging_left_open(document: Document) -> Iterator[Fault]:
    """Elsewhere nothing means what is usual; here it could mean never as well."""
    for path in document.empty:
        if path[:1] == ("staff",) and path[-1] == "ring_after":
            problem = "is empty: write whole seconds, or never for only if a text does not arrive"
            yield document.fault(path, problem, at_key=True)


def _nights_without_length(document: Document) -> Iterator[Fault]:
    for path, end in document.each("staff", "*", "paging", "nights", "to"):
        start = document.text((*path[:-1], "from"))
        if start is not None and _time_of_day(start) == _time_of_day(end) is not None:
            yield document.fault(path, "these nights end when they begin: correct one of the two")


def _neither_willing_nor_not(document: Document) -> Iterator[Fault]:
    for hospital in document.paths("hospitals", "*"):
        against = {code.upper() for _, code in document.each(*hospital, "involuntary", "*")}
        for path, code in document.each(*hospital, "voluntary", "*"):
            if code.upper() in against:
                problem = "this code stands under involuntary too: delete it from one of the two"
                yield document.fault(path, problem)


def _time_of_day(text: str) -> time | None:
    with suppress(ValueError):
        return read_time_of_day(text)
    return None


def _wall_time(document: Document, path: Path) -> datetime | None:
    with suppress(ValueError):
        return read_wall_time(document.text(path) or "")
    return None


def _zone(document: Document, path: Path) -> ZoneInfo | None:
    with suppress(ValueError):
        return ZoneInfo(read_zone(document.text(path) or ""))
    return None


def _missing(what: str, path: Path, text: str, known: Collection[str]) -> str:
    hint = did_you_mean(text, known)
    return f"{what} {_told(path, text)}{hint}: take one of {', '.join(sorted(known)) or 'none'}"


def _told(path: Path, text: str) -> str:
    """The value in quotes, unless it stands with a client, whose details never enter a log."""
    return "of this id" if path[0] == "clients" else quoted(text)
