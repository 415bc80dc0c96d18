"""Films of close-ups, made from the photographs of the sample episode, with one face per shot.

A shot names the person at its beginning and the person at its end. If they differ, the picture dissolves from the first
to the second without a cut. `EMPTY_SHOT` stands for a shot of a plain backdrop.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.sample_episode import _read_photograph
from screenalytics_resources.sample_shots import FACES

FPS = 10
SIZE = (320, 240)
SHOT_FRAMES = 26
DISSOLVE = 5
BACKDROPS = ((200, 60, 40), (30, 30, 30), (60, 190, 60), (220, 220, 220), (40, 40, 180))
"""Backdrop colours, BGR. They alternate per shot, which makes each cut detectable."""
PEOPLE = [person for faces in FACES.values() for person in faces]
EMPTY_SHOT = ""
Shot = tuple[str, str]


def write_film(path: Path, shots: Sequence[Shot], options: dict[str, str] | None = None) -> Path:
    """Write a film in the container given by the suffix of `path`. Returns `path`.

    `options` are options of the container, such as `movflags`.
    """
    import av

    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream("mpeg4", rate=FPS, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for picture in _pictures(shots):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode(None))
    return path


def _pictures(shots: Sequence[Shot]) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(3)
    for number, (first, last) in enumerate(shots):
        for frame in range(SHOT_FRAMES):
            picture = _picture(first, last, frame, number)
            yield np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def _picture(first: str, last: str, frame: int, shot: int) -> NDArray[np.float64]:
    import cv2

    backdrop = np.broadcast_to(np.array(BACKDROPS[shot % len(BACKDROPS)], np.float64), (*SIZE[::-1], 3))
    if first == EMPTY_SHOT:
        return backdrop
    share = 0.0 if first == last else np.clip((frame - (SHOT_FRAMES - DISSOLVE) / 2) / DISSOLVE, 0, 1)
    shift, zoom = 6.0 * frame / SHOT_FRAMES, 1.0 + 0.08 * (shot % 4)
    oval = np.zeros(SIZE[::-1])
    centre = (int(SIZE[0] / 2 + shift), SIZE[1] // 2)
    cv2.ellipse(oval, centre, (int(52 * zoom), int(70 * zoom)), 0, 0, 360, 1.0, -1)
    mask = np.asarray(cv2.GaussianBlur(oval, (0, 0), 4), np.float64)[:, :, None]
    face = (1 - share) * _close_up(first, shift, zoom) + share * _close_up(last, shift, zoom)
    return mask * face + (1 - mask) * backdrop


def _close_up(person: str, shift: float, zoom: float) -> NDArray[np.float64]:
    """Return the face of a person, always at the same position and size."""
    import cv2

    photograph = next(name for name, faces in FACES.items() if person in faces)
    x1, y1, x2, y2 = FACES[photograph][person]
    scale = zoom * 90 / (y2 - y1)
    left, top = SIZE[0] / 2 - scale * (x1 + x2) / 2 + shift, SIZE[1] / 2 - scale * (y1 + y2) / 2
    matrix = np.array([[scale, 0, left], [0, scale, top]])
    return np.asarray(cv2.warpAffine(_photograph(photograph), matrix, SIZE), np.float64)


@cache
def _photograph(name: str) -> NDArray[np.uint8]:
    return _read_photograph(name)
