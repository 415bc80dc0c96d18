"""The phases of a cleanup, each a step from one set of artifacts to the next, in memory.

Nothing here reads or writes the store, but for the crops that `reembed` is handed a reader of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.cleanup.reembed import Reembedded, reembed
from screenalytics_assets.cleanup.split_tracks import SplitTracks, split_tracks
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
from screenalytics_assets.identities.identify_episode import identify_episode
from screenalytics_assets.identities.locked import locked_tracks
from screenalytics_assets.lineage.provenance import Digested, input_digests, provenance, with_inputs
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
    """The settings of the stages that a cleanup shares, and its own."""

    tracking: Resolved[TrackingSettings]
    faces: Resolved[FacesSettings]
    cleanup: Resolved[CleanupSettings]
    track_embeddings: Resolved[TrackEmbeddingsSettings]
    clustering: Resolved[ClusteringSettings]


def locked_now(artifacts: ArtifactSet) -> dict[str, str]:
    """The locked identity of each track that has one."""
    if artifacts.identities is None or artifacts.tracks is None:
        return {}
    return locked_tracks(artifacts.identities.content, artifacts.tracks.rows)


def split(
    artifacts: ArtifactSet, tracks: Tracks, faces: Faces, pack: Pack, settings: CleanupSettingsSet
) -> tuple[ArtifactSet, SplitTracks]:
    """Split tracks that change person."""
    gate = gate_settings(settings.tracking.values, pack)
    found = split_tracks(
        tracks.rows, faces.rows, faces.vectors, gate, locked_now(artifacts).keys(), pack.norms.unusable
    )
    documents = dict(tracks.documents) | {"track_metrics.json": metrics_after(tracks.metrics, found)}
    new_tracks = tracks.with_rows(found.tracks, documents=documents)
    new_faces = faces.with_rows(found.faces, provenance=with_inputs(faces.provenance, input_digests(new_tracks)))
    return _pooled(artifacts, new_tracks, new_faces, settings), found


def metrics_after(metrics: TrackMetrics, found: SplitTracks) -> TrackMetrics:
    """The metrics of the tracks with the splits counted in.

    What tracking took for one person and cleanup told apart is mended: it is no id switch of the result.
    """
    total = metrics.splits.total + found.new_tracks
    mended = metrics.cleanup_splits + found.new_tracks
    count = len(found.tracks)
    reasons = {name: getattr(metrics.splits, name) + found.reasons[name] for name in ("hard", "streak", "iou")}
    return metrics.model_copy(
        update={
            "tracks": count,
            "tracks_per_minute": round(count / metrics.duration_s * 60, 3) if metrics.duration_s else 0.0,
            "short_track_fraction": round(short_track_fraction(found.tracks), 4),
            "id_switch_rate": round(id_switch_rate(count, total - mended, metrics.returns_after_gap), 4),
            "splits": Splits(**reasons, total=total),
            "cleanup_splits": mended,
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
) -> tuple[ArtifactSet, Reembedded]:
    """Judge and embed the stored crops more strictly."""
    own, cleanup = settings.faces.values, settings.cleanup.values
    stricter = own.model_copy(update={"min_quality": max(own.min_quality, cleanup.cleanup_min_quality)})
    found = reembed(
        tracks.rows,
        faces.rows,
        faces.vectors,
        read_crop,
        engine,
        stricter,
        engine.pack.norms.unusable if cleanup.cleanup_min_norm is None else cleanup.cleanup_min_norm,
        report,
        locked_now(artifacts).keys(),
    )
    new_faces = faces.with_rows(found.rows, arrays={"faces.npy": found.vectors})
    return _pooled(artifacts, tracks, new_faces, settings), found


def cluster_again(
    artifacts: ArtifactSet,
    tracks: Tracks,
    faces: Faces,
    embeddings: TrackEmbeddings,
    pack: Pack,
    exceptions: Exceptions,
    settings: CleanupSettingsSet,
    now: datetime,
) -> ArtifactSet:
    """Cluster the tracks again. Locked identities stay, and ids carry over as from run to run."""
    before = artifacts.identities
    content = identify_episode(
        tracks, embeddings, settings.clustering.values, pack, exceptions, before.content if before else None, now
    )
    inputs = input_digests(tracks, faces, embeddings, exceptions=exceptions.sha256)
    origin = _origin_of(before, "identities", settings.clustering, inputs, pack)
    return replace(artifacts, identities=IdentitiesDocument(tracks.ep_id, content, origin, pack.name))


def _pooled(artifacts: ArtifactSet, tracks: Tracks, faces: Faces, settings: CleanupSettingsSet) -> ArtifactSet:
    """The set with these tracks and faces, and with the track embeddings pooled from them."""
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
    """Provenance of an artifact that takes the place of `replaced`.

    It keeps the code version and settings of the run that built `replaced`. So a plain run leaves the cleaned artifact
    alone as long as these do not change.
    """
    if replaced is None:
        return provenance(asset, (settings,), inputs, pack)
    return with_inputs(replaced.provenance, inputs)


def moved_tracks(before: ArtifactSet, after: ArtifactSet) -> Mapping[str, tuple[str | None, str | None]]:
    """Tracks that are in another identity than before, by id; a new piece counts from where it was split off."""
    if before.identities is None or after.identities is None or after.tracks is None:
        return {}
    was, now = _homes(before.identities), _homes(after.identities)
    known = {track.track_id for track in before.tracks.rows} if before.tracks else set()
    changes = {row.track_id: (was.get(_origin(row, known)), now.get(row.track_id)) for row in after.tracks.rows}
    return {track: change for track, change in changes.items() if change[0] != change[1]}


def _homes(identities: IdentitiesDocument) -> dict[str, str]:
    return {track: i.identity_id for i in identities.content.identities for track in i.track_ids}


def _origin(track: Track, known: set[str]) -> str:
    return track.track_id if track.track_id in known or track.split_from is None else track.split_from
