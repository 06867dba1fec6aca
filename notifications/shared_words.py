"""What sentences about rotas and about duty share: how long one may be, and what leads know."""

SEGMENT = 160
"""The characters of one SMS; what is not needed is left out where it would make two of it."""


def with_room(text: str, url: str) -> str:
    """The text, with the address where there is room for it."""
    longer = f"{text} {url}"
    return longer if len(longer) <= SEGMENT else text


def of_the_leads(*, know: bool) -> str:
    """What whoever needs the leads is told of them."""
    return "The leads know." if know else "No lead could be texted: call one."
