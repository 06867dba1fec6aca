"""Who may be calling, and which team answers: the client's own, whatever line was dialled."""

from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers

from oncall.model import TeamId

WITHHELD = frozenset(
    {"+266696687", "+7378742833", "+86282452253", "+2562533", "+8656696"}
    | {"anonymous", "unavailable", "restricted", "unknown", "private", "blocked"}
)
"""What Twilio sends for a withheld number: words, or the same words typed on a keypad."""


def phone_number(raw: str | None) -> str | None:
    """A number in E.164, or None when it is withheld, missing or no number at all.

    Numbers without a country code are read as US numbers.
    """
    text = (raw or "").strip()
    if not text or text.casefold() in WITHHELD or len(text) > 40:
        return None
    try:
        parsed = phonenumbers.parse(text, None if text.startswith("+") else "US")
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:  # seven digits are possible "locally"
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class Routed:
    """This team answers."""

    team: TeamId


@dataclass(frozen=True, slots=True)
class AskWhich:
    """The caller is asked which of these teams; who says nothing gets the first."""

    teams: tuple[TeamId, ...]


def route(
    client_teams: Sequence[TeamId], line_teams: Sequence[TeamId], all_teams: Sequence[TeamId]
) -> Routed | AskWhich | None:
    """Which team answers a call.

    `client_teams` are the teams of the clients who share the caller's number, `line_teams` those
    of the line that was dialled, `all_teams` every team of the agency, in the agency's order.
    None only when there is no team at all: then only the last resort is left.
    """
    if client_teams:
        own = _in_order(client_teams, all_teams)
        on_this_line = tuple(team for team in own if team in line_teams)
        return _choose(on_this_line or own)
    return _choose(_in_order(line_teams, all_teams) or tuple(all_teams))


def _in_order(teams: Sequence[TeamId], order: Sequence[TeamId]) -> tuple[TeamId, ...]:
    return tuple(team for team in order if team in teams)


def _choose(teams: Sequence[TeamId]) -> Routed | AskWhich | None:
    if not teams:
        return None
    return Routed(teams[0]) if len(teams) == 1 else AskWhich(tuple(teams))
