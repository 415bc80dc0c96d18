"""Stale assets: exactly those whose result would change."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS, Tracks
from screenalytics_assets.lineage import provenance as provenance_module
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS, EPISODE_SPECS
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_assets.lineage.staleness import Current, first_gap, stale_assets
from screenalytics_assets.settings.sources import resolve
from screenalytics_resources.artifact import Document, DocumentSpec, Table, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import PROJECT_ROOT, config_dir
from screenalytics_resources.sealed_files import load_document, load_table, save_document, save_table
from tests.tiny_episode import EP_ID, write_tiny_episode

ALL = list(EPISODE_ARTIFACTS)
VIDEO = "f" * 64
EXTERNAL = {
    "episode_video": {"video": VIDEO},
    "identities": {"exceptions": "none"},
    "identity_evaluation": {"truth": "none"},
    "cast_assignments": {"exceptions": "none", "cast": "none"},
    "merge_suggestions": {"exceptions": "none"},
}


def with_downstream(asset: str) -> list[str]:
    """Return the asset and everything downstream of it, in the order of the graph."""
    affected = {asset}
    for name, row in EPISODE_ARTIFACTS.items():
        if affected & set(row.upstream):
            affected.add(name)
    return [name for name in ALL if name in affected]


def save_again(store: ArtifactStore, asset: str, digests: dict[str, str]) -> str:
    """Save the artifact with the provenance that it would have if it were built now. Return its digest."""
    row = ARTIFACTS[asset]
    spec = row.spec
    settings = tuple(resolve(stage, config_dir()) for stage in row.settings)
    pack = load_pack("opencv_zoo", config_dir()) if row.uses_pack else None
    inputs = {name: digests[name] for name in row.upstream} | EXTERNAL.get(asset, {})
    origin = provenance(asset, settings, inputs, pack)
    if isinstance(spec, DocumentSpec):
        document = load_document(store, spec, EP_ID)
        document_now: Document[Any] = spec.document(EP_ID, document.content, origin, document.model_pack)
        save_document(store, spec, document_now)
        return document_now.digest
    table = load_table(store, spec, EP_ID)
    new: Table[Any] = spec.table(EP_ID, table.rows, origin, table.model_pack, table.documents, table.arrays)
    save_table(store, spec, new)
    return new.digest


@pytest.fixture
def current(home: Path) -> ArtifactStore:
    """The tiny episode, with every artifact up to date."""
    store = write_tiny_episode(home)
    digests: dict[str, str] = {}
    for asset in ALL:
        digests[asset] = save_again(store, asset, digests)
    return store


def stale(store: ArtifactStore, video: str = VIDEO, **explicit: dict[str, Any]) -> list[str]:
    return stale_assets(store, EP_ID, Current(explicit), video)


def test_an_empty_data_root_has_everything_to_build(home: Path) -> None:
    assert stale(ArtifactStore(str(home))) == ALL


def test_a_complete_episode_has_nothing_to_build(current: ArtifactStore) -> None:
    assert stale(current) == []


@pytest.mark.parametrize(
    ("explicit", "expected"),
    [
        pytest.param({"tracks": {"stride": 7}}, ALL[1:], id="stride"),
        pytest.param({"tracks": {"jpeg_quality": 80}}, ALL[1:], id="crops"),
        pytest.param({"faces": {"max_faces_per_track": 3}}, ALL[2:], id="faces"),
        pytest.param({"track_embeddings": {"pooling_method": "median"}}, ALL[3:], id="pooling"),
        pytest.param({"identities": {"cluster_thresh": 0.6}}, ALL[4:], id="threshold"),
        pytest.param({"track_reps": {"thumb_px": 128}}, with_downstream("track_reps"), id="thumbnails"),
        pytest.param({"identities": {"min_cluster_size": 2}}, [], id="same-as-current-value"),
    ],
)
def test_a_setting_makes_its_readers_and_downstream_stale(
    current: ArtifactStore, explicit: dict[str, dict[str, Any]], expected: list[str]
) -> None:
    assert stale(current, **explicit) == expected


def test_another_video_makes_everything_stale(current: ArtifactStore) -> None:
    assert stale(current, video="0" * 64) == ALL


def test_a_truth_file_makes_the_evaluation_stale(current: ArtifactStore) -> None:
    path = Path(current.root) / "videos" / EP_ID / "truth.json"
    path.write_text("any content")
    assert stale(current) == ["identity_evaluation"]
    path.unlink()
    assert stale(current) == []


@pytest.mark.parametrize("asset", ALL)
def test_a_code_version_makes_its_asset_and_downstream_stale(
    current: ArtifactStore, monkeypatch: pytest.MonkeyPatch, asset: str
) -> None:
    newer = {**ARTIFACTS, asset: replace(ARTIFACTS[asset], code_version="next")}
    monkeypatch.setattr(provenance_module, "ARTIFACTS", newer)
    assert stale(current) == with_downstream(asset)


def test_a_changed_pack_makes_its_readers_stale(
    current: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(shutil.copytree(PROJECT_ROOT / "config", tmp_path / "config"))
    monkeypatch.setenv("SCREENALYTICS_CONFIG_DIR", str(config))
    assert stale(current) == []
    path = config / "packs" / "opencv_zoo.yaml"
    content = yaml.safe_load(path.read_text())
    content["thresholds"]["cluster_thresh"] = 0.5
    path.write_text(yaml.safe_dump(content))
    assert stale(current) == ALL[1:]


def test_new_content_makes_downstream_stale(current: ArtifactStore) -> None:
    tracks = load_artifact(current, TRACKS, EP_ID)
    fewer = Tracks(EP_ID, tracks.rows[:-1], tracks.provenance, tracks.model_pack, tracks.documents)
    save_table(current, TRACKS, fewer)
    assert stale(current) == ALL[2:]


@pytest.mark.parametrize("asset", ALL)
def test_an_unreadable_seal_counts_as_missing(current: ArtifactStore, asset: str) -> None:
    spec = EPISODE_SPECS[asset]
    path = Path(current.root) / "manifests" / EP_ID / (spec.seal_file if isinstance(spec, TableSpec) else spec.file)
    path.write_bytes(b"{" + path.read_bytes()[10:])
    assert stale(current) == with_downstream(asset)


@pytest.mark.parametrize("asset", ALL)
def test_an_artifact_of_a_newer_release_is_never_built_again(current: ArtifactStore, asset: str) -> None:
    """Also not if something upstream of it is stale, because this release would replace the better artifact."""
    (Path(current.root) / "manifests" / EP_ID / EPISODE_SPECS[ALL[0]].file).unlink()
    spec = EPISODE_SPECS[asset]
    path = Path(current.root) / "manifests" / EP_ID / (spec.seal_file if isinstance(spec, TableSpec) else spec.file)
    if path.exists():
        path.write_text(path.read_text().replace('"version": 1', '"version": 99'))
        with pytest.raises(UserError, match="a newer release wrote it"):
            stale(current)


def test_no_gap_if_each_was_built_from_the_stored_inputs(current: ArtifactStore) -> None:
    assert first_gap(current, EP_ID, ALL) is None


@pytest.mark.parametrize("asset", ALL)
def test_a_missing_artifact_is_a_gap(current: ArtifactStore, asset: str) -> None:
    (Path(current.root) / "manifests" / EP_ID / EPISODE_SPECS[asset].file).unlink()
    assert first_gap(current, EP_ID, ALL) == asset


def test_an_artifact_built_from_other_inputs_is_a_gap(current: ArtifactStore) -> None:
    tracks = load_artifact(current, TRACKS, EP_ID)
    fewer = Tracks(EP_ID, tracks.rows[:-1], tracks.provenance, tracks.model_pack, tracks.documents)
    save_table(current, TRACKS, fewer)
    assert first_gap(current, EP_ID, ALL) == "faces"
    assert first_gap(current, EP_ID, ALL[:2]) is None


def test_an_unreadable_seal_is_no_gap_but_an_error(current: ArtifactStore) -> None:
    (Path(current.root) / "manifests" / EP_ID / "faces.seal.json").write_text("{")
    with pytest.raises(UserError, match=r"faces\.seal\.json cannot be used"):
        first_gap(current, EP_ID, ALL)
