"""The complete job on real video: every person is found and no two are mixed."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from screenalytics_app.actions.run_episode import RunRequest, RunResult, run_episode
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACK_REPS, TRACKS, Track
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import FileProgress
from screenalytics_resources.sample_episode import SampleEpisode


@dataclass(frozen=True)
class Outcome:
    """Result and artifacts of a run."""

    store: ArtifactStore
    result: RunResult
    tracks: dict[str, Track]
    identities: Identities


def run(root: Path, ep_id: str, video: Path, **settings: Any) -> Outcome:
    store = ArtifactStore(str(root))
    result = run_episode(RunRequest(ep_id, video, settings), store, FileProgress(store))
    tracks = {track.track_id: track for track in load_artifact(store, TRACKS, ep_id).rows}
    return Outcome(store, result, tracks, load_artifact(store, IDENTITIES, ep_id).content)


def crossing_tracks(outcome: Outcome, truth: dict[str, Any]) -> list[str]:
    """Return the tracks that cross a cut of the truth."""
    cuts = [shot["first_frame"] for shot in truth["shots"][1:]]
    return [
        track.track_id
        for track in outcome.tracks.values()
        if any(track.first_frame < cut <= track.last_frame for cut in cuts)
    ]


def person_in(track: Track, truth: dict[str, Any]) -> str | None:
    """Return the person whose face box, in the middle of the shot, is closest to the track's box."""
    shot = next(s for s in truth["shots"] if s["first_frame"] <= track.first_frame <= s["last_frame"])
    middle = (shot["first_frame"] + shot["last_frame"]) / 2
    seen = min(track.boxes, key=lambda box: abs(box.frame - middle)).bbox
    centre = ((seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2)

    def distance(box: list[float]) -> float:
        return abs((box[0] + box[2]) / 2 - centre[0]) + abs((box[1] + box[3]) / 2 - centre[1])

    return min(shot["boxes"], key=lambda person: distance(shot["boxes"][person]), default=None)


def test_sample_episode_finds_each_person_once(home: Path, sample: SampleEpisode) -> None:
    truth = json.loads(sample.truth.read_text())
    outcome = run(home, "demo-s01e01", sample.video)

    people_of: dict[str, set[str | None]] = defaultdict(set)
    for identity in outcome.identities.identities:
        people_of[identity.identity_id] = {person_in(outcome.tracks[t], truth) for t in identity.track_ids}
    assert all(len(people) == 1 for people in people_of.values()), people_of
    assert sorted(person for people in people_of.values() for person in people if person) == sorted(truth["people"])
    assert outcome.identities.unusable_tracks == ()
    assert crossing_tracks(outcome, truth) == []
    assert not outcome.result.blocked
    assert all(check.passed for check in outcome.result.checks if check.name.endswith("_are_whole"))


@pytest.mark.shared
@pytest.mark.parametrize("pack", ["opencv_zoo", "buffalo_sc"])
def test_bubble_is_two_people(home: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(shared / "models"))
    truth = json.loads((shared / "data/clips/bubble08.json").read_text())
    outcome = run(home, "bubble-s01e08", shared / "data/clips/bubble08.mp4", pack=pack)

    assert crossing_tracks(outcome, truth) == []
    home_of = {t: i.identity_id for i in outcome.identities.identities for t in i.track_ids}
    main: dict[str, set[str]] = defaultdict(set)
    for shot in truth["shots"]:
        inside = [t for t in outcome.tracks.values() if shot["first_frame"] <= t.first_frame <= shot["last_frame"]]
        for person in shot["people"]:
            main[person].add(home_of[max(inside, key=lambda track: track.frame_count).track_id])
    assert {len(ids) for ids in main.values()} == {1}
    assert main["john-travolta"] != main["glynnis-oconnor"]
    sizes = [len(identity.track_ids) for identity in outcome.identities.identities]
    assert sum(size >= 2 for size in sizes) == 2
    assert sum(size == 1 for size in sizes) <= 3


@pytest.mark.shared
def test_hamilton_keeps_miranda_together(home: Path, shared: Path) -> None:
    truth = json.loads((shared / "data/clips/hamilton.json").read_text())
    outcome = run(home, "hamilton-s01e01", shared / "data/clips/hamilton.mp4", pack="opencv_zoo")

    assert crossing_tracks(outcome, truth) == []
    # Miranda is alone in the third shot; in the first he is on the right, at x > 500.
    his_tracks = {t.track_id for t in outcome.tracks.values() if 82 <= t.first_frame <= 210}
    his_tracks |= {t.track_id for t in outcome.tracks.values() if t.last_frame <= 19 and t.boxes[0].bbox[0] > 500}
    holding = [set(i.track_ids) for i in outcome.identities.identities if his_tracks & set(i.track_ids)]
    assert holding == [his_tracks]


def test_same_video_gives_same_artifacts(home: Path, short_sample: Path) -> None:
    """The command line and Dagster's own execution, as in the UI, write the same artifacts."""
    from dagster import DagsterInstance

    from screenalytics_assets.definitions import build_definitions

    outcome = run(home, "demo-s01e01", short_sample, stride=12)
    first = digests(outcome.store)
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", ["demo-s01e01"])
        done = (
            build_definitions()
            .resolve_job_def("episode")
            .execute_in_process(
                partition_key="demo-s01e01",
                instance=instance,
                run_config={"ops": {"tracks": {"config": {"stride": 12}}}},
            )
        )
    assert done.success
    assert digests(outcome.store) == first
    assert len(load_artifact(outcome.store, TRACK_REPS, "demo-s01e01").rows) == len(outcome.tracks)


def digests(store: ArtifactStore) -> dict[str, str]:
    from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
    from screenalytics_resources.sealed_files import read_seal

    seals = {name: read_seal(store, spec, "demo-s01e01") for name, spec in EPISODE_SPECS.items()}
    return {name: seal.digest for name, seal in seals.items() if seal is not None}
