"""The call script without a database: what a call does next, from its own course and the rota.

Pure, as the escalation policy is. Whom a step rings follows the same rule; what cannot be known
here (who took it by text, which crisis it belongs to) is settled when what happened is entered.
Every path ends with somebody on the line, at the last resort, or with words that say what to dial.
"""

from collections.abc import Container
from dataclasses import dataclass, replace

from dispatch.callers_side import SHORT_BRIDGE_SECONDS, SHORT_LAST_RESORT_SECONDS
from dispatch.course import Course
from dispatch.events import (
    Adrift,
    EndCall,
    Farewell,
    Happened,
    LastResortEnded,
    LegEnded,
    Preface,
    Ring,
    RingLastResort,
    Voice,
)
from dispatch.pursuit import LADDER_LOOPS
from oncall.ladder import Ladder
from oncall.model import StaffId, TeamId, Tier


@dataclass(frozen=True, slots=True)
class Step:
    """What the caller hears next, the call's course from then on, and what is to be entered."""

    course: Course
    voice: Voice
    happened: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node knows without its database: the team's ladder now, and whose phones it knows."""

    ladder: Ladder
    with_phones: Container[StaffId]


def arrived(call_sid: str, team: TeamId, around: Surroundings) -> Step:
    """A caller is on the line and their team is known: ring the first phone."""
    course = Course(team)
    return _climb(course, call_sid, around, Preface.GREETING, Happened(Adrift.ARRIVED, call_sid))


def team_chosen(call_sid: str, team: TeamId, around: Surroundings) -> Step:
    """The caller has said which team they want, or has stayed on the line."""
    course = Course(team)
    return _climb(course, call_sid, around, Preface.GREETING, Happened(Adrift.CHOSEN, call_sid))


def leg_ended(course: Course, event: LegEnded, around: Surroundings) -> Step:
    """The phone that was rung for the caller has stopped ringing or hung up."""
    sid = event.call_sid
    what = Adrift.GONE if event.caller_gone else _how_it_ended(event)
    happened = Happened(
        what,
        sid,
        leg=event.leg,
        staff=course.staff,
        round=course.round,
        seconds=event.seconds,
        outcome=event.outcome,
        bridged=event.bridged,
    )
    match what:
        case Adrift.GONE:
            return Step(course, EndCall(Farewell.GONE), (happened,))
        case Adrift.TALKED:
            return Step(course, EndCall(Farewell.AFTER_TALK, event.leg), (happened,))
        case Adrift.BROKEN:
            return _climb(course, sid, around, Preface.BROKEN, happened)
        case _:
            return _climb(course, sid, around, Preface.NEXT, happened)


def _how_it_ended(event: LegEnded) -> Adrift:
    if not event.bridged:
        return Adrift.NOT_REACHED
    return Adrift.TALKED if event.seconds >= SHORT_BRIDGE_SECONDS else Adrift.BROKEN


def last_resort_ended(course: Course, event: LastResortEnded, around: Surroundings) -> Step:
    """A number outside the team has stopped ringing or hung up: the next, then the ladder again."""
    sid, numbers = event.call_sid, around.ladder.last_resort
    talked = event.bridged and event.seconds >= SHORT_LAST_RESORT_SECONDS
    happened = Happened(
        Adrift.OUTSIDE_NOT_REACHED,
        sid,
        leg=course.leg,
        round=course.round,
        index=event.index,
        seconds=event.seconds,
        outcome=event.outcome,
        bridged=event.bridged,
    )
    if event.caller_gone:
        gone = replace(happened, what=Adrift.GONE)
        return Step(course, EndCall(Farewell.GONE), (gone,))
    if talked:
        there = replace(happened, what=Adrift.OUTSIDE_TALKED)
        return Step(course, EndCall(Farewell.AFTER_LAST_RESORT), (there,))
    if event.index + 1 < len(numbers):
        return _outside(course, sid, around, event.index + 1, Preface.NEXT, happened)
    if course.round < LADDER_LOOPS:
        again = replace(course, round=course.round + 1, tried=(), staff=None)
        return _climb(again, sid, around, Preface.AGAIN, happened)
    gave_up = Happened(Adrift.GAVE_UP, sid, leg=course.leg, round=course.round)
    return Step(course, EndCall(Farewell.NOBODY), (happened, gave_up))


def caller_stays(course: Course, call_sid: str, around: Surroundings) -> Step:
    """After a talk, the caller asked to be connected again: whom they talked with comes first."""
    happened = Happened(Adrift.STAYS, call_sid, leg=course.leg, staff=course.staff)
    afresh = replace(course, tried=())
    if course.staff is not None and course.staff in around.with_phones:
        tier, seconds = _ring_rule_of(course.staff, around.ladder)
        return _ring(afresh, call_sid, course.staff, tier, seconds, Preface.AGAIN, happened)
    return _climb(afresh, call_sid, around, Preface.AGAIN, happened)


def _ring_rule_of(staff: StaffId, ladder: Ladder) -> tuple[Tier, int]:
    for rung in ladder.rungs:
        if rung.staff == staff:
            return rung.tier, rung.ring_seconds
    return "owner", max((rung.ring_seconds for rung in ladder.rungs), default=20)


def _climb(
    course: Course, sid: str, around: Surroundings, preface: Preface, *before: Happened
) -> Step:
    """Ring the lowest rung with somebody who was not rung in this round; above it, the outside."""
    for rung in around.ladder.rungs:
        staff = rung.staff
        if staff is not None and staff not in course.tried and staff in around.with_phones:
            return _ring(course, sid, staff, rung.tier, rung.ring_seconds, preface, *before)
    return _outside(course, sid, around, 0, preface, *before)


def _ring(
    course: Course,
    sid: str,
    staff: StaffId,
    tier: Tier,
    seconds: int,
    preface: Preface,
    *before: Happened,
) -> Step:
    leg = course.leg + 1
    after = replace(course, leg=leg, staff=staff, tried=(*course.tried, staff))
    happened = Happened(Adrift.RINGING, sid, leg, staff, tier, course.round)
    return Step(after, Ring(staff, tier, seconds, leg, preface), (*before, happened))


def _outside(
    course: Course, sid: str, around: Surroundings, index: int, preface: Preface, *before: Happened
) -> Step:
    leg = course.leg + 1
    after = replace(course, leg=leg, staff=None)
    happened = Happened(Adrift.OUTSIDE, sid, leg, round=course.round, index=index)
    number = around.ladder.last_resort[index]
    return Step(after, RingLastResort(number, index, leg, preface), (*before, happened))
