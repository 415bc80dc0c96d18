"""Build an episode's identities from its tracks and from what people decided: clustering, and lasting ids."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings, Tracks
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_episode import cluster_episode, without_tracks
from screenalytics_assets.identities.decided import NOTHING_DECIDED, Decided
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
    decided: Decided = NOTHING_DECIDED,
) -> Identities:
    """Cluster the tracks and build `identities.json`. Ids carry over from `previous`.

    `clothing` (C, 600) holds the clothing descriptors of the tracks' crops; None if they have none. `decided` is
    what people decided about these tracks.

    Raises:
        UserError: the linkage does not support keeping tracks that share a frame apart.
    """
    bounds = thresholds(settings, pack)
    moderation = decided.moderation
    kept = without_tracks(embeddings, moderation.dismissed)
    clusters = cluster_episode(tracks.rows, kept, settings, bounds, exceptions, moderation, clothing)
    episode = Episode.of(tracks, embeddings, clothing, moderation.dismissed)
    content = build_identities(episode, clusters, settings, pack, now, previous, moderation, decided.ids_of(previous))
    return content.model_copy(update={"decisions": decided.fates})
