"""The cast: people are added, changed and removed, and pictures become reference faces by drop and by button."""

import base64
from pathlib import Path

from playwright.sync_api import JSHandle, Locator, Page, expect

from tests.app.cast_bench import photo
from tests.review.parts import toast
from tests.tiny_episode import EP_ID

CAST = f"/review/{EP_ID}/cast"
DROPPED = """files => {
  const data = new DataTransfer();
  for (const [name, type, content] of files)
    data.items.add(new File([Uint8Array.from(atob(content), letter => letter.charCodeAt(0))], name, { type }));
  return data;
}"""


def dropped(page: Page, *paths: Path) -> JSHandle:
    """Return what a drop of these files brings."""
    files = [[path.name, "image/png", base64.b64encode(path.read_bytes()).decode()] for path in paths]
    return page.evaluate_handle(DROPPED, files)


def drop(page: Page, target: Locator, *paths: Path) -> None:
    data = dropped(page, *paths)
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": data})


def add(page: Page, name: str) -> None:
    """Add a person, which opens their page."""
    page.goto(CAST)
    page.get_by_role("textbox", name="Name of a new person").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def seeds(page: Page) -> Locator:
    return page.get_by_role("grid", name="Reference faces").get_by_role("gridcell")


def test_dropped_pictures_become_reference_faces_and_refused_ones_say_why(page: Page, tmp_path: Path) -> None:
    add(page, "Ada Example")
    fake = tmp_path / "fake.png"
    fake.write_bytes(b"no picture")
    drop(page, page.locator(".person"), photo(tmp_path, "person-g", "one.png"), fake)
    expect(seeds(page)).to_have_count(1)
    expect(seeds(page)).to_contain_text("★ featured")
    refused = page.get_by_role("alert", name="Refused pictures")
    expect(refused).to_contain_text("fake.png")
    page.get_by_role("button", name="Close the list of refused pictures").click()
    expect(refused).to_have_count(0)


def test_pictures_are_dropped_on_a_card_of_the_cast(page: Page, tmp_path: Path) -> None:
    add(page, "Ada Example")
    page.get_by_role("link", name="Cast of tiny").click()
    card = page.get_by_role("gridcell").filter(has_text="Ada Example")
    expect(card).to_contain_text("0 reference faces")
    drop(page, card.locator("article"), photo(tmp_path, "person-g", "one.png"))
    expect(card).to_contain_text("1 reference face")


def test_pictures_are_chosen_by_button_featured_and_removed(page: Page, tmp_path: Path) -> None:
    page.on("filechooser", lambda _: None)  # from now on Chromium opens no dialog of its own
    add(page, "Ada Example")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("u")
    chooser.value.set_files([photo(tmp_path, "person-g", "one.png"), photo(tmp_path, "person-g", "two.png", 0.5)])
    expect(seeds(page)).to_have_count(2)
    other = seeds(page).filter(has_text="Feature").filter(has_not_text="featured")
    key = other.get_attribute("data-key")
    other.get_by_role("button", name="Feature").click()
    expect(page.locator(f"[data-key='{key}']")).to_contain_text("★ featured")

    gone = page.locator(f"[data-key='{key}']")
    gone.get_by_role("button", name="Remove").click()
    expect(seeds(page)).to_have_count(2)
    gone.get_by_role("button", name="Remove for good").click()
    expect(seeds(page)).to_have_count(1)


def test_a_person_is_renamed_and_that_is_undone(page: Page) -> None:
    add(page, "Ada Example")
    page.keyboard.press("e")
    page.get_by_role("textbox", name="Name", exact=True).fill("Ada Lovelace")
    page.get_by_role("textbox", name="Other names").fill("Ada, The Countess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
    expect(page.get_by_text("also Ada, The Countess")).to_be_visible()
    toast(page, "Changed Ada Lovelace.").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Example")


def test_a_person_is_removed_and_that_is_undone(page: Page) -> None:
    add(page, "Ada Example")
    page.get_by_role("button", name="Remove from the cast").click()
    expect(page.get_by_text("Nobody is in the cast yet")).to_be_visible()
    toast(page, "Removed Ada Example").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("gridcell")).to_contain_text("Ada Example")


def test_a_person_with_reference_faces_is_removed_only_for_good(page: Page, tmp_path: Path) -> None:
    add(page, "Ada Example")
    drop(page, page.locator(".person"), photo(tmp_path, "person-g", "one.png"))
    expect(seeds(page)).to_have_count(1)
    page.get_by_role("button", name="Remove from the cast").click()
    page.get_by_role("button", name="Remove for good, with the reference faces").click()
    expect(page.get_by_text("Nobody is in the cast yet")).to_be_visible()
