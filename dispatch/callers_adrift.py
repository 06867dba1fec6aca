"""What happened in a call while the database was away, entered into its crisis afterwards.

The facts come in the order in which they happened. They move the crisis to where the call really
is: who was rung, who took it, who is on the line. Where Vigil has decided about the call since,
they are only written down. Deadlines and pages count from the moment of entering.
"""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from dispatch.callers_side import LEG_WORDS, caller_gone, line_of, was_never_joined
from dispatch.crisis import Crisis, How, Reaching, State
from dispatch.events import Adrift, CallerGone, DropLeg, Happened, HappenedAdrift, TellKind
from dispatch.pursuit import (
    FOLLOW_UP_AFTER,
    SCREEN_AND_SLACK,
    TWILIO_EXTRA_RING,
    Pursuit,
)

LONGEST_RING = timedelta(seconds=60)
"""How long a phone may still ring where its rung is not known any more."""


def happened_adrift(pursuit: Pursuit, event: HappenedAdrift) -> None:
    """Enter one thing that happened."""
    _enter(pursuit, event)
    if pursuit.crisis.line is not None:
        pursuit.found_again()


def _enter(pursuit: Pursuit, event: HappenedAdrift) -> None:
    it = event.happened
    _reopen_for_a_caller(pursuit, event)
    if _is_known(pursuit.crisis, it):
        return
    if _is_history(pursuit.crisis, event):
        _write_down(pursuit, it)
        _taken_after_all(pursuit, event)
        return
    if it.what is Adrift.ACCEPTED:
        _answered_by_a_colleague(pursuit, it)
    _write_down(pursuit, it)
    match it.what:
        case Adrift.ARRIVED | Adrift.ASKED | Adrift.CHOSEN:
            _on_the_line(pursuit, event)
        case Adrift.RINGING:
            _ringing(pursuit, it)
        case Adrift.NOT_REACHED | Adrift.BROKEN:
            _let_go(pursuit, it)
        case Adrift.DECLINED:
            paged = pursuit.crisis.paged - _whoever(it)
            pursuit.change(tried=pursuit.crisis.tried | _whoever(it), paged=paged)
        case Adrift.ACCEPTED:
            _accepted(pursuit, event)
        case Adrift.TALKED:
            _talked(pursuit)
        case Adrift.OUTSIDE:
            _outside(pursuit, it)
        case Adrift.OUTSIDE_NOT_REACHED:
            pass  # the next number or the next round follows as a fact of its own
        case Adrift.STAYS:
            pursuit.back_to_the_foot()
            _wait(pursuit, it)
        case Adrift.OUTSIDE_TALKED | Adrift.GAVE_UP | Adrift.GONE if event.calls_again:
            _between_two_calls(pursuit)
        case Adrift.OUTSIDE_TALKED | Adrift.GAVE_UP:
            pursuit.caller_is_gone()
        case Adrift.GONE:
            caller_gone(pursuit, CallerGone(it.call_sid), bridged=it.bridged)
            was_never_joined(pursuit, it.leg, bridged=it.bridged is not False)
        case _:
            assert_never(it.what)


def _whoever(it: Happened) -> frozenset[str]:
    return frozenset() if it.staff is None else frozenset({it.staff})


def _is_known(crisis: Crisis, it: Happened) -> bool:
    """Whether it was decided just so before the answer got lost: nothing is entered twice."""
    line = crisis.line
    if line is None or line.call_sid != it.call_sid:
        return False
    match it.what:
        case Adrift.ARRIVED:
            return True
        case Adrift.RINGING:
            rung = crisis.reaching
            return line.leg == it.leg and rung is not None and rung.staff == it.staff
        case Adrift.ACCEPTED:
            talking = crisis.state is State.TALKING
            return talking and line.leg == it.leg and crisis.owner == it.staff
        case _:
            return False


def _is_history(crisis: Crisis, event: HappenedAdrift) -> bool:
    """Whether Vigil has decided about this call since, or the call is over."""
    line, it = crisis.line, event.happened
    if crisis.state is State.CLOSED or event.over:
        return True
    if line is None:
        return False
    return line.call_sid != it.call_sid or 0 < it.leg < line.leg


