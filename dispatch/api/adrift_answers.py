"""Answers Twilio's voice webhooks from memory: what is said, and what is to be entered later.

Nothing in here asks the database. The pure `dispatch.adrift` decides; this reads what Twilio sent
and what the node knows, and writes the documents and the journal's entries.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from starlette.requests import Request

from dispatch import adrift, callscript, prompts
from dispatch.adrift import Step, Surroundings
from dispatch.api.context import Vigil
from dispatch.caller import AskWhich, Routed, phone_number, route
from dispatch.callscript import Script
from dispatch.course import Course
from dispatch.events import Adrift, Happened, LastResortEnded, LegEnded, Ring
from dispatch.journal_entries import CallEntry
from dispatch.prompts import Language
from dispatch.store.clients import CallerKnown
from oncall.ladder import DEFAULT_LAST_RESORT, Ladder
from oncall.model import StaffId, TeamId
from oncall.store import Directory


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, and what is to be entered when the database is back."""

    text: str
    entries: tuple[CallEntry, ...] = ()


class RecentAnswers:
    """What was answered from memory lately: a request that Twilio repeats is answered alike."""

    def __init__(self, most: int = 2000) -> None:
        self._answers: OrderedDict[str, str] = OrderedDict()
        self._most = most

    def get(self, key: str) -> str | None:
        """What was answered to this request, if it was."""
        return self._answers.get(key)

    def keep(self, key: str, text: str) -> None:
        """Keep an answer; the oldest is forgotten."""
        self._answers[key] = text
        if len(self._answers) > self._most:
            self._answers.popitem(last=False)


