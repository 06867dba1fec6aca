"""The web pages: one built front end, served for every address it knows."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).resolve().parent.parent / "static"

NOT_BUILT = "The front end is not built. Run `make setup`, or install the wheel."


def add_pages(app: FastAPI, static: Path = STATIC) -> None:
    """Serve the built pages, or say that they are not built."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.get("/login")
    @router.get("/crises/{ref}")
    @router.get("/teams/{team}/schedule")
    @router.get("/teams/{team}/plan")
    @router.get("/teams/{team}/fairness")
    @router.get("/teams/{team}/fidelity")
    @router.get("/me/shifts")
    @router.get("/admissions")
    @router.get("/episodes/{ref}")
    @router.get("/matching")
    @router.get("/inbox")
    @router.get("/hospitals")
    @router.get("/hospitals/phone-notice")
    def page(ref: str = "", team: str = "") -> Response:  # noqa: ARG001  the page reads its address
        return _page(static / "index.html")

    @router.get("/hospital/{secret}")
    def hospital_form(secret: str) -> Response:  # noqa: ARG001  the page reads its address
        answer = _page(static / "hospital-form.html")
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    @router.get("/api/docs")
    def api_docs() -> Response:
        return _page(static / "api-docs.html")

    app.include_router(router)
    app.mount("/assets", StaticFiles(directory=static / "assets", check_dir=False), name="assets")


def _page(file: Path) -> Response:
    if not file.is_file():
        return Response(NOT_BUILT, 503, media_type="text/plain")
    return FileResponse(file, headers={"Cache-Control": "no-cache"})
