"""A cleanup of tracks that people cut or deleted: it leaves both as people said, and counts neither."""

from dataclasses import replace
from pathlib import Path

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.moderation.cut_tracks import cut_tracks, uncut_tracks
from screenalytics_assets.moderation.mark_tracks import follow_tracks, mark_tracks
from screenalytics_assets.moderation.state import Cut
from screenalytics_assets.track_embeddings.pool_again import pool_again
from screenalytics_assets.tracks.integrity import track_problems
from tests.cleanup.cleanup_bench import Bench, mixed_episode


def decided(artifacts: ArtifactSet, cuts: list[Cut], deleted: set[str]) -> ArtifactSet:
    """Return the artifacts with these cuts and deleted tracks."""
    assert artifacts.tracks and artifacts.faces and artifacts.track_embeddings
    tracks = artifacts.tracks.with_rows(mark_tracks(cut_tracks(artifacts.tracks.rows, cuts).rows, deleted))
    faces = artifacts.faces.with_rows(follow_tracks(artifacts.faces.rows, tracks.rows))
    embeddings = pool_again(artifacts.track_embeddings, tracks, faces)
    return replace(artifacts, tracks=tracks, faces=faces, track_embeddings=embeddings)


def spans(artifacts: ArtifactSet) -> list[tuple[str, int, int, bool]]:
    assert artifacts.tracks
    return [(t.track_id[-1], t.first_frame, t.last_frame, t.deleted) for t in artifacts.tracks.rows]


def test_a_mixed_track_that_people_deleted_or_cut_is_not_split(home: Path) -> None:
    mixed = mixed_episode(home)
    after, _ = Bench(mixed).run(["split_tracks"])
    assert len(spans(after)) == 6, "otherwise the gate splits track 1"
    for cuts, deleted in (([], {"track-00001"}), ([Cut("track-00001", 1.0, 1)], set[str]())):
        before = decided(mixed, cuts, deleted)
        after, report = Bench(before).run(["split_tracks"])
        assert spans(after) == spans(before)
        assert report.new_tracks_created == 0


def test_metrics_describe_the_uncut_tracks(home: Path) -> None:
    before = decided(mixed_episode(home), [Cut("track-00002", 4.0, 1)], set())
    after, report = Bench(before).run(["split_tracks"])
    assert after.tracks
    assert after.tracks.metrics.tracks == len(uncut_tracks(after.tracks.rows)) == 6
    assert len(after.tracks.rows) == 7
    assert track_problems(after.tracks) == []
    assert (report.tracks_before, report.tracks_after) == (6, 7)


def test_faces_that_are_embedded_again_keep_their_marks(home: Path) -> None:
    before = decided(mixed_episode(home), [Cut("track-00001", 1.0, 1)], {"track-00006", "track-00003"})
    after, report = Bench(before).run(["reembed"])
    assert after.faces
    deleted = {face.track_id for face in after.faces.rows if face.deleted}
    assert deleted == {"track-00006", "track-00003"}
    assert (report.tracks_before, report.tracks_after) == (4, 4)
    assert report.faces_before == 5, "without the three faces of deleted tracks"
