"""The ridge with the very sender of production, a clock moved by hand, and Twilio on paper.

Nothing runs by itself: a test lets time pass, and says what Twilio answers and reports.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import update
from sqlmodel import col, select

from dispatch.agency_file import Agency
from dispatch.commands import deliveries, page_calls, timeline
from dispatch.commands.carrying_out import happen, open_crisis
from dispatch.crisis import Channel, Crisis, Source
from dispatch.events import Accepted, HandOffAsked, Reported, ReportedAgain
from dispatch.store import crises
from notifications import wording
from notifications.retry import Failure
from notifications.sending import Listeners, Sending
from notifications.tables import OutboxRow
from notifications.twilio import Fate, SendFailed
from tests.scenarios.ridge import PHONES, URL, Ridge

NAMES = {phone: name for name, phone in PHONES.items()}


@dataclass
class Asked:
    """One request to Twilio: `way` is sms, page, spoken or hang_up; `row` the outbox row's id."""

    way: str
    who: str
    body: str = ""
    row: int = 0
    sid: str = ""


@dataclass
class Paper:
    """Twilio's API: writes down what it is asked, and answers as the test says."""

    asked: list[Asked] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)
    refuse: Callable[[Asked], SendFailed | None] = lambda _: None
    """What it answers instead of taking a request; it may still have taken it."""

    def send_sms(
        self, *, to: str, from_: str, body: str, status_callback: str, validity: int
    ) -> str:
        assert from_ != to
        assert validity > 0
        return self._take(Asked("sms", NAMES[to], body, _row(status_callback)))

    def call(self, *, to: str, from_: str, twiml: str) -> str:
        assert from_ != to
        return self._take(Asked("spoken", NAMES[to], twiml))

    def page_by_voice(self, *, to: str, from_: str, url: str, status_callback: str) -> str:
        assert from_ != to
        assert _row(url) == _row(status_callback)
        return self._take(Asked("page", NAMES[to], "", _row(url)))

    def hang_up(self, call_sid: str) -> None:
        self._take(Asked("hang_up", call_sid))

    def redirect(self, call_sid: str, twiml: str) -> None:
        self._take(Asked("redirect", call_sid, twiml))

    def fate_of_sms(self, sid: str) -> Fate:
        return self.fates.get(sid, Fate("sent"))

    def fate_of_call(self, sid: str) -> Fate:
        return self.fates.get(sid, Fate("ringing"))

    def _take(self, asked: Asked) -> str:
        asked.sid = f"SM{len(self.asked) + 1}"
        self.asked.append(asked)
        if refused := self.refuse(asked):
            raise refused
        return asked.sid


def _row(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["row"][0])


