"""The files of the review pages: what is vendored, how large they are, and how they are served."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.api.app import create_app
from screenalytics_app.api.routes.review import FOLDER, page_files
from screenalytics_app.api.settings import ServerSettings
from screenalytics_app.generated_docs import api_types
from screenalytics_resources.artifact_store import ArtifactStore

VENDOR = FOLDER / "vendor"
SOURCES = sorted(path for path in FOLDER.rglob("*") if path.suffix in {".js", ".css"} and path.parent != VENDOR)
MOST_LINES = 250
MOST_BYTES = 120 * 1024


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    app = create_app(ArtifactStore(str(tmp_path)), ServerSettings(actor="Rita"))
    return TestClient(app, base_url="http://127.0.0.1")


def test_the_vendored_files_are_those_of_the_checksums() -> None:
    listed = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    present = [path for path in VENDOR.iterdir() if path.suffix == ".js" or path.name.startswith("LICENSE-")]
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in present}


def test_every_vendored_file_is_explained_with_its_licence() -> None:
    rows = re.findall(r"^\| `(\S+\.js)` \| .+ `(LICENSE-\S+)` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    assert sorted(name for name, _ in rows) == sorted(path.name for path in VENDOR.glob("*.js"))
    assert {licence for _, licence in rows} == {path.name for path in VENDOR.glob("LICENSE-*")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_all_pages_together_are_small() -> None:
    files = page_files()
    assert sum(len(gzip.compress(data)) for data in [*files.files.values(), files.index]) <= MOST_BYTES


def test_every_import_names_a_file_of_the_pages() -> None:
    missing = []
    for path in FOLDER.rglob("*.js"):
        for target in re.findall(r'(?:from|import\()\s*"([^"]+)"', path.read_text()):
            file = path.parent / target
            types = file.with_suffix(".d.ts")  # named by a comment; browsers do not load it
            if not target.startswith(".") or not (file.is_file() or types.is_file()):
                missing.append(f"{path.name}: {target}")
    assert missing == []


def test_the_document_links_every_style() -> None:
    linked = re.findall(r'href="\{files\}/(styles/[^"]+)"', (FOLDER / "index.html").read_text())
    assert sorted(linked) == sorted(f"styles/{path.name}" for path in (FOLDER / "styles").iterdir())


def test_the_types_are_those_of_the_models() -> None:
    assert (FOLDER / "api" / "types.d.ts").read_text() == api_types.text()


@pytest.mark.parametrize("address", ["/review", "/review/", "/review/demo-s01e01/board", "/review/a/b/c/d"])
def test_every_address_gets_the_document(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert f"/review/-/{page_files().digest}/main.js" in answer.text


def test_files_may_be_kept_for_ever(client: TestClient) -> None:
    answer = client.get(f"/review/-/{page_files().digest}/main.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]
    again = client.get(f"/review/-/{page_files().digest}/main.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("digest", "name"),
    [
        pytest.param("0000000000000000", "main.js", id="another release"),
        pytest.param(None, "README.md", id="no file of the pages"),
        pytest.param(None, "..%2f..%2fapi%2fapp.py", id="outside of the folder"),
    ],
)
def test_no_other_file_is_served(client: TestClient, digest: str | None, name: str) -> None:
    answer = client.get(f"/review/-/{digest or page_files().digest}/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
