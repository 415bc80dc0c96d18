"""Commands of the cast that are killed between database and files: the files follow, and a second call succeeds."""

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank import unfinished
from screenalytics_resources.facebank.cast_store import CastStore
from tests.app.cast_bench import A, B, assign_to, people, photo, pictures
from tests.app.screen import Screen
from tests.owner_rows import write_owner
from tests.resources.decisions.gestures import is_person
from tests.resources.decisions.log_bench import LogBench
from tests.tiny_episode import EP_ID


def kill_after(method: str, screen: Screen, *arguments: str) -> None:
    """Run a command in a child process that ends, without cleaning up, when `CastStore.method` has committed."""
    original: Callable[..., Any] = getattr(CastStore, method)
    child = os.fork()
    if child == 0:

        def commit_and_die(*given: Any, **named: Any) -> None:
            original(*given, **named)
            os._exit(9)

        setattr(CastStore, method, commit_and_die)
        try:
            screen.call(*arguments)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def records(root: Path) -> list[Path]:
    return sorted((root / "manifests").glob("*/unfinished-*"))


def listed(cast: CastStore, root: Path) -> bool:
    """Return whether `people.json` shows what the database holds, and no record is left."""
    document = json.loads((root / "manifests" / "tiny" / "people.json").read_bytes())
    del document["cast_sha256"], document["earlier_words"]
    return document == cast.people_document("tiny") and records(root) == []


ADD = ("cast", "add", "--show", "tiny", "--person", "cem", "--name", "Cem")
REMOVE = ("cast", "remove", "--show", "tiny", "--person", "ann-example", "--force")
MERGE = ("cast", "merge", "--show", "tiny", "--source", "ann-example", "--target", "ben")
ASSIGN = ("cast", "assign", "--ep-id", EP_ID, "--identity", A, "--person", "ann-example")


@pytest.fixture
def ann(screen: Screen, cast: CastStore, tmp_path: Path) -> str:
    """Give Ann a reference face; return its id."""
    one = str(photo(tmp_path, "person-g", "one.jpg"))
    assert screen.call("facebank", "add", "--show", "tiny", "--person", "ann-example", one) == 0
    return cast.seeds("tiny")[0].seed_id


@pytest.mark.parametrize(
    ("method", "command", "said"),
    [
        pytest.param("add_person", ADD, "Cem is cem in tiny", id="add"),
        pytest.param("remove_person", REMOVE, "removed ann-example and 2 pictures", id="remove"),
        pytest.param("merge_people", MERGE, "ann-example is now part of ben, also known as Ann Example", id="merge"),
    ],
)
def test_a_killed_command_can_be_repeated(
    screen: Screen, store: ArtifactStore, cast: CastStore, ann: str, method: str, command: tuple[str, ...], said: str
) -> None:
    root = Path(store.root)
    kill_after(method, screen, *command)
    assert not listed(cast, root), "otherwise this test could not fail"
    assert screen.call(*command) == 0
    assert said in " ".join(screen.out.split())
    assert listed(cast, root)
    known = {key for seed in cast.seeds("tiny") for key in seed.files}
    assert {path.relative_to(root).as_posix() for path in pictures(root, "tiny")} == known


