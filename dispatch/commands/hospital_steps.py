"""What the team did in a hospital episode: recorded, taken back, and noted by the phone itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select

from dispatch.board import crisis_changes
from dispatch.commands import promises
from dispatch.commands.carrying_out import note
from dispatch.commands.episodes import began_at, containing, refresh
from dispatch.commands.logins import audit
from dispatch.episode_tables import EpisodeRow, StepRow
from dispatch.hospitals.episodes.involvement import Followed, How, StepKind
from dispatch.hospitals.episodes.progress import TALKED
from dispatch.store import crises
from dispatch.store import episodes as store
from dispatch.unit_of_work import UnitOfWork
from oncall.model import StaffId

EARLIEST = timedelta(days=90)
"""How long before an episode a step of it can lie: a bed at a state hospital is waited for over
weeks. What is earlier has a wrong date, and would count as in time."""

BY_PHONE = "call back"
"""Who recorded what the phone network told by itself."""

TIMELINE = "hospital_step"
"""The kind of the line in a crisis's timeline."""


class WrongStep(ValueError):  # noqa: N818  it reads as what it says
    """A step can't be recorded so; its words say why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did, as they tell it: `at` is when, `words` what they write about it."""

    kind: StepKind
    at: datetime
    staff: StaffId
    how: How | None = None
    words: str = ""
    crisis: str | None = None


def record(work: UnitOfWork, key: str, done: Done, *, login: str, name: str) -> StepRow:
    """Record a step of an episode, by any of its keys. Told twice, it is recorded once.

    `login` and `name` are those of who writes it down. Raises WrongStep; LookupError where there
    is no such episode.
    """
    client, one = _episode(work, key)
    _check(work, one, done)
    refs = _lock_crises(work, one, done.crisis)
    store.lock_client(work.session, client)
    row = _same(work, client, one, done)
    if row is not None:
        return row
    row = _add(work, client, one.episode.key, done, login)
    audit(work.session, work.now, login, "hospital_step", f"{one.episode.key} {done.kind}")
    if done.kind in TALKED:
        for ref in refs:
            promises.kept(work, ref, done.staff, done.at)
    _tell(work, refs, _words(done), done.staff, name)
    refresh(work, client)
    return row


def retract(work: UnitOfWork, key: str, step: int, *, login: str, name: str) -> None:
    """Take a step back; it is kept with who did so. Raises LookupError where there is none."""
    client, one = _episode(work, key)
    row = step_of(work, client, one, step)
    refs = _lock_crises(work, one, row.crisis_ref)
    store.lock_client(work.session, client)
    work.session.refresh(row)
    if row.retracted_at is not None:
        return
    row.retracted_at, row.retracted_by = work.now, login
    work.session.add(row)
    audit(work.session, work.now, login, "hospital_step_retracted", f"{one.episode.key} {row.kind}")
    _tell(work, refs, f"taken back: {StepKind(row.kind).words}", row.staff_id, name)
    refresh(work, client)


def step_of(work: UnitOfWork, client: int, one: Followed, step: int) -> StepRow:
    """A step of an episode. Raises LookupError where there is none."""
    row = work.session.get(StepRow, step)
    if row is None or row.client_number != client or row.episode not in one.episode.references:
        raise LookupError("This episode has no such step.")
    return row


def spoken(work: UnitOfWork, crisis_ref: str, staff: StaffId) -> None:
    """Somebody is connected with the hospital by a call back of ours, as it was promised.

    Of a crisis that has nothing to do with a hospital, nothing is recorded. The crisis must be
    locked by this transaction.
    """
    promises.kept(work, crisis_ref, staff, work.now)
    called_back(work, crisis_ref, staff, work.now)


def called_back(work: UnitOfWork, crisis_ref: str, staff: StaffId, at: datetime) -> None:
    """Somebody has spoken with the hospital by a call back of ours: record it once for a crisis.

    The crisis must be locked by this transaction. Where its notices aren't linked with anybody,
    there is no episode to record it in: whoever links them calls this again.
    """
    for notice in store.notices_of_crisis(work.session, crisis_ref):
        client = notice.client_number
        if client is None:
            continue
        store.lock_client(work.session, client)
        episodes = store.followed_of(work.session, [client]).get(client, ())
        one = containing(episodes, notice.reference)
        if one is None or _is_recorded(work, client, one, crisis_ref):
            continue
        done = Done(StepKind.CALLED_BACK, at, staff, crisis=crisis_ref)
        _add(work, client, one.episode.key, done, BY_PHONE)
        refresh(work, client)


