"""Presses keys and buttons in a browser, and counts: a pointer press or a key is one action, and so is a typed name."""

from typing import Protocol

from playwright.sync_api import Locator, Page

DIGITS = ".name-bar-people button"
SEARCH = ".bar-tools input[role=combobox]"


class Hands(Protocol):
    """A person who uses the keyboard alone, or the mouse alone except for names."""

    actions: int

    def say(self, word: str) -> None:
        """Answer a question: `yes` or `no`."""

    def name(self, name: str) -> None:
        """Give this name to what the page is about."""

    def not_a_face(self) -> None:
        """Say that what is selected, or else the identity, shows no face."""

    def select(self, cells: Locator, wanted: list[int], at: int) -> None:
        """Select these cells of a grid, by position, while the cell `at` is the active one."""

    def go_on(self, link: Locator) -> None:
        """Follow a link that the page offers as the next step."""


class KeyboardHands:
    """Uses the keyboard alone."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.actions = 0

    def say(self, word: str) -> None:
        self._press({"yes": "y", "no": "n"}[word])

    def name(self, name: str) -> None:
        place = digit_of(self._page, name)
        if place is not None:
            self._press(str(place))
            return
        self._press("/")
        self.actions += 1
        type_name(self._page, name)

    def not_a_face(self) -> None:
        self._press("x")

    def select(self, cells: Locator, wanted: list[int], at: int) -> None:
        for first, last in runs(wanted):
            for _ in range(abs(first - at)):
                self._press("ArrowRight" if first > at else "ArrowLeft")
            if first == last:
                self._press("Space")
            for _ in range(last - first):
                self._press("Shift+ArrowRight")
            at = last

    def go_on(self, link: Locator) -> None:
        link.wait_for()
        self._press("Enter")

    def _press(self, key: str) -> None:
        self._page.keyboard.press(key)
        self.actions += 1


class MouseHands:
    """Uses the mouse alone, and types names that no button shows."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.actions = 0

    def say(self, word: str) -> None:
        self._click(self._page.locator(".answers button", has_text={"yes": "Yes", "no": "No"}[word]).first)

    def name(self, name: str) -> None:
        place = digit_of(self._page, name)
        if place is not None:
            self._click(self._page.locator(DIGITS).nth(place - 1))
            return
        self._click(self._page.locator(SEARCH))
        self.actions += 1
        type_name(self._page, name)

    def not_a_face(self) -> None:
        self._click(self._page.get_by_role("button", name="Not a face").first)

    def select(self, cells: Locator, wanted: list[int], at: int) -> None:
        for first, last in runs(wanted):
            self._click(cells.nth(first))
            if last > first:
                cells.nth(last).click(modifiers=["Shift"])
                self.actions += 1

    def go_on(self, link: Locator) -> None:
        self._click(link)

    def _click(self, target: Locator) -> None:
        target.click()
        self.actions += 1


def digit_of(page: Page, name: str) -> int | None:
    """Return the digit that gives this name, 1 to 9, or None."""
    shown = [text.split(maxsplit=1)[-1].strip() for text in page.locator(DIGITS).all_inner_texts()]
    return shown.index(name) + 1 if name in shown else None


def type_name(page: Page, name: str) -> None:
    """Type a name into the field that has the focus, and take it."""
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def runs(positions: list[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of neighbours.

    >>> runs([0, 1, 2, 5])
    [(0, 2), (5, 5)]
    """
    found: list[tuple[int, int]] = []
    for position in sorted(positions):
        if found and found[-1][1] == position - 1:
            found[-1] = found[-1][0], position
        else:
            found.append((position, position))
    return found
