"""An episode's stored faces with the person of each track: what every clustering of the benchmark starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face, Track, TrackEmbeddings
from screenalytics_assets.contract.truth_file import ShotTruth
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.settings.stages import TrackEmbeddingsSettings
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks
from screenalytics_resources.artifact import Provenance

Labels = NDArray[np.int64]
"""Cluster of each track (N,), -1 for a track in no cluster."""
DROPPED = 0.3
"""Share of the accepted faces that a jittered run leaves out."""


@dataclass(frozen=True)
class LabelledEpisode:
    """N tracks with their faces, and the truth.

    `people` has the person by track, of those tracks whose person is known. People in `background` do not count.
    `sources` names the material. Nothing is tuned on an episode that shares a source with a reported one.
    """

    name: str
    pack: str
    fps: float
    tracks: Sequence[Track]
    faces: Sequence[Face]
    vectors: NDArray[np.float32]
    people: Mapping[str, str]
    background: frozenset[str]
    shots: ShotTruth | None
    sources: frozenset[str]
    sightings: Sightings


@dataclass(frozen=True)
class Pooled:
    """An episode with the embeddings of its tracks."""

    episode: LabelledEpisode
    embeddings: TrackEmbeddings

    @property
    def embedded(self) -> NDArray[np.bool_]:
        """Whether (N,) each track has an embedding."""
        return np.array([row.embedding_row is not None for row in self.embeddings.rows], np.bool_)


def pooled(episode: LabelledEpisode, faces: Sequence[Face] | None = None) -> Pooled:
    """Pool the faces of each track by the default method. `faces` are some of the episode's, by default all."""
    method = TrackEmbeddingsSettings.model_validate({}).pooling_method
    made = embed_tracks(episode.tracks, episode.faces if faces is None else faces, episode.vectors, method)
    origin = Provenance(asset="", code_version="", settings_sha256="", inputs={})
    table = TrackEmbeddings(episode.name, made.rows, origin, episode.pack, arrays={"tracks.npy": made.vectors})
    return Pooled(episode, table)


def jittered(episode: LabelledEpisode, seed: int) -> Pooled:
    """Pool the episode's tracks without a random 30 % of its accepted faces. Equal seeds drop equal faces."""
    accepted = [face for face in episode.faces if face.embedding_row is not None]
    rng = np.random.default_rng(seed)
    kept = np.sort(rng.permutation(len(accepted))[round(DROPPED * len(accepted)) :])
    return pooled(episode, [accepted[index] for index in kept])