def _reopen_for_a_caller(pursuit: Pursuit, event: HappenedAdrift) -> None:
    """A crisis closed by hand does not leave a caller whose bridge broke without anybody."""
    waiting = event.happened.what in (Adrift.RINGING, Adrift.OUTSIDE)
    if not waiting or event.over or pursuit.crisis.state is not State.CLOSED:
        return
    pursuit.record("reopened", "caller is still on the line")
    pursuit.change(owner=None, disposition=None, closed_at=None)
    pursuit.back_to_the_foot()
    pursuit.change(state=State.RINGING)
    _wait(pursuit, event.happened)


def _write_down(pursuit: Pursuit, it: Happened) -> None:
    match it.what:
        case Adrift.ARRIVED:
            pursuit.record("adrift", "call came in while the database was away")
        case Adrift.ASKED:
            pursuit.record("asked", "caller is being asked which team they want")
        case Adrift.CHOSEN:
            pursuit.record("team_chosen", "team of the caller is known")
        case Adrift.RINGING:
            pursuit.record("ringing", f"phone is being rung ({it.tier})", it.staff)
        case Adrift.NOT_REACHED:
            pursuit.record("not_reached", LEG_WORDS[it.outcome], it.staff)
        case Adrift.ACCEPTED:
            pursuit.record("accepted", "accepted by phone", it.staff)
        case Adrift.DECLINED:
            pursuit.record("declined", "declined by phone", it.staff)
        case Adrift.BROKEN:
            pursuit.record("broken", f"talk broke off after {it.seconds} s", it.staff)
        case Adrift.TALKED:
            pursuit.record("talked", f"talked for {it.seconds} s", it.staff)
        case Adrift.OUTSIDE:
            pursuit.record("last_resort", f"caller is being passed to {_number(pursuit, it)}")
        case Adrift.OUTSIDE_NOT_REACHED:
            words = f"{_number(pursuit, it)}: {LEG_WORDS[it.outcome]}"
            pursuit.record("not_reached", words)
        case Adrift.OUTSIDE_TALKED:
            words = f"caller talked with {_number(pursuit, it)} for {it.seconds} s"
            pursuit.record("talked_outside", words)
        case Adrift.STAYS:
            pursuit.record("stays", "caller asked to be connected again")
        case Adrift.GAVE_UP:
            pursuit.record("gave_up_line", "caller was told to dial 988 or 911")
        case Adrift.GONE:
            pass  # what it means is recorded with what it does
        case _:
            assert_never(it.what)


def _number(pursuit: Pursuit, it: Happened) -> str:
    numbers = pursuit.ladder.last_resort
    return numbers[min(it.index, len(numbers) - 1)]


def _on_the_line(pursuit: Pursuit, event: HappenedAdrift) -> None:
    if pursuit.crisis.team != event.team:
        pursuit.change(team=event.team)
    pursuit.back_to_the_foot()
    pursuit.change(line=line_of(pursuit, event.happened.call_sid), state=State.RINGING)
    pursuit.change(handing_to=None)
    _wait(pursuit, event.happened)


def _wait(pursuit: Pursuit, it: Happened) -> None:
    """Nobody is left waiting for a phone network that has fallen silent meanwhile."""
    rings = [r.ring_seconds for r in pursuit.ladder.rungs if it.staff in (None, r.staff)]
    ring = timedelta(seconds=max(rings)) if rings else LONGEST_RING
    pursuit.change(due_at=pursuit.now + ring + TWILIO_EXTRA_RING + SCREEN_AND_SLACK)


def _ringing(pursuit: Pursuit, it: Happened) -> None:
    line = line_of(pursuit, it.call_sid)
    if it.round > line.rounds:
        pursuit.back_to_the_foot()
        pursuit.change(round=pursuit.crisis.round + it.round - line.rounds)
    rungs = pursuit.ladder.rungs
    rung = next((n for n, one in enumerate(rungs) if one.staff == it.staff), pursuit.crisis.rung)
    _joined_to_leg(pursuit, it, last_resort=None)
    pursuit.change(
        state=State.RINGING,
        reaching=Reaching(it.staff, it.tier, How.CALL, pursuit.now) if it.staff else None,
        tried=pursuit.crisis.tried | _whoever(it),
        rung=rung,
        handing_to=None,
    )
    _wait(pursuit, it)


