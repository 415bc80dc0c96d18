"""Asset `faces`."""

import time
from collections import Counter
from functools import partial
from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, MetadataValue, asset

from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.schemas import Faces, Tracks
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    kept_for_run,
    resolved,
    run_config,
    settings_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.faces.embed_faces import embed_faces
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.moderation.cut_tracks import uncut_tracks
from screenalytics_assets.moderation.mark_tracks import follow_tracks
from screenalytics_assets.settings.stages import FacesSettings, InferenceSettings
from screenalytics_resources.dagster_resources import InferenceResource, ProgressResource, StoreResource
from screenalytics_resources.step_errors import step_errors

FacesConfig = run_config("faces")


@asset(
    partitions_def=EPISODES,
    group_name="faces",
    kinds={"onnx", "numpy", "jsonl"},
    owners=OWNERS,
    io_manager_key="jsonl_io",
    pool="inference",
)
def faces(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: FacesConfig,  # type: ignore[valid-type]
    tracks: Tracks,
    store: StoreResource,
    inference: InferenceResource,
    progress: ProgressResource,
):
    """Faces of each track: filtered by quality, spread over time, aligned and embedded in batches.

    A rejected crop keeps its row in `faces.jsonl`, with the reason. Row i of `faces.npy` is the embedding of the
    accepted face whose `embedding_row` is i. The model pack is the one that made the tracks.
    """
    ep_id = context.partition_key
    began = time.monotonic()
    with step_errors(context.retry_number):
        kept = kept_for_run(context, config, store.store())
        settings = resolved(FacesSettings, config, kept)
        machine = resolved(InferenceSettings, config, kept)
        engine = inference.engine(
            tracks.pack, machine.values.device, machine.values.threads, precision=machine.values.precision
        )
        report = progress.progress().start(ep_id, "faces", len(tracks.rows), "tracks")
        # Faces are chosen from uncut tracks, so that a cut can be made and undone later with the same faces.
        whole = uncut_tracks(tracks.rows)
        embedded = embed_faces(whole, partial(read_crop, store.store(), ep_id), engine, settings.values, report)
        rows = follow_tracks(embedded.rows, tracks.rows)
    origin = provenance("faces", (settings, machine), input_digests(tracks), engine.pack)
    table = Faces(ep_id, rows, origin, engine.pack.name, arrays={"faces.npy": embedded.vectors})
    reasons = Counter(face.rejection_reason for face in rows if face.rejection_reason)
    accepted = [face for face in rows if face.embedding_row is not None]
    metadata: dict[str, Any] = {
        "faces": len(rows),
        "accepted": len(accepted),
        "rejected": MetadataValue.json(dict(sorted(reasons.items()))),
        "mean_quality": round(sum(f.quality.score for f in accepted) / len(accepted), 4) if accepted else 0.0,
        "dimension": embedded.vectors.shape[1],
        "model_pack": engine.pack.name,
        "model_licence": engine.pack.licence,
        "provider": engine.recogniser_provider,
        "provider_note": engine.provider_note or "as requested",
        "precision": engine.precision,
        "wall_seconds": round(time.monotonic() - began, 3),
        "settings": settings_metadata(settings, machine),
    }
    return MaterializeResult(
        value=table,
        metadata=ordered(metadata, "faces", "accepted", "rejected", "mean_quality"),
        data_version=DataVersion(table.digest),
    )
