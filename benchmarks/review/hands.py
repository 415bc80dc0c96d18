"""Presses keys and buttons in a browser, and counts: a pointer press or a key is one action, and so is a typed name."""

from collections import Counter
from string import ascii_uppercase
from typing import Protocol

from playwright.sync_api import Locator, Page

DIGITS = ".name-bar-people button"
SEARCH = ".bar-tools input[role=combobox]"


class Hands(Protocol):
    """A person who uses the keyboard alone, or the mouse alone except for names."""

    actions: Counter[str]
    """Actions by kind."""

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
        self.actions: Counter[str] = Counter()

    def say(self, word: str) -> None:
        self._press({"yes": "y", "no": "n"}[word], "answer")

    def name(self, name: str) -> None:
        place = digit_of(self._page, name)
        if place is not None:
            self._press(str(place) if place <= 9 else f"Shift+Digit{place - 9}", "name by digit")
            return
        self._press("/", "type a name")
        self.actions["type a name"] += 1
        type_name(self._page, name)

    def not_a_face(self) -> None:
        self._press("x", "not a face")

    def select(self, cells: Locator, wanted: list[int], at: int) -> None:
        for first, last in runs(wanted):
            if first == at and last > first:
                for _ in range(last - first):
                    self._press("Shift+ArrowRight", "select")
            else:
                for position in range(first, last + 1):
                    self._press(f"Shift+{ascii_uppercase[position]}", "select")
            at = last

    def go_on(self, link: Locator) -> None:
        link.wait_for()
        self._press("Enter", "go on")

    def _press(self, key: str, kind: str) -> None:
        self._page.keyboard.press(key)
        self.actions[kind] += 1


class MouseHands:
    """Uses the mouse alone, and types names that no button shows."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.actions: Counter[str] = Counter()

    def say(self, word: str) -> None:
        self._click(self._page.locator(".answers button", has_text={"yes": "Yes", "no": "No"}[word]).first, "answer")

    def name(self, name: str) -> None:
        place = digit_of(self._page, name)
        if place is not None:
            self._click(self._page.locator(DIGITS).nth(place - 1), "name by digit")
            return
        self._click(self._page.locator(SEARCH), "type a name")
        self.actions["type a name"] += 1
        type_name(self._page, name)

    def not_a_face(self) -> None:
        self._click(self._page.get_by_role("button", name="Not a face").first, "not a face")

    def select(self, cells: Locator, wanted: list[int], at: int) -> None:
        for first, last in runs(wanted):
            self._click(cells.nth(first), "select")
            if last > first:
                cells.nth(last).click(modifiers=["Shift"])
                self.actions["select"] += 1

    def go_on(self, link: Locator) -> None:
        self._click(link, "go on")

    def _click(self, target: Locator, kind: str) -> None:
        target.click()
        self.actions[kind] += 1


def digit_of(page: Page, name: str) -> int | None:
    """Return the digit that gives this name, 1 to 9, or 10 to 18 for Shift and a digit; None if there is none."""
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
