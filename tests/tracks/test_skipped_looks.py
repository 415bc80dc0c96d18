"""Which looks are skipped, and that faces are found at the same frames as without skipping."""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.settings.sources import Resolved
from screenalytics_assets.settings.stages import DetectionSettings, TrackingSettings
from screenalytics_assets.tracks.looks import look_ahead
from screenalytics_assets.tracks.shots import PlacedFrame
from screenalytics_assets.tracks.skipped_looks import same_faces
from screenalytics_assets.tracks.track_episode import EpisodeTracker, TrackedEpisode
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.video.frames import Frame
from tests.scripted_engine import Actor, Film, Script, ScriptedEngine, as_engine
from tests.tiny_episode import EP_ID

THUMBNAIL = np.zeros((4, 4, 3), np.uint8)


def faces(*actors: Actor) -> Detections:
    boxes = np.array([actor.box for actor in actors], np.float32).reshape(-1, 4)
    landmarks = np.array([actor.landmarks for actor in actors], np.float32).reshape(-1, 5, 2)
    return Detections(boxes, np.array([actor.score for actor in actors], np.float32), landmarks)


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param([], [], True, id="no faces"),
        pytest.param([Actor(100)], [Actor(100)], True, id="a still face"),
        pytest.param([Actor(100)], [Actor(112)], True, id="overlap 0.54"),
        pytest.param([Actor(100)], [Actor(114)], False, id="overlap 0.48"),
        pytest.param([Actor(100)], [], False, id="a face disappears"),
        pytest.param([], [Actor(100)], False, id="a face appears"),
        pytest.param([Actor(20), Actor(100)], [Actor(100), Actor(20)], True, id="another order"),
        pytest.param([Actor(20), Actor(100)], [Actor(20), Actor(200)], False, id="one leaves, another comes"),
        pytest.param([Actor(100), Actor(108)], [Actor(100), Actor(108)], False, id="two faces cover each other"),
        pytest.param([Actor(100, score=0.64)], [Actor(100)], False, id="unclear before"),
        pytest.param([Actor(100)], [Actor(100, score=0.64)], False, id="unclear after"),
        pytest.param([Actor(100, score=0.66)], [Actor(100, score=0.66)], True, id="just clear"),
    ],
)
def test_same_faces(before: Sequence[Actor], after: Sequence[Actor], same: bool) -> None:
    assert same_faces(faces(*before), faces(*after)) is same


def looked_at(script: Script, times: Sequence[float], cuts: Sequence[int] = (), skip: bool = True) -> list[int]:
    """Return the frames passed to the detector, sorted. Every frame must be yielded in order, with its own faces."""
    detected: list[int] = []
    adding = threading.Lock()

    def detect(image: NDArray[np.uint8]) -> Detections:
        index = int(image[0, 0, 0])
        with adding:
            detected.append(index)
        return faces(*script.get(index, []))

    frames = [
        PlacedFrame(Frame(index, ts, THUMBNAIL, np.full((2, 2, 3), index, np.uint8)), 0, index in cuts, False)
        for index, ts in enumerate(times)
    ]
    looks = list(look_ahead(frames, detect, 2, skip))
    assert [look.placed for look in looks] == frames
    found = {look.placed.frame.index: look.faces.boxes.tolist() for look in looks if look.faces is not None}
    assert found == {index: faces(*script.get(index, [])).boxes.tolist() for index in sorted(detected)}
    return sorted(detected)


EVERY_TENTH = [index / 10 for index in range(8)]


@pytest.mark.parametrize(
    ("script", "times", "cuts", "detected"),
    [
        pytest.param({}, EVERY_TENTH, (), [0, 2, 4, 6, 7], id="empty: every second, and the last"),
        pytest.param({}, EVERY_TENTH[:1], (), [0], id="one frame"),
        pytest.param({}, EVERY_TENTH[:2], (), [0, 1], id="two frames"),
        pytest.param({}, [], (), [], id="no frame"),
        pytest.param({}, EVERY_TENTH, [4], [0, 2, 3, 4, 6, 7], id="first and last of each shot"),
        pytest.param({}, EVERY_TENTH, [3, 4], [0, 2, 3, 4, 6, 7], id="a shot of one frame"),
        pytest.param(
            {index: [Actor(100)] for index in range(3, 8)},
            EVERY_TENTH,
            (),
            [0, 2, 3, 4, 6, 7],
            id="a face appears in a held frame",
        ),
        pytest.param(
            {index: [Actor(30 * index)] for index in range(8)},
            EVERY_TENTH,
            (),
            list(range(8)),
            id="a fast face is looked at in every frame",
        ),
        pytest.param({}, [0.0, 0.25, 0.5, 0.75], (), [0, 2, 3], id="a pause of 0.5 s"),
        pytest.param({}, [0.0, 0.26, 0.52, 0.78], (), [0, 1, 2, 3], id="no longer pause"),
    ],
)
def test_frames_that_are_looked_at(
    script: Script, times: Sequence[float], cuts: Sequence[int], detected: list[int]
) -> None:
    assert looked_at(script, times, cuts) == detected
    assert looked_at(script, times, cuts, skip=False) == list(range(len(times)))


def tracked(script: Script, film: Film, folder: Path, skip_looks: bool) -> TrackedEpisode:
    folder.mkdir()
    settings = DetectionSettings(min_face_px=20, skip_looks=skip_looks)
    tracker = EpisodeTracker(EP_ID, as_engine(ScriptedEngine(script)), settings, TrackingSettings(), folder)
    return tracker.run(film, lambda done: None)


def test_tracks_begin_and_end_at_the_same_frames(tmp_path: Path) -> None:
    still = {frame: [Actor(20)] for frame in range(3, 40)}
    script = still | {frame: [Actor(20), Actor(100 + 10 * (frame - 10))] for frame in range(10, 18)}
    every = tracked(script, Film(script, 50, cuts=[25]), tmp_path / "every", skip_looks=False)
    fewer = tracked(script, Film(script, 50, cuts=[25]), tmp_path / "fewer", skip_looks=True)
    assert fewer.shots == every.shots
    spans = [[(t.shot_id, t.first_frame, t.last_frame) for t in episode.tracks] for episode in (every, fewer)]
    assert spans[0] == [("shot-0001", 3, 23), ("shot-0001", 10, 17), ("shot-0002", 26, 39)]
    assert spans[1] == spans[0]
    assert (every.frames_analysed, every.seconds_analysed) == (48, pytest.approx(fewer.seconds_analysed))
    assert fewer.frames_analysed < 36


def test_the_default_keeps_the_hash_of_settings() -> None:
    on, off = (Resolved(DetectionSettings(skip_looks=skip), {}) for skip in (True, False))
    assert "skip_looks" not in off.values.model_dump_json()
    assert on.sha256 != off.sha256
