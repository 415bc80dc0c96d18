"""Names and texts of unknown origin, as they are printed and stored."""

import os

import pytest

from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.plain_text import number_or_kind, printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Show - S01E01 [dqw4].mp4", "Show - S01E01 [dqw4].mp4", id="brackets"),
        pytest.param("a[/b].mp4", "a[/b].mp4", id="closing-tag"),
        pytest.param(os.fsdecode(b"latin\xe9.jpg"), r"latin\xe9.jpg", id="not-utf-8"),
        pytest.param("\ud800", r"\ud800", id="other-surrogate"),
        pytest.param("\x1b[2J\x1b]0;t\x07", r"\x1b[2J\x1b]0;t\x07", id="escape-sequences"),
        pytest.param("\x9b31m", r"\x9b31m", id="eight-bit-csi"),
        pytest.param("one\ntwo\r\t\x7f\0", r"one\ntwo\r\t\x7f\x00", id="control-characters"),
        pytest.param("a\u2028b", r"a\u2028b", id="line-separator"),
        pytest.param("gpj.\u202eexe", r"gpj.\u202eexe", id="right-to-left-override"),
        pytest.param("Zoë 日本\u3000語 👩\u200d💻 \u05d0", "Zoë 日本\u3000語 👩\u200d💻 \u05d0", id="other-scripts"),
        pytest.param(r"a\x1b \n", r"a\x1b \n", id="backslashes"),
        pytest.param("", "", id="empty"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected
    assert printable(expected) == expected


@pytest.mark.parametrize("kind", [UserError, UnavailableError])
def test_the_message_of_an_error_is_printable(kind: type[UserError]) -> None:
    name = os.fsdecode(b"x\xe9\x1b")
    assert str(kind(f"{name} is missing.")) == r"x\xe9\x1b is missing."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(-1, "-1", id="number"),
        pytest.param(0.5, "0.5", id="fraction"),
        pytest.param(None, "None", id="nothing"),
        pytest.param(True, "True", id="truth"),
        pytest.param("Zoë Quaxley", "a text", id="text"),
        pytest.param(["Zoë"], "a list", id="list"),
        pytest.param({"Zoë": 1}, "an object", id="object"),
    ],
)
def test_an_invalid_value_in_a_message_shows_no_text(value: object, expected: str) -> None:
    assert number_or_kind(value) == expected
