"""The interactive documentation works without any other server, in a real browser under the content security policy."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from screenalytics_app.api.app import create_app
from screenalytics_app.api.routes.docs import STATIC
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from tests.api.live_server import serving

CHROMIUM = "/usr/bin/chromium"
VENDORED = STATIC / "swagger"
SUMS = "SHA256SUMS"


def test_vendored_files_are_unchanged() -> None:
    lines = (VENDORED / SUMS).read_text().splitlines()
    stated = {name: digest for digest, name in (line.split() for line in lines)}
    present = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDORED.iterdir()}
    present.pop(SUMS)
    assert present == stated
    assert "LICENSE" in stated


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="requires Chromium")
def test_the_page_lists_the_operations_without_other_servers(home: Path) -> None:
    app = create_app(ArtifactStore(str(home)), ServerSettings("ann"))
    with serving(app) as (_, client), sync_playwright() as driver:
        base = str(client.base_url)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        problems: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{base}/docs")
        page.wait_for_selector("[id^=operations-jobs-]", timeout=30_000)
        browser.close()
    assert problems == []
    assert [url for url in asked if not url.startswith((base, "data:"))] == []
