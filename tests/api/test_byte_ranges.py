"""Which part of a file a Range header asks for."""

import pytest

from screenalytics_app.api.byte_ranges import byte_range
from screenalytics_app.api.problems import ProblemError


@pytest.mark.parametrize(
    ("header", "part"),
    [
        pytest.param(None, None, id="no header"),
        pytest.param("bytes=0-0", (0, 1), id="the first byte"),
        pytest.param("bytes=10-19", (10, 20), id="a part"),
        pytest.param("bytes=90-", (90, 100), id="to the end"),
        pytest.param("bytes=90-500", (90, 100), id="beyond the end"),
        pytest.param("bytes=-5", (95, 100), id="the last bytes"),
        pytest.param("bytes=-500", (0, 100), id="more than there are"),
        pytest.param(" bytes=1-2 ", (1, 3), id="with spaces around it"),
        pytest.param("bytes=5-4", None, id="backwards: ignored"),
        pytest.param("bytes=-", None, id="empty: ignored"),
        pytest.param("bytes=0-1,5-6", None, id="several parts: ignored"),
        pytest.param("items=0-1", None, id="another unit: ignored"),
        pytest.param("bytes=a-b", None, id="no numbers: ignored"),
        pytest.param("bytes=" + "9" * 5000 + "-", None, id="endless number: ignored"),
    ],
)
def test_the_part_of_a_file_of_100_bytes(header: str | None, part: tuple[int, int] | None) -> None:
    assert byte_range(header, 100) == part


@pytest.mark.parametrize(
    ("header", "size"),
    [
        pytest.param("bytes=100-", 100, id="after the end"),
        pytest.param("bytes=-0", 100, id="no bytes"),
        pytest.param("bytes=0-", 0, id="an empty file"),
    ],
)
def test_a_part_that_begins_after_the_end_is_refused(header: str, size: int) -> None:
    with pytest.raises(ProblemError, match="ask for a part before its end") as caught:
        byte_range(header, size)
    assert (caught.value.status, caught.value.headers) == (416, {"Content-Range": f"bytes */{size}"})
