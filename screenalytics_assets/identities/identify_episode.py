"""Build an episode's identities from its tracks: clustering, lasting ids, and locked identities."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings, Tracks
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.locked import locked_tracks
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack


def identify_episode(
    tracks: Tracks,
    embeddings: TrackEmbeddings,
    settings: ClusteringSettings,
    pack: Pack,
    exceptions: Exceptions,
    previous: Identities | None,
    now: datetime,
    clothing: NDArray[np.uint8] | None = None,
) -> Identities:
    """Cluster the tracks and build `identities.json`. Ids and locked identities carry over from `previous`.

    `clothing` (C, 600) holds the clothing descriptors of the tracks' crops; None if they have none.

    Raises:
        UserError: the linkage does not support keeping tracks that share a frame apart.
    """
    locked = locked_tracks(previous, tracks.rows)
    bounds = thresholds(settings, pack)
    clusters = cluster_episode(tracks.rows, embeddings, settings, bounds, exceptions, locked, clothing)
    return build_identities(Episode.of(tracks, embeddings, clothing), clusters, settings, pack, now, previous, locked)
