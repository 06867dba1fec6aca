"""Whom a notice is about: links it, shows it to a person, or keeps it for a later comparison."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col, select

from dispatch.commands.linking import (
    SAME_VISIT,
    Whom,
    _is_awaited,
    forbidden,
    is_told,
    keep,
    link,
    link_others,
    sought,
    still_linked,
)
from dispatch.commands.notice_pages import add_quietly, page
from dispatch.crisis import Source
from dispatch.episode_tables import NoticeRow
from dispatch.hospitals.episodes.news import UNDOES, may_wake
from dispatch.hospitals.episodes.told import NO_EPISODE
from dispatch.hospitals.matching.likeness import compare
from dispatch.hospitals.matching.lookup_keys import keys_of
from dispatch.hospitals.matching.match import Match, Outcome, match
from dispatch.hospitals.notice import (
    Notice,
    Person,
)
from dispatch.store import clients, identities, notices
from dispatch.store.notices import Match as Known
from dispatch.tables import ClientRow
from dispatch.unit_of_work import UnitOfWork


def settle(work: UnitOfWork, row: NoticeRow, public_url: str) -> None:
    """Find out whom a notice that was just read, or is compared again, is about; page as it asks.

    A notice stays what a person has said of it, also when they have taken a link back.
    """
    notice = notices.notice_of(row)
    is_linked = row.match == Known.LINKED.value
    if notice is None or (row.linked_by is not None and not is_linked):
        return
    notices.hold_hospital(work.session, row.hospital_id)
    person = sought(work.session, notice, row.hospital_id)
    found = identities.candidates(work.session, keys_of(person), work.now)
    matched = match(person, found)
    if is_linked:
        still_linked(work, row, notice, public_url)
        return
    whom = _certain(matched) or _of_same_visit(work, row, notice, person)
    alone = notice.kind in NO_EPISODE and bool(matched.found)
    stays = _stays_of_nobody(work, row, notice) if alone else ()
    if whom is not None and not _is_contested(work, row, notice, whom.client):
        link(work, row, whom, public_url)
        link_others(work, row, notice, whom, public_url)
    elif notice.kind in NO_EPISODE and not stays:
        _pass_over(work, row)
    elif matched.found:
        _show(work, row, notice, person, matched, public_url, stays)
    else:
        keep(work, row, notice, person, Known.NONE)


def _certain(matched: Match) -> Whom | None:
    if matched.outcome is not Outcome.CERTAIN:
        return None
    [found] = matched.found
    return Whom(found.key, found.why)


def _of_same_visit(work: UnitOfWork, row: NoticeRow, notice: Notice, person: Person) -> Whom | None:
    """Who the visit is known to be of, unless what this notice says of the person forbids it."""
    keys = notices.visit_keys(row.hospital_id, notice)
    linked = notices.sharing(work.session, keys, (Known.LINKED.value,))
    theirs = {one.client_number for one in linked if one.client_number is not None}
    if len(theirs) != 1:
        return None
    [known] = identities.numbered(work.session, sorted(theirs))
    if forbidden(compare(person, known)):
        return None
    return Whom(known.key, SAME_VISIT, passed_on=True)


def _is_contested(work: UnitOfWork, row: NoticeRow, notice: Notice, client: int) -> bool:
    """Whether a person has said of the same visit or record that it is not this client's.

    Then the next that comes is for a person too, however alike the two are.
    """
    keys = notices.own_keys(row.hospital_id, notice)
    settled = (Known.POSSIBLE.value, Known.DISMISSED.value)
    return any(
        other.match == Known.DISMISSED.value or client in notices.candidates(work.session, other)
        for other in notices.sharing(work.session, keys, settled)
        if other.linked_by is not None and other.id != row.id
    )


def _show(
    work: UnitOfWork,
    row: NoticeRow,
    notice: Notice,
    person: Person,
    matched: Match,
    public_url: str,
    stays: Sequence[NoticeRow],
) -> None:
    """A person has to say whom it is about: the teams of everybody who may be meant are paged.

    So they are for `stays` of somebody whom nobody knew, if this notice tells who that may be.
    """
    keep(work, row, notice, person, Known.POSSIBLE)
    theirs = [one.key for one in matched.found]
    notices.write_candidates(work.session, row, theirs)
    if notice.kind in UNDOES:
        return
    keys = notices.own_keys(row.hospital_id, notice)
    alike = [
        *notices.sharing(work.session, keys, (Known.POSSIBLE.value,)),
        *notices.possible_for(work.session, row.hospital_id, theirs[0]),
    ]
    teams = {clients.team_of(work.session, client, work.now) for client in theirs}
    told = [notice, *(one for stay in stays if (one := notices.notice_of(stay)) is not None)]
    is_news = any(may_wake(one.kind, one.happened_at or one.sent_at, work.now) for one in told)
    # Whoever is certain all the same contradicts the person who said that it is nobody of ours.
    certain = matched.outcome is Outcome.CERTAIN
    is_new = certain or not _is_dismissed(work, row, notice)
    wakes_somebody = not is_told(work, row) and (_is_awaited(row) or (is_news and is_new))
    for team in sorted(team for team in work.directory.teams if team in teams):
        if wakes_somebody:
            crisis = page(work, row, team, Source.POSSIBLE_CLIENT, alike, public_url)
            for stay in stays:
                notices.add_to_crisis(work.session, stay, crisis.ref)
        else:
            add_quietly(work, row, team, alike)


def _is_dismissed(work: UnitOfWork, row: NoticeRow, notice: Notice) -> bool:
    """Whether a person has said of the same visit that it is of nobody of ours."""
    keys = notices.visit_keys(row.hospital_id, notice)
    return bool(notices.sharing(work.session, keys, (Known.DISMISSED.value,)))


def _stays_of_nobody(work: UnitOfWork, row: NoticeRow, notice: Notice) -> list[NoticeRow]:
    """What the hospital told of a stay of the same record, of which nobody we know was found."""
    keys = notices.own_keys(row.hospital_id, notice)
    unknown = notices.sharing(work.session, keys, (Known.NONE.value,))
    return [one for one in unknown if one.id != row.id]


def _pass_over(work: UnitOfWork, row: NoticeRow) -> None:
    """It tells of no stay, and certainly of nobody we know: nothing of it is of use to anybody."""
    notices.forget(work.session, row)
    row.match, row.told, row.settled_at = Known.PASSED_OVER.value, None, work.now
    work.session.add(row)


def compare_again(work: UnitOfWork, public_url: str) -> bool:
    """Compare one client who is new, or told anew, with what is of nobody yet; False when none is.

    What was possible and has become nobody stays with a person: they may have seen more.
    """
    query = select(ClientRow.number, ClientRow.rematch).where(col(ClientRow.rematch) > 0)
    asked = work.session.exec(query.order_by(col(ClientRow.number)).limit(1)).first()
    if asked is None:
        return False
    client, times = asked
    keys = identities.keys(work.session, client or 0)
    waiting = notices.sharing(work.session, keys, notices.UNSETTLED)
    for row in sorted(waiting, key=lambda one: (one.hospital_id, one.id or 0)):
        _settle_again(work, row.reference, row.hospital_id, public_url)
    # Told anew meanwhile, they are compared once more.
    done = update(ClientRow).where(col(ClientRow.number) == client, col(ClientRow.rematch) == times)
    work.session.execute(done.values(rematch=0))
    return True


def _settle_again(work: UnitOfWork, reference: str, hospital: str, public_url: str) -> None:
    notices.hold_hospital(work.session, hospital)
    row = notices.find(work.session, reference, lock=True)
    notice = None if row is None else notices.notice_of(row)
    if row is None or notice is None or row.match not in notices.UNSETTLED:
        return
    if row.linked_by is not None:
        return  # a person has taken a link back, and a person says whose it is
    person = sought(work.session, notice, hospital)
    found = identities.candidates(work.session, keys_of(person), work.now)
    outcome = match(person, found).outcome
    is_better = outcome is Outcome.POSSIBLE and row.match == Known.NONE.value
    if outcome is Outcome.CERTAIN or is_better:
        settle(work, row, public_url)
