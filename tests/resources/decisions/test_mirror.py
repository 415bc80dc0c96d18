"""The mirror file: format, seal, digest, and a sentence for each kind of damage."""

import hashlib
import json
import stat
from collections.abc import Callable

import pytest

from screenalytics_resources.decisions.mirror import decisions_sha256
from screenalytics_resources.errors import UserError
from tests.resources.decisions.gestures import label, lock
from tests.resources.decisions.log_bench import LogBench


def test_without_a_file_there_are_no_decisions(bench: LogBench) -> None:
    assert bench.mirrored() == ()
    assert decisions_sha256(bench.store, bench.ep_id) == "none"


def test_the_first_line_seals_the_lines_after_it(bench: LogBench) -> None:
    bench.add(lock(), label("Zoë"))
    bench.add(lock(2))
    first, *lines = bench.path.read_bytes().splitlines(keepends=True)
    seal = json.loads(first)["seal"]
    assert (seal["version"], seal["decisions"]) == (1, 3)
    assert seal["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest() == decisions_sha256(bench.store, bench.ep_id)
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert bench.agree()


def test_only_the_owner_can_read_the_file_and_the_folder_is_as_usual(bench: LogBench) -> None:
    bench.add()
    bench.add()
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(bench.path.parent.stat().st_mode) & 0o055 == 0o055


def test_each_decision_changes_the_digest(bench: LogBench) -> None:
    digests = []
    for _ in range(3):
        bench.add()
        digests.append(decisions_sha256(bench.store, bench.ep_id))
    assert len(set(digests)) == 3


def edit_seal(content: bytes, **changes: object) -> bytes:
    first, rest = content.split(b"\n", 1)
    seal = json.loads(first)["seal"] | changes
    return json.dumps({"seal": seal}).encode() + b"\n" + rest


def resealed(content: bytes, old: bytes, new: bytes) -> bytes:
    first, rest = content.split(b"\n", 1)
    rest = rest.replace(old, new)
    return edit_seal(first + b"\n" + rest, sha256=hashlib.sha256(rest).hexdigest())


def test_a_longer_log_is_parsed_from_where_it_was(bench: LogBench) -> None:
    bench.add(lock(), label("Zoë"))
    first = bench.mirrored()
    bench.add(lock(2))
    longer = bench.mirrored()
    assert [decision.seq for decision in longer] == [1, 2, 3]
    assert all(old is new for old, new in zip(first, longer, strict=False))


def test_changed_lines_are_parsed_again(bench: LogBench) -> None:
    bench.add(lock(), label("Zoë"))
    assert bench.mirrored()[1].value.text == "Zoë"
    bench.path.write_bytes(resealed(bench.path.read_bytes(), "Zoë".encode(), b"Ann"))
    assert bench.mirrored()[1].value.text == "Ann"


DAMAGE = {
    "truncated": (lambda c: c[:-9], "do not match the checksum in its first line"),
    "edited": (lambda c: c.replace(b"local", b"other"), "do not match the checksum in its first line"),
    "empty": (lambda c: b"", "its first line is not a seal"),
    "no seal": (lambda c: c.split(b"\n", 1)[1], "its first line is not a seal"),
    "not text": (lambda c: b"\xff\x00" + c, "its first line is not a seal"),
    "other count": (lambda c: edit_seal(c, decisions=3), "its lines are not decisions 1 to 3 of"),
    "gap": (lambda c: resealed(c, b'"seq":2', b'"seq":3'), "its lines are not decisions 1 to 2 of"),
    "other episode": (lambda c: resealed(c, b'"ep_id":"', b'"ep_id":"x'), "its lines are not decisions 1 to 2 of"),
    "invalid field": (lambda c: resealed(c, b'"seq":2', b'"seq":"Zoe"'), "seq is invalid; put back a copy of it, or"),
}
NEWER = {
    "version": (lambda c: edit_seal(c, version=2), "its seal has version 2"),
    "seal field": (lambda c: edit_seal(c, more=1), "fields that this release does not know"),
    "kind": (lambda c: resealed(c, b'"kind":"lock"', b'"kind":"knot"'), "kind is invalid"),
    "field": (lambda c: resealed(c, b'"seq":2', b'"seq":2,"more":1'), "more is invalid"),
}


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_one_sentence_with_the_remedy(
    bench: LogBench, damage: Callable[[bytes], bytes], sentence: str
) -> None:
    bench.add(lock(), lock(2))
    bench.path.write_bytes(damage(bench.path.read_bytes()))
    with pytest.raises(UserError, match=sentence) as error:
        bench.mirrored()
    assert f"manifests/{bench.ep_id}/decisions.jsonl cannot be used: " in str(error.value)
    option = "--ep-id" if bench.ep_id.endswith("-s01e01") else "--show"
    again = f"delete it, and the next decision or `screenalytics identity history {option} {bench.ep_id}` writes it"
    assert again in str(error.value)
    assert "Zoe" not in str(error.value)


@pytest.mark.parametrize(("change", "sentence"), NEWER.values(), ids=NEWER)
def test_a_file_of_a_newer_release(bench: LogBench, change: Callable[[bytes], bytes], sentence: str) -> None:
    bench.add(lock(), lock(2))
    bench.path.write_bytes(change(bench.path.read_bytes()))
    with pytest.raises(UserError, match=rf"a newer release wrote it \({sentence}|{sentence}") as error:
        bench.mirrored()
    assert str(error.value).endswith("update Screenalytics.")


def test_the_digest_of_an_unreadable_file(bench: LogBench) -> None:
    bench.add()
    bench.path.write_bytes(b"{")
    assert decisions_sha256(bench.store, bench.ep_id) == "unreadable"
