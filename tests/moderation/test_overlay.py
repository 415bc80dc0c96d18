"""Overlay: the identities that readers see between two runs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.state import ModeratedEpisode
from tests.moderation.scenes import Log, face, last_run, named, row_of_faces, scene_of_tracks, selected, whole

Story = Callable[[Log], object]
Members = dict[int, list[int]]


def members(episode: ModeratedEpisode) -> Members:
    return {int(i.identity_id[-5:]): [int(track[-5:]) for track in i.track_ids] for i in episode.identities}


def merge(log: Log, target: tuple[int, Sequence[int]], source: tuple[int, Sequence[int]]) -> object:
    return log.gesture(
        log.new("same", whole(*target), whole(*source, "other")),
        before=[(target[0], target[1]), (source[0], source[1])],
    )


def split(log: Log, identity: int, tracks: Sequence[int], rest: Sequence[int], new: int) -> object:
    return log.gesture(
        log.new("differ", selected(tracks), whole(identity, rest, "other")),
        log.new("same", selected(tracks), identity_id=f"identity-{new:05d}"),
        before=[(identity, [*tracks, *rest])],
    )


def move(log: Log, tracks: Sequence[int], source: tuple[int, Sequence[int]], to: tuple[int, Sequence[int]]) -> object:
    return log.gesture(
        log.new("differ", selected(tracks), whole(*source, "other")),
        log.new("same", whole(*to), selected(tracks, "other")),
        before=[(source[0], [*tracks, *source[1]])],
    )


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        pytest.param(lambda log: (), {1: [1, 2, 3], 2: [4, 5], 3: [6]}, id="nothing-said"),
        pytest.param(
            lambda log: merge(log, (2, [4]), (1, [1])), {2: [1, 2, 3, 4, 5], 3: [6]}, id="a-merge-moves-unseen-tracks"
        ),
        pytest.param(lambda log: split(log, 1, [2], [1, 3], 4), {1: [1, 3], 2: [4, 5], 3: [6], 4: [2]}, id="split"),
        pytest.param(lambda log: move(log, [2], (1, [1, 3]), (2, [4])), {1: [1, 3], 2: [2, 4, 5], 3: [6]}, id="move"),
        pytest.param(
            lambda log: log.say("dismiss", selected([6]), reason="not_a_face"), {1: [1, 2, 3], 2: [4, 5]}, id="dismiss"
        ),
        pytest.param(
            lambda log: (
                log.gesture(log.new("dismiss", selected([2])), before=[(1, [2])]),
                log.say("restore", selected([2])),
            ),
            {1: [1, 2, 3], 2: [4, 5], 3: [6]},
            id="restore-returns-to-the-identity",
        ),
        pytest.param(
            lambda log: (
                log.gesture(log.new("dismiss", whole(2, [4, 5])), before=[(2, [4, 5])]),
                log.say("restore", selected([4, 5])),
            ),
            {1: [1, 2, 3], 2: [4, 5], 3: [6]},
            id="restore-of-a-whole-identity",
        ),
        pytest.param(
            lambda log: (
                log.say("is_person", whole(1, [1]), person_id="ann"),
                log.say("is_person", whole(3, [6]), person_id="ann"),
            ),
            {1: [1, 2, 3, 6], 2: [4, 5]},
            id="a-known-name-is-a-merge",
        ),
        pytest.param(
            lambda log: log.say("differ", whole(1, [1]), whole(1, [3], "other")),
            {1: [2, 3], 2: [4, 5], 3: [6], 4: [1]},
            id="a-differ-within-an-identity-divides-it",
        ),
        pytest.param(
            lambda log: log.undo(merge(log, (2, [4]), (1, [1]))),  # type: ignore[arg-type]
            {1: [1, 2, 3], 2: [4, 5], 3: [6]},
            id="undo",
        ),
    ],
)
def test_what_readers_see(story: Story, expected: Members) -> None:
    log = Log(row_of_faces(6))
    story(log)
    assert members(overlay(last_run([[1, 2, 3], [4, 5], [6]]), log.decisions, log.scene)) == expected


def test_a_merged_identity_has_a_successor() -> None:
    log = Log(row_of_faces(3))
    merge(log, (2, [2]), (1, [1]))
    merge(log, (3, [3]), (2, [2]))
    episode = overlay(last_run([[1], [2], [3]]), log.decisions, log.scene)
    assert episode.successors == {"identity-00001": "identity-00003", "identity-00002": "identity-00003"}


def test_the_later_part_of_a_cut_track_is_a_new_identity() -> None:
    log = Log(row_of_faces(2))
    log.say("cut", selected([1]), ts=28.0)
    parts = scene_of_tracks([face(1, 100, 139), face(9, 140, 150), face(2, 200, 250)])
    assert members(overlay(last_run([[1, 2]]), log.decisions, log.scene)) == {1: [1, 2]}
    assert members(overlay(last_run([[1, 2]]), log.decisions, parts)) == {1: [1, 2], 2: [9]}


def test_names_labels_and_locks_of_identities() -> None:
    log = Log(row_of_faces(3))
    log.say("is_person", whole(1, [1]), person_id="ann")
    log.say("lock", whole(1, [1, 2]))
    log.say("label", whole(2, [3]), text="waiter")
    log.say("not_person", whole(2, [3]), person_id="ann")
    log.say("represent", selected([2]), ts=41.0)
    first, second = overlay(last_run([[1, 2], [3]]), log.decisions, log.scene).identities
    assert (first.person_id, first.locked, first.representative) == ("ann", True, ("track-00002", 41.0))
    assert (second.label, second.not_people, second.locked) == ("waiter", frozenset({"ann"}), False)


def test_a_run_that_included_the_decisions_is_not_changed_again() -> None:
    log = Log(row_of_faces(3))
    merge(log, (1, [1]), (2, [2]))
    assert members(overlay(last_run([[1], [2], [3]], last_seq=1), log.decisions, log.scene)) == {1: [1, 2], 3: [3]}
    assert members(overlay(last_run([[1, 2, 3]], last_seq=1), log.decisions, log.scene)) == {1: [1, 2, 3]}


def test_an_undo_after_a_run_restores_what_was_before() -> None:
    log = Log(row_of_faces(4))
    log.undo(merge(log, (1, [1, 2]), (2, [3, 4])))  # type: ignore[arg-type]
    assert members(overlay(last_run([[1, 2, 3, 4]], last_seq=1), log.decisions, log.scene)) == {1: [1, 2], 2: [3, 4]}


def test_versions_change_with_the_identity_only() -> None:
    log = Log(row_of_faces(6))
    base = last_run([[1, 2, 3], [4, 5], [6]])
    before = {i.identity_id: i.version for i in overlay(base, log.decisions, log.scene).identities}
    move(log, [2], (1, [1, 3]), (2, [4]))
    after = {i.identity_id: i.version for i in overlay(base, log.decisions, log.scene).identities}
    assert [name for name in before if before[name] != after[name]] == ["identity-00001", "identity-00002"]


COUNT = 8
numbers = st.lists(st.integers(1, COUNT), min_size=1, max_size=3, unique=True)
statements = st.lists(
    st.tuples(
        st.sampled_from(["same", "differ", "is_person", "not_person", "dismiss", "restore", "lock", "unlock", "undo"]),
        numbers,
        numbers,
        st.sampled_from(["ann", "bob"]),
    ),
    max_size=12,
)
partitions = st.lists(st.integers(0, 3), min_size=COUNT, max_size=COUNT).map(
    lambda homes: [group for home in range(4) if (group := [n for n, h in enumerate(homes, 1) if h == home])]
)


def tell(log: Log, kind: str, one: list[int], other: list[int], person: str) -> None:
    rest = [number for number in other if number not in one]
    if kind == "undo":
        if log.decisions:
            log.undo(log.decisions[one[0] % len(log.decisions)])
    elif kind in ("same", "differ"):
        if rest:
            log.say(kind, selected(one), selected(rest, "other"))  # type: ignore[arg-type]
    else:
        value = {"person_id": person} if kind.endswith("person") else {}
        log.say(kind, selected(one), **value)  # type: ignore[arg-type]


@given(partitions, statements, st.integers(0, 12))
@settings(max_examples=500, deadline=None)
def test_the_overlay_agrees_with_every_accepted_fact(
    partition: list[list[int]], story: list[tuple[str, list[int], list[int], str]], last_seq: int
) -> None:
    scene = scene_of_tracks([face(n, n * 100, n * 100 + 50 + 60 * (n % 2), 60.0 * n) for n in range(1, COUNT + 1)])
    log = Log(scene)
    for statement in story:
        tell(log, *statement)
    moderation = replay(log.decisions, scene)
    episode = overlay(last_run(partition, min(last_seq, len(log.decisions))), log.decisions, scene)
    home = episode.identity_of_track()
    for group in moderation.groups:
        assert len({home[track] for track in group}) == 1
    for one, other in moderation.apart:
        assert home.get(one) is None or home.get(one) != home.get(other)
    assert not home.keys() & moderation.dismissed.keys()
    assert sorted([*home, *episode.unassigned, *episode.dismissed]) == list(named(range(1, COUNT + 1)))
    for identity in episode.identities:
        people = {moderation.names[track] for track in identity.track_ids if track in moderation.names}
        assert people == ({identity.person_id} if identity.person_id else set())


@given(partitions, statements, statements)
@settings(max_examples=500, deadline=None)
def test_doing_and_undoing_changes_nothing(
    partition: list[list[int]],
    story: list[tuple[str, list[int], list[int], str]],
    more: list[tuple[str, list[int], list[int], str]],
) -> None:
    log = Log(row_of_faces(COUNT))
    for statement in story:
        tell(log, *statement)
    base = last_run(partition)
    before = overlay(base, log.decisions, log.scene)
    told = len(log.decisions)
    for statement in more:
        tell(log, *statement)
    for decision in reversed(log.decisions[told:]):
        log.undo(decision)
    after = overlay(base, log.decisions, log.scene)
    assert after == replace(before, last_seq=len(log.decisions))
