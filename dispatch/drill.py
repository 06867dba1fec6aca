"""Plays scripted nights for every team of an agency and measures how long each caller waited."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import Any

from dispatch.agency_file import Agency, read_agency
from dispatch.clock import DrillClock, SystemClock
from dispatch.commands import crises as commands
from dispatch.crisis import Disposition
from dispatch.events import Refused
from dispatch.stage import STOP_SECONDS, Stage
from dispatch.store import crises
from notifications.emulator import (
    Answer,
    Busy,
    CallHandle,
    Decline,
    NoAnswer,
    PhoneKind,
    Unreachable,
    Voicemail,
)
from notifications.emulator.behaviour import Behaviour
from oncall.model import TeamId

PATIENCE_SECONDS = 400.0
"""How long (in the drill's time) a caller may wait before the drill has failed."""

TALK_SECONDS = 40.0
"""How long the caller talks once somebody is on the line."""


@dataclass(frozen=True, slots=True)
class Night:
    """One scripted night: what the phones on the rungs do, from the foot up, and those outside."""

    name: str
    rungs: tuple[Behaviour, ...] = ()
    outside: tuple[Behaviour, ...] = ()


NIGHTS = (
    Night("primary answers and presses 1"),
    Night("primary's voicemail answers", (Voicemail(after=12),)),
    Night("primary does not answer", (NoAnswer(),)),
    Night("primary presses 2", (Answer(press="2"),)),
    Night("primary refuses the call", (Decline(),)),
    Night("primary's phone is busy, backup's is off", (Busy(), Unreachable())),
    Night("primary's phone dies after 5 s", (Answer(dies_after=5),)),
    Night("nobody answers: 988", (NoAnswer(), Voicemail(after=12), NoAnswer(), NoAnswer())),
    Night(
        "nobody answers, 988 fails: the next number",
        (Unreachable(), Unreachable(), Unreachable(), Unreachable()),
        (Unreachable(),),
    ),
)


@dataclass(frozen=True, slots=True)
class Result:
    """How one night ended.

    `reached` are the people the caller was connected with, in order; `seconds` is from dialling
    until the first of them was on the line.
    """

    team: TeamId
    night: str
    reached: tuple[str, ...]
    seconds: float | None
    silent: bool

    @property
    def passed(self) -> bool:
        """Whether the caller reached a human and was not left in silence."""
        return bool(self.reached) and not self.silent

    def as_json(self) -> dict[str, Any]:
        """The result for a program."""
        return {**asdict(self), "passed": self.passed}


def sample_agency() -> Agency:
    """The sample agency that comes with Vigil."""
    source = files("dispatch") / "sample_agency.yaml"
    return read_agency(source.read_text(encoding="utf-8"), "sample_agency.yaml")


def play(
    agency: Agency,
    *,
    speed: float,
    tell: Callable[[str], None] | None = None,
    nights: Sequence[Night] = NIGHTS,
) -> list[Result]:
    """Play the nights for every team on a stage of its own, which touches nothing else."""
    results = []
    clock = DrillClock.beginning(SystemClock().now(), speed)
    with (
        tempfile.TemporaryDirectory(prefix="vigil-drill-") as folder,
        Stage(agency, data_dir=Path(folder), clock=clock) as stage,
    ):
        callers = _free_numbers(agency)
        for team in agency.teams:
            if not team.lines:
                continue
            for night in nights:
                caller = next(callers)
                result = _play_night(stage, team.id, team.lines[0], caller, night)
                results.append(result)
                if tell is not None:
                    tell(_line(result))
    return results


def _free_numbers(agency: Agency) -> Iterator[str]:
    """Numbers from the range reserved for fiction that belong to nobody in the agency."""
    taken = {member.phone for member in agency.staff}
    taken |= {phone for client in agency.clients for phone in client.phones}
    taken |= {line for team in agency.teams for line in team.lines}
    areas = (f"+1{area}555{last:04d}" for area in range(503, 999) for last in range(100, 200))
    return (number for number in areas if number not in taken)


def _play_night(stage: Stage, team: TeamId, line: str, caller: str, night: Night) -> Result:
    _set_phones(stage, team, night)
    stage.network.phone(caller, owner="Drill", kind=PhoneKind.CALLER)
    call = stage.network.place_call(caller, line)
    key = _menu_key(stage, team, line)
    patience = PATIENCE_SECONDS / stage.speed
    if key is not None:
        call.wait_for("gathering", patience)
        call.press(key)
    _talk(call, patience, TALK_SECONDS / stage.speed)
    silent = not call.heard
    call.hang_up()
    call.wait_ended()
    people = [stage.network.phone(number).owner for number in call.bridged_with]
    _tidy_up(stage)
    return Result(team, night.name, tuple(people), call.seconds_until_bridged, silent)


def _set_phones(stage: Stage, team: TeamId, night: Night) -> None:
    """Let everybody answer, but those on the rungs and outside as the night says."""
    for member in stage.agency.staff:
        stage.network.phone(member.phone).answers()
    for number, behaviour in zip_longest(stage.agency.last_resort, night.outside):
        if number is not None:
            stage.network.phone(number).will(behaviour or Answer(press=None))
    directory = stage.vigil.unit_of_work.directory.latest
    rungs = directory.ladder(team, stage.vigil.unit_of_work.clock.now()).rungs
    for rung, behaviour in zip_longest(rungs, night.rungs):
        if rung is not None and rung.staff is not None and behaviour is not None:
            stage.network.phone(directory.staff[rung.staff].phone).will(behaviour)


def _menu_key(stage: Stage, team: TeamId, line: str) -> str | None:
    """The key for this team on a line that several teams share."""
    sharing = [other.id for other in stage.agency.teams if line in other.lines]
    return str(sharing.index(team) + 1) if len(sharing) > 1 else None


def _talk(call: CallHandle, patience: float, talk: float) -> None:
    """Wait (real seconds) until a talk has lasted; a talk that breaks is waited for again."""
    while True:
        try:
            call.wait_for(lambda c: c.state in ("talking", "ended"), patience)
        except AssertionError:
            return
        if call.state == "ended":
            return
        try:
            call.wait_for(lambda c: c.state != "talking", talk)
        except AssertionError:
            return


def _tidy_up(stage: Stage) -> None:
    """Close what the night opened, so that the next caller finds a quiet board."""
    stage.network.exchange.clock.wait_in_thread(lambda: _closed_all(stage), STOP_SECONDS)


def _closed_all(stage: Stage) -> bool:
    with stage.vigil.unit_of_work() as work:
        left = crises.open_crises(work.session)
        for crisis in left:
            with contextlib.suppress(Refused):  # the call is not over yet: looked at again
                commands.close(
                    work,
                    crisis.ref,
                    Disposition.NOT_A_CRISIS,
                    None,
                    who=None,
                    by="drill",
                    public_url=stage.base_url,
                )
        return not crises.open_crises(work.session)


def _line(result: Result) -> str:
    waited = "" if result.seconds is None else f"after {result.seconds:5.1f} s"
    first, *later = result.reached or ("",)
    then = "".join(f", then {name}" for name in later)
    outcome = f"{first} {waited}{then}" if result.passed else "NOBODY REACHED"
    return f"  {result.team:<10} {result.night:<44} {outcome}"
