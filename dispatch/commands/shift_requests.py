"""What cover requests and swaps share: how they begin, are answered, change the rota and end."""

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from dispatch.commands.carrying_out import REFERENCE_TRIES
from dispatch.commands.colleagues import stands_in_another_team
from dispatch.commands.guarantee import GapsOpened, coverage_kept
from dispatch.commands.leads import leads_of, text_leads
from dispatch.commands.rota_edits import WrongEdit, put_override
from dispatch.commands.staff_texts import text_to
from dispatch.references import SHORTEST, capacity, request_reference
from dispatch.store import requests
from dispatch.unit_of_work import UnitOfWork
from notifications import outbox
from notifications.outbox import NOTICE_LIFE, PAGE_LIFE
from oncall.duty_tables import ShiftAskRow, ShiftRequestRow
from oncall.model import Rota, StaffId, TeamId
from oncall.requests import (
    SHORTEST_PART,
    Answer,
    also_on,
    holds,
    instead_of,
    is_too_small,
    with_overrides,
)
from oncall.rest import Stretch
from oncall.schedule import HORIZON
from oncall.words import brief

MOST_IN_AN_HOUR = 6
"""How often somebody's shifts are asked about in an hour: each time colleagues are texted."""


class WrongRequest(ValueError):  # noqa: N818
    """It can't be asked for like this. The text says what is wrong and how to mend it."""


class RequestRefused(Exception):  # noqa: N818
    """It can't be done now. The text says why; `taken_by` is who was faster."""

    def __init__(self, why: str, taken_by: StaffId | None = None) -> None:
        super().__init__(why)
        self.taken_by = taken_by


def begin(work: UnitOfWork, row_of: Callable[[str], ShiftRequestRow]) -> ShiftRequestRow:
    """Write a new request, with a reference that was never used before."""
    length = SHORTEST
    while True:
        for _ in range(REFERENCE_TRIES):
            row = row_of(request_reference(secrets.randbelow(capacity(length)), length))
            if requests.create(work.session, row):
                return work.session.get_one(ShiftRequestRow, row.ref)
        length += 1


def refuse_a_second(work: UnitOfWork, team: TeamId, wanted: Stretch) -> None:
    """A shift is asked for once at a time. Raises RequestRefused, holds others of this person."""
    requests.hold_requests_of(work.session, wanted.staff)
    for row in requests.made_by(work.session, wanted.staff):
        meets = row.starts < wanted.end and wanted.start < row.ends
        if row.team_id == team and row.tier == wanted.tier and meets:
            raise RequestRefused(f"{row.ref} asks for this already: withdraw it first.")


def refuse_too_many(work: UnitOfWork, team: TeamId, staff: StaffId) -> None:
    """Nobody's colleagues are asked all the time. Raises RequestRefused, says whom to call.

    Other requests of this person are held.
    """
    since = work.now - timedelta(hours=1)
    if requests.count_made_by(work.session, staff, since) >= MOST_IN_AN_HOUR:
        name, lead = work.directory.name_of(staff), _lead_to_call(work, team, staff)
        raise RequestRefused(
            f"{name} has asked {MOST_IN_AN_HOUR} times within an hour: call {lead}."
        )


def require_worthwhile(work: UnitOfWork, team: TeamId, part: Stretch) -> None:
    """Nobody is asked about a few minutes of a longer shift. Raises WrongRequest."""
    if is_too_small(work.directory.teams[team].rota, part, work.now):
        minutes, lead = SHORTEST_PART.seconds // 60, _lead_to_call(work, team, part.staff)
        raise WrongRequest(
            f"{minutes} minutes is the shortest part of a shift to ask for. "
            f"Ask for more of it, or call {lead}."
        )


def _lead_to_call(work: UnitOfWork, team: TeamId, staff: StaffId) -> str:
    others = (one for one in leads_of(work.directory, team) if one.id != staff)
    return next((f"the lead, {work.directory.name_of(one.id)}" for one in others), "the lead")


def require_tier(work: UnitOfWork, team: TeamId, tier: str) -> Rota:
    """The rota of a team that has this tier. Raises WrongRequest."""
    rota = work.directory.teams[team].rota
    if tier not in rota.tiers:
        raise WrongRequest(
            f"tier: the team's ladder has no “{tier}”; it has {', '.join(rota.tiers)}."
        )
    return rota


def require_span(start: datetime, end: datetime) -> None:
    """A stretch ends after its start, and not years later. Raises WrongRequest."""
    if start >= end:
        raise WrongRequest("end: must lie ahead, and after the start.")
    if end - start > HORIZON:
        raise WrongRequest(f"end: must lie within {HORIZON.days} days of the start.")


def require_theirs(work: UnitOfWork, rota: Rota, stretch: Stretch) -> None:
    """Nobody asks about what is not theirs. Raises WrongRequest."""
    require_span(stretch.start, stretch.end)
    if not holds(rota, stretch):
        name = work.directory.name_of(stretch.staff)
        when = brief(stretch.start, stretch.end, rota.timezone, work.now)
        raise WrongRequest(
            f"{name} does not stand on {stretch.tier} all the time, {when}: "
            "choose their shift or a part of it."
        )


# Reading a request ──────────────────────────────────────────────────────────────────────────────


def stretch_of(row: ShiftRequestRow, now: datetime) -> Stretch:
    """What is asked about, as far as it lies ahead."""
    return Stretch(max(row.starts, now), row.ends, row.tier, row.staff_id)


