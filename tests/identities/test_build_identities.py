"""Identities: known documents for small episodes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import NO_CONSTRAINTS, Constraints
from screenalytics_assets.contract.identity_records import Identities, Labels, LinkContradiction
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.build_identities import Episode, build_identities, seconds_on_screen
from screenalytics_assets.identities.cluster_tracks import cluster_tracks, dissolve_small
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from tests.tiny_episode import (
    CLEAR_NORM,
    EP_ID,
    FPS,
    NOW,
    PLAIN_PACK,
    clear_norms,
    make_clusters,
    make_embedding,
    make_track,
    unit,
)

A, B, C = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
Vector = tuple[float, ...]


def at(degrees: float) -> Vector:
    """Return a direction in the plane of A and B. The similarity of two is the cosine of the angle between them."""
    return float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees))), 0.0


def built(
    vectors: Sequence[Vector | None],
    tracks: Sequence[Track] | None = None,
    spreads: Sequence[float] | None = None,
    constraints: Constraints = NO_CONSTRAINTS,
    previous: Identities | None = None,
    hours: int = 0,
    **settings: object,
) -> Identities:
    """Build identities of tracks with these embeddings, some hours later. A track without one is unusable."""
    chosen = ClusteringSettings.model_validate(settings)
    usable = [vector for vector in vectors if vector is not None]
    array: NDArray[np.float32] = np.stack([unit(*v) for v in usable]) if usable else np.empty((0, 3), np.float32)
    rows = iter(range(len(usable)))
    embeddings = [
        make_embedding(k + 1, None if vector is None else next(rows), spread=spreads[k] if spreads else 0.1)
        for k, vector in enumerate(vectors)
    ]
    if tracks is None:
        tracks = [make_track(k + 1, (20 * k, 20 * k + 9)) for k in range(len(vectors))]
    episode = Episode(EP_ID, FPS, tracks, embeddings, array, "0" * 64)
    clusters = cluster_tracks(array, clear_norms(array), chosen, thresholds(chosen, PLAIN_PACK), constraints)
    return build_identities(episode, clusters, chosen, PLAIN_PACK, NOW + timedelta(hours=hours), previous)


def pairs(*given: tuple[int, int]) -> NDArray[np.int64]:
    return np.array(given, np.int64).reshape(-1, 2)


def members(content: Identities) -> list[list[int]]:
    """Track numbers of each identity, in the order of the document."""
    return [[int(track.removeprefix("track-")) for track in identity.track_ids] for identity in content.identities]


@pytest.mark.parametrize(
    ("settings", "expected", "cluster_ids"),
    [
        pytest.param({}, [[1, 3], [2, 5], [4]], [1, 2, None], id="singleton-mode"),
        pytest.param({"outlier_mode": "noise"}, [[1, 3], [2, 5], [4]], [1, 2, -1], id="noise-mode"),
        pytest.param({"min_cluster_size": 1}, [[1, 3], [2, 5], [4]], [1, 2, 3], id="every-identity-is-a-cluster"),
        pytest.param(
            {"min_cluster_size": 3, "merge_probability": 1.0}, [[1], [2], [3], [4], [5]], [None] * 5, id="all-dissolved"
        ),
        pytest.param({"min_cluster_size": 3}, [[1, 3], [2, 5], [4]], [None] * 3, id="dissolved-and-joined-by-evidence"),
        pytest.param({"cluster_thresh": -1.0, "min_identity_sim": -1.0}, [[1, 2, 3, 4, 5]], [1], id="all-in-one"),
        pytest.param({"cluster_thresh": 1.0}, [[1, 3], [2, 5], [4]], [1, 2, None], id="only-equal-embeddings"),
    ],
)
def test_identities_are_numbered_by_first_appearance(
    settings: dict[str, object], expected: list[list[int]], cluster_ids: list[int | None]
) -> None:
    content = built([A, B, A, C, B], **settings)
    assert members(content) == expected
    assert [identity.cluster_id for identity in content.identities] == cluster_ids
    assert [identity.identity_id for identity in content.identities] == [
        f"identity-{number:05d}" for number in range(1, len(expected) + 1)
    ]


def test_cluster_ids_have_no_gap_after_a_leading_singleton() -> None:
    content = built([C, A, A, B, B])
    assert [identity.cluster_id for identity in content.identities] == [None, 1, 2]


def test_metadata_counts() -> None:
    metadata = built([A, B, A, None, C, B]).metadata
    assert metadata.model_dump(exclude={"created_at", "embeddings_sha256"}) == {
        "num_tracks": 5,
        "num_unusable_tracks": 1,
        "num_identities": 3,
        "num_clusters": 2,
        "num_singletons": 1,
        "singleton_fraction": 0.2,
        "largest_cluster_size": 2,
        "largest_cluster_fraction": 0.4,
        "avg_cluster_size": 1.6667,
        "num_adopted": 0,
        "num_uncertain_tracks": 0,
        "uncertain_seconds": 0.0,
        "cannot_link_pairs": 0,
        "must_link_pairs": 0,
        "prevented_merges": 0,
        "cluster_thresh": PLAIN_PACK.thresholds.cluster_thresh,
        "min_cluster_size": 2,
        "min_identity_sim": PLAIN_PACK.thresholds.min_identity_sim,
        "assign_sim": PLAIN_PACK.thresholds.assign_sim,
        "assign_sim_clear": PLAIN_PACK.thresholds.assign_sim_clear,
        "assign_margin": PLAIN_PACK.thresholds.assign_margin,
        "unusable_norm": PLAIN_PACK.norms.unusable,
        "algorithm": "agglomerative",
        "linkage": "average",
        "model_pack": "opencv_zoo",
        "model_licence": PLAIN_PACK.licence,
        "calibrated": PLAIN_PACK.calibration.calibrated,
    }


def test_stats_cover_the_whole_episode() -> None:
    stats = built([A, B, A, None, C, B]).stats
    assert (stats.faces, stats.tracks, stats.clusters, stats.outlier_tracks) == (10, 6, 2, 0)


def test_unusable_tracks_are_listed_and_in_no_identity() -> None:
    content = built([None, A, None, A, None])
    assert content.unusable_tracks == ("track-00001", "track-00003", "track-00005")
    assert members(content) == [[2, 4]]
    assert (content.stats.tracks, content.metadata.num_tracks, content.metadata.num_unusable_tracks) == (5, 2, 3)


@pytest.mark.parametrize(
    ("vectors", "unusable"),
    [
        pytest.param([], (), id="no-tracks"),
        pytest.param([None, None], ("track-00001", "track-00002"), id="none-usable"),
    ],
)
def test_an_episode_without_embeddings_is_a_valid_empty_document(
    vectors: list[Vector | None], unusable: tuple[str, ...]
) -> None:
    content = built(vectors)
    assert (content.identities, content.unusable_tracks) == ((), unusable)
    metadata = content.metadata
    assert (metadata.singleton_fraction, metadata.largest_cluster_fraction, metadata.avg_cluster_size) == (0, 0, 0)
    assert (metadata.num_identities, metadata.largest_cluster_size, content.stats.faces) == (0, 0, 0)
    assert Identities.model_validate_json(content.model_dump_json()) == content


def test_an_outlier_leaves_with_its_similarity_as_the_reason() -> None:
    # cos 65 degrees = 0.4226: enough to merge at 0.40, but too low to stay at 0.50.
    content = built([at(0), at(0), at(65)], cluster_thresh=0.4, min_identity_sim=0.5)
    assert members(content) == [[1, 2], [3]]
    assert [identity.outlier_reason for identity in content.identities] == [None, "low_identity_similarity_0.423"]
    assert content.stats.outlier_tracks == 1
    assert [identity.cluster_id for identity in content.identities] == [1, None]


def test_the_later_of_two_dissimilar_tracks_is_the_outlier() -> None:
    content = built([at(0), at(65)], cluster_thresh=0.4, min_identity_sim=0.5)
    assert members(content) == [[1], [2]]
    assert [identity.outlier_reason for identity in content.identities] == [None, "low_identity_similarity_0.423"]


def test_a_singleton_that_was_never_merged_has_no_outlier_reason() -> None:
    assert [identity.outlier_reason for identity in built([A, B]).identities] == [None, None]


@pytest.mark.parametrize(
    ("settings", "low"),
    [
        pytest.param({"low_cohesion": 0.90}, False, id="similar-enough"),
        pytest.param({"low_cohesion": 0.98}, True, id="below-low_cohesion"),
        pytest.param({"low_cohesion": 0.5, "min_identity_sim": 0.5}, False, id="every-track-fits"),
    ],
)
def test_low_cohesion(settings: dict[str, float], low: bool) -> None:
    # Two tracks 30 degrees apart: each 15 degrees from their centroid, cosine 0.966.
    content = built([at(0), at(30), C, C], **settings)
    assert content.identities[0].cohesion == content.identities[0].min_identity_sim == 0.9659
    assert [identity.low_cohesion for identity in content.identities] == [low, False]
    assert content.stats.low_cohesion_identities == low


def test_a_track_below_min_identity_sim_of_the_centroid_flags_its_identity() -> None:
    # The labels are given directly, because outlier removal would not leave such a cluster.
    vectors = np.stack([unit(*at(0)), unit(*at(0)), unit(*at(0)), unit(*at(80))])
    rows = [make_embedding(k + 1, k) for k in range(4)]
    episode = Episode(EP_ID, FPS, [make_track(k + 1, (k, k + 1)) for k in range(4)], rows, vectors, "0" * 64)
    settings = ClusteringSettings(low_cohesion=0.0, min_identity_sim=0.5, assign_sim_clear=0.9)
    content = build_identities(episode, make_clusters(np.zeros(4, np.int64), settings), settings, PLAIN_PACK, NOW)
    assert content.identities[0].cohesion > 0.8
    assert content.identities[0].low_cohesion


@pytest.mark.parametrize(
    ("spreads", "mixed"),
    [
        pytest.param([0.1, 0.2, 0.3], 0, id="none"),
        pytest.param([0.56, 0.2, 0.57], 2, id="beyond-the-clustering-threshold"),
        pytest.param([0.55, 0.0, 0.0], 0, id="at-the-threshold"),
    ],
)
def test_mixed_tracks(spreads: list[float], mixed: int) -> None:
    assert built([A, B, C], spreads=spreads, cluster_thresh=0.45).stats.mixed_tracks == mixed


def test_the_row_of_an_identity() -> None:
    identity = built([A, B, A]).identities[0]
    assert identity.model_dump(exclude={"created_at", "updated_at"}) == {
        "identity_id": "identity-00001",
        "cluster_id": 1,
        "track_ids": ("track-00001", "track-00003"),
        "size": 4,
        "seconds_on_screen": 4.0,
        "label": None,
        "labels": {"person_id": None, "name": None, "assigned_by": None},
        "locked": False,
        "cohesion": 1.0,
        "min_identity_sim": 1.0,
        "low_cohesion": False,
        "outlier_reason": None,
        "canonical_face_path": "thumbs/identity-00001/rep.jpg",
        "rep_thumb_rel_path": f"frames/{EP_ID}/thumbs/identity-00001/rep.jpg",
        "rep_thumb_s3_key": None,
        "embedding_stats": {"centroid_norm": 1.0, "variance": 0.0, "num_tracks": 2, "num_faces_total": 4},
        "members": (
            {"track_id": "track-00001", "confidence": 1.0, "uncertain": False, "evidence": "face 1.00"},
            {"track_id": "track-00003", "confidence": 1.0, "uncertain": False, "evidence": "face 1.00"},
        ),
        "uncertain_seconds": 0.0,
    }
    assert identity.created_at == identity.updated_at == NOW


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, {}, id="pack-defaults"),
        pytest.param({"cluster_thresh": 0.7}, {"cluster_thresh": 0.7}, id="one-set"),
        pytest.param({"cluster_thresh": 0.0, "min_identity_sim": 0.0}, None, id="zero-is-a-value"),
        pytest.param({"assign_sim": 0.1, "assign_sim_clear": 0.2, "assign_margin": 0.3}, None, id="adoption"),
        pytest.param({"unusable_norm": 0.5}, None, id="norm"),
    ],
)
def test_thresholds_come_from_the_pack_unless_set(
    settings: dict[str, float], expected: dict[str, float] | None
) -> None:
    pack = PLAIN_PACK.thresholds
    defaults = {
        "cluster_thresh": pack.cluster_thresh,
        "min_identity_sim": pack.min_identity_sim,
        "assign_sim": pack.assign_sim,
        "assign_sim_clear": pack.assign_sim_clear,
        "assign_margin": pack.assign_margin,
        "unusable_norm": PLAIN_PACK.norms.unusable,
        "clear_norm": PLAIN_PACK.norms.clear,
    }
    wanted = defaults | (settings if expected is None else expected)
    assert thresholds(ClusteringSettings.model_validate(settings), PLAIN_PACK).recorded() == wanted
    config = built([A, B], **settings).config
    assert {name: config[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], 0.0, id="none"),
        pytest.param([(0, 0)], 0.2, id="one-frame"),
        pytest.param([(0, 9)], 2.0, id="one-track"),
        pytest.param([(0, 9), (20, 29)], 4.0, id="apart"),
        pytest.param([(0, 9), (10, 19)], 4.0, id="adjacent"),
        pytest.param([(0, 9), (5, 14)], 3.0, id="overlapping"),
        pytest.param([(0, 29), (5, 14)], 6.0, id="one-within-the-other"),
        pytest.param([(0, 29), (5, 14), (20, 34)], 7.0, id="a-short-span-within-a-longer-one"),
        pytest.param([(20, 29), (0, 29), (25, 39)], 8.0, id="in-any-order"),
        pytest.param([(0, 9), (0, 9)], 2.0, id="equal-spans"),
    ],
)
def test_seconds_on_screen(spans: list[tuple[int, int]], expected: float) -> None:
    tracks = [make_track(k + 1, span) for k, span in enumerate(spans)]
    assert seconds_on_screen(tracks, 1 / FPS) == pytest.approx(expected)


def test_seconds_on_screen_count_only_the_tracks_of_the_identity() -> None:
    tracks = [make_track(1, (0, 9)), make_track(2, (0, 99)), make_track(3, (5, 14))]
    content = built([A, B, A], tracks=tracks)
    assert [identity.seconds_on_screen for identity in content.identities] == [3.0, 20.0]


@pytest.mark.parametrize(
    ("labels", "min_size", "expected"),
    [
        pytest.param([], 2, [], id="none"),
        pytest.param([0, 0, 1], 2, [0, 0, 2], id="one-singleton"),
        pytest.param([0, 0, 1, 1, 1], 3, [2, 3, 1, 1, 1], id="a-pair-is-dissolved"),
        pytest.param([0, 1, 0], 1, [0, 1, 0], id="size-one-changes-nothing"),
    ],
)
def test_dissolve_small(labels: list[int], min_size: int, expected: list[int]) -> None:
    assert dissolve_small(np.array(labels, np.int64), min_size).tolist() == expected


def test_contradictions_name_track_ids() -> None:
    # Track 1 has no row, so rows 0, 1, 2 and 3 are the tracks 2, 3, 5 and 6.
    content = built([None, A, B, None, A, A], constraints=Constraints(pairs((0, 2)), pairs((0, 1), (1, 2), (3, 2))))
    assert content.contradictions == (
        LinkContradiction(must_link=("track-00003", "track-00005"), cannot_link=("track-00002", "track-00005")),
    )
    assert members(content) == [[2, 3], [5, 6]]
    assert (content.metadata.cannot_link_pairs, content.metadata.must_link_pairs) == (1, 3)
    assert content.metadata.prevented_merges == 1  # the similarity of {A, B} and {A, A} is 0.5


def test_a_document_without_contradictions() -> None:
    content = built([A, A], constraints=Constraints(cannot_link=pairs((0, 1))))
    assert (content.contradictions, members(content), content.metadata.prevented_merges) == ((), [[1], [2]], 1)


PEOPLE: list[Vector | None] = [A, B, None, A, at(85), C, at(5), A]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="default"),
        pytest.param({"min_cluster_size": 3}, id="larger-clusters"),
        pytest.param({"algorithm": "dbscan"}, id="dbscan"),
        pytest.param({"linkage": "complete"}, id="complete"),
    ],
)
def test_a_second_run_writes_the_same_bytes_except_for_times(settings: dict[str, object]) -> None:
    constraints = Constraints(pairs((0, 2)), pairs((0, 2), (1, 3)))
    # The first run has two people fewer, so the lineage of the second is not empty.
    first = built([A, B, None, A, at(85)], **settings)
    second = built(PEOPLE, constraints=constraints, previous=first, hours=1, **settings)
    stored = Identities.model_validate_json(second.model_dump_json())
    third = built(PEOPLE, constraints=constraints, previous=stored, hours=2, **settings)
    assert second.lineage.new and second.contradictions
    assert second.lineage == third.lineage
    assert third.metadata.created_at - second.metadata.created_at == timedelta(hours=1)
    as_before = third.metadata.model_copy(update={"created_at": second.metadata.created_at})
    again = third.model_copy(update={"metadata": as_before})
    assert again.model_dump_json() == second.model_dump_json()


def labelled(content: Identities) -> Identities:
    """Label each identity with its number, as a cleanup does."""
    named = [
        identity.model_copy(
            update={
                "label": f"Person {number}",
                "labels": Labels(person_id=f"p{number}", name=f"Person {number}", assigned_by="machine"),
            }
        )
        for number, identity in enumerate(content.identities, 1)
    ]
    return content.model_copy(update={"identities": tuple(named)})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        # Expected: number, label, and the hours at which it was created and last updated. All tracks are equally long.
        pytest.param([A, A, B, B], [A, A, B, B], [(1, "Person 1", 0, 0), (2, "Person 2", 0, 0)], id="nothing-changed"),
        pytest.param([A, A, B, B], [A, A, B, B, B], [(1, "Person 1", 0, 0), (2, "Person 2", 0, 5)], id="one-more"),
        pytest.param(
            [A, A, B, B], [A, A, B, B, C], [(1, "Person 1", 0, 0), (2, "Person 2", 0, 0), (3, None, 5, 5)], id="one-new"
        ),
        pytest.param([A, A, A, B], [A, A, B, B], [(1, "Person 1", 0, 5), (2, "Person 2", 0, 5)], id="one-track-moved"),
        pytest.param([A, A, B, B], [A, C, B, B], [(2, "Person 2", 0, 0), (3, None, 5, 5), (4, None, 5, 5)], id="split"),
        pytest.param([A, A, A, B], [A, A, A, A], [(1, "Person 1", 0, 5)], id="merged"),
        pytest.param([A, A, B, B], [C, A, A, A], [(2, "Person 2", 0, 5), (3, None, 5, 5)], id="half-moved"),
        pytest.param([A, A, B, B], [None, None, B, B], [(2, "Person 2", 0, 0)], id="one-vanished"),
        pytest.param([A, A, B, B], [B, B, A, A], [(1, "Person 1", 0, 0), (2, "Person 2", 0, 0)], id="same-members"),
    ],
)
def test_an_identity_that_keeps_its_id_keeps_the_name_given_by_the_machine(
    before: list[Vector | None], after: list[Vector | None], expected: list[tuple[int, str | None, int, int]]
) -> None:
    content = built(after, previous=labelled(built(before)), hours=5)
    hour = timedelta(hours=1)
    actual = [
        (int(i.identity_id[-5:]), i.label, (i.created_at - NOW) // hour, (i.updated_at - NOW) // hour)
        for i in content.identities
    ]
    assert actual == expected
    for identity in content.identities:
        number = int(identity.identity_id[-5:])
        if identity.label is None:
            assert identity.labels == Labels()
        else:
            by_machine = Labels(person_id=f"p{number}", name=f"Person {number}", assigned_by="machine")
            assert identity.labels == by_machine


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param({"label": "Annie"}, id="label"),
        pytest.param({"labels": Labels(person_id="ann", assigned_by="person")}, id="name"),
        pytest.param({"locked": True}, id="lock"),
        pytest.param({"reviewed": True}, id="review"),
        pytest.param({"not_people": ("ann",)}, id="refused-name"),
    ],
)
def test_what_people_said_comes_from_their_decisions_and_not_from_the_last_result(earlier: dict[str, object]) -> None:
    before = built([A, A])
    said = before.identities[0].model_copy(update=earlier)
    after = built([A, A], previous=before.model_copy(update={"identities": (said,)}), hours=5)
    assert after.identities == (before.identities[0].model_copy(update={"updated_at": NOW + timedelta(hours=5)}),)


def test_updated_at_changes_if_a_track_moved() -> None:
    tracks = [make_track(k + 1, (20 * k, 20 * k + 9)) for k in range(4)]
    before = built([A, A, B, B], tracks=tracks)
    moved = [*tracks[:3], make_track(4, (62, 69))]
    content = built([A, A, B, B], tracks=moved, previous=before, hours=5)
    assert [(i.updated_at - NOW) // timedelta(hours=1) for i in content.identities] == [0, 5]


def test_numbers_stay_although_another_cluster_appears_first() -> None:
    # The document is ordered by id, not by first appearance.
    before = built([None, A, A, B, B])
    content = built([C, A, A, B, B], previous=before)
    assert [identity.identity_id for identity in content.identities] == [f"identity-{k:05d}" for k in (1, 2, 3)]
    assert members(content) == [[2, 3], [4, 5], [1]]
    assert [identity.cluster_id for identity in content.identities] == [1, 2, None]
    assert (content.next_identity_number, content.lineage.new) == (4, ("identity-00003",))


def test_outlier_reasons_belong_to_the_right_rows() -> None:
    # A track without a row comes first, and the outlier is in the middle.
    content = built([None, at(0), at(65), at(0)], cluster_thresh=0.4, min_identity_sim=0.5, adopt_max_tracks=0)
    assert members(content) == [[2, 4], [3]]
    assert [identity.outlier_reason for identity in content.identities] == [None, "low_identity_similarity_0.423"]


def test_an_adopted_track_is_counted_and_has_no_reason() -> None:
    content = built(
        [at(0), at(0), at(65)],
        cluster_thresh=0.4,
        min_identity_sim=0.5,
        assign_sim_clear=0.4,
        adopt_max_tracks=1,
    )
    assert members(content) == [[1, 2, 3]]
    assert (content.metadata.num_adopted, content.stats.outlier_tracks) == (1, 0)
    assert content.identities[0].outlier_reason is None


def test_tracks_labelled_unusable_are_in_no_identity() -> None:
    vectors = np.stack([unit(*A), unit(*B), unit(*A)])
    episode = Episode(
        EP_ID,
        FPS,
        [make_track(k + 1, (20 * k, 20 * k + 9)) for k in range(3)],
        [make_embedding(k + 1, k) for k in range(3)],
        vectors,
        "0" * 64,
    )
    clusters = replace(make_clusters(np.array([0, -1, 0])), adopted={2: 0.5})
    content = build_identities(episode, clusters, ClusteringSettings(), PLAIN_PACK, NOW)
    assert (members(content), content.unusable_tracks) == ([[1, 3]], ("track-00002",))
    assert (content.metadata.num_unusable_tracks, content.metadata.num_tracks, content.metadata.num_adopted) == (
        1,
        2,
        1,
    )
    assert content.stats.faces == 6


# Certain and uncertain members.


def with_weak(weak: Sequence[int], previous: Identities | None = None) -> Identities:
    """Build one identity of three tracks of 2 s: A from 0 s, A from 4 s, and B from 5 s. The `weak` have weak faces."""
    vectors = np.stack([unit(*A), unit(*A), unit(*B)])
    norms = [PLAIN_PACK.norms.unusable - 1 if number in weak else CLEAR_NORM for number in (1, 2, 3)]
    rows = [make_embedding(k + 1, k, best_norm=norms[k]) for k in range(3)]
    tracks = [make_track(k + 1, (first, first + 9)) for k, first in enumerate((0, 20, 25))]
    episode = Episode(EP_ID, FPS, tracks, rows, vectors, "0" * 64)
    settings = ClusteringSettings()
    return build_identities(episode, make_clusters(np.zeros(3, np.int64)), settings, PLAIN_PACK, NOW, previous)


@pytest.mark.parametrize(
    ("weak", "certain", "centroid_norm", "uncertain_seconds"),
    [
        # The mean of A, A and B is (2, 1) / 3. The second track ends at 6 s, the third lasts from 5 s to 7 s.
        pytest.param([], [1, 2, 3], 0.7454, 0.0, id="all-certain"),
        pytest.param([3], [1, 2], 1.0, 1.0, id="one-uncertain"),
        pytest.param([1, 2], [3], 1.0, 3.0, id="two-uncertain"),
        pytest.param([1, 2, 3], [1, 2, 3], 0.7454, 5.0, id="all-uncertain"),
    ],
)
def test_uncertain_tracks_count_but_do_not_describe_their_identity(
    weak: list[int], certain: list[int], centroid_norm: float, uncertain_seconds: float
) -> None:
    content = with_weak(weak)
    (identity,) = content.identities
    assert identity.members is not None
    assert [member.track_id for member in identity.members] == list(identity.track_ids)
    assert [number for number, member in enumerate(identity.members, 1) if member.uncertain] == weak
    assert identity.certain_track_ids == tuple(f"track-{number:05d}" for number in certain)
    assert identity.embedding_stats.centroid_norm == centroid_norm
    assert (identity.seconds_on_screen, identity.embedding_stats.num_tracks) == (5.0, 3)
    assert identity.uncertain_seconds == content.metadata.uncertain_seconds == uncertain_seconds
    assert content.metadata.num_uncertain_tracks == len(weak)


def test_identities_of_an_earlier_release_are_read_as_certain() -> None:
    earlier = with_weak([3]).model_dump(mode="json")
    for identity in earlier["identities"]:
        del identity["members"], identity["uncertain_seconds"]
    del earlier["metadata"]["num_uncertain_tracks"], earlier["metadata"]["uncertain_seconds"]
    content = Identities.model_validate(earlier)
    (identity,) = content.identities
    assert (identity.members, identity.uncertain_seconds) == (None, None)
    assert identity.certain_track_ids == identity.track_ids
    assert content.model_dump(mode="json") == earlier  # its digest stays the same
    assert [i.identity_id for i in with_weak([3], previous=content).identities] == [identity.identity_id]
