"""Whole calls: a person dials a line, the REST API rings a phone; and the caller's handle."""

from collections.abc import Callable
from urllib.parse import urlsplit

from notifications.emulator.callbacks import Target
from notifications.emulator.exchange import Exchange
from notifications.emulator.interpreter import APPLICATION_ERROR, Interpreter
from notifications.emulator.legs import (
    CallStatus,
    Direction,
    Fetch,
    Happening,
    Heard,
    Leg,
    LegOver,
    LegState,
    Moment,
    Source,
)
from notifications.emulator.people import ring
from notifications.emulator.phones import PhoneKind
from notifications.emulator.records import Level

NO_VOICE_URL = 11100


def dial_in(exchange: Exchange, from_: str, to: str, shown_as: str = "") -> Leg:
    """A person dials one of our lines; raises ValueError when it is none.

    ``shown_as`` is what the network reports instead of the number, such as ``anonymous``.
    """
    line = exchange.lines.get(to)
    if line is None:
        raise ValueError(f"{to} is not one of our lines.")
    known = from_ in exchange.phones
    phone = exchange.phone(from_, kind=None if known else PhoneKind.CALLER)
    leg = Leg(
        exchange,
        sid=exchange.sid("CA"),
        from_=shown_as or from_,
        to=to,
        direction=Direction.INBOUND,
        phone=phone,
        status=CallStatus.RINGING,
        began=exchange.clock.elapsed(),
    )
    if line.voice_fallback_url:
        leg.fallback = Fetch(line.voice_fallback_url, line.voice_fallback_method)
    if line.status_callback:
        leg.callback = Target(line.status_callback, line.status_callback_method)
    exchange.legs.append(leg)
    leg.note(Happening.RINGS, to)
    exchange.spawn(_run_inbound(exchange, leg, Fetch(line.voice_url, line.voice_method)))
    return leg


def dial_out(
    exchange: Exchange,
    from_: str,
    to: str,
    source: Source,
    *,
    seconds: float = 60.0,
    fallback: Fetch | None = None,
    callback: Target | None = None,
    failed: Callable[[Leg], None] | None = None,
) -> Leg:
    """The REST API rings ``to`` for at most ``seconds`` and runs the document when answered.

    ``failed`` is told when nobody answers.
    """
    leg = Leg(
        exchange,
        sid=exchange.sid("CA"),
        from_=from_,
        to=to,
        direction=Direction.OUTBOUND_API,
        phone=exchange.phone(to),
        fallback=fallback,
        callback=callback,
        began=exchange.clock.elapsed(),
    )
    exchange.legs.append(leg)
    exchange.spawn(_run_outbound(exchange, leg, source, seconds, failed))
    return leg


async def _run_inbound(exchange: Exchange, leg: Leg, first: Fetch) -> None:
    if not urlsplit(first.url).scheme:
        exchange.notice(NO_VOICE_URL, Level.ERROR, leg.sid, f"{leg.to} has no voice URL")
        leg.hear(APPLICATION_ERROR)
        leg.end(CallStatus.FAILED)
        return
    await _run(exchange, leg, first)


async def _run_outbound(
    exchange: Exchange,
    leg: Leg,
    source: Source,
    seconds: float,
    failed: Callable[[Leg], None] | None,
) -> None:
    if await ring(leg, seconds):
        await _run(exchange, leg, source)
    elif failed is not None:
        failed(leg)


async def _run(exchange: Exchange, leg: Leg, source: Source) -> None:
    try:
        await Interpreter(exchange).run(leg, source)
    except LegOver:
        return
    leg.end(why="the document ended")


class CallHandle:
    """A caller's side of a call, for tests and drills; thread-safe.

    Waiting is in real seconds and raises AssertionError with the transcript when it was in vain;
    all other lengths are emulated seconds.
    """

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self._exchange = leg.exchange

    def __repr__(self) -> str:
        return f"<Call {self.leg.sid} from {self.leg.from_}: {self.state}>"

    @property
    def sid(self) -> str:
        """The CallSid."""
        return self.leg.sid

    @property
    def state(self) -> LegState:
        """ringing, answered, talking or ended."""
        return self.leg.state

    @property
    def heard(self) -> list[Heard]:
        """Everything that was said to the caller, in order, each with its ``language``."""
        return list(self.leg.heard)

    @property
    def last_heard(self) -> Heard:
        """The last thing that was said to the caller, or an empty text."""
        return self.leg.heard[-1] if self.leg.heard else Heard("")

    @property
    def bridged_with(self) -> list[str]:
        """The numbers the caller was connected to, in order."""
        return list(self.leg.bridged_with)

    @property
    def together_with(self) -> list[str]:
        """The numbers that the caller hears now, on a bridge or in a conference."""
        return self.leg.together_with

    @property
    def transcript(self) -> list[Moment]:
        """Everything that happened, in order."""
        return list(self.leg.transcript)

    @property
    def seconds_until_bridged(self) -> float | None:
        """From dialling to the first human on the line, or None."""
        leg = self.leg
        return None if leg.bridged_at is None else leg.bridged_at - leg.began

    def hang_up(self) -> None:
        """The caller hangs up; nothing happens when the call is over already."""
        self._exchange.in_loop(lambda: self.leg.end(why="the caller hung up"))

    def press(self, digits: str) -> None:
        """The caller presses keys, which only a Gather hears: ``wait_for("gathering")`` first."""
        self._exchange.in_loop(lambda: self.leg.press(digits))

    def wait_for(
        self, wanted: "str | Callable[[CallHandle], bool]", timeout: float = 10
    ) -> "CallHandle":
        """Wait until a predicate holds, or one of these words.

        ``bridged`` (has been connected), ``talking`` (is connected now), ``answered``,
        ``gathering`` (waits for keys), ``ended``.
        """
        met = self._condition(wanted) if isinstance(wanted, str) else lambda: wanted(self)
        if not self._exchange.clock.wait_in_thread(met, timeout):
            raise AssertionError(f"In vain for {timeout:g} s: {wanted}. {self.story()}")
        return self

    def wait_ended(self, timeout: float = 10) -> "CallHandle":
        """Wait until the call is over."""
        return self.wait_for("ended", timeout)

    def story(self) -> str:
        """The transcript as text, with what everybody else's phones did."""
        family = [self.leg, *(leg for leg in list(self._exchange.legs) if leg.parent is self.leg)]
        return "\n".join(
            f"{leg.sid[:8]} {leg.phone.label}: {leg.state}\n"
            + "".join(f"  {moment}\n" for moment in leg.transcript)
            for leg in family
        )

    def _condition(self, word: str) -> Callable[[], bool]:
        leg = self.leg
        match word:
            case "bridged":
                return lambda: bool(leg.bridged_with)
            case "gathering":
                return lambda: leg.gathering
            case "answered":
                return lambda: leg.answered_at is not None
            case "talking" | "ended":
                return lambda: leg.state == word
            case _:
                raise ValueError(f"wait_for knows no {word!r}")
