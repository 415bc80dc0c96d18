"""Asset `cleanup_report`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetMaterialization,
    DataVersion,
    MaterializeResult,
    MetadataValue,
    asset,
)
from pydantic import Field

from screenalytics_assets.cleanup.actions import with_decision
from screenalytics_assets.cleanup.artifact_set import CLEANED, ArtifactSet, load_artifact_set
from screenalytics_assets.cleanup.cleanup_episode import cleanup_episode
from screenalytics_assets.cleanup.request import cleanup_request
from screenalytics_assets.cleanup.tools import cleanup_tools
from screenalytics_assets.cleanup.write_back import changed_assets, report_document, write_back, write_report
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport
from screenalytics_assets.dagster_support.asset_support import OWNERS, resolved, run_config, settings_metadata
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.dagster_support.version_tags import version_tags
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_assets.settings.episode_settings import kept_settings
from screenalytics_assets.settings.stages import InferenceSettings
from screenalytics_resources.dagster_resources import InferenceResource, ProgressResource, StoreResource
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.step_errors import step_errors

CLEANUP_TAG = "screenalytics/cleanup"


class CleanupConfig(run_config("cleanup_report")):  # type: ignore[misc]
    """Phases to run, whether to write the result back, and overrides of stage settings."""

    actions: list[str] = Field(
        default=list(PHASES), description=f"Phases to run, from {', '.join(PHASES)}. They run in this order."
    )
    write_back: bool = Field(default=False, description="Replace the artifacts. If false, only the report is written.")
    force: bool = Field(default=False, description="Replace the artifacts even if a guardrail gets worse.")


@asset(
    partitions_def=EPISODES,
    group_name="review",
    kinds={"json"},
    owners=OWNERS,
    deps=list(CLEANED),
    pool="inference",
)
def cleanup_report(
    context: AssetExecutionContext,
    config: CleanupConfig,
    store: StoreResource,
    inference: InferenceResource,
    progress: ProgressResource,
) -> Iterator[MaterializeResult[Any]]:
    """Report on a cleanup: tracks split, faces judged more strictly, identities built again and named.

    Without `write_back` only the report is written: a preview of the changes. With `write_back` either all changed
    artifacts are replaced or none. The cleanup is refused if a guardrail would get worse, unless it is forced. The
    replaced files are kept for a rollback, and downstream assets become out of date.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        adopt_earlier_words(store.store(), ep_id)
        before = load_artifact_set(store.store(), ep_id)
        explicit = config.model_dump(exclude={"actions", "write_back", "force"})
        kept = kept_settings(store.store(), ep_id)
        request = cleanup_request(ep_id, config.actions, explicit, kept, datetime.now(UTC))
        machine = resolved(InferenceSettings, config).values

        def engine(pack: str) -> Engine:
            return inference.engine(pack, machine.device, machine.threads, precision=machine.precision)

        tools = cleanup_tools(ep_id, store.store(), engine, progress.progress())
        after, report = cleanup_episode(request, before, tools)
        report = with_decision(report, changed_assets(before, after), config.write_back, config.force)
        if report.promoted:
            write_back(store.store(), before, after, report)
        else:
            write_report(store.store(), report, before)
    for promoted in changed_assets(before, after) if report.promoted else ():
        context.log_event(_materialization(promoted, after, report, kept))
    document = report_document(report, before)
    yield MaterializeResult(
        metadata=ordered(
            _metadata(report) | {"settings": settings_metadata(*vars(request.settings).values())},
            "promoted",
            "refused",
            "actions_completed",
            "moved_tracks",
        ),
        data_version=DataVersion(document.digest),
    )


def _materialization(
    name: str, after: ArtifactSet, report: CleanupReport, kept: Mapping[str, Any]
) -> AssetMaterialization:
    artifact = after.present[name]
    return AssetMaterialization(
        asset_key=name,
        partition=report.ep_id,
        description=f"Replaced by {report.cleanup_id}.",
        metadata={"cleanup": report.cleanup_id, "actions": ", ".join(report.actions_completed)},
        tags=version_tags(name, artifact.digest, artifact.provenance, kept) | {CLEANUP_TAG: report.cleanup_id},
    )


def _metadata(report: CleanupReport) -> dict[str, Any]:
    plain = ("cleanup_id", "write_back", "promoted", "profile", "runtime_sec")
    counted = [name for name in type(report).model_fields if name.endswith(("_before", "_after"))]
    measured = [name for name in counted if not name.startswith(("metrics", "expected"))]
    values = {name: getattr(report, name) for name in (*plain, *measured)}
    expected = {"expected_before": report.expected_before, "expected_after": report.expected_after}
    values |= {name: MetadataValue.json(figures.model_dump()) for name, figures in expected.items() if figures}
    return {name: value for name, value in values.items() if value is not None} | {
        "refused": report.refused or "no",
        "actions_completed": ", ".join(report.actions_completed) or "none",
        "actions_skipped": MetadataValue.json({str(phase): why for phase, why in report.actions_skipped.items()}),
        "guardrails": MetadataValue.json({name: state.model_dump() for name, state in report.guardrails.items()}),
        "moved_tracks": len(report.moved_tracks),
        "tracks_split": report.tracks_split or 0,
        "faces_rejected": report.faces_rejected or 0,
        "clusters_merged": report.clusters_merged or 0,
        "clusters_grouped": report.clusters_grouped or 0,
        "auto_assigned_identities": report.auto_assigned_identities or 0,
    }
