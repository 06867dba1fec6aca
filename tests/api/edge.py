"""The edge as tests see it: signed and unsigned knocks, and everything that the database holds."""

import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx
from sqlalchemy import text
from starlette.datastructures import FormData, UploadFile
from twilio.request_validator import RequestValidator

from dispatch.access import Role
from dispatch.api import page_calls, sms, staff_line, voice
from dispatch.clock import Clock
from dispatch.commands import logins
from dispatch.settings import Settings
from dispatch.stage import ACCOUNT
from notifications.emulator import twiml
from notifications.emulator.verbs import Dial, Document, Redirect
from tests.scenarios.night import Night
from tests.scenarios.town import CLIENT, NORTH_LINE

SECONDARY_TOKEN = "the-token-of-before-the-renewal"

VOICE_PATHS = [route.path for route in voice.router.routes]  # type: ignore[attr-defined]
SMS_PATHS = [route.path for route in sms.router.routes]  # type: ignore[attr-defined]
STAFF_PATHS = [route.path for route in staff_line.router.routes]  # type: ignore[attr-defined]
PAGE_PATHS = [route.path for route in page_calls.router.routes]  # type: ignore[attr-defined]

MOVING = frozenset({"duty", "duty_mark", "coverage_watch", "node", "attempt"})
"""What is written as time passes: who stood, when coverage was looked at, which node lives, how far
a sending is."""

Form = Mapping[str, str | list[str]]


def new_sid(prefix: str = "CA") -> str:
    """A name as Twilio gives them."""
    return prefix + uuid.uuid4().hex


def call_form(**fields: str | None) -> dict[str, str]:
    """What Twilio sends when a client calls; None leaves a field out."""
    form: dict[str, str | None] = {
        "CallSid": new_sid(),
        "From": CLIENT,
        "To": NORTH_LINE,
        "CallStatus": "ringing",
        "Direction": "inbound",
    }
    return {name: value for name, value in {**form, **fields}.items() if value is not None}


def text_form(body: str, **fields: str | None) -> dict[str, str]:
    """What Twilio sends when somebody texts one of our lines."""
    form: dict[str, str | None] = {
        "MessageSid": new_sid("SM"),
        "From": CLIENT,
        "To": NORTH_LINE,
        "Body": body,
    }
    return {name: value for name, value in {**form, **fields}.items() if value is not None}


def document(answer: httpx.Response) -> Document:
    """The answer as Twilio reads it: 200, well-formed, nothing that Twilio does not know."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    parsed = twiml.parse(answer.text, str(answer.url))
    assert list(parsed.warnings) == []
    return parsed


def dialled(page: Document) -> list[str]:
    """The numbers that a document rings."""
    dials = [verb for verb in page.verbs if isinstance(verb, Dial)]
    return [number.number for dial in dials for number in dial.numbers]


class EdgeNight(Night):
    """A night whose service also honours a secondary Twilio token, with words for knocking."""

    def __init__(self, database_url: str, data_dir: Path, *, speed: float) -> None:
        super().__init__(database_url, data_dir, speed=speed)
        self.http = httpx.Client(base_url=self.base_url, timeout=30)

    def settings(self, twilio_api_url: str) -> Settings:
        """As everywhere, plus the token that is being renewed."""
        settings = super().settings(twilio_api_url)
        return settings.model_copy(update={"twilio_auth_token_secondary": SECONDARY_TOKEN})

    def start(self) -> None:
        """Start, and wait until what the metronome shows by itself at first has been shown."""
        super().start()
        self.until_settled()

    def stop(self) -> None:
        """Hang up on everything and stop."""
        self.http.close()
        super().stop()

    @property
    def clock(self) -> Clock:
        """The clock by which everything is decided."""
        return self.vigil.unit_of_work.clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self.vigil.unit_of_work.clock = self.vigil.voice_work.clock = clock

    # Knocking ───────────────────────────────────────────────────────────────────────────────────

    def signature(self, url: str, form: Form, token: str = ACCOUNT.auth_token) -> str:
        """Twilio's signature of a form for an address."""
        pairs: list[tuple[str, str | UploadFile]] = [
            (name, one)
            for name, value in form.items()
            for one in ([value] if isinstance(value, str) else value)
        ]
        return str(RequestValidator(token).compute_signature(url, FormData(pairs)))

    def knock(self, path: str, form: Form, signature: str | None) -> httpx.Response:
        """A form with whatever signature, or none."""
        headers = (
            [] if signature is None else [(b"x-twilio-signature", signature.encode("latin-1"))]
        )
        return self.http.post(path, data=form, headers=headers)

    def twilio(self, path: str, form: Form) -> httpx.Response:
        """A form that Twilio signed; `path` may be a whole address of ours."""
        path = path.removeprefix(self.base_url)
        return self.knock(path, form, self.signature(self.base_url + path, form))

    def first_rung(self, answer: httpx.Response, form: Form) -> list[str]:
        """Whose phone the answer to a new call rings, after the question for the team if any."""
        page = document(answer)
        for verb in page.verbs:
            if isinstance(verb, Redirect):
                return dialled(document(self.twilio(verb.url.partition("#")[0], form)))
        return dialled(page)

    # What is kept ───────────────────────────────────────────────────────────────────────────────

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table that does not change as time passes, as text.

        Of the outbox what is sent, not how far it is.
        """
        with self.vigil.unit_of_work.engine.connect() as connection:
            names = connection.scalars(
                text("select tablename from pg_tables where schemaname = 'public' order by 1")
            )
            shown = {"outbox": "(t.key, t.to_phone, t.body)::text"}
            return {
                name: sorted(
                    connection.scalars(
                        text(f"""select {shown.get(name, "t::text")} from "{name}" t""")
                    )
                )
                for name in names.all()
                if name not in MOVING
            }

    def until_sent(self) -> None:
        """Wait until everything that is due has been sent, and reported by the phone network."""

        def sent() -> bool:
            with self.vigil.unit_of_work.engine.connect() as connection:
                unsent = text(
                    "select count(*) from outbox where check_at is not null "
                    "or (state = 'waiting' and backs is null)"
                )
                return connection.scalar(unsent) == 0

        self.until(sent, "everything is sent")

    def until_settled(self) -> None:
        """Wait until nothing moves by itself.

        Both teams are watched and shown on the board, and no client is to be compared with notices.
        """

        def settled() -> bool:
            with self.vigil.unit_of_work.engine.connect() as connection:
                cards = text("select count(*) = 2 from team_card")
                watched = text(
                    "select every(w.version = r.version) from coverage_watch w, rota_version r"
                )
                compared = text("select not exists (select from client where rematch > 0)")
                return all(connection.scalar(one) for one in (cards, watched, compared))

        self.until(settled, "both team cards shown")

    # Who looks ──────────────────────────────────────────────────────────────────────────────────

    def login(self, email: str, role: Role, staff: str | None = None) -> httpx.Client:
        """A person who has logged in in a browser."""
        password = "correct horse battery"
        with self.vigil.unit_of_work() as work:
            logins.add_user(
                work, email=email, name=email, role=role, password=password, staff=staff
            )
        browser = httpx.Client(base_url=self.base_url, timeout=30)
        answer = browser.post("/api/session", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return browser
