"""Replay: what sequences of decisions mean, and what becomes of each decision."""

from collections.abc import Callable, Sequence

import pytest

from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.state import Moderation
from tests.moderation.scenes import Log, face, named, row_of_faces, scene_of_tracks, selected

Story = Callable[[Log], object]


def groups_of(moderation: Moderation) -> list[list[int]]:
    return [[int(track[-5:]) for track in group] for group in moderation.groups]


def apart_of(moderation: Moderation) -> set[tuple[int, int]]:
    return {(min(pair), max(pair)) for one, two in moderation.apart for pair in [(int(one[-5:]), int(two[-5:]))]}


def statuses(moderation: Moderation) -> list[str]:
    return [outcome.status for outcome in moderation.outcomes]


def same(log: Log, *numbers: int) -> object:
    return log.say("same", selected(numbers[:1]), selected(numbers[1:], "other"))


def differ(log: Log, one: Sequence[int], other: Sequence[int]) -> object:
    return log.say("differ", selected(one), selected(other, "other"))


def name(log: Log, person: str | None, *numbers: int) -> object:
    return log.say("is_person", selected(numbers), person_id=person)


@pytest.mark.parametrize(
    ("story", "groups", "apart", "fates"),
    [
        pytest.param(lambda log: (), [], set(), [], id="nothing-said"),
        pytest.param(lambda log: same(log, 1, 2), [[1, 2]], set(), ["applied"], id="same"),
        pytest.param(lambda log: (same(log, 1, 2), same(log, 2, 3)), [[1, 2, 3]], set(), ["applied"] * 2, id="chain"),
        pytest.param(lambda log: differ(log, [1], [2]), [], {(1, 2)}, ["applied"], id="differ"),
        pytest.param(
            lambda log: (same(log, 1, 2), differ(log, [1], [2])),
            [],
            {(1, 2)},
            ["overruled", "applied"],
            id="the-newer-differ-holds",
        ),
        pytest.param(
            lambda log: (differ(log, [1], [2]), same(log, 1, 2)),
            [[1, 2]],
            set(),
            ["overruled", "applied"],
            id="the-newer-same-holds",
        ),
        pytest.param(
            lambda log: (same(log, 1, 2, 3, 4), differ(log, [2], [1, 3, 4])),
            [[1, 3, 4]],
            {(1, 2)},
            ["partial", "applied"],
            id="one-track-leaves-a-merge",
        ),
        pytest.param(
            lambda log: (same(log, 1, 2, 3, 4), differ(log, [1], [2, 3, 4])),
            [[2, 3, 4]],
            {(1, 2)},
            ["partial", "applied"],
            id="the-first-track-leaves-a-merge",
        ),
        pytest.param(
            lambda log: (same(log, 1, 2), same(log, 3, 4), differ(log, [1], [3]), same(log, 2, 4)),
            [[2, 3, 4]],
            {(1, 2)},
            ["overruled", "applied", "applied", "applied"],
            id="a-contradiction-along-a-chain",
        ),
        pytest.param(
            lambda log: (name(log, "ann", 1, 2), name(log, "ann", 3)),
            [[1, 2, 3]],
            set(),
            ["applied"] * 2,
            id="equal-names-are-one-person",
        ),
        pytest.param(
            lambda log: (name(log, "ann", 1), name(log, "bob", 2)), [], {(1, 2)}, ["applied"] * 2, id="two-names"
        ),
        pytest.param(
            lambda log: (name(log, "ann", 1), name(log, "bob", 1)),
            [],
            set(),
            ["overruled", "applied"],
            id="the-newer-name-holds",
        ),
        pytest.param(
            lambda log: (name(log, "ann", 1), name(log, None, 1)),
            [],
            set(),
            ["overruled", "applied"],
            id="a-withdrawn-name",
        ),
        pytest.param(
            lambda log: (name(log, "ann", 1), name(log, "bob", 2), same(log, 1, 2)),
            [[1, 2]],
            set(),
            ["overruled", "applied", "applied"],
            id="a-merge-of-two-names-keeps-the-newer",
        ),
        pytest.param(
            lambda log: (same(log, 1, 2), name(log, "ann", 1), name(log, "bob", 2)),
            [],
            {(1, 2)},
            ["overruled", "applied", "applied"],
            id="two-names-after-a-merge-divide-it",
        ),
        pytest.param(
            lambda log: (log.say("not_person", selected([1]), person_id="ann"), name(log, "ann", 1)),
            [],
            set(),
            ["overruled", "applied"],
            id="a-name-after-its-refusal",
        ),
        pytest.param(
            lambda log: (name(log, "ann", 1), log.say("not_person", selected([1]), person_id="ann")),
            [],
            set(),
            ["overruled", "applied"],
            id="a-refusal-after-the-name",
        ),
        pytest.param(
            lambda log: (name(log, "ann", 2), log.say("not_person", selected([1]), person_id="ann")),
            [],
            {(1, 2)},
            ["applied", "applied"],
            id="a-refused-name-tells-apart",
        ),
        pytest.param(lambda log: log.undo(same(log, 1, 2)), [], set(), ["undone"], id="undo"),  # type: ignore[arg-type]
        pytest.param(
            lambda log: log.undo(log.undo(same(log, 1, 2))),  # type: ignore[arg-type]
            [[1, 2]],
            set(),
            ["applied"],
            id="redo",
        ),
    ],
)
def test_what_decisions_mean(
    story: Story, groups: list[list[int]], apart: set[tuple[int, int]], fates: list[str]
) -> None:
    log = Log(row_of_faces(4))
    story(log)
    moderation = replay(log.decisions, log.scene)
    assert (groups_of(moderation), apart_of(moderation), statuses(moderation)) == (groups, apart, fates)
    assert moderation.last_seq == len(log.decisions)


