"""How people and machines treat a ringing phone, and what they do once they have picked up."""

from notifications.emulator.behaviour import (
    Answer,
    Behaviour,
    Busy,
    ByHand,
    Decline,
    NoAnswer,
    Unreachable,
    Voicemail,
)
from notifications.emulator.legs import CallStatus, Happening, Leg, Pickup

GREETING = "Hello."
# A carrier takes about this long to report busy or unreachable, in emulated seconds.
_SET_UP = 1.0


async def ring(leg: Leg, seconds: float) -> bool:
    """Ring the leg's phone for at most ``seconds``; True when somebody, or a machine, picked up.

    When it is False the leg has ended: busy, failed, no-answer, or as whoever ended it said.
    """
    behaviour = leg.phone.next_behaviour()
    leg.status = CallStatus.INITIATED
    leg.progress("initiated")
    engaged = leg.phone.engaged(beside=leg)
    if isinstance(behaviour, Busy | Unreachable) or engaged:
        unreachable = isinstance(behaviour, Unreachable)
        await leg.exchange.clock.until(lambda: leg.ended, _SET_UP)
        leg.end(CallStatus.FAILED if unreachable else CallStatus.BUSY)
        return False
    leg.status = CallStatus.RINGING
    leg.progress("ringing")
    leg.note(Happening.RINGS, leg.phone.label)
    did = await _reaction(leg, behaviour, seconds)
    if leg.ended:
        return False
    match did:
        case None:
            leg.end(CallStatus.NO_ANSWER)
            return False
        case Pickup.DECLINE:
            leg.end(CallStatus.BUSY, "declined")
            return False
        case Pickup.ANSWER | Pickup.VOICEMAIL:
            leg.note(Happening.PICKED_UP, did)
            leg.answer()
            if isinstance(behaviour, Answer) and leg.pickup is None:
                _act(leg, behaviour)
            return True


async def _reaction(leg: Leg, behaviour: Behaviour, seconds: float) -> Pickup | None:
    """What happens first: somebody acts by hand, the behaviour's own moment, or time runs out."""
    planned: Pickup | None = None
    after = seconds
    match behaviour:
        case Answer(after=after):
            planned = Pickup.ANSWER
        case Voicemail(after=after):
            planned = Pickup.VOICEMAIL
        case Decline(after=after):
            planned = Pickup.DECLINE
        case NoAnswer() | ByHand() | Busy() | Unreachable():
            pass
    clock = leg.exchange.clock
    by_hand = await clock.until(lambda: leg.ended or leg.pickup is not None, min(after, seconds))
    if by_hand:
        return leg.pickup
    return planned if after < seconds else None


def _act(leg: Leg, behaviour: Answer) -> None:
    """Start everything this person will do on the line."""
    spawn = leg.exchange.spawn
    if behaviour.press is not None:
        spawn(_press_at_gathers(leg, behaviour.press, behaviour.press_after))
    if behaviour.hang_up_after is not None:
        spawn(_hang_up_after(leg, behaviour.hang_up_after))
    if behaviour.speaks_after is not None:
        spawn(_speak_in_a_room(leg, behaviour.speaks_after))
    if behaviour.talk_for is not None:
        spawn(_leave_after_talking(leg, behaviour.talk_for, dies=False))
    if behaviour.dies_after is not None:
        spawn(_leave_after_talking(leg, behaviour.dies_after, dies=True))


async def _press_at_gathers(leg: Leg, digits: str, after: float) -> None:
    seen = 0
    while not leg.ended:
        seen = await _next_gather(leg, seen)
        await leg.exchange.clock.until(lambda: leg.ended or not leg.gathering, after)
        if leg.gathering:
            leg.press(digits)


async def _next_gather(leg: Leg, seen: int) -> int:
    await leg.exchange.clock.until(lambda: leg.ended or leg.gathers > seen)
    return leg.gathers


async def _hang_up_after(leg: Leg, seconds: float) -> None:
    await leg.exchange.clock.until(lambda: leg.ended, seconds)
    leg.end(why="hung up")


async def _speak_in_a_room(leg: Leg, seconds: float) -> None:
    await leg.exchange.clock.until(lambda: leg.ended or leg.room is not None)
    await leg.exchange.clock.until(lambda: leg.ended or leg.room is None, seconds)
    if leg.room is not None:
        leg.room.speak(leg, GREETING)


async def _leave_after_talking(leg: Leg, seconds: float, *, dies: bool) -> None:
    await leg.exchange.clock.until(lambda: leg.ended or leg.together_with != [])
    await leg.exchange.clock.until(lambda: leg.ended, seconds)
    if leg.ended:
        return
    if dies:
        leg.phone.will(Unreachable())
    leg.end(why="the phone died" if dies else "hung up")
