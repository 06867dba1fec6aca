"""A web space away from our host: documents are put there, and read back as Twilio reads them."""

import secrets
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from notifications.published import NotPublished

TIMEOUT_SECONDS = 5.0
"""For each step of a request; Twilio itself gives a web space five seconds to be reached."""

MARKUP = "text/xml; charset=utf-8"

MARKUP_TYPES = ("text/xml", "application/xml", "text/html")
"""What Twilio takes for a document: https://www.twilio.com/docs/api/errors/12300"""


class WebSpace:
    """Puts and reads documents. `method` is how Twilio will ask for them, GET or POST."""

    def __init__(
        self,
        put_url: str,
        *,
        public_url: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> None:
        self.method = method
        self._put_url = urlsplit(put_url)
        self._public_url = (public_url or _without_secrets(put_url)).rstrip("/")
        self._headers = {"Content-Type": MARKUP, "Cache-Control": "no-store"} | dict(headers or {})
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def url(self, path: str) -> str:
        """Where Twilio reads the document that is called `path`."""
        return f"{self._public_url}/{quote(path)}"

    def put(self, path: str, text: str) -> None:
        """Put a document there, in place of what there is. Raises NotPublished."""
        whole = f"{self._put_url.path.rstrip('/')}/{quote(path)}"
        url = urlunsplit(self._put_url._replace(path=whole))
        answer = self._send("PUT", url, content=text.encode(), headers=self._headers)
        if not answer.is_success:
            raise NotPublished(f"the web space answers {answer.status_code} to PUT")

    def read(self, path: str) -> str:
        """The document as Twilio would get it. Raises NotPublished where it would get none.

        As every call has a name of its own, so has every look: no cache may answer in its place.
        """
        url, asked = self.url(path), {"CallSid": f"vigil-check-{secrets.token_hex(8)}"}
        if self.method == "GET":
            answer = self._send("GET", url, params=asked, follow_redirects=True)
        else:
            answer = self._send("POST", url, data=asked, follow_redirects=True)
        if answer.status_code == 405 and self.method == "POST":
            raise NotPublished(
                "the web space answers 405 to POST: let it answer as to GET, or set "
                "VIGIL_FALLBACK_METHOD=GET and see that it keeps no log of addresses"
            )
        if answer.status_code != 200:
            raise NotPublished(f"the web space answers {answer.status_code} to {self.method}")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in MARKUP_TYPES:
            raise NotPublished(
                f"the web space gives its documents out as {kind or 'nothing'}, not as text/xml: "
                "Twilio refuses them"
            )
        return answer.text

    def _send(self, method: str, url: str, **more: object) -> httpx.Response:
        try:
            return self._client.request(method, url, **more)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            raise NotPublished(
                f"the web space can't be reached ({type(error).__name__})"
            ) from error


def _without_secrets(url: str) -> str:
    """The address without user, password and query."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, place, parts.path, "", ""))
