"""The sample episode: its truth is consistent, its video matches the truth, and it is created once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources import sample_episode
from screenalytics_resources.errors import UserError
from screenalytics_resources.sample_episode import (
    HEIGHT,
    SAMPLE_VERSION,
    WIDTH,
    SampleEpisode,
    make_sample_episode,
    sample_truth,
    visible_faces,
    window_at,
)
from screenalytics_resources.sample_shots import PEOPLE, PHOTOGRAPHS, SHOTS, Pane, Photograph, Shot, Window

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@pytest.fixture(scope="module")
def truth(sample: SampleEpisode) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(sample.truth.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def frames(sample: SampleEpisode, truth: dict[str, Any]) -> dict[int, NDArray[Any]]:
    """Frames around every cut and in the middle of every shot, by frame number."""
    import av

    wanted = set()
    for shot in truth["shots"]:
        first, last = shot["first_frame"], shot["last_frame"]
        wanted |= {first, (first + last) // 2, last - 1, last}
    with av.open(sample.video) as container:
        decoded = enumerate(container.decode(video=0))
        return {index: frame.to_ndarray(format="bgr24") for index, frame in decoded if index in wanted}


@pytest.fixture
def two_shots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce the episode to two short shots, which a test can create in a fraction of a second."""
    monkeypatch.setattr(sample_episode, "SHOTS", SHOTS[6:8])


def test_video_matches_the_truth(sample: SampleEpisode, truth: dict[str, Any]) -> None:
    import av

    with av.open(sample.video) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.pix_fmt) == (640, 360, "yuv420p")
        assert stream.average_rate == truth["fps"] == 25.0
        assert sum(1 for _ in container.decode(video=0)) == truth["frames"]
    assert (truth["ep_id"], truth["video"]) == ("demo-s01e01", sample.video.name)


def test_shots_tile_the_frames(truth: dict[str, Any]) -> None:
    first = [shot["first_frame"] for shot in truth["shots"]]
    last = [shot["last_frame"] for shot in truth["shots"]]
    assert first == [0, *(frame + 1 for frame in last[:-1])]
    assert last[-1] == truth["frames"] - 1
    assert all(25 <= b - a + 1 <= 55 for a, b in zip(first, last, strict=True))


def test_every_person_is_in_three_shots_and_two_shots_are_empty(truth: dict[str, Any]) -> None:
    seen = [person for shot in truth["shots"] for person in shot["people"]]
    assert set(seen) == set(truth["people"]) == {"person-" + letter for letter in "abcdefg"}
    assert all(seen.count(person) >= 3 for person in truth["people"])
    assert sum(not shot["people"] for shot in truth["shots"]) >= 2


def test_every_person_has_a_box_inside_the_frame(truth: dict[str, Any]) -> None:
    for shot in truth["shots"]:
        assert list(shot["boxes"]) == shot["people"]
        for x1, y1, x2, y2 in shot["boxes"].values():
            assert 0 <= x1 < x2 - 45 and x2 <= WIDTH and 0 <= y1 < y2 - 45 and y2 <= HEIGHT


def test_windows_stay_inside_their_photograph() -> None:
    for shot in SHOTS:
        for pane in shot.panes:
            photograph = PHOTOGRAPHS[pane.photograph]
            for window in pane.path:
                height = window.width * HEIGHT * len(shot.panes) / WIDTH
                assert min(window.x, window.y) >= 0, shot
                assert window.x + window.width <= photograph.width, shot
                assert window.y + height <= photograph.height, shot


@pytest.mark.parametrize(
    ("panes", "expected"),
    [
        pytest.param([("astronaut", 0, 0, 320)], {"person-g": (358, 124, 540, 354)}, id="twice-as-large"),
        pytest.param([("astronaut", 192, 0, 320)], {"person-g": (0, 124, 156, 354)}, id="clipped-at-the-left"),
        pytest.param([("astronaut", 240, 0, 160)], {}, id="a-third-visible-is-too-little"),
        pytest.param(
            [("rocket", 0, 0, 320), ("astronaut", 100, 0, 320)], {"person-g": (399, 62, 490, 177)}, id="right-pane"
        ),
        pytest.param([("coffee", 0, 0, 320)], {}, id="no-people"),
    ],
)
def test_visible_faces(panes: list[tuple[str, float, float, float]], expected: dict[str, Any]) -> None:
    shot = Shot(25, tuple(Pane(name, (Window(x, y, width),)) for name, x, y, width in panes))
    visible = visible_faces(shot, 10)
    assert visible.keys() == expected.keys()
    for person, box in expected.items():
        assert visible[person] == pytest.approx(box)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(0.0, Window(0, 0, 100), id="start"),
        pytest.param(0.25, Window(5, 10, 150), id="half-way-to-the-second"),
        pytest.param(1.0, Window(30, 0, 200), id="end"),
    ],
)
def test_window_at(moment: float, expected: Window) -> None:
    pane = Pane("party", (Window(0, 0, 100), Window(10, 20, 200), Window(30, 0, 200)))
    assert window_at(pane, moment) == expected


