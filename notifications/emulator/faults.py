"""What goes wrong in the phone network on purpose, as data that a test sets and clears."""

from dataclasses import dataclass, field
from enum import StrEnum


class CallbackOrder(StrEnum):
    """How status callbacks arrive."""

    PROMPT = "prompt"
    DOUBLED = "doubled"
    REORDERED = "reordered"
    LATE = "late"


class ScreenFailure(StrEnum):
    """What happens to a callee whose screening document cannot be had (Twilio does not say)."""

    HANG_UP = "hang_up"
    BRIDGE = "bridge"


@dataclass
class RestFault:
    """A REST answer that is not what was asked for.

    ``resource`` narrows it to ``Messages``, ``Calls``, ``IncomingPhoneNumbers`` or ``Flows``;
    ``times`` None means until cleared. With ``hangs`` no answer comes at all (the client times
    out), and with ``after_doing`` what was asked has been done all the same.
    """

    status: int = 503
    code: int = 20503
    message: str = "Service unavailable"
    resource: str | None = None
    times: int | None = None
    hangs: bool = False
    after_doing: bool = False

    def strikes(self, resource: str) -> bool:
        """Whether it applies to this request; counts it when it does."""
        if self.times == 0 or self.resource not in {None, resource}:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Faults:
    """Everything that is wrong right now; a new one is a network in good health.

    ``sms_errors`` maps a number to Twilio's error code: 2xxxx is refused by the REST API,
    3xxxx is reported by the status callback. ``webhook_repeats`` is how often the same voice or
    SMS request is sent, each time with the same idempotency token; the last answer counts.
    ``callbacks_late_by`` is in emulated seconds. ``account_status`` is what the account resource
    says: ``active``, ``suspended`` or ``closed``.
    """

    sms_errors: dict[str, int] = field(default_factory=dict)
    callbacks: CallbackOrder | str = CallbackOrder.PROMPT
    callbacks_late_by: float = 5.0
    webhook_repeats: int = 1
    screen_failure: ScreenFailure | str = ScreenFailure.HANG_UP
    rest: list[RestFault] = field(default_factory=list)
    account_status: str = "active"

    def rest_fault(self, resource: str) -> RestFault | None:
        """The first REST fault that applies to a request for ``resource``, if any."""
        return next((fault for fault in self.rest if fault.strikes(resource)), None)
