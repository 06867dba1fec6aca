"""A crisis line hands a caller over: one crisis for one message, and somebody is paged at once."""

from dataclasses import dataclass

from dispatch.caller import Routed, phone_number, route
from dispatch.commands.carrying_out import happen, note, open_crisis
from dispatch.commands.joining import crisis_to_join, who_may_be_calling
from dispatch.crisis import Crisis, Source
from dispatch.events import Reported, ReportedAgain
from dispatch.store import clients, crises, receipts
from dispatch.store.clients import Candidate
from dispatch.tables import ContactRow
from dispatch.unit_of_work import UnitOfWork
from oncall.model import TeamId


@dataclass(frozen=True, slots=True)
class Handover:
    """What a partner sent: who is in crisis, as far as they know."""

    partner: str
    message_id: str
    caller: str | None
    client_id: str | None
    team: str | None
    concern: str | None
    callback: str | None


class NotRoutable(LookupError):  # noqa: N818
    """No team can be found for a handover. The text says what the partner can add."""


def hand_over(work: UnitOfWork, handover: Handover, public_url: str) -> Crisis:
    """Open or join the crisis of a handover; a message that comes twice finds the same one.

    Raises NotRoutable when neither the client, the caller's number nor the team says who answers.
    """
    key = f"crisis-line/{handover.partner}/{handover.message_id}"
    stored = receipts.claim(work.session, key, work.now)
    if stored is not None:
        known = crises.find(work.session, stored)
        if known is None:
            raise NotRoutable("the message was received before, but its crisis is not known")
        return known
    crisis = _hand_over(work, handover, public_url)
    receipts.answer(work.session, key, crisis.ref)
    return crisis


def _hand_over(work: UnitOfWork, handover: Handover, public_url: str) -> Crisis:
    phone = phone_number(handover.caller)
    found = _candidates(work, handover, phone)
    team = _team(work, handover, found)
    joined = crisis_to_join(work, phone, found)
    crisis = joined or open_crisis(work, team, Source.WEBHOOK)
    crises.add_contact(
        work.session,
        ContactRow(
            crisis_ref=crisis.ref,
            source=Source.WEBHOOK.value,
            at=work.now,
            phone=phone,
            language=found[0].language if len(found) == 1 else "en",
            partner_id=handover.partner,
            concern=handover.concern,
            callback=handover.callback,
            clients=[one.number for one in found],
        ),
    )
    note(work, crisis.ref, "handed_over", "a crisis line handed the caller over")
    event = ReportedAgain() if joined else Reported()
    return happen(work, crisis, event, public_url=public_url, is_new=joined is None).crisis


def _candidates(work: UnitOfWork, handover: Handover, phone: str | None) -> list[Candidate]:
    """The client whom the partner named, else whoever calls from this number."""
    if handover.client_id:
        named = clients.by_id(work.session, handover.client_id, work.now)
        if named is not None and named.team in work.directory.teams:
            return [named]
    return who_may_be_calling(work, phone)


def _team(work: UnitOfWork, handover: Handover, found: list[Candidate]) -> TeamId:
    """The client's own team, whatever team was named; else the one named; else the first.

    A team that was named but does not exist is a mistake the partner can mend, so they are told.
    """
    teams = list(work.directory.teams)
    named = [team for team in teams if team == handover.team]
    routed = route([one.team for one in found], named, teams)
    if isinstance(routed, Routed):
        return routed.team
    if found:
        return found[0].team
    if teams and not handover.team:
        return teams[0]
    raise NotRoutable(
        "team: say which team is to answer, one of: " + ", ".join(teams)
        if teams
        else "team: the agency has no team yet"
    )
