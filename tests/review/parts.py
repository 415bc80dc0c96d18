"""Parts of the review pages, as tests find them."""

from playwright.sync_api import Locator, Page


def cards(page: Page) -> Locator:
    return page.get_by_role("gridcell")


def card(page: Page, number: int) -> Locator:
    return page.locator(f'[data-key="identity-{number:05d}"]')


def focused(page: Page) -> Locator:
    return page.locator("[role=gridcell]:focus")


def toast(page: Page, text: str) -> Locator:
    return page.get_by_role("status", name="Messages").locator(".toast").filter(has_text=text)
