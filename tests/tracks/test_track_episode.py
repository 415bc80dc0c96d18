"""Pass over a video, on drawn films with a scripted engine instead of models."""

import gc
import hashlib
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from screenalytics_assets.contract.schemas import CropIndex
from screenalytics_assets.settings.stages import DetectionSettings, TrackingSettings
from screenalytics_assets.tracks import track_episode
from screenalytics_assets.tracks.candidates import Detection
from screenalytics_assets.tracks.clothing import clothing_descriptor
from screenalytics_assets.tracks.integrity import shot_problems
from screenalytics_assets.tracks.metrics import track_metrics
from screenalytics_assets.tracks.shot_tracks import ShotTracks
from screenalytics_assets.tracks.track_episode import EpisodeTracker, TrackedEpisode, sampled_boxes, track_id
from screenalytics_resources.video.frames import Frame
from tests.scripted_engine import Actor, Film, Script, ScriptedEngine, as_engine, person_of
from tests.tiny_episode import EP_ID


def tracked(film: Film, script: Script, folder: Path, **changes: object) -> TrackedEpisode:
    tracker = EpisodeTracker(
        EP_ID,
        as_engine(ScriptedEngine(script)),
        DetectionSettings(min_face_px=20),
        TrackingSettings.model_validate(changes),
        folder,
    )
    return tracker.run(film, lambda done: None)


def still(frames: range, *actors: Actor) -> Script:
    return {frame: list(actors) for frame in frames}


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_one_face_in_one_shot(tmp_path: Path) -> None:
    script = still(range(3, 18), Actor(100))
    episode = tracked(Film(script, 20), script, tmp_path)
    (track,) = episode.tracks
    assert (track.track_id, track.shot_id, track.first_frame, track.last_frame) == ("track-00001", "shot-0001", 3, 17)
    assert (track.first_ts, track.last_ts, track.frame_count, track.mean_score) == (0.3, 1.7, 15, 0.9)
    assert (track.split_from, track.split_reason, track.deleted) == (None, None, False)
    assert [(box.frame, box.bbox) for box in track.boxes] == [(f, (100, 60, 140, 110)) for f in (3, 8, 13, 17)]
    assert (episode.detections, episode.frames_analysed, episode.transition_frames) == (15, 20, 0)


def test_no_track_crosses_a_cut_and_frames_next_to_it_are_left_out(tmp_path: Path) -> None:
    script = still(range(40), Actor(100), Actor(200))
    episode = tracked(Film(script, 40, cuts=[20]), script, tmp_path)
    assert [(s.first_frame, s.last_frame) for s in episode.shots] == [(0, 19), (20, 39)]
    assert [(t.track_id, t.shot_id, t.first_frame, t.last_frame) for t in episode.tracks] == [
        ("track-00001", "shot-0001", 0, 18),
        ("track-00002", "shot-0001", 0, 18),
        ("track-00003", "shot-0002", 21, 39),
        ("track-00004", "shot-0002", 21, 39),
    ]
    assert (episode.transition_frames, episode.frames_analysed, episode.detections) == (2, 38, 76)


def test_a_split_track_names_its_first_piece_and_gets_its_own_crops(tmp_path: Path) -> None:
    import cv2

    script = still(range(20), Actor(20), Actor(100)) | still(range(20, 40), Actor(20), Actor(100, "ben"))
    episode = tracked(Film(script, 40), script, tmp_path)
    assert [(t.track_id, t.first_frame, t.last_frame, t.split_from, t.split_reason) for t in episode.tracks] == [
        ("track-00001", 0, 39, None, None),
        ("track-00002", 0, 19, None, None),
        ("track-00003", 20, 39, "track-00002", "hard"),
    ]
    assert episode.splits == {"hard": 1}
    for track, person in zip(episode.tracks, ["ann", "ann", "ben"], strict=True):
        assert track.crops
        for crop in track.crops:
            assert crop.crop_key == f"crops/{track.track_id}/frame-{crop.frame:06d}.jpg"
            assert track.first_frame <= crop.frame <= track.last_frame
            picture = cv2.imread(str(tmp_path / crop.crop_key.removeprefix("crops/")))
            x, y = np.array(crop.landmarks[2]) - crop.crop_box[:2]
            assert person_of(picture[int(y), int(x)]) == person


