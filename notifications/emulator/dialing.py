"""A Dial: rings numbers, screens who picks up, bridges, or goes into a room; then it says how."""

from typing import Protocol
from urllib.parse import urljoin

from notifications.emulator.callbacks import Target
from notifications.emulator.conferences import Left
from notifications.emulator.exchange import Exchange
from notifications.emulator.faults import ScreenFailure
from notifications.emulator.legs import (
    CallStatus,
    Direction,
    Fetch,
    Happening,
    Leg,
    LegOver,
    Redirected,
    Source,
)
from notifications.emulator.people import ring
from notifications.emulator.records import Level, is_number
from notifications.emulator.verbs import ConferenceNoun, Dial, Document, Number
from notifications.emulator.webhooks import WebhookFailed

INVALID_CALLER_ID = 13214
INVALID_NUMBER = 13223
# Twilio lets a callee's phone ring about this much longer than the timeout says, in seconds.
GRACE = 5.0


class Documents(Protocol):
    """What a Dial needs of the interpreter: to run documents and to ask for them."""

    async def run(self, leg: Leg, source: Source | None, *, screening: bool = False) -> None:
        """Run documents on a leg."""

    async def request(self, leg: Leg, fetch: Fetch) -> Document:
        """Ask for one document."""
        ...


class Dialing:
    """One Dial of one parent leg, from the first ring to the request of its action."""

    def __init__(
        self, exchange: Exchange, documents: Documents, parent: Leg, verb: Dial, base: str
    ) -> None:
        self._exchange = exchange
        self._documents = documents
        self._parent = parent
        self._verb = verb
        self._base = base
        self._children: list[Leg] = []
        self._gone: set[str] = set()
        self._winner: Leg | None = None
        self._bridged = False
        self._came_at: float | None = None

    async def run(self) -> Fetch | None:
        """Dial, and say which document comes next; None falls through to the next verb.

        Raises LegOver when the parent has ended (its action has then been requested all the
        same) and Redirected when the REST API gave the parent another document.
        """
        if self._verb.conference is not None:
            return await self._confer(self._verb.conference)
        if not self._verb.answer_on_bridge:
            self._parent.answer()
        for number in self._dialable():
            self._ring(number)
        await self._exchange.clock.until(lambda: self._bridged or self._left() or self._all_over())
        if self._bridged:
            await self._talk()
        self._hang_up_children()
        return await self._finish()

    async def _confer(self, noun: ConferenceNoun) -> Fetch | None:
        """Go into a room, and stay until the room ends or the leg is wanted elsewhere."""
        parent = self._parent
        parent.answer()
        self._came_at = self._exchange.clock.elapsed()
        room = self._exchange.conferences.room(noun.name)
        one = room.enter(parent, noun, self._room_target(noun))
        await self._exchange.clock.until(
            lambda: self._left() or one.leg.room is not room or one.kicked, self._verb.time_limit
        )
        if one.leg.room is room:
            elsewhere = parent.redirect is not None and not parent.ended
            room.leave(one, Left.REDIRECTED if elsewhere or one.kicked else Left.HUNG_UP)
        return await self._finish()

    def _room_target(self, noun: ConferenceNoun) -> Target | None:
        if not noun.status_callback:
            return None
        url = urljoin(self._base, noun.status_callback)
        return Target(url, noun.status_callback_method, noun.status_callback_events)

    def _left(self) -> bool:
        """Whether the parent is not waiting for this Dial any more."""
        return self._parent.ended or self._parent.redirect is not None

    def _all_over(self) -> bool:
        return all(child.ended or child.sid in self._gone for child in self._children)

    def _dialable(self) -> list[Number]:
        """The numbers that can be rung; what cannot is noted with Twilio's code."""
        verb, parent, exchange = self._verb, self._parent, self._exchange
        own = {*exchange.lines, parent.from_, parent.to}
        if verb.caller_id and (verb.caller_id not in own or not is_number(verb.caller_id)):
            exchange.notice(
                INVALID_CALLER_ID, Level.ERROR, parent.sid,
                f"Dial: invalid callerId value {verb.caller_id!r}",
            )  # fmt: skip
            return []
        for number in verb.numbers:
            if not is_number(number.number):
                exchange.notice(
                    INVALID_NUMBER, Level.ERROR, parent.sid,
                    f"Dial: invalid phone number format {number.number!r}",
                )  # fmt: skip
        return [number for number in verb.numbers if is_number(number.number)]

    def _ring(self, number: Number) -> None:
        parent, exchange = self._parent, self._exchange
        child = Leg(
            exchange,
            sid=exchange.sid("CA"),
            from_=self._verb.caller_id or parent.from_,
            to=number.number,
            direction=Direction.OUTBOUND_DIAL,
            phone=exchange.phone(number.number),
            parent=parent,
            callback=self._target(number),
            began=exchange.clock.elapsed(),
        )
        exchange.legs.append(child)
        self._children.append(child)
        parent.note(Happening.DIALS, child.phone.label)
        exchange.spawn(self._attempt(child, number))

    def _target(self, number: Number) -> Target | None:
        if not number.status_callback:
            return None
        url = urljoin(self._base, number.status_callback)
        return Target(url, number.status_callback_method, number.status_callback_events)

    async def _attempt(self, child: Leg, number: Number) -> None:
        """Ring one number; the first pickup, even a machine's, cancels the others."""
        if not await ring(child, self._verb.timeout + GRACE):
            return
        if self._winner is not None or self._left():
            child.end(CallStatus.CANCELED)
            return
        self._winner = child
        self._parent.note(Happening.PICKED_UP, child.phone.label)
        for other in self._children:
            if other is not child:
                other.end(CallStatus.CANCELED, "another phone picked up first")
        try:
            if number.url:
                await self._screen(child, number)
            child.check()
        except LegOver:
            return
        except Redirected:
            self._let_go(child)
            return
        self._bridge(child)

    async def _screen(self, child: Leg, number: Number) -> None:
        fetch = Fetch(urljoin(self._base, number.url), number.method)
        try:
            document = await self._documents.request(child, fetch)
        except WebhookFailed:
            child.check()
            if ScreenFailure(self._exchange.faults.screen_failure) is ScreenFailure.HANG_UP:
                child.end(why="its screening document could not be had")
            return
        child.check()
        await self._documents.run(child, document, screening=True)

    def _bridge(self, child: Leg) -> None:
        parent = self._parent
        if self._left():
            child.end()
            return
        parent.answer()
        parent.peer, child.peer = child, parent
        now = self._exchange.clock.elapsed()
        for leg, other in ((parent, child), (child, parent)):
            leg.starred = False
            leg.bridged_with.append(other.phone.number)
            leg.bridged_at = now if leg.bridged_at is None else leg.bridged_at
            leg.note(Happening.BRIDGED, other.phone.label)
        self._bridged = True
        self._exchange.clock.changed()

    async def _talk(self) -> None:
        """Until somebody hangs up or is redirected, or the time limit or a star ends it."""
        parent, child = self._parent, self._winner
        if child is None:
            return
        await self._exchange.clock.until(
            lambda: (
                self._left()
                or child.ended
                or child.redirect is not None
                or (self._verb.hangup_on_star and parent.starred)
            ),
            self._verb.time_limit,
        )
        parent.part()
        if child.redirect is not None and not child.ended:
            self._let_go(child)

    def _let_go(self, child: Leg) -> None:
        """The REST API gave the child a document of its own: it leaves the Dial and lives on."""
        self._gone.add(child.sid)
        self._exchange.spawn(self._on_its_own(child))
        self._exchange.clock.changed()

    async def _on_its_own(self, child: Leg) -> None:
        source, child.redirect = child.redirect, None
        child.note(Happening.REDIRECTED)
        try:
            await self._documents.run(child, source)
        except LegOver:
            return
        child.end(why="the document ended")

    def _hang_up_children(self) -> None:
        for child in self._children:
            if child.sid not in self._gone:
                answered = child.answered_at is not None
                child.end(CallStatus.COMPLETED if answered else CallStatus.CANCELED)

    async def _finish(self) -> Fetch | None:
        parent, verb = self._parent, self._verb
        status = "answered" if verb.conference is not None else self._status().value
        parent.note(Happening.DIAL_ENDED, f"{status}, bridged: {str(self._bridged).lower()}")
        if parent.redirect is not None and not parent.ended:
            raise Redirected
        onward = None
        if verb.action is not None:
            onward = Fetch(urljoin(self._base, verb.action), verb.method, self._outcome(status))
        if not parent.ended:
            return onward
        if onward is not None:
            await self._tell(onward)
        raise LegOver

    async def _tell(self, action: Fetch) -> None:
        """Request the action of a caller who has hung up; its answer changes nothing."""
        try:
            await self._documents.request(self._parent, action)
        except WebhookFailed:
            return  # already in the log, and there is nobody left to hear anything

    def _status(self) -> CallStatus:
        """DialCallStatus: the winner's fate, or else the most hopeful of the others'."""
        if self._winner is not None:
            return CallStatus.COMPLETED
        if self._parent.ended:
            return CallStatus.CANCELED
        statuses = {child.status for child in self._children}
        if statuses & {CallStatus.NO_ANSWER, CallStatus.CANCELED, CallStatus.COMPLETED}:
            return CallStatus.NO_ANSWER
        return CallStatus.BUSY if CallStatus.BUSY in statuses else CallStatus.FAILED

    def _outcome(self, status: str) -> dict[str, str]:
        """What the action's request says; the duration only when somebody had answered."""
        if self._came_at is not None:  # of a room, Twilio says that it answered, and how long
            seconds = round(self._exchange.clock.elapsed() - self._came_at)
            return {"DialCallStatus": status, "DialCallDuration": str(seconds)}
        said = {"DialCallStatus": status, "DialBridged": str(self._bridged).lower()}
        last = self._winner or (self._children[-1] if self._children else None)
        if last is not None:
            said["DialCallSid"] = last.sid
        if self._winner is not None:
            said["DialCallDuration"] = str(self._winner.duration)
        return said
