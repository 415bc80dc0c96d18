"""Pages of a list: a walk sees every item once, and an invalid cursor is refused."""

import base64

import pytest

from screenalytics_app.api.cursors import page_of
from screenalytics_app.api.problems import ProblemError

ITEMS = [("b", 2.5), ("a", 2.5), ("c", 1), ("d", -1.0)]


def key(item: tuple[str, float]) -> tuple[float, str]:
    return -item[1], item[0]


def walk(items: list[tuple[str, float]], limit: int) -> list[list[str]]:
    pages, cursor = [], None
    while True:
        page = page_of(items, key, cursor, limit)
        pages.append([name for name, _ in page.items])
        cursor = page.next
        if cursor is None:
            return pages


@pytest.mark.parametrize(
    ("limit", "pages"),
    [
        pytest.param(1, [["a"], ["b"], ["c"], ["d"]], id="one by one"),
        pytest.param(2, [["a", "b"], ["c", "d"]], id="the last page is full"),
        pytest.param(3, [["a", "b", "c"], ["d"]], id="the last page is not full"),
        pytest.param(9, [["a", "b", "c", "d"]], id="all at once"),
    ],
)
def test_a_walk_sees_every_item_once_in_order(limit: int, pages: list[list[str]]) -> None:
    assert walk(ITEMS, limit) == pages


def test_no_items_are_one_empty_page() -> None:
    assert walk([], 5) == [[]]


def test_items_that_come_and_go_do_not_move_the_next_page() -> None:
    first = page_of(ITEMS, key, None, 2)
    changed = [("0", 9.0), ("c", 1), ("d", -1.0), ("e", -2.0)]
    assert [name for name, _ in page_of(changed, key, first.next, 2).items] == ["c", "d"]


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="empty"),
        pytest.param("?", id="not base64"),
        pytest.param("\u00e9", id="not ASCII"),
        pytest.param(encoded("{"), id="not JSON"),
        pytest.param(encoded('"a"'), id="not a list"),
        pytest.param(encoded("[1]"), id="too short"),
        pytest.param(encoded('["a", "b"]'), id="text for a number"),
        pytest.param(encoded('[true, "b"]'), id="truth value for a number"),
        pytest.param(encoded('[null, "b"]'), id="null"),
        pytest.param(encoded("[" * 900), id="deeply nested"),
        pytest.param("AAAAA", id="length that base64 does not have"),
    ],
)
def test_an_invalid_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ProblemError, match="is not a cursor of this list") as caught:
        page_of(ITEMS, key, cursor, 2)
    assert caught.value.status == 422
