"""Clustering of tracks: unusable tracks and offers, outliers, adoption, must-links and cannot-links."""

import base64
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import NO_CONSTRAINTS, Constraints, Contradiction, violations
from screenalytics_assets.clustering.linkage import cluster_labels
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities import cluster_tracks as module
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters, cluster_tracks, dissolve_small
from screenalytics_assets.identities.evidence_joins import Joined
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Evidence

Pair = tuple[int, int]

# Adoption needs a similarity of 0.6 to a centroid from a clear track, and 0.4 from a barely usable one. The log-odds of
# a join by evidence are 20 (similarity - 0.6) - 4, so a track that was set aside joins a single cluster from 0.8 on.
BOUNDS = Thresholds(
    cluster_thresh=0.6,
    min_identity_sim=0.5,
    assign_sim=0.4,
    assign_sim_clear=0.6,
    assign_margin=0.1,
    unusable_norm=10.0,
    clear_norm=14.0,
)
WEAK, JUST, CLEAR = 9.0, 10.0, 15.0


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def constraints_of(cannot: list[Pair] | None = None, must: list[Pair] | None = None) -> Constraints:
    cannot_link, must_link = (np.array(given or [], np.int64).reshape(-1, 2) for given in (cannot, must))
    return Constraints(cannot_link, must_link)


def clustered(
    angles: list[float],
    weak: list[int] | None = None,
    constraints: Constraints = NO_CONSTRAINTS,
    bounds: Thresholds = BOUNDS,
    **settings: object,
) -> Clusters:
    """Cluster tracks at these angles, of which the `weak` are set aside. Small clusters do not join by evidence."""
    norms = np.full(len(angles), CLEAR)
    norms[weak or []] = WEAK
    chosen = ClusteringSettings.model_validate(
        {"adopt_max_tracks": 1, "merge_probability": 1.0, "join_probability": 0.5} | settings
    )
    return cluster_tracks(at_degrees(*angles), norms, chosen, bounds, constraints)


@pytest.mark.parametrize(
    ("angles", "weak", "expected"),
    [
        pytest.param([], [], [], id="no-track"),
        pytest.param([5], [], [0], id="one-track"),
        pytest.param([5], [0], [-1], id="one-unusable-track"),
        pytest.param([0, 0, 0], [0, 1, 2], [-1, -1, -1], id="all-unusable"),
        pytest.param([0, 90, 0], [], [0, 1, 0], id="all-usable"),
        pytest.param([0, 0, 5], [2], [0, 0, 0], id="offered-and-adopted"),
        pytest.param([5, 0, 0], [0], [0, 0, 0], id="adopted-as-the-first-row"),
        pytest.param([90, 91, 5, 0, 0], [2], [0, 0, 1, 1, 1], id="adopted-by-the-more-similar"),
        pytest.param([5, 90, 91, 0, 0], [0], [0, 1, 1, 0, 0], id="renumbered-by-first-appearance"),
        pytest.param([0, 0, 36], [2], [0, 0, 0], id="as-similar-as-needed"),
        pytest.param([0, 0, 37], [2], [0, 0, -1], id="less-similar-than-needed"),
        # cos 30 = 0.866: odds of 3.7 for each of two hosts, and 1 for neither. Each has a probability of 0.44.
        pytest.param([0, 0, 60, 60, 30], [4], [0, 0, 1, 1, -1], id="no-lead"),
        pytest.param([0, 5], [1], [0, 0], id="one-track-is-a-host"),
        pytest.param([180, 180, 0, 1], [2, 3], [0, 0, -1, -1], id="weak-tracks-do-not-join-each-other"),
        pytest.param([180, 180, 0, 1], [0, 1], [-1, -1, 0, 0], id="unusable-first"),
    ],
)
def test_weak_tracks_are_set_aside_and_offered(angles: list[float], weak: list[int], expected: list[int]) -> None:
    clusters = clustered(angles, weak)
    assert clusters.labels.dtype == np.int64
    assert clusters.labels.tolist() == expected
    assert (clusters.outliers, clusters.adopted, clusters.contradictions) == ({}, {}, ())


