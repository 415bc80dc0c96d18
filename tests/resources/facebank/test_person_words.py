"""Which words of a person are searched for, and where they count."""

import pytest

from screenalytics_resources.facebank.person_words import words_of
from screenalytics_resources.facebank.records import Traces

TRACES = Traces(frozenset({"zoe-quaxley"}), frozenset({"Zoë Quaxley", "Ben"}), frozenset({"seed-0123456789ab"}))
SHORT = Traces(frozenset({"ben"}))


@pytest.mark.parametrize(
    ("traces", "text", "redacted"),
    [
        pytest.param(TRACES, "no person zoe-quaxley: add", "no person [erased]: add", id="id"),
        pytest.param(TRACES, "x/zoe-quaxley/seed-0123456789ab_d.png", "x/[erased]/[erased]_d.png", id="picture"),
        pytest.param(TRACES, r'{"m": "Zo\u00eb Quaxley"}', '{"m": "[erased]"}', id="in-json"),
        pytest.param(
            TRACES, r'{"m": "{\"n\": \"Zo\\u00eb Quaxley\"}"}', r'{"m": "{\"n\": \"[erased]\"}"}', id="nested"
        ),
        pytest.param(TRACES, "Zoë Quaxley", "[erased]", id="utf-8"),
        pytest.param(TRACES, "tracksZoë Quaxley9", "tracks[erased]9", id="without-separators"),
        pytest.param(TRACES, r"first\nBen second", r"first\n[erased] second", id="after-an-escaped-newline"),
        pytest.param(TRACES, "Benjamin and bench", None, id="part-of-other-words"),
        pytest.param(SHORT, "person ben is gone", "person [erased] is gone", id="short-id"),
        pytest.param(SHORT, '{"kind": "ben"}', None, id="quoted-may-be-a-term"),
        pytest.param(SHORT, "ben-a, a-ben, bens", None, id="other-ids"),
        pytest.param(Traces(), "anything", None, id="no-words"),
    ],
)
def test_words_are_found_and_redacted(traces: Traces, text: str, redacted: str | None) -> None:
    words = words_of(traces, ())
    assert words.found_in(text) == (redacted is not None)
    assert words.redacted(text) == (text if redacted is None else redacted)
    same_length = words.redacted(text, same_length=True)
    assert len(same_length.encode()) == len(text.encode())
    assert not words.found_in(same_length)


def test_a_quoted_short_id_is_a_mention() -> None:
    assert words_of(SHORT, ()).mentioned_in('{"person_id": "ben"}')
    assert not words_of(SHORT, ()).mentioned_in('{"person_id": "ben-a"}')


def test_words_of_other_people_are_not_searched_for() -> None:
    others = {"Ben", "facebank/demo/zoe-quaxley/seed-1_d.png"}
    assert words_of(TRACES, others).words == {"Zoë Quaxley", "seed-0123456789ab"}


def test_a_word_inside_of_another_persons_word_counts_as_a_word_only() -> None:
    words = words_of(TRACES, {"zoe-quaxley-junior"})
    assert not words.found_in("zoe-quaxley-junior")
    assert words.found_in("(zoe-quaxley)")


def test_needles_of_the_database() -> None:
    needles = words_of(SHORT, ()).database_needles()
    assert needles == (b"\x09ben", b"\x1c\x00\x00\x00ben")
    assert b"zoe-quaxley" in words_of(TRACES, ()).database_needles()
    assert b"zoe-quaxley" not in words_of(TRACES, {"zoe-quaxley-junior"}).database_needles()
    assert words_of(Traces(frozenset({"g"}), vectors=frozenset({b"v" * 64})), ()).database_needles() == (b"v" * 64,)