def _episode(work: UnitOfWork, key: str) -> tuple[int, Followed]:
    """The episode that a key names, and whose it is. Raises LookupError."""
    client = store.client_of(work.session, key)
    if client is not None:
        one = containing(store.followed_of(work.session, [client]).get(client, ()), key)
        if one is not None:
            return client, one
    raise LookupError(f"No episode is called “{key}”.")


def _check(work: UnitOfWork, one: Followed, done: Done) -> None:
    if done.at > work.now:
        raise WrongStep("at: this lies ahead. Record it once it is done.")
    if done.at < began_at(one.episode) - EARLIEST:
        days = EARLIEST.days
        raise WrongStep(f"at: this is more than {days} days before the episode. Is the date right?")
    if done.kind is StepKind.INVOLVED and done.how is None:
        raise WrongStep("how: say how the team had a part in the decision.")
    if done.kind is not StepKind.INVOLVED and done.how is not None:
        raise WrongStep("how: only a part in the decision to admit has a how.")
    row = work.session.get(EpisodeRow, one.episode.key)
    team = None if row is None else work.directory.teams.get(row.team_id)
    if team is None or done.staff not in team.members:
        raise WrongStep(f"staff: nobody in this team is called “{done.staff}”.")
    if done.crisis is not None:
        crisis = crises.find(work.session, done.crisis)
        if crisis is None or crisis.team != team.id:
            raise WrongStep(f"crisis: this team has none called “{done.crisis}”.")


def _lock_crises(work: UnitOfWork, one: Followed, named: str | None) -> list[str]:
    """Lock the open crises whose timelines are told, in one order; before the client."""
    refs = set(store.open_refs(work.session, one.episode.references))
    if named is not None:
        refs.add(named.upper())
    locked = (crises.lock(work.session, ref) for ref in sorted(refs))
    return [crisis.ref for crisis in locked if crisis is not None and crisis.is_open]


def _same(work: UnitOfWork, client: int, one: Followed, done: Done) -> StepRow | None:
    query = select(StepRow).where(
        StepRow.client_number == client,
        StepRow.kind == done.kind.value,
        StepRow.at == done.at,
        StepRow.staff_id == done.staff,
    )
    return next(
        (
            row
            for row in work.session.exec(query)
            if row.retracted_at is None
            and row.episode in one.episode.references
            and (row.how, row.words) == (done.how, done.words)
        ),
        None,
    )


def _is_recorded(work: UnitOfWork, client: int, one: Followed, crisis_ref: str) -> bool:
    return any(
        row.kind == StepKind.CALLED_BACK.value
        and row.crisis_ref == crisis_ref
        and row.retracted_at is None
        and row.episode in one.episode.references
        for row in store.step_rows(work.session, [client])
    )


def _add(work: UnitOfWork, client: int, key: str, done: Done, login: str) -> StepRow:
    row = StepRow(
        client_number=client,
        episode=key,
        kind=done.kind.value,
        how=None if done.how is None else done.how.value,
        at=done.at,
        staff_id=done.staff,
        recorded_at=work.now,
        recorded_by=login,
        words=done.words,
        crisis_ref=None if done.crisis is None else done.crisis.upper(),
    )
    work.session.add(row)
    work.session.flush()
    return row


def _words(done: Done) -> str:
    return done.kind.words if done.how is None else f"{done.kind.words}: {done.how.words}"


def _tell(work: UnitOfWork, refs: list[str], text: str, staff: StaffId, name: str) -> None:
    """A line in the timelines of crises; pages that are open on them read them again."""
    for ref in refs:
        note(work, ref, TIMELINE, f"hospital: {text}", who=staff, by=name)
        crisis = crises.find(work.session, ref)
        if crisis is not None:
            work.show(crisis_changes(None, crisis, work.directory.names))
