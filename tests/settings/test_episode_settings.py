"""Settings kept with an episode: what can be kept and removed, and what a damaged file causes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.settings.episode_settings import (
    SETTINGS_FILE,
    change_kept,
    kept_settings,
    resolve_for_episode,
)
from screenalytics_assets.settings.stages import ClusteringSettings, FacesSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

EP = "demo-s01e01"


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return ArtifactStore(str(home))


def write(store: ArtifactStore, content: bytes) -> Path:
    path = Path(str(store.manifest(EP, SETTINGS_FILE)))
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("values", "removed", "kept"),
    [
        pytest.param({"stride": 2}, (), {"cluster_thresh": 0.9, "stride": 2}, id="added"),
        pytest.param({"cluster_thresh": 0.8}, (), {"cluster_thresh": 0.8}, id="replaced"),
        pytest.param({}, ("cluster_thresh",), {}, id="removed"),
        pytest.param({"linkage": "single"}, ("cluster_thresh",), {"linkage": "single"}, id="both"),
        pytest.param({"cannot_link": False, "profile": "fast_cpu"}, ("cluster_thresh",), None, id="profile"),
    ],
)
def test_settings_are_kept_and_removed(
    store: ArtifactStore, values: Mapping[str, Any], removed: tuple[str, ...], kept: Mapping[str, Any] | None
) -> None:
    change_kept(store, EP, {"cluster_thresh": 0.9})
    wanted = dict(values) if kept is None else kept
    assert change_kept(store, EP, values, removed) == wanted
    assert kept_settings(store, EP) == wanted
    assert store.manifest(EP, SETTINGS_FILE).exists() == bool(wanted)


@pytest.mark.parametrize(
    ("values", "removed", "sentence"),
    [
        pytest.param({"strid": 2}, (), "Unknown setting 'strid' in the episode's settings. Did you mean", id="unknown"),
        pytest.param({"stride": 0}, (), r"stride = 0 \(from the settings kept with the episode\) is inv", id="range"),
        pytest.param({"profile": "quick"}, (), "There is no profile 'quick'", id="profile"),
        pytest.param(
            {"device": "cpu"}, (), "device cannot be kept with an episode.*SCREENALYTICS_DEVICE", id="machine"
        ),
        pytest.param({"incremental": True}, (), "incremental cannot be kept with an episode", id="show"),
        pytest.param({"backfill_most": 5}, (), "backfill_most cannot be kept with an episode", id="library"),
        pytest.param({"singleton_fraction_target": 0.9}, (), "Settings contradict each other", id="contradiction"),
        pytest.param({}, ("linkage",), "keeps no setting 'linkage'. It keeps cluster_thresh", id="not-kept"),
    ],
)
def test_what_cannot_be_kept_changes_nothing(
    store: ArtifactStore, values: Mapping[str, Any], removed: tuple[str, ...], sentence: str
) -> None:
    change_kept(store, EP, {"cluster_thresh": 0.9})
    with pytest.raises(UserError, match=sentence):
        change_kept(store, EP, values, removed)
    assert kept_settings(store, EP) == {"cluster_thresh": 0.9}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(
            b"", "manifests/demo-s01e01/settings.json, the settings kept with the episode, is inv", id="empty"
        ),
        pytest.param(b'{"settings": {"cluster_thr', "is invalid", id="truncated"),
        pytest.param(b"\xff\xfe", "is invalid", id="not-text"),
        pytest.param(b"[]", "is invalid", id="list"),
        pytest.param(b'{"settings": {"stride": [2]}}', "is invalid", id="list-as-value"),
        pytest.param(b'{"settings": {"stride": null}}', "is invalid", id="null"),
        pytest.param(b'{"settings": {}, "more": 1}', "is invalid", id="unknown-field"),
        pytest.param(
            b'{"settings": {"old_name": 1}}',
            "Unknown setting 'old_name' in manifests/demo-s01e01/settings.json "
            r"\(`screenalytics config --ep-id demo-s01e01 --unset old_name` removes it\)",
            id="unknown-setting",
        ),
        pytest.param(
            b'{"settings": {"cluster_thresh": 7}}',
            r"Setting cluster_thresh = 7 \(from the settings kept with the episode\) is invalid",
            id="range",
        ),
    ],
)
def test_a_damaged_file_is_one_sentence(store: ArtifactStore, content: bytes, sentence: str) -> None:
    write(store, content)
    with pytest.raises(UserError, match=sentence) as error:
        resolve_for_episode(ClusteringSettings, store, EP)
    assert "\n" not in str(error.value)


def test_an_invalid_setting_can_be_removed_while_another_is_invalid(store: ArtifactStore) -> None:
    write(store, b'{"settings": {"old_name": 1, "older_name": 2}}')
    change_kept(store, EP, {}, ["old_name"])
    change_kept(store, EP, {}, ["older_name"])
    assert kept_settings(store, EP) == {}


def test_values_keep_their_type_and_their_source(store: ArtifactStore) -> None:
    change_kept(store, EP, {"cannot_link": False, "min_cluster_size": 3, "linkage": "complete", "profile": "fast_cpu"})
    clustering = resolve_for_episode(ClusteringSettings, store, EP, {"linkage": "single", "stride": 2})
    assert (clustering.values.cannot_link, clustering.values.min_cluster_size) == (False, 3)
    assert (clustering.sources["cannot_link"], clustering.sources["linkage"]) == ("episode", "explicit")
    faces = resolve_for_episode(FacesSettings, store, EP)
    assert "profile fast_cpu" in faces.sources.values()
