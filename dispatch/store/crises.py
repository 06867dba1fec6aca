"""Crises, their contacts and their timeline: rows here, plain frozen crises everywhere else."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, or_, select

from dispatch.crisis import (
    CallingBack,
    CallStage,
    Crisis,
    Disposition,
    How,
    Line,
    Reaching,
    Source,
    State,
)
from dispatch.references import is_reference
from dispatch.room import Conference, Guest, Party, Presence
from dispatch.tables import ContactRow, CrisisRow, TimelineRow
from oncall.model import StaffId, TeamId


def _from_row(row: CrisisRow) -> Crisis:
    pursuit = row.pursuit
    reaching = pursuit["reaching"]
    return Crisis(
        ref=row.ref,
        team=row.team_id,
        source=Source(row.told_by or row.source),
        opened_at=row.opened_at,
        state=State(row.state),
        since=row.since,
        owner=row.owner_id,
        reaching=None
        if reaching is None
        else Reaching(
            reaching["staff"],
            reaching["tier"],
            How(reaching["how"]),
            datetime.fromisoformat(reaching["since"]),
        ),
        line=None if pursuit["line"] is None else Line(**_known(Line, pursuit["line"])),
        rung=pursuit["rung"],
        round=row.round,
        tried=frozenset(pursuit["tried"]),
        paged=frozenset(pursuit["paged"]),
        pages=pursuit["pages"],
        legs=pursuit.get("legs", 0),
        unheard=pursuit.get("unheard"),
        conference=_conference(pursuit.get("conference")),
        parties=pursuit.get("parties", 0),
        due_at=row.due_at,
        handing_to=pursuit["handing_to"],
        alarm=row.alarm,
        calling=_calling(pursuit.get("calling")),
        disposition=None if row.disposition is None else Disposition(row.disposition),
        closed_at=row.closed_at,
    )


def _known(kind: type, kept: dict[str, Any]) -> dict[str, Any]:
    """What this version knows of something kept: a newer node beside us may have written more."""
    return {one.name: kept[one.name] for one in fields(kind) if one.name in kept}


def _calling(kept: dict[str, str] | None) -> CallingBack | None:
    if kept is None:
        return None
    since = datetime.fromisoformat(kept["since"])
    return CallingBack(kept["staff"], CallStage(kept["stage"]), since)


def _pursuit(crisis: Crisis) -> dict[str, Any]:
    reaching, calling = crisis.reaching, crisis.calling
    return {
        "reaching": None
        if reaching is None
        else {
            "staff": reaching.staff,
            "tier": reaching.tier,
            "how": reaching.how.value,
            "since": reaching.since.isoformat(),
        },
        "line": None if crisis.line is None else asdict(crisis.line),
        "rung": crisis.rung,
        "tried": sorted(crisis.tried),
        "paged": sorted(crisis.paged),
        "pages": crisis.pages,
        "legs": crisis.legs,
        "unheard": crisis.unheard,
        "conference": None if crisis.conference is None else _as_kept(crisis.conference),
        "parties": crisis.parties,
        "handing_to": crisis.handing_to,
        "calling": None
        if calling is None
        else {
            "staff": calling.staff,
            "stage": calling.stage.value,
            "since": calling.since.isoformat(),
        },
    }


def _conference(kept: dict[str, Any] | None) -> Conference | None:
    """What a node has kept of a conference; one of an older version writes none."""
    if kept is None:
        return None
    party = kept["party"]
    there = None
    if party is not None:
        there = Party(
            **{
                **_known(Party, party),
                "guest": Guest(party["guest"]),
                "presence": Presence(party["presence"]),
            }
        )
    due_at = datetime.fromisoformat(kept["due_at"])
    return Conference(**{**_known(Conference, kept), "party": there, "due_at": due_at})


def _as_kept(conference: Conference) -> dict[str, Any]:
    return {**asdict(conference), "due_at": conference.due_at.isoformat()}


def find(session: Session, ref: str) -> Crisis | None:
    """The crisis with this reference, without locking it."""
    row = session.get(CrisisRow, ref.upper()) if is_reference(ref) else None
    return None if row is None else _from_row(row)


def lock(session: Session, ref: str) -> Crisis | None:
    """The crisis with this reference, locked until the transaction ends: claims are atomic."""
    if not is_reference(ref):
        return None
    query = select(CrisisRow).where(CrisisRow.ref == ref.upper()).with_for_update()
    row = session.exec(query.execution_options(populate_existing=True)).first()
    return None if row is None else _from_row(row)


def lock_one_due(session: Session, now: datetime, passed: Collection[str] = ()) -> Crisis | None:
    """One crisis whose deadline has come and that no other node holds at this moment."""
    query = (
        select(CrisisRow)
        .where(col(CrisisRow.due_at) <= now, col(CrisisRow.ref).not_in(passed))
        .order_by(col(CrisisRow.due_at))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.exec(query).first()
    return None if row is None else _from_row(row)


def is_one_due(session: Session, now: datetime) -> bool:
    """Whether the deadline of any crisis has come."""
    query = select(CrisisRow.ref).where(col(CrisisRow.due_at) <= now).limit(1)
    return session.exec(query).first() is not None


def create(session: Session, crisis: Crisis) -> bool:
    """Write a new crisis; False when its reference was given to another one, even just now."""
    query = insert(CrisisRow).values(ref=crisis.ref, **_fields(crisis)).on_conflict_do_nothing()
    return session.execute(query.returning(col(CrisisRow.ref))).first() is not None


def save(session: Session, crisis: Crisis) -> None:
    """Write a crisis that has changed. The caller holds its lock."""
    query = update(CrisisRow).where(col(CrisisRow.ref) == crisis.ref).values(**_fields(crisis))
    as_it_is = query.returning(col(CrisisRow.ref)).execution_options(synchronize_session=False)
    session.execute(as_it_is).one()


def _fields(crisis: Crisis) -> dict[str, Any]:
    return {
        "team_id": crisis.team,
        **_source(crisis.source),
        "state": crisis.state.value,
        "since": crisis.since,
        "opened_at": crisis.opened_at,
        "owner_id": crisis.owner,
        "due_at": crisis.due_at,
        "round": crisis.round,
        "alarm": crisis.alarm,
        "disposition": None if crisis.disposition is None else crisis.disposition.value,
        "closed_at": crisis.closed_at,
        "pursuit": _pursuit(crisis),
    }


def _source(source: Source) -> dict[str, str | None]:
    """Kept so that a node of before hospitals told us anything reads it too, during a deploy."""
    told_by = source.value if source.is_hospitals else None
    return {"source": source.for_older.value, "told_by": told_by}


def open_crises(session: Session, teams: Collection[TeamId] | None = None) -> list[Crisis]:
    """Every crisis that is not closed, the oldest first; of some teams or of all (None)."""
    query = select(CrisisRow).where(CrisisRow.state != State.CLOSED.value)
    if teams is not None:
        query = query.where(col(CrisisRow.team_id).in_(teams))
    query = query.order_by(col(CrisisRow.opened_at), col(CrisisRow.ref))
    return [_from_row(row) for row in session.exec(query)]


def listed(
    session: Session,
    teams: Collection[TeamId] | None,
    states: Sequence[State],
    limit: int,
) -> list[Crisis]:
    """Crises for a list, the newest first."""
    query = select(CrisisRow)
    if teams is not None:
        query = query.where(col(CrisisRow.team_id).in_(teams))
    if states:
        query = query.where(col(CrisisRow.state).in_([state.value for state in states]))
    query = query.order_by(col(CrisisRow.opened_at).desc(), col(CrisisRow.ref)).limit(limit)
    return [_from_row(row) for row in session.exec(query)]


def open_for(session: Session, staff: StaffId) -> list[Crisis]:
    """Open crises that this person owns, was paged for, or is asked to take over."""
    mine = or_(
        col(CrisisRow.owner_id) == staff,
        col(CrisisRow.pursuit)["paged"].has_key(staff),
    )
    query = select(CrisisRow).where(CrisisRow.state != State.CLOSED.value, mine)
    rows = session.exec(query.order_by(col(CrisisRow.opened_at)))
    return [_from_row(row) for row in rows]


def talks(session: Session) -> list[Crisis]:
    """The crises of which the caller talks with somebody now, the oldest first."""
    query = select(CrisisRow).where(CrisisRow.state == State.TALKING.value)
    return [_from_row(row) for row in session.exec(query.order_by(col(CrisisRow.opened_at)))]


def taken_by_another(session: Session, staff: StaffId) -> Crisis | None:
    """The newest open crisis in which this person was reached for and a colleague was faster."""
    reached = select(TimelineRow.crisis_ref).where(TimelineRow.who == staff)
    query = select(CrisisRow).where(
        CrisisRow.state != State.CLOSED.value,
        CrisisRow.owner_id != staff,
        col(CrisisRow.ref).in_(reached),
    )
    row = session.exec(query.order_by(col(CrisisRow.opened_at).desc()).limit(1)).first()
    return None if row is None else _from_row(row)


def was_paged(session: Session, ref: str, staff: StaffId) -> bool:
    """Whether this person was ever reached for in this crisis."""
    query = select(TimelineRow.id).where(
        TimelineRow.crisis_ref == ref.upper(), TimelineRow.who == staff
    )
    return session.exec(query.limit(1)).first() is not None


def joinable(session: Session, phone: str, since: datetime) -> Crisis | None:
    """The newest open crisis with a contact from this number since then, locked.

    The number itself is locked too: of two contacts at one instant, the second joins the first.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(phone, 0))))
    query = (
        select(CrisisRow)
        .join(ContactRow, col(ContactRow.crisis_ref) == col(CrisisRow.ref))
        .where(
            CrisisRow.state != State.CLOSED.value,
            ContactRow.phone == phone,
            col(ContactRow.at) >= since,
        )
        .order_by(col(CrisisRow.opened_at).desc())
        .limit(1)
        .with_for_update(of=CrisisRow)
    )
    row = session.exec(query).first()
    return None if row is None else _from_row(row)


