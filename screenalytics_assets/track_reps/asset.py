"""Asset `track_reps`."""

from functools import partial
from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, MetadataValue, asset

from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.purged_file import purged_crops
from screenalytics_assets.contract.schemas import Faces, IdentitiesDocument, TrackEmbeddings, TrackReps
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
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.build_reps import build_reps, without_purged
from screenalytics_assets.track_reps.thumbnails import write_thumbnails
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.step_errors import step_errors

TrackRepsConfig = run_config("track_reps")


@asset(
    partitions_def=EPISODES,
    group_name="identities",
    kinds={"opencv", "jsonl"},
    owners=OWNERS,
    io_manager_key="jsonl_io",
)
def track_reps(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: TrackRepsConfig,  # type: ignore[valid-type]
    faces: Faces,
    track_embeddings: TrackEmbeddings,
    identities: IdentitiesDocument,
    store: StoreResource,
):
    """The representative face of each track, and a thumbnail for each identity.

    The representative is the face of best quality among those that resemble the rest of the track. If no face
    qualifies, the next best one is used and flagged: `low_confidence` if it may show another person, and also
    `rep_low_quality` if no face passes the quality gates.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        kept = kept_for_run(context, config, store.store())
        settings = resolved(TrackRepsSettings, config, kept)
        reps = build_reps(track_embeddings.rows, track_embeddings.vectors, faces.rows, faces.vectors, settings.values)
        thumbs = store.store().frames(ep_id, "thumbs")
        read = partial(read_crop, store.store(), ep_id)
        with store.store().staged_folder(thumbs) as folder:
            shown = without_purged(reps, purged_crops(store.store(), ep_id))
            missing = write_thumbnails(
                folder, identities.content.identities, shown, faces.rows, read, settings.values.thumb_px
            )
    inputs = input_digests(faces, track_embeddings, identities)
    table = TrackReps(ep_id, reps, provenance("track_reps", (settings,), inputs), faces.model_pack)
    low = sum(rep.low_confidence for rep in reps)
    metadata: dict[str, Any] = {
        "representatives": len(reps),
        "low_confidence": low,
        "low_quality": sum(rep.rep_low_quality for rep in reps),
        "thumbnails": len(identities.content.identities) - len(missing),
        "identities_without_thumbnail": MetadataValue.json(missing),
        "thumbnails_folder": MetadataValue.path(str(thumbs)),
        "settings": settings_metadata(settings),
    }
    return MaterializeResult(
        value=table,
        metadata=ordered(metadata, "representatives", "low_confidence", "low_quality", "thumbnails"),
        data_version=DataVersion(table.digest),
    )
