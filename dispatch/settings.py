"""Settings from the environment. A missing or wrong one stops the start, saying what and how."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dispatch.clock import Clock, DrillClock, SystemClock


class SettingsError(Exception):
    """A setting is missing or wrong. The text is one line that says what and how to mend it."""


class Settings(BaseSettings):
    """Everything that is set from outside; the prefix is VIGIL_, Twilio's own names keep theirs."""

    model_config = SettingsConfigDict(
        env_prefix="VIGIL_", extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    database_url: str | None = None
    """Any PostgreSQL from version 15; unset: an embedded one under `data_dir`."""

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("vigil"))
    """Where the embedded PostgreSQL lives, and what happens while the database is away is kept."""

    public_url: str = "http://127.0.0.1:8000"
    """The address under which Twilio reaches us: signatures are checked against it."""

    secret_key: str | None = None
    """At least 32 characters; unset: made once and kept in the database, shared by all nodes."""

    twilio_api_url: str | None = None
    """Where Twilio's REST API is; unset: the real one."""

    twilio_account_sid: str | None = Field(
        default=None, validation_alias=AliasChoices("TWILIO_ACCOUNT_SID", "twilio_account_sid")
    )
    twilio_auth_token: str | None = Field(
        default=None, validation_alias=AliasChoices("TWILIO_AUTH_TOKEN", "twilio_auth_token")
    )
    twilio_auth_token_secondary: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TWILIO_AUTH_TOKEN_SECONDARY", "twilio_auth_token_secondary"),
    )

    coverage_days: Annotated[int, Field(ge=1, le=400)] = 90
    """How many days ahead no change may open a gap that nobody has accepted."""

    unmatched_days: Annotated[int, Field(ge=30, le=3650)] = 180
    """For how many days it is kept what hospitals told of people who are nobody of ours."""

    fallback_put_url: str | None = None
    """A web space away from our host, to which the fallback documents are put (HTTP PUT).

    User and password may be part of it, and a query: it is sent with every document.
    """

    fallback_put_token: str | None = None
    """Sent as a bearer token with every document."""

    fallback_put_headers: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    """Further headers for every document, as a JSON object."""

    fallback_public_url: str | None = None
    """Where Twilio reads the documents; unset: where they are put, without user and query."""

    fallback_method: Literal["POST", "GET"] = "POST"
    """How Twilio asks for the documents. By GET the caller's number is part of the address."""

    fallback_studio: bool = False
    """Whether the fallback is published as Studio flows too, which go by the clock."""

    fallback_set_numbers: bool = True
    """Whether our numbers' fallback addresses are set where they are not what they should be."""

    heartbeat_url: str | None = None
    """An address outside, of a watch that alarms when it is silent; unset: nobody is told."""

    metrics_token: str | None = None
    """What a request for /metrics must bear; unset: anyone may read them, they are only numbers."""

    mllp_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    """Where hospitals' HL7 v2 is taken over MLLP; unset: nowhere."""

    mllp_host: str = "127.0.0.1"
    """The address of this machine on which that is."""

    mllp_certificate: Path | None = None
    """Our certificate with its chain, in PEM: the lines are encrypted (TLS). Unset: they are not,
    so a tunnel has to be around them."""

    mllp_key: Path | None = None
    """The key of that certificate, in PEM without a password; unset: it is in the same file."""

    mllp_client_ca: Path | None = None
    """Whose client certificates are believed, in PEM: authorities, or the certificates themselves.

    Which hospital one belongs to stands in the agency's file.
    """

    mllp_connections: Annotated[int, Field(ge=1, le=10_000)] = 600
    """How many lines may be open at once on one node."""

    mllp_idle_seconds: Annotated[float, Field(ge=1)] = 3600.0
    """How long a line may be silent; hospitals keep theirs open all day, and open them again."""

    mllp_message_seconds: Annotated[float, Field(ge=1)] = 120.0
    """How long one message may take to come: 10 MB over a slow line take a minute and a half."""

    drill_clock: Annotated[DrillClock | None, NoDecode] = None
    """A clock for drills: ``START;EPOCH;SPEED``. Never set it where real people call."""

    @field_validator("public_url", "twilio_api_url")
    @classmethod
    def _a_web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ValueError("must be a web address such as https://vigil.example.org")
        return value.rstrip("/")

    @field_validator("fallback_put_url", "fallback_public_url")
    @classmethod
    def _a_web_space(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
            raise ValueError("must be a web address such as https://space.example.org/vigil")
        return value

    @field_validator("fallback_put_headers", mode="before")
    @classmethod
    def _headers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError('must be JSON such as {"x-ms-blob-type": "BlockBlob"}') from None

    @field_validator("heartbeat_url")
    @classmethod
    def _an_address_to_ask(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be a web address such as https://hc-ping.com/your-uuid")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _not_guessable(cls, value: str | None) -> str | None:
        if value is not None and len(value) < 16:
            raise ValueError("must have at least 16 characters (try: openssl rand -hex 16)")
        return value

    @field_validator("twilio_account_sid", "twilio_auth_token", "twilio_auth_token_secondary")
    @classmethod
    def _without_blanks(cls, value: str | None) -> str | None:
        return value.strip() if value else value

    @field_validator("twilio_account_sid")
    @classmethod
    def _an_account(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"AC[0-9a-fA-F]{32}", value):
            raise ValueError("must be AC and 32 hexadecimal digits: copy it from the console")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("postgres://"):  # as many hosts hand it out
            value = value.replace("postgres://", "postgresql://", 1)
        if value is not None and not value.startswith(("postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: str | None) -> str | None:
        if value is not None and len(value) < 32:
            raise ValueError("must have at least 32 characters (try: openssl rand -hex 32)")
        return value

    @field_validator("drill_clock", mode="before")
    @classmethod
    def _a_clock(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return DrillClock.parse(value)
        except ValueError:
            raise ValueError("must be START;EPOCH;SPEED, as a drill writes it") from None

    @property
    def clock(self) -> Clock:
        """The clock that this process goes by."""
        return self.drill_clock or SystemClock()

    @property
    def coverage_horizon(self) -> timedelta:
        """How far ahead coverage is guaranteed."""
        return timedelta(days=self.coverage_days)

    @property
    def unmatched_for(self) -> timedelta:
        """How long what is nobody's is kept."""
        return timedelta(days=self.unmatched_days)

    def require_twilio(self) -> tuple[str, str]:
        """Account and token. Raises SettingsError where one is missing."""
        if not self.twilio_account_sid or not self.twilio_auth_token:
            missing = "TWILIO_AUTH_TOKEN" if self.twilio_account_sid else "TWILIO_ACCOUNT_SID"
            raise SettingsError(
                f"{missing} is not set: copy it from the Twilio console, "
                "or try Vigil without Twilio by `vigil demo`."
            )
        return self.twilio_account_sid, self.twilio_auth_token


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError with one line for the first wrong setting."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(said(error.errors()[0])) from None


def said(fault: ErrorDetails) -> str:
    """What is wrong with a setting, in one line that never repeats the value."""
    name = str(fault["loc"][0])
    variable = name if name.startswith("TWILIO_") else f"VIGIL_{name.upper()}"
    return f"{variable} {fault['msg'].removeprefix('Value error, ')}"
