"""The clustering of an episode: which tracks take part, and which of them share a frame."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS, Exceptions
from screenalytics_assets.contract.schemas import Track, TrackBox, TrackEmbeddings
from screenalytics_assets.identities.cluster_episode import cluster_episode, episode_constraints
from screenalytics_assets.identities.cluster_tracks import UNUSABLE
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.errors import UserError
from tests.tiny_episode import CLEAR_NORM, EP_ID, FPS, PLAIN_PACK, make_embedding, make_track, origin, unit

Vector = tuple[float, ...]
A, B = (1.0, 0.0), (0.0, 1.0)


def placed(number: int, frames: tuple[int, int]) -> Track:
    """Return a track 100 px to the right of the track with the previous number."""
    left = 100.0 * number
    boxes = tuple(TrackBox(frame=f, ts=f / FPS, bbox=(left, 20, left + 40, 70), score=0.9) for f in frames)
    return make_track(number, frames, boxes=boxes)


def embedded(vectors: list[Vector | None], norms: list[float] | None = None) -> TrackEmbeddings:
    """Return embeddings of tracks 1, 2, .... A track without a vector has no row."""
    usable = [unit(*vector) for vector in vectors if vector is not None]
    array: NDArray[np.float32] = np.stack(usable) if usable else np.empty((0, 2), np.float32)
    numbers = iter(range(len(usable)))
    rows = [
        make_embedding(k + 1, None if v is None else next(numbers), best_norm=norms[k] if norms else CLEAR_NORM)
        for k, v in enumerate(vectors)
    ]
    return TrackEmbeddings(EP_ID, rows, origin("track_embeddings", {}), PLAIN_PACK.name, arrays={"tracks.npy": array})


# Tracks 1 and 3 share frames 5 to 9, from 1.0 s to 1.8 s.
SPANS = [(0, 9), (20, 29), (5, 14)]


@pytest.mark.parametrize(
    ("vectors", "settings", "exceptions", "labels", "pairs"),
    [
        pytest.param([A, B, A], {}, (), [0, 1, 2], [[0, 2]], id="kept-apart"),
        pytest.param([A, A, B], {}, (), [0, 0, 1], [[0, 2]], id="other-tracks-may-merge"),
        pytest.param([A, B, A], {"cannot_link": False}, (), [0, 1, 0], [], id="setting-off"),
        pytest.param([A, B, A], {}, ((1.0, 1.8),), [0, 1, 0], [], id="an-exception"),
        pytest.param([A, B, A], {}, ((1.0, 1.7),), [0, 1, 2], [[0, 2]], id="an-exception-that-ends-too-early"),
        pytest.param([A, None, A], {}, (), [0, 1], [[0, 1]], id="pairs-are-rows-not-tracks"),
        pytest.param([None, B, A], {}, (), [0, 1], [], id="a-track-without-a-row-has-no-pair"),
        pytest.param([None, None, None], {}, (), [], [], id="no-rows"),
        pytest.param([], {}, (), [], [], id="no-tracks"),
    ],
)
def test_tracks_that_share_a_frame_are_apart(
    vectors: list[Vector | None],
    settings: dict[str, object],
    exceptions: tuple[tuple[float, float], ...],
    labels: list[int],
    pairs: list[list[int]],
) -> None:
    tracks = [placed(k + 1, SPANS[k]) for k in range(len(vectors))]
    chosen = ClusteringSettings.model_validate(settings)
    bounds = thresholds(chosen, PLAIN_PACK)
    accepted = Exceptions(exceptions, "0" * 64)
    clusters = cluster_episode(tracks, embedded(vectors), chosen, bounds, accepted)
    assert clusters.labels.tolist() == labels
    assert episode_constraints(tracks, embedded(vectors), chosen, accepted).cannot_link.tolist() == pairs
    assert clusters.constraints.cannot_link.tolist() == pairs
    assert clusters.constraints.must_link.tolist() == []


def test_tracks_are_looked_up_by_id() -> None:
    tracks = [placed(k + 1, SPANS[k]) for k in range(3)]
    chosen = ClusteringSettings()
    bounds = thresholds(chosen, PLAIN_PACK)
    clusters = cluster_episode(tracks[::-1], embedded([A, A, B]), chosen, bounds, NO_EXCEPTIONS)
    assert clusters.constraints.cannot_link.tolist() == [[0, 2]]


def test_norms_belong_to_rows() -> None:
    tracks = [placed(k + 1, (20 * k, 20 * k + 9)) for k in range(4)]
    chosen = ClusteringSettings()
    bounds = thresholds(chosen, PLAIN_PACK)
    weak = bounds.unusable_norm - 0.1
    rows = embedded([None, A, B, A], [CLEAR_NORM, CLEAR_NORM, weak, CLEAR_NORM])
    assert cluster_episode(tracks, rows, chosen, bounds, NO_EXCEPTIONS).labels.tolist() == [0, UNUSABLE, 0]


def test_a_linkage_without_support_for_constraints_works_without_cannot_links() -> None:
    tracks = [placed(k + 1, SPANS[k]) for k in range(3)]
    chosen = ClusteringSettings(linkage="single")
    bounds = thresholds(chosen, PLAIN_PACK)
    with pytest.raises(UserError, match="set linkage to average or complete, or cannot_link to false"):
        cluster_episode(tracks, embedded([A, B, A]), chosen, bounds, NO_EXCEPTIONS)
    free = chosen.model_copy(update={"cannot_link": False})
    assert cluster_episode(tracks, embedded([A, B, A]), free, bounds, NO_EXCEPTIONS).labels.tolist() == [0, 1, 0]
