"""The board in a real browser: names, merges and undo, by keyboard alone and by mouse alone."""

from playwright.sync_api import Locator, Page, expect

from tests.review.parts import card, cards, focused, toast
from tests.tiny_episode import EP_ID

BOARD = f"/review/{EP_ID}/board"


def open_board(page: Page) -> Locator:
    page.goto(BOARD)
    expect(cards(page)).to_have_count(4)
    return cards(page)


def test_name_two_merge_one_and_undo_by_keyboard(page: Page) -> None:
    open_board(page)
    page.keyboard.press("ArrowDown")
    expect(focused(page)).to_have_attribute("data-key", "identity-00002")
    for number, name in ((2, "Bob Example"), (4, "Ada Example")):
        expect(focused(page)).to_have_attribute("data-key", f"identity-{number:05d}")
        page.keyboard.press("/")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(toast(page, f"Identity-{number:05d} is {name}.")).to_be_visible()
        expect(card(page, number)).to_contain_text(name)

    expect(focused(page)).to_have_attribute("data-key", "identity-00001")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_role("gridcell", selected=True)).to_have_count(2)
    page.keyboard.press("m")
    expect(toast(page, "Merged identity-00003 into identity-00001.")).to_be_visible()
    expect(cards(page)).to_have_count(3)

    page.keyboard.press("Control+z")
    expect(cards(page)).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(card(page, 4)).not_to_contain_text("Ada Example")
    page.keyboard.press("Control+Shift+z")
    expect(card(page, 4)).to_contain_text("Ada Example")


def test_name_two_merge_one_and_undo_by_mouse(page: Page) -> None:
    open_board(page)
    for number, name in ((2, "Bob Example"), (4, "Ada Example")):
        card(page, number).get_by_role("button", name="Who is this?").click()
        page.get_by_role("combobox", name=f"Name of #{number}").fill(name)
        page.get_by_role("option", name=f"Add “{name}”").click()
        expect(card(page, number)).to_contain_text(name)

    card(page, 3).locator(".picture").drag_to(card(page, 1).locator(".picture"))
    expect(toast(page, "Merged identity-00003 into identity-00001.")).to_be_visible()
    expect(cards(page)).to_have_count(3)
    toast(page, "Merged").get_by_role("button", name="Undo").click()
    expect(cards(page)).to_have_count(4)
    toast(page, "Undid").get_by_role("button", name="Redo").click()
    expect(cards(page)).to_have_count(3)


def test_a_digit_gives_the_name_of_the_bar(page: Page) -> None:
    open_board(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("/")
    page.keyboard.type("Bob Example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Bob Example")).to_be_visible()
    page.keyboard.press("1")
    expect(cards(page)).to_have_count(3)
    expect(cards(page).filter(has_text="Bob Example")).to_have_count(1)


def test_what_is_not_a_face_leaves_until_undone(page: Page) -> None:
    open_board(page)
    card(page, 1).click()
    page.get_by_role("button", name="Not a face").click()
    expect(card(page, 1)).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).first.click()
    expect(card(page, 1)).to_be_visible()


def test_a_refused_merge_says_why_and_can_be_made_all_the_same(page: Page) -> None:
    page.goto(f"/review/{EP_ID}/compare/identity-00001/identity-00002")
    page.get_by_role("button", name="Different people").click()
    expect(toast(page, "apart from")).to_be_visible()
    expect(cards(page)).to_have_count(4)
    card(page, 1).click()
    card(page, 2).click()
    page.get_by_role("button", name="Merge").click()
    refusal = toast(page, "different")
    expect(refusal).to_be_visible()
    expect(cards(page)).to_have_count(4)
    refusal.get_by_role("button", name="Merge all the same").click()
    expect(cards(page)).to_have_count(3)


def test_a_change_of_somebody_else_appears(page: Page, server: str) -> None:
    open_board(page)
    answer = page.request.post(
        f"{server}/episodes/{EP_ID}/identities/merge",
        data={"target_id": "identity-00001", "source_ids": ["identity-00003"]},
        headers={"Screenalytics-Actor": "somebody else"},
    )
    assert answer.ok
    expect(cards(page)).to_have_count(3)


def test_shift_selects_a_range_by_mouse_and_by_arrows(page: Page) -> None:
    open_board(page)
    selected = page.get_by_role("gridcell", selected=True)
    cards(page).nth(0).click()
    cards(page).nth(2).click(modifiers=["Shift"])
    expect(selected).to_have_count(3)
    page.keyboard.press("Escape")
    expect(selected).to_have_count(0)
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    expect(selected).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.rsplit('/review/', 1)[0]}/review/{EP_ID}/identity/identity-00004")