@pytest.mark.parametrize(
    ("min_size", "expected"),
    [
        pytest.param(3, [0, 1, -1], id="the-tracks-of-a-dissolved-pair-are-rivals"),
        pytest.param(1, [0, 0, 0], id="a-pair"),
    ],
)
def test_weak_tracks_join_clusters_as_they_are_after_small_ones_are_dissolved(
    min_size: int, expected: list[int]
) -> None:
    assert clustered([0, 0, 5], [2], min_cluster_size=min_size).labels.tolist() == expected


def test_a_weak_track_that_would_connect_two_people_is_set_aside() -> None:
    # cos 40 = 0.766 and cos 80 = 0.174. The similarity of {0, 0, 40} to {80, 80} is 0.371, that of {0, 0} 0.174.
    bounds = replace(BOUNDS, cluster_thresh=0.36, min_identity_sim=0.3)
    assert clustered([0, 0, 80, 80, 40], [], bounds=bounds).labels.tolist() == [0, 0, 0, 0, 0]
    assert clustered([0, 0, 80, 80, 40], [4], bounds=bounds).labels.tolist() == [0, 0, 1, 1, UNUSABLE]


def test_a_track_at_the_bound_is_usable() -> None:
    vectors, settings = at_degrees(0, 90), ClusteringSettings()
    assert cluster_tracks(vectors, np.array([JUST, JUST - 0.01]), settings, BOUNDS).labels.tolist() == [0, UNUSABLE]


@pytest.mark.parametrize(
    ("angles", "weak", "cannot", "expected"),
    [
        pytest.param([0, 1, 90], [], [(0, 1)], [0, 1, 2], id="kept-apart"),
        pytest.param([0, 0, 5], [2], [(0, 2)], [0, 0, -1], id="not-adopted"),
        pytest.param([0, 0, 60, 60, 30], [4], [(1, 4)], [0, 0, 1, 1, 1], id="a-forbidden-host-is-not-the-second-best"),
        pytest.param([0, 0, 6, 5], [2, 3], [(2, 3)], [0, 0, -1, 0], id="only-the-more-similar-is-adopted"),
        pytest.param([0, 0, 5, 5], [2, 3], [(2, 3)], [0, 0, 0, -1], id="the-earlier-on-a-tie"),
        pytest.param([0, 0, 180, 180], [2, 3], [(2, 3)], [0, 0, -1, -1], id="both-unusable-is-no-violation"),
        pytest.param([0, 0, 0, 0], [0, 2], [(1, 3), (0, 1)], [0, 1, -1, 0], id="rows-of-all-tracks"),
    ],
)
def test_cannot_links_are_respected(
    angles: list[float], weak: list[int], cannot: list[Pair], expected: list[int]
) -> None:
    clusters = clustered(angles, weak, constraints_of(cannot))
    assert clusters.labels.tolist() == expected
    assert clusters.constraints.cannot_link.tolist() == [list(pair) for pair in cannot]


@pytest.mark.parametrize(
    ("angles", "cannot", "prevented"),
    [
        pytest.param([0, 0, 90, 90], [(0, 2)], 0, id="dissimilar"),
        pytest.param([0, 0, 5, 5], [(0, 2), (1, 3)], 1, id="similar"),
        pytest.param([0, 0, 5], [(0, 2), (1, 2)], 1, id="one-pair-of-clusters"),
        pytest.param([0, 0, 5], [(0, 1), (0, 2), (1, 2)], 3, id="three-pairs-of-clusters"),
    ],
)
def test_prevented_merges_are_counted(angles: list[float], cannot: list[Pair], prevented: int) -> None:
    assert clustered(angles, [], constraints_of(cannot)).prevented_merges == prevented


