"""A web space as any host rents one out: files that are put there and handed out as they are."""

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PREFIX = "/space"
_MARKUP = "text/xml"


class WebSpace:
    """Files by path, and what is wrong with the space. It knows nothing of phones.

    Only whoever says `token` may put a file there; empty: anybody. `away` says that it answers 503
    to everything, `answers_post` whether it hands files out to a POST as to a GET.
    """

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.token = ""
        self.away = False
        self.answers_post = True
        self.puts: list[str] = []
        """The paths of what was put, in order."""

    def routes(self) -> list[Route]:
        """Everything under PREFIX."""
        methods = ["GET", "POST", "PUT"]
        return [Route(f"{PREFIX}/{{path:path}}", self._answer, methods=methods)]

    async def _answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        if self.away:
            return PlainTextResponse("Service unavailable", 503)
        if request.method == "PUT":
            return self._keep(path, request, (await request.body()).decode())
        if request.method == "POST" and not self.answers_post:
            return PlainTextResponse("Method not allowed", 405)
        if path not in self.files:
            return PlainTextResponse("Not found", 404)
        return Response(self.files[path], media_type=_MARKUP)

    def _keep(self, path: str, request: Request, text: str) -> Response:
        said = request.headers.get("authorization", "")
        if self.token and not hmac.compare_digest(said.encode(), f"Bearer {self.token}".encode()):
            return PlainTextResponse("Unauthorized", 401)
        self.files[path] = text
        self.puts.append(path)
        return Response(status_code=201)
