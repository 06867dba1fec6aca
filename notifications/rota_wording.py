"""Every sentence about rotas that leaves by SMS. None of them says why somebody is away."""

from collections.abc import Sequence

from notifications import shared_words
from notifications.shared_words import SEGMENT, with_room

_SHOWN = 6
"""How many references fit into one SMS."""


# Cover requests ─────────────────────────────────────────────────────────────────────────────────


def cover_asked(ref: str, tier: str, team: str, when: str, name: str) -> str:
    """To somebody who could take a shift. `name` is whose it is."""
    return (
        f"Vigil {ref}: can you be {tier} of {team} for {name}, {when}? Reply YES {ref} or NO {ref}."
    )


def cover_begun(
    ref: str, tier: str, when: str, asked: Sequence[str], until: str | None, *, leads_know: bool
) -> str:
    """The answer to a request for cover. The leads hear of it at `until`; None: that has come.

    `asked` are the names of those who are asked by text first.
    """
    known = shared_words.of_the_leads(know=leads_know).rstrip(".")
    leads = f"the leads at {until}" if until else known[:1].lower() + known[1:]
    hint = f" To keep it: WITHDRAW {ref}"
    shorter = [(_names(asked), hint), (_names(asked), ""), (f"{len(asked)} people", "")]
    for people, tail in shorter:
        text = (
            f"Vigil {ref}: asking {people} for {tier} {when}; {leads}. "
            f"Yours until one says yes.{tail}"
        )
        if len(text) <= SEGMENT:
            break
    return text


def cover_without_takers(ref: str, tier: str, when: str, *, leads_know: bool) -> str:
    """The answer to a request for cover that nobody could take whom a text reaches."""
    leads = shared_words.of_the_leads(know=leads_know)
    return (
        f"Vigil {ref}: nobody to ask by text for {tier}, {when}. {leads} "
        "It is yours until somebody takes it."
    )


def cover_taken(ref: str, tier: str, team: str, when: str) -> str:
    """To whoever has said yes."""
    return f"Vigil {ref}: thank you, it is yours. You are {tier} of {team}, {when}."


def told_cover_found(ref: str, tier: str, team: str, when: str, name: str) -> str:
    """To the one whose shift it was."""
    return f"Vigil {ref}: {name} is {tier} of {team} for you, {when}."


def told_cover_taken(ref: str, name: str) -> str:
    """To the others who were asked, and to leads who knew that nobody had taken it."""
    return f"Vigil {ref}: {name} takes it. Nothing more for you to do."


def told_leads_of_no_cover(
    ref: str, tier: str, team: str, when: str, name: str, left: str, url: str
) -> str:
    """To the leads, while nobody has said yes. `name` is whose shift it is, `left` how long."""
    return with_room(
        f"Vigil {ref}: nobody has taken {tier} of {team} from {name}, {when}. {left}.", url
    )


def told_no_cover_yet(ref: str, *, leads_know: bool) -> str:
    """To the one whose shift it is, when the leads are told or should be."""
    leads = shared_words.of_the_leads(know=leads_know)
    return (
        f"Vigil {ref}: nobody has taken your shift yet. {leads} "
        "It is yours until somebody takes it."
    )


def told_withdrawn(ref: str, name: str) -> str:
    """To those who were asked and whose answer is no longer needed."""
    return f"Vigil {ref}: {name} keeps the shift. Nothing more for you to do."


def told_rota_changed(ref: str) -> str:
    """To those who were asked, when the shift is no longer the one's who asked."""
    return f"Vigil {ref}: the rota was changed, so nobody is asked any more. Nothing to do for you."


def told_asker_rota_changed(ref: str, url: str) -> str:
    """To the one who asked, when the shift is no longer theirs."""
    return f"Vigil {ref}: the rota was changed, so this is closed. See your shifts: {url}"


# Swaps ──────────────────────────────────────────────────────────────────────────────────────────


def swap_asked(ref: str, name: str, tier: str, when: str, other_tier: str, other_when: str) -> str:
    """To the one whose shift is wanted: `name` gives the first stretch for the second."""
    return (
        f"Vigil {ref}: {name} gives {tier} {when} for your {other_tier} {other_when}. "
        f"Reply YES {ref} or NO {ref}."
    )


def swap_needs_lead(ref: str, names: tuple[str, str], tiers: tuple[str, str], url: str) -> str:
    """To the leads of a team whose swaps need them."""
    one, other = names
    return with_room(
        f"Vigil {ref}: {one} ({tiers[0]}) and {other} ({tiers[1]}) want to swap shifts. "
        f"Reply YES {ref} or NO {ref}.",
        url,
    )


def told_swap_untexted(ref: str, name: str) -> str:
    """To the one who offered, where no text reaches the other."""
    return f"Vigil {ref}: {name} can't be texted. Tell them to answer on the web, in My shifts."


def told_swap_agreed(ref: str, name: str, *, leads_know: bool) -> str:
    """To the one who offered, when the other has agreed and a lead must too."""
    heard = "" if leads_know else f" {shared_words.of_the_leads(know=False)}"
    return f"Vigil {ref}: {name} says yes. Nothing changes until a lead agrees too.{heard}"


