"""Asset `track_embeddings`, one partition per episode."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, asset

from screenalytics_assets.contract.schemas import Faces, TrackEmbeddings, Tracks
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    kept_for_run,
    resolved,
    run_config,
    settings_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.settings.stages import TrackEmbeddingsSettings
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.step_errors import step_errors

TrackEmbeddingsConfig = run_config("track_embeddings")


@asset(
    partitions_def=EPISODES,
    group_name="faces",
    kinds={"numpy", "jsonl"},
    owners=OWNERS,
    io_manager_key="jsonl_io",
)
def track_embeddings(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: TrackEmbeddingsConfig,  # type: ignore[valid-type]
    tracks: Tracks,
    faces: Faces,
    store: StoreResource,
):
    """One face embedding per track, pooled from the embeddings of its accepted faces.

    The clustering into identities compares these embeddings, which are unit vectors. A track without an accepted face
    keeps its row but has no embedding. It is never dropped: `identities` lists it as unusable.
    """
    with step_errors(context.retry_number):
        kept = kept_for_run(context, config, store.store())
        settings = resolved(TrackEmbeddingsSettings, config, kept)
    pooled = embed_tracks(tracks.rows, faces.rows, faces.vectors, settings.values.pooling_method)
    origin = provenance("track_embeddings", (settings,), input_digests(tracks, faces))
    table = TrackEmbeddings(
        context.partition_key, pooled.rows, origin, faces.model_pack, arrays={"tracks.npy": pooled.vectors}
    )
    spreads = [row.spread for row in pooled.rows if row.embedding_row is not None]
    metadata: dict[str, Any] = {
        "tracks": len(pooled.rows),
        "with_embedding": len(pooled.vectors),
        "unusable_tracks": len(pooled.rows) - len(pooled.vectors),
        "largest_spread": max(spreads, default=0.0),
        "mean_spread": round(sum(spreads) / len(spreads), 4) if spreads else 0.0,
        "dimension": pooled.vectors.shape[1],
        "settings": settings_metadata(settings),
    }
    return MaterializeResult(
        value=table,
        metadata=ordered(metadata, "tracks", "with_embedding", "unusable_tracks", "mean_spread"),
        data_version=DataVersion(table.digest),
    )
