"""The map: points by keyboard and by mouse, and the legend."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.tiny_episode import EP_ID

MAP = f"/review/{EP_ID}/map"
NEXT_POINT = """async ([places, from, way]) => {
  const main = document.querySelector("script[type=module]").src;
  const { nextPoint } = await import(main.replace("main.js", "components/mapcanvas.js"));
  return nextPoint(places, from, way);
}"""


def open_map(page: Page) -> None:
    page.goto(MAP)
    expect(page.get_by_role("region", name="Identities").get_by_role("button")).to_have_count(4)


def test_arrows_move_to_the_next_point_and_enter_opens_its_track(page: Page) -> None:
    open_map(page)
    point = page.locator(".map-point")
    point.focus()
    before = point.get_attribute("aria-label")
    moved = next(key for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp") if _moves(page, key, before))
    assert moved
    expect(point).to_be_focused()
    name = point.get_attribute("aria-label") or ""
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.sub(r" of .*", "", name))


def _moves(page: Page, key: str, before: str | None) -> bool:
    page.keyboard.press(key)
    return page.evaluate("document.activeElement.getAttribute('aria-label')") != before


@pytest.mark.parametrize(
    ("way", "found"),
    [
        pytest.param({"x": 1, "y": 0}, 1, id="the nearest on the right"),
        pytest.param({"x": 0, "y": 1}, 3, id="below"),
        pytest.param({"x": -1, "y": 0}, -1, id="nothing on the left"),
        pytest.param({"x": 0, "y": -1}, 4, id="above, although another point is nearer at the side"),
    ],
)
def test_the_next_point_in_a_direction(page: Page, way: dict[str, int], found: int) -> None:
    page.goto("/review/")
    places: list[dict[str, Any]] = [{"x": x, "y": y} for x, y in ((0, 0), (10, 2), (30, 0), (3, 20), (5, -40), (9, -8))]
    assert page.evaluate(NEXT_POINT, [places, 0, way]) == found


def test_a_point_under_the_mouse_shows_its_face_and_a_click_opens_the_track(page: Page) -> None:
    open_map(page)
    place = page.locator(".map-point").bounding_box()
    assert place
    centre = (place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.mouse.move(*centre)
    expect(page.locator(".map-tip img")).to_be_visible()
    expect(page.locator(".map-tip")).to_contain_text("track #1")
    page.mouse.click(*centre)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Track #1")


def test_the_legend_highlights_an_identity(page: Page) -> None:
    open_map(page)
    entry = page.get_by_role("region", name="Identities").get_by_role("button", name="#2")
    picture = "canvas => canvas.toDataURL()"
    canvas = page.locator("canvas")
    page.mouse.move(1, 1)
    before = canvas.evaluate(picture)
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "true")
    assert canvas.evaluate(picture) != before
    page.locator("h1").hover()
    page.keyboard.press("Escape")
    expect(entry).to_have_attribute("aria-pressed", "false")
