"""`cast forget` ends with nothing found by a byte search of the data root and of Dagster's home.

Each test copies an episode whose person is in the database, in the artifacts, in a kept set of a cleanup, in the
evaluations and in pictures, and forgets the person in a different way.
"""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import text

from screenalytics_app.actions.cast.forget_artifacts import artifact_sets
from screenalytics_assets.alerting.alert import Evaluation, Key
from screenalytics_assets.alerting.ledger import AlertLedger
from screenalytics_assets.contract.clothing_file import CLOTHING_FILE
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, IDENTITY_EVALUATION
from screenalytics_assets.identity_evaluation.accepted import load_accepted
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import FILE, read_decisions
from screenalytics_resources.facebank import erase
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.records import Traces
from screenalytics_resources.promotion import backups
from tests.app.cast_bench import URL, A, B, assign_to, people, photo
from tests.app.cli.test_killed_cast_commands import kill_after
from tests.app.screen import Screen
from tests.killed import die_at
from tests.resources.decisions.gestures import is_person, label, same
from tests.resources.decisions.log_bench import LogBench
from tests.tiny_episode import EP_ID, FPS, write_tiny_episode

PERSON, NAME = "zoe-quaxley", "Zoë Quaxley"
FORGET = ("cast", "forget", "--person", PERSON)
REMOVE = ("cast", "remove", "--show", "tiny", "--person", PERSON, "--force")


def byte_search(folders: list[Path], needles: list[bytes]) -> list[str]:
    """Return every file and folder whose name or bytes contain one of `needles`."""
    paths = [path for folder in folders for path in folder.rglob("*")]
    return sorted(
        str(path)
        for path in paths
        if any(
            needle in os.fsencode(path.name) or (path.is_file() and needle in path.read_bytes()) for needle in needles
        )
    )


