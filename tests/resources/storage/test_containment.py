"""Nothing outside the data root is deleted, moved or replaced, through `..` in a path or through a link."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import refuse_links, remove_images, write_images
from screenalytics_resources.promotion import backups, recover, stage_backup, staging
from screenalytics_resources.storage.containment import OutsideRootError, contained

EP, OTHER = "demo-s01e01", "demo-s01e02"
TRACKS = f"manifests/{EP}/tracks.jsonl"
LINKED, NOT_BELOW = "is a link, so nothing below it was changed", "is not below the data root, so it was not changed"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Folder of the user next to the data root."""
    folder = tmp_path / "outside"
    for name in ("x", "ada/seed_d.png", f"{EP}/tracks.jsonl", f"{EP}/.partial-x", "crops/a.txt", "empty/deep/file"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"the user's {name}")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    root = tmp_path / "data"
    for name in (TRACKS, f"manifests/{OTHER}/tracks.jsonl", f"videos/{EP}/episode.mp4", "facebank/demo/ben/seed_d.png"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return ArtifactStore(str(root))


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def link(store: ArtifactStore, name: str, target: Path) -> None:
    """Put a link to `target` at `name` below the data root, in place of anything that exists there."""
    path = Path(store.root) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.rename(path.with_name(f"{path.name}-moved-away"))
    path.symlink_to(target)


Change = Callable[[ArtifactStore, str], object]
CHANGES: dict[str, Change] = {
    "write": lambda store, path: store.write(store.base / path, b"replaced"),
    "write a private file": lambda store, path: store.place.write(store.base / path, b"replaced", private=True),
    "import": lambda store, path: store.place.import_file(Path(__file__), store.base / path),
    "link to": lambda store, path: store.place.link(store.base / TRACKS, store.base / path),
    "link from": lambda store, path: store.place.link(store.base / path, store.base / "manifests" / "copy"),
    "move to": lambda store, path: store.place.move(store.base / TRACKS, store.base / path),
    "move from": lambda store, path: store.place.move(store.base / path, store.base / "manifests" / "moved"),
    "remove": lambda store, path: store.place.remove(store.base / path),
    "remove a folder": lambda store, path: store.place.remove_folder((store.base / path).parent),
    "remove empty folders": lambda store, path: store.place.remove_empty_folders(store.base / path, store.base),
    "stage": lambda store, path: store.staged_folder(store.base / path).__enter__(),
    "lock": lambda store, path: store.place.lock(store.base / path, EP).__enter__(),
    "remove pictures": lambda store, path: remove_images(store, [path]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../outside/crops/a.txt", id="parent folder"),
        pytest.param("manifests/../../outside/crops/a.txt", id="parent folder of a subfolder"),
        pytest.param(f"manifests/{EP}/../../../outside/crops/a.txt", id="parent folder of an episode's folder"),
        pytest.param("{outside}/crops/a.txt", id="absolute path"),
    ],
)
def test_a_path_that_leaves_the_root(store: ArtifactStore, outside: Path, path: str, change: Change) -> None:
    before = content(outside), content(Path(store.root))
    with pytest.raises(OutsideRootError, match=NOT_BELOW):
        change(store, path.format(outside=outside))
    assert (content(outside), content(Path(store.root))) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize(
    ("name", "target", "path"),
    [
        pytest.param("facebank", "outside", "facebank/ada/seed_d.png", id="facebank"),
        pytest.param("facebank/demo", "outside", "facebank/demo/ada/seed_d.png", id="folder of a show"),
        pytest.param("facebank/demo/ada", "outside/ada", "facebank/demo/ada/deep/seed_d.png", id="folder of a person"),
        pytest.param("promotions", "outside", f"promotions/{EP}/tracks.jsonl", id="promotions"),
        pytest.param(f"promotions/{EP}", f"outside/{EP}", f"promotions/{EP}/a/tracks.jsonl", id="kept sets"),
        pytest.param(f"manifests/{EP}", f"outside/{EP}", f"manifests/{EP}/a/tracks.jsonl", id="manifests"),
        pytest.param(f"frames/{EP}/crops", "outside/crops", f"frames/{EP}/crops/a/a.txt", id="crops"),
        pytest.param(f"videos/{EP}", f"outside/{EP}", f"videos/{EP}/a/episode.mp4", id="folder of a video"),
        pytest.param(
            f"manifests/{EP}", f"data/manifests/{OTHER}", f"manifests/{EP}/a/tracks.jsonl", id="another episode"
        ),
    ],
)
def test_a_path_through_a_link(
    store: ArtifactStore, outside: Path, name: str, target: str, path: str, change: Change
) -> None:
    link(store, name, outside.parent / target)
    tracks = Path(store.root) / TRACKS
    if not tracks.parent.is_symlink():
        tracks.parent.mkdir(exist_ok=True)
    before = content(outside), content(Path(store.root))
    with pytest.raises(OutsideRootError, match=LINKED):
        change(store, path)
    assert (content(outside), content(Path(store.root))) == before


def test_a_link_itself_is_removed_or_replaced_without_following_it(store: ArtifactStore, outside: Path) -> None:
    before = content(outside)
    for name in ("removed", "crops", "file"):
        link(store, f"frames/{EP}/{name}", outside / ("x" if name == "file" else "crops"))
    store.place.remove_folder(store.frames(EP, "removed"))
    with store.staged_folder(store.frames(EP, "crops")) as folder:
        (folder / "new.txt").write_text("new")
    store.write(store.frames(EP, "file"), b"new")
    link(store, f"frames/{EP}/empty", outside / "empty")
    store.place.remove_empty_folders(store.frames(EP), store.base)
    frames = Path(store.root) / "frames" / EP
    assert sorted(path.name for path in frames.iterdir()) == ["crops", "empty", "file"]
    assert (frames / "crops" / "new.txt").read_text() == (frames / "file").read_text() == "new"
    assert content(outside) == before


def test_partial_files_behind_a_link_stay(store: ArtifactStore, outside: Path) -> None:
    for room in ("videos", "manifests", "embeds", "frames"):
        link(store, f"{room}/{EP}", outside / EP)
    store.remove_leftovers(EP)
    assert (outside / EP / ".partial-x").exists()


def test_a_lock_that_is_a_link_is_refused(store: ArtifactStore, outside: Path) -> None:
    link(store, f"locks/{EP}", outside / "x")
    with pytest.raises(UserError, match=rf"The lock .*locks/{EP} is a link"), episode_lock(store, EP):
        pass
    assert (outside / "x").read_text() == "the user's x"


@pytest.mark.parametrize("room", ["", "videos", "manifests", "embeds", "frames", "locks", "alerts"])
def test_the_root_and_its_large_folders_may_be_links(tmp_path: Path, store: ArtifactStore, room: str) -> None:
    disk = tmp_path / "disk"
    root = Path(store.root)
    (root / room).mkdir(exist_ok=True)
    (root / room).rename(disk)
    (root / room).symlink_to(disk)
    path = store.base / ("manifests" if room in ("", "locks") else room) / EP / "x.json"
    store.write(path, b"written")
    store.place.move(path, path.parent / "y.json")
    store.place.remove(path.parent / "y.json")
    with store.staged_folder(path.parent / "crops"), episode_lock(store, EP):
        pass
    write_images(store, "demo", "ada", "seed-0123456789ab", {"d.png": b"picture"})
    refuse_links(store, "demo", "ada")
    assert remove_images(store, ["facebank/demo/ada/seed-0123456789ab_d.png"]) != []


def test_containment_in_object_storage() -> None:
    """A bucket has no links, but keys may contain `..`, and prefixes may begin with the same letters."""
    from upath import UPath

    root = UPath("s3://bucket/prefix", anon=True)
    assert contained(root, root / "manifests" / "x.json").path == "bucket/prefix/manifests/x.json"
    for path in (root, root / "..", UPath("s3://bucket/prefix2/x", anon=True), UPath("s3://other/prefix/x", anon=True)):
        with pytest.raises(OutsideRootError, match=NOT_BELOW):
            contained(root, path)
    with pytest.raises(OutsideRootError, match=NOT_BELOW):
        contained(root, UPath("s3://bucket/prefix/a/../../x", anon=True))


# Promotions.


def leave_journal(store: ArtifactStore, **changes: object) -> None:
    journal = {"promotion_id": "20260101T000000-aaaa", "kind": "cleanup", "files": [], "removed": [], "artifacts": []}
    folder = Path(store.root) / "promotions" / EP
    (folder / f"backup-{journal['promotion_id']}").mkdir(parents=True)
    (folder / "journal.json").write_text(json.dumps(journal | {"promoted_at": "2026-01-01T00:00:00Z"} | changes))


@pytest.mark.parametrize("field", ["removed", "files"])
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../outside/x", id="parent folder"),
        pytest.param(f"manifests/{EP}/../../../outside/x", id="parent folder of an episode's folder"),
        pytest.param("{outside}/x", id="absolute path"),
        pytest.param(f"manifests/{OTHER}/tracks.jsonl", id="another episode"),
        pytest.param(
            f"manifests/{EP}/../{OTHER}/tracks.jsonl",
            id="another episode by ..",
        ),
        pytest.param(f"videos/{EP}/episode.mp4", id="the video"),
        pytest.param("facebank/demo/ben/seed_d.png", id="a picture"),
        pytest.param(f"promotions/{EP}/journal.json", id="the journal"),
        pytest.param(f"manifests/{EP}", id="a folder"),
        pytest.param(f"manifests/{EP}/", id="a folder with a slash"),
        pytest.param("", id="empty"),
        pytest.param(".", id="the root"),
    ],
)
def test_a_journal_with_a_path_outside_the_episode(store: ArtifactStore, outside: Path, field: str, path: str) -> None:
    path = path.format(outside=outside)
    leave_journal(store, **{field: [path]})
    staged = Path(store.root) / "promotions" / EP / "staged-20260101T000000-aaaa" / path
    if field == "files" and path not in ("", ".") and not path.endswith("/"):
        staged.parent.mkdir(parents=True, exist_ok=True)
    before = content(outside), content(Path(store.root))
    with pytest.raises(UserError, match=r"journal\.json names .*, which is not a file of demo-s01e01, so nothing"):
        recover(store, EP)
    assert (content(outside), content(Path(store.root))) == before