def test_splits_of_a_later_shot_count_from_there(tmp_path: Path) -> None:
    script = still(range(20), Actor(20)) | still(range(20, 41), Actor(20)) | still(range(41, 60), Actor(20, "ben"))
    episode = tracked(Film(script, 60, cuts=[20]), script, tmp_path)
    assert [(t.track_id, t.shot_id, t.split_from) for t in episode.tracks] == [
        ("track-00001", "shot-0001", None),
        ("track-00002", "shot-0002", None),
        ("track-00003", "shot-0002", "track-00002"),
    ]


def test_small_faces_are_dropped(tmp_path: Path) -> None:
    actors = [Actor(20, width=20, height=20), Actor(100, width=19.9, height=40), Actor(200, width=40, height=19.9)]
    script = still(range(10), *actors)
    episode = tracked(Film(script, 10), script, tmp_path)
    assert [track.boxes[0].bbox for track in episode.tracks] == [(20, 60, 40, 80)]
    assert episode.detections == 10


def test_only_every_nth_frame_is_analysed(tmp_path: Path) -> None:
    script = still(range(30), Actor(100))
    engine = ScriptedEngine(script)
    done: list[int] = []
    tracker = EpisodeTracker(EP_ID, as_engine(engine), DetectionSettings(), TrackingSettings(), tmp_path)
    episode = tracker.run(Film(script, 30, stride=4), done.append)
    assert engine.detector_calls == episode.frames_analysed == 8
    assert done == list(range(1, 31))
    assert (episode.tracks[0].first_frame, episode.tracks[0].last_frame, episode.tracks[0].frame_count) == (0, 28, 8)


def test_the_crop_folder_holds_the_crops_of_the_rows_and_an_index(tmp_path: Path) -> None:
    script = still(range(60), Actor(20), Actor(200, "ben"))
    episode = tracked(Film(script, 60, cuts=[30]), script, tmp_path, max_crops_per_track=3)
    names = [crop.crop_key.removeprefix("crops/") for track in episode.tracks for crop in track.crops]
    assert [len(track.crops) for track in episode.tracks] == [3, 3, 3, 3]
    assert files_below(tmp_path) == {*names, "index.json", "clothing.npy"}
    lines = sorted(f"{name} {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}" for name in names)
    expected = CropIndex(ep_id=EP_ID, crops=12, sha256=hashlib.sha256("\n".join(lines).encode()).hexdigest())
    assert CropIndex.model_validate_json((tmp_path / "index.json").read_bytes()) == expected == episode.crop_index


def test_the_clothing_of_each_crop_is_in_its_row(tmp_path: Path) -> None:
    """One face is so low that the frame shows nothing below it."""
    script = still(range(30), Actor(20, height=25), Actor(200, y=140))
    film = Film(script, 30)
    episode = tracked(film, script, tmp_path, max_crops_per_track=3)
    content = (tmp_path / "clothing.npy").read_bytes()
    assert episode.clothing_sha256 == hashlib.sha256(content).hexdigest()
    stored = np.load(tmp_path / "clothing.npy")
    high, low = episode.tracks
    assert [crop.clothing_row for crop in high.crops] == [0, 1, 2]
    assert [crop.clothing_row for crop in low.crops] == [None, None, None]
    images = {frame.index: frame.image for frame in film}
    expected = [clothing_descriptor(images[c.frame], np.array(c.bbox, np.float32)) for c in high.crops]
    np.testing.assert_array_equal(stored, np.array(expected))


def test_a_piece_of_one_detection_is_a_complete_track(tmp_path: Path) -> None:
    script = still(range(21), Actor(100)) | {10: [Actor(100, "ben", score=0.99)]}
    episode = tracked(Film(script, 21), script, tmp_path, gate_every_s=0.1)
    piece = episode.tracks[1]
    assert (piece.first_frame, piece.last_frame, piece.frame_count, piece.duration_s) == (10, 10, 1, 0.0)
    assert [box.frame for box in piece.boxes] == [10]
    assert [crop.frame for crop in piece.crops] == [10]
    assert (piece.split_from, episode.tracks[2].split_from) == ("track-00001", "track-00001")


