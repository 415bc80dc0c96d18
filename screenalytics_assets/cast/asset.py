"""Asset `cast_assignments`."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, asset

from screenalytics_assets.cast.assign_cast import assign_cast
from screenalytics_assets.cast.assignments import cast_assignments_of
from screenalytics_assets.cast.lookup import episode_identities
from screenalytics_assets.cast.lost_names import lost_names
from screenalytics_assets.contract.schemas import CastAssignmentsDocument, IdentitiesDocument, TrackEmbeddings, Tracks
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    kept_for_run,
    resolved,
    run_config,
    settings_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.settings.stages import InferenceSettings
from screenalytics_resources.dagster_resources import InferenceResource, StoreResource
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.step_errors import step_errors

CastAssignmentsConfig = run_config("cast_assignments")


@asset(
    partitions_def=EPISODES,
    group_name="identities",
    kinds={"postgres", "json"},
    owners=OWNERS,
    io_manager_key="json_io",
    pool="inference",
)
def cast_assignments(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: CastAssignmentsConfig,  # type: ignore[valid-type]
    tracks: Tracks,
    track_embeddings: TrackEmbeddings,
    identities: IdentitiesDocument,
    store: StoreResource,
    inference: InferenceResource,
):
    """The person of the show's cast that each identity shows, or the likely candidates if a review is needed.

    An identity gets a name if it is similar enough to one cast member and clearly less similar to all others. Two
    identities that share a frame never get the same name. A name given by hand is never changed, and a name that a
    person refused is never given. In the database of the
    cast, a named identity belongs to that person only. If the show has no cast, every identity is unknown.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        kept = kept_for_run(context, config, store.store())
        machine = resolved(InferenceSettings, config, kept)
        pack = load_pack(track_embeddings.pack, config_dir())
        adopt_earlier_words(store.store(), ep_id)
        decided = read_decided(store.store(), tracks)
        said = decided.said_of(identities.content)
        episode = episode_identities(store.store(), ep_id, said, tracks.rows, track_embeddings)
        cast = assign_cast(
            store.store(),
            episode,
            pack,
            lambda: inference.engine(
                pack.name, machine.values.device, machine.values.threads, precision=machine.values.precision
            ),
        )
        lost = lost_names(decided.decisions, identities.content)
    content = cast_assignments_of(ep_id, episode.identities, cast.matches, pack, lost)
    inputs = input_digests(
        tracks, track_embeddings, identities, exceptions=episode.exceptions.sha256, cast=cast.cast_sha256
    )
    origin = provenance("cast_assignments", (machine,), inputs, pack)
    document = CastAssignmentsDocument(ep_id, content, origin, pack.name)
    # Names stay out of the metadata because they cannot be deleted from the event log.
    metadata: dict[str, Any] = content.model_dump(exclude={"assignments", "lost_names", "ep_id"}) | {
        "lost_names": len(content.lost_names),
        "settings": settings_metadata(machine),
    }
    return MaterializeResult(
        value=document,
        metadata=ordered(metadata, "cast_size", "assigned", "needs_review", "unknown"),
        data_version=DataVersion(document.digest),
    )
