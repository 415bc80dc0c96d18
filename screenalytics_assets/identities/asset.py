"""Asset `identities`, one partition per episode."""

from datetime import UTC, datetime
from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, MetadataValue, asset

from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.exceptions_file import read_exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_previous
from screenalytics_assets.contract.schemas import IDENTITIES, Faces, IdentitiesDocument, TrackEmbeddings, Tracks
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    kept_for_run,
    resolved,
    run_config,
    settings_metadata,
    table_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered, picture_metadata
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_assets.identities.contact_sheet import encode_within
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.identities.identify_episode import identify_episode
from screenalytics_assets.identities.map_picture import FEWEST_TRACKS, MOST_TRACKS, map_picture
from screenalytics_assets.identities.sheet_file import SHEET, write_sheet
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.plain_text import printable
from screenalytics_resources.project import config_dir
from screenalytics_resources.step_errors import step_errors

IdentitiesConfig = run_config("identities")
INLINE_SHEET_BYTES = 40_000
TABLE_ROWS = 20
KEY_FIGURES = (
    "contact_sheet",
    "num_identities",
    "num_tracks",
    "singleton_fraction",
    "largest_cluster_fraction",
    "avg_cluster_size",
    "num_uncertain_tracks",
    "uncertain_seconds",
    "identities",
)


@asset(
    partitions_def=EPISODES,
    group_name="identities",
    kinds={"scipy", "json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def identities(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: IdentitiesConfig,  # type: ignore[valid-type]
    tracks: Tracks,
    faces: Faces,
    track_embeddings: TrackEmbeddings,
    store: StoreResource,
):
    """The identities of the episode. Each identity groups the tracks that show the same person.

    Tracks are clustered by average linkage on cosine similarity, down to `cluster_thresh`. Tracks that share a frame
    are never put into the same identity. Tracks that do not fit the rest of their identity are then removed from it,
    and small clusters join the large cluster that they clearly resemble most. Faces that are too weak to compare join
    by all evidence together: face, clothes and time. Each membership has a confidence. An identity that holds more than
    half of an earlier identity keeps its id. What people decided outranks every likeness. If the result is bad, the
    guardrail checks on this asset block the assets that are built from it. The contact sheet shows the faces of each
    identity at a glance.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        kept = kept_for_run(context, config, store.store())
        settings = resolved(ClusteringSettings, config, kept)
        pack = load_pack(faces.pack, config_dir())
        exceptions = read_exceptions(store.store(), ep_id)
        adopt_earlier_words(store.store(), ep_id)
        stored, load_problem = load_previous(store.store(), IDENTITIES, ep_id)
        previous = stored.content if stored else None
        clothing = load_clothing(store.store(), tracks)
        decided = read_decided(store.store(), tracks)
        content = identify_episode(
            tracks, track_embeddings, settings.values, pack, exceptions, previous, datetime.now(UTC), clothing, decided
        )
    if load_problem:
        context.log.warning(load_problem)
    inputs = input_digests(tracks, faces, track_embeddings, exceptions=exceptions.sha256, **decided.inputs)
    document = IdentitiesDocument(ep_id, content, provenance("identities", (settings,), inputs, pack), pack.name)

    with step_errors(context.retry_number):
        sheet = write_sheet(store.store(), ep_id, content.identities, faces.rows)
        mapped = _map(content, track_embeddings)
    metadata: dict[str, Any] = {
        **mapped,
        "contact_sheet": picture_metadata("contact sheet", encode_within(sheet, INLINE_SHEET_BYTES * 3 // 4)),
        "identities": table_metadata(identity_table(content), *IDENTITY_COLUMNS),
        "previous_result": load_problem or ("none" if previous is None else "ids carried over"),
        "kept": len(content.lineage.kept),
        "new": len(content.lineage.new),
        "retired": len(content.lineage.retired),
        "locked": sum(identity.locked for identity in content.identities),
        "contradictions": len(content.contradictions),
        "dismissed_tracks": len(content.dismissed_tracks or ()),
        **decision_figures(content),
        **content.metadata.model_dump(exclude={"created_at", "embeddings_sha256"}),
        "outlier_tracks": content.stats.outlier_tracks,
        "low_cohesion_identities": content.stats.low_cohesion_identities,
        "contact_sheet_path": MetadataValue.path(printable(str(store.store().frames(ep_id, SHEET)))),
        "settings": settings_metadata(settings, pack=pack),
    }
    return MaterializeResult(
        value=document, metadata=ordered(metadata, *KEY_FIGURES), data_version=DataVersion(document.digest)
    )


def _map(content: Identities, embeddings: TrackEmbeddings) -> dict[str, MetadataValue[Any]]:
    """Return the picture of the tracks in two dimensions, or nothing for very few or very many tracks."""
    tracks = [row.track_id for row in embeddings.rows if row.embedding_row is not None]
    if not FEWEST_TRACKS <= len(tracks) <= MOST_TRACKS:
        return {}
    picture = map_picture(embeddings.vectors, tracks, content.identities)
    return {
        "track_map": picture_metadata("tracks that look alike are near", encode_within(picture, INLINE_SHEET_BYTES))
    }


IDENTITY_COLUMNS = ("identity", "tracks", "uncertain_tracks", "faces", "seconds", "cohesion", "low_cohesion")


def decision_figures(content: Identities) -> dict[str, int]:
    """Return how many decisions of people hold, in part or wholly, and how many do not."""
    fates = content.decisions
    return {
        "decisions_applied": fates.applied if fates else 0,
        "decisions_partial": fates.partial if fates else 0,
        "decisions_lost": len(fates.lost) if fates else 0,
        "decisions_overruled": len(fates.overruled) if fates else 0,
    }


def identity_table(content: Identities) -> list[dict[str, str | int | float | bool]]:
    """Return the `TABLE_ROWS` identities that are longest on screen, as rows of a table."""
    longest = sorted(content.identities, key=lambda identity: -identity.seconds_on_screen)
    return [
        {
            "identity": identity.identity_id,  # no names: they could not be deleted from the event log
            "tracks": len(identity.track_ids),
            "uncertain_tracks": sum(member.uncertain for member in identity.members or ()),
            "faces": identity.size,
            "seconds": identity.seconds_on_screen,
            "cohesion": identity.cohesion,
            "low_cohesion": identity.low_cohesion,
        }
        for identity in longest[:TABLE_ROWS]
    ]
