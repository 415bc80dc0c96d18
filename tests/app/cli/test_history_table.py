"""The history of what people did, as a terminal shows it."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from screenalytics_app.actions.moderation.history import Entry
from screenalytics_app.cli.tables.moderation import history_table
from tests.app.screen import rendered

GESTURE, UNDO = UUID("01990000-0000-7000-8000-000000000001"), UUID("01990000-0000-7000-8000-000000000002")
NAMES = ("identity-00001", "demo-s01e02/identity-00002", "track-00003")
AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ENTRIES = [
    Entry(GESTURE, 1000, AT, "a person with a long name", ("differ", "same"), NAMES, "overruled", "contradicted: 1001"),
    Entry(UNDO, 1001, AT, "ann", ("undo",), (str(GESTURE),), "applied"),
]


@pytest.mark.parametrize(("width", "wide"), [(80, False), (250, False), (250, True)])
def test_the_ids_of_gestures_are_whole(width: int, wide: bool) -> None:
    shown = rendered(history_table("demo-s01e01", ENTRIES, wide), width)
    assert (shown.count(str(GESTURE)), shown.count(str(UNDO))) == (2, 1)
    assert all(word in shown for word in ("1000", "2026-01-02 03:04", "overruled", "differ + same", "identity-00001"))
    assert ("track-00003" in shown) == ("contradicted: 1001" in shown) == wide
    assert max(map(len, shown.splitlines())) <= width
