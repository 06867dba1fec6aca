"""Asks the product's webhooks as Twilio does: signed, with its timeouts, retries and overrides."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from notifications.emulator.clock import Clock

RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
INVALID_URL = 11100


@dataclass(frozen=True)
class Account:
    """The Twilio account that the emulator plays; the token signs every webhook."""

    sid: str
    auth_token: str


@dataclass(frozen=True)
class Policy:
    """How patient a request is: from the URL's fragment, else Twilio's defaults; milliseconds."""

    retries: int = 1
    on: frozenset[str] = frozenset({"ct"})
    connect_ms: int = 5000
    read_ms: int = 15000
    total_ms: int = 15000

    @classmethod
    def of(cls, fragment: str) -> "Policy":
        """Read ``rc=3&rp=ct,rt,5xx&ct=2000&rt=4000&tt=14000``; defaults for the rest."""
        given = dict(parse_qsl(fragment))

        def number(name: str, default: int, least: int, most: int) -> int:
            raw = given.get(name, "")
            return min(max(int(raw), least), most) if raw.isdigit() else default

        chosen = frozenset(given.get("rp", "ct").split(","))
        return cls(
            retries=number("rc", cls.retries, 0, 5),
            on=frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in chosen else chosen,
            connect_ms=number("ct", cls.connect_ms, 100, 10000),
            read_ms=number("rt", cls.read_ms, 100, 15000),
            total_ms=number("tt", cls.total_ms, 100, 15000),
        )


@dataclass(frozen=True)
class Attempt:
    """One HTTP request to the product and what came back; ``at`` is in emulated seconds.

    ``failure`` is empty, or one of Twilio's retry words: 4xx, 5xx, ct (connection), rt (read).
    """

    url: str
    method: str
    parameters: Mapping[str, str]
    token: str
    at: float
    status: int = 0
    content_type: str = ""
    body: str = ""
    failure: str = ""
    reason: str = ""


class WebhookFailed(Exception):  # noqa: N818 - Twilio calls it an error code, not an exception
    """No usable answer, with Twilio's error ``code`` and the ``url`` that did not give one."""

    def __init__(self, code: int, url: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.url = url


class Webhooks:
    """The emulator's HTTP client; ``requests`` keeps every attempt in order.

    Timeouts shrink with the clock's speed, but never under ``least_real_seconds`` (or under what
    the URL itself asks for, when that is less), so that a busy machine does not look like an
    outage.
    """

    def __init__(self, account: Account, clock: Clock, least_real_seconds: float = 5.0) -> None:
        self.requests: list[Attempt] = []
        self.least_real_seconds = least_real_seconds
        self._account = account
        self._clock = clock
        self._validator = RequestValidator(account.auth_token)
        self._client: httpx.AsyncClient | None = None
        self._tokens = count(1)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def ask(
        self, url: str, method: str, parameters: Mapping[str, str], *, repeats: int = 1
    ) -> Attempt:
        """The answer to the last of ``repeats`` identical requests; raises WebhookFailed."""
        target, fragment = urldefrag(url)
        if urlsplit(target).scheme not in {"http", "https"}:
            raise WebhookFailed(INVALID_URL, target, f"Invalid URL: {target!r}")
        policy = Policy.of(fragment)
        token = sha256(f"{self._account.sid}:{next(self._tokens)}".encode()).hexdigest()[:36]
        last = await self._insist(target, method, parameters, token, policy)
        for _ in range(repeats - 1):
            last = await self._insist(target, method, parameters, token, policy)
        if last.failure:
            code = RETRIEVAL_FAILURE if last.status else CONNECTION_FAILURE
            raise WebhookFailed(code, target, f"{method} {target}: {last.reason}")
        return last

    async def _insist(
        self, url: str, method: str, parameters: Mapping[str, str], token: str, policy: Policy
    ) -> Attempt:
        """One request with its retries, all within the policy's total time."""
        try:
            async with asyncio.timeout(self._patience(policy.total_ms)):
                for _ in range(policy.retries + 1):
                    attempt = await self._once(url, method, parameters, token, policy)
                    if attempt.failure not in policy.on:
                        return attempt
                return attempt
        except TimeoutError:
            late = Attempt(
                url, method, parameters, token, self._clock.elapsed(), failure="rt",
                reason=f"no answer within {policy.total_ms} ms",
            )  # fmt: skip
            self.requests.append(late)
            return late

    async def _once(
        self, url: str, method: str, parameters: Mapping[str, str], token: str, policy: Policy
    ) -> Attempt:
        signed, form = url, dict(parameters)
        if method == "GET":
            signed, form = _with_query(url, parameters), {}
        timeout = httpx.Timeout(
            self._patience(policy.read_ms), connect=self._patience(policy.connect_ms)
        )
        request = self._http().build_request(
            method,
            signed,
            data=form or None,
            timeout=timeout,
            headers={
                "X-Twilio-Signature": self._validator.compute_signature(signed, form),
                "I-Twilio-Idempotency-Token": token,
                "User-Agent": "TwilioProxy/1.1",
                "Accept": "*/*",
            },
        )
        at = self._clock.elapsed()
        result: dict[str, str] = {}
        status = 0
        try:
            response = await self._http().send(request)
            status = response.status_code
            result = {
                "content_type": response.headers.get("content-type", ""),
                "body": response.text,
                "failure": f"{status // 100}xx" if status >= 400 else "",
                "reason": f"status {status}",
            }
        except httpx.ReadTimeout:
            result = {"failure": "rt", "reason": f"no answer within {policy.read_ms} ms"}
        except httpx.HTTPError as error:
            result = {"failure": "ct", "reason": str(error) or type(error).__name__}
        attempt = Attempt(signed, method, dict(parameters), token, at, status, **result)
        self.requests.append(attempt)
        self._clock.changed()
        return attempt

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            # Proxies from the environment have no business between two programs on loopback.
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=True)
        return self._client

    def _patience(self, milliseconds: int) -> float:
        asked = milliseconds / 1000
        return max(self._clock.real(asked), min(self.least_real_seconds, asked))


def _with_query(url: str, parameters: Mapping[str, str]) -> str:
    joint = "&" if urlsplit(url).query else "?"
    return f"{url}{joint}{urlencode(parameters)}" if parameters else url
