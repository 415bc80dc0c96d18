"""The timeline: lanes and bars, playing exactly a bar's seconds, zoom, and files."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from screenalytics_resources.artifact_store import ArtifactStore
from tests.review.filmed import FRAME_NUMBER, write_filmed_episode
from tests.tiny_episode import EP_ID

TIMELINE = f"/review/{EP_ID}/timeline"


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_filmed_episode(home)


def lanes(page: Page) -> Locator:
    return page.get_by_role("list", name="Who is on screen when").get_by_role("listitem")


def dock(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Player")


def open_timeline(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(TIMELINE)
    expect(lanes(page)).to_have_count(2)


def test_people_come_before_unnamed_identities_with_their_seconds(page: Page, server: str) -> None:
    answer = page.request.patch(
        f"{server}/episodes/{EP_ID}/identities/identity-00001",
        data={"labels": {"name": "Ada Example"}},
        headers={"If-Match": "*"},
    )
    assert answer.ok
    open_timeline(page)
    expect(lanes(page).nth(0)).to_contain_text("Ada Example")
    expect(lanes(page).nth(0)).to_contain_text("confirmed 12 s")
    expect(lanes(page).nth(1)).to_contain_text("automatic 14 s")
    expect(page.get_by_text("1 unnamed identity, 14 s")).to_be_visible()
    legend = page.get_by_role("list", name="Seconds by how sure they are")
    expect(legend).to_contain_text("confirmed 12 s")
    expect(legend).to_contain_text("automatic 14 s")
    expect(legend).to_contain_text("uncertain 0 s")
    for state in ("confirmed", "automatic"):
        outline = page.locator(f".lane-track path.bar-{state}[d^='M']")
        expect(outline).to_have_count(1)


def test_arrows_reach_every_bar_and_enter_plays_its_seconds(page: Page) -> None:
    open_timeline(page)
    page.locator(".lane-bar").first.focus()
    focused = page.locator(".lane-bar:focus")
    expect(focused).to_have_accessible_name("Play #2, 0:01, 7.2 s, automatic, 1 of 2")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_accessible_name("Play #2, 0:11, 7.2 s, automatic, 2 of 2")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_accessible_name("Play #1, 0:10, 6.2 s, automatic, 2 of 2")
    page.keyboard.press("Enter")
    expect(dock(page).locator(".player-stage")).to_have_attribute("data-ts", "10.000")
    expect(dock(page)).to_contain_text("0:10 \u2013 0:16, automatic, 2 of 2")


def test_a_click_on_a_bar_plays_until_its_last_frame(page: Page) -> None:
    open_timeline(page)
    page.emulate_media(reduced_motion="no-preference")
    track = lanes(page).filter(has_text="#1").locator(".lane-track")
    box = track.bounding_box()
    assert box
    track.click(position={"x": box["width"] * 3 / 20, "y": box["height"] / 2})
    video = dock(page).locator("video")
    video.evaluate("video => { video.playbackRate = 4; }")
    expect(dock(page).locator(".player-stage")).to_have_attribute("data-ts", "6.000")
    assert video.evaluate("video => video.paused")
    assert video.evaluate(FRAME_NUMBER) == 30


def test_zoom_keeps_what_is_played_in_reach(page: Page) -> None:
    open_timeline(page)
    wide = page.locator(".timeline-wide")
    before = wide.bounding_box()
    page.keyboard.press("+")
    page.get_by_role("button", name="Zoom in").click()
    after = wide.bounding_box()
    assert before and after and after["width"] > before["width"] * 1.8
    page.locator(".lane-bar").first.focus()
    page.keyboard.press("End")
    expect(page.locator(".lane-bar:focus")).to_be_in_viewport()
    page.keyboard.press("0")
    page.keyboard.press("-")
    fitted = wide.bounding_box()
    assert fitted and fitted["width"] == before["width"]


@pytest.mark.parametrize("name", ["CSV", "Parquet", "JSON", "WebVTT", "OpenTimelineIO", "EDL", "PNG", "SVG"])
def test_every_format_is_offered(page: Page, name: str) -> None:
    open_timeline(page)
    page.get_by_text("Download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    assert download.value.suggested_filename.startswith(f"{EP_ID}-screen-time.")
    assert Path(download.value.path()).stat().st_size > 0
