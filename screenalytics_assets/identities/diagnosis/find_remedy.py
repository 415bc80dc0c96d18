"""Find the setting whose smallest change would let a failed guardrail of stored identities pass."""

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.dagster_support.guardrails import judge
from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_assets.identities.cluster_episode import cluster_free
from screenalytics_assets.identities.diagnosis.evidence_of_error import ErrorEvidence
from screenalytics_assets.identities.diagnosis.remedy import (
    Metrics,
    direction,
    identity_metrics,
    no_remedy_sentence,
    remedy_sentence,
    smallest_remedy,
)
from screenalytics_assets.identities.diagnosis.stored_clustering import StoredClustering
from screenalytics_assets.identities.identity_guardrails import evidence, identity_guardrail

REMEDIES = ("cluster_thresh", "min_identity_sim")
"""Settings to try, the more likely one first. Only the first is tried for a guardrail that only warns."""
BLOCKING = ("singleton_fraction", "largest_cluster_fraction")


def judge_metric(
    stored: StoredClustering, metric: str, value: float, evidence_of_error: ErrorEvidence | None = None
) -> Outcome:
    """Return the outcome of the guardrail of `metric` if the metric had this value.

    With `evidence_of_error`, a blocking guardrail states it, and blocks only if the result is wrong.
    """
    guardrail = identity_guardrail(metric, stored.guardrails)
    if evidence_of_error is not None and guardrail.blocks:
        wrong = evidence_of_error.verdict == "wrong"
        advice = f"{evidence_of_error.sentence} {guardrail.advice}" if wrong else evidence_of_error.sentence
        guardrail = replace(guardrail, advice=advice, blocks=wrong)
    return judge(
        guardrail,
        value,
        stored.identities.metadata.num_tracks,
        stored.guardrails.guardrail_min_tracks,
        evidence(stored.identities, metric),
    )


def find_evidence(stored: StoredClustering, metric: str, value: float) -> ErrorEvidence:
    """Return the evidence that a value of `metric` beyond its target comes from wrong identities.

    A metric that only a lower threshold would correct indicates shattered people, any other one merged people.
    """
    too_high = value > identity_guardrail(metric, stored.guardrails).target
    return stored.shattering if direction(metric, too_high) < 0 else stored.over_merging


def recluster(stored: StoredClustering, setting: str, value: float) -> NDArray[np.int64]:
    """Cluster with another value of one of the `REMEDIES`. Returns labels (U,), -1 for unusable tracks."""
    rows = [row for row in stored.track_embeddings.rows if row.embedding_row is not None]
    return cluster_free(
        stored.track_embeddings.vectors,
        np.array([row.best_norm for row in rows]),
        [row.track_id for row in rows],
        stored.settings,
        stored.bounds.with_value(setting, value),
        stored.constraints,
        stored.locked,
        stored.sightings,
    ).labels


def find_remedy(stored: StoredClustering, metric: str) -> str:
    """Return a sentence that names the setting whose smallest change would let the guardrail pass.

    A remedy for a blocking guardrail must not move another blocking guardrail beyond its limit. A remedy for a
    guardrail that only warns must not move a blocking guardrail beyond its target. A guardrail that is already beyond
    its bound must not get worse.
    """
    current = vars(stored.identities.metadata)
    min_size = stored.settings.min_cluster_size
    repeated = identity_metrics(stored.repeated.labels, min_size)[metric]
    if repeated != current[metric]:
        return (
            f"Clustering again with the same settings gives {metric} {repeated:g} instead of {current[metric]:g}: "
            f"materialize identities again before changing a setting."
        )
    guardrail = identity_guardrail(metric, stored.guardrails)
    others = [identity_guardrail(other, stored.guardrails) for other in BLOCKING if other != metric]
    bounds = {other.metric: other.limit if guardrail.blocks else other.target for other in others}

    @cache
    def metrics_at(setting: str, value: float) -> Metrics:
        return identity_metrics(recluster(stored, setting, value), min_size)

    def accepts(metrics: Metrics) -> bool:
        harmless = all(metrics[other] <= max(bound, current[other]) for other, bound in bounds.items())
        return harmless and judge_metric(stored, metric, metrics[metric]).passed

    sign = direction(metric, too_high=current[metric] > guardrail.target)
    values = {name: current[name] for name in (REMEDIES if guardrail.blocks else REMEDIES[:1])}
    remedy = smallest_remedy(values, sign, metrics_at, accepts)
    return no_remedy_sentence(metric, values, sign) if remedy is None else remedy_sentence(remedy, guardrail, others)
