"""The guardrails of `identities.json`, and which identities each of them is about."""

from collections.abc import Sequence

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.dagster_support.guardrails import Guardrail
from screenalytics_assets.settings.stages import GuardrailSettings


def identity_guardrail(metric: str, settings: GuardrailSettings) -> Guardrail:
    """Bounds of one of the metrics of `identities.metadata`.

    Raises:
        KeyError: `metric` is none of them.
    """
    guardrails = (
        Guardrail(
            "singleton_fraction",
            settings.singleton_fraction_target,
            settings.singleton_fraction_limit,
            "Many tracks joined nobody: lower cluster_thresh, or look whether the faces are too small or blurred.",
            blocks=True,
        ),
        Guardrail(
            "largest_cluster_fraction",
            settings.largest_cluster_fraction_target,
            settings.largest_cluster_fraction_limit,
            "One identity may hold several people: raise cluster_thresh, and look at its row in the contact sheet.",
            blocks=True,
        ),
        Guardrail(
            "num_clusters",
            settings.num_clusters_target,
            settings.num_clusters_limit,
            "More identities than a usual cast: lower cluster_thresh if the contact sheet shows people twice.",
            low=settings.num_clusters_min,
            low_advice="Fewer identities than a usual cast: right for a short scene, else raise cluster_thresh.",
        ),
        Guardrail(
            "avg_cluster_size",
            settings.avg_cluster_size_target,
            settings.avg_cluster_size_limit,
            "Identities hold many tracks: usual for a long episode with a small cast, else raise cluster_thresh.",
            low=settings.avg_cluster_size_min,
            low_advice="Identities hold few tracks: lower cluster_thresh if the contact sheet shows people twice.",
        ),
    )
    return {guardrail.metric: guardrail for guardrail in guardrails}[metric]


def evidence(identities: Identities, metric: str) -> Sequence[str]:
    """Ids of the identities that a failed guardrail is about, the most telling first."""
    by_size = sorted(identities.identities, key=lambda identity: -len(identity.track_ids))
    if metric == "singleton_fraction":
        return [identity.identity_id for identity in by_size if len(identity.track_ids) == 1]
    if metric == "num_clusters":
        return [identity.identity_id for identity in reversed(by_size) if identity.cluster_id not in (None, -1)]
    return [identity.identity_id for identity in by_size[:1]]
