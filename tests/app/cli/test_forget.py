"""Forgetting a person: nothing below the data root names them any more, except truth files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_app.actions.cast.forget_artifacts import erase_from_episode
from screenalytics_assets.cast.lookup import stored_pack
from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    IDENTITIES,
    IDENTITY_EVALUATION,
    MERGE_SUGGESTIONS,
    TRACKS,
)
from screenalytics_assets.contract.truth_file import truth_path
from screenalytics_assets.identity_evaluation.accepted import accept, load_accepted
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.person_words import PersonWords
from screenalytics_resources.facebank.records import Seed, SeedQuality, new_seed_id
from screenalytics_resources.promotion import backups
from screenalytics_resources.sealed_files import save_document
from tests.app.cast_bench import A, B, assign_to, people, photo, pictures
from tests.app.screen import Screen
from tests.merge_suggestions.test_queue import question
from tests.tiny_episode import BOX, EP_ID, NOW, PACK, unit, write_evaluation, write_tiny_episode

BOX_TRUTH = json.dumps(
    {
        "ep_id": EP_ID,
        "boxes": [
            {"person": "ann-example", "boxes": [[0, *BOX], [30, *BOX]]},
            {"person": "ben", "boxes": [[50, *BOX], [90, *BOX]]},
        ],
    }
)


def traces(root: Path, *words: str) -> list[str]:
    """Return the files and folders below `root` whose content or name contains one of `words`."""
    paths = sorted(root.rglob("*"))
    content = {path: path.read_bytes() for path in paths if path.is_file()}
    return [
        str(path.relative_to(root))
        for path in paths
        if any(word in str(path.relative_to(root)) or word.encode() in content.get(path, b"") for word in words)
    ]


def resembles(cast: CastStore, person_id: str, vector: NDArray[np.float32]) -> None:
    """Give a person a reference face with this vector and no pictures, with a larger norm than that of any photo."""
    seed = Seed(
        new_seed_id(), "tiny", person_id, "photo", "drawn.png", "1" * 64, SeedQuality(0.9, 40, 80), (0, 0, 1, 1)
    )
    cast.add_seed(seed, {stored_pack(PACK): (vector, 40.0)})


def test_forget(screen: Screen, store: ArtifactStore, tmp_path: Path) -> None:
    root = Path(store.root)
    truth = Path(str(truth_path(store, EP_ID)))
    with open_cast_store(store.root) as opened:
        for person in ("ann-example", "ben"):
            screen.call("cast", "add", "--show", "tiny", "--person", person)
        photos = [str(photo(tmp_path, "person-g", "one.jpg")), "--keep-original"]
        assert screen.call("facebank", "add", "--show", "tiny", "--person", "ann-example", *photos) == 0
        resembles(opened, "ann-example", unit(1, 0, 0.15, dim=PACK.recogniser.dim))
        cleanup = ("cleanup", "--ep-id", EP_ID, "--actions", "group_clusters", "--write-back", "--force")
        assert screen.call(*cleanup) == 0
        assert assign_to(screen, B, "ben") == 0
        assert screen.call(*cleanup) == 0
        assert len(backups(store, EP_ID)) == 2
        truth.write_text(BOX_TRUTH)
        owners = {owner.identity_id: (owner.person_id, owner.assigned_by) for owner in opened.owners("tiny")}
        assert owners == {A: ("ann-example", "machine")}
    found = traces(root, "ann-example", "Ann Example")
    kept = f"promotions/{EP_ID}/{backups(store, EP_ID)[0].folder.name}/manifests/{EP_ID}/identities.json"
    manifests = [f"manifests/{EP_ID}/{name}.json" for name in ("identities", "cast_assignments", "cleanup_report")]
    for place in (kept, *manifests, "manifests/tiny/people.json", "facebank/tiny/ann-example"):
        assert place in found

    folder = root / "facebank" / "tiny" / "ann-example"
    (folder / ".partial-half").write_bytes(b"half a picture of a killed command")
    assert screen.call("cast", "forget", "--person", "ann-example") == 0
    for line in (kept, *manifests, "1 rows of people", "2 rows of seeds", "1 rows of owners", ".partial-half"):
        assert line in screen.out
    assert traces(root, "ann-example", "Ann Example") == [f"videos/{EP_ID}/truth.json"]
    assert traces(tmp_path / "dagster", "ann-example", "Ann Example") == []
    identities = {i.identity_id: i for i in load_artifact(store, IDENTITIES, EP_ID).content.identities}
    assert (identities[A].label, identities[A].labels.person_id) == (None, None)
    assert (identities[B].label, identities[B].labels.person_id) == ("Ben", "ben")

    assert screen.call("cast", "forget", "--person", "ann-example") == 0
    kept = f"kept videos/{EP_ID}/truth.json: it is yours, and it names ann-example"
    assert screen.out.splitlines() == [kept, "nothing of ann-example was found in tiny"]
    truth.unlink()
    assert screen.call("run", "--ep-id", EP_ID) == 0
    assert traces(root, "ann-example", "Ann Example") == []
    rows = load_artifact(store, CAST_ASSIGNMENTS, EP_ID).content.assignments
    assert [row.name for row in rows] == [None, "Ben"]


def test_forget_erases_the_clothing_of_an_identity_that_only_the_database_names(
    screen: Screen, store: ArtifactStore
) -> None:
    screen.call("cast", "add", "--show", "tiny", "--person", "vera-example")
    assert assign_to(screen, B, "vera-example") == 0
    assert screen.call("cast", "forget", "--person", "vera-example") == 0
    assert f"frames/{EP_ID}/crops/clothing.npy: 4 clothing descriptors" in screen.out
    clothing = load_clothing(store, load_artifact(store, TRACKS, EP_ID))
    assert clothing is not None
    assert clothing.any(axis=1).tolist() == [True, True, False, False] * 2


def test_an_evaluation_against_boxes_forgets_the_person(tmp_path: Path) -> None:
    """The sums stay, and so does the row of another person."""
    store = write_tiny_episode(tmp_path)
    truth_path(store, EP_ID).write_text(BOX_TRUTH)
    write_evaluation(store)
    evaluation = load_artifact(store, IDENTITY_EVALUATION, EP_ID).content
    accept(store, evaluation, "0" * 64, NOW)
    words = PersonWords(frozenset({"ann-example"}), frozenset())
    assert list(erase_from_episode(store, EP_ID, frozenset({"ann-example"}), words)) == [
        f"manifests/{EP_ID}/identity_evaluation.json: the name",
        f"manifests/{EP_ID}/accepted_evaluation.json: the name",
    ]
    assert traces(tmp_path, "ann-example") == [f"videos/{EP_ID}/truth.json"]
    accepted = load_accepted(store, EP_ID)
    assert accepted is not None
    for kept in (load_artifact(store, IDENTITY_EVALUATION, EP_ID).content, accepted.evaluation):
        assert kept.coverage is not None and evaluation.coverage is not None
        assert [row.person for row in kept.coverage.by_person] == ["ben"]
        assert kept.coverage.all_people == evaluation.coverage.all_people


def test_questions_about_the_person_are_removed(tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    document = load_artifact(store, MERGE_SUGGESTIONS, EP_ID)
    asked = question("name", 1, [1, 3], person="ann-example")
    save_document(
        store, MERGE_SUGGESTIONS, replace(document, content=document.content.model_copy(update={"questions": (asked,)}))
    )
    words = PersonWords(frozenset({"ann-example"}), frozenset())
    assert list(erase_from_episode(store, EP_ID, frozenset({"ann-example"}), words)) == [
        f"manifests/{EP_ID}/merge_suggestions.json: removed, because it names the person"
    ]
    assert traces(tmp_path, "ann-example") == []


def test_forget_removes_an_empty_folder(screen: Screen, root: Path, show: str) -> None:
    folder = root / "facebank" / show / "nemo"
    folder.mkdir(parents=True)
    assert screen.call("cast", "forget", "--person", "nemo") == 0
    assert not folder.exists()


@pytest.mark.parametrize("linked", ["facebank", "facebank/{show}", "facebank/{show}/nemo"])
@pytest.mark.parametrize("command", [("forget",), ("remove", "--force")], ids=["forget", "remove"])
def test_pictures_behind_a_link_are_not_removed(
    screen: Screen, root: Path, show: str, tmp_path: Path, linked: str, command: tuple[str, ...]
) -> None:
    """Nothing of the person is removed either, so that the command can be repeated without the link."""
    screen.call("cast", "add", "--show", show, "--person", "nemo")
    (root / "facebank" / show / "nemo").mkdir(parents=True)
    (root / "facebank" / show / "nemo" / "picture.png").write_bytes(b"the user's own")
    link = root / linked.format(show=show)
    link.rename(tmp_path / "outside")
    link.symlink_to(tmp_path / "outside")
    try:
        refused = screen.refused("cast", command[0], "--show", show, "--person", "nemo", *command[1:])
        assert f"{linked.format(show=show)} is a link, so nothing below it was changed" in refused
        assert [path.read_bytes() for path in (tmp_path / "outside").rglob("*.png")] == [b"the user's own"]
        assert list(people(root, show)) == ["nemo"]
    finally:
        link.unlink()
        (tmp_path / "outside").rename(link)
    assert screen.call("cast", command[0], "--show", show, "--person", "nemo", *command[1:]) == 0
    assert people(root, show) == {}


def test_forget_in_one_show_keeps_the_other(screen: Screen, root: Path, show: str, tmp_path: Path) -> None:
    shows = (show, f"{show}b")
    for name in shows:
        screen.call("cast", "add", "--show", name, "--person", "vera")
        one = str(photo(tmp_path, "person-g", "one.jpg"))
        assert screen.call("facebank", "add", "--show", name, "--person", "vera", one) == 0
    assert screen.call("cast", "forget", "--show", show, "--person", "vera") == 0
    assert (people(root, show), pictures(root, show)) == ({}, [])
    assert list(people(root, shows[1])) == ["vera"]
    assert len(pictures(root, shows[1])) == 2
    assert screen.call("cast", "forget", "--person", "vera") == 0
    assert (people(root, shows[1]), pictures(root, shows[1])) == ({}, [])


def test_forget_refuses_an_invalid_id(screen: Screen, root: Path) -> None:
    assert "'../ann' is not a person id" in screen.refused("cast", "forget", "--person", "../ann")
