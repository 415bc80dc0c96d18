"""States of the guardrails before and after a cleanup, and which of them got worse.

As in the checks on `identities`, a value beyond a bound counts only with evidence that the identities are wrong.
"""

from collections.abc import Callable, Mapping

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.contract.cleanup_records import GuardrailState, GuardrailVerdict
from screenalytics_assets.dagster_support.guardrails import Guardrail, judge
from screenalytics_assets.identities.diagnosis.find_remedy import find_evidence
from screenalytics_assets.identities.diagnosis.stored_clustering import StoredClustering
from screenalytics_assets.identities.identity_guardrails import identity_guardrail
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.tracks.track_guardrails import TRACK_GUARDRAILS, track_guardrail

IDENTITY_GUARDRAILS = ("singleton_fraction", "largest_cluster_fraction", "num_clusters", "avg_cluster_size")
State = GuardrailVerdict
_SEVERITY: Mapping[State, int] = {"passed": 0, "plausible": 0, "warning": 1, "beyond limit": 2, "error": 3}
Diagnose = Callable[[ArtifactSet], StoredClustering | None]
"""Returns what a search for evidence needs, or None if artifacts are missing or out of date."""


def without_diagnosis(artifacts: ArtifactSet) -> None:
    """Judge identities by the limits alone."""


def guardrail_states(
    before: ArtifactSet, after: ArtifactSet, settings: GuardrailSettings, diagnose: Diagnose = without_diagnosis
) -> dict[str, GuardrailState]:
    """Return the state of every guardrail whose artifact exists both before and after the cleanup."""
    old, new = _states(before, settings, diagnose(before)), _states(after, settings, diagnose(after))
    return {
        metric: GuardrailState(
            before=old[metric][0], after=new[metric][0], value_before=old[metric][1], value_after=new[metric][1]
        )
        for metric in old
        if metric in new
    }


def worsened(states: Mapping[str, GuardrailState]) -> list[str]:
    """Return one clause per guardrail whose state is worse than before, in the order of `states`."""
    return [
        f"{metric} goes from {state.value_before:g} ({state.before}) to {state.value_after:g} ({state.after})"
        for metric, state in states.items()
        if _SEVERITY[state.after] > _SEVERITY[state.before]
    ]


def _states(
    artifacts: ArtifactSet, settings: GuardrailSettings, stored: StoredClustering | None
) -> dict[str, tuple[State, float]]:
    states: dict[str, tuple[State, float]] = {}
    if artifacts.tracks:
        metrics = artifacts.tracks.metrics
        for metric in TRACK_GUARDRAILS:
            states[metric] = _state(
                track_guardrail(metric, settings), getattr(metrics, metric), metrics.tracks, settings
            )
    if artifacts.identities:
        metadata = artifacts.identities.content.metadata
        for metric in IDENTITY_GUARDRAILS:
            value = float(getattr(metadata, metric))
            state, _ = _state(identity_guardrail(metric, settings), value, metadata.num_tracks, settings)
            if stored is not None and state != "passed" and find_evidence(stored, metric, value).verdict == "plausible":
                state = "plausible"
            states[metric] = state, value
    return states


def _state(guardrail: Guardrail, value: float, tracks: int, settings: GuardrailSettings) -> tuple[State, float]:
    outcome = judge(guardrail, value, tracks, settings.guardrail_min_tracks)
    if outcome.passed:
        return "passed", value
    if outcome.severity == "ERROR":
        return "error", value
    return ("beyond limit" if value > guardrail.limit else "warning"), value
