"""Track metrics: known rates, and the document of a hand-made episode."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from dagster import MaterializeResult

from screenalytics_assets.contract.schemas import CropIndex
from screenalytics_assets.tracks.candidates import Detection
from screenalytics_assets.tracks.metrics import id_switch_rate, longest, short_track_fraction, track_metrics
from screenalytics_assets.tracks.non_faces import NonFace
from screenalytics_assets.tracks.track_episode import TrackedEpisode
from screenalytics_resources.video.frames import DecodeReport, FrameSource
from screenalytics_resources.video.probe import VideoProbe
from tests.scripted_engine import ScriptedEngine, as_engine
from tests.tiny_episode import EP_ID, make_shot, make_track

PROBE = VideoProbe("mov", "h264", 320, 180, 0, 24000 / 1001, 60.0, 1439)


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        pytest.param([], 0.0, id="no-tracks"),
        pytest.param([5], 0.0, id="exactly-a-second-is-not-short"),
        pytest.param([4], 1.0, id="just-under-a-second"),
        pytest.param([0, 3, 10, 20], 0.5, id="half"),
        pytest.param([1, 10, 10], 1 / 3, id="a-third"),
    ],
)
def test_short_track_fraction(lengths: list[int], expected: float) -> None:
    # The episode has five frames per second, so a track from frame 0 to 5 lasts 1 s.
    assert short_track_fraction([make_track(k + 1, (0, last)) for k, last in enumerate(lengths)]) == expected


@pytest.mark.parametrize(
    ("tracks", "splits", "returns", "expected"),
    [
        pytest.param(0, 0, 0, 0.0, id="no-tracks"),
        pytest.param(10, 0, 0, 0.0, id="none"),
        pytest.param(10, 1, 0, 0.1, id="splits"),
        pytest.param(10, 0, 2, 0.2, id="returns"),
        pytest.param(4, 1, 2, 0.75, id="both"),
        pytest.param(2, 3, 2, 2.5, id="beyond-one"),
    ],
)
def test_id_switch_rate(tracks: int, splits: int, returns: int, expected: float) -> None:
    assert id_switch_rate(tracks, splits, returns) == pytest.approx(expected)


def non_face(first: int, last: int, best: int) -> NonFace:
    """Return a dropped track with a detection in three frames, ten frames per second."""
    box, landmarks = np.array([10.16, 20, 30, 40], np.float32), np.zeros((5, 2), np.float32)
    scores = {first: 0.65, best: 0.75, last: 0.7}
    return NonFace([Detection(f, f / 10, box, score, landmarks) for f, score in scores.items()], "low_mean_score")


def test_the_longest_dropped_tracks_are_listed_in_order_of_time() -> None:
    dropped = [non_face(first, first + length, first + 1) for first, length in ((0, 5), (10, 9), (30, 3), (50, 7))]
    assert [n.detections[0].frame for n in longest(dropped, limit=2)] == [10, 50]
    assert [n.detections[0].frame for n in longest(dropped, limit=9)] == [0, 10, 30, 50]


def episode(**changes: object) -> TrackedEpisode:
    values = {
        "shots": (make_shot(1, 0, 49), make_shot(2, 50, 99)),
        "tracks": [make_track(1, (0, 30)), make_track(2, (5, 8)), make_track(3, (50, 90), shot=2)],
        "crop_index": CropIndex(ep_id=EP_ID, crops=6, sha256="0" * 64),
        "clothing_sha256": "1" * 64,
        "splits": Counter({"hard": 2, "iou": 1}),
        "returns_after_gap": 3,
        "detections": 77,
        "frames_analysed": 32,
        "seconds_analysed": 58.5,
        "transition_frames": 2,
        "non_faces": [non_face(3, 18, best=9), non_face(20, 50, best=26)],
    }
    return TrackedEpisode(**values | changes)  # type: ignore[arg-type]


def frames(report: DecodeReport, stride: int = 3) -> FrameSource:
    return FrameSource(Path("none"), PROBE, stride, report)


def test_known_document() -> None:
    report = DecodeReport(frames=1439, corrupt_packets=4, last_ts=60.0 - 1001 / 24000, truncated=True)
    engine = as_engine(ScriptedEngine({}))
    metrics = track_metrics(EP_ID, episode(), frames(report), engine, gate_embeddings=9, wall_s=12.0)
    assert metrics.model_dump() == {
        "ep_id": EP_ID,
        "tracks": 3,
        "detections": 77,
        "shots": 2,
        "tracks_per_minute": 3.0,
        "short_track_fraction": 0.3333,
        "id_switch_rate": 2.0,
        "returns_after_gap": 3,
        "splits": {"hard": 2, "streak": 0, "iou": 1, "total": 3},
        "cleanup_splits": 0,
        "non_face_tracks": {"low_mean_score": 2},
        "non_face_seconds": 4.5,
        "non_faces": (
            {
                "reason": "low_mean_score",
                "first_frame": 3,
                "last_frame": 18,
                "mean_score": 0.7,
                "frame": 9,
                "ts": 0.9,
                "bbox": (10.2, 20.0, 30.0, 40.0),
            },
            {
                "reason": "low_mean_score",
                "first_frame": 20,
                "last_frame": 50,
                "mean_score": 0.7,
                "frame": 26,
                "ts": 2.6,
                "bbox": (10.2, 20.0, 30.0, 40.0),
            },
        ),
        "frames_decoded": 1439,
        "frames_analysed": 32,
        "seconds_analysed": 58.5,
        "transition_frames": 2,
        "corrupt_packets": 4,
        "truncated": True,
        "duration_s": 60.0,
        "source_fps": 23.976,
        "analysed_fps": 7.992,
        "stride": 3,
        "model_pack": "opencv_zoo",
        "provider": "CPUExecutionProvider",
        "provider_note": None,
        "recogniser_provider": "OpenVINO CPU",
        "precision": "f32",
        "clothing_sha256": "1" * 64,
        "gate_embeddings": 9,
        "wall_seconds": 12.0,
        "realtime_factor": 5.0,
    }


def test_an_episode_without_tracks_has_rates_of_zero() -> None:
    none = episode(tracks=[], splits=Counter(), returns_after_gap=0)
    report = DecodeReport(frames=100, last_ts=4.0)
    metrics = track_metrics(EP_ID, none, frames(report), as_engine(ScriptedEngine({})), 0, 1.0)
    assert (metrics.tracks_per_minute, metrics.short_track_fraction, metrics.id_switch_rate) == (0, 0, 0)


def test_jumps_of_the_clock_are_recorded_as_metadata_that_dagster_takes() -> None:
    report = DecodeReport(frames=100, last_ts=4.0, clock_jumps=2, clock_jumps_at=(1.0, 2.0004))
    metrics = track_metrics(EP_ID, episode(), frames(report), as_engine(ScriptedEngine({})), 0, 1.0)
    assert (metrics.clock_jumps, metrics.clock_jumps_at) == (2, (1.0, 2.0))
    values = metrics.model_dump(mode="json", exclude={"splits", "non_faces"})
    assert MaterializeResult(metadata=values).metadata == values


def test_a_pass_that_takes_no_time_has_no_speed() -> None:
    metrics = track_metrics(
        EP_ID, episode(), frames(DecodeReport(frames=9, last_ts=1.0)), as_engine(ScriptedEngine({})), 0, 0.0
    )
    assert metrics.realtime_factor == 0
