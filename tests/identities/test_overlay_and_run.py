"""The next run agrees with what readers see before it, on everything that people said."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import TrackEmbeddings
from screenalytics_assets.identities.memberships import VOUCHED
from screenalytics_assets.merge_suggestions.compared_episode import compare_episode
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.state import Scene
from screenalytics_assets.moderation.vouched import vouched_tracks
from tests.identities.test_decided import A, B, decide, members, run
from tests.moderation.scenes import Log, named, row_of_faces, selected, whole
from tests.moderation.test_overlay import COUNT, statements, tell
from tests.tiny_episode import EP_ID, FPS, PLAIN_PACK, make_embedding, origin, unit

Statement = tuple[str, list[int], list[int], str]


def table(scene: Scene, faceless: Sequence[int]) -> TrackEmbeddings:
    """Return embeddings of the tracks. The first half shows one person, and the rest another one."""
    rows, vectors = [], []
    for number in range(1, len(scene.tracks) + 1):
        rows.append(make_embedding(number, None if number in faceless else len(vectors)))
        if number not in faceless:
            vectors.append(unit(*(A if 2 * number <= len(scene.tracks) else B)))
    array = np.stack(vectors) if vectors else np.empty((0, 3), np.float32)
    return TrackEmbeddings(EP_ID, rows, origin("track_embeddings", {}), PLAIN_PACK.name, arrays={"tracks.npy": array})


def names_of(content: Identities) -> dict[str, str | None]:
    return {track: i.labels.person_id for i in content.identities for track in i.track_ids}


@given(st.sets(st.integers(1, COUNT)), statements, st.booleans())
@settings(max_examples=500, deadline=None)
def test_both_agree_on_everything_that_people_said(
    faceless: set[int], story: list[Statement], is_first_run: bool
) -> None:
    scene = row_of_faces(COUNT)
    embeddings = table(scene, sorted(faceless))
    first = run(scene, embeddings)
    log = Log(scene)
    for statement in story:
        tell(log, *statement)
    decided = decide(log, scene)
    seen = overlay(first, log.decisions, scene)
    content = run(scene, embeddings, decided, None if is_first_run else first)
    home = {track: i.identity_id for i in content.identities for track in i.track_ids}
    shown = seen.identity_of_track()
    said = vouched_tracks(decided.moderation)
    assert said <= home.keys() and said <= shown.keys()
    assert home.keys() & set(named(sorted(faceless))) <= said
    for group in decided.moderation.groups:
        assert len({home[track] for track in group}) == len({shown[track] for track in group}) == 1
    for one, other in decided.moderation.apart:
        assert home[one] != home[other] and shown[one] != shown[other]
    people = {track: i.person_id for i in seen.identities for track in i.track_ids}
    for track, person in decided.moderation.names.items():
        assert names_of(content)[track] == people[track] == person
    again = overlay(content, log.decisions, scene)
    assert again.identity_of_track() == home


def move_in(log: Log) -> None:
    log.say("same", whole(1, [1]), selected([3], "other"))


def split_off(log: Log) -> None:
    move_in(log)
    part = log.new("same", selected([3]), identity_id="identity-00003")
    log.gesture(log.new("differ", selected([3]), whole(1, [1, 2], "other")), part)


def undo(log: Log) -> None:
    log.undo(log.say("same", whole(1, [1]), selected([3], "other")))


@pytest.mark.parametrize(
    ("gesture", "expected", "unusable"),
    [
        pytest.param(move_in, {1: [1, 2, 3], 2: [4, 5]}, 1, id="moved-into-an-identity"),
        pytest.param(split_off, {1: [1, 2], 2: [4, 5], 3: [3]}, 1, id="split-off-again"),
        pytest.param(undo, {1: [1, 2], 2: [4, 5]}, 2, id="taken-back"),
        pytest.param(
            lambda log: log.say("is_person", selected([3, 6]), person_id="ann"),
            {1: [1, 2], 2: [4, 5], 3: [3, 6]},
            0,
            id="named-without-any-embedding",
        ),
        pytest.param(
            lambda log: log.say("label", selected([6]), text="waiter"), {1: [1, 2], 2: [4, 5], 3: [6]}, 1, id="labelled"
        ),
        pytest.param(
            lambda log: (move_in(log), log.say("dismiss", selected([3]), reason="deleted")),
            {1: [1, 2], 2: [4, 5]},
            1,
            id="deleted-afterwards",
        ),
    ],
)
def test_tracks_without_an_embedding(gesture: object, expected: dict[int, list[int]], unusable: int) -> None:
    scene = row_of_faces(6)
    embeddings = table(scene, [3, 6])
    first = run(scene, embeddings)
    assert members(first) == {1: [1, 2], 2: [4, 5]}
    log = Log(scene)
    gesture(log)  # type: ignore[operator]
    content = run(scene, embeddings, decide(log, scene), first)
    assert members(content) == expected == members_seen(first, log)
    assert len(content.unusable_tracks) == content.metadata.num_unusable_tracks == unusable
    placed = [m for i in content.identities for m in i.members or () if m.track_id in named([3, 6])]
    assert all((m.confidence, m.uncertain, m.evidence) == tuple(vars(VOUCHED).values()) for m in placed)


def members_seen(first: Identities, log: Log) -> dict[int, list[int]]:
    seen = overlay(first, log.decisions, log.scene)
    return {int(i.identity_id[-5:]): [int(track[-5:]) for track in i.track_ids] for i in seen.identities}


def test_a_track_without_an_embedding_changes_no_number_of_its_identity() -> None:
    scene = row_of_faces(6)
    embeddings = table(scene, [3, 6])
    log = Log(scene)
    move_in(log)
    log.say("is_person", selected([6]), person_id="ann")
    first = run(scene, embeddings)
    content = run(scene, embeddings, decide(log, scene), first)
    before, after, alone = first.identities[0], content.identities[0], content.identities[2]
    for number in ("size", "cohesion", "min_identity_sim", "low_cohesion"):
        assert getattr(before, number) == getattr(after, number)
    assert before.embedding_stats.centroid_norm == after.embedding_stats.centroid_norm
    assert after.seconds_on_screen > before.seconds_on_screen and after.uncertain_seconds == 0
    assert (alone.size, alone.cohesion, alone.low_cohesion, alone.embedding_stats.centroid_norm) == (0, 0, False, 0)


def test_identities_without_any_embedding_are_not_compared() -> None:
    scene = row_of_faces(6)
    embeddings = table(scene, [3, 6])
    log = Log(scene)
    log.say("label", selected([3]), text="waiter")
    content = run(scene, embeddings, decide(log, scene))
    assert members(content) == {1: [1, 2], 2: [4, 5], 3: [3]}
    episode = compare_episode(scene.tracks, embeddings, content, PLAIN_PACK.evidence, NO_EXCEPTIONS, FPS, None)
    assert [identity.identity_id for identity in episode.identities] == ["identity-00001", "identity-00002"]
    assert episode.labels.tolist() == [0, 0, 1, 1]
