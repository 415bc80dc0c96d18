"""What every page has: keys and their switch, messages, light and dark, addresses."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.review.parts import cards, focused
from tests.tiny_episode import EP_ID

BOARD = f"/review/{EP_ID}/board"


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Keys")


def test_single_keys_can_be_switched_off(page: Page) -> None:
    page.goto(BOARD)
    expect(cards(page)).to_have_count(4)
    page.keyboard.press("?")
    panel(page).get_by_role("switch").uncheck()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).not_to_be_focused()

    page.reload()
    expect(cards(page)).to_have_count(4)
    page.keyboard.press("?")
    expect(panel(page)).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    panel(page).get_by_role("switch").check()
    page.get_by_role("button", name="Close the keys").click()
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()


def test_keys_are_dead_where_somebody_types(page: Page) -> None:
    page.goto(BOARD)
    expect(cards(page)).to_have_count(4)
    page.keyboard.press("/")
    page.keyboard.type("mx?")
    expect(page.get_by_role("combobox")).to_have_value("mx?")
    expect(panel(page)).to_have_count(0)
    expect(cards(page)).to_have_count(4)


def test_the_theme_follows_the_system_until_somebody_chooses(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/review/")
    html = page.locator("html")
    expect(html).to_have_css("background-color", "rgb(16, 17, 21)")
    page.get_by_role("button", name="Light or dark").click()
    expect(html).to_have_css("background-color", "rgb(246, 246, 248)")
    page.reload()
    expect(html).to_have_css("background-color", "rgb(246, 246, 248)")


def test_links_and_the_back_button_keep_the_document(page: Page) -> None:
    page.goto("/review/")
    page.get_by_role("link", name=EP_ID).click()
    expect(cards(page)).to_have_count(4)
    page.get_by_role("link", name="Open #2").focus()
    page.get_by_role("link", name="Open #2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unnamed #2")
    page.go_back()
    expect(page).to_have_url(re.compile("/board$"))
    expect(cards(page)).to_have_count(4)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        pytest.param("/review/none-s01e01/board", "There is no episode", id="an unknown episode"),
        pytest.param("/review/a/b/c/d/e", "Page not found", id="an unknown page"),
        pytest.param(f"/review/{EP_ID}/identity/identity-00099", "This identity is gone", id="an unknown identity"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(page: Page, address: str, says: str) -> None:
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text(says)


def test_a_new_page_has_the_focus(page: Page) -> None:
    page.goto(BOARD)
    expect(cards(page)).to_have_count(4)
    page.get_by_role("navigation").get_by_role("link", name="Queue").click()
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("navigation").get_by_role("link", name="Board").click()
    expect(page.get_by_role("main")).to_be_focused()
    expect(cards(page)).to_have_count(4)
    page.keyboard.press("ArrowDown")
    expect(focused(page)).to_have_count(1)
