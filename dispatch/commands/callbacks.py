"""Wanting to call a client back by our line: the worker's own phone is rung, then the client's.

Whoever asks for it, and from wherever, is rung on the phone that is known to be theirs: a number
can be pretended, a phone can't. The client's phone is rung only once somebody there has pressed a
key (`callback_steps`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dispatch import callscript
from dispatch.callback_tables import CallBackRow
from dispatch.commands.callback_ends import address_of, key_of
from dispatch.commands.carrying_out import happen
from dispatch.commands.paging import sms_line
from dispatch.crisis import Channel, Crisis
from dispatch.events import (
    CallBackAsked,
    Refused,
)
from dispatch.store import callbacks, crises
from dispatch.store.callbacks import Stage
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from notifications.outbox import CALL_BACK_LIFE, Kind
from oncall.model import StaffId, TeamId

AFTER_THE_CALL = timedelta(seconds=6)
"""A worker who asks for it on the phone is rung once they have hung up."""

IN_VAIN_AT_MOST = 3
IN_VAIN_WITHIN = timedelta(minutes=10)
"""Whoever pretends to call or text from a worker's phone does not keep them awake for long."""

RINGING_PATIENCE = CALL_BACK_LIFE + timedelta(seconds=60)
"""How long until we have heard of the worker's phone: it rings for 40 s once the call is placed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to be rung, and how they said so; `by` names the login that asked."""

    staff: StaffId
    channel: Channel
    by: str | None = None


def call_back(work: UnitOfWork, ref: str, wish: Wish, public_url: str) -> Crisis:
    """Ring its owner to join them with the client of a crisis. Raises Refused, LookupError."""
    crisis = crises.lock(work.session, ref)
    if crisis is None:
        raise LookupError(f"no crisis has the reference {ref}")
    _refuse_now(work, wish)
    if callbacks.number_to_call(work.session, crisis.ref) is None:
        raise Refused("no_number", "No number of the caller is known: it was withheld.")
    event = CallBackAsked(wish.staff, wish.channel)
    after = happen(work, crisis, event, public_url=public_url, by=wish.by).crisis
    _ring_worker(work, wish, after.team, after.ref, [after.ref], public_url)
    return after


def call_one_of(work: UnitOfWork, open_ones: Sequence[Crisis], wish: Wish, public_url: str) -> None:
    """Ring the owner of several crises, who is asked then which is meant. Raises Refused."""
    _refuse_now(work, wish)
    refs = [crisis.ref for crisis in open_ones][:9]
    _ring_worker(work, wish, open_ones[0].team, None, refs, public_url)


def _refuse_now(work: UnitOfWork, wish: Wish) -> None:
    staff = wish.staff
    member = work.directory.staff.get(staff)
    if member is None or not member.active or not member.person.verified:
        raise Refused("not_verified", "Your phone is not verified: verify it on My shifts first.")
    if not member.person.voice:
        raise Refused("no_voice", "Your phone cannot be rung: the phone network refuses it.")
    if callbacks.runs_of(work.session, staff):
        raise Refused("calling", "Your phone is being rung for a call back already.")
    in_vain = callbacks.rung_in_vain(work.session, staff, work.now - IN_VAIN_WITHIN)
    if wish.channel is not Channel.WEB and in_vain >= IN_VAIN_AT_MOST:
        raise Refused("in_vain", "You were rung in vain three times: begin it on the web.")


def _ring_worker(
    work: UnitOfWork,
    wish: Wish,
    team: TeamId,
    ref: str | None,
    refs: Sequence[str],
    public_url: str,
) -> None:
    line = line_of(work, team, ref)
    if line is None:
        raise Refused("no_line", "The agency has no line to call from.")
    after = AFTER_THE_CALL if wish.channel is Channel.PHONE else timedelta()
    row = CallBackRow(
        id=secrets.token_hex(8),
        staff_id=wish.staff,
        crisis_ref=ref,
        choices=list(refs),
        team_id=team,
        line=line,
        channel=wish.channel.value,
        stage=Stage.RINGING.value,
        asked_at=work.now,
        due_at=work.now + after + RINGING_PATIENCE,
    )
    if not callbacks.create(work.session, row):
        raise Refused("calling", "Your phone is being rung for a call back already.")
    outbox.put_words(
        work.session,
        Kind.CALL_BACK,
        key=key_of(row),
        now=work.now,
        due_at=work.now + after,
        to_phone=work.directory.staff[wish.staff].phone,
        from_phone=line,
        body=address_of(public_url, row) + callscript.CONNECTION_OVERRIDES,
        staff_id=wish.staff,
        life=CALL_BACK_LIFE,
    )
    work.sends = True


def line_of(work: UnitOfWork, team: TeamId, ref: str | None) -> str | None:
    """The number that is shown to both: the one that the client dialled, else the team's."""
    contacts = crises.contacts(work.session, ref) if ref else []
    dialled = (one.line for one in reversed(contacts) if one.line)
    ours = (line for line in dialled if line in work.directory.teams_by_line)
    return next(ours, None) or sms_line(work, team)
