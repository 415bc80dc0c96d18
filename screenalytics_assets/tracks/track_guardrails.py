"""The guardrails of `track_metrics.json`."""

from screenalytics_assets.dagster_support.guardrails import Guardrail
from screenalytics_assets.settings.stages import GuardrailSettings

TRACK_GUARDRAILS = ("tracks_per_minute", "short_track_fraction", "id_switch_rate")
"""Metrics of `track_metrics.json` that have one; they only warn."""


def track_guardrail(metric: str, settings: GuardrailSettings) -> Guardrail:
    """Bounds of one of the metrics of the tracks.

    Raises:
        KeyError: `metric` is none of them.
    """
    guardrails = (
        Guardrail(
            "tracks_per_minute",
            settings.tracks_per_minute_target,
            settings.tracks_per_minute_limit,
            "Faces are lost and found again: look for a low frame rate, a large stride or a too eager appearance gate.",
        ),
        Guardrail(
            "short_track_fraction",
            settings.short_track_fraction_target,
            settings.short_track_fraction_limit,
            "Many tracks last under a second: fast cuts do that, and so do a large stride and small faces.",
        ),
        Guardrail(
            "id_switch_rate",
            settings.id_switch_rate_target,
            settings.id_switch_rate_limit,
            "Tracks change person or return late: look at the split ones, and lower gate_soft if they show one person.",
        ),
    )
    return {guardrail.metric: guardrail for guardrail in guardrails}[metric]
