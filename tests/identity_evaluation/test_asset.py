"""The asset, materialized by Dagster with, without and with an invalid truth file."""

import json
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult, TableMetadataValue

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITY_EVALUATION
from screenalytics_assets.contract.truth_file import NO_TRUTH, truth_path, truth_sha256
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import BOX, EP_ID, FPS, write_tiny_episode


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def materialize() -> ExecuteInProcessResult:
    job = build_definitions().resolve_implicit_global_asset_job_def()
    selected = job.get_subset(asset_selection={AssetKey("identity_evaluation")})
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        return selected.execute_in_process(
            partition_key=EP_ID,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def write_truth(store: ArtifactStore, last_frame: int = 99) -> None:
    shots = [{"first_frame": 0, "last_frame": last_frame, "people": ["ann"]}]
    Path(str(truth_path(store, EP_ID))).write_text(json.dumps({"ep_id": EP_ID, "fps": FPS, "shots": shots}))


def test_without_a_truth_file_it_has_no_figures(store: ArtifactStore) -> None:
    result = materialize()
    assert result.success
    document = load_artifact(store, IDENTITY_EVALUATION, EP_ID)
    assert document.content.truth is None
    assert document.provenance.inputs["truth"] == NO_TRUTH
    metadata = result.asset_materializations_for_node("identity_evaluation")[0].metadata
    assert "no truth file" in str(metadata["truth"].value)


def test_with_a_truth_file_it_has_figures(store: ArtifactStore) -> None:
    write_truth(store)
    result = materialize()
    assert result.success
    document = load_artifact(store, IDENTITY_EVALUATION, EP_ID)
    assert document.provenance.inputs["truth"] == truth_sha256(store, EP_ID)
    metadata = result.asset_materializations_for_node("identity_evaluation")[0].metadata
    # Four tracks of one person in two identities, one unusable: recall is 2/5 four times and 1/5.
    assert metadata["b_cubed_f_by_track"].value == pytest.approx(2 * 0.36 / 1.36, abs=1e-5)
    assert metadata["clicks_by_track"].value == 3
    figures = metadata["figures"]
    assert isinstance(figures, TableMetadataValue)
    assert len(figures.records) == 8


def test_labelled_boxes_give_figures_over_seconds_without_names(store: ArtifactStore) -> None:
    runs = [{"person": "zoe", "boxes": [[0, *BOX], [40, *BOX]]}, {"person": "ann", "boxes": [[95, 1, 1, 9, 9]]}]
    Path(str(truth_path(store, EP_ID))).write_text(json.dumps({"ep_id": EP_ID, "boxes": runs}))
    result = materialize()
    assert result.success
    metadata = result.asset_materializations_for_node("identity_evaluation")[0].metadata
    assert (metadata["people_never_caught"].value, metadata["seconds_missed"].value) == (1, 1 / FPS)
    # Both tracks of zoe are in identities of their own. The one with more of the run's 41 frames counts as zoe.
    recall, precision = 36 / 42, 36 / (31 + 36)
    assert metadata["screen_time_f"].value == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-5)
    assert "zoe" not in str(metadata)


def test_a_mismatched_truth_file_writes_nothing(store: ArtifactStore) -> None:
    before = load_artifact(store, IDENTITY_EVALUATION, EP_ID)
    write_truth(store, last_frame=100)
    result = materialize()
    assert not result.success
    failure = result.failure_data_for_node("identity_evaluation")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "0 to 100, beyond the video's last frame 99" in (failure.user_failure_data.description or "")
    assert load_artifact(store, IDENTITY_EVALUATION, EP_ID) == before