def count_contacts(session: Session, team: TeamId, source: Source, since: datetime) -> int:
    """How many contacts of a kind a team had since then."""
    query = (
        select(func.count())
        .select_from(ContactRow)
        .join(CrisisRow, col(ContactRow.crisis_ref) == col(CrisisRow.ref))
        .where(
            CrisisRow.team_id == team,
            ContactRow.source == source.value,
            col(ContactRow.at) >= since,
        )
    )
    return session.exec(query).one()


def name_client(session: Session, ref: str, source: Source, client: int) -> None:
    """Say whom a crisis's contacts of this source are about, of which it was not known."""
    query = select(ContactRow).where(
        ContactRow.crisis_ref == ref, ContactRow.source == source.value
    )
    for contact in session.exec(query):
        if not contact.clients:
            contact.clients = [client]
            session.add(contact)


def unname_client(session: Session, ref: str, source: Source, client: int) -> None:
    """Take back that a crisis's contacts of this source are about this client."""
    query = select(ContactRow).where(
        ContactRow.crisis_ref == ref, ContactRow.source == source.value
    )
    for contact in session.exec(query):
        if contact.clients == [client]:
            contact.clients = []
            session.add(contact)


def add_contact(session: Session, contact: ContactRow) -> None:
    """Add a contact to its crisis."""
    session.add(contact)
    session.flush()


def contact_of_call(session: Session, call_sid: str) -> ContactRow | None:
    """The contact that a call is."""
    return session.exec(select(ContactRow).where(ContactRow.call_sid == call_sid)).first()


def contacts(session: Session, ref: str) -> list[ContactRow]:
    """The contacts of a crisis, the first one first."""
    query = select(ContactRow).where(ContactRow.crisis_ref == ref).order_by(col(ContactRow.id))
    return list(session.exec(query))


def add_to_timeline(session: Session, entry: TimelineRow) -> None:
    """Add a line to the timeline; lines are never changed."""
    session.add(entry)


def timeline(session: Session, ref: str) -> list[TimelineRow]:
    """What happened, in order."""
    query = select(TimelineRow).where(TimelineRow.crisis_ref == ref).order_by(col(TimelineRow.id))
    return list(session.exec(query))
