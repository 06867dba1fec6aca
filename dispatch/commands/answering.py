"""A request that Twilio repeats gets the same answer again, and does nothing twice."""

from collections.abc import Callable

from dispatch.store import receipts
from dispatch.unit_of_work import UnitOfWork


def once(work: UnitOfWork, key: str, do: Callable[[], str]) -> str:
    """Answer a request once: a repeat gets the stored answer, and nothing is done again."""
    stored = receipts.claim(work.session, key, work.now)
    if stored is not None:
        return stored
    text = do()
    receipts.answer(work.session, key, text)
    return text