def test_one_face_leaves_the_frame_and_comes_back() -> None:
    seen = [[bool(visible_faces(shot, frame)) for frame in range(shot.frames)] for shot in SHOTS]
    [leaving] = [shot for shot in seen if any(shot) and not all(shot)]
    assert leaving[0] and leaving[-1]
    assert 5 <= leaving.count(False) <= 12


def test_blended_frames_mix_both_shots(frames: dict[int, NDArray[Any]]) -> None:
    ends = np.cumsum([shot.frames for shot in SHOTS]) - 1
    blended = [int(end) for shot, end in zip(SHOTS, ends, strict=True) if shot.blends_into_next]
    assert len(blended) == 3
    for frame in blended:
        before, mixed, after = (frames[index].astype(float) for index in (frame - 1, frame, frame + 1))
        assert np.abs(mixed - (before + after) / 2).mean() < 5
        assert np.abs(mixed - before).mean() > 15


def test_second_call_reuses_the_files(sample: SampleEpisode) -> None:
    times = [path.stat().st_mtime_ns for path in (sample.video, sample.truth)]
    assert make_sample_episode(sample.video.parent) == sample
    assert [path.stat().st_mtime_ns for path in (sample.video, sample.truth)] == times
    assert sorted(sample.video.parent.iterdir()) == [sample.video, sample.truth]


@pytest.mark.usefixtures("two_shots")
@pytest.mark.parametrize(
    ("video", "truth_text"),
    [
        pytest.param(None, json.dumps({"generator": SAMPLE_VERSION}), id="no-video"),
        pytest.param(b"film", None, id="no-truth"),
        pytest.param(b"film", '{"generator": "sam', id="truncated-truth"),
        pytest.param(b"film", '{"generator": "sample-episode-0"}', id="older-version"),
        pytest.param(b"film", "[]", id="truth-is-not-an-object"),
    ],
)
def test_incomplete_pair_is_created_again(tmp_path: Path, video: bytes | None, truth_text: str | None) -> None:
    if video is not None:
        (tmp_path / "demo-s01e01.mp4").write_bytes(video)
    if truth_text is not None:
        (tmp_path / "demo-s01e01.truth.json").write_text(truth_text, encoding="utf-8")
    episode = make_sample_episode(tmp_path)
    assert json.loads(episode.truth.read_text(encoding="utf-8")) == sample_truth()
    assert episode.video.stat().st_size > 10_000
    assert sorted(tmp_path.iterdir()) == [episode.video, episode.truth]


@pytest.mark.usefixtures("two_shots")
def test_creation_is_deterministic(tmp_path: Path) -> None:
    first, second = (make_sample_episode(tmp_path / name) for name in ("first", "second"))
    assert first.video.read_bytes() == second.video.read_bytes()
    assert first.truth.read_bytes() == second.truth.read_bytes()


@pytest.mark.parametrize(
    "photograph",
    [
        pytest.param(Photograph("no_such_package_here", "a.jpg", 640, 427), id="no-package"),
        pytest.param(Photograph("skimage", "data/absent.jpg", 640, 427), id="no-file"),
        pytest.param(Photograph("skimage", "data/rocket.jpg", 641, 427), id="another-size"),
    ],
)
def test_missing_photograph_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photograph: Photograph
) -> None:
    monkeypatch.setitem(PHOTOGRAPHS, "rocket", photograph)
    with pytest.raises(UserError, match=f"{photograph.path} of {photograph.width}x427 .* {photograph.package}"):
        make_sample_episode(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.shared
def test_a_detector_finds_the_faces_of_the_truth(frames: dict[int, NDArray[Any]], truth: dict[str, Any]) -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is missing")
    from insightface.model_zoo import get_model

    model = SHARED / "models" / "buffalo_sc" / "det_500m.onnx"
    assert model.is_file(), f"{model} is missing"
    detector = get_model(str(model), providers=["CPUExecutionProvider"])
    detector.prepare(-1, input_size=(640, 640), det_thresh=0.6)
    for shot in truth["shots"]:
        detections, _ = detector.detect(frames[(shot["first_frame"] + shot["last_frame"]) // 2])
        centres = [((x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2, _ in detections]
        assert len(centres) == len(PEOPLE.keys() & shot["people"]), shot
        for x1, y1, x2, y2 in shot["boxes"].values():
            assert sum(x1 < x < x2 and y1 < y < y2 for x, y in centres) == 1, shot