@pytest.fixture
def needles(
    screen: Screen,
    home: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[list[bytes]]:
    """Copy the prepared data root and instance to this test, and keep its server running.

    Yields the bytes that nothing may contain at the end.
    """
    made = tmp_path_factory.getbasetemp() / "forgettable"
    if not made.exists():
        with monkeypatch.context() as patch:
            patch.setenv("SCREENALYTICS_DATA_ROOT", str(made / "data"))
            patch.setenv("DAGSTER_HOME", str(made / "dagster"))
            prepare(screen, made / "data", photo(tmp_path, "person-g", f"{PERSON}.jpg"))
    for folder in ("data", "dagster"):
        shutil.copytree(made / folder, tmp_path / folder, symlinks=True)
    with open_cast_store(str(home)) as cast:
        traces = cast.traces(PERSON)
        yield _sought(tmp_path, traces)


def _sought(tmp_path: Path, traces: Traces) -> list[bytes]:
    assert len(traces.seeds) == 1 and len(traces.vectors) == 1
    words = [PERSON, NAME, json.dumps(NAME)[1:-1], *traces.seeds, *traces.origins]
    sought = [*(word.encode() for word in words), *traces.vectors]
    for needle in sought:
        assert byte_search([tmp_path / "data"], [needle]), f"{needle!r} is nowhere, so its search could not fail"
    return sought


def prepare(screen: Screen, root: Path, picture: Path) -> None:
    """Make an episode whose first identity is the person, by hand and in the truth, with a kept set of a cleanup."""
    store = write_tiny_episode(root)
    screen.call("cast", "add", "--show", "tiny", "--person", PERSON, "--name", NAME)
    for person in ("ben", "cem"):
        screen.call("cast", "add", "--show", "tiny", "--person", person)
    assert screen.call("facebank", "add", "--show", "tiny", "--person", PERSON, str(picture)) == 0
    assert assign_to(screen, A, PERSON) == 0
    truth = root / "videos" / EP_ID / "truth.json"
    shots = [{"first_frame": 0, "last_frame": 49, "people": [PERSON]}]
    truth.write_text(json.dumps({"ep_id": EP_ID, "fps": FPS, "shots": shots}))
    assert screen.call("run", "--ep-id", EP_ID) in (0, 1)
    assert screen.call("evaluate", "--ep-id", EP_ID, "--accept") == 0
    for person in (None, "ben", "cem"):
        if person:
            assert assign_to(screen, B, person) == 0
        screen.call("cleanup", "--ep-id", EP_ID, "--actions", "group_clusters", "--write-back", "--force")
    truth.unlink()  # the user's file
    decide(store)
    assert len(backups(store, EP_ID)) == 3
    files = (
        "identities.json",
        "cast_assignments.json",
        "identity_evaluation.json",
        "accepted_evaluation.json",
        "decisions.jsonl",
        "screen_time.json",
        "screen_time.csv",
        "screen_time.otio",
    )
    holders = {path.name for path in (root / "manifests" / EP_ID).iterdir() if PERSON.encode() in path.read_bytes()}
    assert holders >= set(files)


def decide(store: ArtifactStore) -> None:
    """Log decisions about the person and by the person, and keep a copy of the mirror in a kept set."""
    with open_cast_store(store.root) as cast:
        log = LogBench(store, cast, EP_ID)
        log.add(is_person(PERSON), is_person("cem"), label(f"{NAME} as a child"), label("a waiter"), key=f"{PERSON}-1")
        log.add(same(), key="two", actor=NAME)
    kept = backups(store, EP_ID)[0].files.manifest(EP_ID, FILE)
    Path(str(kept)).write_bytes(log.path.read_bytes())


def decisions_are_forgotten(store: ArtifactStore) -> None:
    """Check that each decision kept its number, and that only those about the person say nothing any more."""
    with open_cast_store(store.root) as cast:
        stored = cast.decisions(EP_ID)
        said = [(one.value.person_id, one.value.text, one.value.forgotten) for one in stored]
        nothing, ben, cem = (None, None, True), ("ben", None, False), ("cem", None, False)
        assert said == [nothing, ben, cem, nothing, cem, nothing, (None, "a waiter", False), (None, None, False)]
        actors = [(one.actor, one.idempotency_key) for one in stored[3:]]
        assert actors == [*4 * [("local", None)], ("[erased]", None)]
        assert len(stored[-1].subjects[0].anchors) == 12
        assert LogBench(store, cast, EP_ID).agree()
    for place in artifact_sets(store, EP_ID):
        if place.manifest(EP_ID, FILE).exists():
            assert read_decisions(place, EP_ID) == stored
            assert stat.S_IMODE(Path(str(place.manifest(EP_ID, FILE))).stat().st_mode) == 0o600


def is_forgotten(screen: Screen, tmp_path: Path, needles: list[bytes]) -> None:
    """Check that nothing is left, that another call says so, and that the episode is whole."""
    assert byte_search([tmp_path / "data", tmp_path / "dagster"], needles) == []
    assert screen.call(*FORGET) == 0
    assert screen.out.strip() == f"nothing of {PERSON} was found in tiny"
    store = ArtifactStore(str(tmp_path / "data"))
    identities = load_artifact(store, IDENTITIES, EP_ID).content.identities
    assert [identity.labels.person_id for identity in identities] == [None, "cem"]
    clothing = home_clothing(tmp_path)
    assert clothing is None or clothing.any(axis=1).tolist() == [False, False, True, True] * 2
    evaluation, baseline = load_artifact(store, IDENTITY_EVALUATION, EP_ID).content, load_accepted(store, EP_ID)
    assert baseline is not None
    for content in (evaluation, baseline.evaluation):
        assert content.shots is not None and dict(content.shots.assignment) == {}
        assert content.shots.people_found == 1, "the figures stay"
    assert set(people(tmp_path / "data", "tiny")) == {"ben", "cem"}
    assert list((tmp_path / "data" / "manifests" / EP_ID).glob("screen_time.*")) == []  # no search reads a picture
    decisions_are_forgotten(store)


def home_clothing(tmp_path: Path) -> NDArray[np.uint8] | None:
    """Return the descriptors, of which the forgotten person has rows 0, 1, 4 and 5; None if the file was removed."""
    path = tmp_path / "data" / "frames" / EP_ID / CLOTHING_FILE
    return np.load(path) if path.exists() else None


def test_plain(screen: Screen, tmp_path: Path, needles: list[bytes]) -> None:
    assert screen.call(*FORGET) == 0
    for line in (
        "1 rows of people",
        "2 rows of decisions",
        "decisions.jsonl: the name",
        "identity_evaluation.json: the name",
        "accepted_evaluation.json: the name",
    ):
        assert line in screen.out
    assert f"frames/{EP_ID}/crops/clothing.npy: 4 clothing descriptors" in screen.out
    is_forgotten(screen, tmp_path, needles)
    assert home_clothing(tmp_path) is not None


def test_after_a_forced_removal(screen: Screen, tmp_path: Path, needles: list[bytes]) -> None:
    assert screen.call(*REMOVE) == 0
    assert byte_search([tmp_path / "data" / "database"], needles) != []
    assert screen.call(*FORGET) == 0
    assert "removed deleted rows in" in screen.out
    is_forgotten(screen, tmp_path, needles)


def test_after_a_forced_removal_of_a_person_without_artifacts(screen: Screen, home: Path, tmp_path: Path) -> None:
    screen.call("cast", "add", "--show", "tiny", "--person", PERSON, "--name", NAME)
    assert screen.call(*REMOVE) == 0
    assert screen.call(*FORGET) == 0
    assert "removed deleted rows in" in screen.out
    assert byte_search([home, tmp_path / "dagster"], [PERSON.encode(), NAME.encode()]) == []


@pytest.mark.parametrize("method", ["forget_rows", "erase_deleted_rows"])
def test_killed_after_the_commit(screen: Screen, tmp_path: Path, needles: list[bytes], method: str) -> None:
    kill_after(method, screen, *FORGET)
    assert byte_search([tmp_path / "data"], needles) != []
    assert screen.call(*FORGET) == 0
    assert "nothing of" not in screen.out
    assert "finished an earlier call" in screen.out
    is_forgotten(screen, tmp_path, needles)


def test_killed_again_and_again(screen: Screen, tmp_path: Path, needles: list[bytes]) -> None:
    """Kill each repeated call a few file system calls later than the one before, until one finishes."""
    kills = 0
    while not die_at(1 + 3 * kills, lambda: screen.call(*FORGET)):
        kills += 1
    assert kills > 5
    is_forgotten(screen, tmp_path, needles)


def test_with_an_older_transaction(
    screen: Screen, home: Path, tmp_path: Path, needles: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "WAIT_S", 0.2)
    with open_cast_store(str(home)) as cast:
        older = cast._engine.connect().execution_options(isolation_level="REPEATABLE READ")
        older.execute(text("SELECT count(*) FROM facebank.packs"))
        assert screen.call(*FORGET) == 0
        older.invalidate()
    assert "removed ended a transaction of process" in screen.out
    is_forgotten(screen, tmp_path, needles)


def test_with_an_older_transaction_on_another_server(
    screen: Screen, home: Path, tmp_path: Path, needles: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "WAIT_S", 0.2)
    with open_cast_store(str(home)) as cast:
        older = cast._engine.connect().execution_options(isolation_level="REPEATABLE READ")
        older.execute(text("SELECT count(*) FROM facebank.packs"))
        sockets = cast._engine.url.query["host"]
        with monkeypatch.context() as patch:
            patch.setenv(URL, f"postgresql://screenalytics@/postgres?host={sockets}")
            assert f"{PERSON} is not forgotten yet: 1 places" in screen.refused(*FORGET)
            assert "left The deleted rows stay in the files of the database" in screen.out
        older.invalidate()
    assert screen.call(*FORGET) == 0
    assert "finished an earlier call" in screen.out
    is_forgotten(screen, tmp_path, needles)


@pytest.mark.parametrize("truncated", [True, False], ids=["truncated", "edited"])
def test_with_damaged_files_in_a_kept_set(
    screen: Screen, home: Path, tmp_path: Path, needles: list[bytes], truncated: bool
) -> None:
    newest, oldest = backups(ArtifactStore(str(home)), EP_ID)[:2]
    for name in ("identities", "cast_assignments", "identity_evaluation"):
        path = Path(str(newest.folder)) / "manifests" / EP_ID / f"{name}.json"
        if path.exists():
            content = path.read_text()
            end = content.rfind(PERSON) + len(PERSON) + 40
            damaged = content[:end] if truncated else content.replace("tiny", "tinx", 1)
            path.unlink()  # a hard link of a file that stays whole
            path.write_text(damaged)
    (Path(str(oldest.folder)) / "journal.json").write_text("{")
    assert screen.call(*FORGET) == 0
    assert f"{newest.folder.name}/manifests/{EP_ID}/identities.json: removed, because it is damaged" in screen.out
    assert f"{oldest.folder.name}/manifests/{EP_ID}/identities.json: the name" in screen.out
    is_forgotten(screen, tmp_path, needles)


def test_with_damaged_mirrors(screen: Screen, home: Path, tmp_path: Path, needles: list[bytes]) -> None:
    """The database has the log, so the mirror is written again; the damaged copy in a kept set is gone."""
    store = ArtifactStore(str(home))
    places = [place for place in artifact_sets(store, EP_ID) if place.manifest(EP_ID, FILE).exists()]
    assert len(places) == 2
    for place in places:
        path = Path(str(place.manifest(EP_ID, FILE)))
        path.write_bytes(path.read_bytes()[:-2])
    assert screen.call(*FORGET) == 0
    assert screen.out.count("decisions.jsonl: removed, because it is damaged and names the person") == 2
    is_forgotten(screen, tmp_path, needles)


def test_with_a_mirror_that_the_database_does_not_know(
    screen: Screen, home: Path, tmp_path: Path, needles: list[bytes]
) -> None:
    with open_cast_store(str(home)) as cast:
        cast.remove_decisions(EP_ID)
    assert screen.call(*FORGET) == 0
    is_forgotten(screen, tmp_path, needles)


def test_with_a_damaged_promotion(screen: Screen, home: Path, tmp_path: Path, needles: list[bytes]) -> None:
    promotions = home / "promotions" / EP_ID
    shutil.copytree(next(promotions.glob("backup-*")), promotions / "staged-1")
    (promotions / "journal.json").write_text("{")
    (promotions / ".partial-journal.json-1").write_text(PERSON)
    assert screen.call(*FORGET) == 0, screen.out + screen.err
    assert f"damaged promotions/{EP_ID}/journal.json is damaged" in screen.out
    assert byte_search([home, tmp_path / "dagster"], needles) == []


def test_with_names_in_logs(screen: Screen, home: Path, tmp_path: Path, needles: list[bytes]) -> None:
    """Earlier releases wrote names and ids into error messages."""
    from dagster import AssetMaterialization

    from screenalytics_app.actions.dagster_instance import open_instance

    sentence = f"facebank/tiny/{PERSON}/x_e.png is damaged\n{NAME}"
    with open_instance() as instance:
        said = {"failure": sentence, "name": NAME}
        instance.report_runless_asset_event(AssetMaterialization("tracks", sentence, said, EP_ID))
    for log in (tmp_path / "dagster" / "storage" / "run" / "compute_logs" / "x.err", home / "alerts" / "alerts.jsonl"):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(json.dumps({"cause": sentence}) + "\n" + sentence)
    failed = Evaluation(Key(EP_ID, "tracks", "run_succeeds"), "ERROR", sentence, "run", 1.0)
    assert AlertLedger(home / "alerts").record_now([failed], ["file"], 1.0) != []
    assert len(byte_search([tmp_path / "dagster", home / "alerts"], needles)) >= 4
    assert screen.call(*FORGET) == 0
    claim = AlertLedger(home / "alerts").claim("file", 2.0)
    assert claim is not None and claim.alert.cause == "facebank/tiny/[erased]/x_e.png is damaged\n[erased]"
    is_forgotten(screen, tmp_path, needles)


def test_errors_of_a_run_name_no_person(screen: Screen, home: Path, tmp_path: Path, needles: list[bytes]) -> None:
    """A run with another recogniser needs the aligned picture, which is missing."""
    with open_cast_store(str(home)) as cast:
        delete_vectors(cast)
    next((home / "facebank" / "tiny" / PERSON).glob("*_e.png")).unlink()
    assert screen.call("run", "--ep-id", EP_ID, "--from", "cast_assignments") != 0
    assert "_e.png is gone" in screen.out + screen.err
    assert byte_search([tmp_path / "dagster"], [PERSON.encode(), *needles[:3]]) == []


def delete_vectors(cast: CastStore) -> None:
    with cast._engine.begin() as connection:
        connection.execute(text("DELETE FROM facebank.vectors"))


def test_what_cannot_be_erased_is_listed_and_the_rest_goes_on(
    screen: Screen, home: Path, tmp_path: Path, needles: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from screenalytics_app.actions.cast import forget

    def unreadable(*_: object) -> Iterator[str]:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(forget, "erase_from_episode", unreadable)
        sentence = screen.refused(*FORGET)
    assert f"{PERSON} is not forgotten yet" in sentence
    assert f"left {EP_ID} (cannot be read or changed: Permission denied)" in screen.out
    assert f"left manifests/{EP_ID}/identities.json" in screen.out
    assert byte_search([home / "database", home / "facebank"], needles) == []
    assert (home / "forget" / "_every" / f"{PERSON}.json").stat().st_mode & 0o777 == 0o600
    assert screen.call(*FORGET) == 0
    is_forgotten(screen, tmp_path, needles)
