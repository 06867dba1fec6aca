"""A virtual phone: who owns it, how they treat its ringing, what they heard and were sent."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from notifications.emulator.behaviour import (
    Answer,
    Behaviour,
    Busy,
    ByHand,
    Decline,
    NoAnswer,
    Unreachable,
    Voicemail,
    mode,
)
from notifications.emulator.legs import Direction, Heard, Leg, LegState, Pickup
from notifications.emulator.messages import receive
from notifications.emulator.records import Sms

if TYPE_CHECKING:
    from notifications.emulator.exchange import Exchange


class PhoneKind(StrEnum):
    """Which part of the phone bank it stands in."""

    CALLER = "caller"
    STAFF = "staff"
    LINE = "line"
    OUTSIDE = "outside"


@dataclass(frozen=True)
class AutoReply:
    """Texts ``body`` back ``after`` emulated seconds, to the next ``times`` messages."""

    body: str
    after: float
    times: int


class PhoneBusy(RuntimeError):  # noqa: N818 - said to a person as a sentence
    """What was asked of the phone does not fit what it is doing now."""


class Phone:
    """One phone. Behaviours hold until the next one is set; all methods are thread-safe.

    What is done by hand (``answer``, ``decline``, ``to_voicemail``, ``press``, ``hang_up``) raises
    PhoneBusy, with a sentence, when it does not fit what the phone is doing.
    """

    def __init__(self, exchange: "Exchange", number: str, behaviour: Behaviour) -> None:
        self.number = number
        self.owner = ""
        self.kind = PhoneKind.OUTSIDE
        self.inbox: list[Sms] = []
        self.heard: list[Heard] = []
        self._exchange = exchange
        self._plan: deque[Behaviour] = deque([behaviour])
        self._auto_reply: AutoReply | None = None

    def __repr__(self) -> str:
        return f"<Phone {self.label}>"

    @property
    def label(self) -> str:
        """The owner if known, with the number."""
        return f"{self.owner} ({self.number})" if self.owner else self.number

    def will(self, *behaviours: Behaviour) -> "Phone":
        """One behaviour for each time it rings, in order; the last one then holds."""
        if not behaviours:
            raise ValueError("Say at least one behaviour.")
        self._plan = deque(behaviours)
        self._exchange.touch()
        return self

    def answers(
        self,
        press: str | None = "1",
        after: float = 2.0,
        press_after: float = 1.0,
        hang_up_after: float | None = None,
        talk_for: float | None = None,
        speaks_after: float | None = None,
    ) -> "Phone":
        """A person who picks up and presses a key when asked, or only listens (None)."""
        return self.will(
            Answer(press, after, press_after, hang_up_after, talk_for, speaks_after=speaks_after)
        )

    def ignores(self) -> "Phone":
        """Lets it ring."""
        return self.will(NoAnswer())

    def declines(self, after: float = 1.0) -> "Phone":
        """Refuses calls."""
        return self.will(Decline(after))

    def busy(self) -> "Phone":
        """Is on another call."""
        return self.will(Busy())

    def voicemail(self, after: float = 15.0) -> "Phone":
        """A machine picks up, presses nothing, and records until it is hung up on."""
        return self.will(Voicemail(after))

    def unreachable(self) -> "Phone":
        """Switched off: calls to it fail."""
        return self.will(Unreachable())

    def dies_after(self, seconds: float) -> "Phone":
        """Answers as before, then goes dead that long after being bridged, and stays dead."""
        now = self._plan[-1]
        return self.will(replace(now if isinstance(now, Answer) else Answer(), dies_after=seconds))

    def by_hand(self) -> "Phone":
        """Waits for ``answer``, ``press``, ``decline``, ``to_voicemail`` and ``hang_up``."""
        return self.will(ByHand())

    def replies_to_sms(self, body: str, after: float = 3.0, times: int = 1) -> "Phone":
        """Texts ``body`` back to the next ``times`` messages, so two services never loop."""
        self._auto_reply = AutoReply(body, after, times)
        return self

    def next_behaviour(self) -> Behaviour:
        """What the owner does this time; moves on in the plan."""
        return self._plan.popleft() if len(self._plan) > 1 else self._plan[0]

    @property
    def mode(self) -> str:
        """The present behaviour in a word."""
        return mode(self._plan[0])

    @property
    def legs(self) -> list[Leg]:
        """The legs it is on now, the newest last."""
        return [leg for leg in list(self._exchange.legs) if leg.phone is self and not leg.ended]

    @property
    def ringing(self) -> bool:
        """Whether it rings now."""
        return self._ringing() is not None

    @property
    def on_call(self) -> bool:
        """Whether its owner is on the line now, to a person or to a prompt."""
        return any(leg.state in {LegState.ANSWERED, LegState.TALKING} for leg in self.legs)

    def engaged(self, beside: Leg) -> bool:
        """Whether another call occupies it; outside numbers have as many lines as they need."""
        return self.kind is not PhoneKind.OUTSIDE and any(leg is not beside for leg in self.legs)

    def answer(self) -> None:
        """Pick up the ringing call."""
        self._pick_up(Pickup.ANSWER)

    def decline(self) -> None:
        """Refuse the ringing call."""
        self._pick_up(Pickup.DECLINE)

    def to_voicemail(self) -> None:
        """Let the machine take the ringing call."""
        self._pick_up(Pickup.VOICEMAIL)

    def press(self, digits: str) -> None:
        """Press keys on the present call."""
        self._exchange.in_loop(lambda: self._current().press(digits))

    def hang_up(self) -> None:
        """Leave the present call."""
        self._exchange.in_loop(lambda: self._current().end(why="hung up"))

    def speak(self, words: str = "Hello.") -> None:
        """Say something on the present call; on a conference Twilio reports that one speaks."""

        def act() -> None:
            leg = self._current()
            if leg.room is not None:
                leg.room.speak(leg, words)
            elif leg.peer is not None:
                leg.peer.hear(words)
            else:
                raise PhoneBusy(f"{self.label} is talking with nobody.")

        self._exchange.in_loop(act)

    @property
    def together_with(self) -> list[str]:
        """The numbers that its owner hears now."""
        return [number for leg in self.legs for number in leg.together_with]

    def reply(self, body: str) -> None:
        """Text to the number that sent the last SMS; raises PhoneBusy when there was none."""
        if not self.inbox:
            raise PhoneBusy(f"{self.label} has no SMS to reply to.")
        self._text(self.inbox[-1].from_, body)

    def take(self, sms: Sms) -> None:
        """An SMS arrives; called by the network."""
        self.inbox.append(sms)
        rule = self._auto_reply
        if rule is not None and rule.times > 0:
            self._auto_reply = replace(rule, times=rule.times - 1)
            self._exchange.spawn(self._reply_later(sms.from_, rule))
        self._exchange.clock.changed()

    def expect_sms(
        self, wanted: str | Callable[[Sms], bool] = "", timeout_real_seconds: float = 10
    ) -> Sms:
        """Wait for an SMS that holds the text (in any case) or meets the predicate.

        Each SMS meets one expectation only. Raises AssertionError that lists what did arrive.
        """

        def fits(sms: Sms) -> bool:
            if isinstance(wanted, str):
                return wanted.casefold() in sms.body.casefold()
            return wanted(sms)

        def find() -> Sms | None:
            return next((s for s in list(self.inbox) if not s.expected and fits(s)), None)

        self._exchange.clock.wait_in_thread(lambda: find() is not None, timeout_real_seconds)
        found = find()
        if found is None:
            arrived = "".join(f"\n  {s.from_}: {s.body}" for s in self.inbox) or " nothing"
            raise AssertionError(f"{self.label} got no SMS like {wanted!r}. It got:{arrived}")
        found.expected = True
        return found

    def _text(self, to: str, body: str) -> None:
        self._exchange.in_loop(lambda: receive(self._exchange, self.number, to, body))

    async def _reply_later(self, to: str, rule: AutoReply) -> None:
        await self._exchange.clock.pause(rule.after)
        self._text(to, rule.body)

    def _ringing(self) -> Leg | None:
        return next(
            (
                leg
                for leg in self.legs
                if leg.state is LegState.RINGING and leg.direction is not Direction.INBOUND
            ),
            None,
        )

    def _pick_up(self, how: Pickup) -> None:
        def act() -> None:
            leg = self._ringing()
            if leg is None:
                raise PhoneBusy(f"{self.label} is not ringing.")
            leg.pickup = how
            self._exchange.clock.changed()

        self._exchange.in_loop(act)

    def _current(self) -> Leg:
        legs = [leg for leg in self.legs if leg is not self._ringing()]
        if not legs:
            raise PhoneBusy(f"{self.label} is not on a call.")
        return legs[-1]
