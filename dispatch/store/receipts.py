"""Webhooks that were answered: a repeated request gets the answer that the first one got."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select, update

from dispatch.tables import ReceiptRow


def claim(session: Session, key: str, now: datetime) -> str | None:
    """Claim a request; None means that it is new and ours to answer.

    A repeat that comes while the first is still being answered waits for it here. Otherwise the
    stored answer is returned.
    """
    query = insert(ReceiptRow).values(key=key, at=now, answer="")
    claimed = session.execute(query.on_conflict_do_nothing().returning(col(ReceiptRow.key))).first()
    if claimed is not None:
        return None
    return session.exec(select(ReceiptRow.answer).where(ReceiptRow.key == key)).one()


def forget(session: Session, before: datetime, limit: int = 5000) -> int:
    """Forget some of what was answered before then; says how many."""
    old = select(ReceiptRow.key).where(col(ReceiptRow.at) < before).limit(limit)
    query = delete(ReceiptRow).where(col(ReceiptRow.key).in_(old))
    return len(session.execute(query.returning(col(ReceiptRow.key))).all())


def answer(session: Session, key: str, text: str) -> None:
    """Keep what was answered, in the transaction that did what the answer says."""
    session.execute(update(ReceiptRow).where(col(ReceiptRow.key) == key).values(answer=text))