def test_an_overruled_decision_names_what_overruled_it() -> None:
    log = Log(row_of_faces(2))
    differ(log, [1], [2])
    same(log, 1, 2)
    assert replay(log.decisions, log.scene).outcomes[0].overruled_by == (2,)


def test_names_are_those_of_the_whole_group() -> None:
    log = Log(row_of_faces(3))
    same(log, 1, 2)
    name(log, "ann", 2)
    log.say("not_person", selected([3]), person_id="bob")
    moderation = replay(log.decisions, log.scene)
    assert moderation.names == {"track-00001": "ann", "track-00002": "ann"}
    assert moderation.not_names == {"track-00003": frozenset({"bob"})}


def test_equal_names_in_one_frame_stay_two_and_a_merge_of_them_is_an_exception() -> None:
    log = Log(scene_of_tracks([face(1, 0, 50, 100), face(2, 0, 50, 300)]))
    name(log, "ann", 1)
    name(log, "ann", 2)
    assert replay(log.decisions, log.scene).groups == ()
    same(log, 1, 2)
    moderation = replay(log.decisions, log.scene)
    assert moderation.groups == (named([1, 2]),)
    assert moderation.together == (named([1, 2]),)


@pytest.mark.parametrize(
    ("story", "dismissed"),
    [
        pytest.param(lambda log: log.say("dismiss", selected([1, 2]), reason="not_a_face"), [1, 2], id="dismissed"),
        pytest.param(
            lambda log: (log.say("dismiss", selected([1, 2])), log.say("restore", selected([2]))), [1], id="restored"
        ),
        pytest.param(
            lambda log: (log.say("restore", selected([2])), log.say("dismiss", selected([1, 2]))), [1, 2], id="again"
        ),
    ],
)
def test_dismissed_tracks(story: Story, dismissed: list[int]) -> None:
    log = Log(row_of_faces(3))
    same(log, 1, 2)
    story(log)
    moderation = replay(log.decisions, log.scene)
    assert sorted(moderation.dismissed) == list(named(dismissed))
    assert not {track for group in moderation.groups for track in group} & moderation.dismissed.keys() - {"track-00001"}


