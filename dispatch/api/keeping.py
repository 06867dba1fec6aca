"""Keeps in the journal what the database can't take now, before it is answered."""

import asyncio
from collections.abc import Sequence

import structlog

from dispatch.api.context import Vigil
from dispatch.journal_entries import Entry

log = structlog.get_logger()

PATIENCE_SECONDS = 0.3
"""How long an answer waits for the journal's disk. It has the entries in memory by then."""


async def keep(vigil: Vigil, entries: Sequence[Entry]) -> None:
    """Keep entries, on disk if that is quick. A caller's answer never depends on it."""
    if not entries:
        return
    try:
        written = vigil.adrift.journal.add(entries, vigil.unit_of_work.clock.now())
        await asyncio.wait({asyncio.wrap_future(written)}, timeout=PATIENCE_SECONDS)
    except Exception as error:  # noqa: BLE001  whatever it is, a caller is waiting
        log.error("journal_not_kept", error=type(error).__name__)
