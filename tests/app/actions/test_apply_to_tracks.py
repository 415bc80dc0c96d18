"""Decisions in the rows of tracks, faces and track embeddings: what is replaced, what stays, kills, and purges."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from screenalytics_app.actions.cleanup import restore
from screenalytics_app.actions.moderation import apply_to_tracks as module
from screenalytics_app.actions.moderation.apply_to_tracks import AppliedToTracks, apply_to_tracks
from screenalytics_app.actions.moderation.purge_deleted import Purged, purge_deleted
from screenalytics_assets.cleanup.write_back import promote_set, set_paths, stage_crop_index
from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    EPISODE_VIDEO,
    FACES,
    IDENTITIES,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
)
from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_assets.faces.checks import Loaded as LoadedFaces
from screenalytics_assets.faces.checks import crops_are_readable, faces_are_whole
from screenalytics_assets.lineage.staleness import Current, first_gap, stale_assets
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.track_embeddings.checks import Loaded as LoadedEmbeddings
from screenalytics_assets.track_embeddings.checks import track_embeddings_are_whole
from screenalytics_assets.track_reps.checks import Loaded as LoadedReps
from screenalytics_assets.track_reps.checks import track_reps_are_whole
from screenalytics_assets.tracks.checks import Loaded as LoadedTracks
from screenalytics_assets.tracks.checks import tracks_are_whole
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.promotion import backups, is_under_way, staging
from screenalytics_resources.sealed_files import read_seal, save_table
from tests.killed import die_at
from tests.moderation.said import said
from tests.tiny_episode import EP_ID, PACK, VIDEO, write_tiny_episode

Make = Callable[[ArtifactStore], Sequence[Decision]]
SHA256 = hashlib.sha256(VIDEO).hexdigest()
UP_TO_EMBEDDINGS = ["episode_video", "tracks", "faces", "track_embeddings"]
AFTER_IDENTITIES = [
    "identities",
    "cast_assignments",
    "merge_suggestions",
    "track_reps",
    "identity_evaluation",
    "screen_time",
]


def tracked(store: ArtifactStore) -> Callable[..., Decision]:
    """Return a function that makes decisions about the tracks as they are now."""
    tracks, video = load_artifact(store, TRACKS, EP_ID), load_artifact(store, EPISODE_VIDEO, EP_ID).content
    return partial(said, tracks=tracks, video=video)


def dismissed(store: ArtifactStore) -> list[Decision]:
    return [tracked(store)(1, "dismiss", numbers=[2], reason="not_a_face")]


def cut(store: ArtifactStore) -> list[Decision]:
    return [tracked(store)(1, "cut", numbers=[1], ts=3.0)]


def cut_and_dismissed(store: ArtifactStore) -> list[Decision]:
    return [tracked(store)(1, "dismiss", numbers=[1]), tracked(store)(2, "cut", numbers=[1], ts=3.0)]


def undone(store: ArtifactStore) -> list[Decision]:
    first = cut(store)[0]
    return [first, tracked(store)(2, "undo", undone=first.gesture_id)]


def restored(store: ArtifactStore) -> list[Decision]:
    return [*dismissed(store), tracked(store)(2, "restore", numbers=[2])]


def impossible(store: ArtifactStore) -> list[Decision]:
    """The only picture of the later part is at its end."""
    track = load_artifact(store, TRACKS, EP_ID).rows[0]
    assert [crop.frame for crop in track.crops] == [0, 30]
    return [tracked(store)(1, "cut", numbers=[1], ts=0.0), tracked(store)(2, "cut", numbers=[1], ts=99.0)]


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[Decision]], None]:
    """Let the log of every episode be these decisions."""

    def set_log(decisions: Sequence[Decision]) -> None:
        monkeypatch.setattr(module, "read_decisions", lambda *_: tuple(decisions))

    return set_log


def rows_of(store: ArtifactStore) -> str:
    """Return number, last frame and mark of each track, and the tracks and marks of the faces."""
    tracks, faces = load_artifact(store, TRACKS, EP_ID).rows, load_artifact(store, FACES, EP_ID).rows
    row = [f"{int(track.track_id[-5:])}:{track.last_frame}{'x' * track.deleted}" for track in tracks]
    return " ".join(row) + " | " + " ".join(f"{int(f.track_id[-5:])}{'x' * f.deleted}" for f in faces)


def files(store: ArtifactStore) -> dict[str, bytes]:
    paths = [path for spec in (TRACKS, FACES, TRACK_EMBEDDINGS) for path in spec.paths(EP_ID)]
    return {path: Path(store.root, path).read_bytes() for path in paths}


def contents(store: ArtifactStore) -> dict[str, bytes]:
    """Return the files without the side files, which may have a second seal after a kill."""
    return {path: content for path, content in files(store).items() if not path.endswith(".seal.json")}


def outcomes(store: ArtifactStore) -> list[Outcome]:
    tracks, faces = load_artifact(store, TRACKS, EP_ID), load_artifact(store, FACES, EP_ID)
    embeddings = load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    return [
        tracks_are_whole(LoadedTracks(store, tracks, GuardrailSettings.model_validate({}))),
        faces_are_whole(LoadedFaces(store, tracks, faces, PACK)),
        track_embeddings_are_whole(LoadedEmbeddings(tracks, faces, embeddings)),
    ]


AS_MADE = "1:30 2:40 3:80 4:90 5:70 | 1 1 2 2 3 3 4 4 5 5"


@pytest.mark.parametrize(
    ("decisions", "expected", "replaced"),
    [
        pytest.param(lambda _: [], AS_MADE, False, id="no decision"),
        pytest.param(dismissed, "1:30 2:40x 3:80 4:90 5:70 | 1 1 2x 2x 3 3 4 4 5 5", True, id="dismissed"),
        pytest.param(restored, AS_MADE, False, id="dismissed and restored"),
        pytest.param(cut, "1:0 6:30 2:40 3:80 4:90 5:70 | 1 6 2 2 3 3 4 4 5 5", True, id="cut"),
        pytest.param(undone, AS_MADE, False, id="cut undone"),
        pytest.param(impossible, AS_MADE, False, id="cuts outside the track"),
    ],
)
def test_rows(
    store: ArtifactStore,
    decide: Callable[[Sequence[Decision]], None],
    decisions: Make,
    expected: str,
    replaced: bool,
) -> None:
    before = files(store)
    decide(decisions(store))
    applied = apply_to_tracks(store, EP_ID)
    assert rows_of(store) == expected
    assert applied.replaced == (("tracks", "faces", "track_embeddings") if replaced else ())
    assert [outcome.description for outcome in outcomes(store) if not outcome.passed] == []
    assert stale_assets(store, EP_ID, Current(), SHA256) == (AFTER_IDENTITIES if replaced else [])
    assert first_gap(store, EP_ID, UP_TO_EMBEDDINGS) is None
    assert (files(store) == before) is not replaced
    after = files(store)
    assert apply_to_tracks(store, EP_ID).replaced == ()
    assert files(store) == after
    assert backups(store, EP_ID) == [], "decisions do not push out what a restore brings back"


@pytest.mark.parametrize("decisions", [dismissed, cut, cut_and_dismissed])
def test_undoing_all_restores_every_byte(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None], decisions: Make
) -> None:
    before, made = files(store), list(decisions(store))
    decide(made)
    apply_to_tracks(store, EP_ID)
    assert files(store) != before
    undo = tracked(store)
    undos = [undo(len(made) + n, "undo", undone=d.gesture_id) for n, d in enumerate(reversed(made), 1)]
    decide([*made, *undos])
    apply_to_tracks(store, EP_ID)
    assert files(store) == before
    assert stale_assets(store, EP_ID, Current(), SHA256) == []


def test_a_later_decision_about_a_part(store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]) -> None:
    """A part can be deleted alone, and the cut still holds."""
    first = cut(store)
    decide(first)
    apply_to_tracks(store, EP_ID)
    decide([*first, tracked(store)(2, "dismiss", numbers=[6])])
    assert apply_to_tracks(store, EP_ID).deleted == ("track-00006",)
    assert rows_of(store) == "1:0 6:30x 2:40 3:80 4:90 5:70 | 1 6x 2 2 3 3 4 4 5 5"


def test_marks_alone_leave_the_vectors(store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]) -> None:
    before = load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    decide(dismissed(store))
    apply_to_tracks(store, EP_ID)
    assert load_artifact(store, TRACK_EMBEDDINGS, EP_ID).digest == before.digest


def test_parts_have_their_own_vectors(store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]) -> None:
    decide(cut(store))
    apply_to_tracks(store, EP_ID)
    embeddings, faces = load_artifact(store, TRACK_EMBEDDINGS, EP_ID), load_artifact(store, FACES, EP_ID)
    assert [row.num_faces for row in embeddings.rows] == [1, 1, 2, 2, 2, 0]
    assert embeddings.vectors[:2] == pytest.approx(faces.vectors[:2], abs=1e-6)


def test_the_mark_of_a_cleanup_stays(store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]) -> None:
    save_table(store, FACES, load_artifact(store, FACES, EP_ID), cleanup="cleanup-1")
    decide(dismissed(store))
    apply_to_tracks(store, EP_ID)
    seals = [read_seal(store, spec, EP_ID) for spec in (TRACKS, FACES)]
    assert [seal.cleanup for seal in seals if seal] == [None, "cleanup-1"]


def remove(*specs: str) -> Callable[[ArtifactStore], object]:
    return lambda store: [store.manifest(EP_ID, name).unlink() for name in specs]


def other_faces(store: ArtifactStore) -> None:
    faces = load_artifact(store, FACES, EP_ID)
    origin = faces.provenance.model_copy(update={"inputs": {"tracks": "of other tracks"}})
    save_table(store, FACES, faces.with_rows(faces.rows, provenance=origin))


@pytest.mark.parametrize(
    ("change", "replaced"),
    [
        pytest.param(remove("faces.jsonl"), ("tracks",), id="no faces"),
        pytest.param(other_faces, ("tracks",), id="faces of other tracks"),
        pytest.param(remove("track_embeddings_meta.jsonl"), ("tracks", "faces"), id="no track embeddings"),
        pytest.param(remove("tracks.jsonl"), (), id="no tracks"),
        pytest.param(lambda store: store.manifest(EP_ID, "tracks.jsonl").write_bytes(b"{}"), (), id="damaged tracks"),
    ],
)
def test_what_is_out_of_date_stays_out_of_date(
    store: ArtifactStore,
    decide: Callable[[Sequence[Decision]], None],
    change: Callable[[ArtifactStore], object],
    replaced: tuple[str, ...],
) -> None:
    decide(dismissed(store))
    before_change = stale_assets(store, EP_ID, Current(), SHA256)
    change(store)
    stale = stale_assets(store, EP_ID, Current(), SHA256)
    assert before_change == []
    assert apply_to_tracks(store, EP_ID).replaced == replaced
    assert set(stale) <= set(stale_assets(store, EP_ID, Current(), SHA256))


@pytest.mark.parametrize("decisions", [dismissed, cut])
def test_killed_at_every_call(home: Path, decide: Callable[[Sequence[Decision]], None], decisions: Make) -> None:
    """All three tables are old or all are new, and the next call ends with the new ones."""
    whole = write_tiny_episode(home / "whole")
    decide(decisions(whole))
    before, deaths = contents(whole), 0
    complete = ArtifactStore(str(shutil.copytree(home / "whole", home / "complete")))
    apply_to_tracks(complete, EP_ID)
    finished = False
    while not finished:
        store = ArtifactStore(str(shutil.copytree(home / "whole", home / f"killed-{deaths}")))
        finished = die_at(deaths + 1, partial(apply_to_tracks, store, EP_ID))
        for spec in (TRACKS, FACES, TRACK_EMBEDDINGS):
            assert read_seal(store, spec, EP_ID) is not None
            if not is_under_way(store, EP_ID) or spec is not TRACK_EMBEDDINGS:
                load_artifact(store, spec, EP_ID)
        with episode_lock(store, EP_ID):
            assert contents(store) in (before, contents(complete))
            assert first_gap(store, EP_ID, UP_TO_EMBEDDINGS) is None
        apply_to_tracks(store, EP_ID)
        assert contents(store) == contents(complete)
        assert list(Path(store.root, "promotions", EP_ID).iterdir()) == []
        deaths += not finished
    assert deaths > 30


def test_a_restored_set_gets_the_decisions_since(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    with staging(store, EP_ID) as staged:
        stage_crop_index(staged)
        for path in set_paths(EP_ID):
            staged.take(path)
        promote_set(staged, "cleanup", ["identities"])
    decide(dismissed(store))
    assert apply_to_tracks(store, EP_ID).replaced
    restore(store, EP_ID, 1)
    assert rows_of(store) == "1:30 2:40x 3:80 4:90 5:70 | 1 1 2x 2x 3 3 4 4 5 5"


def test_a_purge_removes_pictures_and_clothes_of_deleted_tracks_alone(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    crops = ("crops/track-00002/frame-000005.jpg", "crops/track-00002/frame-000040.jpg")
    assert purge_deleted(store, EP_ID) == Purged((), (), 0)
    decide(dismissed(store))
    assert purge_deleted(store, EP_ID) == Purged(("track-00002",), crops, 2)
    assert purge_deleted(store, EP_ID) == Purged(("track-00002",), (), 0)
    left = sorted(path.parent.name for path in Path(str(store.frames(EP_ID, "crops"))).glob("*/*.jpg"))
    assert left == [f"track-{number:05d}" for number in (1, 1, 3, 3, 4, 4, 5, 5)]
    clothing = load_clothing(store, load_artifact(store, TRACKS, EP_ID))
    assert clothing is not None
    assert clothing.any(axis=1).tolist() == [True, True, False, False, True, True, True, True]
    assert [outcome.passed for outcome in outcomes(store)] == [True, True, True]


def test_a_restored_track_without_pictures_keeps_its_place(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    vectors = load_artifact(store, TRACK_EMBEDDINGS, EP_ID).digest
    decide(dismissed(store))
    purge_deleted(store, EP_ID)
    decide(restored(store))
    assert apply_to_tracks(store, EP_ID).deleted == ()
    assert rows_of(store) == AS_MADE
    assert load_artifact(store, TRACK_EMBEDDINGS, EP_ID).digest == vectors
    assert [outcome.passed for outcome in outcomes(store)] == [True, True, True]


def test_an_identity_whose_pictures_were_all_purged_needs_no_thumbnail(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    say = tracked(store)
    dismissal = say(1, "dismiss", numbers=[2, 4])
    decide([dismissal])
    assert len(purge_deleted(store, EP_ID).crops) == 4
    decide([dismissal, say(2, "undo", undone=dismissal.gesture_id)])
    apply_to_tracks(store, EP_ID)
    loaded = LoadedReps(
        store,
        load_artifact(store, TRACK_EMBEDDINGS, EP_ID),
        load_artifact(store, IDENTITIES, EP_ID).content,
        load_artifact(store, TRACK_REPS, EP_ID),
        GuardrailSettings.model_validate({}),
    )
    without, other = ["identity-00002", "identity-00001"]
    store.frames(EP_ID, "thumbs", without, "rep.jpg").unlink()
    assert track_reps_are_whole(loaded).passed
    store.frames(EP_ID, "thumbs", other, "rep.jpg").unlink()
    assert f"picture thumbs/{other}/rep.jpg is missing" in track_reps_are_whole(loaded).description


def test_faces_of_purged_crops_are_no_warning(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    """They are rejected if faces are made again after a purge."""
    decide(dismissed(store))
    purge_deleted(store, EP_ID)
    tracks, faces = load_artifact(store, TRACKS, EP_ID), load_artifact(store, FACES, EP_ID)
    for track_id, passed in (("track-00002", True), ("track-00003", False)):
        rows = [
            face.model_copy(update={"rejection_reason": "unreadable_crop"}) if face.track_id == track_id else face
            for face in faces.rows
        ]
        assert crops_are_readable(LoadedFaces(store, tracks, faces.with_rows(rows), PACK)).passed is passed


def test_a_purge_spares_a_track_that_was_restored_but_is_still_marked(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    decide(dismissed(store))
    apply_to_tracks(store, EP_ID)
    decide(restored(store))
    assert purge_deleted(store, EP_ID) == Purged((), (), 0)


def test_a_purge_killed_at_every_call_can_be_repeated(home: Path, decide: Callable[[Sequence[Decision]], None]) -> None:
    whole = write_tiny_episode(home / "whole")
    decide(dismissed(whole))
    apply_to_tracks(whole, EP_ID)
    finished, deaths = False, 0
    while not finished:
        store = ArtifactStore(str(shutil.copytree(home / "whole", home / f"killed-{deaths}")))
        finished = die_at(deaths + 1, partial(purge_deleted, store, EP_ID))
        assert [outcome.passed for outcome in outcomes(store)] == [True, True, True]
        purge_deleted(store, EP_ID)
        assert list(Path(str(store.frames(EP_ID, "crops", "track-00002"))).iterdir()) == []
        deaths += not finished
    assert deaths > 5


def test_a_missing_crop_that_was_not_purged_is_still_a_fault(
    store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]
) -> None:
    decide(dismissed(store))
    purge_deleted(store, EP_ID)
    store.frames(EP_ID, "crops", "track-00001", "frame-000000.jpg").unlink()
    assert [outcome.passed for outcome in outcomes(store)] == [False, False, True]


def test_without_decisions_nothing_is_read(store: ArtifactStore, decide: Callable[[Sequence[Decision]], None]) -> None:
    decide([])
    assert apply_to_tracks(store, EP_ID) == AppliedToTracks()
