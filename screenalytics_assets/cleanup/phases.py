"""The phases of a cleanup, each a step from one set of artifacts to the next, in memory.

Nothing here reads or writes the store, but for the crops that `reembed` is handed a reader of.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

import numpy as np

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
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.locked import locked_tracks
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.lineage.staleness import provenance
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

T = TypeVar("T")


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
    new_tracks = _with(tracks, rows=found.tracks, documents=documents)
    new_faces = _with(faces, rows=found.faces, provenance=_fed(faces.provenance, tracks=new_tracks.digest))
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
    new_faces = _with(faces, rows=found.rows, arrays={"faces.npy": found.vectors})
    return _pooled(artifacts, tracks, new_faces, settings), found


def cluster_again(
    artifacts: ArtifactSet,
    embeddings: TrackEmbeddings,
    pack: Pack,
    exceptions: Exceptions,
    settings: CleanupSettingsSet,
    now: datetime,
) -> ArtifactSet:
    """Cluster the tracks anew; locked identities stay, and ids last as from run to run."""
    tracks, faces, before = _there(artifacts.tracks), _there(artifacts.faces), artifacts.identities
    chosen = settings.clustering.values
    previous, locked = before.content if before else None, locked_now(artifacts)
    clusters = cluster_episode(tracks.rows, embeddings, chosen, thresholds(chosen, pack), exceptions, locked)
    content = build_identities(episode_of(tracks, embeddings), clusters, chosen, pack, now, previous, locked)
    inputs = {
        "tracks": tracks.digest,
        "faces": faces.digest,
        "track_embeddings": embeddings.digest,
        "exceptions": exceptions.sha256,
    }
    fresh = provenance("identities", (settings.clustering,), inputs, pack)
    origin = _fed(before.provenance, **inputs) if before else fresh
    return _with(artifacts, identities=IdentitiesDocument(tracks.ep_id, content, origin, pack.name))


def episode_of(tracks: Tracks, embeddings: TrackEmbeddings) -> Episode:
    """What identities are built from."""
    return Episode(
        ep_id=tracks.ep_id,
        source_fps=tracks.metrics.source_fps,
        tracks=tracks.rows,
        embeddings=embeddings.rows,
        vectors=embeddings.vectors,
        embeddings_sha256=hashlib.sha256(np.ascontiguousarray(embeddings.vectors).tobytes()).hexdigest(),
    )


def _pooled(artifacts: ArtifactSet, tracks: Tracks, faces: Faces, settings: CleanupSettingsSet) -> ArtifactSet:
    """The set with these tracks and faces, and with track embeddings that follow from them."""
    pooled = embed_tracks(tracks.rows, faces.rows, faces.vectors, settings.track_embeddings.values.pooling_method)
    inputs = {"tracks": tracks.digest, "faces": faces.digest}
    old = artifacts.track_embeddings
    fresh = provenance("track_embeddings", (settings.track_embeddings,), inputs)
    origin = _fed(old.provenance, **inputs) if old else fresh
    table = TrackEmbeddings(tracks.ep_id, pooled.rows, origin, faces.model_pack, arrays={"tracks.npy": pooled.vectors})
    return _with(artifacts, tracks=tracks, faces=faces, track_embeddings=table)


def _fed(origin: Provenance, **inputs: str) -> Provenance:
    """The same settings and code, fed with other inputs.

    The settings stay those of the run that is cleaned: as long as these do not change, a plain run leaves the
    cleaned artifact alone.
    """
    return origin.model_copy(update={"inputs": dict(sorted((dict(origin.inputs) | inputs).items()))})


def _with(artifact: T, **changes: Any) -> T:
    """A copy with these members; the type checker does not see through `replace` on a generic class."""
    changed: T = replace(cast(Any, artifact), **changes)
    return changed


def _there(artifact: Any) -> Any:
    if artifact is None:
        raise ValueError("Expected an artifact that the phase before has made or checked for.")
    return artifact


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