def when_of(work: UnitOfWork, row: ShiftRequestRow, stretch: Stretch) -> str:
    """When a stretch is, as texts say it."""
    zone = work.directory.teams[row.team_id].timezone
    return brief(stretch.start, stretch.end, zone, work.now)


def refuse_if_closed(work: UnitOfWork, row: ShiftRequestRow) -> None:
    """Raises RequestRefused with who has it, or that it is closed."""
    if row.state in requests.OPEN and row.team_id in work.directory.teams:
        return
    if row.taken_by is not None:
        raise RequestRefused(
            f"{work.directory.name_of(row.taken_by)} has it already.", row.taken_by
        )
    raise RequestRefused("this is closed. Nothing more for you to do.")


# Answers and ends ───────────────────────────────────────────────────────────────────────────────


def ask(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId, wave: int) -> None:
    """Write down that somebody is asked."""
    work.session.add(ShiftAskRow(ref=row.ref, staff_id=staff, wave=wave, asked_at=work.now))


def write_answer(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId, answer: Answer) -> None:
    """Write down what somebody says, also where they weren't asked yet."""
    ask_row = work.session.get(ShiftAskRow, (row.ref, staff))
    if ask_row is None:
        waves = [one.wave for one in requests.asks(work.session, row.ref)]
        wave = max(waves, default=1)
        ask_row = ShiftAskRow(ref=row.ref, staff_id=staff, wave=wave, asked_at=work.now)
    ask_row.answer, ask_row.answered_at = answer.value, work.now
    work.session.add(ask_row)
    work.session.flush()


def close(work: UnitOfWork, row: ShiftRequestRow, state: str) -> None:
    """End a request."""
    row.state, row.closed_at, row.due_at = state, work.now, None
    work.session.add(row)
    work.session.flush()


def tell(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId, what: str, body: str) -> bool:
    """Text somebody about a request, once for each `what`; False where no text reaches them."""
    life = min(NOTICE_LIFE, max(row.ends - work.now, PAGE_LIFE))
    return text_to(work, staff, row.team_id, key=f"{_key(row, what)}/{staff}", body=body, life=life)


def was_told(work: UnitOfWork, row: ShiftRequestRow, staff: StaffId, what: str) -> bool:
    """Whether somebody was texted this about a request."""
    return outbox.is_written(work.session, f"{_key(row, what)}/{staff}")


def tell_all(
    work: UnitOfWork, row: ShiftRequestRow, people: Sequence[StaffId], what: str, body: str
) -> bool:
    """Text several people the same; False where no text reaches any of them."""
    reached = [tell(work, row, staff, what, body) for staff in dict.fromkeys(people)]
    return any(reached)


def tell_leads(
    work: UnitOfWork, row: ShiftRequestRow, what: str, body: str, *, but: Collection[StaffId]
) -> bool:
    """Text those who answer for the team, but some; whoever had it already is not told again.

    False where no text reaches anybody.
    """
    return text_leads(work, row.team_id, key=_key(row, what), body=body, but=but)


def _key(row: ShiftRequestRow, what: str) -> str:
    return f"request/{row.ref}/{what}"


def still_asked(work: UnitOfWork, row: ShiftRequestRow) -> list[StaffId]:
    """Those who were asked and have not said no."""
    return [one.staff_id for one in requests.asks(work.session, row.ref) if one.answer != "no"]


# Changing the rota ──────────────────────────────────────────────────────────────────────────────


@contextmanager
def changing_rota(work: UnitOfWork, by: str) -> Iterator[None]:
    """Let the block change rotas under the guarantee; refused, only that is undone.

    The transaction goes on, so that whoever texted gets an answer. Raises RequestRefused.
    """
    directory = work.directory
    try:
        with work.session.begin_nested(), coverage_kept(work, who=by):
            yield
    except (GapsOpened, WrongEdit) as wrong:
        work.directory = directory
        raise RequestRefused(str(wrong)) from None
    except RequestRefused:
        work.directory = directory
        raise


def stand_instead(
    work: UnitOfWork,
    row: ShiftRequestRow,
    moves: Sequence[tuple[Stretch, StaffId]],
    *,
    by: str,
    origin: str,
) -> None:
    """Let others stand for these stretches, inside :func:`changing_rota`.

    Raises RequestRefused as :func:`refuse_wrong_moves` does.
    """
    refuse_wrong_moves(work, row.team_id, moves)
    for old, new in moves:
        override = instead_of(old, new, f"{origin} for {old.staff}")
        put_override(work, row.team_id, override, by, origin=origin, ref=row.ref)


def refuse_wrong_moves(
    work: UnitOfWork, team: TeamId, moves: Sequence[tuple[Stretch, StaffId]]
) -> None:
    """Nobody gives what isn't theirs, is away when they take it, or stands twice at once.

    A move is a stretch as it is held, and who is to stand there. Raises RequestRefused.
    """
    rota, names = work.directory.teams[team].rota, work.directory.name_of
    for old, _ in moves:
        if not holds(rota, old):
            raise RequestRefused(
                f"the rota was changed: {names(old.staff)} does not stand there any more."
            )
    after = with_overrides(rota, [instead_of(old, new, "") for old, new in moves])
    for old, new in moves:
        taken = old._replace(staff=new)
        if not holds(after, taken):
            raise RequestRefused(f"{names(new)} is away or can't be reached at that time.")
        if other := also_on(after, taken) or stands_in_another_team(work, team, taken):
            raise RequestRefused(
                f"{names(new)} is on {other} at that time, and can't stand twice at once."
            )
