"""Checks of `merge_suggestions`."""

from dataclasses import dataclass

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, MERGE_SUGGESTIONS
from screenalytics_assets.contract.suggestion_records import MergeSuggestions
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.merge_suggestions.integrity import suggestion_problems
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Loaded:
    """Artifacts that the checks read."""

    suggestions: MergeSuggestions
    identities: Identities


def suggestions_are_whole(loaded: Loaded) -> Outcome:
    """Check that the questions name existing identities and tracks, and that the best come first."""
    problems = suggestion_problems(loaded.suggestions, loaded.identities)
    subject = f"{len(loaded.suggestions.questions)} questions"
    return integrity_outcome(problems, subject, "materialize merge_suggestions again")


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_artifact(store, MERGE_SUGGESTIONS, ep_id).content, load_artifact(store, IDENTITIES, ep_id).content
    )


MERGE_SUGGESTIONS_CHECKS = asset_checks(
    "merge_suggestions",
    _load,
    [Check("suggestions_are_whole", suggestions_are_whole.__doc__ or "", suggestions_are_whole, blocking=True)],
)