@pytest.mark.usefixtures("ann")
def test_any_command_finishes_a_killed_one(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    kill_after("remove_person", screen, *REMOVE)
    assert len(pictures(Path(store.root), "tiny")) == 2
    assert screen.call("cast", "list", "--show", "tiny") == 0
    assert listed(cast, Path(store.root))
    assert pictures(Path(store.root), "tiny") == []
    assert "tiny has no person ann-example" in screen.refused(*REMOVE), "the files agree, so this is a second removal"


def test_killed_changes_of_reference_faces(
    screen: Screen, store: ArtifactStore, cast: CastStore, ann: str, tmp_path: Path
) -> None:
    root = Path(store.root)
    two = str(photo(tmp_path, "person-g", "two.png", 0.5))
    add = ("facebank", "add", "--show", "tiny", "--person", "ann-example", two)
    kill_after("add_seed", screen, *add)
    assert not listed(cast, root)
    assert screen.call(*add) == 0
    second = cast.seeds("tiny")[1].seed_id
    assert f"added {second} from two.png" in screen.out
    assert listed(cast, root) and len(pictures(root, "tiny")) == 4
    assert "is already a reference face" in screen.refused(*add)

    feature = ("facebank", "feature", "--show", "tiny", "--seed", second)
    kill_after("feature_seed", screen, *feature)
    assert screen.call(*feature) == 0
    assert listed(cast, root) and people(root, "tiny")["ann-example"]["featured_seed_id"] == second

    remove = ("facebank", "remove", "--show", "tiny", "--seed", ann)
    kill_after("remove_seed", screen, *remove)
    assert len(pictures(root, "tiny")) == 4
    assert screen.call(*remove) == 0
    assert f"removed {ann} and 2 pictures" in screen.out
    assert listed(cast, root) and len(pictures(root, "tiny")) == 2
    assert f"has no reference face {ann}" in screen.refused(*remove)


def test_a_kill_before_the_commit_leaves_no_pictures(
    screen: Screen, store: ArtifactStore, cast: CastStore, tmp_path: Path
) -> None:
    one = str(photo(tmp_path, "person-g", "one.jpg"))
    child = os.fork()
    if child == 0:
        CastStore.add_seed = lambda *_: os._exit(9)  # type: ignore[method-assign]
        screen.call("facebank", "add", "--show", "tiny", "--person", "ben", one)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(pictures(Path(store.root), "tiny")) == 2
    assert screen.call("facebank", "list", "--show", "tiny") == 0
    assert pictures(Path(store.root), "tiny") == [] and listed(cast, Path(store.root))


def test_a_killed_run(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    assert assign_to(screen, B, "ben") == 0
    write_owner(cast, "tiny", EP_ID, A, "ann-example", "machine", similarity=0.9)  # the run below removes it again
    kill_after("sync_episode", screen, "run", "--ep-id", EP_ID)
    assert records(Path(store.root)) != []
    assert screen.call("run", "--ep-id", EP_ID) == 0
    assert listed(cast, Path(store.root))
    # The machine names nobody, and what a person said is a decision.
    assert [person["cluster_ids"] for person in people(Path(store.root), "tiny").values()] == [[], []]


def test_a_killed_gesture_is_saved_and_its_mirror_follows(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    log = LogBench(store, cast, EP_ID)
    kill_after("append", screen, *ASSIGN)
    assert not log.agree()
    assert screen.call(*ASSIGN) == 0
    assert f"{A} of {EP_ID} was ann-example already" in " ".join(screen.out.split())
    assert log.agree()
    assert [one.value.person_id for one in log.mirrored()] == ["ann-example"]


def test_a_full_disk_after_the_commit(
    screen: Screen, store: ArtifactStore, cast: CastStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(unfinished, "write_people_file", full)
        assert "No space left" in screen.refused(*ADD)
    assert "cem" not in people(Path(store.root), "tiny")
    assert screen.call(*ADD) == 0
    assert listed(cast, Path(store.root)) and "cem" in people(Path(store.root), "tiny")


def test_files_with_people_are_private(screen: Screen, store: ArtifactStore, cast: CastStore, ann: str) -> None:
    root = Path(store.root)
    path = root / "manifests" / "tiny" / "people.json"
    path.chmod(0o644)  # as earlier releases wrote it
    assert screen.call(*ADD) == 0
    kill_after("feature_seed", screen, "facebank", "feature", "--show", "tiny", "--seed", ann)
    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in (path, *records(root))}
    assert len(modes) == 2 and set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE((root / "manifests" / EP_ID).stat().st_mode)


def test_a_record_with_foreign_paths_removes_nothing_else(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    root = Path(store.root)
    bystander = root / "facebank" / "other" / "ada" / "seed-1_d.png"
    bystander.parent.mkdir(parents=True)
    bystander.write_bytes(b"picture")
    keys = ["../x", "facebank/tiny/../other/ada/seed-1_d.png", "facebank/other/ada/seed-1_d.png", "videos/tiny/x/y"]
    record = root / "manifests" / "tiny" / "unfinished-0.json"
    for content in (json.dumps({"kind": "remove", "show": "other", "pictures": keys}), "{", "[]", '{"pictures": 1}'):
        record.write_text(content)
        assert screen.call("cast", "list", "--show", "tiny") == 0
        assert bystander.exists() and listed(cast, root)


@pytest.mark.parametrize(("command", "method"), [(MERGE, "merge_people"), (REMOVE, "remove_person")])
def test_the_mirror_of_decisions_follows_a_killed_command(
    screen: Screen, cast: CastStore, store: ArtifactStore, command: tuple[str, ...], method: str
) -> None:
    log = LogBench(store, cast, EP_ID)
    log.add(is_person("ann-example"))
    kill_after(method, screen, *command)
    assert not log.agree()
    assert screen.call("cast", "list", "--show", "tiny") == 0
    assert log.agree()
    assert [one.value.person_id for one in log.mirrored()] == (["ben"] if command is MERGE else [None])
