"""Clustering of a show: all tracks of all episodes together, or new tracks into the existing identities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, among, prevented_merges
from screenalytics_assets.clustering.incremental import join_clusters
from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, cluster_tracks
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.season_identities.decided import changed_logs
from screenalytics_assets.season_identities.gather import GatheredShow
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.artifact import sha256_of


@dataclass(frozen=True)
class SeasonClusters:
    """Labels (N,) of the gathered tracks: 0..K-1 by first appearance, and -1 for unusable tracks."""

    labels: NDArray[np.int64]
    prevented_merges: int
    joined: int
    """Number of new tracks that joined an identity of the previous result; 0 after a full run."""


def cluster_season(gathered: GatheredShow, settings: ClusteringSettings, bounds: Thresholds) -> SeasonClusters:
    """Cluster all tracks from the start, with the clustering of an episode."""
    clusters = cluster_tracks(gathered.vectors, gathered.norms, settings, bounds, gathered.constraints)
    return SeasonClusters(clusters.labels, clusters.prevented_merges, 0)


def season_config(settings: ClusteringSettings, bounds: Thresholds) -> dict[str, str | int | float | bool | None]:
    """Return the effective settings and thresholds, and a hash of the pack's evidence, as recorded in the document."""
    evidence = sha256_of(bounds.evidence.model_dump_json().encode())
    return settings.model_dump() | bounds.recorded() | {"evidence_sha256": evidence}


def why_not_incremental(
    gathered: GatheredShow,
    previous: SeasonIdentities | None,
    config: Mapping[str, object],
    decisions: Mapping[str, str],
) -> str:
    """Return why new tracks cannot join `previous`, or "" if they can.

    They can if the settings, the thresholds and the episodes of `previous` have not changed, and people decided nothing
    about these episodes or the show since. `decisions` are the inputs of `previous`.
    """
    if previous is None:
        return "there is no earlier result that can be read"
    if dict(previous.config) != dict(config):
        return "the settings or the pack's thresholds changed since the last result"
    current = {e.ep_id: (e.tracks_digest, e.embeddings_digest, e.exceptions_sha256) for e in gathered.episodes}
    for episode in previous.episodes:
        before = (episode.tracks_digest, episode.embeddings_digest, episode.exceptions_sha256)
        if current.get(episode.ep_id) != before:
            return f"{episode.ep_id} changed or was removed since the last result"
    logs = (previous.show, *(episode.ep_id for episode in previous.episodes))
    decided = changed_logs(decisions, gathered.decisions, logs)
    return f"people decided about {decided[0]} since the last result" if decided else ""


def join_season(gathered: GatheredShow, previous: SeasonIdentities, bounds: Thresholds) -> SeasonClusters:
    """Let the tracks of new episodes join the identities of `previous`, whose own tracks stay where they are.

    A track that a person vouches for is usable regardless of its norm.
    """
    identity_of = {
        (ep_id, track): number
        for number, identity in enumerate(previous.identities)
        for ep_id, tracks in identity.tracks.items()
        for track in tracks
    }
    previous_episodes = {episode.ep_id for episode in previous.episodes}
    previous_labels = np.array([identity_of.get(key, UNUSABLE) for key in gathered.keys], np.int64)
    is_new = np.array([key[0] not in previous_episodes for key in gathered.keys], np.bool_)
    old = np.flatnonzero(previous_labels != UNUSABLE)
    vouched = gathered.constraints.vouched_rows(len(is_new))
    new = np.flatnonzero(is_new & ((gathered.norms >= bounds.unusable_norm) | vouched))
    used_rows = np.sort(np.concatenate([old, new]))
    order = np.concatenate([old, new])
    vectors = centred(gathered.vectors, bounds.evidence.mean(gathered.vectors.shape[1]))
    constraints = _reordered(among(gathered.constraints, used_rows), used_rows, order)
    joined = join_clusters(
        vectors[old],
        previous_labels[old],
        vectors[new],
        bounds.needed(gathered.norms[new]),
        bounds.assign_margin,
        bounds.cluster_thresh,
        constraints,
    )
    labels = np.full(len(previous_labels), UNUSABLE, np.int64)
    labels[order] = joined
    labels[used_rows] = number_by_first_appearance(labels[used_rows])
    return SeasonClusters(
        labels,
        prevented_merges(vectors[order], joined, bounds.cluster_thresh, constraints.cannot_link),
        int((joined[len(old) :] < len(previous.identities)).sum()),
    )


def _reordered(constraints: Constraints, before: NDArray[np.int64], after: NDArray[np.int64]) -> Constraints:
    """Translate pairs of positions in `before`, which ascends, to positions in `after`, which holds the same rows."""
    position = np.empty(len(before), np.int64)
    position[np.searchsorted(before, after)] = np.arange(len(after))
    return Constraints(
        position[constraints.cannot_link], position[constraints.must_link], position[constraints.vouched]
    )
