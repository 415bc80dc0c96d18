"""Guardrails of `identities.json`, and the identities that a failed guardrail points to."""

from collections.abc import Sequence

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.dagster_support.guardrails import Guardrail
from screenalytics_assets.settings.stages import GuardrailSettings


def identity_guardrail(metric: str, settings: GuardrailSettings) -> Guardrail:
    """Return the guardrail of one metric of `identities.metadata`.

    Raises:
        KeyError: `metric` has no guardrail.
    """
    guardrails = (
        Guardrail(
            "singleton_fraction",
            settings.singleton_fraction_target,
            settings.singleton_fraction_limit,
            "Many tracks are alone in their identity: lower cluster_thresh, or check for small or blurred faces.",
            blocks=True,
        ),
        Guardrail(
            "largest_cluster_fraction",
            settings.largest_cluster_fraction_target,
            settings.largest_cluster_fraction_limit,
            "One identity may contain several people: check its row in the contact sheet, and raise cluster_thresh.",
            blocks=True,
        ),
        Guardrail(
            "num_clusters",
            settings.num_clusters_target,
            settings.num_clusters_limit,
            "More identities than a usual cast: lower cluster_thresh if the contact sheet shows a person twice.",
            low=settings.num_clusters_min,
            low_advice="Fewer identities than a usual cast: normal for a short scene, otherwise raise cluster_thresh.",
        ),
        Guardrail(
            "avg_cluster_size",
            settings.avg_cluster_size_target,
            settings.avg_cluster_size_limit,
            "Many tracks per identity: normal for a long episode with a small cast, otherwise raise cluster_thresh.",
            low=settings.avg_cluster_size_min,
            low_advice="Few tracks per identity: lower cluster_thresh if the contact sheet shows a person twice.",
        ),
    )
    return {guardrail.metric: guardrail for guardrail in guardrails}[metric]


def evidence(identities: Identities, metric: str) -> Sequence[str]:
    """Return the ids of the identities that explain a failed guardrail, the most relevant first."""
    by_size = sorted(identities.identities, key=lambda identity: -len(identity.track_ids))
    if metric == "singleton_fraction":
        return [identity.identity_id for identity in by_size if len(identity.track_ids) == 1]
    if metric == "num_clusters":
        return [identity.identity_id for identity in reversed(by_size) if identity.cluster_id not in (None, -1)]
    return [identity.identity_id for identity in by_size[:1]]