def told_swapped(ref: str, tier: str, when: str, other_tier: str, other_when: str) -> str:
    """To each of the two: what is theirs now, and what no longer."""
    return f"Vigil {ref}: swapped. You are {tier} {when}, no longer {other_tier} {other_when}."


def told_swap_declined(ref: str, name: str) -> str:
    """To the others, when one of them has said no."""
    return f"Vigil {ref}: {name} says no to the swap. Nothing changes."


def told_swap_decided(ref: str, name: str) -> str:
    """To the other leads, when one of them has decided."""
    return f"Vigil {ref}: {name} has decided. Nothing more for you to do."


def told_swap_over(ref: str) -> str:
    """To both, when a shift begins before all have agreed."""
    return f"Vigil {ref}: the swap was not agreed on in time. Nothing changes."


# Answers to what people text ────────────────────────────────────────────────────────────────────


def reply_noted(ref: str) -> str:
    """The answer to a no."""
    return f"Vigil {ref}: noted. Thank you for answering."


def reply_waits_for_lead(ref: str) -> str:
    """The answer to a yes that is not enough."""
    return f"Vigil {ref}: thank you. A lead must agree too: you will hear."


def reply_withdrawn(ref: str) -> str:
    """The answer to somebody who takes their request back."""
    return f"Vigil {ref}: withdrawn. Your shift is yours as before."


def reply_refused(ref: str, why: str) -> str:
    """The answer when it can't be done."""
    return f"Vigil {ref}: {why}"


def reply_yes_or_no(ref: str) -> str:
    """The answer to a reference without a clear yes or no."""
    return f"Vigil could not read that. Reply YES {ref} or NO {ref}."


def reply_ok_is_no_yes(ref: str) -> str:
    """The answer to a bare OK, which takes no shift."""
    return f"Vigil {ref}: OK alone takes no shift. Reply YES {ref} or NO {ref}."


def reply_which_question(crises: Sequence[str], questions: Sequence[str]) -> str:
    """The answer when a yes or a no may mean several things."""
    refs = [*crises, *questions]
    like = f"1 {crises[0]}" if crises else f"YES {questions[0]}"
    if crises and questions:
        like += f", or: YES {questions[0]}"
    shown = ", ".join(refs[:_SHOWN])
    return f"Vigil: {len(refs)} wait for you: {shown}. Say which, like: {like}"


def reply_which_withdrawn(refs: Sequence[str]) -> str:
    """The answer when somebody has several requests and names none."""
    shown = ", ".join(refs[:_SHOWN])
    return f"Vigil: you ask for {len(refs)}: {shown}. Say which, like: WITHDRAW {refs[0]}"


def reply_nothing_to_withdraw() -> str:
    """The answer when somebody has no request."""
    return "Vigil: you have no open request about a shift."


def reply_request_refused(why: str) -> str:
    """The answer to a request for cover that can't be made."""
    return f"Vigil: {why}"


def reply_unknown_request(ref: str) -> str:
    """The answer to a reference that is nothing to this person."""
    return f"Vigil: nothing with the reference {ref} is open for you."


def reply_swapped(ref: str) -> str:
    """The answer to the last yes that a swap needed; what is whose now comes by itself."""
    return f"Vigil {ref}: thank you, the shifts are swapped."


def reply_which_shift(shifts: Sequence[str], part: str) -> str:
    """The answer when somebody stands several times at once; `part` is what they wrote of times."""
    listed = " ".join(f"COVER {number}{part}: {one}." for number, one in enumerate(shifts, 1))
    return f"Vigil: which one? {listed}"


def reply_no_shift(days: int) -> str:
    """The answer to a request for cover of nothing."""
    return f"Vigil: you have no shift in the next {days} days."


def reply_no_such_part(begins: str, ends: str, tier: str, team: str, when: str) -> str:
    """The answer to times that lie in no shift; the rest says which one is next."""
    return (
        f"Vigil: no shift of yours has {begins} to {ends} in it. You are {tier} of {team}, {when}."
    )


def reply_too_long(url: str) -> str:
    """The answer when a shift has no near end: which part is meant?"""
    return f"Vigil: this shift goes on for weeks. Say a part, like COVER 20:00-23:00, or see {url}"


def reply_cover_help(url: str) -> str:
    """The one helpful answer to a text about cover that can't be read."""
    return (
        "Vigil could not read that. COVER asks for cover of your present or next shift, "
        f"COVER 20:00-23:00 of a part. {url}"
    )


def reply_crisis_waits(answer: str, ref: str) -> str:
    """The answer to an OK, with the crisis that waits at the same time."""
    return f"{answer} Crisis {ref} waits for you: reply 1 {ref}"


def _names(names: Sequence[str]) -> str:
    if len(names) <= 2:
        return " and ".join(names)
    return f"{', '.join(names[:2])} and {len(names) - 2} more"