def _joined_to_leg(pursuit: Pursuit, it: Happened, last_resort: int | None) -> None:
    line = line_of(pursuit, it.call_sid)
    rounds = max(it.round, line.rounds)
    line = replace(line, leg_sid=it.leg_sid, drop=False, last_resort=last_resort, rounds=rounds)
    pursuit.change(
        line=replace(line, leg=max(it.leg, line.leg)), legs=max(pursuit.crisis.legs, it.leg)
    )


def _between_two_calls(pursuit: Pursuit) -> None:
    """The caller has called again: nobody is paged about the call that is over."""
    if pursuit.crisis.owner is not None:
        pursuit.change(line=None)
        _talked(pursuit)
        return
    pursuit.record("hung_up", "caller hung up and called again")
    pursuit.back_to_the_foot()
    due_at = pursuit.now + FOLLOW_UP_AFTER
    pursuit.change(line=None, state=State.CALLBACK_NEEDED, due_at=due_at)


def _talked(pursuit: Pursuit) -> None:
    crisis, room = pursuit.crisis, pursuit.crisis.conference
    if crisis.owner is None:
        return
    due_at = crisis.due_at if crisis.handing_to is not None else None
    pursuit.change(state=State.ACCEPTED, reaching=None, due_at=due_at)
    if room is not None and not room.open and not room.worker_gone:
        # The bridge was ended to make a conference of it, and the caller could not follow.
        pursuit.effects.append(DropLeg(room.worker_sid))
        pursuit.tell(crisis.owner, TellKind.CALL_BACK)


def _answered_by_a_colleague(pursuit: Pursuit, it: Happened) -> None:
    """Whoever had it until then has it no longer: the caller talks with somebody else."""
    if it.staff is not None and pursuit.crisis.owner != it.staff:
        pursuit.lapse("the caller was answered by a colleague while the database was away")


def _accepted(pursuit: Pursuit, event: HappenedAdrift) -> None:
    it = event.happened
    if it.staff is None:
        return
    _joined_to_leg(pursuit, it, last_resort=None)
    reaching = pursuit.crisis.reaching
    if reaching is None or reaching.staff != it.staff:
        pursuit.change(reaching=Reaching(it.staff, it.tier, How.CALL, pursuit.now))
    pursuit.take(it.staff, State.TALKING)
    pursuit.change(due_at=None)
    if event.stands:
        pursuit.tell(it.staff, TellKind.ON_RECORD)


def _taken_after_all(pursuit: Pursuit, event: HappenedAdrift) -> None:
    """Who talked with a caller whose call is over has the crisis, unless somebody else has it."""
    crisis, it = pursuit.crisis, event.happened
    free = crisis.is_open and crisis.owner is None and crisis.line is None
    if it.what is not Adrift.ACCEPTED or it.staff is None or not (free and event.stands):
        return
    pursuit.take(it.staff, State.ACCEPTED)
    pursuit.change(due_at=None, reaching=None)
    pursuit.tell(it.staff, TellKind.ON_RECORD)


def _let_go(pursuit: Pursuit, it: Happened) -> None:
    """An owner whose phone did not hold while the caller waited has it no longer.

    Who took it in writing since their phone was rung keeps it, and is rung (again) next.
    """
    rung_in_vain = it.staff in pursuit.crisis.tried
    if it.staff is None or pursuit.crisis.owner != it.staff or not rung_in_vain:
        return
    pursuit.lapse("could not be connected with the caller: the ladder went on")
    pursuit.change(line=line_of(pursuit, it.call_sid), state=State.RINGING)
    _wait(pursuit, it)


def _outside(pursuit: Pursuit, it: Happened) -> None:
    _joined_to_leg(pursuit, it, last_resort=it.index)
    if it.index == 0:
        pursuit.back_to_the_foot()
    if pursuit.crisis.owner is None:
        pursuit.change(due_at=pursuit.now + FOLLOW_UP_AFTER)
        pursuit.alarm_that_nobody_has_it()
    pursuit.change(
        state=State.LAST_RESORT,
        reaching=Reaching(None, "last resort", How.LAST_RESORT, pursuit.now),
    )
