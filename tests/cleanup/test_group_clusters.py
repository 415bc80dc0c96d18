"""Phase `group_clusters`: names of identities, merges, and what stays unchanged."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from screenalytics_assets.cast.match_people import PersonMatch, Status
from screenalytics_assets.cleanup.group_clusters import Grouped, group_clusters
from screenalytics_assets.clustering.constraints import Constraints, Contradiction
from screenalytics_assets.contract.identity_records import IdChanges, Identities, Identity, Labels
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.moderation.state import Moderation
from screenalytics_assets.settings.stages import ClusteringSettings
from tests.said import moderation_of
from tests.tiny_episode import EP_ID, FPS, NOW, PACK, PLAIN_PACK, make_clusters, make_embedding, make_track, unit

TRACKS = [make_track(k + 1, (200 * k, 200 * k + 99)) for k in range(6)]
VECTORS = np.stack([unit(1.0, 0.1 * k, dim=PACK.recogniser.dim) for k in range(6)])
EPISODE = Episode(EP_ID, FPS, TRACKS, [make_embedding(k + 1, k) for k in range(6)], VECTORS, "0" * 64)
NAMES = {"ann": "Ann Example", "ben": "Ben Example"}
NO_LABELS, BY_MACHINE = Labels(), Labels(person_id="ann", name="Ann Example", assigned_by="machine")
BY_PERSON = Labels(person_id="ann", name="Ann Example", assigned_by="person")
BEN_BY_MACHINE = Labels(person_id="ben", name="Ben Example", assigned_by="machine")
BEN_BY_PERSON = Labels(person_id="ben", name="Ben Example", assigned_by="person")
UNCHANGED: Mapping[int, Mapping[str, object]] = {}
NO_OWNERS: Mapping[int, str] = {}
LATER = NOW + timedelta(hours=1)


def name(number: int) -> str:
    return f"identity-{number:05d}"


def numbers(names: Sequence[str]) -> list[int]:
    return [int(text.removeprefix("identity-").removeprefix("track-")) for text in names]


def identities(
    labels: Sequence[int], previous: Identities | None = None, changes: Mapping[int, Mapping[str, object]] = UNCHANGED
) -> Identities:
    """Return identities from the labels of six tracks. `changes` are fields by the number of the identity."""
    clusters = make_clusters(np.array(labels, np.int64))
    content = build_identities(EPISODE, clusters, ClusteringSettings.model_validate({}), PLAIN_PACK, NOW, previous)
    rows = tuple(
        row.model_copy(update=dict(changes.get(numbers([row.identity_id])[0], {}))) for row in content.identities
    )
    return content.model_copy(update={"identities": rows})


def match(number: int, person: str | None, status: Status | None = None) -> PersonMatch:
    status = status or ("assigned" if person else "unknown")
    return PersonMatch(name(number), status, person, 0.9, 0.2, (), f"Why identity {number} is {status}.")


def group(
    current: Identities,
    matches: Mapping[int, str | None],
    stored: Identities | None = None,
    review: Sequence[int] = (),
    owned: Mapping[int, str] = NO_OWNERS,
) -> Grouped:
    """Group `current` by `matches`, with names given by people in `owned`. `stored` is `current` by default."""
    found = [match(number, person) for number, person in matches.items()]
    found += [match(number, None, "needs_review") for number in review]
    owners = {name(number): person for number, person in owned.items()}
    said = moderation_of(current, owners)
    return group_clusters(current, stored or current, EPISODE, found, NAMES, PLAIN_PACK, LATER, said)


def members(content: Identities) -> dict[int, list[int]]:
    return {numbers([row.identity_id])[0]: numbers(row.track_ids) for row in content.identities}


def by_number(content: Identities, number: int) -> Identity:
    return next(row for row in content.identities if row.identity_id == name(number))


def merged(found: Grouped) -> dict[int, list[int]]:
    return {numbers([one])[0]: numbers(others) for one, others in found.merged.items()}


@pytest.mark.parametrize(
    ("matches", "expected", "members_of", "assigned"),
    [
        pytest.param({1: None, 2: None, 3: None}, {1: [1, 2], 2: [3, 4], 3: [5, 6]}, {}, {}, id="no-names"),
        pytest.param({1: "ann", 2: "ben", 3: None}, {1: [1, 2], 2: [3, 4], 3: [5, 6]}, {},
                     {1: "ann", 2: "ben"}, id="named"),
        pytest.param({1: "ann", 2: None, 3: "ann"}, {1: [1, 2, 5, 6], 2: [3, 4]}, {1: [1, 3]}, {1: "ann"},
                     id="named-and-merged"),
        pytest.param({1: "ann", 2: "ann", 3: "ann"}, {1: [1, 2, 3, 4, 5, 6]}, {1: [1, 2, 3]}, {1: "ann"},
                     id="three-become-one"),
        pytest.param({1: None, 2: "ben", 3: "ben"}, {1: [1, 2], 2: [3, 4, 5, 6]}, {2: [2, 3]}, {2: "ben"},
                     id="the-later-two"),
        pytest.param({}, {1: [1, 2], 2: [3, 4], 3: [5, 6]}, {}, {}, id="no-matches"),
    ],
)  # fmt: skip
def test_identities_of_one_person_become_one(
    matches: Mapping[int, str | None],
    expected: dict[int, list[int]],
    members_of: dict[int, list[int]],
    assigned: dict[int, str],
) -> None:
    found = group(identities([0, 0, 1, 1, 2, 2]), matches)
    assert members(found.content) == expected
    assert merged(found) == members_of
    assert found.assigned == {name(number): person for number, person in assigned.items()}
    for number in expected:
        row, person = by_number(found.content, number), assigned.get(number)
        assert row.label == (NAMES[person] if person else None)
        by_machine = Labels(person_id=person, name=NAMES.get(person or ""), assigned_by="machine")
        assert row.labels == (by_machine if person else NO_LABELS)


def test_an_identity_to_review_gets_a_reason_and_no_name() -> None:
    found = group(identities([0, 0, 1, 1, 2, 2]), {1: "ann", 2: None}, review=[3])
    assert found.needs_review == {name(3): "Why identity 3 is needs_review."}
    assert by_number(found.content, 3).labels == NO_LABELS
    assert found.assigned == {name(1): "ann"}


@pytest.mark.parametrize("locked", [1, 2, 3])
def test_a_locked_identity_is_never_merged(locked: int) -> None:
    by_person = BY_PERSON
    current = identities([0, 0, 1, 1, 2, 2], changes={locked: {"locked": True, "label": "Annie", "labels": by_person}})
    found = group(current, {1: "ann", 2: "ann", 3: "ann"})
    one, other = (number for number in (1, 2, 3) if number != locked)
    before = members(current)
    assert members(found.content) == {locked: before[locked], one: before[one] + before[other]}
    row = by_number(found.content, locked)
    assert (row.locked, row.label, row.labels) == (True, "Annie", by_person)
    assert not by_number(found.content, one).locked
    assert found.assigned == {name(one): "ann"}
    assert merged(found) == {one: [one, other]}


@pytest.mark.parametrize(
    ("labels", "matched"),
    [
        pytest.param(NO_LABELS, "ann", id="without-a-name"),
        pytest.param(BY_MACHINE, "ben", id="named-by-the-machine"),
        pytest.param(BY_PERSON, "ben", id="named-by-a-person"),
        pytest.param(BY_PERSON, None, id="without-a-match"),
    ],
)
def test_a_locked_identity_keeps_its_labels(labels: Labels, matched: str | None) -> None:
    current = identities([0, 0, 1, 1, 2, 2], changes={2: {"locked": True, "label": labels.name, "labels": labels}})
    found = group(current, {1: None, 2: matched, 3: None})
    assert (by_number(found.content, 2).labels, by_number(found.content, 2).label) == (labels, labels.name)


@pytest.mark.parametrize(
    ("labels", "found", "expected"),
    [
        pytest.param(BY_PERSON, match(2, "ann"), BY_PERSON, id="a-person-and-the-machine-agree"),
        pytest.param(BY_PERSON, match(2, "ben"), BY_PERSON, id="a-person-against-the-machine"),
        pytest.param(BY_PERSON, match(2, None), BY_PERSON, id="a-person-alone"),
        pytest.param(BY_PERSON, match(2, None, "needs_review"), BY_PERSON, id="a-person-against-doubt"),
        pytest.param(BY_MACHINE, match(2, "ann"), BY_MACHINE, id="the-machine-as-before"),
        pytest.param(BY_MACHINE, match(2, "ben"), BEN_BY_MACHINE, id="the-machine-now-gives-another-name"),
        pytest.param(BY_MACHINE, match(2, None), NO_LABELS, id="the-machine-now-gives-no-name"),
        pytest.param(BY_MACHINE, match(2, None, "needs_review"), NO_LABELS, id="the-machine-now-asks-for-a-review"),
    ],
)
def test_priority_of_people_and_machine(labels: Labels, found: PersonMatch, expected: Labels) -> None:
    current = identities([0, 0, 1, 1, 2, 2], changes={2: {"label": labels.name, "labels": labels}})
    now = group_clusters(current, current, EPISODE, [found], NAMES, PLAIN_PACK, LATER, moderation_of(current))
    row = by_number(now.content, 2)
    assert (row.label, row.labels) == (expected.name, expected)
    machine = expected.person_id if expected.assigned_by == "machine" else None
    assert now.assigned == ({name(2): machine} if machine else {})


@pytest.mark.parametrize("matched", ["ann", None])
def test_a_label_that_a_person_wrote_stays(matched: str | None) -> None:
    current = identities([0, 0, 1, 1, 2, 2], changes={2: {"label": "the tall one"}})
    row = by_number(group(current, {2: matched}).content, 2)
    assert (row.label, row.labels) == ("the tall one", BY_MACHINE if matched else NO_LABELS)


def test_a_machine_label_is_removed_without_a_match() -> None:
    current = identities([0, 0, 1, 1, 2, 2], changes={2: {"label": "Ann Example", "labels": BY_MACHINE}})
    row = by_number(group(current, {}).content, 2)
    assert (row.label, row.labels) == (None, NO_LABELS)


@pytest.mark.parametrize("named", [pytest.param(1, id="of-the-first"), pytest.param(3, id="of-the-last")])
def test_a_merged_identity_has_the_name_given_by_a_person_to_any_part(named: int) -> None:
    current = identities([0, 0, 1, 1, 2, 2], changes={named: {"label": "Annie", "labels": BY_PERSON}})
    found = group(current, {1: "ann", 2: "ben", 3: "ann"})
    row = by_number(found.content, 1)
    assert (numbers(row.track_ids), row.label, row.labels) == ([1, 2, 5, 6], "Annie", BY_PERSON)
    assert found.assigned == {name(2): "ben"}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param(NO_LABELS, BEN_BY_PERSON, id="that-had-no-name"),
        pytest.param(BY_MACHINE, BEN_BY_PERSON, id="that-the-machine-named"),
        pytest.param(BEN_BY_PERSON, BEN_BY_PERSON, id="that-has-it-already"),
        pytest.param(BY_PERSON, BEN_BY_PERSON, id="that-a-person-named-differently-before"),
    ],
)
def test_a_name_recorded_in_the_cast_counts_as_given_by_a_person(labels: Labels, expected: Labels) -> None:
    current = identities([0, 0, 1, 1, 2, 2], changes={2: {"label": labels.name, "labels": labels}})
    found = group(current, {1: "ann", 2: "ben"}, owned={2: "ben"})
    row = by_number(found.content, 2)
    assert (row.label, row.labels) == (expected.name, expected)
    assert found.assigned == {name(1): "ann"}


def test_a_merged_identity_is_named_by_a_person_if_any_part_was() -> None:
    found = group(identities([0, 0, 1, 1, 2, 2]), {1: "ben", 3: "ben"}, owned={3: "ben"})
    assert by_number(found.content, 1).labels == BEN_BY_PERSON
    assert found.assigned == {}


# Ids and lineage.


@pytest.mark.parametrize(
    ("labels", "keeper"),
    [
        pytest.param([0, 0, 1, 1, 2, 2], 1, id="the-older-of-two-alike"),
        pytest.param([0, 1, 1, 1, 2, 2], 3, id="the-larger"),
    ],
)
def test_the_lineage_records_the_merge(labels: Sequence[int], keeper: int) -> None:
    current = identities(labels)
    found = group(current, {1: "ann", 3: "ann"})
    retired = 4 - keeper
    lineage = IdChanges(
        kept=tuple(name(n) for n in sorted((keeper, 2))),
        new=(),
        retired=(name(retired),),
        split_from={},
        merged_from={name(keeper): (name(retired),)},
    )
    assert found.content.lineage == lineage
    assert merged(found) == {keeper: [1, 3]}
    assert found.content.next_identity_number == current.next_identity_number


def test_ids_carry_over_from_the_stored_result() -> None:
    # Clustering again divided identity 1, but according to the cast both halves are one person.
    stored = identities([0, 0, 1, 1, 2, 2])
    current = identities([0, 1, 2, 2, 3, 3], stored)
    assert members(current) == {2: [3, 4], 3: [5, 6], 4: [1], 5: [2]}
    found = group(current, {4: "ann", 5: "ann"}, stored)
    assert members(found.content) == members(stored)
    assert merged(found) == {1: [4, 5]}
    assert found.assigned == {name(1): "ann"}
    assert found.content.next_identity_number == stored.next_identity_number
    assert found.content.lineage == stored.lineage


def test_a_locked_identity_keeps_its_id_after_losing_most_tracks() -> None:
    lock = {1: {"locked": True}}
    stored = identities([0, 0, 0, 0, 1, 1], changes=lock)
    current = identities([0, -1, -1, -1, 1, 1], changes=lock)
    found = group(current, {2: "ann"}, stored)
    assert members(found.content) == {1: [1], 2: [5, 6]}
    assert found.content.lineage.retired == ()


def test_without_a_stored_result_ids_count_from_one() -> None:
    current = identities([0, 0, 1, 1, 2, 2])
    found = group_clusters(current, None, EPISODE, [match(2, "ann"), match(3, "ann")], NAMES, PLAIN_PACK, LATER)
    assert members(found.content) == {1: [1, 2], 2: [3, 4, 5, 6]}
    assert found.content.lineage == IdChanges(kept=(), new=(), retired=(), split_from={}, merged_from={})


def test_grouping_twice_is_the_same_as_once() -> None:
    once = group(identities([0, 0, 1, 1, 2, 2]), {1: "ann", 3: "ann"}).content
    twice = group(once, {1: "ann", 2: None})
    assert twice.content.identities == once.identities
    assert twice.content.lineage == once.lineage
    assert twice.merged == {}


# Facts that grouping does not compute again.


def test_facts_of_the_clustering_are_kept() -> None:
    found_out = {"num_adopted": 4, "cannot_link_pairs": 11, "must_link_pairs": 2, "prevented_merges": 3}
    current = identities([0, 0, 1, 1, 2, 2])
    contradiction = Contradiction((0, 1), (0, 2))
    clusters = replace(
        make_clusters(np.array([0, 0, 1, 1, 2, 2])), contradictions=(contradiction,), constraints=Constraints()
    )
    expected = build_identities(
        EPISODE, clusters, ClusteringSettings.model_validate({}), PLAIN_PACK, NOW
    ).contradictions
    current = current.model_copy(
        update={
            "metadata": current.metadata.model_copy(update=found_out),
            "stats": current.stats.model_copy(update={"outlier_tracks": 5}),
            "contradictions": expected,
        }
    )
    content = group(current, {1: "ann", 2: "ann"}).content
    assert content.metadata.model_dump(include=set(found_out)) == found_out
    assert content.stats.outlier_tracks == 5
    assert content.contradictions == expected
    assert content.config == current.config


def test_counts_of_tracks_are_computed_again() -> None:
    metadata = group(identities([0, 1, 1, 1, 2, 2]), {1: "ann", 3: "ann"}).content.metadata
    counted = ("num_tracks", "num_identities", "num_clusters", "num_singletons", "singleton_fraction")
    assert [getattr(metadata, key) for key in counted] == [6, 2, 2, 0, 0.0]
    assert (metadata.largest_cluster_size, metadata.largest_cluster_fraction) == (3, 0.5)


def test_settings_are_those_of_the_clustering() -> None:
    chosen = ClusteringSettings.model_validate({"cluster_thresh": 0.7, "outlier_mode": "noise", "min_cluster_size": 5})
    clusters = make_clusters(np.array([0, 0, 1, 1, 2, 2], np.int64), chosen)
    current = build_identities(EPISODE, clusters, chosen, PLAIN_PACK, NOW)
    content = group(current, {1: "ann", 2: "ann"}).content
    assert (content.metadata.cluster_thresh, content.metadata.min_cluster_size) == (0.7, 5)
    assert [row.cluster_id for row in content.identities] == [-1, -1]


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        pytest.param({}, {1: "low_identity_similarity_0.423", 2: None, 3: None}, id="untouched"),
        pytest.param({1: "ann"}, {1: "low_identity_similarity_0.423", 2: None, 3: None}, id="named"),
        pytest.param({1: "ann", 2: "ann"}, {2: None, 3: None}, id="merged"),
    ],
)
def test_an_outlier_stays_one_until_it_is_merged(
    matches: Mapping[int, str], expected: Mapping[int, str | None]
) -> None:
    current = identities([0, 1, 1, 1, 2, 2], changes={1: {"outlier_reason": "low_identity_similarity_0.423"}})
    found = group(current, matches)
    assert {numbers([row.identity_id])[0]: row.outlier_reason for row in found.content.identities} == expected


def test_unusable_tracks_stay_in_no_identity() -> None:
    content = group(identities([0, -1, 1, 1, 2, -1]), {1: "ann", 2: "ann"}).content
    assert members(content) == {2: [1, 3, 4], 3: [5]}
    assert content.unusable_tracks == ("track-00002", "track-00006")


def test_times_change_where_tracks_were_added() -> None:
    found = group(identities([0, 0, 1, 1, 2, 2]), {1: "ann", 3: "ann", 2: None}).content
    assert [(row.created_at, row.updated_at) for row in found.identities] == [(NOW, LATER), (NOW, NOW)]


def test_a_track_without_an_embedding_stays_where_a_person_put_it() -> None:
    rows = [make_embedding(k + 1, k if k < 5 else None) for k in range(6)]
    episode = replace(EPISODE, embeddings=rows, vectors=VECTORS[:5])
    clusters = make_clusters(np.array([0, 0, 1, 1, 1], np.int64))
    settings = ClusteringSettings.model_validate({})
    said = Moderation(labels={"track-00006": "waiter"}, groups=(("track-00001", "track-00006"),))
    alone = replace(said, groups=())
    for moderation, expected in ((said, {1: [1, 2, 3, 4, 5, 6]}), (alone, {2: [1, 2, 3, 4, 5], 3: [6]})):
        current = build_identities(episode, clusters, settings, PLAIN_PACK, NOW, None, moderation)
        found = [match(1, "ann"), match(2, "ann"), match(3, "ann")]
        grouped = group_clusters(current, current, episode, found, NAMES, PLAIN_PACK, LATER, moderation)
        assert members(grouped.content) == expected
        assert list(merged(grouped).values()) == [[1, 2]]
