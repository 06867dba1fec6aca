"""The phone network as tests, drills and the demo use it: lines, phones, calls and texts."""

from collections.abc import Callable
from datetime import datetime

from notifications.emulator.behaviour import Behaviour
from notifications.emulator.calls import CallHandle, dial_in
from notifications.emulator.exchange import Exchange
from notifications.emulator.faults import Faults
from notifications.emulator.legs import Leg
from notifications.emulator.messages import receive
from notifications.emulator.phones import Phone, PhoneKind
from notifications.emulator.records import Flow, Line, Notice, Sms
from notifications.emulator.web_space import WebSpace
from notifications.emulator.webhooks import Account, Attempt


class PhoneNetwork:
    """A small world of telephones around one Twilio account; every method is thread-safe.

    ``speed`` is how many emulated seconds pass in a real one; ``seed`` makes the SIDs of one run
    differ from another's. Calls and texts need an EmulatorServer that runs this network;
    phones and lines may be set up before.
    """

    def __init__(self, account: Account, *, speed: float = 1.0, seed: int = 0) -> None:
        self.account = account
        self.exchange = Exchange(account, speed=speed, seed=seed)

    @property
    def faults(self) -> Faults:
        """What is wrong now; change its fields, or assign a new Faults to heal everything."""
        return self.exchange.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.exchange.faults = faults

    @property
    def unknown_numbers(self) -> Behaviour:
        """What a number does that nobody created; set it before the number is first used."""
        return self.exchange.unknown_numbers

    @unknown_numbers.setter
    def unknown_numbers(self, behaviour: Behaviour) -> None:
        self.exchange.unknown_numbers = behaviour

    @property
    def webhook_floor(self) -> float:
        """The least real seconds that a webhook gets to answer, however fast the clock runs."""
        return self.exchange.webhooks.least_real_seconds

    @webhook_floor.setter
    def webhook_floor(self, seconds: float) -> None:
        self.exchange.webhooks.least_real_seconds = seconds

    @property
    def space(self) -> WebSpace:
        """The web space beside the phone network: what is in it, and what is wrong with it."""
        return self.exchange.space

    @property
    def flows(self) -> dict[str, Flow]:
        """The Studio flows, by SID."""
        return self.exchange.flows

    def go_by(self, time_of_day: Callable[[], datetime]) -> None:
        """Let Studio flows go by another clock than the wall's."""
        self.exchange.time_of_day = time_of_day

    @property
    def calls(self) -> list[Leg]:
        """Every leg so far, the oldest first."""
        return list(self.exchange.legs)

    @property
    def messages(self) -> list[Sms]:
        """Every SMS so far, in both directions."""
        return list(self.exchange.texts)

    @property
    def errors(self) -> list[Notice]:
        """Warnings and errors, as Twilio's debugger would list them."""
        return list(self.exchange.notices)

    @property
    def requests(self) -> list[Attempt]:
        """Every webhook request with its answer, retries and repeats included."""
        return list(self.exchange.webhooks.requests)

    def number(
        self,
        number: str,
        *,
        voice_url: str | None = None,
        voice_fallback_url: str | None = None,
        sms_url: str | None = None,
        status_callback: str | None = None,
        friendly_name: str | None = None,
    ) -> Line:
        """A Twilio number of ours, made on first use; None leaves a setting as it is."""
        lines = self.exchange.lines
        if number not in lines:
            lines[number] = Line(number, self.exchange.sid("PN"))
        line = lines[number]
        given = {
            "voice_url": voice_url,
            "voice_fallback_url": voice_fallback_url,
            "sms_url": sms_url,
            "status_callback": status_callback,
            "friendly_name": friendly_name,
        }
        for name, value in given.items():
            if value is not None:
                setattr(line, name, value)
        self.exchange.phone(number, owner=line.friendly_name, kind=PhoneKind.LINE)
        return line

    def phone(self, number: str, owner: str = "", kind: PhoneKind | str | None = None) -> Phone:
        """The phone with that number; a new one is of the staff unless ``kind`` says otherwise.

        It ignores calls until it is told what to do.
        """
        known = number in self.exchange.phones
        return self.exchange.phone(number, owner=owner, kind=kind or (None if known else "staff"))

    def place_call(self, from_: str, to: str, *, shown_as: str = "") -> CallHandle:
        """A person dials one of our lines.

        ``from_`` may be ``anonymous`` or a sentinel; to withhold the number of a known phone,
        say ``shown_as="anonymous"``. Raises ValueError when ``to`` is not a line.
        """
        return CallHandle(
            self.exchange.in_loop(lambda: dial_in(self.exchange, from_, to, shown_as))
        )

    def text(self, from_: str, to: str, body: str) -> None:
        """A person sends an SMS to one of our lines; raises ValueError when ``to`` is none."""
        known = from_ in self.exchange.phones
        self.exchange.phone(from_, kind=None if known else PhoneKind.CALLER)
        self.exchange.in_loop(lambda: receive(self.exchange, from_, to, body))

    def wait_until_quiet(self, timeout: float = 10) -> None:
        """Wait until no call is up and no SMS is under way; raises AssertionError in vain."""
        exchange = self.exchange

        def quiet() -> bool:
            return all(leg.ended for leg in list(exchange.legs)) and all(
                sms.status not in {"queued", "sent"} for sms in list(exchange.texts)
            )

        if not exchange.clock.wait_in_thread(quiet, timeout):
            raise AssertionError(f"The phone network was not quiet after {timeout:g} s.")
