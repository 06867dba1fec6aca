"""What is asked of Twilio about a conference: one request, or two in their order, for each row."""

from typing import Protocol

from notifications.outbox import Kind
from notifications.tables import OutboxRow


class RoomNetwork(Protocol):
    """What conferences need of Twilio."""

    def redirect(self, call_sid: str, twiml: str) -> None:
        """Give a running leg another document."""

    def call_with_progress(
        self, *, to: str, from_: str, twiml: str, status_callback: str, timeout: int
    ) -> str:
        """Ring a phone, hear how it goes, run a document when answered; return the call's name."""

    def add_to_room(
        self, *, room: str, to: str, from_: str, label: str, status_callback: str, timeout: int
    ) -> str:
        """Ring a phone straight into a conference; return the call's name."""

    def ends_with(self, *, room_sid: str, call_sid: str, ends: bool) -> None:
        """Say whether a conference ends when this leg leaves it."""

    def hang_up(self, call_sid: str) -> None:
        """End one leg."""


def ask(network: RoomNetwork, row: OutboxRow) -> str | None:
    """Ask for what one row wants. Raises SendFailed; ValueError for a row of another kind."""
    options = row.options or {}
    to, from_, leg = row.to_phone or "", row.from_phone or "", row.leg_sid or ""
    match Kind(row.kind):
        case Kind.MOVE_WORKER | Kind.FETCH_CALLER:
            network.redirect(leg, row.body or "")
            return None
        case Kind.CALL_PARTY:
            return network.call_with_progress(
                to=to,
                from_=from_,
                twiml=row.body or "",
                status_callback=options["status_callback"],
                timeout=options["timeout"],
            )
        case Kind.JOIN_PARTY:
            return network.add_to_room(
                room=options["room"],
                to=to,
                from_=from_,
                label=options["label"],
                status_callback=options["status_callback"],
                timeout=options["timeout"],
            )
        case Kind.ENDS_WITH:
            network.ends_with(room_sid=options["room"], call_sid=leg, ends=options["ends"])
            return None
        case Kind.LET_GO:
            # First the room must not end with them: what fails between leaves them on the line.
            network.ends_with(room_sid=options["room"], call_sid=leg, ends=False)
            network.hang_up(leg)
            return None
        case kind:
            raise ValueError(f"{kind} is not about a conference")
