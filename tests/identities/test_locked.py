"""Locked identities: they survive any clustering, and no other track joins them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from screenalytics_assets.clustering.constraints import Constraints, Contradiction
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.identity_records import Identities, Identity, Labels
from screenalytics_assets.contract.schemas import Track, TrackBox, TrackEmbeddings
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_episode import cluster_episode, episode_constraints
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters
from screenalytics_assets.identities.integrity import identity_problems
from screenalytics_assets.identities.locked import free_rows, with_locked
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.settings.stages import ClusteringSettings
from tests.said import moderation_of
from tests.tiny_episode import (
    CLEAR_NORM,
    EP_ID,
    FPS,
    NOW,
    PLAIN_PACK,
    make_clusters,
    make_embedding,
    make_track,
    origin,
    unit,
)

Span = tuple[int, int]
Vector = tuple[float, ...]
A, B, C = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
NEARLY_A = (0.9, 0.1, 0.0)
DEFAULTS: Mapping[str, object] = {}
ALL_IN_ONE: Mapping[str, object] = {"cluster_thresh": -1.0, "min_identity_sim": -1.0}


def placed(number: int, span: Span, left: float = 20.0) -> Track:
    """Return a track whose face is 40 px wide and starts at `left` px."""
    boxes = tuple(TrackBox(frame=f, ts=f / FPS, bbox=(left, 20, left + 40, 70), score=0.9) for f in span)
    return make_track(number, span, boxes=boxes)


def consecutive_tracks(count: int, first_number: int = 1) -> list[Track]:
    return [placed(first_number + k, (20 * k, 20 * k + 9)) for k in range(count)]


def embedded(tracks: Sequence[Track], vectors: Sequence[Vector | None], norms: Sequence[float] = ()) -> TrackEmbeddings:
    """Return embeddings of `tracks`. A track without a vector has no row."""
    usable = [unit(*vector) for vector in vectors if vector is not None]
    numbers = iter(range(len(usable)))
    rows = [
        make_embedding(
            int(track.track_id.removeprefix("track-")),
            None if vector is None else next(numbers),
            best_norm=norms[k] if norms else CLEAR_NORM,
        )
        for k, (track, vector) in enumerate(zip(tracks, vectors, strict=True))
    ]
    array = np.stack(usable) if usable else np.empty((0, 3), np.float32)
    return TrackEmbeddings(EP_ID, rows, origin("track_embeddings", {}), PLAIN_PACK.name, arrays={"tracks.npy": array})


def run(
    tracks: Sequence[Track],
    embeddings: TrackEmbeddings,
    previous: Identities | None = None,
    hours: int = 0,
    settings: Mapping[str, object] = DEFAULTS,
) -> Identities:
    """Do what the asset does: cluster around the locked identities, and build the document.

    The constraints alone must be those of the clustering, with and without locks.
    """
    chosen = ClusteringSettings.model_validate(settings)
    said = said_of(previous, tracks)
    clusters = cluster_episode(tracks, embeddings, chosen, thresholds(chosen, PLAIN_PACK), NO_EXCEPTIONS, said)
    alone = episode_constraints(tracks, embeddings, chosen, NO_EXCEPTIONS, said)
    for name, pairs in vars(clusters.constraints).items():
        assert np.array_equal(getattr(alone, name), pairs)
    episode = Episode(EP_ID, FPS, tracks, embeddings.rows, embeddings.vectors, "0" * 64)
    content = build_identities(episode, clusters, chosen, PLAIN_PACK, NOW + timedelta(hours=hours), previous, said)
    assert identity_problems(content, embeddings, "0" * 64) == []
    return content


def said_of(previous: Identities | None, tracks: Sequence[Track]) -> Moderation:
    """Return the locks, names and labels of the previous identities, on the tracks at the same times."""
    if previous is None:
        return NO_MODERATION
    now = {(track.first_frame, track.boxes[0].bbox): track.track_id for track in tracks}
    names = {anchor.track_id: now.get((anchor.first_frame, anchor.bbox)) for anchor in previous.track_anchors}
    rows = [
        identity.model_copy(update={"track_ids": tuple(name for t in identity.track_ids if (name := names[t]))})
        for identity in previous.identities
    ]
    return moderation_of(previous.model_copy(update={"identities": tuple(row for row in rows if row.track_ids)}))


def grouped(tracks: Sequence[Track], embeddings: TrackEmbeddings, labels: Sequence[int]) -> Identities:
    """Build a document with these labels, without clustering."""
    episode = Episode(EP_ID, FPS, tracks, embeddings.rows, embeddings.vectors, "0" * 64)
    clusters = make_clusters(np.array(labels, np.int64))
    return build_identities(episode, clusters, ClusteringSettings.model_validate({}), PLAIN_PACK, NOW)


def lock(content: Identities, *numbers: int) -> Identities:
    """Lock the identities with these numbers, and let a person name them."""
    rows = []
    for identity in content.identities:
        if int(identity.identity_id.removeprefix("identity-")) in numbers:
            said = {"locked": True, "label": "Annie", "labels": Labels(person_id="ann", assigned_by="person")}
            identity = identity.model_copy(update=said)  # noqa: PLW2901
        rows.append(identity)
    return content.model_copy(update={"identities": tuple(rows)})


def members(content: Identities) -> dict[int, list[int]]:
    """Map the number of each identity to its track numbers."""
    return {
        int(i.identity_id.removeprefix("identity-")): [int(t.removeprefix("track-")) for t in i.track_ids]
        for i in content.identities
    }


def by_number(content: Identities, number: int) -> Identity:
    return next(i for i in content.identities if i.identity_id == f"identity-{number:05d}")


# Which rows belong to no locked identity.


def test_free_rows() -> None:
    locked = {"track-00002": "identity-00001", "track-00009": "identity-00001"}
    assert free_rows(["track-00001", "track-00002", "track-00003"], locked).tolist() == [0, 2]
    assert free_rows([], locked).tolist() == []


# How the clustering treats locked identities.

EXTREMES = pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="defaults"),
        pytest.param(ALL_IN_ONE, id="all-in-one"),
        pytest.param({"cluster_thresh": 1.0}, id="only-equal-embeddings"),
        pytest.param({"min_cluster_size": 5}, id="no-cluster-is-large-enough"),
        pytest.param({"min_identity_sim": 1.0}, id="every-track-is-an-outlier"),
        pytest.param({"unusable_norm": CLEAR_NORM + 1}, id="no-track-is-usable"),
        pytest.param({"algorithm": "dbscan"}, id="dbscan"),
        pytest.param({"adopt_max_tracks": 0}, id="no-track-is-adopted"),
    ],
)


@EXTREMES
@pytest.mark.parametrize("first_number", [pytest.param(1, id="same-tracks"), pytest.param(3, id="renumbered")])
def test_a_locked_identity_does_not_change(settings: Mapping[str, object], first_number: int) -> None:
    # A person put the dissimilar tracks 2 and 4 together, and separated track 1 from track 3, which looks the same.
    vectors = [A, A, A, B, B, C]
    tracks = consecutive_tracks(6)
    previous = lock(grouped(tracks, embedded(tracks, vectors), [0, 1, 2, 1, 3, 4]), 2)
    now = consecutive_tracks(6, first_number)
    content = run(now, embedded(now, vectors), previous, hours=1, settings=settings)
    current, before = by_number(content, 2), by_number(previous, 2)
    assert current.track_ids == (now[1].track_id, now[3].track_id)
    assert (current.label, current.labels, current.locked) == (before.label, before.labels, True)
    assert current.created_at == before.created_at
    assert current.outlier_reason is None
    if first_number == 1:
        assert current.updated_at == before.updated_at


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, {1: [1, 5, 6], 2: [2, 4], 3: [3]}, id="defaults"),
        pytest.param(ALL_IN_ONE, {1: [1, 3, 5, 6], 2: [2, 4]}, id="all-in-one"),
        pytest.param({"min_cluster_size": 5}, {1: [1], 2: [2, 4], 3: [3], 4: [5], 5: [6]}, id="all-dissolved"),
        pytest.param({"unusable_norm": CLEAR_NORM + 1}, {2: [2, 4]}, id="no-other-track-is-usable"),
    ],
)
def test_free_tracks_are_clustered_without_locked_ones(
    settings: Mapping[str, object], expected: Mapping[int, list[int]]
) -> None:
    tracks = consecutive_tracks(6)
    vectors = embedded(tracks, [A, A, B, B, A, A])
    previous = lock(grouped(tracks, vectors, [0, 1, 2, 1, 0, 0]), 2)
    content = run(tracks, vectors, previous, settings=settings)
    now = members(content)
    assert now[2] == expected[2]
    assert sorted(now.values()) == sorted(expected.values())


def test_a_weak_track_is_not_offered_to_a_locked_identity() -> None:
    tracks = consecutive_tracks(3)
    vectors = embedded(tracks, [A, A, A], norms=[CLEAR_NORM, CLEAR_NORM, 0.1])
    first = run(tracks, vectors)
    assert members(first) == {1: [1, 2, 3]}
    apart = first.identities[0].model_copy(update={"track_ids": ("track-00001", "track-00002")})
    previous = lock(first.model_copy(update={"identities": (apart,)}), 1)
    content = run(tracks, vectors, previous)
    assert members(content) == {1: [1, 2]}
    assert content.unusable_tracks == ("track-00003",)


def test_a_locked_track_that_is_weak_stays_in_it() -> None:
    tracks = consecutive_tracks(3)
    vectors = embedded(tracks, [A, B, C], norms=[CLEAR_NORM, 0.1, CLEAR_NORM])
    previous = lock(grouped(tracks, vectors, [0, 0, 1]), 1)
    assert members(run(tracks, vectors, previous)) == {1: [1, 2], 2: [3]}


def test_two_similar_locked_identities_stay_apart() -> None:
    tracks = consecutive_tracks(5)
    vectors = embedded(tracks, [A, NEARLY_A, A, NEARLY_A, A])
    previous = lock(grouped(tracks, vectors, [0, 1, 0, 1, 2]), 1, 2)
    content = run(tracks, vectors, previous, settings=ALL_IN_ONE)
    assert members(content) == {1: [1, 3], 2: [2, 4], 3: [5]}
    assert content.lineage == previous.lineage


def test_locked_tracks_that_share_a_frame_stay_together() -> None:
    tracks = [placed(1, (0, 9)), placed(2, (5, 14), left=120), placed(3, (5, 14), left=220)]
    vectors = embedded(tracks, [A, B, A])
    previous = lock(grouped(tracks, vectors, [0, 0, 1]), 1)
    content = run(tracks, vectors, previous, settings=ALL_IN_ONE)
    assert members(content) == {1: [1, 2], 2: [3]}
    assert content.metadata.cannot_link_pairs == 2


def test_free_tracks_that_share_a_frame_stay_apart() -> None:
    # The locked track is between the others, so the rows of the free tracks differ from the rows of all tracks.
    tracks = [placed(1, (0, 9)), placed(2, (20, 29)), placed(3, (5, 14), left=120), placed(4, (40, 49))]
    vectors = embedded(tracks, [A, B, A, A])
    previous = lock(grouped(tracks, vectors, [0, 1, 2, 0]), 2)
    identities = members(run(tracks, vectors, previous, settings=ALL_IN_ONE))
    assert identities[2] == [2]
    assert sorted(map(len, identities.values())) == [1, 1, 2]
    assert not any({1, 3} <= set(numbers) for numbers in identities.values())


def test_all_identities_locked() -> None:
    tracks = consecutive_tracks(3)
    vectors = embedded(tracks, [A, B, A])
    previous = lock(grouped(tracks, vectors, [0, 0, 1]), 1, 2)
    assert members(run(tracks, vectors, previous)) == {1: [1, 2], 2: [3]}


def test_a_locked_identity_without_tracks_is_retired() -> None:
    before = consecutive_tracks(2)
    previous = lock(grouped(before, embedded(before, [A, B]), [0, 1]), 2)
    now = before[:1]
    content = run(now, embedded(now, [A]), previous)
    assert members(content) == {1: [1]}
    assert content.lineage.retired == ("identity-00002",)


def test_a_locked_track_without_an_embedding_stays_in_its_identity() -> None:
    tracks = consecutive_tracks(3)
    previous = lock(grouped(tracks, embedded(tracks, [A, A, B]), [0, 0, 1]), 1)
    content = run(tracks, embedded(tracks, [A, None, A]), previous)
    assert members(content) == {1: [1, 2], 2: [3]}
    assert content.unusable_tracks == ()


def test_a_second_run_changes_nothing() -> None:
    tracks = consecutive_tracks(4)
    vectors = embedded(tracks, [A, B, A, B])
    previous = lock(grouped(tracks, vectors, [0, 0, 1, 2]), 1)
    once = run(tracks, vectors, previous)
    twice = run(tracks, vectors, once, hours=5)
    assert members(once) == {1: [1, 2], 2: [3], 3: [4]}
    assert twice.identities == once.identities
    assert twice.lineage == once.lineage


# The rows of the result.

IDS = [f"track-{number:05d}" for number in range(1, 7)]


def locked_as(holders: Mapping[int, int]) -> dict[str, str]:
    return {f"track-{track:05d}": f"identity-{identity:05d}" for track, identity in holders.items()}


@pytest.mark.parametrize(
    ("free", "locked", "expected"),
    [
        pytest.param([0, 1, 0], {1: 9, 4: 9, 6: 9}, [0, 1, 2, 0, 1, 0], id="numbered-by-first-appearance"),
        pytest.param([0, 1, 0], {4: 5, 5: 2, 6: 5}, [0, 1, 0, 2, 3, 2], id="two-locked"),
        pytest.param([UNUSABLE, 0, 0], {1: 1, 2: 1, 3: 2}, [0, 0, 1, UNUSABLE, 2, 2], id="unusable-stays-unusable"),
        pytest.param([UNUSABLE] * 3, {1: 1, 2: 1, 3: 1}, [0, 0, 0] + [UNUSABLE] * 3, id="no-other-usable-track"),
        pytest.param([], {k: k % 2 for k in range(1, 7)}, [0, 1, 0, 1, 0, 1], id="all-locked"),
        pytest.param([0] * 6, {99: 1}, [0] * 6, id="a-locked-track-without-a-row"),
    ],
)
def test_labels_of_all_rows(free: list[int], locked: Mapping[int, int], expected: list[int]) -> None:
    clusters = with_locked(make_clusters(np.array(free, np.int64)), IDS, locked_as(locked), Constraints())
    assert clusters.labels.tolist() == expected
    assert clusters.labels.dtype == np.int64


def test_free_rows_become_rows_of_all_tracks() -> None:
    between_free = Constraints(np.array([[0, 1]]), np.array([[1, 2]]))
    clusters = Clusters(
        labels=np.array([0, 1, 1]),
        bounds=thresholds(ClusteringSettings.model_validate({}), PLAIN_PACK),
        outliers={0: 0.25, 2: 0.75},
        adopted={1: 0.5},
        constraints=between_free,
        contradictions=(Contradiction((0, 2), (0, 1)),),
        joined={2: 0.625},
        prevented_merges=7,
    )
    # Rows 1, 3 and 5 are free. Rows 0 and 4 belong to one locked identity, and row 2 to another.
    all_constraints = Constraints(np.array([[0, 2], [0, 4], [1, 3], [2, 5]]), np.array([[0, 1], [3, 5]]))
    combined = with_locked(clusters, IDS, locked_as({1: 1, 5: 1, 3: 2}), all_constraints)
    assert combined.labels.tolist() == [0, 1, 2, 3, 0, 3]
    assert combined.outliers == {1: 0.25, 5: 0.75}
    assert combined.adopted == {3: 0.5}
    assert combined.joined == {5: 0.625}
    assert combined.constraints.cannot_link.tolist() == [[0, 2], [1, 3], [2, 5]]
    assert combined.constraints.must_link.tolist() == [[0, 1], [3, 5]]
    assert combined.contradictions == (Contradiction((1, 5), (1, 3)),)
    assert combined.prevented_merges == 7


def test_pairs_of_free_tracks_stay_constraints() -> None:
    clusters = replace(make_clusters(np.array([0, 1])), constraints=Constraints(np.array([[0, 1]])))
    combined = with_locked(clusters, IDS[:3], locked_as({2: 1}), Constraints(np.array([[0, 2]])))
    assert combined.constraints.cannot_link.tolist() == [[0, 2]]
