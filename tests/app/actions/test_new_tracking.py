"""Decisions survive a new tracking of the video: deleted tracks stay marked, and cut tracks stay cut."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from screenalytics_app.actions.moderation.apply_to_tracks import apply_to_tracks
from screenalytics_app.actions.run_episode import RunRequest, RunResult, run_episode
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, FACES, TRACK_EMBEDDINGS, TRACKS, Track
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import line_of, make_mirror, write_mirror
from screenalytics_resources.progress import FileProgress
from tests.moderation.said import said

EP_ID = "demo-s01e01"


def run(store: ArtifactStore, video: Path | None, from_asset: str | None = None) -> RunResult:
    return run_episode(RunRequest(EP_ID, video, {}, from_asset), store, FileProgress(store))


def cuttable(tracks: Sequence[Track]) -> tuple[Track, float]:
    """Return a track with several pictures, and a time between two of them."""
    track = max(tracks, key=lambda track: len(track.crops))
    times = sorted(crop.ts for crop in track.crops)
    return track, times[len(times) // 2]


def test_a_new_tracking_has_the_decisions(home: Path, short_sample: Path) -> None:
    store = ArtifactStore(str(home))
    run(store, short_sample)
    tracks, video = load_artifact(store, TRACKS, EP_ID), load_artifact(store, EPISODE_VIDEO, EP_ID).content
    whole, ts = cuttable(tracks.rows)
    other = next(track for track in tracks.rows if track is not whole)
    decisions = [
        said(1, "cut", tracks, video, [int(whole.track_id[-5:])], ts),
        said(2, "dismiss", tracks, video, [int(other.track_id[-5:])]),
    ]
    write_mirror(store, EP_ID, make_mirror(uuid4(), [line_of(decision) for decision in decisions]))
    assert apply_to_tracks(store, EP_ID).replaced
    applied = [load_artifact(store, spec, EP_ID) for spec in (TRACKS, FACES, TRACK_EMBEDDINGS)]
    assert [track.track_id for track in applied[0].rows if track.deleted] == [other.track_id]
    assert len(applied[0].rows) == len(tracks.rows) + 1
    assert run(store, None).made[0] == "identities", "no model runs because of a decision"
    made = run(store, None, "tracks")
    assert made.made[:3] == ("tracks", "faces", "track_embeddings")
    assert [check.name for check in made.checks if check.blocks] == []
    again = [load_artifact(store, spec, EP_ID) for spec in (TRACKS, FACES, TRACK_EMBEDDINGS)]
    assert [table.rows for table in again] == [table.rows for table in applied]
    assert again[2].arrays["tracks.npy"] == pytest.approx(applied[2].arrays["tracks.npy"], abs=1e-5)
