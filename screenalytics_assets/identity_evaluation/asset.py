"""Asset `identity_evaluation`."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, MetadataValue, asset

from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.schemas import IdentitiesDocument, IdentityEvaluationDocument, Tracks
from screenalytics_assets.contract.truth_file import NO_TRUTH, load_truth
from screenalytics_assets.dagster_support.asset_support import OWNERS, table_metadata
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.identity_evaluation.figure_table import FIGURE_COLUMNS, figure_rows
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.step_errors import step_errors


@asset(
    partitions_def=EPISODES,
    group_name="review",
    kinds={"numpy", "json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def identity_evaluation(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext, tracks: Tracks, identities: IdentitiesDocument, store: StoreResource
):
    """Accuracy of the identities, for an episode with a truth file `videos/{ep_id}/truth.json`.

    B-cubed, pairwise, purity, NMI, people found, clicks to correct all errors, who is in which shot, and who is on
    screen: by track and by second, with and without background people. With labelled boxes also the people and seconds
    that no track caught. Without a truth file it has no figures and states so.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        truth = load_truth(store.store(), ep_id)
        content = evaluate_identities(tracks, identities, truth)
    inputs = input_digests(tracks, identities, truth=truth.sha256 if truth else NO_TRUTH)
    origin = provenance("identity_evaluation", (), inputs)
    document = IdentityEvaluationDocument(ep_id, content, origin, identities.model_pack)
    return MaterializeResult(
        value=document, metadata=evaluation_metadata(content), data_version=DataVersion(document.digest)
    )


def evaluation_metadata(content: IdentityEvaluation) -> dict[str, Any]:
    """Return the figures as metadata that Dagster shows and plots."""
    if content.truth is None or content.clustering is None:
        return {"truth": "no truth file: no figures"}
    metadata: dict[str, Any] = {
        "truth": MetadataValue.json(content.truth.model_dump()),
        "figures": table_metadata(figure_rows(content), *FIGURE_COLUMNS),
    }
    figures = content.clustering.all_people
    if figures.reason:
        metadata["reason"] = figures.reason
    for name, agreement in (("track", figures.by_track), ("second", figures.by_second)):
        if agreement is not None:
            metadata[f"b_cubed_f_by_{name}"] = agreement.b_cubed.f
            metadata[f"clicks_by_{name}"] = agreement.clicks.total
    if content.screen_time is not None and content.screen_time.all_people.by_second is not None:
        metadata["screen_time_f"] = content.screen_time.all_people.by_second.f
    if content.coverage is not None:
        metadata["people_never_caught"] = content.coverage.all_people.people_never_caught
        metadata["seconds_missed"] = content.coverage.all_people.missed_seconds
    return ordered(metadata, "figures", "b_cubed_f_by_second", "b_cubed_f_by_track")
