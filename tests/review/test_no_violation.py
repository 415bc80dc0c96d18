"""Every page in both themes: no error in the console, no foreign request, and no violation of WCAG 2.2 AA by axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.tiny_episode import EP_ID

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}}
EPISODE = f"/review/{EP_ID}"
PAGES = {
    "/review/": "Episodes",
    f"{EPISODE}/queue": "?",
    f"{EPISODE}/board": "Who is on screen?",
    f"{EPISODE}/identity/identity-00001": "Unnamed #1",
    f"{EPISODE}/unnamed": "Unnamed #2",
    f"{EPISODE}/compare/identity-00001/identity-00002": "Is this one person?",
}
"""Address of each page, and words of its heading."""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    found = []
    for address, heading in PAGES.items():
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        expect(page.get_by_text("Loading …")).to_have_count(0)
        page.keyboard.press("?")
        expect(page.get_by_role("complementary", name="Keys")).to_be_visible()
        violations = Axe().run(page, options=OPTIONS).response["violations"]
        found += [f"{address}: {each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    assert found == []
