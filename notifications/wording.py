"""Every sentence that leaves by SMS. None of them says who a client is: SMS is not private."""

from collections.abc import Sequence

_KEYS = "Reply 1 to take it, 2 to pass."

_CALL = "Reply CALL to call back by our line."
"""How the owner is connected with the client, whose phone is shown our line."""


def page_call_ringing(team: str, ref: str, url: str) -> str:
    """Sent as the phone of the person on the rung rings."""
    return f"Vigil {ref}: crisis call for {team}, ringing you now. {_KEYS} {url}"


def page_callback(team: str, ref: str, url: str) -> str:
    """The caller is gone before anybody spoke to them."""
    return f"Vigil {ref}: {team}, caller gone, CALL BACK NEEDED. {_KEYS} {url}"


def page_reported(team: str, ref: str, url: str) -> str:
    """A crisis line or a text reported a crisis."""
    return f"Vigil {ref}: crisis reported for {team}. {_KEYS} {url}"


def page_hospital_notice(team: str, ref: str, url: str) -> str:
    """A hospital has told something of a client."""
    return f"Vigil {ref}: hospital notice, {team}. {_KEYS} {url}"


def page_possible_client(team: str, ref: str, url: str) -> str:
    """A hospital has told something of somebody who may be a client."""
    return f"Vigil {ref}: possible client admitted, {team}, please confirm. {_KEYS} {url}"


def page_follow_up(team: str, ref: str, url: str) -> str:
    """The caller was passed to 988; the team must follow up."""
    return f"Vigil {ref}: {team}, caller passed to 988. Reply 1 to follow up, 2 to pass. {url}"


def page_hand_off(team: str, ref: str, url: str) -> str:
    """A colleague asks to be relieved."""
    return f"Vigil {ref}: {team}, you are asked to take this over. {_KEYS} {url}"


def page_nobody(team: str, ref: str, url: str) -> str:
    """To those who answer for a team: nobody on its ladder has taken the crisis."""
    return f"Vigil {ref}: {team}, NOBODY on call has taken it. {_KEYS} {url}"


def many_wait(refs: Sequence[str], url: str) -> str:
    """One page for all that an outage held back; `url` is where they all stand."""
    shown = ", ".join(refs[:6]) + (" ..." if len(refs) > 6 else "")
    return f"Vigil: {len(refs)} crises wait for you: {shown}. Say which, like: 1 {refs[0]} {url}"


def asked_into_call(team: str, ref: str, url: str) -> str:
    """To a colleague, as their phone is rung into a call: only the key joins."""
    return (
        f"Vigil {ref}: {team}, you are asked into a crisis call. "
        f"Your phone rings: press 1. Or reply 2 to pass. {url}"
    )


def told_bring_in_failed(ref: str) -> str:
    """To the worker, when the call could not become a conference."""
    return f"Vigil {ref}: nobody could be brought in. You are still with the caller; try again."


def told_not_joined(ref: str, name: str) -> str:
    """To the worker, when whom they wanted did not come."""
    return f"Vigil {ref}: {name} has not joined. You are still with the caller."


def told_party_left(ref: str, name: str) -> str:
    """To the worker, when whom they brought in has hung up."""
    return f"Vigil {ref}: {name} has left the call. You are still with the caller."


def reply_bringing_in(ref: str, name: str) -> str:
    """The answer to ADD. `name` is how the text called them."""
    return f"Vigil {ref}: {name} is being brought in. Stay on the line until they have spoken."


def reply_not_in_a_call() -> str:
    """The answer to ADD or LEAVE from somebody who is with no caller."""
    return "Vigil: you are not on a call with a caller right now."


def reply_leaving(ref: str) -> str:
    """The answer to LEAVE."""
    return f"Vigil {ref}: you are being taken out of the call. Thank you."


def told_taken(ref: str, name: str) -> str:
    """To the others who were paged."""
    return f"Vigil {ref}: {name} has it. Nothing more for you to do."


def told_call_back(ref: str, *, can_call: bool, url: str) -> str:
    """To the owner, when the caller hung up first; `can_call`: a number of the caller is known."""
    said = f"Vigil {ref}: the caller hung up before you were connected"
    return f"{said}. {_CALL} {url}" if can_call else f"{said}, and no number is known. {url}"


def told_lapsed(ref: str) -> str:
    """To an owner whose phone did not hold while the caller waited."""
    return f"Vigil {ref}: you could not be connected with the caller. The next person is rung."


def told_handed_off(ref: str, name: str) -> str:
    """To the previous owner, once the colleague has accepted."""
    return (
        f"Vigil {ref}: {name} has taken it over. "
        "If you are with the caller, stay until you have passed them on."
    )


