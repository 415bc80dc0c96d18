"""Remedies: the smallest change of one setting that lets a guardrail pass, on data with known answers."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.linkage import cluster_labels
from screenalytics_assets.clustering.outliers import split_outliers
from screenalytics_assets.dagster_support.guardrails import Guardrail
from screenalytics_assets.identities.diagnosis.remedy import (
    Metrics,
    Remedy,
    candidates,
    direction,
    find_remedy,
    identity_metrics,
    no_remedy_sentence,
    remedy_sentence,
    smallest_remedy,
)


def at_similarity(*similarities: float) -> NDArray[np.float32]:
    """Return unit vectors in the plane with these similarities to the first axis."""
    angles = np.arccos(similarities)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("current", "sign", "first", "last", "count"),
    [
        pytest.param(0.40, 1, 0.41, 0.65, 25, id="up"),
        pytest.param(0.40, -1, 0.39, 0.15, 25, id="down"),
        pytest.param(0.405, -1, 0.395, 0.155, 25, id="between-hundredths"),
        pytest.param(0.98, 1, 0.99, 1.0, 2, id="clipped-above"),
        pytest.param(-0.97, -1, -0.98, -1.0, 3, id="clipped-below"),
    ],
)
def test_candidates_are_ordered_by_distance(current: float, sign: int, first: float, last: float, count: int) -> None:
    values = candidates(current, sign)
    assert (values[0], values[-1], len(values)) == (first, last, count)
    assert (np.diff(np.abs(values - current)) > 0).all()


def test_no_candidates_at_the_end_of_the_range() -> None:
    assert len(candidates(1.0, 1)) == 0


@pytest.mark.parametrize(
    ("metric", "too_high", "expected"),
    [
        pytest.param("singleton_fraction", True, -1, id="too-many-singletons"),
        pytest.param("largest_cluster_fraction", True, 1, id="largest-cluster-too-large"),
        pytest.param("num_clusters", True, -1, id="too-many-clusters"),
        pytest.param("num_clusters", False, 1, id="too-few-clusters"),
        pytest.param("avg_cluster_size", True, 1, id="clusters-too-large"),
        pytest.param("avg_cluster_size", False, -1, id="clusters-too-small"),
    ],
)
def test_direction(metric: str, too_high: bool, expected: int) -> None:
    assert direction(metric, too_high) == expected


@pytest.mark.parametrize(
    ("labels", "smallest", "expected"),
    [
        pytest.param([], 2, (0, 0, 0, 0), id="no-track"),
        pytest.param([-1, -1], 2, (0, 0, 0, 0), id="all-unusable"),
        pytest.param([0, 0, 1], 2, (0.3333, 0.6667, 1, 1.5), id="pair-and-singleton"),
        pytest.param([0, 0, 1], 1, (0.3333, 0.6667, 2, 1.5), id="singletons-count-as-clusters"),
        pytest.param([-1, 0, 0, 1, 2, -1], 2, (0.5, 0.5, 1, 1.3333), id="unusable-tracks-do-not-count"),
    ],
)
def test_metrics(labels: Sequence[int], smallest: int, expected: tuple[float, ...]) -> None:
    metrics = identity_metrics(np.array(labels, np.int64), smallest)
    names = ("singleton_fraction", "largest_cluster_fraction", "num_clusters", "avg_cluster_size")
    assert tuple(metrics[name] for name in names) == expected


def singletons(metrics: Metrics) -> bool:
    return metrics["singleton_fraction"] <= 0.3


def test_known_threshold_lets_two_singletons_join() -> None:
    """Two tracks have a similarity of 0.365 to a group of three. They join at 0.36, not before."""
    rest = np.sqrt(1 - 0.365**2)
    rows = np.array([[1, 0, 0]] * 3 + [[0.365, rest, 0], [0.365, 0, rest]], np.float32)

    def metrics_at(threshold: float) -> Metrics:
        return identity_metrics(cluster_labels(rows, threshold), 2)

    assert metrics_at(0.40)["singleton_fraction"] == 0.4
    remedy = find_remedy("cluster_thresh", 0.40, candidates(0.40, -1), metrics_at, singletons)
    assert remedy is not None
    assert (remedy.setting, remedy.current, remedy.proposed) == ("cluster_thresh", 0.40, 0.36)
    assert remedy.metrics["singleton_fraction"] == 0.2
    assert find_remedy("cluster_thresh", 0.40, candidates(0.40, -1), metrics_at, singletons) == remedy


def test_known_threshold_separates_two_groups() -> None:
    """Two groups have a similarity of 0.455: at 0.45 they are one cluster, at 0.46 two."""
    rows = at_similarity(1.0, 1.0, 0.455, 0.455)

    def metrics_at(threshold: float) -> Metrics:
        return identity_metrics(cluster_labels(rows, threshold), 2)

    remedy = find_remedy(
        "cluster_thresh",
        0.35,
        candidates(0.35, 1),
        metrics_at,
        lambda metrics: metrics["largest_cluster_fraction"] <= 0.5,
    )
    assert remedy is not None
    assert (remedy.proposed, remedy.metrics["largest_cluster_fraction"]) == (0.46, 0.5)


def test_no_threshold_within_the_range_helps() -> None:
    def metrics_at(threshold: float) -> Metrics:
        return identity_metrics(cluster_labels(at_similarity(1.0, 0.1), threshold), 2)

    assert find_remedy("cluster_thresh", 0.40, candidates(0.40, -1), metrics_at, singletons) is None


# Outlier removal also creates singletons: at cluster_thresh 0.40 the third track joins, and leaves again.
SPLIT_OFF = at_similarity(1.0, 1.0, 0.45)


def clustered(setting: str, value: float) -> Metrics:
    used = {"cluster_thresh": 0.40, "min_identity_sim": 0.50} | {setting: value}
    labels = cluster_labels(SPLIT_OFF, used["cluster_thresh"])
    return identity_metrics(split_outliers(SPLIT_OFF, labels, used["min_identity_sim"]).labels, 2)


def test_a_singleton_from_outlier_removal_is_fixed_by_its_own_setting() -> None:
    remedy = smallest_remedy({"cluster_thresh": 0.40, "min_identity_sim": 0.50}, -1, clustered, singletons)
    assert remedy is not None
    assert (remedy.setting, remedy.proposed) == ("min_identity_sim", 0.45)


@pytest.mark.parametrize(
    ("helping_values", "expected"),
    [
        pytest.param({"a": 0.37, "b": 0.22}, ("a", 0.37), id="the-first-on-a-tie"),
        pytest.param({"a": 0.37, "b": 0.23}, ("b", 0.23), id="smaller-change-of-the-second"),
        pytest.param({"a": 0.39, "b": 0.10}, ("a", 0.39), id="smaller-change-of-the-first"),
        pytest.param({"a": 0.30}, ("a", 0.30), id="only-the-first"),
        pytest.param({"b": 0.01}, ("b", 0.01), id="only-the-second"),
        pytest.param({"a": 0.14, "b": -0.01}, None, id="beyond-the-range"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_setting_with_the_smallest_change(
    helping_values: dict[str, float], expected: tuple[str, float] | None
) -> None:
    def metrics_at(setting: str, value: float) -> Metrics:
        return {"singleton_fraction": 0.2 if value <= helping_values.get(setting, -1) else 0.5}

    remedy = smallest_remedy({"a": 0.40, "b": 0.25}, -1, metrics_at, singletons)
    assert (None if remedy is None else (remedy.setting, remedy.proposed)) == expected


def test_the_second_setting_is_tried_only_while_it_could_be_better() -> None:
    tried = []

    def metrics_at(setting: str, value: float) -> Metrics:
        tried.append((setting, value))
        return {"singleton_fraction": 0.2 if setting == "a" and value <= 0.37 else 0.5}

    smallest_remedy({"a": 0.40, "b": 0.25}, -1, metrics_at, singletons)
    assert tried == [("a", 0.39), ("a", 0.38), ("a", 0.37), ("b", 0.24), ("b", 0.23)]


SINGLETONS = Guardrail("singleton_fraction", 0.30, 0.50, "", blocks=True)
LARGEST = Guardrail("largest_cluster_fraction", 0.40, 0.60, "", blocks=True)
CLUSTERS = Guardrail("num_clusters", 15, 30, "", low=5)


@pytest.mark.parametrize(
    ("guardrail", "others", "sentence"),
    [
        pytest.param(
            SINGLETONS,
            [LARGEST],
            "cluster_thresh 0.41 instead of 0.45 would bring singleton_fraction to 0.27 (target 0.3); "
            "largest_cluster_fraction would then be 0.35 (target 0.4).",
            id="other-blocking-guardrail",
        ),
        pytest.param(
            CLUSTERS,
            [],
            "cluster_thresh 0.41 instead of 0.45 would bring num_clusters to 7 (target 5 to 15).",
            id="range",
        ),
    ],
)
def test_the_sentence_of_a_remedy(guardrail: Guardrail, others: Sequence[Guardrail], sentence: str) -> None:
    metrics = {"singleton_fraction": 0.27, "largest_cluster_fraction": 0.35, "num_clusters": 7.0}
    assert remedy_sentence(Remedy("cluster_thresh", 0.45, 0.41, metrics), guardrail, others) == sentence


@pytest.mark.parametrize(
    ("metric", "settings", "sign", "words"),
    [
        pytest.param(
            "singleton_fraction",
            {"cluster_thresh": 0.40, "min_identity_sim": 0.25},
            -1,
            (
                "No change of a single setting brings singleton_fraction",
                "cluster_thresh 0.15 to 0.39, min_identity_sim 0 to 0.24",
            ),
            id="singletons",
        ),
        pytest.param(
            "largest_cluster_fraction", {"cluster_thresh": 1.0}, 1, ("none", "weakest links"), id="at-the-end"
        ),
        pytest.param("num_clusters", {"a": 0.5}, 1, ("a 0.51 to 0.75", "contact sheet"), id="clusters"),
        pytest.param("avg_cluster_size", {"a": 0.5}, 1, ("a 0.51 to 0.75", "contact sheet"), id="size"),
    ],
)
def test_without_a_remedy_the_sentence_lists_what_was_tried(
    metric: str, settings: dict[str, float], sign: int, words: Sequence[str]
) -> None:
    sentence = no_remedy_sentence(metric, settings, sign)
    for part in words:
        assert part in sentence
