"""Table and mirror together: they agree after each gesture, and after copies, kills and damage."""

import os
import signal
from contextlib import nullcontext
from pathlib import Path
from uuid import UUID

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions import log
from screenalytics_resources.decisions.announcement import ANNOUNCEMENT, announce
from screenalytics_resources.decisions.mirror import BEHIND, decisions_sha256, read_seal
from screenalytics_resources.decisions.records import Gesture
from screenalytics_resources.decisions.request_digest import KeyReusedError, request_digest
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank import cast_store
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.embedded_server import running_server
from tests.killed import die_at
from tests.resources.decisions.gestures import gesture, is_person, label, lock
from tests.resources.decisions.log_bench import LogBench


def copied(bench: LogBench) -> LogBench:
    """Return the bench with an empty database, as after copying the data root to another machine."""
    bench.cast.remove_decisions(bench.ep_id)
    return bench


def test_they_agree_after_each_gesture(bench: LogBench) -> None:
    for number in range(4):
        bench.add(lock(number), label("a"))
        assert bench.agree()
    assert len(bench.mirrored()) == 8


def test_a_repeated_key_appends_nothing(bench: LogBench) -> None:
    first = bench.add(lock(), lock(2), key="one")
    assert bench.add(lock(3), key="one") == first == bench.mirrored()


def test_a_refused_gesture_changes_nothing(bench: LogBench) -> None:
    def refuse(past: object) -> Gesture:
        raise UserError("stale")

    bench.add()
    before = bench.path.read_bytes()
    with pytest.raises(UserError, match="stale"):
        log.append_gesture(bench.store, bench.cast, bench.ep_id, "local", "k", refuse)
    assert bench.path.read_bytes() == before
    assert len(bench.cast.decisions(bench.ep_id)) == 1


def test_a_mirror_exists_before_the_first_decision_is_stored(bench: LogBench) -> None:
    def look(past: object) -> Gesture:
        assert bench.path.exists() and bench.mirrored() == ()
        return gesture(lock())

    log.append_gesture(bench.store, bench.cast, bench.ep_id, "local", None, look)
    assert bench.agree()


def test_reconciling_without_any_decision_makes_no_file(bench: LogBench) -> None:
    bench.reconcile()
    assert not bench.path.exists()


def test_a_mirror_behind_the_database_is_completed(bench: LogBench) -> None:
    bench.add()
    bench.cast.append(bench.ep_id, "local", None, lambda past: gesture(lock(2)))
    assert len(bench.mirrored()) == 1
    bench.reconcile()
    assert bench.agree() and len(bench.mirrored()) == 2
    bench.path.unlink()
    bench.reconcile()
    assert bench.agree() and len(bench.mirrored()) == 2


@pytest.mark.parametrize("use", ["reconcile", "add"])
def test_a_copied_data_root_brings_its_log_along(bench: LogBench, use: str) -> None:
    made = bench.add(lock(), key="one") + bench.add(lock(2))
    other = copied(bench)
    getattr(other, use)()
    assert other.agree()
    assert other.mirrored()[:2] == made
    assert bench.add(lock(), key="one") == made[:1]


def test_a_database_from_an_older_backup_is_completed(bench: LogBench) -> None:
    made = bench.add() + bench.add(lock(2)) + bench.add(lock(3))
    content = bench.path.read_bytes()
    copied(bench).cast.import_decisions(bench.ep_id, made[:1])
    bench.path.write_bytes(content)
    bench.add(lock(4))
    assert bench.agree()
    assert bench.mirrored()[:3] == made and len(bench.mirrored()) == 4


@pytest.mark.parametrize("longer", ["mirror", "database"])
def test_two_logs_that_differ_are_refused_and_kept(bench: LogBench, longer: str) -> None:
    first = bench.add()
    bench.add(lock(2))
    if longer == "mirror":
        bench.add(lock(3))
    content = bench.path.read_bytes()
    copied(bench).cast.import_decisions(bench.ep_id, first)
    for _ in range(1 if longer == "mirror" else 3):
        bench.cast.append(bench.ep_id, "local", None, lambda past: gesture(label("other")))
    stored = bench.cast.decisions(bench.ep_id)
    for use in (bench.reconcile, bench.add):
        with pytest.raises(
            UserError, match=r"and the database differ from decision 2 on \(\d and \d decisions\).*delete"
        ):
            use()
    assert bench.path.read_bytes() == content
    assert bench.cast.decisions(bench.ep_id) == stored


