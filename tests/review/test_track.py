"""The page of a track: its seconds in the player with the box on them, its frames, and what can be done with it."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from screenalytics_resources.artifact_store import ArtifactStore
from tests.review.filmed import FRAME_NUMBER, write_filmed_episode
from tests.review.parts import toast
from tests.tiny_episode import EP_ID

TRACK_5 = f"/review/{EP_ID}/track/track-00005"
"""Frames 60 to 70, of 0.2 s each, so 12.0 to 14.0 s."""
NOTE_FRAMES = f"""video => {{
  const number = {FRAME_NUMBER};
  window.seen = [];
  const next = () => video.requestVideoFrameCallback(() => {{ window.seen.push(number(video)); next(); }});
  next();
}}"""
STANDS = """video => new Promise(done => {
  const look = () => (video.readyState >= 2 && !video.seeking ? done() : setTimeout(look, 20));
  look();
})"""
BOX_AT = """async ([boxes, ts]) => {
  const main = document.querySelector("script[type=module]").src;
  const { boxAt } = await import(main.replace("main.js", "components/boxes.js"));
  return boxAt(boxes, ts, 0.1);
}"""


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_filmed_episode(home)


def video(page: Page) -> Locator:
    return page.locator("video")


def stage(page: Page) -> Locator:
    return page.locator(".player-stage")


def test_it_plays_exactly_the_seconds_of_the_track(page: Page) -> None:
    page.goto(TRACK_5)
    expect(stage(page)).to_have_attribute("data-ts", "14.000")
    expect(page.locator(".player").get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert video(page).evaluate(FRAME_NUMBER) == 70
    video(page).evaluate(NOTE_FRAMES)
    page.keyboard.press("v")
    player = page.locator(".player")
    expect(player.get_by_role("button", name="Pause")).to_be_visible()
    expect(player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    seen = page.evaluate("window.seen")
    assert (min(seen), max(seen)) == (60, 70)


def test_it_begins_at_the_first_frame_and_a_loop_comes_back_to_it(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(TRACK_5)
    expect(stage(page)).to_have_attribute("data-ts", "12.000")
    video(page).evaluate(STANDS)
    assert video(page).evaluate("video => video.paused")
    assert video(page).evaluate(FRAME_NUMBER) == 60
    page.get_by_role("button", name="Play again and again").click()
    video(page).evaluate("video => { video.playbackRate = 4; video.onseeked = () => (video.dataset.seeks = 'once'); }")
    page.keyboard.press("v")
    expect(video(page)).to_have_attribute("data-seeks", "once")
    assert not video(page).evaluate("video => video.paused")


def test_the_box_is_on_the_face(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(TRACK_5)
    box = page.locator(".player-box")
    expect(box).to_be_visible()
    frame, drawn = stage(page).bounding_box(), box.bounding_box()
    assert frame and drawn
    place = [(drawn["x"] - frame["x"]) / frame["width"], (drawn["y"] - frame["y"]) / frame["height"]]
    size = [drawn["width"] / frame["width"], drawn["height"] / frame["height"]]
    assert place == pytest.approx([20 / 322, 20 / 180], abs=0.004)
    assert size == pytest.approx([40 / 322, 50 / 180], abs=0.004)


@pytest.mark.parametrize(
    ("ts", "box"),
    [
        pytest.param(1.0, [0.1, 0.2, 0.3, 0.4], id="at a known time"),
        pytest.param(1.5, [0.2, 0.2, 0.4, 0.5], id="between two known times"),
        pytest.param(0.95, [0.1, 0.2, 0.3, 0.4], id="just before the first"),
        pytest.param(2.05, [0.3, 0.2, 0.5, 0.6], id="just after the last"),
        pytest.param(0.5, None, id="long before the first"),
        pytest.param(2.5, None, id="long after the last"),
    ],
)
def test_boxes_are_interpolated(page: Page, ts: float, box: list[float] | None) -> None:
    page.goto("/review/")
    boxes: list[dict[str, Any]] = [{"ts": 1.0, "box": [0.1, 0.2, 0.3, 0.4]}, {"ts": 2.0, "box": [0.3, 0.2, 0.5, 0.6]}]
    found = page.evaluate(BOX_AT, [boxes, ts])
    assert found == (None if box is None else pytest.approx(box))


def test_frames_tell_the_best_one_and_why_one_was_rejected(page: Page) -> None:
    page.goto(f"/review/{EP_ID}/track/track-00001")
    frames = page.get_by_role("grid", name="Frames of the track").get_by_role("gridcell")
    expect(frames).to_have_count(2)
    expect(frames.first).to_contain_text("★ BEST QUALITY")
    expect(page.locator(".best")).to_have_count(1)
    expect(frames.first).to_contain_text("fair 50 %")

    page.goto(TRACK_5)
    expect(frames.first).to_contain_text("low contrast")


def test_arrows_show_the_frames_in_the_player(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/review/{EP_ID}/track/track-00003")
    expect(page.get_by_role("gridcell")).to_have_count(2)
    page.get_by_role("button", name="In order of time").click()
    expect(page.get_by_role("gridcell").first).to_contain_text("10.00 s")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(stage(page)).to_have_attribute("data-ts", "16.000")
    page.keyboard.press("ArrowLeft")
    expect(stage(page)).to_have_attribute("data-ts", "10.000")


def test_brackets_lead_through_the_tracks_of_the_identity(page: Page) -> None:
    page.goto(f"/review/{EP_ID}/track/track-00001")
    heading = page.get_by_role("heading", level=1)
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.keyboard.press("]")
    expect(heading).to_contain_text("Track #3")
    page.keyboard.press("[")
    expect(heading).to_contain_text("Track #1")


def test_what_is_not_a_face_can_be_restored(page: Page) -> None:
    page.goto(f"/review/{EP_ID}/track/track-00001")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Track #1 of #1")
    page.keyboard.press("x")
    expect(page.locator(".track-head")).to_contain_text("not a face")
    page.keyboard.press("r")
    expect(page.locator(".track-head")).not_to_contain_text("not a face")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Track #1 of #1")


def test_a_digit_moves_the_track_and_undo_brings_it_back(page: Page, server: str) -> None:
    name_first(page, server)
    page.goto(f"/review/{EP_ID}/track/track-00004")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Track #4 of #2")
    expect(page.get_by_role("button", name="Ada Example")).to_be_visible()
    page.keyboard.press("1")
    expect(heading).to_contain_text("Track #4 of Ada Example")
    page.keyboard.press("Control+z")
    expect(heading).to_contain_text("Track #4 of #2")


def test_a_cut_and_a_thumbnail_are_gestures(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"/review/{EP_ID}/track/track-00003")
    expect(page.get_by_role("gridcell")).to_have_count(2)
    expect(stage(page)).to_have_attribute("data-ts", re.compile("[0-9]"))
    page.keyboard.press("t")
    expect(toast(page, "Chose the picture of track-00003")).to_be_visible()
    slider = page.get_by_role("slider")
    slider.fill("13")
    page.keyboard.press("k")
    expect(toast(page, "Cut track-00003 at 13")).to_be_visible()


def name_first(page: Page, server: str) -> None:
    answer = page.request.patch(
        f"{server}/episodes/{EP_ID}/identities/identity-00001",
        data={"labels": {"name": "Ada Example"}},
        headers={"If-Match": "*"},
    )
    assert answer.ok, answer.text()
