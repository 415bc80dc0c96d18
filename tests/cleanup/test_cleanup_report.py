"""Report on a cleanup: known counts, and counts that agree with the artifacts."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.cleanup.artifact_set import CLEANED, ArtifactSet
from screenalytics_assets.contract.cleanup_records import MovedTrack, SplitCounts
from screenalytics_assets.tracks.integrity import track_problems
from tests.cleanup.cleanup_bench import (
    ALL_BUT_CAST,
    ALL_IN_ONE,
    CAST,
    Bench,
    content,
    locked,
    members,
    mixed_episode,
    sound_episode,
    with_content,
    without,
)
from tests.tiny_episode import EP_ID, NOW


@pytest.fixture
def sound(home: Path) -> ArtifactSet:
    return sound_episode(home)


@pytest.fixture
def mixed(home: Path) -> ArtifactSet:
    return mixed_episode(home)


def without_confidence(moved: MovedTrack) -> MovedTrack:
    return MovedTrack(track_id=moved.track_id, before=moved.before, after=moved.after)


def test_known_counts(mixed: ArtifactSet) -> None:
    after, report = Bench(mixed, CAST).run()
    assert members(after) == {1: [1, 6, 3], 2: [2, 4]}
    assert report.splits == SplitCounts(hard=1, streak=0, iou=0, total=1)
    assert (report.tracks_split, report.new_tracks_created) == (1, 1)
    assert (report.faces_rejected, report.faces_rejected_by_reason) == (1, {"low_norm": 1})
    assert (report.tracks_before, report.tracks_after) == (5, 6)
    assert (report.faces_before, report.faces_after) == (8, 7)
    assert (report.clusters_before, report.clusters_after) == (2, 2)
    assert (report.clusters_merged, report.clusters_grouped, report.auto_assigned_identities) == (0, 1, 2)
    assert report.grouping is not None
    assert report.grouping.model_dump() == {
        "centroids": 3,
        "within_episode": {"identity-00001": ("identity-00001", "identity-00003")},
        "across_episodes": {"identity-00001": "ann", "identity-00002": "ben"},
        "needs_review": {},
    }
    assert report.moved_tracks == ()
    assert report.locked_identities == ()


def rejected(before: ArtifactSet, after: ArtifactSet) -> dict[str, int]:
    """Count the faces that lost their embedding, by reason. Crops keep their keys."""
    assert before.faces is not None and after.faces is not None
    had = {face.crop_key for face in before.faces.rows if face.embedding_row is not None}
    lost = [f.rejection_reason or "" for f in after.faces.rows if f.embedding_row is None and f.crop_key in had]
    return {reason: lost.count(reason) for reason in sorted(set(lost))}


def mean_quality(artifacts: ArtifactSet) -> float:
    assert artifacts.faces is not None
    return round(float(np.mean([f.quality.score for f in artifacts.faces.rows if f.embedding_row is not None])), 4)


def counted(before: ArtifactSet, after: ArtifactSet) -> dict[str, object]:
    """Count the facts about a complete cleanup, by their names in the report."""
    assert before.tracks is not None and after.tracks is not None
    old = {track.track_id for track in before.tracks.rows}
    new = [track for track in after.tracks.rows if track.track_id not in old]
    homes = [{t: i.identity_id for i in content(a).identities for t in i.track_ids} for a in (before, after)]
    origin_of = {track.track_id: track.split_from for track in new}
    moved = [(t.track_id, homes[0].get(origin_of.get(t.track_id) or t.track_id), homes[1].get(t.track_id))
             for t in after.tracks.rows]  # fmt: skip
    counts: dict[str, object] = {
        "tracks_split": len({track.split_from for track in new}),
        "new_tracks_created": len(new),
        "splits": SplitCounts(hard=sum(t.split_reason == "hard" for t in new), streak=0, iou=0, total=len(new)),
        "faces_rejected": sum(rejected(before, after).values()),
        "faces_rejected_by_reason": rejected(before, after),
        "moved_tracks": tuple(MovedTrack(track_id=t, before=b, after=a) for t, b, a in moved if b != a),
        "digests": {asset: getattr(after, asset).digest for asset in CLEANED},
    }
    for when, artifacts in (("before", before), ("after", after)):
        assert artifacts.tracks is not None and artifacts.faces is not None
        sizes = [len(identity.track_ids) for identity in content(artifacts).identities]
        counts |= {
            f"tracks_{when}": len(artifacts.tracks.rows),
            f"faces_{when}": len(artifacts.faces.vectors),
            f"clusters_{when}": len(sizes),
            f"mean_quality_{when}": mean_quality(artifacts),
            f"singleton_fraction_{when}": round(sizes.count(1) / sum(sizes), 4),
            f"largest_cluster_fraction_{when}": round(max(sizes) / sum(sizes), 4),
        }
    return counts


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="as-usual"),
        pytest.param(ALL_IN_ONE, id="all-in-one"),
        pytest.param({"min_cluster_size": 5, "adopt_max_tracks": 0}, id="all-apart"),
    ],
)
@pytest.mark.parametrize(
    "lock", [pytest.param(None, id="free"), pytest.param(1, id="locked-1"), pytest.param(2, id="locked-2")]
)
def test_every_count_agrees_with_the_artifacts(
    settings: Mapping[str, object], lock: int | None, mixed: ArtifactSet
) -> None:
    before = locked(mixed, lock) if lock else mixed
    after, report = Bench(before, CAST).run(ALL_BUT_CAST, settings)
    plain = report.model_copy(update={"moved_tracks": tuple(without_confidence(m) for m in report.moved_tracks)})
    assert {name: getattr(plain, name) for name in counted(before, after)} == counted(before, after)
    assert report.clusters_merged == sum(map(len, content(after).lineage.merged_from.values()))
    assert report.metrics_before == before.metrics
    assert report.metrics_after == after.metrics
    assert report.locked_identities == ((f"identity-{lock:05d}",) if lock else ())
    assert after.tracks is not None and track_problems(after.tracks) == []


def test_a_new_piece_counts_from_its_origin(mixed: ArtifactSet) -> None:
    _, report = Bench(mixed, CAST).run(ALL_BUT_CAST)
    moved = MovedTrack(track_id="track-00006", before="identity-00001", after="identity-00003")
    assert [without_confidence(m) for m in report.moved_tracks] == [moved]
    assert report.moved_tracks[0].confidence_before is None
    assert (report.moved_tracks[0].confidence_after or 0.0) > 0.9
    assert report.moved_tracks[0].evidence_after == "like no other identity"


def test_merges_of_an_earlier_run_are_not_counted_again(sound: ArtifactSet) -> None:
    # The last run merged identity 7 into identity 1, and clustering again changes nothing.
    lineage = content(sound).lineage.model_copy(update={"merged_from": {"identity-00001": ("identity-00007",)}})
    before = with_content(sound, lineage=lineage)
    after, report = Bench(before).run(["recluster"])
    assert content(after).lineage == lineage
    assert report.clusters_merged == 0


def test_merges_are_counted(sound: ArtifactSet) -> None:
    after, report = Bench(sound).run(["recluster"], ALL_IN_ONE)
    assert members(after) == {2: [1, 2, 3, 4]}
    assert report.clusters_merged == 1


def test_without_identities_before_nothing_was_merged(mixed: ArtifactSet) -> None:
    _, report = Bench(without(mixed, "identities")).run(["recluster"])
    assert (report.clusters_merged, report.clusters_before, report.clusters_after) == (0, None, 2)
    assert (report.singleton_fraction_before, report.moved_tracks) == (None, ())


def test_names_given_by_people_are_not_counted_as_automatic(sound: ArtifactSet) -> None:
    after, report = Bench(sound, CAST, owned={"identity-00002": "ben"}).run(["group_clusters"])
    assert report.auto_assigned_identities == 1
    assert [i.labels.assigned_by for i in content(after).identities] == ["machine", "person"]


def test_an_identity_to_review_is_reported_with_its_reason(sound: ArtifactSet) -> None:
    _, report = Bench(sound, {"track-00001": "ann"}).run(["group_clusters"])
    assert report.grouping is not None
    assert report.grouping.needs_review == {"identity-00002": "No clear lead."}
    assert report.grouping.across_episodes == {"identity-00001": "ann"}
    assert (report.clusters_grouped, report.auto_assigned_identities) == (0, 1)


def test_the_report_repeats_the_request(mixed: ArtifactSet) -> None:
    _, report = Bench(mixed).run(["recluster"], {"cluster_thresh": 0.5})
    assert (report.ep_id, report.cleanup_id, report.profile) == (EP_ID, "cleanup-1", "balanced")
    assert (report.settings, report.created_at) == ({"cluster_thresh": "0.5"}, NOW)
    assert (report.write_back, report.promoted, report.refused) == (False, False, None)