def test_a_video_without_faces(tmp_path: Path) -> None:
    episode = tracked(Film({}, 20), {}, tmp_path)
    assert (episode.tracks, episode.detections, len(episode.shots)) == ([], 0, 1)
    assert files_below(tmp_path) == {"index.json", "clothing.npy"}
    assert np.load(tmp_path / "clothing.npy").shape == (0, 600)
    assert CropIndex.model_validate_json((tmp_path / "index.json").read_bytes()).crops == 0


def detections_held() -> int:
    gc.collect()
    return sum(type(thing) is Detection for thing in gc.get_objects())


def test_a_closed_shot_leaves_nothing_but_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held_before = detections_held()
    alive: list[weakref.ref[ShotTracks]] = []
    counts: list[int] = []

    def watched(*arguments: object) -> ShotTracks:
        gc.collect()
        counts.append(sum(reference() is not None for reference in alive))
        shot = ShotTracks(*arguments)  # type: ignore[arg-type]
        alive.append(weakref.ref(shot))
        return shot

    monkeypatch.setattr(track_episode, "ShotTracks", watched)
    script = still(range(60), Actor(100))
    tracker = EpisodeTracker(
        EP_ID, as_engine(ScriptedEngine(script)), DetectionSettings(), TrackingSettings(), tmp_path
    )
    episode = tracker.run(Film(script, 60, cuts=[20, 40]), lambda done: None)
    assert len(episode.tracks) == 3
    assert max(counts) <= 1, "the shot before last is still in memory"
    assert detections_held() == held_before, "detections outlive their shot"


def test_the_same_film_gives_the_same_rows_and_crops(tmp_path: Path) -> None:
    script = still(range(30), Actor(20), Actor(200, "ben"))
    results = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        results.append(tracked(Film(script, 30), script, tmp_path / name))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("times", "every_s", "expected"),
    [
        pytest.param([0.0], 0.5, [0.0], id="one"),
        pytest.param([0.0, 0.1], 0.5, [0.0, 0.1], id="first-and-last"),
        pytest.param([0.0, 0.25, 0.5, 0.75, 1.0], 0.5, [0.0, 0.5, 1.0], id="every-half-second"),
        pytest.param([0.0, 0.5, 0.6, 0.7], 0.5, [0.0, 0.5, 0.7], id="last-is-always-kept"),
        pytest.param([0.0, 2.0, 2.1, 4.0], 0.5, [0.0, 2.0, 4.0], id="across-a-gap"),
        pytest.param([0.0, 0.1, 0.2], 0.0, [0.0, 0.1, 0.2], id="all"),
    ],
)
def test_sampled_boxes(times: list[float], every_s: float, expected: list[float]) -> None:
    box = np.array([0, 0, 10, 10], np.float32)
    detections = [Detection(k, ts, box, 0.9, np.zeros((5, 2), np.float32)) for k, ts in enumerate(times)]
    assert [detection.ts for detection in sampled_boxes(detections, every_s)] == expected


@pytest.mark.parametrize(("number", "name"), [(1, "track-00001"), (99999, "track-99999"), (123456, "track-123456")])
def test_track_id(number: int, name: str) -> None:
    assert track_id(number) == name


def test_metrics_of_a_film(tmp_path: Path) -> None:
    script = still(range(20), Actor(20), Actor(100)) | still(range(20, 60), Actor(20), Actor(100, "ben"))
    film = Film(script, 60)
    engine = ScriptedEngine(script)
    tracker = EpisodeTracker(EP_ID, as_engine(engine), DetectionSettings(), TrackingSettings(), tmp_path)
    episode = replace(tracker.run(film, lambda done: None), returns_after_gap=1)
    metrics = track_metrics(EP_ID, episode, film, as_engine(engine), engine.faces_embedded, wall_s=2.0)
    assert (metrics.tracks, metrics.shots, metrics.detections, metrics.duration_s) == (3, 1, 120, 6.0)
    assert (metrics.tracks_per_minute, metrics.realtime_factor) == (30.0, 3.0)
    assert (metrics.splits.hard, metrics.splits.total, metrics.id_switch_rate) == (1, 1, round(2 / 3, 4))
    assert metrics.gate_embeddings == 12


