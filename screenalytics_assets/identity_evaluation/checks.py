"""Checks of `identity_evaluation`."""

from dataclasses import dataclass

from screenalytics_assets.contract.evaluation_records import AcceptedEvaluation, IdentityEvaluation
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITY_EVALUATION
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import SHOWN, Outcome
from screenalytics_assets.identity_evaluation.accepted import load_accepted, worsened
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import EvaluationSettings
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Loaded:
    """Inputs of the checks."""

    evaluation: IdentityEvaluation
    accepted: AcceptedEvaluation | None
    settings: EvaluationSettings


def evaluation_is_as_good_as_accepted(loaded: Loaded) -> Outcome:
    """No figure is worse than in the accepted evaluation by more than its tolerance."""
    now = loaded.evaluation
    command = f"`screenalytics evaluate --ep-id {now.ep_id} --accept`"
    if now.truth is None:
        return Outcome(True, "no truth file, so there is nothing to compare with an accepted evaluation")
    if loaded.accepted is None:
        return Outcome(True, f"no evaluation is accepted yet; accept this one with {command}")
    then = loaded.accepted.evaluation
    if then.truth is None or then.truth.sha256 != now.truth.sha256:
        return Outcome(
            False, f"the truth file has changed since an evaluation was accepted; accept again with {command}", "WARN"
        )
    sentences = worsened(now, then, loaded.settings)
    when = f"{loaded.accepted.accepted_at:%Y-%m-%d %H:%M}"
    if not sentences:
        return Outcome(True, f"no figure is worse than in the evaluation accepted on {when}")
    return Outcome(
        False,
        f"{len(sentences)} figures are worse than in the evaluation accepted on {when}, first: {sentences[0]}; "
        f"find the change that caused it, or accept the new figures with {command}",
        evidence=sentences[:SHOWN],
    )


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_artifact(store, IDENTITY_EVALUATION, ep_id).content,
        load_accepted(store, ep_id),
        resolve_for_episode(EvaluationSettings, store, ep_id).values,
    )


IDENTITY_EVALUATION_CHECKS = asset_checks(
    "identity_evaluation",
    _load,
    [
        Check(
            "evaluation_is_as_good_as_accepted",
            "No figure is worse than in the accepted evaluation by more than its tolerance.",
            evaluation_is_as_good_as_accepted,
        )
    ],
)
