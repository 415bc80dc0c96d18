"""Fixtures for tests of the review pages: a browser, and a server of an episode with four identities."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from screenalytics_resources.artifact_store import ArtifactStore
from tests.api import conftest as api
from tests.api.served import served
from tests.review.watched import Watched
from tests.tiny_episode import (
    SHATTERED,
    write_assignments,
    write_identities,
    write_reps,
    write_suggestions,
    write_tiny_episode,
)

database_server, database = api.database_server, api.database
"""Fixtures: an empty database for each test."""

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
PATIENCE_MS = 20_000
"""How long a page may take. A busy machine is slow, and a test that passes does not wait."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    """The tiny episode with each track in an identity of its own. 1 and 3 show one person, 2 and 4 another."""
    store = write_tiny_episode(home)
    write_identities(store, **SHATTERED)
    for write in (write_assignments, write_suggestions, write_reps):
        write(store)
    return store


@pytest.fixture
def server(store: ArtifactStore, database: str) -> Iterator[str]:
    """Address of the server."""
    with served(store) as address:
        yield address


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, server: str) -> Iterator[Page]:
    """A tab. Errors in its console and requests to other hosts fail the test."""
    page = context.new_page()
    watched = Watched(page, server)
    yield page
    assert watched.faults == []
