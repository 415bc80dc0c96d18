"""Jobs: everything of one episode, and everything of one show."""

import warnings

from dagster import AssetSelection, define_asset_job

from screenalytics_assets.dagster_support.partitions import EPISODES, SHOWS
from screenalytics_assets.lineage.artifact_table import artifacts_of

with warnings.catch_warnings():
    # Deprecated as redundant, which it is not: a run of checks alone has no asset to infer its partitions from.
    warnings.simplefilter("ignore", DeprecationWarning)
    EPISODE_JOB = define_asset_job(
        "episode",
        AssetSelection.assets(*artifacts_of("episode")),
        description="From an episode's video to its identities, with every check.",
        partitions_def=EPISODES,
    )
    CLEANUP_JOB = define_asset_job(
        "cleanup",
        AssetSelection.assets(*artifacts_of("on demand")),
        description="Cleans the stored artifacts of an episode up; writes only a report unless told to write back.",
        partitions_def=EPISODES,
    )
    SEASON_JOB = define_asset_job(
        "season",
        AssetSelection.assets(*artifacts_of("show")),
        description="Who is who in a whole show, with its checks.",
        partitions_def=SHOWS,
    )