@pytest.mark.parametrize(
    ("story", "locks", "fates"),
    [
        pytest.param(lambda log: log.say("lock", selected([1, 2])), [[1, 2]], ["applied"], id="locked"),
        pytest.param(
            lambda log: (log.say("lock", selected([1, 2])), log.say("unlock", selected([1, 2]))),
            [],
            ["overruled", "applied"],
            id="unlocked",
        ),
        pytest.param(
            lambda log: (log.say("unlock", selected([1, 2])), log.say("lock", selected([1, 2]))),
            [[1, 2]],
            ["overruled", "applied"],
            id="locked-again",
        ),
        pytest.param(
            lambda log: (log.say("lock", selected([1, 2])), same(log, 2, 3)),
            [[1, 2, 3]],
            ["applied", "applied"],
            id="a-person-adds-to-a-lock",
        ),
        pytest.param(
            lambda log: (log.say("lock", selected([1, 2, 3])), differ(log, [3], [1, 2])),
            [[1, 2]],
            ["partial", "applied"],
            id="a-person-takes-out-of-a-lock",
        ),
    ],
)
def test_locks(story: Story, locks: list[list[int]], fates: list[str]) -> None:
    log = Log(row_of_faces(3))
    story(log)
    moderation = replay(log.decisions, log.scene)
    assert [[int(track[-5:]) for track in lock] for lock in moderation.locks] == locks
    assert statuses(moderation) == fates


def test_the_newest_label_and_representative_hold() -> None:
    log = Log(row_of_faces(2))
    log.say("label", selected([1]), text="waiter")
    log.say("label", selected([1]), text="barman")
    log.say("label", selected([2]), text="guest")
    log.say("label", selected([2]))
    log.say("represent", selected([1]), ts=21.0)
    log.say("represent", selected([2]), ts=41.0)
    moderation = replay(log.decisions, log.scene)
    assert moderation.labels == {"track-00001": "barman"}
    assert list(moderation.representatives.items()) == [("track-00002", 41.0), ("track-00001", 21.0)]
    assert statuses(moderation) == ["overruled", "applied", "overruled", "applied", "applied", "applied"]


@pytest.mark.parametrize(
    ("tracks", "fate"),
    [
        pytest.param([face(7, 100, 150), face(8, 200, 250)], "applied", id="new-ids"),
        pytest.param([face(7, 100, 140), face(8, 210, 250)], "applied", id="shorter-tracks"),
        pytest.param([face(7, 100, 150, 300.0), face(8, 200, 250)], "lost", id="another-face-at-that-time"),
        pytest.param([face(7, 100, 150)], "lost", id="one-side-is-gone"),
        pytest.param([face(7, 100, 250)], "lost", id="two-sides-in-one-track"),
    ],
)
def test_what_becomes_of_a_decision_after_another_tracking(tracks: list, fate: str) -> None:  # type: ignore[type-arg]
    log = Log(row_of_faces(2))
    differ(log, [1], [2])
    outcome = replay(log.decisions, scene_of_tracks(tracks)).outcomes[0]
    assert outcome.status == fate
    assert bool(outcome.reason) == (fate == "lost")


def test_a_decision_holds_for_the_video_at_another_size() -> None:
    log = Log(row_of_faces(2))
    same(log, 1, 2)
    half = [
        track.model_copy(
            update={
                "boxes": tuple(
                    box.model_copy(update={"bbox": tuple(side / 2 for side in box.bbox)}) for box in track.boxes
                )
            }
        )
        for track in log.scene.tracks
    ]
    assert groups_of(replay(log.decisions, scene_of_tracks(half, 320, 180, "c" * 64))) == [[1, 2]]


def test_cuts_within_a_track_only() -> None:
    log = Log(row_of_faces(2))
    log.say("cut", selected([1]), ts=25.0)
    log.say("cut", selected([2]), ts=90.0)
    assert [(cut.track_id, cut.ts) for cut in replay(log.decisions, log.scene).cuts] == [("track-00001", 25.0)]


def test_the_parts_of_a_cut_track_are_two_people() -> None:
    log = Log(row_of_faces(2))
    same(log, 1, 2)
    log.say("cut", selected([1]), ts=28.0)
    parts = scene_of_tracks([face(1, 100, 139), face(9, 140, 150), face(2, 200, 250)])
    moderation = replay(log.decisions, parts)
    assert (groups_of(moderation), apart_of(moderation)) == ([[1, 2]], {(1, 9)})
    assert statuses(moderation) == ["partial", "applied"]


def test_a_forgotten_person_is_lost() -> None:
    log = Log(row_of_faces(1))
    log.say("is_person", selected([1]), forgotten=True)
    moderation = replay(log.decisions, log.scene)
    assert moderation.names == {}
    assert statuses(moderation) == ["lost"]
