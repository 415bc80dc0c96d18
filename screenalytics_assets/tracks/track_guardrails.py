"""Guardrails of the metrics in `track_metrics.json`."""

from screenalytics_assets.dagster_support.guardrails import Guardrail
from screenalytics_assets.settings.stages import GuardrailSettings

TRACK_GUARDRAILS = ("tracks_per_minute", "short_track_fraction", "id_switch_rate")
"""Metrics of `track_metrics.json` that have a guardrail. These guardrails only warn."""


def track_guardrail(metric: str, settings: GuardrailSettings) -> Guardrail:
    """Return the guardrail of one metric in `TRACK_GUARDRAILS`.

    Raises:
        KeyError: `metric` has no guardrail.
    """
    guardrails = (
        Guardrail(
            "tracks_per_minute",
            settings.tracks_per_minute_target,
            settings.tracks_per_minute_limit,
            "Tracks break and restart: look for a low frame rate, a large stride or a too strict appearance gate.",
        ),
        Guardrail(
            "short_track_fraction",
            settings.short_track_fraction_target,
            settings.short_track_fraction_limit,
            "Many tracks last less than a second. Fast cuts, a large stride and small faces all cause this.",
        ),
        Guardrail(
            "id_switch_rate",
            settings.id_switch_rate_target,
            settings.id_switch_rate_limit,
            "Tracks change person or resume late: check the split tracks, and lower gate_soft if they show one person.",
        ),
    )
    return {guardrail.metric: guardrail for guardrail in guardrails}[metric]
