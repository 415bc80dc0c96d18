"""The sample episode: a short film made from photographs, with the ground truth of who appears in which shot.

It is created on first use without any download, because the photographs come with installed packages.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.sample_shots import FACES, PEOPLE, PHOTOGRAPHS, SHOTS, Box, Pane, Shot, Window

SAMPLE_VERSION = "sample-episode-1"
"""Increase this with every change to the frames or the truth. An episode of another version is created again."""

EP_ID = "demo-s01e01"
FPS = 25
WIDTH, HEIGHT = 640, 360
VISIBLE_SHARE = 0.6
"""A face is visible if at least this share of its box is inside the pane."""
LUMA_RANGE = (16, 235)
"""The luma values that ITU-R BT.601 allows in video."""
SEED = 7
NOISE_MARGIN = 64
"""The noise field is this many pixels larger than a frame on each axis. Each frame uses a random part of it."""


@dataclass(frozen=True)
class SampleEpisode:
    """Paths of the two files of the sample episode."""

    video: Path
    truth: Path


def make_sample_episode(folder: Path) -> SampleEpisode:
    """Return the sample episode in `folder`, creating it unless both files exist in the current version.

    Raises:
        UserError: if a photograph is missing from its package or has an unexpected size.
    """
    episode = SampleEpisode(folder / f"{EP_ID}.mp4", folder / f"{EP_ID}.truth.json")
    if _is_current(episode):
        return episode
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{EP_ID}-") as scratch:
        video, truth = Path(scratch) / "video.mp4", Path(scratch) / "truth.json"
        _encode(_frames(), video)
        truth.write_text(json.dumps(sample_truth(), indent=1) + "\n", encoding="utf-8")
        # The truth is moved last because its version marks the pair as complete.
        video.replace(episode.video)
        truth.replace(episode.truth)
    return episode


def _is_current(episode: SampleEpisode) -> bool:
    if not (episode.video.is_file() and episode.truth.is_file()):
        return False
    try:
        truth = json.loads(episode.truth.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(truth, dict) and truth.get("generator") == SAMPLE_VERSION


def sample_truth() -> dict[str, Any]:
    """Return the content of the truth file. Frame numbers start at 0, and `last_frame` is inclusive.

    `people` of a shot are those whose face is visible in at least half of its frames. `boxes` contains their face
    boxes (x1, y1, x2, y2 in pixels of the video) at frame (first_frame + last_frame) // 2, clipped to the pane.
    """
    starts = list(accumulate((shot.frames for shot in SHOTS), initial=0))
    blended = [start - 1 for shot, start in zip(SHOTS, starts[1:], strict=True) if shot.blends_into_next]
    return {
        "ep_id": EP_ID,
        "video": f"{EP_ID}.mp4",
        "generator": SAMPLE_VERSION,
        "fps": float(FPS),
        "frames": starts[-1],
        "people": PEOPLE,
        "shots": [_shot_truth(shot, start) for shot, start in zip(SHOTS, starts, strict=False)],
        "notes": "Frames count from 0 and both ends of a shot belong to it. A blended frame belongs to the "
        f"earlier shot; they are {', '.join(map(str, blended))}.",
    }


def _shot_truth(shot: Shot, first_frame: int) -> dict[str, Any]:
    boxes = [visible_faces(shot, frame) for frame in range(shot.frames)]
    people = [person for person in PEOPLE if 2 * sum(person in seen for seen in boxes) >= shot.frames]
    middle = boxes[(shot.frames - 1) // 2]
    return {
        "first_frame": first_frame,
        "last_frame": first_frame + shot.frames - 1,
        "people": people,
        "boxes": {person: [round(side, 1) for side in middle[person]] for person in people},
    }


def visible_faces(shot: Shot, frame: int) -> dict[str, Box]:
    """Return the boxes, in pixels of the video, of the faces visible in a frame of the shot, by person."""
    pane_width = WIDTH // len(shot.panes)
    visible: dict[str, Box] = {}
    for index, pane in enumerate(shot.panes):
        window = window_at(pane, frame / (shot.frames - 1))
        for person, face in FACES.get(pane.photograph, {}).items():
            box, share = _through_window(face, window, pane_width)
            if share >= VISIBLE_SHARE:
                x1, y1, x2, y2 = box
                visible[person] = (x1 + index * pane_width, y1, x2 + index * pane_width, y2)
    return visible


def window_at(pane: Pane, moment: float) -> Window:
    """Return the window at `moment`, from 0 (first frame) to 1 (last frame), interpolated linearly along the path."""
    keys = np.linspace(0.0, 1.0, len(pane.path))
    x, y, width = (
        float(np.interp(moment, keys, values))
        for values in zip(*((key.x, key.y, key.width) for key in pane.path), strict=True)
    )
    return Window(x, y, width)


def _through_window(face: Box, window: Window, pane_width: int) -> tuple[Box, float]:
    """Return the face box in pixels of the pane, clipped to it, and the share of the box that remains."""
    scale = pane_width / window.width
    full = (np.array(face) - np.array([window.x, window.y, window.x, window.y])) * scale
    x1, y1, x2, y2 = np.clip(full, 0, [pane_width, HEIGHT, pane_width, HEIGHT]).tolist()
    share = (x2 - x1) * (y2 - y1) / float((full[2] - full[0]) * (full[3] - full[1]))
    return (x1, y1, x2, y2), share


def _frames() -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of the episode, each `(540, 640)` planar YUV 4:2:0 with the luma in the first 360 rows."""
    import cv2

    photographs = {name: _read_photograph(name) for name in PHOTOGRAPHS}
    rng = np.random.default_rng(SEED)
    grain = rng.standard_normal((HEIGHT + NOISE_MARGIN, WIDTH + NOISE_MARGIN), dtype=np.float32)
    for index, shot in enumerate(SHOTS):
        for frame in range(shot.frames):
            picture = _render(shot, frame, photographs)
            if shot.blends_into_next and frame == shot.frames - 1:
                following = _render(SHOTS[index + 1], 0, photographs)
                picture = cv2.addWeighted(picture, 0.5, following, 0.5, 0.0).astype(np.uint8, copy=False)
            top, left = rng.integers(0, NOISE_MARGIN, size=2)
            planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).astype(np.uint8, copy=False)
            noisy = planes[:HEIGHT] + shot.noise * grain[top : top + HEIGHT, left : left + WIDTH]
            planes[:HEIGHT] = np.clip(noisy, *LUMA_RANGE).astype(np.uint8)
            yield planes


