"""The production sender's three steps, one after the other: between them anything may happen."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine

from notifications.outbox import OutboxState
from notifications.retry import Failure
from notifications.sender import PhoneNetwork, Sender
from notifications.tables import OutboxRow
from notifications.twilio import SendFailed

EXPIRED = "expired"
Sent = str | SendFailed | None
"""What the network said: a name, a failure, or nothing where nothing is named."""


class Steps:
    """Claims, sends and settles as the sender's threads do."""

    def __init__(
        self,
        engine: Engine,
        network: PhoneNetwork,
        now: Callable[[], datetime],
        status_callback: str,
        gave_up: Callable[[OutboxRow, Failure, int | None], None],
    ) -> None:
        self._sender = Sender(engine, network, now, status_callback, gave_up)
        self._now = now

    def claim(self, limit: int) -> Sequence[OutboxRow]:
        """Lease what is due."""
        return self._sender._claim(limit)

    def send(self, row: OutboxRow) -> Sent:
        """Ask the phone network."""
        if row.expires_at <= self._now():
            return SendFailed(EXPIRED)
        try:
            return self._sender._ask(row)
        except SendFailed as failed:
            return failed

    def settle(self, row: OutboxRow, sent: Sent) -> None:
        """Write down what came of it."""
        if isinstance(sent, SendFailed) and str(sent) == EXPIRED:
            self._sender._settle(row, OutboxState.FAILED, error=EXPIRED)
        elif isinstance(sent, SendFailed):
            self._sender._failed(row, sent)
        else:
            self._sender._settle(row, OutboxState.SENT, provider_sid=sent)
