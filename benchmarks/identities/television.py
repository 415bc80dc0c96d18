"""Television: our clustering against ablations of it and against alternative clusterings.

All parameters are tuned on The Big Bang Theory. The figures are from Buffy, whose people are held out. The rivals
are also shown with their best parameter on Buffy itself, which is an upper bound for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities.rivals import RIVALS, Rival, alone_where_noise
from benchmarks.identities.tv_episodes import TvEpisode
from screenalytics_assets.clustering.pooling_method import PoolingMethod
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.schemas import TrackEmbeddings
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_assets.track_embeddings.embed_tracks import PooledTracks, embed_tracks
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.inference.packs import Pack

Labels = NDArray[np.int64]
Cluster = Callable[[TvEpisode, PooledTracks], Labels]
"""Labels of the tracks that have an embedding, -1 for those in no identity."""


@dataclass(frozen=True)
class Score:
    """B-cubed figures over the tracks of one episode. A track without an identity is a cluster of its own."""

    episode: str
    precision: float
    recall: float
    f: float
    people_found: int
    people_true: int


@dataclass(frozen=True)
class Line:
    """One method: its parameter, and its score on each reported episode."""

    method: str
    setting: str
    scores: Sequence[Score]

    @property
    def mean_f(self) -> float:
        return _mean_f(self.scores)


class Series:
    """Episodes, with their pooled embeddings computed once per method."""

    def __init__(self, episodes: Sequence[TvEpisode]) -> None:
        self.episodes = episodes
        self.pooled: Callable[[PoolingMethod], list[PooledTracks]] = cache(self._pool)

    def _pool(self, method: PoolingMethod) -> list[PooledTracks]:
        return [embed_tracks(e.tracks, e.faces.rows, e.faces.vectors, method) for e in self.episodes]

    def score(self, method: PoolingMethod, cluster: Cluster) -> list[Score]:
        """Score `cluster` on every episode."""
        pairs = zip(self.episodes, self.pooled(method), strict=True)
        return [_score(episode, pooled, cluster(episode, pooled)) for episode, pooled in pairs]


def _score(episode: TvEpisode, pooled: PooledTracks, found: Labels) -> Score:
    labels = np.full(len(episode.tracks), -1, np.int64)
    labels[[row.embedding_row is not None for row in pooled.rows]] = found
    complete = alone_where_noise(labels)
    truth = np.unique(np.array(episode.truth), return_inverse=True)[1]
    precision, recall, f = b_cubed(complete, truth)
    people = len(np.unique(found[found >= 0]))
    return Score(episode.name, precision, recall, f, people, int(truth.max()) + 1)


def ours(pack: Pack, **changes: Any) -> Cluster:
    """Return the product's clustering with the pack's thresholds and `changes` of the settings."""
    settings = ClusteringSettings.model_validate(changes)
    bounds = thresholds(settings, pack)

    def cluster(episode: TvEpisode, pooled: PooledTracks) -> Labels:
        origin = Provenance(asset="", code_version="", settings_sha256="", inputs={})
        table = TrackEmbeddings(episode.name, pooled.rows, origin, pack.name, arrays={"tracks.npy": pooled.vectors})
        return cluster_episode(episode.tracks, table, settings, bounds, NO_EXCEPTIONS).labels

    return cluster


def tuned_rival(rival: Rival, tuning: Series, reported: Series) -> list[Line]:
    """Score a rival with its best value on the tuning series, and with its best on the reported series."""
    pooling: PoolingMethod = "mean"

    def score(series: Series, value: float) -> list[Score]:
        return series.score(pooling, lambda _, pooled: rival.cluster(pooled.vectors, value))

    on_reported = {value: score(reported, value) for value in rival.values}
    tuned = max(rival.values, key=lambda value: _mean_f(score(tuning, value)))
    best = max(rival.values, key=lambda value: _mean_f(on_reported[value]))
    return [
        Line(rival.name, f"{tuned:g}, tuned on the other series", on_reported[tuned]),
        Line(rival.name, f"{best:g}, its best here", on_reported[best]),
    ]


ABLATIONS: Sequence[tuple[str, PoolingMethod, dict[str, Any]]] = (
    ("ours", "norm_weighted", {}),
    ("ours without cannot-link", "norm_weighted", {"cannot_link": False}),
    ("ours without quality weighting", "mean", {}),
    ("ours without adoption", "norm_weighted", {"adopt_max_tracks": 0}),
    ("ours without setting aside", "norm_weighted", {"unusable_norm": 0.0}),
    ("ours with linkage alone", "mean", {"cannot_link": False, "adopt_max_tracks": 0, "unusable_norm": 0.0}),
)


def compare(tuning: Sequence[TvEpisode], reported: Sequence[TvEpisode], pack: Pack) -> list[Line]:
    """Compute every line of the comparison, on the reported episodes."""
    tuning_series, reported_series = Series(tuning), Series(reported)
    lines = [
        Line(name, f"{pack.name}'s thresholds", reported_series.score(pooling, ours(pack, **changes)))
        for name, pooling, changes in ABLATIONS
    ]
    for rival in RIVALS:
        lines += tuned_rival(rival, tuning_series, reported_series)
    return lines


def _mean_f(scores: Sequence[Score]) -> float:
    return float(np.mean([score.f for score in scores]))
