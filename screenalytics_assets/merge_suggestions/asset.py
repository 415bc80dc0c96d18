"""Asset `merge_suggestions`, one partition per episode."""

from collections import Counter
from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, asset

from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.exceptions_file import read_exceptions
from screenalytics_assets.contract.schemas import (
    CastAssignmentsDocument,
    IdentitiesDocument,
    MergeSuggestionsDocument,
    TrackEmbeddings,
    Tracks,
)
from screenalytics_assets.contract.suggestion_records import MergeSuggestions
from screenalytics_assets.dagster_support.asset_support import (
    OWNERS,
    kept_for_run,
    resolved,
    run_config,
    settings_metadata,
    table_metadata,
)
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.merge_suggestions.build_suggestions import build_suggestions
from screenalytics_assets.settings.stages import SuggestionSettings
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.step_errors import step_errors

MergeSuggestionsConfig = run_config("merge_suggestions")
TABLE_ROWS = 20
COLUMNS = ("question", "identity", "other", "probability", "actions_saved", "evidence")


@asset(
    partitions_def=EPISODES,
    group_name="review",
    kinds={"json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def merge_suggestions(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    config: MergeSuggestionsConfig,  # type: ignore[valid-type]
    tracks: Tracks,
    track_embeddings: TrackEmbeddings,
    identities: IdentitiesDocument,
    cast_assignments: CastAssignmentsDocument,
    store: StoreResource,
):
    """Questions whose answers correct the identities with the fewest actions, the best first.

    A question asks whether two identities show one person, whether an identity is a person of the cast, whether some of
    its tracks show someone else, whether it shows a face at all, or where a single track belongs. Each has a
    probability and its evidence. Two identities that share a frame are never asked about, nor is anything that a
    person has answered with no.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number):
        settings = resolved(SuggestionSettings, config, kept_for_run(context, config, store.store()))
        pack = load_pack(track_embeddings.pack, config_dir())
        exceptions = read_exceptions(store.store(), ep_id)
        decided = read_decided(store.store(), tracks)
        content = build_suggestions(
            tracks,
            track_embeddings,
            identities.content,
            cast_assignments.content,
            pack,
            settings.values,
            exceptions,
            load_clothing(store.store(), tracks),
            decided.moderation,
        )
    inputs = input_digests(
        tracks, track_embeddings, identities, cast_assignments, exceptions=exceptions.sha256, **decided.inputs
    )
    document = MergeSuggestionsDocument(
        ep_id, content, provenance("merge_suggestions", (settings,), inputs, pack), pack.name
    )
    metadata: dict[str, Any] = {
        "questions": len(content.questions),
        "actions_saved": round(sum(question.value for question in content.questions), 1),
        **Counter(question.kind for question in content.questions),
        "left_out": content.left_out,
        "first_questions": table_metadata(question_table(content), *COLUMNS),
        "settings": settings_metadata(settings, pack=pack),
    }
    return MaterializeResult(
        value=document,
        metadata=ordered(metadata, "questions", "actions_saved"),
        data_version=DataVersion(document.digest),
    )


def question_table(content: MergeSuggestions) -> list[dict[str, str | int | float | bool]]:
    """Return the first questions as rows of a table. Without people, who cannot be deleted from the event log."""
    return [
        {
            "question": question.kind,
            "identity": question.identity_id or question.track_ids[0],
            "other": question.other_identity_id or "",
            "probability": question.probability,
            "actions_saved": question.actions_saved,
            "evidence": question.evidence,
        }
        for question in content.questions[:TABLE_ROWS]
    ]
