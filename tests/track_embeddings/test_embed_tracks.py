"""Track embeddings: known embeddings and rows of known tracks."""

import numpy as np
import pytest

from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track, embed_tracks
from tests.tiny_episode import CLEAR_NORM, make_face, make_track, unit

ONE, TWO, THREE = make_track(1, (0, 20)), make_track(2, (5, 9)), make_track(3, (30, 30))
X, Y = unit(1, 0, 0), unit(0, 1, 0)


def scored(face: Face, score: float) -> Face:
    return face.model_copy(update={"quality": face.quality.model_copy(update={"score": score})})


def test_one_row_per_track_and_one_vector_per_usable_track() -> None:
    faces = [make_face(1, ONE, 0, 0), make_face(2, ONE, 1, 1), make_face(3, TWO, 0, None), make_face(4, THREE, 0, 2)]
    pooled = embed_tracks([ONE, TWO, THREE], faces, np.stack([X, Y, X]), "mean")
    assert [row.model_dump() for row in pooled.rows] == [
        {
            "track_id": "track-00001",
            "embedding_row": 0,
            "num_faces": 2,
            "mean_quality": 0.505,
            "best_norm": CLEAR_NORM,
            "time_span_sec": 4.0,
            "spread": 0.2929,
            "pooling_method": "mean",
        },
        {
            "track_id": "track-00002",
            "embedding_row": None,
            "num_faces": 0,
            "mean_quality": 0.0,
            "best_norm": 0.0,
            "time_span_sec": 0.8,
            "spread": 0.0,
            "pooling_method": "mean",
        },
        {
            "track_id": "track-00003",
            "embedding_row": 1,
            "num_faces": 1,
            "mean_quality": 0.505,
            "best_norm": CLEAR_NORM,
            "time_span_sec": 0.0,
            "spread": 0.0,
            "pooling_method": "mean",
        },
    ]
    assert pooled.vectors.dtype == np.float32
    assert pooled.vectors == pytest.approx(np.stack([unit(1, 1, 0), X]), abs=1e-6)


def test_qualities_are_weights_if_the_method_uses_them() -> None:
    faces = [scored(make_face(1, ONE, 0, 0), 0.9), scored(make_face(2, ONE, 1, 1), 0.3)]
    pooled = embed_tracks([ONE], faces, np.stack([X, Y]), "quality_weighted")
    assert pooled.vectors[0] == pytest.approx(unit(3, 1, 0), abs=1e-6)
    assert (pooled.rows[0].mean_quality, pooled.rows[0].pooling_method) == (0.6, "quality_weighted")


def test_vectors_are_looked_up_by_row_not_by_order() -> None:
    faces = [make_face(1, ONE, 0, 1), make_face(2, TWO, 0, 0)]
    pooled = embed_tracks([ONE, TWO], faces, np.stack([X, Y]), "mean")
    assert pooled.vectors == pytest.approx(np.stack([Y, X]))


@pytest.mark.parametrize(
    ("vectors", "spread"),
    [
        pytest.param([X, X], 0.0, id="equal"),
        pytest.param([X, Y], 1 - np.sqrt(0.5), id="at-right-angles"),
        # The vectors cancel out, so the first one is used. The other is at the largest possible distance.
        pytest.param([X, -X], 2.0, id="opposite"),
    ],
)
def test_spread_is_the_distance_to_the_furthest_face(vectors: list[np.ndarray], spread: float) -> None:
    faces = [make_face(1, ONE, 0, 0), make_face(2, ONE, 1, 1)]
    pooled = embed_tracks([ONE], faces, np.stack(vectors).astype(np.float32), "mean")
    assert pooled.rows[0].spread == pytest.approx(spread, abs=1e-4)


@pytest.mark.parametrize("tracks", [[], [ONE, TWO]], ids=["no-tracks", "no-faces"])
def test_without_faces_the_vectors_are_empty_but_have_the_dimension(tracks: list[object]) -> None:
    pooled = embed_tracks(tracks, [], np.empty((0, 128), np.float32), "mean")  # type: ignore[arg-type]
    assert pooled.vectors.shape == (0, 128)
    assert pooled.vectors.dtype == np.float32
    assert [row.embedding_row for row in pooled.rows] == [None] * len(tracks)


def test_accepted_faces_by_track() -> None:
    faces = [make_face(1, ONE, 0, 0), make_face(2, TWO, 0, None), make_face(3, ONE, 1, None), make_face(4, ONE, 1, 1)]
    assert {
        track: [face.face_id for face in faces_of_track] for track, faces_of_track in accepted_by_track(faces).items()
    } == {"track-00001": ["face-000001", "face-000004"]}
