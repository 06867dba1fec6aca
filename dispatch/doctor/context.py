"""What the checks share: the settings, the ways out, and what several of them have to ask once."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import httpx
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from dispatch.clock import SystemClock
from dispatch.settings import Settings
from dispatch.unit_of_work import UnitOfWork, UnitsOfWork

PATIENCE_SECONDS = 6.0
"""How long one question to anybody outside may take."""

MOST_NUMBERS = 1000
"""More numbers of an account are not looked through."""


MOST_SERVICES = 50
"""More messaging services are not looked through: each is two questions."""


class CannotTell(Exception):  # noqa: N818  it is no error of ours
    """A check can't be done, since something else that is told already is wrong."""


class Context:
    """One visit of the doctor.

    `units` is None where the database can't be used; `problem` says what keeps it from that.
    """

    def __init__(
        self, settings: Settings, units: UnitsOfWork | None, problem: str | None = None
    ) -> None:
        self.settings = settings
        self._units = units
        self.database_problem = problem
        self.http = httpx.Client(timeout=PATIENCE_SECONDS, follow_redirects=False)
        self.clock = SystemClock()
        self._twilio_problem: str | None = None

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()

    @property
    def is_drill(self) -> bool:
        """Whether this installation talks to a local Twilio, where all is on the loopback."""
        return self.settings.twilio_api_url is not None

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A look into the database. Raises CannotTell where there is none to look into."""
        if self._units is None:
            raise CannotTell("the database can't be used")
        with self._units.reading() as work:
            yield work

    @cached_property
    def twilio(self) -> Client:
        """The real SDK, as the service uses it."""
        account, token = self.settings.twilio_account_sid, self.settings.twilio_auth_token
        if not account or not token:
            raise CannotTell("the Twilio account is not set")
        client = Client(
            account, token, http_client=TwilioHttpClient(timeout=PATIENCE_SECONDS), environment={}
        )
        if self.settings.twilio_api_url is not None:
            client.api.base_url = client.messaging.base_url = self.settings.twilio_api_url
        return client

    @cached_property
    def account(self) -> Any:
        """The account as Twilio knows it. Raises what the SDK raises, and that is remembered."""
        try:
            return self.twilio.api.accounts(self.settings.twilio_account_sid or "").fetch()
        except (TwilioException, requests.RequestException) as error:
            self._twilio_problem = why(error)
            raise

    def _require_account(self) -> None:
        """One refusal, or one long wait, is enough. Raises CannotTell, or what the SDK raises."""
        if self._twilio_problem is None:
            _ = self.account
        else:
            raise CannotTell(f"Twilio does not say: {self._twilio_problem}")

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """The account's phone numbers. Raises CannotTell when Twilio does not say."""
        try:
            self._require_account()
            found = self.twilio.incoming_phone_numbers.list(limit=MOST_NUMBERS)
        except (TwilioException, requests.RequestException) as error:
            raise CannotTell(f"Twilio does not say: {why(error)}") from None
        return {str(number.phone_number): number for number in found}

    @cached_property
    def services(self) -> list[tuple[Any, set[str]]]:
        """The account's messaging services with their numbers. Raises CannotTell."""
        services = self.twilio.messaging.v1.services
        found = []
        try:
            self._require_account()
            for service in services.list(limit=MOST_SERVICES):
                senders = services(service.sid or "").phone_numbers.list(limit=MOST_NUMBERS)
                found.append((service, {str(sender.phone_number) for sender in senders}))
        except (TwilioException, requests.RequestException) as error:
            raise CannotTell(f"Twilio does not say: {why(error)}") from None
        return found

    @cached_property
    def lines(self) -> dict[str, list[str]]:
        """Every line of the agency with the names of the teams that it belongs to."""
        with self.reading() as work:
            found: dict[str, list[str]] = {}
            for team in work.directory.teams.values():
                for line in team.lines:
                    found.setdefault(line, []).append(team.name)
        return found


def why(error: Exception) -> str:
    """An error of Twilio's API in a few words, without its own: they may repeat a number."""
    if isinstance(error, TwilioRestException):
        return f"it answered {error.status} with code {error.code}"
    return f"it can't be reached ({type(error).__name__})"
