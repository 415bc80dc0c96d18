"""Asset `season_screen_time`, one partition per show."""

from typing import Any

from dagster import (
    AllPartitionMapping,
    AssetDep,
    AssetExecutionContext,
    DataVersion,
    MaterializeResult,
    MetadataValue,
    asset,
)

from screenalytics_assets.contract.schemas import SeasonScreenTimeDocument
from screenalytics_assets.dagster_support.asset_support import OWNERS
from screenalytics_assets.dagster_support.metadata_layout import ordered, picture_metadata
from screenalytics_assets.dagster_support.partitions import SHOWS
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_assets.screen_time.files import season_files, write_season_files
from screenalytics_assets.screen_time.formats.inline_plot import draw_inline
from screenalytics_assets.screen_time.formats.lanes import plotted_season
from screenalytics_assets.season_screen_time.build_season import build_season
from screenalytics_assets.season_screen_time.gather import gather_times
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.plain_text import printable
from screenalytics_resources.step_errors import step_errors


@asset(
    partitions_def=SHOWS,
    deps=[AssetDep("screen_time", partition_mapping=AllPartitionMapping()), "season_identities"],
    group_name="review",
    kinds={"json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def season_screen_time(context: AssetExecutionContext, store: StoreResource):  # type: ignore[no-untyped-def]
    """How long everyone is on screen in a show, over all its episodes.

    People are the same in all episodes, and so are unnamed identities that belong to one identity of the season. An
    episode without a screen time is left out; the document lists it with the reason. Next to the document are a CSV, a
    Parquet file of appearances, and a plot.
    """
    show = context.partition_key
    with step_errors(context.retry_number):
        gathered = gather_times(store.store(), show)
        content = build_season(
            show, [document.content for document in gathered.episodes], gathered.season, gathered.left_out
        )
        write_season_files(store.store(), content)
        plot = draw_inline(plotted_season(content, with_names=False))
    for left in content.left_out:
        context.log.warning(f"left out {left.ep_id}: {left.why}")
    document = SeasonScreenTimeDocument(show, content, provenance("season_screen_time", (), gathered.inputs))
    metadata: dict[str, Any] = {
        "plot": picture_metadata("screen time of the show", plot, "png"),
        "episodes": len(content.episodes),
        "left_out": len(content.left_out),
        "people": sum(lane.person_id is not None for lane in content.lanes),
        "unnamed": sum(lane.person_id is None for lane in content.lanes),
        "plot_path": MetadataValue.path(printable(str(store.store().manifest(show, season_files()["png"])))),
    }
    return MaterializeResult(
        value=document,
        metadata=ordered(metadata, "people", "unnamed", "episodes"),
        data_version=DataVersion(document.digest),
    )