def test_prevented_merges_count_only_usable_tracks() -> None:
    assert clustered([5, 0, 0], [0], constraints_of([(0, 1)])).prevented_merges == 0


# cos 50 = 0.643: enough to merge at 0.6, but too low to stay at 0.7.
STRICT = replace(BOUNDS, min_identity_sim=0.7)


@pytest.mark.parametrize(
    ("adopt_max_tracks", "assign_sim_clear", "labels", "outliers", "adopted"),
    [
        pytest.param(0, 0.6, [0, 0, 1], {2: 0.643}, {}, id="leaves"),
        pytest.param(1, 0.65, [0, 0, 1], {2: 0.643}, {}, id="leaves-and-is-not-adopted"),
        pytest.param(1, 0.6, [0, 0, 0], {}, {2: 0.643}, id="adopted-again-is-no-outlier"),
    ],
)
def test_outliers(
    adopt_max_tracks: int,
    assign_sim_clear: float,
    labels: list[int],
    outliers: dict[int, float],
    adopted: dict[int, float],
) -> None:
    bounds = replace(STRICT, assign_sim_clear=assign_sim_clear)
    clusters = clustered([0, 0, 50], [], bounds=bounds, adopt_max_tracks=adopt_max_tracks)
    assert clusters.labels.tolist() == labels
    assert clusters.outliers == pytest.approx(outliers, abs=1e-3)
    assert clusters.adopted == pytest.approx(adopted, abs=1e-3)


def test_outliers_and_adopted_tracks_are_rows_of_all_tracks() -> None:
    separated = clustered([270, 0, 0, 50], [0], bounds=STRICT, adopt_max_tracks=0)
    assert (separated.labels.tolist(), separated.outliers) == ([UNUSABLE, 0, 0, 1], {3: pytest.approx(0.643, abs=1e-3)})
    adopted = clustered([270, 0, 0, 50], [0], bounds=STRICT)
    assert (adopted.labels.tolist(), adopted.adopted) == ([UNUSABLE, 0, 0, 0], {3: pytest.approx(0.643, abs=1e-3)})


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        pytest.param(JUST, [0, 0, 0], id="a-poor-face-needs-less"),
        pytest.param(12.0, [0, 0, 0], id="half-way-needs-0.5"),
        pytest.param(12.9, [0, 0, 1], id="needs-0.545"),
        pytest.param(CLEAR, [0, 0, 1], id="a-clear-face-needs-more"),
    ],
)
def test_the_similarity_needed_for_adoption_depends_on_the_norm(norm: float, expected: list[int]) -> None:
    # cos 58 = 0.530: too low to merge.
    norms, settings = np.array([CLEAR, CLEAR, norm]), ClusteringSettings(adopt_max_tracks=1)
    assert cluster_tracks(at_degrees(0, 0, 58), norms, settings, BOUNDS).labels.tolist() == expected


@pytest.mark.parametrize(
    ("adopt_max_tracks", "expected"),
    [
        pytest.param(0, [0, 0, 0, 1, 1], id="none"),
        pytest.param(1, [0, 0, 0, 1, 1], id="up-to-one-track"),
        pytest.param(2, [0, 0, 0, 0, 0], id="up-to-two-tracks"),
        pytest.param(3, [0, 0, 0, 1, 1], id="no-host-is-left"),
    ],
)
def test_small_clusters_are_adopted(adopt_max_tracks: int, expected: list[int]) -> None:
    # cos 55 = 0.574: too low to merge, but enough for adoption.
    bounds = replace(BOUNDS, assign_sim_clear=0.5)
    clusters = clustered([0, 0, 0, 55, 55], [], bounds=bounds, adopt_max_tracks=adopt_max_tracks)
    assert clusters.labels.tolist() == expected
    assert clusters.adopted == pytest.approx({3: 0.574} if expected[-1] == 0 else {}, abs=1e-3)


