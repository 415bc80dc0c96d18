"""Merge, split and move: what they append, what follows from it, and when they are refused."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.draft import NOTHING, Draft
from screenalytics_app.actions.moderation.errors import ConflictError, GoneError, NameConflictError
from screenalytics_app.actions.moderation.membership import merge, move, split
from screenalytics_app.actions.moderation.naming import name
from screenalytics_app.actions.moderation.view import Episode, View
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B, Log, side_by_side
from tests.moderation.scenes import Log as Said
from tests.moderation.scenes import last_run, row_of_faces, whole
from tests.tiny_episode import EP_ID

NEW = "identity-00003"
MERGE, SPLIT = partial(merge, target=A, sources=[B]), partial(split, identity_id=A, tracks=[T3])


@pytest.mark.parametrize(
    ("gesture", "kinds", "members"),
    [
        pytest.param(MERGE, ["same"], {A: (T1, T2, T3, T4)}, id="merge-keeps-the-id-of-the-target"),
        pytest.param(partial(merge, target=B, sources=[A, A]), ["same"], {B: (T1, T2, T3, T4)}, id="merge-other-way"),
        pytest.param(SPLIT, ["differ", "same"], {A: (T1,), B: (T2, T4), NEW: (T3,)}, id="split"),
        pytest.param(
            partial(move, tracks=[T3], to=B), ["differ", "same"], {A: (T1,), B: (T2, T3, T4)}, id="move-one-track"
        ),
        pytest.param(
            partial(move, tracks=[T4, T3], to=B, origin=A),
            ["differ", "same"],
            {A: (T1,), B: (T2, T3, T4)},
            id="some-there",
        ),
        pytest.param(partial(move, tracks=[T1, T3], to=B), ["same"], {B: (T1, T2, T3, T4)}, id="move-all-tracks"),
        pytest.param(partial(move, tracks=[T5], to=B), ["same"], {A: (T1, T3), B: (T2, T4, T5)}, id="move-from-none"),
    ],
)
def test_memberships(
    store: ArtifactStore, gesture: Callable[[View], Draft], kinds: Sequence[str], members: dict[str, tuple[str, ...]]
) -> None:
    log = Log(store)
    log.say(gesture)
    assert [decision.kind for decision in log.view.decisions] == kinds
    assert log.members == members
    assert {outcome.status for outcome in log.view.moderation.outcomes} == {"applied"}


def test_a_gesture_remembers_where_the_tracks_were(store: ArtifactStore) -> None:
    view = Log(store).view
    for draft, touched, before in [
        (merge(view, A, [B]), (A, B), {B: (T2, T4)}),
        (split(view, A, [T3]), (A,), {A: (T3,)}),
        (move(view, [T3, T5], B), (A, B), {A: (T3,), None: (T5,)}),
    ]:
        assert draft.touched == touched
        assert {m.identity_id: tuple(a.track_id for a in m.anchors) for m in draft.before} == before


def test_the_subjects_of_a_split_are_the_tracks_and_the_rest(store: ArtifactStore) -> None:
    differ, same = split(Log(store).view, A, [T3]).decisions
    assert [(s.role, s.identity_id, [a.track_id for a in s.anchors]) for s in differ.subjects] == [
        ("target", None, [T3]),
        ("other", A, [T1]),
    ]
    assert [(s.role, s.identity_id, [a.track_id for a in s.anchors]) for s in same.subjects] == [("target", None, [T3])]
    assert same.value.identity_id == NEW


@pytest.mark.parametrize(
    ("gestures", "names"),
    [
        pytest.param(
            [
                partial(name, identity_id=A, person_id="zoe"),
                partial(name, identity_id=B, person_id="alice"),
                partial(move, tracks=[T2], to=A),
            ],
            {T1: "zoe", T3: "zoe", T2: "zoe", T4: "alice"},
            id="a-moved-track-takes-the-name-of-where-it-goes",
        ),
        pytest.param(
            [partial(name, identity_id=B, person_id="alice"), partial(move, tracks=[T2], to=A)],
            {T4: "alice"},
            id="a-moved-track-loses-its-name-where-there-is-none",
        ),
        pytest.param(
            [
                partial(name, identity_id=A, person_id="zoe"),
                partial(name, identity_id=B, person_id="alice"),
                partial(move, tracks=[T2, T4], to=A),
            ],
            {T1: "zoe", T3: "zoe", T2: "zoe", T4: "zoe"},
            id="all-tracks-moved",
        ),
        pytest.param(
            [partial(name, identity_id=B, person_id="alice"), partial(split, identity_id=B, tracks=[T2])],
            {T4: "alice"},
            id="what-is-split-off-has-no-name",
        ),
        pytest.param(
            [
                partial(name, identity_id=B, person_id="alice"),
                partial(split, identity_id=B, tracks=[T2]),
                partial(merge, target=A, sources=[NEW]),
                partial(name, identity_id=A, person_id="zoe"),
            ],
            {T1: "zoe", T3: "zoe", T2: "zoe", T4: "alice"},
            id="split-off-and-merged",
        ),
    ],
)
def test_a_name_stays_with_the_rest_of_its_identity(
    store: ArtifactStore, gestures: Sequence[Callable[[View], Draft]], names: dict[str, str]
) -> None:
    log = Log(store)
    for gesture in gestures:
        log.say(gesture)
    found = {t: i.person_id for i in log.view.moderated.identities for t in i.track_ids if i.person_id is not None}
    assert found == names
    assert dict(log.view.moderation.names) == names


def test_moving_to_where_it_is_changes_nothing(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(move, tracks=[T3], to=B))
    assert move(log.view, [T3], B) == move(log.view, [T3], B, origin=A) == NOTHING


@pytest.mark.parametrize(
    ("gesture", "error", "sentence"),
    [
        pytest.param(partial(merge, target=A, sources=[A]), UserError, "cannot be merged with itself", id="itself"),
        pytest.param(partial(merge, target=A, sources=[]), UserError, "No identity is named", id="no-source"),
        pytest.param(
            partial(merge, target=A, sources=["identity-00077"]), UserError, "There is no identity-00077", id="unknown"
        ),
        pytest.param(
            partial(split, identity_id=A, tracks=[T1, T3]), UserError, "all tracks of identity-00001", id="split-all"
        ),
        pytest.param(partial(split, identity_id=A, tracks=[]), UserError, "No track is named", id="split-none"),
        pytest.param(
            partial(split, identity_id=A, tracks=[T2]),
            ConflictError,
            f"{T2} is not in {A}: it is in {B}, so name that one",
            id="split-of-another",
        ),
        pytest.param(
            partial(move, tracks=["track-00077"], to=B), UserError, "There is no track-00077", id="unknown-track"
        ),
        pytest.param(
            partial(move, tracks=[T5], to=B, origin=A),
            ConflictError,
            f"{T5} is not in {A}: it is in no identity: move it to one",
            id="move-from-where-it-is-not",
        ),
    ],
)
def test_refused(store: ArtifactStore, gesture: Callable[[View], Draft], error: type[UserError], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        gesture(Log(store).view)


def test_a_merged_identity_is_gone_and_names_its_successor(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(MERGE)
    with pytest.raises(GoneError, match=f"{B} of .* is now part of {A}") as gone:
        move(log.view, [T1], B)
    assert gone.value.successor == A


def test_a_deleted_track_cannot_be_moved(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(dismiss, tracks=[T3], reason="deleted"))
    with pytest.raises(UserError, match=f"{T3} is deleted: restore it"):
        move(log.view, [T3], B)


def test_the_name_that_a_person_gave_stays(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(name, identity_id=B, person_id="ben"))
    log.say(MERGE)
    assert log.view.identity(A).person_id == "ben"


def test_two_names_need_a_choice(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(name, identity_id=A, person_id="ann"))
    log.say(partial(name, identity_id=B, person_id="ben"))
    with pytest.raises(NameConflictError, match=f"{A} is ann, {B} is ben") as conflict:
        merge(log.view, A, [B])
    assert conflict.value.people == ("ann", "ben")
    with pytest.raises(UserError, match="cleo is the name of none"):
        merge(log.view, A, [B], keep_name="cleo")
    log.say(partial(merge, target=A, sources=[B], keep_name="ben"))
    assert log.members == {A: (T1, T2, T3, T4)}
    assert log.view.identity(A).person_id == "ben"


def test_identities_that_were_said_to_differ_merge_only_when_confirmed(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(SPLIT)
    with pytest.raises(ConflictError, match=f"ann said that {A} and {NEW} are different people"):
        merge(log.view, A, [NEW])
    log.say(partial(merge, target=A, sources=[NEW], confirm=True))
    assert log.members == {A: (T1, T3), B: (T2, T4)}
    log.say(partial(split, identity_id=A, tracks=[T3]))
    assert sorted(log.members.values()) == [(T1,), (T2, T4), (T3,)]


@pytest.mark.parametrize(
    "gesture",
    [
        pytest.param(MERGE, id="merge"),
        pytest.param(partial(move, tracks=[T3], to=B), id="move"),
        pytest.param(partial(move, tracks=[T1, T3], to=B), id="move-all"),
    ],
)
def test_tracks_that_share_a_frame_become_one_only_when_confirmed(
    store: ArtifactStore, gesture: Callable[..., Draft]
) -> None:
    side_by_side(store)
    log = Log(store)
    with pytest.raises(ConflictError, match=r"shares a frame with .* mirror"):
        gesture(log.view)
    log.say(partial(gesture, confirm=True))
    home = log.view.home
    assert home[T3] == home[T4]


@pytest.mark.parametrize(
    ("locked", "named"), [pytest.param(False, (12, 12), id="unlocked"), pytest.param(True, (14, 16), id="locked")]
)
def test_a_merge_with_a_locked_identity_names_all_tracks(locked: bool, named: tuple[int, int]) -> None:
    scene = row_of_faces(30)
    log = Said(scene)
    if locked:
        log.say("lock", whole(2, range(15, 31)))
    identities = last_run([range(1, 15), range(15, 31)])
    draft = merge(View(Episode(EP_ID, scene, identities, NO_EXCEPTIONS), log.decisions), A, [B])
    assert tuple(len(subject.anchors) for subject in draft.decisions[0].subjects) == named
