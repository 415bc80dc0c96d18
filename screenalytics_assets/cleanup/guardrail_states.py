"""States of the guardrails before and after a cleanup, and which of them got worse."""

from collections.abc import Mapping
from typing import Literal

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.contract.cleanup_records import GuardrailState
from screenalytics_assets.dagster_support.guardrails import Guardrail, judge
from screenalytics_assets.identities.identity_guardrails import identity_guardrail
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.tracks.track_guardrails import TRACK_GUARDRAILS, track_guardrail

IDENTITY_GUARDRAILS = ("singleton_fraction", "largest_cluster_fraction", "num_clusters", "avg_cluster_size")
State = Literal["passed", "warning", "beyond limit", "error"]
_ORDER: tuple[State, ...] = ("passed", "warning", "beyond limit", "error")


def guardrail_states(before: ArtifactSet, after: ArtifactSet, settings: GuardrailSettings) -> dict[str, GuardrailState]:
    """Return the state of every guardrail whose artifact exists both before and after the cleanup."""
    old, new = _states(before, settings), _states(after, settings)
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
        if _ORDER.index(state.after) > _ORDER.index(state.before)
    ]


def _states(artifacts: ArtifactSet, settings: GuardrailSettings) -> dict[str, tuple[State, float]]:
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
            states[metric] = _state(identity_guardrail(metric, settings), value, metadata.num_tracks, settings)
    return states


def _state(guardrail: Guardrail, value: float, tracks: int, settings: GuardrailSettings) -> tuple[State, float]:
    outcome = judge(guardrail, value, tracks, settings.guardrail_min_tracks)
    if outcome.passed:
        return "passed", value
    if outcome.severity == "ERROR":
        return "error", value
    return ("beyond limit" if value > guardrail.limit else "warning"), value
