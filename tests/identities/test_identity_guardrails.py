"""The guardrails of the identities: bounds from the settings, and evidence from the document."""

from collections.abc import Sequence

import numpy as np
import pytest

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.dagster_support.guardrails import judge
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.identity_guardrails import evidence, identity_guardrail
from screenalytics_assets.settings.stages import ClusteringSettings, GuardrailSettings
from tests.tiny_episode import EP_ID, FPS, NOW, PLAIN_PACK, make_clusters, make_embedding, make_track, unit

BOUNDS = GuardrailSettings(
    singleton_fraction_target=0.11,
    singleton_fraction_limit=0.12,
    largest_cluster_fraction_target=0.21,
    largest_cluster_fraction_limit=0.22,
    num_clusters_min=3,
    num_clusters_target=31,
    num_clusters_limit=32,
    avg_cluster_size_min=4,
    avg_cluster_size_target=41,
    avg_cluster_size_limit=42,
)


def cast_of(*sizes: int) -> Identities:
    """Return a document with identities of these numbers of tracks."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    count = len(labels)
    vectors = np.stack([unit(1, 0)] * count)
    tracks = [make_track(k + 1, (k, k + 9)) for k in range(count)]
    rows = [make_embedding(k + 1, k) for k in range(count)]
    episode = Episode(EP_ID, FPS, tracks, rows, vectors, "0" * 64)
    return build_identities(episode, make_clusters(labels), ClusteringSettings(), PLAIN_PACK, NOW)


@pytest.mark.parametrize(
    ("metric", "low", "target", "limit", "blocks"),
    [
        ("singleton_fraction", None, 0.11, 0.12, True),
        ("largest_cluster_fraction", None, 0.21, 0.22, True),
        ("num_clusters", 3, 31, 32, False),
        ("avg_cluster_size", 4, 41, 42, False),
    ],
)
def test_bounds_come_from_the_settings(
    metric: str, low: float | None, target: float, limit: float, blocks: bool
) -> None:
    guardrail = identity_guardrail(metric, BOUNDS)
    assert (guardrail.metric, guardrail.low, guardrail.target, guardrail.limit) == (metric, low, target, limit)
    assert guardrail.blocks == blocks
    assert guardrail.advice and bool(guardrail.low_advice) == (low is not None)


def test_an_unknown_metric_raises() -> None:
    with pytest.raises(KeyError, match="num_faces"):
        identity_guardrail("num_faces", BOUNDS)


@pytest.mark.parametrize(
    ("metric", "sizes", "named"),
    [
        pytest.param("singleton_fraction", [3, 1, 2, 1], [2, 4], id="the-singletons"),
        pytest.param("singleton_fraction", [2, 2], [], id="no-singletons"),
        pytest.param("largest_cluster_fraction", [2, 5, 1], [2], id="the-largest"),
        pytest.param("largest_cluster_fraction", [3, 3, 1], [1], id="the-first-of-two-largest"),
        pytest.param("num_clusters", [4, 2, 1, 3], [2, 4, 1], id="the-smallest-clusters-first"),
        pytest.param("avg_cluster_size", [2, 5, 1], [2], id="the-largest-for-the-average"),
    ],
)
def test_evidence_lists_the_identities_that_explain_a_failure(
    metric: str, sizes: Sequence[int], named: list[int]
) -> None:
    assert evidence(cast_of(*sizes), metric) == [f"identity-{number:05d}" for number in named]


@pytest.mark.parametrize(
    ("sizes", "metric", "passed", "severity"),
    [
        pytest.param([10, 8, 7, 6, 5, 4], "singleton_fraction", True, "WARN", id="healthy-singletons"),
        pytest.param([10, 8, 7, 6, 5, 4], "largest_cluster_fraction", True, "WARN", id="healthy-largest"),
        pytest.param([10, 8, 7, 6, 5, 4], "num_clusters", True, "WARN", id="healthy-count"),
        pytest.param([5, 5, *[1] * 5], "singleton_fraction", False, "WARN", id="singletons-beyond-target-few-tracks"),
        pytest.param([10, *[1] * 20], "singleton_fraction", False, "ERROR", id="singletons-beyond-limit"),
        pytest.param([30, 5, 5], "largest_cluster_fraction", False, "ERROR", id="one-identity-dominates"),
        pytest.param([8, 1], "largest_cluster_fraction", False, "WARN", id="one-identity-dominates-a-small-cast"),
        pytest.param([2] * 31, "num_clusters", False, "WARN", id="too-many"),
        pytest.param([40, 2], "num_clusters", False, "WARN", id="too-few"),
        pytest.param([1] * 25, "avg_cluster_size", False, "WARN", id="too-small-on-average"),
        pytest.param([30, 20], "avg_cluster_size", False, "WARN", id="too-large-on-average"),
    ],
)
def test_default_bounds(sizes: list[int], metric: str, passed: bool, severity: str) -> None:
    settings = GuardrailSettings()
    metadata = cast_of(*sizes).metadata
    outcome = judge(
        identity_guardrail(metric, settings),
        getattr(metadata, metric),
        metadata.num_tracks,
        settings.guardrail_min_tracks,
    )
    assert (outcome.passed, outcome.severity) == (passed, severity)
