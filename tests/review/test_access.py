"""What holds for every page of an episode: axe finds nothing in both themes, a phone needs no sideways scrolling."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from screenalytics_resources.artifact_store import ArtifactStore
from tests.review.filmed import write_filmed_episode
from tests.tiny_episode import EP_ID

MOST_NODES = 2500
PAGES = [
    pytest.param("track/track-00001", "gridcell", id="track"),
    pytest.param("timeline", "slider", id="timeline"),
    pytest.param("map", "region", id="map"),
    pytest.param("cast", "gridcell", id="cast"),
    pytest.param("cast/ada-example", "heading", id="person"),
    pytest.param("history", "listitem", id="history"),
]


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_filmed_episode(home)


def open_page(page: Page, server: str, address: str, role: str) -> None:
    answer = page.request.patch(
        f"{server}/episodes/{EP_ID}/identities/identity-00001",
        data={"labels": {"name": "Ada Example"}},
        headers={"If-Match": "*"},
    )
    assert answer.ok
    page.emulate_media(reduced_motion="reduce")  # otherwise axe sees colours on their way from one theme to the other
    page.goto(f"/review/{EP_ID}/{address}")
    if address == "timeline":
        page.locator(".lane-bar").first.click()
    expect(page.get_by_role("main").get_by_role(role).first).to_be_visible()  # type: ignore[arg-type]


@pytest.mark.parametrize(("address", "role"), PAGES)
def test_axe_finds_nothing_in_both_themes(page: Page, server: str, address: str, role: str) -> None:
    open_page(page, server, address, role)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found = Axe().run(page).response["violations"]
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []


@pytest.mark.parametrize(("address", "role"), PAGES)
def test_a_phone_shows_the_page_without_scrolling_sideways(page: Page, server: str, address: str, role: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, server, address, role)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.querySelectorAll('*').length") <= MOST_NODES
