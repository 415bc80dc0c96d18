"""The clustering of a show: all tracks of all episodes at once, or new ones into what there is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, among, prevented_merges
from screenalytics_assets.clustering.incremental import join_clusters
from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, cluster_tracks
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.season_identities.gather import GatheredShow
from screenalytics_assets.settings.stages import ClusteringSettings


@dataclass(frozen=True)
class SeasonClusters:
    """Labels (N,) of the gathered tracks, 0..K-1 by first appearance, -1 for the unusable ones."""

    labels: NDArray[np.int64]
    prevented_merges: int
    joined: int
    """New tracks that joined a cluster of the last result; 0 after a full run."""


def cluster_season(gathered: GatheredShow, settings: ClusteringSettings, bounds: Thresholds) -> SeasonClusters:
    """Cluster everything anew, with the clustering of an episode."""
    constraints = Constraints(cannot_link=gathered.cannot_link)
    clusters = cluster_tracks(gathered.vectors, gathered.norms, settings, bounds, constraints)
    return SeasonClusters(clusters.labels, clusters.prevented_merges, 0)


def season_config(settings: ClusteringSettings, bounds: Thresholds) -> dict[str, str | int | float | bool | None]:
    """The effective settings, as the document records them."""
    return settings.model_dump() | asdict(bounds)


def why_not_incremental(gathered: GatheredShow, previous: SeasonIdentities | None, config: Mapping[str, object]) -> str:
    """Why new tracks cannot join `previous`, or "" if they can: its episodes and settings must be as they were."""
    if previous is None:
        return "there is no earlier result that can be read"
    if dict(previous.config) != dict(config):
        return "the settings or the pack's thresholds changed since the last result"
    now = {e.ep_id: (e.tracks_digest, e.embeddings_digest, e.exceptions_sha256) for e in gathered.episodes}
    for episode in previous.episodes:
        before = (episode.tracks_digest, episode.embeddings_digest, episode.exceptions_sha256)
        if now.get(episode.ep_id) != before:
            return f"{episode.ep_id} changed or is gone since the last result"
    return ""


def join_season(gathered: GatheredShow, previous: SeasonIdentities, bounds: Thresholds) -> SeasonClusters:
    """Let the tracks of new episodes join the clusters of `previous`, whose own tracks stay where they are."""
    home = {
        (ep_id, track): number
        for number, identity in enumerate(previous.identities)
        for ep_id, tracks in identity.tracks.items()
        for track in tracks
    }
    known = {episode.ep_id for episode in previous.episodes}
    start = np.array([home.get(key, UNUSABLE) for key in gathered.keys], np.int64)
    fresh = np.array([key[0] not in known for key in gathered.keys], np.bool_)
    old = np.flatnonzero(start != UNUSABLE)
    new = np.flatnonzero(fresh & (gathered.norms >= bounds.unusable_norm))
    taking_part = np.sort(np.concatenate([old, new]))
    order = np.concatenate([old, new])
    constraints = _reordered(among(Constraints(cannot_link=gathered.cannot_link), taking_part), taking_part, order)
    joined = join_clusters(
        gathered.vectors[old],
        start[old],
        gathered.vectors[new],
        bounds.needed(gathered.norms[new]),
        bounds.assign_margin,
        bounds.cluster_thresh,
        constraints,
    )
    labels = np.full(len(start), UNUSABLE, np.int64)
    labels[order] = joined
    labels[taking_part] = number_by_first_appearance(labels[taking_part])
    return SeasonClusters(
        labels,
        prevented_merges(gathered.vectors[order], joined, bounds.cluster_thresh, constraints.cannot_link),
        int((joined[len(old) :] < len(previous.identities)).sum()),
    )


def _reordered(constraints: Constraints, before: NDArray[np.int64], after: NDArray[np.int64]) -> Constraints:
    """Constraints between positions in `before`, ascending rows, as positions in `after`, the same rows."""
    position = np.empty(len(before), np.int64)
    position[np.searchsorted(before, after)] = np.arange(len(after))
    return Constraints(position[constraints.cannot_link], position[constraints.must_link])
