"""Asset `season_identities`, one partition per show."""

from typing import Any

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    DataVersion,
    MaterializeResult,
    asset,
)

from screenalytics_assets.contract.loading import load_previous
from screenalytics_assets.contract.schemas import SEASON_IDENTITIES, SeasonIdentitiesDocument
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    resolved,
    run_config,
    settings_metadata,
    table_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import SHOWS
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_assets.season_identities.build_season import build_season
from screenalytics_assets.season_identities.cluster_season import (
    cluster_season,
    join_season,
    season_config,
    why_not_incremental,
)
from screenalytics_assets.season_identities.gather import decision_problems, gather_show
from screenalytics_assets.settings.stages import ClusteringSettings, SeasonSettings
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.step_errors import step_errors

SeasonIdentitiesConfig = run_config("season_identities")
TABLE_ROWS = 20
IDENTITY_COLUMNS = ("identity", "tracks", "episodes", "seconds", "cohesion")


@asset(
    partitions_def=SHOWS,
    deps=[
        AssetDep(name, partition_mapping=AllPartitionMapping()) for name in ("tracks", "track_embeddings", "identities")
    ],
    group_name="identities",
    kinds={"scipy", "json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def season_identities(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: SeasonIdentitiesConfig,  # type: ignore[valid-type]
    store: StoreResource,
):
    """The identities of a show. Each identity groups the tracks of all episodes that show the same person.

    The tracks of all episodes are clustered together, by the same rules as the tracks of one episode. An episode that
    is not ready is left out; the document lists it with the reason. What people decided about an episode holds in the
    season, and so do their decisions about identities of two episodes. With `incremental`, the tracks of new episodes
    join the identities of the previous result, and the tracks that are already in it stay where they are.
    """
    show = context.partition_key
    with step_errors(context.retry_number):
        clustering = resolved(ClusteringSettings, config)
        season = resolved(SeasonSettings, config)
        gathered = gather_show(store.store(), show, clustering.values.cannot_link)
        pack = load_pack(gathered.episodes[0].pack, config_dir())
        bounds = thresholds(clustering.values, pack)
        stored, load_problem = load_previous(store.store(), SEASON_IDENTITIES, show)
        previous = stored.content if stored else None
        settings = season_config(clustering.values, bounds)
        earlier = stored.provenance.inputs if stored else {}
        reason = why_not_incremental(gathered, previous, settings, earlier) if season.values.incremental else ""
        joins = season.values.incremental and previous is not None and not reason
        if joins and previous is not None:
            clusters = join_season(gathered, previous, bounds)
        else:
            clusters = cluster_season(gathered, clustering.values, bounds)
    content = build_season(show, gathered, clusters, settings, previous, joins, reason)
    inputs = {episode.ep_id: episode.embeddings_digest for episode in gathered.episodes} | dict(gathered.decisions)
    origin = provenance("season_identities", (clustering, season), inputs, pack)
    document = SeasonIdentitiesDocument(show, content, origin, pack.name)
    left_out = [f"left out {left.ep_id}: {left.why}" for left in content.left_out]
    for problem in filter(None, (load_problem, *left_out, *decision_problems(gathered))):
        context.log.warning(problem)
    metadata: dict[str, Any] = {
        "identities": table_metadata(identity_table(content), *IDENTITY_COLUMNS),
        "left_out": len(content.left_out),
        "previous_result": load_problem or ("none" if previous is None else "ids carried over"),
        **content.metadata.model_dump(),
        "settings": settings_metadata(clustering, season, pack=pack),
    }
    return MaterializeResult(
        value=document,
        metadata=ordered(metadata, "num_identities", "num_episodes", "num_tracks", "left_out", "identities"),
        data_version=DataVersion(document.digest),
    )


def identity_table(content: SeasonIdentities) -> list[dict[str, str | int | float | bool]]:
    """Return the `TABLE_ROWS` identities that are longest on screen, as rows of a table."""
    longest = sorted(content.identities, key=lambda identity: -identity.seconds_on_screen)
    return [
        {
            "identity": identity.identity_id,
            "tracks": identity.num_tracks,
            "episodes": len(identity.tracks),
            "seconds": identity.seconds_on_screen,
            "cohesion": identity.cohesion,
        }
        for identity in longest[:TABLE_ROWS]
    ]