class DissolvingFilm(Film):
    """A film whose second shot appears gradually in the `length` frames from `first` on."""

    def __init__(self, script: Script, frames: int, first: int, length: int) -> None:
        super().__init__(script, frames, cuts=[first + length])
        self._first, self._length = first, length

    def __iter__(self) -> Iterator[Frame]:
        frames = list(super().__iter__())
        for frame in frames:
            share = np.clip((frame.index - self._first + 1) / (self._length + 1), 0.0, 1.0)
            blended = cv2.addWeighted(frames[0].thumbnail, 1 - share, frames[-1].thumbnail, share, 0)
            yield replace(frame, thumbnail=blended.astype(np.uint8))


def test_a_dissolve_ends_the_tracks_and_its_frames_are_left_out(tmp_path: Path) -> None:
    script = still(range(24), Actor(100)) | still(range(24, 60), Actor(100, "ben"))
    episode = tracked(DissolvingFilm(script, 60, first=20, length=10), script, tmp_path)
    first, second = episode.shots
    assert (first.first_frame, first.last_frame + 1, second.last_frame) == (0, second.first_frame, 59)
    assert abs(second.first_frame - 24.5) <= 3
    before, after = episode.tracks
    assert (before.shot_id, before.first_frame, after.shot_id, after.last_frame) == ("shot-0001", 0, "shot-0002", 59)
    assert (before.split_from, after.split_from, episode.splits.total()) == (None, None, 0)
    assert 14 <= before.last_frame <= 21
    assert 28 <= after.first_frame <= 35
    assert episode.transition_frames == after.first_frame - before.last_frame - 1
    assert track_problems_of(episode) == []


class FlashingFilm(Film):
    """A film whose frames at `flashes` are white."""

    def __init__(
        self, script: Script, frames: int, flashes: Sequence[int], cuts: Sequence[int] = (), stride: int = 1
    ) -> None:
        super().__init__(script, frames, cuts, stride)
        self._flashes = frozenset(flashes)

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            is_white = frame.index in self._flashes
            yield replace(frame, thumbnail=np.full_like(frame.thumbnail, 255)) if is_white else frame


@pytest.mark.parametrize(
    ("flashes", "cuts", "stride", "left_out", "analysed"),
    [
        pytest.param([], [], 1, 0, 40, id="none"),
        pytest.param([10, 11], [], 1, 2, 38, id="two-frames"),
        pytest.param([10, 11], [], 4, 2, 10, id="frames-between-the-analysed-ones-count"),
        pytest.param([12], [], 4, 1, 9, id="analysed-frame"),
        pytest.param([10], [20], 1, 3, 37, id="flash-and-cut"),
        pytest.param([22], [20], 1, 3, 37, id="flash-after-a-cut"),
    ],
)
def test_frames_of_flashes_are_left_out(
    tmp_path: Path, flashes: list[int], cuts: list[int], stride: int, left_out: int, analysed: int
) -> None:
    script = still(range(40), Actor(100))
    episode = tracked(FlashingFilm(script, 40, flashes, cuts, stride), script, tmp_path)
    assert (episode.transition_frames, episode.frames_analysed) == (left_out, analysed)
    assert len(episode.shots) == 1 + len(cuts)


def test_a_dissolve_at_the_end_of_the_film_counts(tmp_path: Path) -> None:
    script = still(range(32), Actor(100))
    episode = tracked(DissolvingFilm(script, 32, first=20, length=10), script, tmp_path)
    assert len(episode.shots) == 2
    assert [track.shot_id for track in episode.tracks] == ["shot-0001"]
    assert track_problems_of(episode) == []


def track_problems_of(episode: TrackedEpisode) -> list[str]:
    """Return gaps between the shots, and tracks outside their shot."""
    shots = {shot.shot_id: shot for shot in episode.shots}
    outside = [
        track.track_id
        for track in episode.tracks
        if not shots[track.shot_id].first_frame
        <= track.first_frame
        <= track.last_frame
        <= shots[track.shot_id].last_frame
    ]
    return outside + shot_problems(episode.shots, episode.shots[-1].last_frame + 1)