def test_a_damaged_mirror_that_is_deleted_is_written_again(bench: LogBench) -> None:
    made = bench.add() + bench.add(lock(2))
    bench.path.write_bytes(b"{")
    with pytest.raises(UserError, match="cannot be used: its first line is not a seal"):
        bench.add()
    assert bench.cast.decisions(bench.ep_id) == made
    bench.path.unlink()
    bench.add(lock(3))
    assert bench.agree() and bench.mirrored()[:2] == made


def test_after_an_erasure_the_mirror_follows(bench: LogBench) -> None:
    show = bench.ep_id.partition("-")[0]
    bench.cast.add_person(show, "ada", "Ada")
    bench.cast.add_person(show, "ben", "Ben")
    bench.add(is_person("ada"))
    bench.cast.merge_people(show, "ada", "ben")
    bench.reconcile()
    assert bench.agree()
    assert [one.value.person_id for one in bench.mirrored()] == ["ben"]
    bench.cast.remove_person(show, "ben", force=True)
    bench.add()
    assert bench.agree()
    assert bench.mirrored()[0].value.forgotten


def test_a_mirror_that_cannot_be_written_says_that_the_decision_is_saved(
    bench: LogBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(log, "write_mirror", full)
        with pytest.raises(UserError, match=r"is saved in the database, but decisions\.jsonl could not be written"):
            bench.add(lock(2), key="two")
    assert len(bench.mirrored()) == 1
    assert [one.seq for one in bench.add(lock(2), key="two")] == [2]
    assert bench.agree() and len(bench.mirrored()) == 2


def test_a_run_that_removes_partial_files_meanwhile(bench: LogBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.add()
    original, removed = os.fsync, []

    def remove(descriptor: int) -> None:
        original(descriptor)
        if not removed:
            removed.append(descriptor)
            bench.store.remove_leftovers(bench.ep_id)

    monkeypatch.setattr(os, "fsync", remove)
    bench.add(lock(2))
    assert removed and bench.agree()


def test_in_object_storage(cast: CastStore, show: str, bucket: str) -> None:
    bench = LogBench(ArtifactStore(bucket), cast, f"{show}-s01e01")
    made = bench.add(lock(), key="one") + bench.add(lock(2))
    seal = read_seal(bench.store, bench.ep_id)
    assert seal is not None and seal.decisions == 2
    assert bench.mirrored() == made == cast.decisions(bench.ep_id)
    copied(bench).reconcile()
    assert cast.decisions(bench.ep_id) == made


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast_database: None) -> ArtifactStore:
    """A data root with its own embedded server."""
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
    return ArtifactStore(str(tmp_path / "own"))


def test_a_database_that_is_down(own: ArtifactStore) -> None:
    with running_server(Path(own.root)) as sockets, open_cast_store(own.root) as cast:
        bench = LogBench(own, cast, "demo-s01e01")
        bench.add()
        before = bench.path.read_bytes()
        cast._engine.dispose()
        aside = sockets.rename(sockets.with_name("aside"))
        with pytest.raises(UserError, match="was lost and nothing was changed: check that the server is running"):
            bench.add(lock(2))
        aside.rename(sockets)
        assert bench.path.read_bytes() == before
        bench.add(lock(2))
        assert bench.agree() and len(bench.mirrored()) == 2


def acknowledged(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def append_and_acknowledge(own: ArtifactStore, said: Path) -> None:
    """Append three gestures, and note each in `said` when its answer has come."""
    with open_cast_store(own.root) as cast:
        bench = LogBench(own, cast, "demo-s01e01")
        for number in range(3):
            key = f"{len(acknowledged(said))}"
            bench.add(lock(number), lock(number + 1), key=key)
            with said.open("a") as file:
                file.write(f"{key}\n")


def test_a_kill_loses_no_acknowledged_decision(own: ArtifactStore, tmp_path: Path) -> None:
    said = tmp_path / "said"
    with open_cast_store(own.root) as cast:
        bench = LogBench(own, cast, "demo-s01e01")
        kills = 0
        while not die_at(1 + kills, lambda: append_and_acknowledge(own, said)):
            kills += 1
            bench.reconcile()
            assert bench.agree() or cast.decision_log("demo-s01e01") is None
        keys = [one.idempotency_key for one in cast.decisions("demo-s01e01")]
        assert bench.agree() and kills > 5
    assert sorted(keys) == sorted(2 * acknowledged(said))


def killed_before_the_mirror(own: ArtifactStore) -> None:
    """Append a gesture in a child that is killed after the commit."""
    child = os.fork()
    if child == 0:
        with open_cast_store(own.root) as cast:
            log._reconcile = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
            LogBench(own, cast, "demo-s01e01").add(lock(2))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_reader_notices_a_gesture_that_was_killed_before_the_mirror_was_written(own: ArtifactStore) -> None:
    with open_cast_store(own.root) as cast:
        bench = LogBench(own, cast, "demo-s01e01")
        bench.add()
        killed_before_the_mirror(own)
        assert len(bench.mirrored()) == 1 and len(cast.decisions(bench.ep_id)) == 2
        assert decisions_sha256(own, bench.ep_id) == BEHIND
        log.catch_up(own, bench.ep_id)
        assert bench.agree() and len(bench.mirrored()) == 2
        assert decisions_sha256(own, bench.ep_id) == read_seal(own, bench.ep_id).sha256  # type: ignore[union-attr]


@pytest.mark.parametrize("decisions", [0, 2])
def test_a_mirror_that_is_not_behind_needs_no_database(
    bench: LogBench, decisions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(decisions):
        bench.add(lock(number))
    monkeypatch.setattr(cast_store, "open_cast_store", None)
    log.catch_up(bench.store, bench.ep_id)
    assert len(bench.mirrored()) == decisions


@pytest.mark.parametrize("content", [b"5", b"", b"x"])
def test_an_announcement_of_what_was_never_committed_is_corrected(
    bench: LogBench, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add()
    bench.path.with_name(ANNOUNCEMENT).write_bytes(content)
    assert decisions_sha256(bench.store, bench.ep_id) == BEHIND
    monkeypatch.setattr(cast_store, "open_cast_store", lambda root: nullcontext(bench.cast))
    log.catch_up(bench.store, bench.ep_id)
    assert bench.path.with_name(ANNOUNCEMENT).read_bytes() == b"1"
    assert decisions_sha256(bench.store, bench.ep_id) != BEHIND


def test_a_refused_gesture_announces_nothing(bench: LogBench) -> None:
    def refuse(past: object) -> Gesture:
        raise UserError("stale")

    bench.add()
    with pytest.raises(UserError, match="stale"):
        log.append_gesture(bench.store, bench.cast, bench.ep_id, "local", None, refuse)
    assert decisions_sha256(bench.store, bench.ep_id) != BEHIND


def test_an_announcement_in_object_storage(cast: CastStore, show: str, bucket: str) -> None:
    bench = LogBench(ArtifactStore(bucket), cast, f"{show}-s01e01")
    bench.add()
    assert decisions_sha256(bench.store, bench.ep_id) != BEHIND
    announce(bench.store, bench.ep_id, 2)
    assert decisions_sha256(bench.store, bench.ep_id) == BEHIND


def say(bench: LogBench, number: int, fingerprint: str | None, actor: str = "local") -> tuple[int, ...]:
    made = gesture(lock(number), label("a"))
    rows = log.append_gesture(bench.store, bench.cast, bench.ep_id, actor, "one", lambda past: made, fingerprint)
    return tuple(row.seq for row in rows)


@pytest.mark.parametrize(
    ("first", "second", "is_refused"),
    [
        pytest.param("lock 1", "lock 1", False, id="the-same-request"),
        pytest.param("lock 1", "lock 2", True, id="another-request"),
        pytest.param(None, "lock 2", False, id="made-by-an-earlier-release"),
        pytest.param("lock 1", None, False, id="repeated-without-a-fingerprint"),
    ],
)
def test_a_key_is_of_one_request(bench: LogBench, first: str | None, second: str | None, is_refused: bool) -> None:
    assert say(bench, 1, first) == (1, 2)
    if is_refused:
        with pytest.raises(
            KeyReusedError, match=rf"^The idempotency key 'one' belongs to another request in {bench.ep_id}: repeat"
        ):
            say(bench, 2, second)
    else:
        assert say(bench, 2, second) == (1, 2)
    assert say(bench, 2, second, actor="ben") == (3, 4)
    assert bench.agree() and len(bench.mirrored()) == 4


def test_an_erasure_makes_digests_of_requests_useless(bench: LogBench) -> None:
    show = bench.ep_id.partition("-")[0]
    bench.cast.add_person(show, "ada", "Ada")
    bench.add(is_person("ada"))
    assert say(bench, 1, "lock 1") == (2, 3)
    bench.cast.remove_person(show, "ada", force=True)
    assert say(bench, 1, "lock 2") == (2, 3)


def test_a_digest_is_keyed_with_the_epoch() -> None:
    epoch = UUID(int=1)
    assert request_digest(None, epoch) is None
    assert request_digest("Ada", epoch) == request_digest("Ada", epoch) != request_digest("Ada", UUID(int=2))
    assert "Ada" not in str(request_digest("Ada", epoch))