class Post(Ridge):
    """The ridge, its nodes, and what they ask of Twilio."""

    def __init__(self, database_url: str, agency: Agency | None = None) -> None:
        super().__init__(database_url, agency)
        self.paper = Paper()
        self.answers: list[Failure | None] = []
        self.a, self.b = self.sending("a"), self.sending("b")
        self._read = 0

    def sending(
        self,
        node: str,
        gave_up: Callable[..., None] | None = None,
        wanted: Callable[[OutboxRow], bool] | None = None,
        speed: float = 1.0,
    ) -> Sending:
        """The sender of a node that has just started."""

        def give_up(row: OutboxRow, failure: Failure, code: int | None) -> None:
            deliveries.given_up(self.work, row, failure, code, URL)

        def report(row: int, fate: Fate) -> None:
            deliveries.delivery_reported(self.work, row, fate, URL)

        sending = Sending(
            self.engine,
            self.paper,
            self.clock.now,
            URL,
            Listeners(
                gave_up=gave_up or give_up,
                reported=report,
                many=lambda refs: wording.many_wait(refs, URL),
                answered=self.answers.append,
                wanted=wanted or (lambda row: deliveries.is_wanted(self.work, row)),
            ),
            node=node,
            speed=speed,
        )
        sending.beat("test")
        return sending

    def change_rows(self, ref: str, **values: object) -> None:
        """Let the rows of a crisis stand as somebody else has written them."""
        with self.work() as work:
            work.session.execute(
                update(OutboxRow).where(col(OutboxRow.crisis_ref) == ref).values(**values)
            )

    # What happens ───────────────────────────────────────────────────────────────────────────────

    def crisis_is_reported(self, team: str = "north") -> str:
        """A crisis line reports a crisis; its reference."""
        with self.work() as work:
            crisis = open_crisis(work, team, Source.WEBHOOK)
            happen(work, crisis, Reported(), public_url=URL, is_new=True)
        return crisis.ref

    def accepts(self, ref: str, who: str) -> None:
        """Somebody takes a crisis on the web."""
        with self.work() as work:
            crisis = crises.lock(work.session, ref)
            assert crisis is not None
            happen(work, crisis, Accepted(who, Channel.WEB), public_url=URL)

    def hand_off_is_asked(self, ref: str, to: str) -> None:
        """The owner of a crisis asks a colleague to take it over."""
        with self.work() as work:
            crisis = crises.lock(work.session, ref)
            assert crisis is not None
            happen(work, crisis, HandOffAsked(to, crisis.owner), public_url=URL)

    def reported_again(self, ref: str) -> None:
        """A further contact of a crisis comes in."""
        with self.work() as work:
            crisis = crises.lock(work.session, ref)
            assert crisis is not None
            happen(work, crisis, ReportedAgain(), public_url=URL)

    def pass_on(self, sending: Sending | None = None) -> list[tuple[str, str]]:
        """A node sends what is due; what Twilio was asked since this was asked last."""
        sending = sending or self.a
        sending.beat("test")
        while rows := sending.claim(8):
            for row in rows:
                sending.settle(row, sending.send(row))
        for row in sending.claim_unsettled(8):
            sending.look_after(row)
        return self.asked()

    def after(self, seconds: float, sending: Sending | None = None) -> list[tuple[str, str]]:
        """Let time pass second by second, as nodes do; what Twilio was asked meanwhile."""
        asked: list[tuple[str, str]] = []
        end = self.clock.at + timedelta(seconds=seconds)
        while self.clock.at < end:
            self.clock.at = min(end, self.clock.at + timedelta(seconds=1))
            self.timers.tick()
            asked.extend(self.pass_on(sending))
        return asked

    def asked(self) -> list[tuple[str, str]]:
        """Way and person of each request to Twilio since this was asked last."""
        news = self.paper.asked[self._read :]
        self._read = len(self.paper.asked)
        return [(one.way, one.who) for one in news]

    def last(self, way: str, who: str) -> Asked:
        """The newest request of this way for somebody."""
        return [one for one in self.paper.asked if (one.way, one.who) == (way, who)][-1]

    def reports(self, asked: Asked, status: str, code: int | None = None) -> None:
        """Twilio reports how something ended."""
        deliveries.delivery_reported(self.work, asked.row, Fate(status, code), URL)

    def picks_up(self, who: str) -> str:
        """Somebody picks up a page by voice; the document they hear."""
        with self.work() as work:
            return page_calls.picked_up(work, self.last("page", who).row, URL)

    def presses(self, who: str, key: str | None, ref: str = "") -> str:
        """Somebody presses a key in a page by voice, or none; the document they hear.

        `ref` is the crisis that was named as they picked up.
        """
        with self.work() as work:
            return page_calls.key_pressed(work, self.last("page", who).row, key, URL, ref=ref)

    # What is known ──────────────────────────────────────────────────────────────────────────────

    def crisis(self, ref: str) -> Crisis:
        """A crisis as it is now."""
        with self.work.reading() as work:
            found = crises.find(work.session, ref)
        assert found is not None
        return found

    def tries(self, ref: str) -> list[str]:
        """What the timeline says of every try to reach somebody."""
        with self.work.reading() as work:
            return [
                f"{entry.who}: {entry.text}"
                for entry in timeline.read(work, ref)
                if entry.kind == "attempt"
            ]

    def happened(self, ref: str) -> list[str]:
        """The timeline, without the tries to reach somebody."""
        with self.work.reading() as work:
            return [
                f"{entry.who}: {entry.text}"
                for entry in timeline.read(work, ref)
                if entry.kind != "attempt"
            ]

    def outbox(self, ref: str) -> Sequence[OutboxRow]:
        """Everything that was to be sent for a crisis."""
        with self.work.reading() as work:
            query = select(OutboxRow).where(OutboxRow.crisis_ref == ref)
            return work.session.exec(query.order_by(col(OutboxRow.id))).all()
