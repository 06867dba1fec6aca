"""Whom a worker may bring into their call, and what they may call them."""

from collections.abc import Collection, Mapping, Sequence

from dispatch.events import Refused
from dispatch.room import Guest
from dispatch.room_events import BringIn
from oncall.ladder import Ladder
from oncall.model import StaffId

INTERPRETER_LABEL = "Interpreter line"


def wanted(
    who: str, ladder: Ladder, members: Collection[StaffId], interpreter_line: str | None
) -> BringIn:
    """Who is meant: a tier of the ladder, a colleague's id, 988, or the interpreter line.

    `members` are the team's people who can be rung now. Raises Refused, with what to do instead.
    """
    if who == Guest.LIFELINE:
        return BringIn(Guest.LIFELINE, phone=ladder.last_resort[0])
    if who == Guest.INTERPRETER:
        if interpreter_line is None:
            raise Refused("no_interpreter", "The agency has no interpreter line.")
        return BringIn(Guest.INTERPRETER, phone=interpreter_line)
    rung = next((rung for rung in ladder.rungs if rung.tier.casefold() == who.casefold()), None)
    if rung is not None:
        if rung.staff is None:
            raise Refused("nobody", f"Nobody stands on {rung.tier} now.")
        return BringIn(Guest.COLLEAGUE, rung.staff)
    staff = next((one for one in members if one.casefold() == who.casefold()), None)
    if staff is None:
        raise Refused("not_in_team", f"who: nobody in this team is called “{who}”.")
    return BringIn(Guest.COLLEAGUE, staff)


def choices(
    worker: StaffId | None,
    ladder: Ladder,
    names: Mapping[StaffId, str],
    members: Sequence[StaffId],
    interpreter_line: str | None,
) -> list[tuple[str, str]]:
    """Everybody who can be brought in, with a label: those on call first, outside lines last.

    `worker` is on the call already; `names` gives the staff's names.
    """
    rungs = [
        (rung.tier, rung.staff)
        for rung in ladder.rungs
        if rung.staff is not None and rung.staff != worker
    ]
    found = [
        (tier, f"{tier[0].upper()}{tier[1:]}: {names.get(staff, staff)}") for tier, staff in rungs
    ]
    on_call = {staff for _, staff in rungs} | {worker}
    found += [(one, names.get(one, one)) for one in members if one not in on_call]
    found.append((Guest.LIFELINE.value, "988 crisis line"))
    if interpreter_line is not None:
        found.append((Guest.INTERPRETER.value, INTERPRETER_LABEL))
    return found
