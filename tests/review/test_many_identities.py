"""A large episode: the document stays small while 300 identities are on the board."""

import pytest
from playwright.sync_api import Page, expect

from benchmarks.moderation.speed import IDENTITY_COUNT, enlarge
from screenalytics_resources.artifact_store import ArtifactStore
from tests.review.parts import cards, focused
from tests.tiny_episode import EP_ID

MOST_NODES = 2_500
COUNT_NODES = "document.querySelectorAll('*').length"


@pytest.fixture
def store(store: ArtifactStore) -> ArtifactStore:
    enlarge(store, EP_ID)
    return store


def test_only_what_is_near_the_screen_is_in_the_document(page: Page) -> None:
    page.goto(f"/review/{EP_ID}/board")
    grid = page.get_by_role("grid", name="Identities")
    columns = int(grid.get_attribute("aria-colcount") or 0)
    assert int(grid.get_attribute("aria-rowcount") or 0) == -(-IDENTITY_COUNT // columns)
    assert 0 < cards(page).count() < IDENTITY_COUNT
    assert page.evaluate(COUNT_NODES) <= MOST_NODES

    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    last = focused(page)
    expect(last).to_have_count(1)
    expect(last).to_be_in_viewport()
    assert page.evaluate(COUNT_NODES) <= MOST_NODES
    page.keyboard.press("Home")
    expect(focused(page)).to_be_in_viewport()
