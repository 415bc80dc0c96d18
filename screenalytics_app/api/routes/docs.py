"""The interactive documentation: Swagger UI from `static/swagger`. All that it shows comes from this server."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

STATIC = Path(__file__).parents[1] / "static"

router = APIRouter(include_in_schema=False)
static_files = StaticFiles(directory=STATIC)


@router.get("/docs")
def docs() -> FileResponse:
    """Return the page."""
    return FileResponse(STATIC / "docs.html")
