"""Asset `screen_time`, one partition per episode."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, MetadataValue, asset

from screenalytics_assets.contract.schemas import (
    CastAssignmentsDocument,
    EpisodeVideoDocument,
    IdentitiesDocument,
    ScreenTimeDocument,
    Tracks,
)
from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_assets.dagster_support.asset_support import OWNERS, table_metadata
from screenalytics_assets.dagster_support.metadata_layout import ordered, picture_metadata
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.screen_time.build_screen_time import build_screen_time
from screenalytics_assets.screen_time.files import episode_files, write_episode_files
from screenalytics_assets.screen_time.formats.inline_plot import draw_inline
from screenalytics_assets.screen_time.formats.lanes import plotted_episode
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.plain_text import printable
from screenalytics_resources.step_errors import step_errors

TABLE_ROWS = 20
COLUMNS = ("identity", "named", "seconds", "share", "confirmed", "automatic", "uncertain", "shots")


@asset(
    partitions_def=EPISODES,
    group_name="review",
    kinds={"json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def screen_time(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    episode_video: EpisodeVideoDocument,
    tracks: Tracks,
    identities: IdentitiesDocument,
    cast_assignments: CastAssignmentsDocument,
    store: StoreResource,
):
    """Who is on screen when, and how long: per person and per unnamed identity.

    Seconds are confirmed if a person said who it is, uncertain if only tracks of uncertain membership show it, and
    automatic otherwise. Tracks of one person that overlap count once, and deleted tracks do not count. Next to the
    document are a CSV, WebVTT chapters, an OpenTimelineIO timeline, an EDL with markers, a Parquet file of appearances,
    and a plot.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        decided = read_decided(store.store(), tracks)
        content = build_screen_time(
            tracks, episode_video.content, identities.content, cast_assignments.content, decided
        )
        write_episode_files(store.store(), content)
        plot = draw_inline(plotted_episode(content, with_names=False))
    inputs = input_digests(episode_video, tracks, identities, cast_assignments, **decided.inputs)
    document = ScreenTimeDocument(ep_id, content, provenance("screen_time", (), inputs), identities.model_pack)
    metadata: dict[str, Any] = {
        "plot": picture_metadata("screen time", plot, "png"),
        "people": sum(lane.person_id is not None for lane in content.lanes),
        "unnamed": sum(lane.person_id is None for lane in content.lanes),
        "confirmed_seconds": round(sum(lane.confirmed_seconds for lane in content.lanes), 3),
        "automatic_seconds": round(sum(lane.automatic_seconds for lane in content.lanes), 3),
        "uncertain_seconds": round(sum(lane.uncertain_seconds for lane in content.lanes), 3),
        "seconds_in_no_identity": content.seconds_in_no_identity,
        "lanes": table_metadata(lane_table(content), *COLUMNS),
        "plot_path": MetadataValue.path(printable(str(store.store().manifest(ep_id, episode_files()["png"])))),
    }
    return MaterializeResult(
        value=document,
        metadata=ordered(metadata, "people", "unnamed", "confirmed_seconds", "automatic_seconds", "uncertain_seconds"),
        data_version=DataVersion(document.digest),
    )


def lane_table(content: ScreenTime) -> list[dict[str, str | int | float | bool]]:
    """Return the lanes that are longest on screen as rows of a table.

    Without names, like the plot in the metadata, because they could not be deleted from the event log.
    """
    return [
        {
            "identity": " ".join(lane.identity_ids),
            "named": lane.person_id is not None,
            "seconds": lane.seconds,
            "share": lane.share,
            "confirmed": lane.confirmed_seconds,
            "automatic": lane.automatic_seconds,
            "uncertain": lane.uncertain_seconds,
            "shots": lane.shots,
        }
        for lane in content.lanes[:TABLE_ROWS]
    ]
