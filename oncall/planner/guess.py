"""A first rota, made by hand: shift by shift in order of time, and then by exchanging shifts.

It is nearly even within a second, and the search starts from it. It may leave a shift out where
nobody can take it any more; the search mends that.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from oncall.model import StaffId, Tier
from oncall.planner.balance import scales
from oncall.planner.hand import Hand
from oncall.planner.roster import Roster
from oncall.planner.slots import Slot

_ROUNDS = 10
_BETTER = -1e-6
_NEAR = timedelta(days=5)
"""Shifts farther apart are exchanged by way of others between them."""


def guess(roster: Roster) -> dict[Slot, StaffId]:
    """Who might take each shift."""
    asked = roster.asked
    measures = scales(asked, roster.planned)
    hands = [Hand(asked, person, roster.stands[person.staff], measures) for person in asked.people]
    free = [slot for slot in roster.planned if slot.holder is None]
    holders = _hand_out(free, hands)
    for _ in range(_ROUNDS):
        if not (_pass_on(holders, hands) or _exchange(holders)):
            break
    return {slot: hand.staff for slot, hand in holders.items()}


def _hand_out(free: Sequence[Slot], hands: Sequence[Hand]) -> dict[Slot, Hand]:
    """Give each shift to whom it costs least, first those that fewest people may take."""
    able: Counter[Tier] = Counter()
    for hand in hands:
        able.update({slot.tier for slot in hand.able})
    found: dict[Slot, Hand] = {}
    for slot in sorted(free, key=lambda slot: (slot.start, able[slot.tier])):
        takers = [hand for hand in hands if hand.may(slot)]
        if takers:
            best = min(takers, key=lambda hand: hand.price(slot))
            best.take(slot)
            found[slot] = best
    return found


def _pass_on(holders: dict[Slot, Hand], hands: Sequence[Hand]) -> bool:
    """Pass shifts on to people to whom they cost less; whether any was."""
    passed = False
    for slot, holder in holders.items():
        if not holder.can_spare(slot):
            continue
        relief = holder.price(given=[slot])
        for other in sorted(hands, key=lambda hand: hand.price(slot)):
            if other.price(slot) + relief >= _BETTER:
                break
            if other is not holder and other.may(slot):
                holder.give_back(slot)
                other.take(slot)
                holders[slot] = other
                passed = True
                break
    return passed


def _exchange(holders: dict[Slot, Hand]) -> bool:
    """Exchange shifts between two people where that makes the rota better; whether any were."""
    exchanged = False
    slots = list(holders)
    for place, one in enumerate(slots):
        for two in slots[place + 1 :]:
            if two.start - one.start > _NEAR:
                break
            exchanged |= _try_exchange(holders, one, two)
    return exchanged


def _try_exchange(holders: dict[Slot, Hand], one: Slot, two: Slot) -> bool:
    first, second = holders[one], holders[two]
    if first is second or two not in first.able or one not in second.able:
        return False
    if first.price(two, given=[one]) + second.price(one, given=[two]) >= _BETTER:
        return False
    if not (first.can_spare(one) and second.can_spare(two)):
        return False
    first.give_back(one)
    second.give_back(two)
    if first.may(two) and second.may(one):
        first.take(two)
        second.take(one)
        holders[one], holders[two] = second, first
        return True
    first.take(one)
    second.take(two)
    return False
