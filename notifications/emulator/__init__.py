"""A local Twilio with virtual phones, for tests, drills and the demo.

The unmodified Twilio SDK talks to it (``client.api.base_url``), and it talks to the product's
webhooks over real HTTP with real signatures, so the product cannot tell the difference.
"""

from notifications.emulator.behaviour import (
    Answer,
    Busy,
    ByHand,
    Decline,
    NoAnswer,
    Unreachable,
    Voicemail,
)
from notifications.emulator.calls import CallHandle
from notifications.emulator.faults import CallbackOrder, Faults, RestFault, ScreenFailure
from notifications.emulator.network import PhoneNetwork
from notifications.emulator.phones import Phone, PhoneBusy, PhoneKind
from notifications.emulator.server import EmulatorServer, create_app
from notifications.emulator.webhooks import Account

__all__ = [
    "Account",
    "Answer",
    "Busy",
    "ByHand",
    "CallHandle",
    "CallbackOrder",
    "Decline",
    "EmulatorServer",
    "Faults",
    "NoAnswer",
    "Phone",
    "PhoneBusy",
    "PhoneKind",
    "PhoneNetwork",
    "RestFault",
    "ScreenFailure",
    "Unreachable",
    "Voicemail",
    "create_app",
]