class CallAdrift:
    """One webhook of a call, answered without a database."""

    def __init__(
        self, vigil: Vigil, request: Request, form: Mapping[str, str], call_sid: str
    ) -> None:
        self._vigil = vigil
        self._form = form
        self._sid = call_sid
        self._ref = request.query_params.get("ref", "")
        self._carried = Course.of(request.query_params)
        self._now = vigil.unit_of_work.clock.now()

    # What the caller's call asks ────────────────────────────────────────────────────────────────

    def arrived(self) -> Answer:
        """A new call: its client's team or its line's, or the question which."""
        match self._choice:
            case AskWhich(teams=teams):
                names = [self._directory.teams[team].name for team in teams]
                text = callscript.ask_team(self._script(Course(teams[0])), names)
                asked = (Happened(Adrift.ARRIVED, self._sid), Happened(Adrift.ASKED, self._sid))
                return Answer(text, self._entries(teams[0], *asked))
            case Routed(team=team):
                return self._rendered(adrift.arrived(self._sid, team, self._around(team)))
            case None:
                return self._rendered(adrift.arrived(self._sid, "", self._around("")))

    def team_chosen(self, digits: str | None) -> Answer:
        """A key was pressed for a team, or none."""
        teams = self._choice.teams if isinstance(self._choice, AskWhich) else (self._team,)
        chosen = teams[0]
        if digits and digits.isdecimal() and 1 <= int(digits) <= min(len(teams), 9):
            chosen = teams[int(digits) - 1]
        return self._rendered(adrift.team_chosen(self._sid, chosen, self._around(chosen)))

    def leg_ended(self, event: LegEnded) -> Answer:
        """The phone that was rung has stopped."""
        return self._rendered(adrift.leg_ended(self._course, event, self._around(self._team)))

    def last_resort_ended(self, event: LastResortEnded) -> Answer:
        """A number outside the team has stopped."""
        around = self._around(self._team)
        return self._rendered(adrift.last_resort_ended(self._course, event, around))

    def caller_stays(self) -> Answer:
        """The caller was cut off and pressed a key."""
        around = self._around(self._team)
        return self._rendered(adrift.caller_stays(self._course, self._sid, around))

    def caller_gone(self) -> Answer:
        """A second word that the call is over."""
        happened = Happened(Adrift.GONE, self._sid)
        return Answer(callscript.bridge(), self._entries("", happened))

    # What the worker's leg asks ─────────────────────────────────────────────────────────────────

    def screen(self, leg: int, staff: StaffId) -> Answer:
        """A worker picked up."""
        script = self._script(replace(self._course, staff=staff))
        return Answer(callscript.screen(script, leg, staff))

    def key_pressed(self, leg: int, staff: StaffId, digits: str | None) -> Answer:
        """A human who pressed 1 is bridged; it is entered that they took it."""
        pressed = {"1": Adrift.ACCEPTED, "2": Adrift.DECLINED}.get(digits or "")
        if pressed is None:
            return Answer(callscript.hang_up())
        text = callscript.bridge()
        if pressed is Adrift.DECLINED:
            text = callscript.hang_up(prompts.SCREEN_PASSED)
        happened = Happened(
            pressed,
            self._sid,
            leg,
            staff,
            round=self._carried.round,
            leg_sid=self._form.get("CallSid") or None,
        )
        return Answer(text, self._entries(self._carried.team, happened, of_caller=False))

    # What the node knows ────────────────────────────────────────────────────────────────────────

    @property
    def _directory(self) -> Directory:
        return self._vigil.unit_of_work.directory.latest

    @cached_property
    def _known(self) -> tuple[CallerKnown, ...]:
        phone = phone_number(self._form.get("From"))
        found = self._vigil.adrift.catching_up.callers.get(phone or "", ())
        return tuple(one for one in found if one.team in self._directory.teams)

    @cached_property
    def _choice(self) -> Routed | AskWhich | None:
        lines = self._directory.teams_by_line.get(phone_number(self._form.get("To")) or "", ())
        return route([one.team for one in self._known], lines, list(self._directory.teams))

    @property
    def _team(self) -> TeamId:
        """The team that the call's address names, else the first that may be meant."""
        if self._carried.team in self._directory.teams:
            return self._carried.team
        match self._choice:
            case AskWhich(teams=teams):
                return teams[0]
            case Routed(team=team):
                return team
            case None:
                return ""

    @property
    def _course(self) -> Course:
        return replace(self._carried, team=self._team)

    def _around(self, team: TeamId) -> Surroundings:
        directory = self._directory
        if team in directory.teams:
            return Surroundings(directory.ladder(team, self._now), directory.staff.keys())
        outside = directory.last_resort or DEFAULT_LAST_RESORT
        return Surroundings(Ladder(team, self._now, (), outside), ())

    # Writing it ─────────────────────────────────────────────────────────────────────────────────

    def _rendered(self, step: Step) -> Answer:
        staff = step.voice.staff if isinstance(step.voice, Ring) else None
        phone = self._directory.staff[staff].phone if staff is not None else None
        text = callscript.answer(self._script(step.course), step.voice, phone)
        return Answer(text, self._entries(step.course.team, *step.happened))

    def _script(self, course: Course) -> Script:
        directory, line = self._directory, phone_number(self._form.get("To"))
        team = directory.teams.get(course.team)
        languages = {one.language for one in self._known}
        own = next(iter(team.lines), None) if team else None
        return Script(
            public_url=self._vigil.public_url,
            ref=self._ref,
            team=team.name if team else "",
            language=Language(languages.pop()) if len(languages) == 1 else Language.EN,
            line=line if line in directory.teams_by_line else own,
            call_sid=self._sid or None,
            course=course,
        )

    def _entries(
        self, team: TeamId, *happened: Happened, of_caller: bool = True
    ) -> tuple[CallEntry, ...]:
        return tuple(
            CallEntry(
                id=_entry_id(self._sid or self._ref, one),
                at=self._now,
                happened=one,
                ref=self._ref,
                team=team,
                from_=self._form.get("From") if of_caller else None,
                to=self._form.get("To") if of_caller else None,
            )
            for one in happened
        )


def _entry_id(call: str, it: Happened) -> str:
    """The same for the same thing, however often and on whichever node it is answered."""
    who = it.staff or ""
    return f"{call}/{it.what}/{it.round}/{it.leg}/{it.index}/{who}"
