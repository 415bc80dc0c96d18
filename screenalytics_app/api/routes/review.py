"""The review pages: files of `screenalytics_app/review`, kept in memory.

Their addresses contain the digest of all of them, so browsers may keep them for ever. Every other address below
/review/ answers with the one HTML document, whose script shows the page that the address names.
"""

import hashlib
import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from screenalytics_app.api.problems import ProblemError

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parents[2] / "review"
SERVED = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""Media type by suffix. Other files of the folder are not served."""
_INDEX, _START = "index.html", "main.js"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)  # types are imported in comments
_IMPORT = re.compile(r'\bfrom ?"(\.[^"]+\.js)"')
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class PageFiles:
    """Files by their path below the folder, the digest of all, and the HTML document that refers to them."""

    files: dict[str, bytes]
    digest: str
    index: bytes


@lru_cache(1)
def page_files() -> PageFiles:
    """Read all files of the pages."""
    found = sorted(path for path in FOLDER.rglob("*") if path.suffix in SERVED)
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in found}
    index = (FOLDER / _INDEX).read_bytes().replace(b"{preloaded}", _preloaded(files).encode())
    sums = [f"{name} {hashlib.sha256(data).hexdigest()}\n" for name, data in [*files.items(), (_INDEX, index)]]
    digest = hashlib.sha256("".join(sums).encode()).hexdigest()[:16]
    return PageFiles(files, digest, index.replace(b"{files}", f"/review/-/{digest}".encode()))


def _preloaded(files: dict[str, bytes]) -> str:
    """Return links to all modules that the first one imports, so that a browser need not discover them in turn."""
    found, waiting = [_START], [_START]
    while waiting:
        name = waiting.pop()
        for target in _IMPORT.findall(_COMMENT.sub("", files[name].decode())):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
            if imported not in found:
                found.append(imported)
                waiting.append(imported)
    return "\n".join(f'    <link rel="modulepreload" href="{{files}}/{name}" />' for name in sorted(found))


@router.get("/")
def root() -> Response:
    """Lead to the pages."""
    return RedirectResponse("/review/")


@router.get("/review/-/{digest}/{name:path}")
def page_file(request: Request, digest: str, name: str) -> Response:
    """Answer with a file of these pages, not with one of another release."""
    pages = page_files()
    if digest != pages.digest or name not in pages.files:
        raise ProblemError(404, "unknown", "The pages have no such file in this release: load the page again.")
    media_type = SERVED[PurePosixPath(name).suffix]
    return _answer(request, pages.files[name], f'"{pages.digest}"', media_type, {"Cache-Control": _FOR_EVER})


@router.get("/review")
@router.get("/review/{address:path}")
def page(request: Request) -> Response:
    """Answer with the HTML document of all pages."""
    pages = page_files()
    return _answer(request, pages.index, f'"{pages.digest}"', "text/html", {"Cache-Control": "no-cache"})


def _answer(request: Request, data: bytes, etag: str, media_type: str, headers: dict[str, str]) -> Response:
    headers = {**headers, "ETag": etag}
    if request.headers.get("If-None-Match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)
