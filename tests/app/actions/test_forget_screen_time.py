"""Forgetting a person removes every file of a screen time that names them, also those that no search can read."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from screenalytics_app.actions.cast.forget_artifacts import erase_from_episode, erase_from_show
from screenalytics_assets.contract.schemas import (
    SCREEN_TIME,
    SEASON_SCREEN_TIME,
    ScreenTimeDocument,
    SeasonScreenTimeDocument,
)
from screenalytics_assets.screen_time.files import episode_files, season_files, write_episode_files, write_season_files
from screenalytics_assets.season_screen_time.build_season import build_season
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.person_words import PersonWords
from screenalytics_resources.sealed_files import save_document
from tests.screen_time.small import screen_time_of, spanning
from tests.tiny_episode import EP_ID

IDS = frozenset({"zoë quaxley"})
WORDS = PersonWords(IDS | {"Zoë Quaxley"}, frozenset())
ORIGIN = Provenance(asset="screen_time", code_version="1", settings_sha256="", inputs={})
CONTENT = screen_time_of([spanning(1, 0, 1), spanning(2, 0, 2)], {1: [1], 2: [2]}, {1: "Zoë Quaxley", 2: "Ben"})
OTHERS = screen_time_of([spanning(2, 0, 2)], {2: [2]}, {2: "Ben"})


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


def left(store: ArtifactStore, partition: str) -> set[str]:
    folder = Path(str(store.manifest(partition, "x"))).parent
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


ALL = [SCREEN_TIME.file, *episode_files().values()]


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param([], id="complete"),
        pytest.param(["screen_time.png", "screen_time.svg"], id="killed while it forgot"),
        pytest.param(["screen_time.json"], id="killed before the document was written"),
        pytest.param(["screen_time.json", "screen_time.csv", "screen_time.svg"], id="only files that no search reads"),
    ],
)
def test_all_files_of_the_episode_go(store: ArtifactStore, missing: Sequence[str]) -> None:
    write_episode_files(store, CONTENT)
    save_document(store, SCREEN_TIME, ScreenTimeDocument(EP_ID, CONTENT, ORIGIN))
    assert left(store, EP_ID) == set(ALL)
    for name in missing:
        Path(str(store.manifest(EP_ID, name))).unlink()
    lines = list(erase_from_episode(store, EP_ID, IDS, WORDS))
    assert set(lines) == {
        f"manifests/{EP_ID}/{name}: removed, because it names the person" for name in ALL if name not in missing
    }
    assert left(store, EP_ID) == set()
    assert list(erase_from_episode(store, EP_ID, IDS, WORDS)) == []


def test_the_files_of_an_episode_without_the_person_stay(store: ArtifactStore) -> None:
    write_episode_files(store, OTHERS)
    save_document(store, SCREEN_TIME, ScreenTimeDocument(EP_ID, OTHERS, ORIGIN))
    assert list(erase_from_episode(store, EP_ID, IDS, WORDS)) == []
    assert left(store, EP_ID) == set(ALL)


def test_a_table_in_which_nobody_is_named_any_more_does_not_hide_a_document_that_names_them(
    store: ArtifactStore,
) -> None:
    save_document(store, SCREEN_TIME, ScreenTimeDocument(EP_ID, CONTENT, ORIGIN))
    write_episode_files(store, OTHERS)
    assert len(list(erase_from_episode(store, EP_ID, IDS, WORDS))) == len(ALL)
    assert left(store, EP_ID) == set()


def test_all_files_of_the_show_go(store: ArtifactStore) -> None:
    content = build_season("tiny", [CONTENT], None)
    write_season_files(store, content)
    save_document(store, SEASON_SCREEN_TIME, SeasonScreenTimeDocument("tiny", content, ORIGIN))
    assert left(store, "tiny") == {SEASON_SCREEN_TIME.file, *season_files().values()}
    assert len(list(erase_from_show(store, "tiny", IDS, WORDS))) == 1 + len(season_files())
    assert left(store, "tiny") == set()
