"""The agency's file as Vigil takes it: the whole agency, or every fault in it at once."""

from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from dispatch.agency_checks import cross_check
from dispatch.agency_shapes import (
    ClientSpec,
    CrisisLineSpec,
    HospitalSpec,
    NetworkSpec,
    OnlyShape,
    OverrideShape,
    RotationShape,
    RulesShape,
    StaffMember,
    TeamShape,
    read_shape,
)
from dispatch.agency_values import Discipline, Language, Role
from dispatch.agency_yaml import MAX_CHARACTERS, AgencyFaults, Document, Fault, Place, compose
from oncall.model import Only, Override, Rotation, Rules, RungRule
from oncall.wallclock import to_utc

__all__ = [
    "MAX_BYTES",
    "Agency",
    "AgencyFaults",
    "ClientSpec",
    "CrisisLineSpec",
    "Discipline",
    "Fault",
    "HospitalSpec",
    "Language",
    "NetworkSpec",
    "Role",
    "StaffMember",
    "TeamSpec",
    "read_agency",
    "read_agency_bytes",
]

MAX_BYTES = MAX_CHARACTERS
"""The longest file that is read; whoever opens it need read no more than one byte beyond."""


@dataclass(frozen=True, slots=True)
class TeamSpec:
    """A team: its time zone (IANA name), its Twilio lines (E.164), its people and its rota.

    ``rotations`` keep their wall-clock times; ``overrides`` are in UTC.
    """

    id: str
    name: str
    timezone: str
    lines: tuple[str, ...]
    members: tuple[str, ...]
    ladder: tuple[RungRule, ...]
    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...]
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Agency:
    """Everything in an agency's file, checked; each part in the file's order.

    ``last_resort`` holds the numbers that end every ladder, E.164 or short codes, never empty.
    ``interpreter_line`` (E.164) can be brought into a call, where the agency has one.
    """

    name: str
    last_resort: tuple[str, ...]
    staff: tuple[StaffMember, ...]
    teams: tuple[TeamSpec, ...]
    clients: tuple[ClientSpec, ...]
    crisis_lines: tuple[CrisisLineSpec, ...]
    interpreter_line: str | None = None
    hospitals: tuple[HospitalSpec, ...] = ()
    networks: tuple[NetworkSpec, ...] = ()


def read_agency_bytes(content: bytes, source: str) -> Agency:
    """As ``read_agency``, from the file's bytes, which must be UTF-8 and at most MAX_BYTES."""
    document = Document(source)
    if len(content) > MAX_BYTES:
        problem = f"the file is longer than {MAX_BYTES:,} bytes: is it the right one?"
        raise AgencyFaults([document.fault((), problem)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        problem = "this is not UTF-8 text: save the file with the encoding UTF-8"
        place = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise AgencyFaults([document.fault_at(Place(*place), (), problem)]) from None
    return read_agency(text, source)


def read_agency(text: str, source: str) -> Agency:
    """The agency in ``text``, a YAML file that people know as ``source``.

    Raises AgencyFaults with every fault of the whole file, each with its line and column.
    """
    document = compose(text.removeprefix("\ufeff"), source)
    faults = [*document.faults, *cross_check(document)]
    try:
        shape = read_shape(document)
    except AgencyFaults as misfits:
        raise AgencyFaults([*faults, *misfits.faults]) from None
    if faults:
        raise AgencyFaults(faults)
    return Agency(
        name=shape.agency,
        last_resort=shape.last_resort,
        staff=shape.staff,
        teams=tuple(map(_team, shape.teams)),
        clients=shape.clients,
        crisis_lines=shape.crisis_lines,
        interpreter_line=shape.interpreter_line,
        hospitals=shape.hospitals,
        networks=shape.networks,
    )


def _team(team: TeamShape) -> TeamSpec:
    zone = ZoneInfo(team.timezone)
    return TeamSpec(
        id=team.id,
        name=team.name,
        timezone=team.timezone,
        lines=team.lines,
        members=team.members,
        ladder=tuple(RungRule(r.tier, r.ring_seconds, r.page_seconds) for r in team.ladder),
        rotations=tuple(map(_rotation, team.rotations)),
        overrides=tuple(_override(override, zone) for override in team.overrides),
        rules=_rules(team.rules),
    )


def _rules(rules: RulesShape) -> Rules:
    return Rules(
        rest=timedelta(hours=rules.rest_hours),
        requires={tier: frozenset(map(str, some)) for tier, some in rules.requires.items()},
        swaps_need_lead=rules.swaps_need_lead,
        handoff_notices=rules.handoff_notices,
        holidays=rules.holidays,
    )


def _rotation(rotation: RotationShape) -> Rotation:
    return Rotation(
        tier=rotation.tier,
        name=rotation.name,
        starts=rotation.starts,
        every=rotation.every,
        order=rotation.order,
        only=_only(rotation.only) if rotation.only else None,
        ends=rotation.ends,
    )


def _only(only: OnlyShape) -> Only:
    return Only(days=frozenset(only.days), start=only.start, end=only.end)


def _override(override: OverrideShape, zone: ZoneInfo) -> Override:
    return Override(
        tier=override.tier,
        start=to_utc(override.start, zone),
        end=to_utc(override.end, zone),
        staff=override.staff,
        reason=override.reason,
        kind=override.kind,
        instead=override.instead,
    )