@pytest.mark.parametrize(
    ("angles", "weak", "must", "expected"),
    [
        pytest.param([0, 90, 180], [], [(0, 2)], [0, 1, 0], id="however-dissimilar"),
        pytest.param([0, 0, 65], [], [], [0, 0, 1], id="without-must-links"),
        pytest.param([0, 180], [0, 1], [(0, 1)], [0, 0], id="usable-however-weak"),
        # The similarity of {0, 65} to 0 is 0.711, but that of 65 to {0, 0} only 0.423.
        pytest.param([0, 0, 65], [], [(0, 2)], [0, 0, 0], id="never-an-outlier"),
        pytest.param([0, 0, 65], [2], [(2, 0)], [0, 0, 0], id="one-of-two-is-weak"),
        pytest.param([0, 0, 180, 180], [3], [(0, 2)], [0, 1, 0, -1], id="other-tracks-are-not-affected"),
    ],
)
def test_must_links_are_respected(angles: list[float], weak: list[int], must: list[Pair], expected: list[int]) -> None:
    clusters = clustered(angles, weak, constraints_of(must=must))
    assert clusters.labels.tolist() == expected
    assert not set(clusters.outliers) & {row for pair in must for row in pair}


def test_a_must_linked_pair_is_not_dissolved() -> None:
    assert clustered([0, 0, 90, 90], min_cluster_size=3).labels.tolist() == [0, 1, 2, 3]
    apart = clustered([0, 0, 90, 90], [], constraints_of(must=[(0, 1)]), min_cluster_size=3)
    assert apart.labels.tolist() == [0, 0, 1, 2]


def test_a_must_linked_pair_is_not_adopted() -> None:
    bounds = replace(BOUNDS, assign_sim_clear=0.5)
    together = clustered([0, 0, 0, 55, 55], [], constraints_of(must=[(3, 4)]), bounds, adopt_max_tracks=2)
    assert (together.labels.tolist(), together.adopted) == ([0, 0, 0, 1, 1], {})


def test_a_must_link_that_contradicts_a_cannot_link_is_ignored_and_reported() -> None:
    clusters = clustered([0, 1, 90], [], constraints_of([(0, 1)], [(1, 0), (0, 2)]))
    assert clusters.labels.tolist() == [0, 1, 0]
    assert clusters.contradictions == (Contradiction((1, 0), (0, 1)),)


def people(rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float64], Constraints]:
    """Return sixty tracks of five people with norms from weak to clear, and cannot-links."""
    rows = rng.normal(size=(5, 8))[rng.integers(0, 5, 60)] + 0.4 * rng.normal(size=(60, 8))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    drawn = np.array([rng.choice(60, 2, replace=False) for _ in range(50)])
    return vectors, rng.uniform(8.0, 16.0, 60), constraints_of(cannot=drawn.tolist())


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"linkage": "average"}, id="average"),
        pytest.param({"linkage": "complete"}, id="complete"),
        pytest.param({"algorithm": "dbscan"}, id="dbscan"),
        pytest.param({"algorithm": "hdbscan", "min_cluster_size": 3}, id="hdbscan"),
    ],
)
def test_no_algorithm_violates_a_cannot_link(settings: dict[str, object]) -> None:
    rng = np.random.default_rng(107)
    chosen = ClusteringSettings.model_validate(settings)
    violations_without = 0
    for _ in range(15):
        vectors, norms, constraints = people(rng)
        clusters = cluster_tracks(vectors, norms, chosen, BOUNDS, constraints)
        broken = violations(clusters.labels, constraints.cannot_link)
        assert (clusters.labels[broken] == UNUSABLE).all()
        used = np.unique(clusters.labels[clusters.labels != UNUSABLE])
        np.testing.assert_array_equal(used, np.arange(len(used)))
        assert len(used) < 40
        free = cluster_tracks(vectors, norms, chosen, BOUNDS).labels
        free[free == UNUSABLE] = free.max() + 1 + np.arange((free == UNUSABLE).sum())
        violations_without += len(violations(free, constraints.cannot_link))
    assert violations_without > 15