@pytest.mark.parametrize("promotion_id", ["../../../../outside", "", "a/b", "."])
def test_a_journal_whose_id_is_a_path(store: ArtifactStore, outside: Path, promotion_id: str) -> None:
    leave_journal(store, promotion_id=promotion_id)
    before = content(outside), content(Path(store.root))
    with pytest.raises(UserError, match=r"journal\.json is damaged"):
        recover(store, EP)
    assert (content(outside), content(Path(store.root))) == before


@pytest.mark.parametrize("name", [f"promotions/{EP}/staged-20260101T000000-aaaa", f"manifests/{EP}"])
def test_a_journal_whose_folders_are_links(store: ArtifactStore, outside: Path, name: str) -> None:
    leave_journal(store, files=[TRACKS], removed=[f"manifests/{EP}/x"])
    (outside / "manifests" / EP).mkdir(parents=True)
    (outside / TRACKS).write_text("the user's")
    (outside / EP / "x").write_text("the user's")
    link(store, name, outside / EP if name.startswith("manifests") else outside)
    if name.startswith("manifests"):
        staged = Path(store.root) / "promotions" / EP / "staged-20260101T000000-aaaa" / TRACKS
        staged.parent.mkdir(parents=True)
        staged.write_text("new")
    before = content(outside)
    with pytest.raises(OutsideRootError, match=LINKED):
        recover(store, EP)
    assert content(outside) == before


def test_kept_sets_behind_a_link_are_neither_changed_nor_followed(store: ArtifactStore, outside: Path) -> None:
    leave_journal(store)
    recover(store, EP)
    folder = Path(store.root) / "promotions" / EP / "backup-20260101T000000-aaaa"
    (outside / "manifests" / EP).mkdir(parents=True)
    (outside / TRACKS).write_text("the user's")
    (outside / "journal.json").write_bytes((folder / "journal.json").read_bytes())
    link(store, folder.relative_to(store.root).as_posix(), outside)
    (folder.parent / f"{folder.name}-moved-away" / "journal.json").unlink()
    before = content(outside)
    (kept,) = backups(store, EP)
    with pytest.raises(OutsideRootError, match=LINKED):
        kept.files.place.remove(kept.files.base / TRACKS)
    with pytest.raises(OutsideRootError, match=LINKED):
        kept.files.write(kept.files.base / TRACKS, b"replaced")
    with staging(store, EP) as staged, pytest.raises(OutsideRootError, match=LINKED):
        stage_backup(staged, 1)
    assert content(outside) == before
    assert folder.readlink() == outside
