"""What a cleanup is expected to make of the identities, by the evidence model.

The memberships before and after are judged by one measure: the calibrated thresholds and the evidence of the model
pack. The confidences that are stored in `identities.json` may come from other settings or from an earlier pack.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.clustering.constraints import Constraints
from screenalytics_assets.contract.cleanup_records import ExpectedIdentities
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings, Tracks
from screenalytics_assets.identities.build_identities import Episode, judged_memberships
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.memberships import Membership
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack

TOLERANCE = 0.01
"""Share of the expected correct seconds that a cleanup may lose."""
TOLERANCE_S = 0.5
"""Expected correct seconds that a cleanup may lose in any case: rounding, and the ends of a split track."""


@dataclass(frozen=True)
class Expected:
    """Expected figures of identities, and the membership of each track in an identity."""

    figures: ExpectedIdentities
    memberships: Mapping[str, Membership]


def expected(
    artifacts: ArtifactSet, exceptions: Exceptions, pack: Pack, clothing: NDArray[np.uint8] | None
) -> Expected | None:
    """Judge the identities of `artifacts`; None if they are missing or were built from other track embeddings."""
    tracks, embeddings, identities = artifacts.tracks, artifacts.track_embeddings, artifacts.identities
    if tracks is None or embeddings is None or identities is None:
        return None
    if identities.provenance.inputs["track_embeddings"] != embeddings.digest:
        return None
    memberships = _memberships(tracks, embeddings, identities.content, exceptions, pack, clothing)
    seconds = {track.track_id: track.duration_s for track in tracks.rows}
    return Expected(
        ExpectedIdentities(
            correct_seconds=round(sum(m.confidence * seconds[track] for track, m in memberships.items()), 3),
            wrong_tracks=round(sum(1 - m.confidence for m in memberships.values()), 3),
            uncertain_tracks=sum(m.uncertain for m in memberships.values()),
            uncertain_seconds=round(sum(seconds[track] for track, m in memberships.items() if m.uncertain), 3),
            contradictions=len(identities.content.contradictions),
        ),
        memberships,
    )


def expected_to_get_worse(before: ExpectedIdentities | None, after: ExpectedIdentities | None) -> list[str]:
    """Return one clause per reason why identities are expected to get worse.

    There are two: the expected correct seconds fall by more than the tolerance, or there are more contradictions.
    Uncertain seconds are no reason: they also rise when weak tracks find their identity.
    """
    if before is None or after is None:
        return []
    clauses = []
    if before.correct_seconds - after.correct_seconds > max(TOLERANCE_S, TOLERANCE * before.correct_seconds):
        clauses.append(
            f"the expected correct seconds fall from {before.correct_seconds:.1f} to {after.correct_seconds:.1f}"
        )
    if after.contradictions > before.contradictions:
        clauses.append(f"contradictions rise from {before.contradictions} to {after.contradictions}")
    return clauses


def _memberships(
    tracks: Tracks,
    embeddings: TrackEmbeddings,
    identities: Identities,
    exceptions: Exceptions,
    pack: Pack,
    clothing: NDArray[np.uint8] | None,
) -> dict[str, Membership]:
    episode = Episode.of(tracks, embeddings, clothing)
    names = [row.track_id for row in episode.usable]
    identity_of = {track: k for k, i in enumerate(identities.identities) for track in i.track_ids}
    labels = np.array([identity_of.get(track, UNUSABLE) for track in names], np.int64)
    by_id = {track.track_id: track for track in tracks.rows}
    cannot_link = sharing_pairs([by_id[track] for track in names], exceptions)
    settings = ClusteringSettings.model_validate({})
    clusters = Clusters(
        labels, thresholds(settings, pack), {}, {}, Constraints(cannot_link=cannot_link), (), {}, prevented_merges=0
    )
    judged = judged_memberships(episode, clusters, settings)
    return {track: m for track, m, label in zip(names, judged, labels, strict=True) if label != UNUSABLE}