@pytest.mark.parametrize("linkage", ["single", "ward"])
def test_a_linkage_without_support_for_constraints_raises(linkage: str) -> None:
    message = f"Linkage {linkage} cannot keep tracks that share a frame apart: set linkage to average or complete"
    with pytest.raises(UserError, match=message):
        clustered([0, 0, 90], [], constraints_of([(0, 2)]), linkage=linkage)
    message = f"Linkage {linkage} cannot follow what people decided: set linkage to average or complete.$"
    with pytest.raises(UserError, match=message):
        clustered([0, 0, 90], [], constraints_of(must=[(0, 2)]), linkage=linkage)
    with pytest.raises(UserError, match=message):
        clustered([0, 0, 90], [], constraints_of([(0, 2)]), linkage=linkage, cannot_link=False)
    assert clustered([0, 0, 90], linkage=linkage).labels.tolist() == [0, 0, 1]


def test_the_algorithm_of_the_settings_is_used() -> None:
    # A chain in steps of 50 degrees: single linkage and DBSCAN follow it, average linkage does not.
    bounds = replace(BOUNDS, min_identity_sim=-1.0)
    chain: list[float] = [0, 50, 100, 150]
    assert clustered(chain, bounds=bounds, algorithm="dbscan").labels.tolist() == [0, 0, 0, 0]
    assert clustered(chain, bounds=bounds, linkage="single").labels.tolist() == [0, 0, 0, 0]
    expected = cluster_labels(at_degrees(*chain), BOUNDS.cluster_thresh)
    assert clustered(chain, bounds=bounds, adopt_max_tracks=0).labels.tolist() == expected.tolist() == [0, 0, 1, 1]


def test_a_violation_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "join_weak_tracks", lambda *_: Joined(np.zeros(3, np.int64), {}))
    with pytest.raises(RuntimeError, match=r"one contains rows \[0, 2\]"):
        clustered([0, 90, 180], [], constraints_of([(0, 2)]))


def test_invalid_rows_and_pairs_raise() -> None:
    with pytest.raises(ValueError, match="row 0 has norm 2"):
        cluster_tracks(2 * at_degrees(0), np.array([CLEAR]), ClusteringSettings(), BOUNDS)
    with pytest.raises(ValueError, match=r"cannot_link to pair two of the 2 rows, but got the pair \[0, 2\]"):
        clustered([0, 90], [], constraints_of([(0, 2)]))


@pytest.mark.parametrize(
    ("labels", "min_size", "reviewed", "expected"),
    [
        pytest.param([0, 0, 1], 2, [2], [0, 0, 1], id="one-reviewed-singleton"),
        pytest.param([0, 0, 1, 1], 3, [0], [0, 0, 2, 3], id="a-reviewed-pair"),
        pytest.param([0, 0, 1, 1], 3, [], [2, 3, 4, 5], id="none"),
    ],
)
def test_reviewed_clusters_are_not_dissolved(
    labels: list[int], min_size: int, reviewed: list[int], expected: list[int]
) -> None:
    is_reviewed = np.isin(np.arange(len(labels)), reviewed)
    assert dissolve_small(np.array(labels), min_size, is_reviewed).tolist() == expected


# Joins by evidence.


def test_small_clusters_and_outliers_join_by_evidence() -> None:
    # Row 2 leaves {0, 0, 50} as an outlier. Its log-odds are 20 (cos 50 - 0.5) - 2.
    evidence = Evidence(face_odds=20.0, prior_odds=-2.0)
    bounds = replace(STRICT, cluster_thresh=0.5, assign_sim_clear=0.7, evidence=evidence)
    apart = clustered([0, 0, 50], bounds=bounds)
    assert (apart.labels.tolist(), list(apart.outliers), apart.joined) == ([0, 0, 1], [2], {})
    together = clustered([0, 0, 50], bounds=bounds, merge_probability=0.7)
    assert (together.labels.tolist(), together.outliers) == ([0, 0, 0], {})
    assert together.joined == {2: pytest.approx(1 / (1 + np.exp(2 - 20 * (np.cos(np.deg2rad(50)) - 0.5))))}


