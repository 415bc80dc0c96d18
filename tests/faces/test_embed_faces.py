"""Crops become faces: reasons of the gate, sampling, and conversion between frame and crop."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Crop, Track
from screenalytics_assets.faces.embed_faces import crop_view, embed_faces, judge, thin_out
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.inference.packs import TrackBounds
from screenalytics_resources.project import config_dir
from tests.tiny_episode import PACK

LANDMARKS = ((20.0, 25.0), (40.0, 25.0), (30.0, 35.0), (22.0, 45.0), (38.0, 45.0))


def crop(frame: int = 0, **changes: Any) -> Crop:
    values: dict[str, Any] = {
        "frame": frame,
        "ts": frame / 25,
        "bbox": (10.0, 10.0, 50.0, 60.0),
        "landmarks": LANDMARKS,
        "det_score": 0.9,
        "crop_std": 40.0,
        "crop_key": f"crops/track-00001/frame-{frame:06d}.jpg",
        "crop_box": (0.0, 0.0, 80.0, 80.0),
    }
    return Crop(**values | changes)


def track(*crops: Crop, name: str = "track-00001") -> Track:
    return Track(
        track_id=name,
        shot_id="shot-0001",
        first_frame=0,
        last_frame=1000,
        first_ts=0,
        last_ts=40,
        frame_count=10,
        mean_score=0.9,
        boxes=(),
        crops=crops,
        split_from=None,
        split_reason=None,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, None, id="good"),
        pytest.param({"det_score": 0.6}, None, id="score-at-the-bound"),
        pytest.param({"det_score": 0.59}, "low_confidence", id="score"),
        pytest.param({"bbox": (0.0, 0.0, 19.9, 60.0)}, "too_small", id="narrow"),
        pytest.param({"bbox": (0.0, 0.0, 60.0, 19.9)}, "too_small", id="flat"),
        pytest.param({"crop_std": 7.9}, "low_contrast", id="contrast"),
        pytest.param({"det_score": 0.1, "crop_std": 0.0}, "low_confidence", id="first-reason-counts"),
    ],
)
def test_quality_gate(changes: dict[str, Any], reason: str | None) -> None:
    settings = FacesSettings(min_confidence=0.6, min_std=8.0, min_box_px=20.0)
    assert judge("track-00001", crop(**changes), settings, PACK.tracks).rejection == reason


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        pytest.param({}, None, id="of-the-pack"),
        pytest.param({"min_confidence": 0.6}, "low_confidence", id="score-set"),
        pytest.param({"min_box_px": 20}, "too_small", id="size-set"),
    ],
)
def test_bounds_come_from_the_pack_unless_set(settings: dict[str, float], reason: str | None) -> None:
    bounds = TrackBounds(min_face_score=0.5, min_box_px=12)
    small_and_weak = crop(bbox=(0.0, 0.0, 13.0, 16.0), det_score=0.55)
    judged = judge("track-00001", small_and_weak, FacesSettings.model_validate(settings), bounds)
    assert judged.rejection == reason


def test_quality_combines_score_contrast_and_area() -> None:
    quality = judge("track-00001", crop(), FacesSettings(), PACK.tracks).quality
    assert (quality.det, quality.std, quality.box_area) == (0.9, 40.0, 2000.0)
    assert quality.score == pytest.approx(0.4 * 0.9 + 0.35 * 0.4 + 0.25 * 0.02)


def test_faces_beyond_the_limit_are_not_sampled() -> None:
    judged = [judge("track-00001", crop(frame), FacesSettings(), PACK.tracks) for frame in range(0, 100, 10)]
    judged[0].rejection = "low_confidence"
    thin_out(judged, 3)
    assert [s.rejection for s in judged].count(None) == 3
    assert judged[0].rejection == "low_confidence"


@pytest.mark.parametrize(
    ("shape", "point", "in_crop"),
    [
        pytest.param((80, 80, 3), [110.0, 60.0], [10.0, 10.0], id="stored-at-full-size"),
        pytest.param((40, 40, 3), [110.0, 60.0], [5.0, 5.0], id="stored-at-half-size"),
        pytest.param((40, 80, 3), [180.0, 130.0], [80.0, 40.0], id="each-axis-separately"),
    ],
)
def test_points_convert_to_the_crop_and_back(shape: tuple[int, ...], point: list[float], in_crop: list[float]) -> None:
    view = crop_view(crop(crop_box=(100.0, 50.0, 180.0, 130.0)), shape)
    points = np.array([point], np.float32)
    np.testing.assert_allclose(view.to_crop(points), [in_crop])
    np.testing.assert_allclose(view.to_frame(view.to_crop(points)), points)


def picture(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (80, 80, 3), np.uint8)


def test_rows_vectors_and_reasons_agree() -> None:
    """With the real recogniser, accepted faces get vector rows in order, and unreadable crops get a reason."""
    engine = load_engine("opencv_zoo", config_dir(), "cpu")
    one_point = ((30.0, 30.0),) * 5
    tracks = [
        track(crop(0), crop(25, det_score=0.1), crop(50)),
        track(crop(75), crop(100, landmarks=one_point), name="track-00002"),
        track(name="track-00003"),
    ]
    pictures = {key.crop_key: picture(i) for i, t in enumerate(tracks) for key in t.crops}
    del pictures[tracks[0].crops[2].crop_key]
    seen: list[int] = []
    faces = embed_faces(tracks, pictures.get, engine, FacesSettings(batch_size=1), seen.append)

    assert [face.rejection_reason for face in faces.rows] == [
        None,
        "low_confidence",
        "unreadable_crop",
        None,
        "unalignable",
    ]
    assert [face.embedding_row for face in faces.rows] == [0, None, None, 1, None]
    assert [face.face_id for face in faces.rows] == [f"face-{n:06d}" for n in range(1, 6)]
    assert faces.vectors.shape == (2, 128)
    np.testing.assert_allclose(np.linalg.norm(faces.vectors, axis=1), 1, atol=1e-5)
    assert [face.embedding_norm is None for face in faces.rows] == [False, True, True, False, True]
    assert seen == [1, 2, 3]


def test_batches_do_not_change_the_vectors() -> None:
    engine = load_engine("opencv_zoo", config_dir(), "cpu")
    tracks = [track(crop(0), crop(30), crop(60), name=f"track-{n:05d}") for n in range(1, 4)]
    one = embed_faces(tracks, lambda key: picture(int(key[-8:-4])), engine, FacesSettings(batch_size=1), lambda n: None)
    many = embed_faces(
        tracks, lambda key: picture(int(key[-8:-4])), engine, FacesSettings(batch_size=5), lambda n: None
    )
    assert one.rows == many.rows
    np.testing.assert_allclose(one.vectors, many.vectors, atol=1e-5)


def test_no_tracks_no_faces() -> None:
    engine = load_engine("opencv_zoo", config_dir(), "cpu")
    faces = embed_faces([], lambda key: None, engine, FacesSettings(), lambda n: None)
    assert faces.rows == []
    assert faces.vectors.shape == (0, 128)
