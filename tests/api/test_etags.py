"""Entity tags and If-None-Match."""

import pytest

from screenalytics_app.api.etags import etag_of, not_modified, quoted

TAG = '"abc"'


def test_equal_bodies_have_equal_tags_and_others_do_not() -> None:
    assert etag_of(b"one") == etag_of(b"one") != etag_of(b"other")
    assert quoted("abc") == TAG


@pytest.mark.parametrize(
    ("header", "known"),
    [
        pytest.param(None, False, id="no header"),
        pytest.param('"abc"', True, id="the tag"),
        pytest.param('W/"abc"', True, id="compared weakly"),
        pytest.param('"x", "abc"', True, id="one of several"),
        pytest.param("*", True, id="any"),
        pytest.param('"x"', False, id="another"),
        pytest.param('"xabc"', False, id="ends alike"),
        pytest.param("abc", False, id="without quotes"),
        pytest.param("", False, id="empty"),
        pytest.param('"abc', False, id="torn"),
    ],
)
def test_the_client_has_it_if_one_tag_is_equal(header: str | None, known: bool) -> None:
    assert not_modified(header, TAG) is known
