"""Tests of an episode's tables as other tools read them: JSON Lines with one row per line and nothing else."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from screenalytics_assets.contract.schemas import FACES, TRACK_EMBEDDINGS, TRACK_REPS, TRACKS
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS, EPISODE_SPECS
from screenalytics_assets.lineage.staleness import Current, stale_assets
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import load_table, read_seal
from tests.old_tables import to_old_format
from tests.tiny_episode import EP_ID, write_tiny_episode

TABLES = (TRACKS, FACES, TRACK_EMBEDDINGS, TRACK_REPS)


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def fields_of(value: Any, kind: type) -> set[str]:
    """Return the names of a row's fields with values of this type."""
    return {name for name, each in value.items() if type(each) is kind}


@pytest.mark.parametrize("spec", TABLES, ids=lambda spec: spec.file)
def test_pandas_reads_exactly_the_rows_and_integers_stay_integers(store: ArtifactStore, spec: TableSpec) -> None:
    path = Path(str(store.manifest(EP_ID, spec.file)))
    rows = [row.model_dump(mode="json") for row in load_table(store, spec, EP_ID).rows]
    assert rows
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == rows
    frame = pd.read_json(path, lines=True)
    assert len(frame) == len(rows)
    assert list(frame.columns) == list(rows[0])  # a seal among the rows would add a column
    integers = set.intersection(*(fields_of(row, int) for row in rows))
    assert integers <= {name for name in frame.columns if frame[name].dtype == "int64"}
    for name in sorted(integers | set.intersection(*(fields_of(row, str) for row in rows))):
        assert frame[name].tolist() == [row[name] for row in rows]


def test_the_tables_have_integer_columns_to_keep(store: ArtifactStore) -> None:
    """Without integer columns the test above proves nothing."""
    tables = {spec.file: load_table(store, spec, EP_ID).rows for spec in TABLES}
    integers = {name: fields_of(rows[0].model_dump(mode="json"), int) for name, rows in tables.items()}
    assert "first_frame" in integers["tracks.jsonl"]
    assert "frame" in integers["faces.jsonl"]
    assert "num_faces" in integers["track_embeddings_meta.jsonl"]


def test_an_episode_in_the_old_format_is_not_rebuilt(store: ArtifactStore) -> None:
    """Rows, provenance and digests are equal, so no table becomes stale."""
    seals = {asset: read_seal(store, spec, EP_ID) for asset, spec in EPISODE_SPECS.items()}
    tables = {spec.asset: load_table(store, spec, EP_ID) for spec in TABLES}
    video = seals["episode_video"]
    assert video is not None
    sha256 = video.provenance.inputs["video"]
    assert stale_assets(store, EP_ID, Current(), sha256) == []
    for spec in TABLES:
        to_old_format(store, spec, EP_ID)
    assert {asset: read_seal(store, spec, EP_ID) for asset, spec in EPISODE_SPECS.items()} == seals
    assert stale_assets(store, EP_ID, Current(), sha256) == []
    for spec in TABLES:
        old = load_table(store, spec, EP_ID)
        assert old.rows == tables[spec.asset].rows
        assert (old.provenance, old.digest) == (tables[spec.asset].provenance, tables[spec.asset].digest)
    assert set(seals) == set(EPISODE_ARTIFACTS)