def test_weak_tracks_join_with_a_probability() -> None:
    clusters = clustered([0, 0, 36, 90], [2, 3])
    assert clusters.labels.tolist() == [0, 0, 0, UNUSABLE]
    assert clusters.joined == {2: pytest.approx(1 / (1 + np.exp(4 - 20 * (np.cos(np.deg2rad(36)) - 0.6))))}
    assert clustered([0, 0, 36], [2], join_probability=0.6).labels.tolist() == [0, 0, UNUSABLE]


def test_a_poor_face_needs_less_to_merge() -> None:
    # cos 60 = 0.5. A barely usable track needs 0.8 * 0.6 = 0.48.
    bounds = replace(BOUNDS, assign_sim=0.9, assign_sim_clear=0.9, evidence=Evidence(full_norm=14.0, weak_share=0.8))
    for norm, expected in ((JUST, [0, 0]), (14.0, [0, 1])):
        settings = ClusteringSettings(merge_probability=1.0)
        bounds = replace(bounds, min_identity_sim=-1.0)
        assert cluster_tracks(at_degrees(0, 60), np.array([CLEAR, norm]), settings, bounds).labels.tolist() == expected


def test_a_threshold_of_minus_1_merges_everything_however_poor() -> None:
    evidence = Evidence(full_norm=14.0, weak_share=0.5)
    bounds = replace(BOUNDS, cluster_thresh=-1.0, min_identity_sim=-1.0, evidence=evidence)
    settings = ClusteringSettings(merge_probability=1.0, adopt_max_tracks=0)
    assert cluster_tracks(at_degrees(0, 180), np.full(2, JUST), settings, bounds).labels.tolist() == [0, 0]


def test_the_mean_face_is_removed_before_tracks_are_compared() -> None:
    # (0.8, 0.6) and (0.8, -0.6) have a similarity of 0.28. Without the mean, (0.3, 0.6) and (0.3, -0.6) have -0.6.
    mean = base64.b64encode(np.array([0.5, 0.0], "<f2").tobytes()).decode()
    vectors, norms = np.array([(0.8, 0.6), (0.8, -0.6)], np.float32), np.full(2, CLEAR)
    bounds = replace(BOUNDS, cluster_thresh=0.2, min_identity_sim=-1.0)
    settings = ClusteringSettings(merge_probability=1.0, adopt_max_tracks=0)
    assert cluster_tracks(vectors, norms, settings, bounds).labels.tolist() == [0, 0]
    centred = replace(bounds, evidence=Evidence(mean_face=mean))
    assert cluster_tracks(vectors, norms, settings, centred).labels.tolist() == [0, 1]


def test_clothes_decide_where_a_weak_track_joins() -> None:
    evidence = Evidence(face_odds=20.0, clothing_odds=10.0, clothing_chance=0.3, prior_odds=-4.0)
    clothes = np.array([(1, 0), (1, 0), (0, 1), (0, 1), (0, 1)], np.float32)
    sightings = Sightings(np.zeros(5), np.ones(5), clothes, np.ones(5, np.bool_))
    settings = ClusteringSettings(adopt_max_tracks=0, merge_probability=1.0, join_probability=0.5)
    norms = np.array([CLEAR] * 4 + [WEAK])
    vectors, bounds = at_degrees(0, 0, 60, 60, 30), replace(BOUNDS, evidence=evidence)
    assert cluster_tracks(vectors, norms, settings, bounds).labels.tolist() == [0, 0, 1, 1, UNUSABLE]
    dressed = cluster_tracks(vectors, norms, settings, bounds, sightings=sightings)
    assert dressed.labels.tolist() == [0, 0, 1, 1, 1]
