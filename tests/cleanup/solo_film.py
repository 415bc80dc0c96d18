"""A film of close-ups, one person a shot, some of which change person without a cut: made for cleanup to mend.

Cut from the photographs of the sample episode. With the appearance gate off, the tracks of the dissolving shots show
two people; and as nobody shares a frame with anybody, nothing but the threshold keeps people apart.
"""

from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.sample_episode import _read_photograph
from screenalytics_resources.sample_shots import FACES

FPS = 10
SIZE = (320, 240)
SHOT_FRAMES = 26
DISSOLVE = 5
SOLO_ROUNDS = 3
DISSOLVING = (("person-a", "person-d"), ("person-b", "person-g"), ("person-c", "person-e"), ("person-f", "person-e"))
"""Pairs of people of whom the second takes the first one's place in the middle of a shot."""
BACKDROPS = ((200, 60, 40), (30, 30, 30), (60, 190, 60), (220, 220, 220), (40, 40, 180))
"""Colours behind the faces, BGR, one a shot in turn, so that a cut is a cut."""
PEOPLE = [person for faces in FACES.values() for person in faces]


def shots() -> list[tuple[str, str]]:
    """The people at the beginning and at the end of each shot."""
    solo = [(person, person) for _ in range(SOLO_ROUNDS) for person in PEOPLE]
    every = len(solo) // len(DISSOLVING)
    for index, pair in enumerate(DISSOLVING):
        solo.insert((index + 1) * (every + 1) - 1, pair)
    return solo


def make_solo_film(path: Path) -> Path:
    """Write the film as an MP4 file and return its path."""
    rng = np.random.default_rng(3)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FPS, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number, (first, second) in enumerate(shots()):
            for frame in range(SHOT_FRAMES):
                picture = _picture(first, second, frame, number)
                noisy = np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, "bgr24")))
        container.mux(stream.encode(None))
    return path


def _picture(first: str, second: str, frame: int, shot: int) -> NDArray[np.float64]:
    share = 0.0 if first == second else np.clip((frame - (SHOT_FRAMES - DISSOLVE) / 2) / DISSOLVE, 0, 1)
    shift, zoom = 6.0 * frame / SHOT_FRAMES, 1.0 + 0.08 * (shot % 4)
    mask = np.zeros(SIZE[::-1])
    centre = (int(SIZE[0] / 2 + shift), SIZE[1] // 2)
    cv2.ellipse(mask, centre, (int(52 * zoom), int(70 * zoom)), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 4)[:, :, None]
    face = (1 - share) * _close_up(first, shift, zoom) + share * _close_up(second, shift, zoom)
    backdrop = np.array(BACKDROPS[shot % len(BACKDROPS)], np.float64)
    return mask * face + (1 - mask) * backdrop


def _close_up(person: str, shift: float, zoom: float) -> NDArray[np.float64]:
    """The face of a person, always at the same place and size."""
    photograph = next(name for name, faces in FACES.items() if person in faces)
    x1, y1, x2, y2 = FACES[photograph][person]
    scale = zoom * 90 / (y2 - y1)
    left, top = SIZE[0] / 2 - scale * (x1 + x2) / 2 + shift, SIZE[1] / 2 - scale * (y1 + y2) / 2
    matrix = np.array([[scale, 0, left], [0, scale, top]])
    return cv2.warpAffine(_read_photograph(photograph), matrix, SIZE).astype(np.float64)