def _read_photograph(name: str) -> NDArray[np.uint8]:
    import cv2

    photograph = PHOTOGRAPHS[name]
    # Only the package's folder is needed. `find_spec` does not import the package.
    spec = find_spec(photograph.package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    picture = cv2.imread(str(Path(folders[0]) / photograph.path)) if folders else None
    if picture is None or picture.shape[:2] != (photograph.height, photograph.width):
        raise UserError(
            f"The sample episode needs the picture {photograph.path} of {photograph.width}x{photograph.height} "
            f"pixels from the Python package {photograph.package}, which does not contain it. Reinstall the package."
        )
    return picture.astype(np.uint8, copy=False)


def _render(shot: Shot, frame: int, photographs: dict[str, NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return a frame of the shot before noise is added, `(360, 640, 3)`, BGR."""
    import cv2

    moment = frame / (shot.frames - 1)
    pane_width = WIDTH // len(shot.panes)
    panes = [_crop(photographs[pane.photograph], window_at(pane, moment), pane_width) for pane in shot.panes]
    picture = cv2.hconcat(panes)
    if shot.blur:
        picture = cv2.GaussianBlur(picture, (0, 0), shot.blur)
    light = shot.light[0] + (shot.light[1] - shot.light[0]) * moment
    return cv2.convertScaleAbs(picture, alpha=light).astype(np.uint8, copy=False)


def _crop(photograph: NDArray[np.uint8], window: Window, pane_width: int) -> NDArray[np.uint8]:
    """Return the part of the photograph inside the window, resampled with subpixel precision to the pane's size."""
    import cv2

    step = window.width / pane_width
    # Pixel centres are at half-integer coordinates, hence the two halves.
    matrix = np.array([[step, 0, window.x + step / 2 - 0.5], [0, step, window.y + step / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (pane_width, HEIGHT)
    crop = cv2.warpAffine(photograph, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return crop.astype(np.uint8, copy=False)


def _encode(frames: Iterator[NDArray[np.uint8]], video: Path) -> None:
    import av

    has_x264 = "libx264" in av.codecs_available
    with av.open(video, "w") as container:
        options = {"crf": "20", "preset": "veryfast"} if has_x264 else {"qscale": "3"}
        stream = container.add_stream("libx264" if has_x264 else "mpeg4", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for planes in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode())
