"""Phases of a cleanup: each is a step in memory from one set of artifacts to the next.

Nothing here reads or writes the store, except that `reembed` reads crops with the function passed to it.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.cleanup.reembed import Reembedded, WeakFaceLimits, reembed
from screenalytics_assets.cleanup.split_tracks import SplitTracks, TwoPeople, split_tracks
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.schemas import (
    Faces,
    IdentitiesDocument,
    Splits,
    Track,
    TrackEmbeddings,
    TrackMetrics,
    Tracks,
)
from screenalytics_assets.faces.embed_faces import ReadCrop
from screenalytics_assets.identities.decided import NOTHING_DECIDED, Decided
from screenalytics_assets.identities.identify_episode import identify_episode
from screenalytics_assets.lineage.provenance import Digested, input_digests, provenance, with_inputs
from screenalytics_assets.moderation.cut_tracks import is_later_part, uncut_tracks
from screenalytics_assets.moderation.mark_tracks import follow_tracks
from screenalytics_assets.settings.sources import Resolved
from screenalytics_assets.settings.stages import (
    CleanupSettings,
    ClusteringSettings,
    FacesSettings,
    TrackEmbeddingsSettings,
    TrackingSettings,
)
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks
from screenalytics_assets.tracks.metrics import id_switch_rate, short_track_fraction
from screenalytics_assets.tracks.shot_tracks import gate_settings
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class CleanupSettingsSet:
    """Settings of the stages that a cleanup repeats, and its own settings."""

    tracking: Resolved[TrackingSettings]
    faces: Resolved[FacesSettings]
    cleanup: Resolved[CleanupSettings]
    track_embeddings: Resolved[TrackEmbeddingsSettings]
    clustering: Resolved[ClusteringSettings]


def split(
    artifacts: ArtifactSet,
    tracks: Tracks,
    faces: Faces,
    pack: Pack,
    settings: CleanupSettingsSet,
    locked: Set[str] = frozenset(),
) -> tuple[ArtifactSet, SplitTracks]:
    """Split the tracks that change person. The tracks of `locked` identities, and those that people cut, stay."""
    gate = gate_settings(settings.tracking.values, pack)
    mean_face = pack.evidence.mean(faces.vectors.shape[1])
    two_people = TwoPeople(pack.norms.clear, pack.thresholds.min_identity_sim, mean_face)
    gated = tracks.metrics.gate_embeddings > 0
    kept_whole = locked | touched_by_people(tracks.rows)
    result = split_tracks(tracks.rows, faces.rows, faces.vectors, gate, two_people if gated else None, kept_whole)
    documents = dict(tracks.documents) | {"track_metrics.json": metrics_after(tracks.metrics, result)}
    new_tracks = tracks.with_rows(result.tracks, documents=documents)
    new_faces = faces.with_rows(result.faces, provenance=with_inputs(faces.provenance, input_digests(new_tracks)))
    return _pooled(artifacts, new_tracks, new_faces, settings), result


def metrics_after(metrics: TrackMetrics, result: SplitTracks) -> TrackMetrics:
    """Return the metrics of the tracks after the splits of a cleanup.

    A split made by a cleanup fixes an error of tracking, so it does not count as an id switch of the result.
    """
    total = metrics.splits.total + result.new_tracks
    cleanup_splits = metrics.cleanup_splits + result.new_tracks
    tracked = uncut_tracks(result.tracks)
    count = len(tracked)
    reasons = {name: getattr(metrics.splits, name) + result.reasons[name] for name in ("hard", "streak", "iou")}
    return metrics.model_copy(
        update={
            "tracks": count,
            "tracks_per_minute": round(count / metrics.duration_s * 60, 3) if metrics.duration_s else 0.0,
            "short_track_fraction": round(short_track_fraction(tracked), 4),
            "id_switch_rate": round(id_switch_rate(count, total - cleanup_splits, metrics.returns_after_gap), 4),
            "splits": Splits(**reasons, total=total),
            "cleanup_splits": cleanup_splits,
        }
    )


def embed_again(
    artifacts: ArtifactSet,
    tracks: Tracks,
    faces: Faces,
    engine: Engine,
    read_crop: ReadCrop,
    settings: CleanupSettingsSet,
    report: Callable[[int], None],
    locked: Set[str] = frozenset(),
) -> tuple[ArtifactSet, Reembedded]:
    """Embed the stored crops again and reject weak faces. The faces of the `locked` tracks stay."""
    cleanup = settings.cleanup.values
    limits = WeakFaceLimits(
        min_quality=cleanup.cleanup_min_quality,
        min_norm=engine.pack.norms.unusable if cleanup.cleanup_min_norm is None else cleanup.cleanup_min_norm,
        min_faces=cleanup.cleanup_min_faces,
    )
    result = reembed(
        tracks.rows,
        faces.rows,
        faces.vectors,
        read_crop,
        engine,
        settings.faces.values,
        limits,
        report,
        locked,
    )
    new_faces = faces.with_rows(result.rows, arrays={"faces.npy": result.vectors})
    return _pooled(artifacts, tracks, new_faces, settings), result


def cluster_again(
    artifacts: ArtifactSet,
    tracks: Tracks,
    faces: Faces,
    embeddings: TrackEmbeddings,
    pack: Pack,
    exceptions: Exceptions,
    settings: CleanupSettingsSet,
    now: datetime,
    clothing: NDArray[np.uint8] | None = None,
    decided: Decided = NOTHING_DECIDED,
) -> ArtifactSet:
    """Cluster the tracks again. What people `decided` holds, and ids carry over as between normal runs.

    `clothing` (C, 600) holds the clothing descriptors of the tracks' crops; None if they have none.
    """
    before = artifacts.identities
    previous = before.content if before else None
    content = identify_episode(
        tracks, embeddings, settings.clustering.values, pack, exceptions, previous, now, clothing, decided
    )
    inputs = input_digests(tracks, faces, embeddings, exceptions=exceptions.sha256, **decided.inputs)
    origin = _origin_of(before, "identities", settings.clustering, inputs, pack)
    return replace(artifacts, identities=IdentitiesDocument(tracks.ep_id, content, origin, pack.name))


def _pooled(artifacts: ArtifactSet, tracks: Tracks, faces: Faces, settings: CleanupSettingsSet) -> ArtifactSet:
    """Return the set with these tracks and faces, and with the track embeddings pooled from them."""
    faces = faces.with_rows(follow_tracks(faces.rows, tracks.rows))  # faces that were embedded again have no marks
    pooled = embed_tracks(tracks.rows, faces.rows, faces.vectors, settings.track_embeddings.values.pooling_method)
    inputs = input_digests(tracks, faces)
    origin = _origin_of(artifacts.track_embeddings, "track_embeddings", settings.track_embeddings, inputs)
    table = TrackEmbeddings(tracks.ep_id, pooled.rows, origin, faces.model_pack, arrays={"tracks.npy": pooled.vectors})
    return replace(artifacts, tracks=tracks, faces=faces, track_embeddings=table)


def _origin_of(
    replaced: Digested | None,
    asset: str,
    settings: Resolved[Any],
    inputs: Mapping[str, str],
    pack: Pack | None = None,
) -> Provenance:
    """Return the provenance of an artifact that replaces `replaced`.

    It keeps the code version and settings of the run that built `replaced`. As long as these do not change, a normal
    run does not rebuild the cleaned artifact.
    """
    if replaced is None:
        return provenance(asset, (settings,), inputs, pack)
    return with_inputs(replaced.provenance, inputs)


def moved_tracks(before: ArtifactSet, after: ArtifactSet) -> Mapping[str, tuple[str | None, str | None]]:
    """Return track -> identity before and after, for tracks that changed identity.

    A new piece counts as having been in the identity of the track it was split from.
    """
    if before.identities is None or after.identities is None or after.tracks is None:
        return {}
    old, new = _identity_of_tracks(before.identities), _identity_of_tracks(after.identities)
    known = {track.track_id for track in before.tracks.rows} if before.tracks else set()
    changes = {row.track_id: (old.get(_origin(row, known)), new.get(row.track_id)) for row in after.tracks.rows}
    return {track: change for track, change in changes.items() if change[0] != change[1]}


def _identity_of_tracks(identities: IdentitiesDocument) -> dict[str, str]:
    return {track: i.identity_id for i in identities.content.identities for track in i.track_ids}


def _origin(track: Track, known: set[str]) -> str:
    return track.track_id if track.track_id in known or track.split_from is None else track.split_from


def touched_by_people(tracks: Sequence[Track]) -> set[str]:
    """Return the tracks that people deleted, and the parts of those that they cut."""
    return {track.track_id for track in tracks if track.deleted or track.uncut or is_later_part(track)}
