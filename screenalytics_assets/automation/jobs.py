"""Jobs: all assets of an episode, its checks alone, its cleanup, its copy for browsers, and the season of a show."""

import warnings
from collections.abc import Mapping

from dagster import AssetKey, AssetSelection, PartitionedConfig, define_asset_job

from screenalytics_assets.dagster_support.check_support import CHECK_JOB
from screenalytics_assets.dagster_support.partitions import EPISODES, SHOWS
from screenalytics_assets.lineage.artifact_table import Scope, artifacts_of

with warnings.catch_warnings():
    # partitions_def is deprecated as redundant, but a run of checks alone has no asset to infer its partitions from.
    warnings.simplefilter("ignore", DeprecationWarning)
    EPISODE_JOB = define_asset_job(
        "episode",
        AssetSelection.assets(*artifacts_of("episode")),
        description="Builds all assets of an episode, from its video to its identities, and runs their checks.",
        partitions_def=EPISODES,
    )
    CHECK_EPISODE_JOB = define_asset_job(
        CHECK_JOB,
        AssetSelection.checks_for_assets(*(AssetKey(asset) for asset in artifacts_of("episode"))),
        description="Evaluates the checks of an episode on its stored artifacts, and builds nothing. If no check holds "
        "the episode back any more, the sensor `released_episodes` builds what was held back.",
        # Dagster takes the partitions of a job from its assets, and this one has none. It keeps those of the config.
        config=PartitionedConfig(EPISODES, run_config_for_partition_key_fn=lambda _: {}),
    )
    CLEANUP_JOB = define_asset_job(
        "cleanup",
        AssetSelection.assets(*artifacts_of("on demand")),
        description="Cleans up the stored artifacts of an episode. Writes only a report unless `write_back` is set.",
        partitions_def=EPISODES,
    )
    REVIEW_PROXY_JOB = define_asset_job(
        "proxy",
        AssetSelection.assets(*artifacts_of("web")),
        description="Copies the video of an episode for the review pages, if browsers do not play the original.",
        partitions_def=EPISODES,
    )
    SEASON_JOB = define_asset_job(
        "season",
        AssetSelection.assets(*artifacts_of("show")),
        description="Builds the identities of a show over all its episodes, and runs their checks.",
        partitions_def=SHOWS,
    )

JOB_OF_SCOPE: Mapping[Scope, str] = {
    "episode": EPISODE_JOB.name,
    "on demand": CLEANUP_JOB.name,
    "show": SEASON_JOB.name,
    "web": REVIEW_PROXY_JOB.name,
}
"""Name of the job that builds the artifacts of a scope."""