def told_hand_off_not_taken(ref: str, name: str) -> str:
    """To the owner, when the colleague declined or did not answer."""
    return f"Vigil {ref}: {name} has not taken it over. It is still yours."


def told_new_contact(ref: str, url: str) -> str:
    """To the owner, when a further contact came in."""
    return f"Vigil {ref}: a further contact has come in. Reply 1 if you have it, 2 to pass. {url}"


def told_not_connected(ref: str) -> str:
    """To whoever asked to be connected with the client, when nobody pressed 1 on their phone."""
    return f"Vigil {ref}: you could not be connected with the caller. Reply CALL to try again."


def told_backup_wanted(team: str, name: str) -> str:
    """To the backup: a colleague wants them, about no one crisis."""
    return f"Vigil: {name} asks for the backup of {team}. Please call them now."


def told_backup_paged(team: str, name: str) -> str:
    """To whoever asked for the backup by phone: somebody may have called in their name."""
    return (
        f"Vigil: {name} was paged as backup of {team}, as you asked by phone. Not you? Tell a lead."
    )


def told_on_record(ref: str, url: str) -> str:
    """To whoever pressed 1 while the database was away: their call has its reference now."""
    return f"Vigil {ref}: the call you took is on record now, and it is yours. {url}"


def told_closed(ref: str) -> str:
    """To those who were paged and had not answered."""
    return f"Vigil {ref}: closed. Nothing more for you to do."


def reply_accepted(ref: str, *, caller_waiting: bool, can_call: bool, url: str) -> str:
    """The answer to an accept by SMS; `can_call`: a number of the caller is known."""
    if caller_waiting:
        return f"Vigil {ref} is yours. The caller waits: your phone rings, press 1. {url}"
    return f"Vigil {ref} is yours. {_CALL} {url}" if can_call else f"Vigil {ref} is yours. {url}"


def reply_call_rings(ref: str) -> str:
    """The answer to CALL."""
    return f"Vigil {ref}: your phone rings now. Press 1 to be connected; the caller sees our line."


def reply_call_nothing() -> str:
    """The answer to CALL from somebody who owns no open crisis."""
    return "Vigil: no open crisis is yours, so there is nobody to call back."


def reply_call_take_first(ref: str) -> str:
    """The answer to CALL about a crisis that nobody has taken yet."""
    return f"Vigil {ref} is not yours yet. Reply 1 {ref} to take it, then CALL {ref}."


def reply_call_which(refs: Sequence[str]) -> str:
    """The answer to CALL from the owner of several crises."""
    shown = ", ".join(refs[:6])
    return f"Vigil: {len(refs)} are yours: {shown}. Say which, like: CALL {refs[0]}"


def reply_declined(ref: str) -> str:
    """The answer to a decline."""
    return f"Vigil {ref}: passed on. Thank you for answering."


def reply_taken(ref: str, name: str) -> str:
    """The answer to an accept that came too late."""
    return f"Vigil {ref}: {name} has it already. Nothing more for you to do."


def reply_closed(ref: str) -> str:
    """The answer to a reply after closing."""
    return f"Vigil {ref} is closed. Nothing more for you to do."


def reply_cannot(ref: str, reason: str) -> str:
    """The answer when the crisis does not allow what was asked."""
    return f"Vigil {ref}: {reason}"


def reply_unknown_ref(ref: str) -> str:
    """The answer to a reference that is not open for this person."""
    return f"Vigil: nothing with the reference {ref} is open for you."


def reply_nothing_open() -> str:
    """The answer when nothing is open for this person."""
    return "Vigil: nothing is open for you right now."


def reply_which(refs: Sequence[str]) -> str:
    """The answer when several pages are open and no reference was given."""
    shown = ", ".join(refs[:6])
    return f"Vigil: {len(refs)} are open for you: {shown}. Say which, like: 1 {refs[0]}"


def reply_help(refs: Sequence[str]) -> str:
    """The one helpful answer to a text that can't be read."""
    which = f" Open for you: {', '.join(refs[:6])}." if refs else ""
    return f"Vigil could not read that. Reply 1 to take a crisis, 2 to pass it on.{which}"


def to_the_public() -> str:
    """The same answer to everybody who is not on the staff: it says nothing about anybody."""
    return (
        "This line answers calls around the clock: please call it. "
        "You can also call or text 988. In danger, call 911."
    )


def kept_from_staff() -> str:
    """The answer to a text of the staff while the database is away: it is done later."""
    return (
        "Vigil can't reach its records now. Your text is kept and will be answered. "
        "If a caller waits, your phone rings: press 1."
    )


def kept_from_the_public() -> str:
    """The same to everybody else while the database is away: it says nothing about anybody."""
    return (
        "Your message will be read as soon as possible. If you need help now, please call this "
        "line, or call or text 988. In danger, call 911."
    )
