"""Decisions of people hold in every clustering, and agree with what readers saw before it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import numpy as np
import pytest

from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.identity_records import ChosenFace, Identities, Labels
from screenalytics_assets.contract.schemas import TrackEmbeddings
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_episode import cluster_episode, without_tracks
from screenalytics_assets.identities.decided import NOTHING_DECIDED, Decided
from screenalytics_assets.identities.integrity import identity_problems
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.state import Scene
from screenalytics_assets.settings.stages import ClusteringSettings
from tests.moderation.scenes import Log, face, row_of_faces, scene_of_tracks, selected, whole
from tests.tiny_episode import CLEAR_NORM, EP_ID, FPS, NOW, PLAIN_PACK, make_embedding, origin, unit

A, B, C = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
VECTORS = (A, A, A, B, B, C)
"""Without decisions identity 1 has tracks 1 to 3, identity 2 has 4 and 5, and identity 3 has 6."""
WEAK = 0.1
AS_USUAL: Mapping[str, object] = {}

SETTINGS = pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="defaults"),
        pytest.param({"cluster_thresh": -1.0, "min_identity_sim": -1.0}, id="all-in-one"),
        pytest.param({"cluster_thresh": 1.0}, id="only-equal-embeddings"),
        pytest.param({"min_cluster_size": 5}, id="no-cluster-is-large-enough"),
        pytest.param({"min_identity_sim": 1.0}, id="every-track-is-an-outlier"),
        pytest.param({"unusable_norm": CLEAR_NORM + 1}, id="no-track-is-usable"),
        pytest.param({"algorithm": "dbscan"}, id="dbscan"),
        pytest.param({"cannot_link": False}, id="frames-do-not-count"),
    ],
)


def embeddings(scene: Scene, vectors: Sequence[tuple[float, ...]], weak: Sequence[int] = ()) -> TrackEmbeddings:
    numbers = [int(track.track_id.removeprefix("track-")) for track in scene.tracks]
    rows = [make_embedding(n, row, best_norm=WEAK if n in weak else CLEAR_NORM) for row, n in enumerate(numbers)]
    arrays = {"tracks.npy": np.stack([unit(*vector) for vector in vectors])}
    return TrackEmbeddings(EP_ID, rows, origin("track_embeddings", {}), PLAIN_PACK.name, arrays=arrays)


def decide(log: Log, scene: Scene) -> Decided:
    return Decided(log.decisions, "d" * 64, scene, replay(log.decisions, scene))


def run(
    scene: Scene,
    table: TrackEmbeddings,
    decided: Decided = NOTHING_DECIDED,
    previous: Identities | None = None,
    settings: Mapping[str, object] = AS_USUAL,
) -> Identities:
    """Do what the asset does."""
    chosen = ClusteringSettings.model_validate(settings)
    said = decided.moderation
    kept = without_tracks(table, said.dismissed)
    bounds = thresholds(chosen, PLAIN_PACK)
    clusters = cluster_episode(scene.tracks, kept, chosen, bounds, NO_EXCEPTIONS, said)
    episode = Episode(EP_ID, FPS, scene.tracks, kept.rows, kept.vectors, "0" * 64)
    later = NOW + timedelta(hours=1)
    ids = decided.ids_of(previous)
    content = build_identities(episode, clusters, chosen, PLAIN_PACK, later, previous, said, ids)
    assert identity_problems(content, table, "0" * 64) == []
    return content.model_copy(update={"decisions": decided.fates})


def members(content: Identities) -> dict[int, list[int]]:
    return {
        int(i.identity_id.removeprefix("identity-")): [int(t.removeprefix("track-")) for t in i.track_ids]
        for i in content.identities
    }


def merge(log: Log) -> None:
    log.say("same", whole(2, [4, 5]), whole(1, [1, 2, 3], "other"))


def split(log: Log) -> None:
    log.say("differ", selected([3]), whole(1, [1, 2], "other"))


def move(log: Log) -> None:
    away = log.new("differ", selected([3]), whole(1, [1, 2], "other"))
    log.gesture(away, log.new("same", whole(2, [4, 5]), selected([3], "other")))


def new_identity(log: Log) -> None:
    log.say("same", selected([1, 6]), identity_id="identity-00004")


def dismiss(log: Log) -> None:
    log.say("dismiss", selected([2, 6]), reason="not_a_face")


def name_two(log: Log) -> None:
    log.say("is_person", whole(1, [1, 2, 3]), person_id="ann")
    log.say("is_person", whole(2, [4, 5]), person_id="ben")


def name_alike(log: Log) -> None:
    log.say("is_person", whole(1, [1, 2, 3]), person_id="ann")
    log.say("is_person", whole(3, [6]), person_id="ann")


def refuse(log: Log) -> None:
    log.say("not_person", whole(1, [1, 2, 3]), person_id="ann")
    log.say("not_person", whole(1, [1, 2, 3]), person_id="ben")


def lock(log: Log) -> None:
    split(log)
    log.say("lock", whole(1, [1, 2]))
    log.say("label", whole(1, [1, 2]), text="the host")


def add_to_a_lock(log: Log) -> None:
    log.say("lock", whole(2, [4, 5]))
    log.say("same", whole(2, [4, 5]), selected([6], "other"))


def show_another_face(log: Log) -> None:
    log.say("represent", selected([2]), ts=44.0)
    log.say("reviewed", whole(1, [1, 2, 3]))


GESTURES = pytest.mark.parametrize(
    "gesture",
    [merge, split, move, new_identity, dismiss, name_two, name_alike, refuse, lock, add_to_a_lock, show_another_face],
)


FACES = pytest.mark.parametrize("weak", [pytest.param((), id="clear"), pytest.param(range(1, 7), id="weak")])


@SETTINGS
@GESTURES
@FACES
def test_the_tracks_of_identities_are_as_people_said(
    gesture: Callable[[Log], None], settings: Mapping[str, object], weak: Sequence[int]
) -> None:
    scene, table = row_of_faces(6), embeddings(row_of_faces(6), VECTORS, weak)
    previous, decided = told(scene, gesture)
    content = run(scene, table, decided, previous, settings)
    said, home = decided.moderation, {track: i for i in content.identities for track in i.track_ids}
    assert set(content.dismissed_tracks or ()) == set(overlay(previous, decided.decisions, scene).dismissed)
    for group in said.groups:
        assert len({home[track].identity_id for track in group}) == 1
    for one, other in said.apart:
        assert home[one].identity_id != home[other].identity_id
    for tracks in said.locks:
        assert home[tracks[0]].track_ids == tracks
    uncertain = {m.track_id for i in content.identities for m in i.members or () if m.uncertain}
    assert not uncertain & {track for group in said.groups for track in group}
    again = run(scene, table, decided, content, settings)
    assert (again.identities, again.lineage) == (content.identities, content.lineage)


@SETTINGS
@GESTURES
@FACES
def test_identities_say_of_each_track_what_people_said(
    gesture: Callable[[Log], None], settings: Mapping[str, object], weak: Sequence[int]
) -> None:
    scene = row_of_faces(6)
    previous, decided = told(scene, gesture)
    content = run(scene, embeddings(scene, VECTORS, weak), decided, previous, settings)
    said, home = decided.moderation, {track: i for i in content.identities for track in i.track_ids}
    for track, person in said.names.items():
        assert home[track].labels == Labels(person_id=person, assigned_by="person")
    for track, label in said.labels.items():
        assert home[track].label == label
    for track, refused in said.not_names.items():
        assert refused <= set(home[track].not_people or ())
    for track, ts in said.representatives.items():
        assert home[track].chosen_face == ChosenFace(track_id=track, ts=ts)
    assert all(home[track].reviewed for track in said.reviewed)


def told(scene: Scene, gesture: Callable[[Log], None]) -> tuple[Identities, Decided]:
    """Return the identities without decisions, and the decisions of a gesture about them."""
    previous = run(scene, embeddings(scene, VECTORS))
    assert members(previous) == {1: [1, 2, 3], 2: [4, 5], 3: [6]}
    log = Log(scene)
    gesture(log)
    return previous, decide(log, scene)


@pytest.mark.parametrize(
    ("gesture", "expected"),
    [
        pytest.param(merge, {2: [1, 2, 3, 4, 5], 3: [6]}, id="the-target-keeps-its-id"),
        pytest.param(split, {1: [1, 2], 2: [4, 5], 3: [6], 4: [3]}, id="a-part-that-was-split-off"),
        pytest.param(move, {1: [1, 2], 2: [3, 4, 5], 3: [6]}, id="a-moved-track"),
        pytest.param(dismiss, {1: [1, 3], 2: [4, 5]}, id="dismissed-tracks"),
        pytest.param(name_two, {1: [1, 2, 3], 2: [4, 5], 3: [6]}, id="two-names"),
    ],
)
def test_ids_are_those_that_readers_saw(gesture: Callable[[Log], None], expected: Mapping[int, list[int]]) -> None:
    scene = row_of_faces(6)
    previous, decided = told(scene, gesture)
    content = run(scene, embeddings(scene, VECTORS), decided, previous)
    assert members(content) == expected
    seen = overlay(previous, decided.decisions, scene)
    now = {identity.identity_id: identity.track_ids for identity in content.identities}
    assert now == {identity.identity_id: identity.track_ids for identity in seen.identities}
    before, after = set(members(previous)), set(members(content))
    assert content.lineage.retired == tuple(f"identity-{number:05d}" for number in sorted(before - after))
    if gesture is merge:
        assert content.lineage.merged_from == {"identity-00002": ("identity-00001",)}
    if gesture is split:
        assert content.lineage.split_from == {"identity-00004": "identity-00001"}


def test_tracks_that_share_a_frame_are_one_person_if_a_person_says_so() -> None:
    scene = scene_of_tracks([face(1, 0, 50), face(2, 10, 60, left=300.0), face(3, 10, 60, left=500.0)])
    table = embeddings(scene, [A, A, A])
    previous = run(scene, table)
    assert sorted(map(len, members(previous).values())) == [1, 1, 1]
    log = Log(scene)
    log.say("same", whole(1, [1]), whole(2, [2], "other"))
    assert members(run(scene, table, decide(log, scene), previous)) == {1: [1, 2], 3: [3]}


def test_after_another_tracking_ids_and_decisions_are_found_by_time_and_place() -> None:
    before = row_of_faces(6)
    previous = run(before, embeddings(before, VECTORS))
    log = Log(before)
    merge(log)
    log.say("is_person", whole(2, [4, 5]), person_id="ann")
    now = scene_of_tracks([face(n + 10, n * 100 + 2, n * 100 + 50) for n in range(1, 7)])
    content = run(now, embeddings(now, VECTORS), decide(log, now), previous)
    assert members(content) == {2: [11, 12, 13, 14, 15], 3: [16]}
    assert [identity.labels.person_id for identity in content.identities] == ["ann", None]


def test_fates_of_decisions() -> None:
    scene = row_of_faces(6)
    log = Log(scene)
    log.say("is_person", whole(1, [1, 2, 3]), person_id="ann")
    log.say("is_person", whole(1, [1, 2, 3]), person_id="ben")
    log.undo(log.say("lock", whole(2, [4, 5])))
    log.say("label", whole(3, [6]), text="the cook")
    fates = decide(log, scene_of_tracks(scene.tracks[:5])).fates
    assert fates is not None
    assert (fates.last_seq, fates.sha256, fates.applied, fates.partial, fates.undone) == (5, "d" * 64, 1, 0, 1)
    assert [(fate.seq, fate.kind) for fate in fates.lost] == [(5, "label")]
    assert [(fate.seq, fate.overruled_by) for fate in fates.overruled] == [(1, (2,))]
    assert "ann" not in fates.model_dump_json() and "cook" not in fates.model_dump_json()
    assert NOTHING_DECIDED.fates is None and NOTHING_DECIDED.inputs == {}


def test_newer_decisions_name_identities_of_an_earlier_run() -> None:
    scene = row_of_faces(6)
    previous = run(scene, embeddings(scene, VECTORS))
    log = Log(scene)
    log.say("is_person", whole(1, [1, 2, 3]), person_id="ann")
    log.say("not_person", whole(2, [4, 5]), person_id="ann")
    now = decide(log, scene).said_of(previous)
    assert [(i.labels.person_id, i.not_people) for i in now.identities] == [
        ("ann", None),
        (None, ("ann",)),
        (None, None),
    ]
    assert members(now) == members(previous)
    rebuilt = run(scene, embeddings(scene, VECTORS), decide(log, scene), previous)
    assert decide(log, scene).said_of(rebuilt) is rebuilt
