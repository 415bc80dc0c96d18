"""Lasting ids: known ids and lineage after known changes, and properties of any chain of runs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.contract.identity_records import IdChanges, Identities, Identity
from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.lasting_ids import NO_LINEAGE, LastingIds, carry_ids, first_ids, lasting_ids
from screenalytics_assets.identities.track_anchors import anchors
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.artifact import canonical
from tests.tiny_episode import EP_ID, FPS, NOW, PLAIN_PACK, make_clusters, make_embedding, make_track, unit

Span = tuple[int, int]
Clusters = Sequence[Sequence[Span]]
"""Clusters of tracks, given by first and last frame. All tracks are in the same place."""


def numbered(clusters: Clusters, first_number: int = 1) -> tuple[list[list[str]], list[Track]]:
    """Return the track ids of each cluster and the tracks, numbered in the given order."""
    tracks = [make_track(first_number + k, span) for k, span in enumerate(s for part in clusters for s in part)]
    names = iter([track.track_id for track in tracks])
    return [[next(names) for _ in part] for part in clusters], tracks


def document(ids: LastingIds, clusters: Sequence[Sequence[str]], tracks: Sequence[Track]) -> Identities:
    """Return the parts of `identities.json` that a later run reads."""
    pairs = sorted(zip(ids.names, clusters, strict=True), key=lambda pair: pair[0])
    return Identities.model_construct(
        identities=tuple(
            Identity.model_construct(identity_id=name, track_ids=tuple(members)) for name, members in pairs
        ),
        lineage=ids.lineage,
        next_identity_number=ids.next_number,
        track_anchors=anchors(tracks),
    )


def run(previous: Identities | None, clusters: Clusters, first_number: int = 1) -> tuple[LastingIds, Identities]:
    members, tracks = numbered(clusters, first_number)
    ids = lasting_ids(previous, members, tracks)
    return ids, document(ids, members, tracks)


def name(number: int) -> str:
    return f"identity-{number:05d}"


def lineage(
    kept: Sequence[int] = (),
    new: Sequence[int] = (),
    retired: Sequence[int] = (),
    split_from: Mapping[int, int] | None = None,
    merged_from: Mapping[int, Sequence[int]] | None = None,
) -> IdChanges:
    return IdChanges(
        kept=tuple(map(name, kept)),
        new=tuple(map(name, new)),
        retired=tuple(map(name, retired)),
        split_from={name(new): name(old) for new, old in (split_from or {}).items()},
        merged_from={name(kept): tuple(map(name, merged)) for kept, merged in (merged_from or {}).items()},
    )


A, B, C, D = (0, 99), (200, 299), (400, 499), (600, 699)


@pytest.mark.parametrize("count", [pytest.param(0, id="none"), pytest.param(3, id="three")])
def test_without_a_previous_result_ids_count_from_one(count: int) -> None:
    ids, _ = run(None, [[(200 * k, 200 * k + 9)] for k in range(count)])
    assert ids == first_ids(count) == LastingIds([name(k + 1) for k in range(count)], NO_LINEAGE, count + 1)


@pytest.mark.parametrize(
    ("before", "after", "names", "expected"),
    [
        pytest.param([[A, B], [C]], [[A, B], [C]], [1, 2], NO_LINEAGE, id="nothing-changed"),
        pytest.param([[A], [B]], [[B], [A]], [2, 1], lineage([1, 2]), id="in-another-order"),
        pytest.param([[A, B], [C]], [[A, B, D], [C]], [1, 2], lineage([1, 2]), id="one-track-added"),
        pytest.param([[A, B], [C]], [[A, B], [C], [D]], [1, 2, 3], lineage([1, 2], [3]), id="one-person-added"),
        pytest.param([[A], [B]], [[C], [D]], [3, 4], lineage([], [3, 4], [1, 2]), id="all-new"),
        pytest.param([[A], [B]], [[A]], [1], lineage([1], [], [2]), id="one-vanished"),
        pytest.param([[A], [B]], [], [], lineage([], [], [1, 2]), id="all-vanished"),
        pytest.param([], [[A], [B]], [1, 2], lineage([], [1, 2]), id="none-before"),
        pytest.param([[(0, 59), (200, 239)]], [[(0, 59)], [(200, 239)]], [1, 2],
                     lineage([1], [2], [], {2: 1}), id="split-60-40"),
        pytest.param([[(0, 49), (200, 249)]], [[(0, 49)], [(200, 249)]], [2, 3],
                     lineage([], [2, 3], [1], {2: 1, 3: 1}), id="split-50-50"),
        pytest.param([[(0, 49), (200, 250)]], [[(0, 49)], [(200, 250)]], [2, 1],
                     lineage([1], [2], [], {2: 1}), id="split-50-51"),
        pytest.param([[A], [(200, 259)]], [[A, (200, 259)]], [1], lineage([1], [], [2], {}, {1: [2]}),
                     id="merged-into-the-older"),
        pytest.param([[(0, 59)], [B]], [[(0, 59), B]], [2], lineage([2], [], [1], {}, {2: [1]}),
                     id="merged-into-the-larger"),
        pytest.param([[A], [B]], [[A, B]], [1], lineage([1], [], [2], {}, {1: [2]}), id="merged-on-a-tie"),
        pytest.param([[A], [(200, 229)], [(400, 429)]], [[A, (200, 229), (400, 429)]], [1],
                     lineage([1], [], [2, 3], {}, {1: [2, 3]}), id="three-merged"),
        pytest.param([[A], [B, C]], [[A, C], [B]], [1, 3], lineage([1], [3], [2], {3: 2}),
                     id="half-moved-and-neither-half-keeps-the-id"),
        pytest.param([[A, B]], [[A]], [2], lineage([], [2], [1], {2: 1}), id="half-vanished"),
        pytest.param([[(0, 100), B]], [[(0, 100)]], [1], lineage([1]), id="less-than-half-vanished"),
        pytest.param([[A, B]], [[A, C], [B, D]], [2, 3], lineage([], [2, 3], [1]),
                     id="half-of-a-new-cluster-is-not-a-majority"),
        pytest.param([[A]], [[(0, 39), (40, 99)]], [1], lineage([1]), id="track-split-in-two"),
        pytest.param([[A]], [[(0, 29)], [(30, 99)]], [2, 1], lineage([1], [2], [], {2: 1}),
                     id="track-split-between-two-people"),
        pytest.param([[A]], [[(50, 149)]], [2], lineage([], [2], [1]), id="track-shifted-by-half"),
    ],
)  # fmt: skip
def test_known_changes(before: Clusters, after: Clusters, names: list[int], expected: IdChanges) -> None:
    first, previous = run(None, before)
    ids, _ = run(previous, after)
    assert list(ids.names) == [name(number) for number in names]
    assert ids.lineage == expected
    assert ids.next_number == first.next_number + len(set(names) - set(range(1, len(before) + 1)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([[A, B], [C]], [[(3, 102), (197, 296)], [(404, 503)]], id="by-a-few-frames"),
        pytest.param([[A]], [[(49, 148)]], id="by-less-than-half"),
    ],
)
def test_shifted_tracks_keep_their_ids(before: Clusters, after: Clusters) -> None:
    first, previous = run(None, before)
    ids, _ = run(previous, after)
    assert (ids.names, ids.next_number) == (first.names, first.next_number)


def test_renumbered_tracks_are_recognised_by_time_and_place() -> None:
    _, previous = run(None, [[A, B], [C]])
    ids, _ = run(previous, [[A, B], [C]], first_number=2)  # track-00002 and track-00003 were different tracks before
    assert list(ids.names) == [name(1), name(2)]
    assert ids.lineage == lineage([1, 2])


def test_a_person_who_returns_gets_a_new_number() -> None:
    _, previous = run(None, [[A], [B]])
    _, without = run(previous, [[A]])
    ids, _ = run(without, [[A], [B]])
    assert list(ids.names) == [name(1), name(3)]
    assert ids.lineage == lineage([1], [3])


def test_the_lineage_describes_the_last_change_until_the_next() -> None:
    _, previous = run(None, [[A], [B]])
    merged, document_after = run(previous, [[A, B]])
    again, document_again = run(document_after, [[A, B]])
    assert merged.lineage.merged_from
    assert again == merged
    assert document_again == document_after
    split, _ = run(document_again, [[A], [B]])
    assert split.lineage == lineage([], [3, 4], [1], {3: 1, 4: 1})


def test_tracks_in_no_identity_have_no_effect() -> None:
    # B was unusable before and is unusable now. It has no weight in identity 1 and gets no identity.
    _, tracks = numbered([[A, B]])
    members = [["track-00001"]]
    previous = document(first_ids(1), members, tracks)
    assert lasting_ids(previous, members, tracks) == first_ids(1)


def test_people_whose_faces_touch_keep_their_ids() -> None:
    # Two faces are detected in almost the same place for 100 frames. Each is an identity of its own.
    boxes = [(20.0, 20.0, 60.0, 70.0), (28.0, 20.0, 68.0, 70.0)]
    tracks = [
        make_track(k + 1, A, boxes=tuple(TrackBox(frame=f, ts=f / FPS, bbox=box, score=0.9) for f in A))
        for k, box in enumerate(boxes)
    ]
    members = [["track-00001"], ["track-00002"]]
    assert lasting_ids(document(first_ids(2), members, tracks), members, tracks) == first_ids(2)


@pytest.mark.parametrize(
    ("shared", "weights", "cluster_weights", "names", "expected"),
    [
        pytest.param([[6, 4]], [10], [6, 4], [4, 9], lineage([4], [9], [], {9: 4}), id="majority"),
        pytest.param([[5, 5]], [10], [5, 5], [9, 10], lineage([], [9, 10], [4], {9: 4, 10: 4}), id="no-majority"),
        pytest.param([[6, 0]], [12], [6, 1], [9, 10], lineage([], [9, 10], [4], {9: 4}), id="vanished-tracks-count"),
        pytest.param([[6, 0]], [11], [99, 1], [4, 9], lineage([4], [9]), id="other-tracks-in-the-cluster-do-not"),
        pytest.param([[4], [6]], [4, 6], [10], [6], lineage([6], [], [4], {}, {6: [4]}), id="the-larger-shared-part"),
        pytest.param(
            [[6], [8]], [6, 16], [14], [4], lineage([4], [], [6]), id="exactly-half-of-the-larger-is-not-enough"
        ),
    ],
)
def test_carry_ids(
    shared: list[list[int]], weights: list[int], cluster_weights: list[int], names: list[int], expected: IdChanges
) -> None:
    before = [name(4), name(6)][: len(weights)]
    ids = carry_ids(np.array(shared), np.array(weights), np.array(cluster_weights), before, 9)
    assert (list(ids.names), ids.lineage) == ([name(number) for number in names], expected)
    assert ids.next_number == 9 + len(expected.new)


@pytest.mark.parametrize(
    ("shared", "cluster_weights", "fixed", "names", "expected"),
    [
        pytest.param([[10, 0], [0, 10]], [10, 10], {0: 0}, [4, 6], lineage([4, 6]), id="same-as-without-a-fixed-id"),
        pytest.param([[2, 8], [0, 0]], [2, 8], {0: 0}, [4, 9], lineage([4], [9], [6], {9: 4}),
                     id="a-small-part-keeps-the-id"),
        pytest.param([[0, 10], [0, 0]], [1, 10], {0: 0}, [4, 9], lineage([4], [9], [6], {9: 4}),
                     id="no-other-cluster-gets-the-id"),
        pytest.param([[10], [10]], [20], {0: 1}, [6], lineage([6], [], [4], {}, {6: [4]}),
                     id="absorbed-identities-are-merged"),
        pytest.param([[10, 0], [0, 10]], [10, 10], {0: 1}, [6, 9], lineage([6], [9], [4], {9: 6}, {6: [4]}),
                     id="identities-absorbed-by-a-fixed-cluster-are-merged"),
        pytest.param([[8, 2], [10, 0]], [18, 2], {1: 0}, [6, 4], lineage([4, 6]), id="other-parts-do-not-get-the-id"),
        pytest.param([[10, 0], [0, 10]], [10, 10], {0: 1, 1: 0}, [6, 4], lineage([4, 6]), id="both"),
    ],
)  # fmt: skip
def test_a_fixed_id_goes_to_its_cluster_and_to_no_other(
    shared: list[list[int]], cluster_weights: list[int], fixed: dict[int, int], names: list[int], expected: IdChanges
) -> None:
    ids = carry_ids(np.array(shared), np.array([10, 10]), np.array(cluster_weights), [name(4), name(6)], 9, fixed)
    assert (list(ids.names), ids.lineage) == ([name(number) for number in names], expected)
    assert ids.next_number == 9 + len(expected.new)


def test_a_locked_cluster_keeps_its_id_although_another_contains_more_of_it() -> None:
    # Identity 1 had three tracks. It is locked with the one that it still has; the others form another identity.
    _, previous = run(None, [[A, B, C], [D]])
    members, tracks = numbered([[A], [B, C], [D]])
    ids = lasting_ids(previous, members, tracks, {members[0][0]})
    assert list(ids.names) == [name(1), name(3), name(2)]
    assert ids.lineage == lineage([1, 2], [3], [], {3: 1})


def test_a_locked_identity_absorbs_what_its_track_now_covers() -> None:
    # Two tracks of two identities are one track now. Most of it belonged to the locked identity.
    _, previous = run(None, [[(0, 39)], [(40, 99)]])
    members, tracks = numbered([[A]])
    ids = lasting_ids(previous, members, tracks, members[0])
    assert ids == LastingIds([name(2)], lineage([2], [], [1], {}, {2: [1]}), 3)


def test_a_lock_that_changes_nothing_keeps_the_lineage() -> None:
    _, previous = run(None, [[A], [B]])
    _, merged = run(previous, [[A, B]])
    members, tracks = numbered([[A, B]])
    assert (
        lasting_ids(merged, members, tracks, members[0]).lineage
        == merged.lineage
        == lineage([1], [], [2], {}, {1: [2]})
    )


# A run: for each of 10 positions in time, the shift of its track and its cluster (None: no track). Tracks last 40
# frames and start 25 frames apart, so neighbours overlap in the same place, like faces that were detected twice.
RUN = st.lists(st.tuples(st.integers(0, 8), st.none() | st.integers(0, 3)), min_size=10, max_size=10)


def spans_by_cluster(places: Sequence[tuple[int, int | None]]) -> Clusters:
    spans = [(25 * k + shift, 25 * k + shift + 39) for k, (shift, _) in enumerate(places)]
    labels = [label for _, label in places]
    return [
        [s for s, each in zip(spans, labels, strict=True) if each == label] for label in range(4) if label in labels
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(RUN, min_size=5, max_size=5))
def test_no_id_is_given_twice_in_a_chain_of_runs(chain: list[list[tuple[int, int | None]]]) -> None:
    previous: Identities | None = None
    all_ids: set[str] = set()
    retired_ids: set[str] = set()
    for places in chain:
        clusters = spans_by_cluster(places)
        before = {identity.identity_id for identity in previous.identities} if previous else set()
        ids, now = run(previous, clusters)
        names = set(ids.names)
        assert len(names) == len(clusters)
        assert not names & retired_ids
        assert not (names - before) & all_ids
        all_ids |= names
        retired_ids |= before - names
        assert ids.next_number == len(all_ids) + 1
        again, document_again = run(now, clusters)
        assert again == ids
        assert document_again == now
        previous = now


@settings(max_examples=60, deadline=None)
@given(RUN, RUN)
def test_the_lineage_accounts_for_every_identity(
    first: list[tuple[int, int | None]], second: list[tuple[int, int | None]]
) -> None:
    one, previous = run(None, spans_by_cluster(first))
    two, _ = run(previous, spans_by_cluster(second))
    if two.lineage == NO_LINEAGE:
        assert set(one.names) == set(two.names)
        return
    changes = two.lineage
    assert sorted([*changes.kept, *changes.retired]) == sorted(one.names)
    assert sorted([*changes.kept, *changes.new]) == sorted(two.names)
    assert set(changes.split_from) <= set(changes.new) and set(changes.split_from.values()) <= set(one.names)
    assert set(changes.merged_from) <= set(changes.kept)
    assert {other for others in changes.merged_from.values() for other in others} <= set(changes.retired)


def built(labels: Sequence[int], hours: int, previous: Identities | None = None) -> Identities:
    """Build the complete document of three tracks with these labels, some hours later."""
    vectors = np.stack([unit(1.0, 0.0), unit(0.0, 1.0), unit(1.0, 0.0)])
    tracks = [make_track(k + 1, (200 * k, 200 * k + 99)) for k in range(3)]
    episode = Episode(EP_ID, FPS, tracks, [make_embedding(k + 1, k) for k in range(3)], vectors, "0" * 64)
    clusters = make_clusters(np.array(labels, np.int64))
    return build_identities(
        episode, clusters, ClusteringSettings.model_validate({}), PLAIN_PACK, NOW + timedelta(hours=hours), previous
    )


def test_a_repeated_run_writes_the_same_document_except_for_times() -> None:
    first = built([0, 1, 0], hours=0)
    changed = built([0, 1, 2], hours=1, previous=first)
    again = built([0, 1, 2], hours=2, previous=Identities.model_validate_json(changed.model_dump_json()))
    assert changed.lineage.split_from
    assert canonical(again.model_dump(mode="json")) == canonical(changed.model_dump(mode="json"))
    assert [(i.created_at, i.updated_at) for i in again.identities] == [
        (i.created_at, i.updated_at) for i in changed.identities
    ]


def test_times_change_only_for_changed_identities() -> None:
    first = built([0, 1, 2], hours=0)
    later = built([0, 1, 0], hours=1, previous=first)
    an_hour = timedelta(hours=1)
    assert [(i.identity_id, i.created_at - NOW, i.updated_at - NOW) for i in later.identities] == [
        (name(1), timedelta(0), an_hour),
        (name(2), timedelta(0), timedelta(0)),
    ]
